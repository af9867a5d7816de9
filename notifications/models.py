"""WHAT WE SAY: mails that must leave, and what an account wants to be told."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from accounts.sealing import SealedField


class Protection(models.TextChoices):
    """What happens to a mail between the outbox and the relay."""

    PLAIN = "plain", _("As it is")
    SIGN = "sign", _("Signed")
    PROTECT = "protect", _("Signed, and encrypted for a registered address")


class MailState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    WITHHELD = "withheld", _("Held back: mail comes back")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Sending given up")


class OutgoingMail(models.Model):
    """A mail that must leave. Written in the transaction of the thing it tells about, once per ``key``.

    ``content`` is the mail as composed; ``wire`` is what the relay gets: made once (signed, encrypted),
    then kept, so that a second delivery after a crash is the same mail with the same Message-ID.
    ``only_certificate``: encrypted to this registered certificate of the recipient or not sent at all.
    ``account``: who is told if it comes back. ``bounce_token``: the handle in its envelope sender, by which what
    comes back is known; none for the null sender. ``put_off_since``: when it was first not taken, moved on by the
    time in which there was no relay. ``bounce_status``: of RFC 3463, with ``bounced_at``.
    """

    account = models.ForeignKey(
        Account,
        verbose_name=_("Account"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="outgoing_mails",
        db_index=False,
    )
    key = models.CharField(_("Key"), max_length=120, unique=True)
    recipient = models.EmailField(_("Recipient"), max_length=254)
    envelope_sender = models.CharField(_("Envelope sender"), max_length=254, blank=True)
    bounce_token = models.UUIDField(null=True, unique=True, editable=False)
    message_id = models.CharField(_("Message-ID"), max_length=254, unique=True)
    protection = models.CharField(
        _("Protection"), max_length=10, choices=Protection, default=Protection.PLAIN
    )
    only_certificate = models.CharField(
        _("Only for the certificate (SHA-256)"), max_length=64, blank=True, editable=False
    )
    content = SealedField(editable=False)
    wire = SealedField(default=b"", editable=False)
    state = models.CharField(_("State"), max_length=10, choices=MailState, default=MailState.WAITING)
    tries = models.PositiveSmallIntegerField(_("Tries"), default=0)
    next_try_at = models.DateTimeField(_("Next try"), default=timezone.now)
    put_off_since = models.DateTimeField(_("Not taken since"), null=True, blank=True)
    error = models.CharField(_("Last error"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("Created"), auto_now_add=True)
    sent_at = models.DateTimeField(_("Sent"), null=True, blank=True)
    bounced_at = models.DateTimeField(_("Came back"), null=True, blank=True)
    bounce_status = models.CharField(_("Why it came back (RFC 3463)"), max_length=11, blank=True)

    class Meta:
        verbose_name = _("Outgoing mail")
        verbose_name_plural = _("Outgoing mails")
        indexes = [
            models.Index(fields=["next_try_at"], name="outgoing_due", condition=models.Q(state="waiting")),
            models.Index(fields=["id"], name="outgoing_withheld", condition=models.Q(state="withheld")),
            models.Index("account", Lower("recipient"), name="outgoing_to_address"),
        ]

    def __str__(self) -> str:
        return self.key


class When(models.TextChoices):
    """On which outcome an account is told."""

    ALWAYS = "always", _("Always")
    ON_SUCCESS = "success", _("On success")
    ON_FAILURE = "failure", _("On failure")
    NEVER = "never", _("Never")


class NotificationPreference(models.Model):
    """What an account wants to be told, and where (通知メール)."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="notification_preference")
    when = models.CharField(_("When"), max_length=10, choices=When, default=When.ALWAYS)
    format = models.CharField(_("Notification format"), max_length=20, default="html-ja")
    default_address = models.EmailField(_("Default notification address"), max_length=254, blank=True)
    number_in_subject = models.BooleanField(_("Fax number in the subject of notifications"), default=True)
    removal_by_mail = models.BooleanField(
        _("A mail without signature to the registration address removes a certificate"), default=True
    )

    class Meta:
        verbose_name = _("Notification preference")
        verbose_name_plural = _("Notification preferences")

    def __str__(self) -> str:
        return f"{self.account}: {self.get_when_display()}"


class ForwardingAddress(models.Model):
    """Where received faxes go (受信FAX転送メールアドレス), with its 「セキュリティ設定」.

    ``sign`` (電子署名) and ``encrypt`` (受信メールの暗号化) are switched on by every registration of a certificate
    for the address, off by hand (user guide, chapter 14, note 4 on notifications).
    """

    account = models.ForeignKey(
        Account, verbose_name=_("Account"), on_delete=models.CASCADE, related_name="forwarding_addresses"
    )
    address = models.EmailField(_("Address"), max_length=254)
    sign = models.BooleanField(_("Signature"), default=False)
    encrypt = models.BooleanField(_("Encrypt received mail"), default=False)
    created_at = models.DateTimeField(_("Created"), auto_now_add=True)

    class Meta:
        verbose_name = _("Forwarding address")
        verbose_name_plural = _("Forwarding addresses")
        indexes = [models.Index(Lower("address"), name="forwarding_address")]
        constraints = [
            models.UniqueConstraint("account", Lower("address"), name="forwarding_address_once_an_account")
        ]

    def __str__(self) -> str:
        return self.address


class AddressProblem(models.Model):
    """An address at which mail of an account does not arrive, in small letters.

    Over once ``cleared_at`` is set, or once the address has proven itself (``notifications.problem_addresses``).
    The row stays: what came back before then counts no more. ``status``: of RFC 3463.
    """

    account = models.ForeignKey(
        Account, verbose_name=_("Account"), on_delete=models.CASCADE, related_name="address_problems"
    )
    address = models.EmailField(_("Address"), max_length=254)
    status = models.CharField(_("Why it came back (RFC 3463)"), max_length=11)
    since = models.DateTimeField(_("Mail comes back since"))
    cleared_at = models.DateTimeField(_("Cleared"), null=True, blank=True)

    class Meta:
        verbose_name = _("Address that mail does not reach")
        verbose_name_plural = _("Addresses that mail does not reach")
        constraints = [
            models.UniqueConstraint(fields=["account", "address"], name="address_problem_once_an_account")
        ]

    def __str__(self) -> str:
        return self.address


class Relay(models.Model):
    """What all mail workers know of the server that outgoing mail is handed to; ``name`` as in ``EMAIL_URL``.

    ``failures``: of the server itself, in a row. ``next_probe_at``: when one worker may see whether a server that
    was down is back. ``paid_until``: the time at which the mails handed over so far are within the limit a minute.
    """

    name = models.CharField(_("Name"), max_length=255, unique=True)
    failures = models.PositiveIntegerField(_("Failures in a row"), default=0)
    down_since = models.DateTimeField(_("Down since"), null=True, blank=True)
    next_probe_at = models.DateTimeField(_("Next probe"), null=True, blank=True)
    error = models.CharField(_("Last error"), max_length=500, blank=True)
    paid_until = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("Mail relay")
        verbose_name_plural = _("Mail relays")

    def __str__(self) -> str:
        return self.name
