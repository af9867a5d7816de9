"""THE SENDING SERVICE: mail as it came, orders, pages, faxes and calls."""

from __future__ import annotations

import secrets

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from accounts.sealing import SealedField
from faxsend.states import FaxStatus


def new_token() -> str:
    """A random handle for what leaves the house; keys stay inside."""
    return secrets.token_urlsafe(16)


class InboundStatus(models.TextChoices):
    RECEIVED = "received", _("Received")
    ACCEPTED = "accepted", _("Accepted")
    DUPLICATE = "duplicate", _("Repeated")
    REJECTED = "rejected", _("Refused")
    PARKED = "parked", _("Parked")


class InboundMessage(models.Model):
    """A raw mail as it came (受信したメール). The gateway inserts it before it answers 250."""

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
    encrypted = models.BooleanField(_("Encrypted"), default=False)
    signature = models.CharField(_("Signature"), max_length=100, blank=True)
    rejection_code = models.CharField(_("Refusal"), max_length=40, blank=True)
    rejection_position = models.PositiveIntegerField(_("Position"), null=True)
    rejection_detail = SealedField(default=b"", editable=False)

    class Meta:
        verbose_name = _("Inbound message")
        verbose_name_plural = _("Inbound messages")
        indexes = [
            models.Index(fields=["next_try_at"], name="inbound_due", condition=models.Q(status="received"))
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


class Resolution(models.TextChoices):
    FINE = "fine", _("Fine (204 × 196 dpi)")
    STANDARD = "standard", _("Standard (204 × 98 dpi)")


class Pages(models.Model):
    """What a submission looks like on paper: one TIFF class F, sealed. A resend points to the same row."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="pages")
    tiff = SealedField(editable=False)
    count = models.PositiveSmallIntegerField(_("Pages"))
    resolution = models.CharField(_("Resolution"), max_length=10, choices=Resolution, default=Resolution.FINE)
    created_at = models.DateTimeField(_("Created"), auto_now_add=True)

    class Meta:
        verbose_name = _("Fax image")
        verbose_name_plural = _("Fax images")

    def __str__(self) -> str:
        return f"{self.pk}: {self.count}"


class Submission(models.Model):
    """One accepted order. The counters change in the transaction of the fax that changes them."""

    token = models.CharField(_("Token"), max_length=32, unique=True, default=new_token)
    account = models.ForeignKey(
        Account, verbose_name=_("Account"), on_delete=models.CASCADE, related_name="submissions"
    )
    message = models.OneToOneField(
        InboundMessage, on_delete=models.SET_NULL, null=True, related_name="submission"
    )
    pages = models.ForeignKey(Pages, on_delete=models.PROTECT, related_name="submissions")
    sender = models.CharField(_("Sender address"), max_length=254)
    from_address = models.CharField(_("From"), max_length=254)
    reply_to = models.CharField(_("Reply-To"), max_length=254, blank=True)
    subject = models.CharField(_("Subject"), max_length=1000, blank=True)
    encrypted = models.BooleanField(_("Encrypted"), default=False)
    signed = models.BooleanField(_("Signed"), default=False)
    order_digest = models.BinaryField(max_length=32, editable=False)
    duplicates = models.PositiveIntegerField(_("Numbers named twice"), default=0)
    max_attempts = models.PositiveSmallIntegerField(_("Attempts"))
    retry_interval = models.PositiveSmallIntegerField(_("Retry interval (minutes)"))
    open = models.PositiveIntegerField(_("In process"))
    ok = models.PositiveIntegerField(_("OK"), default=0)
    failed = models.PositiveIntegerField(_("Error"), default=0)
    created_at = models.DateTimeField(_("Submitted"), default=timezone.now)
    completed_at = models.DateTimeField(_("Completed"), null=True)

    class Meta:
        verbose_name = _("Submission")
        verbose_name_plural = _("Submissions")
        indexes = [
            models.Index(fields=["account", "-created_at", "-id"], name="submission_history"),
            models.Index(fields=["account", "order_digest"], name="submission_order"),
        ]

    def __str__(self) -> str:
        return self.token

    def get_absolute_url(self) -> str:
        return reverse("faxsend:submission", args=[self.token])

    @property
    def total(self) -> int:
        """How many faxes it has in all."""
        return self.open + self.ok + self.failed


STATUS_CHOICES = [
    (FaxStatus.QUEUED, _("In process")),
    (FaxStatus.HELD, _("On hold")),
    (FaxStatus.SENDING, _("In process")),
    (FaxStatus.UNCERTAIN, _("Being checked")),
    (FaxStatus.SENT, _("OK")),
    (FaxStatus.FAILED, _("Error")),
    (FaxStatus.CANCELED, _("Error")),
]


class Fax(models.Model):
    """One destination (トランザクション); its key is the TransactionID. ``status`` moves by ``delivery`` only."""

    submission = models.ForeignKey(
        Submission, verbose_name=_("Submission"), on_delete=models.CASCADE, related_name="faxes"
    )
    account = models.ForeignKey(
        Account, verbose_name=_("Account"), on_delete=models.CASCADE, related_name="faxes"
    )
    number = models.CharField(_("Fax number"), max_length=32)
    status = models.CharField(_("Status"), max_length=10, choices=STATUS_CHOICES, default=FaxStatus.QUEUED)
    result_code = models.IntegerField(_("Result code"), null=True)
    attempts_made = models.PositiveSmallIntegerField(_("Attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("Next attempt"), default=timezone.now)
    pages_sent = models.PositiveSmallIntegerField(_("Pages sent"), default=0)
    duration = models.DurationField(_("Duration"), null=True)
    remote_csid = models.CharField(_("Remote CSID"), max_length=20, blank=True)
    created_at = models.DateTimeField(_("Created"), default=timezone.now)
    completed_at = models.DateTimeField(_("Completed"), null=True)

    class Meta:
        verbose_name = _("Fax")
        verbose_name_plural = _("Faxes")
        indexes = [
            models.Index(
                fields=["account", "next_attempt_at", "id"],
                name="fax_due",
                condition=models.Q(status=FaxStatus.QUEUED),
            ),
        ]
        constraints = [
            # Calls to one number never overlap: the second claimer gets UniqueViolation.
            models.UniqueConstraint(
                fields=["number"], condition=models.Q(status=FaxStatus.SENDING), name="fax_one_call_a_number"
            ),
            models.UniqueConstraint(fields=["submission", "number"], name="fax_number_once"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Attempt(models.Model):
    """One call. Committed before dialling; its key is the reference under which the carrier knows it.

    ``line_lock``: the advisory lock that the calling process holds while it lives.
    """

    fax = models.ForeignKey(Fax, verbose_name=_("Fax"), on_delete=models.CASCADE, related_name="attempts")
    carrier = models.CharField(_("Carrier"), max_length=20)
    line_lock = models.BigIntegerField(editable=False)
    started_at = models.DateTimeField(_("Started"), default=timezone.now)
    ended_at = models.DateTimeField(_("Ended"), null=True)
    result_code = models.IntegerField(_("Result code"), null=True)
    pages_confirmed = models.PositiveSmallIntegerField(_("Pages confirmed"), default=0)

    class Meta:
        verbose_name = _("Call")
        verbose_name_plural = _("Calls")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["fax"], condition=models.Q(ended_at=None), name="attempt_one_open_a_fax"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class SendingProperties(models.Model):
    """How an account's faxes are sent unless the mail says otherwise (送信プロパティ)."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="sending_properties")
    max_attempts = models.PositiveSmallIntegerField(_("Attempts"), default=4)
    retry_interval = models.PositiveSmallIntegerField(_("Retry interval (minutes)"), default=3)
    resolution = models.CharField(_("Resolution"), max_length=10, choices=Resolution, default=Resolution.FINE)

    class Meta:
        verbose_name = _("Sending properties")
        verbose_name_plural = _("Sending properties")

    def __str__(self) -> str:
        return str(self.account)
