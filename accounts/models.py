"""WHO: the contract, the people who log in for it, the addresses that may fax for it."""

from __future__ import annotations

from zoneinfo import available_timezones

from django.contrib.auth.models import AbstractUser
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.tokens import new_token


class Language(models.TextChoices):
    JAPANESE = "ja", _("Japanese")
    ENGLISH = "en", _("English")


def validate_time_zone(name: str) -> None:
    """Raises ``ValidationError`` for a name that the time zone database does not know."""
    if name not in available_timezones():
        raise ValidationError(_("There is no time zone of this name."))


class Account(models.Model):
    """One contract (アカウント).

    ``mail_password``: the hash of what a mail must have in its first line (``!#password``); empty: nothing.
    ``allowed_countries``: calling codes such as ``"81"`` to which it may fax; empty: all. ``credit_limit``
    (与信限度額): yen a calendar month; null: none. ``keep_pages``: page images stay for resends until
    retention takes them.
    """

    name = models.CharField(_("Company"), max_length=100)
    language = models.CharField(_("Language"), max_length=2, choices=Language, default=Language.JAPANESE)
    time_zone = models.CharField(
        _("Time zone"), max_length=40, default="Asia/Tokyo", validators=[validate_time_zone]
    )
    csid = models.CharField(_("CSID"), max_length=20, blank=True)
    signature_required = models.BooleanField(_("Require an S/MIME signature"), default=False)
    mail_password = models.CharField(_("Mail password"), max_length=128, blank=True, editable=False)
    encrypted_proof_required = models.BooleanField(
        _("Require encrypted orders to be signed or to name their destinations inside"), default=False
    )
    alignment_required = models.BooleanField(
        _("Require unsigned mail to be authenticated by the sender's domain (DKIM)"), default=False
    )
    allowed_countries = models.JSONField(_("Allowed countries"), default=list, blank=True)
    credit_limit = models.PositiveIntegerField(_("Credit limit (yen a month)"), null=True, blank=True)
    keep_pages = models.BooleanField(_("Keep page images for resending"), default=True)
    created_at = models.DateTimeField(_("Created"), auto_now_add=True)

    class Meta:
        verbose_name = _("Account")
        verbose_name_plural = _("Accounts")

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """A person who logs in; ``username`` is the ユーザID. Operators have no account."""

    username = models.CharField(
        _("User ID"), max_length=150, unique=True, validators=[UnicodeUsernameValidator()]
    )
    account = models.ForeignKey(
        Account,
        verbose_name=_("Account"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="users",
    )

    class Meta:
        verbose_name = _("User")
        verbose_name_plural = _("Users")


class AuthorizedSender(models.Model):
    """An address that may fax for an account (FAX送信サービス利用可能者); it counts once ``verified_at`` is set.

    A confirmed address is unique over all accounts whatever the case: the envelope sender alone finds the
    account. Unconfirmed ones are not, so that nobody can keep an address from its owner by naming it first
    (docs/adr/0008). ``token`` is the handle in the mail that asks its owner.
    """

    account = models.ForeignKey(
        Account, verbose_name=_("Account"), on_delete=models.CASCADE, related_name="senders"
    )
    address = models.EmailField(_("Address"), max_length=254)
    verified_at = models.DateTimeField(_("Confirmed"), null=True, blank=True)
    token = models.CharField(max_length=32, unique=True, default=new_token, editable=False)
    asked_at = models.DateTimeField(_("Confirmation mail sent"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("Created"), auto_now_add=True)

    class Meta:
        verbose_name = _("Authorized sender")
        verbose_name_plural = _("Authorized senders")
        constraints = [
            models.UniqueConstraint(
                Lower("address"), condition=models.Q(verified_at__isnull=False), name="sender_address_unique"
            ),
            models.UniqueConstraint("account", Lower("address"), name="sender_once_an_account"),
        ]

    def __str__(self) -> str:
        return self.address


class Installation(models.Model):
    """The installation that may dial and send mail from this database: one row, or none in a new database.

    ``machine``: its ``INSTALLATION``, or the token in its ``DATA_DIR``. ``database``: what tells this database
    from one that was restored from its backup.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    machine = models.CharField(_("Installation"), max_length=200)
    database = models.CharField(_("Database"), max_length=60)
    released_at = models.DateTimeField(_("Works since"), auto_now=True)

    class Meta:
        verbose_name = _("Installation")
        verbose_name_plural = _("Installation")
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_installation")]

    def __str__(self) -> str:
        return self.machine
