"""Mail as it came."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from accounts.sealing import SealedField
from accounts.tokens import new_token


class InboundStatus(models.TextChoices):
    RECEIVED = "received", _("Received")
    ACCEPTED = "accepted", _("Accepted")
    DUPLICATE = "duplicate", _("Repeated")
    REJECTED = "rejected", _("Refused")
    PARKED = "parked", _("Parked")


class InboundMessage(models.Model):
    """A raw mail as it came (受信したメール). The gateway inserts it before it answers 250.

    ``dkim``: the domains whose DKIM signatures hold, separated by blanks. ``dmarc``: the result of RFC 7489
    for the From domain, such as ``pass`` or ``fail``; both empty where nobody has looked. ``last_error``: the
    class of the error that ended its last try.
    """

    token = models.CharField(_("Token"), max_length=32, unique=True, default=new_token)
    account = models.ForeignKey(
        Account,
        verbose_name=_("Account"),
        on_delete=models.CASCADE,
        null=True,
        related_name="inbound_messages",
    )
    sender = models.CharField(_("Sender address"), max_length=254)
    recipients = models.JSONField(_("Recipients"))
    client_address = models.GenericIPAddressField(_("Client address"), null=True)
    size = models.PositiveIntegerField(_("Size in bytes"))
    received_at = models.DateTimeField(_("Received"), default=timezone.now)
    status = models.CharField(
        _("Status"), max_length=10, choices=InboundStatus, default=InboundStatus.RECEIVED
    )
    tries = models.PositiveSmallIntegerField(_("Tries"), default=0)
    next_try_at = models.DateTimeField(_("Next try"), default=timezone.now)
    last_error = models.CharField(_("Last error"), max_length=100, blank=True)
    encrypted = models.BooleanField(_("Encrypted"), default=False)
    signature = models.CharField(_("Signature"), max_length=100, blank=True)
    dkim = models.CharField(_("DKIM"), max_length=300, blank=True)
    dmarc = models.CharField(_("DMARC"), max_length=20, blank=True)
    rejection_code = models.CharField(_("Refusal"), max_length=40, blank=True)
    rejection_position = models.PositiveIntegerField(_("Position"), null=True)
    rejection_detail = SealedField(default=b"", editable=False)

    class Meta:
        verbose_name = _("Inbound message")
        verbose_name_plural = _("Inbound messages")
        indexes = [
            models.Index(fields=["next_try_at"], name="inbound_due", condition=models.Q(status="received")),
            # Few; looked at by the address of their senders.
            models.Index(
                Lower("sender"),
                name="inbound_undecided",
                condition=models.Q(status__in=["received", "parked"]),
            ),
            models.Index(
                fields=["received_at"], name="inbound_refused", condition=models.Q(status="rejected")
            ),
            # Counted for every encrypted order and every password, and few.
            models.Index(
                fields=["account", "rejection_code", "received_at"],
                name="inbound_guesses",
                condition=models.Q(rejection_code__in=["cannot-decrypt", "wrong-password"]),
            ),
        ]

    def __str__(self) -> str:
        return self.token


class Content(models.Model):
    """The sealed bytes of an inbound message, in a table of their own so that no list query reads them."""

    message = models.OneToOneField(
        InboundMessage, on_delete=models.CASCADE, primary_key=True, related_name="content"
    )
    raw = SealedField(editable=False)

    class Meta:
        verbose_name = _("Content")
        verbose_name_plural = _("Contents")

    def __str__(self) -> str:
        return str(self.message_id)
