"""Accepted orders and what they look like on paper."""

from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from accounts.sealing import SealedField
from accounts.tokens import new_token
from faxsend.models.inbound import InboundMessage


class Resolution(models.TextChoices):
    FINE = "fine", _("Fine (204 × 196 dpi)")
    STANDARD = "standard", _("Standard (204 × 98 dpi)")


class Pages(models.Model):
    """What a submission looks like on paper: one TIFF class F, sealed. A resend points to the same row.

    Once ``removed_at`` is set the image is gone (retention); how many pages it had stays known.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="pages")
    tiff = SealedField(editable=False)
    count = models.PositiveSmallIntegerField(_("Pages"))
    resolution = models.CharField(_("Resolution"), max_length=10, choices=Resolution, default=Resolution.FINE)
    created_at = models.DateTimeField(_("Created"), auto_now_add=True)
    removed_at = models.DateTimeField(_("Removed"), null=True)

    class Meta:
        verbose_name = _("Fax image")
        verbose_name_plural = _("Fax images")

    def __str__(self) -> str:
        return f"{self.pk}: {self.count}"


class Submission(models.Model):
    """One accepted order. The counters change in the transaction of the fax that changes them.

    A resend (再送信) is a submission of its own over the same pages, ``resent_from`` the first.
    ``signature_problem``: why a signature that came with the mail did not count, a fixed English sentence.
    ``page_header``: the line on top of each page as written, ``{To}`` and the like still in it; empty: none.
    ``send_at``: before this moment no call is made. ``billing_month``: the first day of the month (Asia/Tokyo)
    whose credit it uses; null while it is on hold, and if it never left that. ``hidden_at``: the account holder
    has taken it out of the list of sent faxes (履歴の表示削除); the row stays.
    """

    token = models.CharField(_("Token"), max_length=32, unique=True, default=new_token)
    account = models.ForeignKey(
        Account, verbose_name=_("Account"), on_delete=models.CASCADE, related_name="submissions"
    )
    message = models.OneToOneField(
        InboundMessage, on_delete=models.SET_NULL, null=True, related_name="submission"
    )
    pages = models.ForeignKey(Pages, on_delete=models.PROTECT, related_name="submissions")
    resent_from = models.ForeignKey(
        "self",
        verbose_name=_("Resent from"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="resends",
    )
    sender = models.CharField(_("Sender address"), max_length=254)
    from_address = models.CharField(_("From"), max_length=254)
    reply_to = models.CharField(_("Reply-To"), max_length=254, blank=True)
    subject = models.CharField(_("Subject"), max_length=1000, blank=True)
    encrypted = models.BooleanField(_("Encrypted"), default=False)
    signed = models.BooleanField(_("Signed"), default=False)
    signature_problem = models.CharField(_("Signature problem"), max_length=100, blank=True)
    order_digest = models.BinaryField(max_length=32, editable=False)
    duplicates = models.PositiveIntegerField(_("Numbers named twice"), default=0)
    max_attempts = models.PositiveSmallIntegerField(_("Attempts"))
    retry_interval = models.PositiveSmallIntegerField(_("Retry interval (minutes)"))
    page_header = models.CharField(_("Page header"), max_length=200, blank=True)
    send_at = models.DateTimeField(_("Send at"), null=True)
    billing_month = models.DateField(_("Month of billing"), null=True)
    open = models.PositiveIntegerField(_("In process"))
    ok = models.PositiveIntegerField(_("OK"), default=0)
    failed = models.PositiveIntegerField(_("Error"), default=0)
    created_at = models.DateTimeField(_("Submitted"), default=timezone.now)
    completed_at = models.DateTimeField(_("Completed"), null=True)
    hidden_at = models.DateTimeField(_("Hidden"), null=True)

    class Meta:
        verbose_name = _("Submission")
        verbose_name_plural = _("Submissions")
        indexes = [
            models.Index(fields=["account", "-created_at", "-id"], name="submission_history"),
            models.Index(fields=["account", "order_digest"], name="submission_order"),
            models.Index(
                fields=["account", "-created_at", "-id"],
                name="submission_hidden",
                condition=models.Q(hidden_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.token

    def get_absolute_url(self) -> str:
        return reverse("faxsend:submission", args=[self.token])

    @property
    def total(self) -> int:
        """How many faxes it has in all."""
        return self.open + self.ok + self.failed
