"""How an account sends."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from faxsend.models.submission import Resolution

DEFAULT_FONT_SIZE = 12
"""Points (user guide)."""


class SendingProperties(models.Model):
    """How an account's faxes are sent unless the mail says otherwise (送信プロパティ)."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="sending_properties")
    max_attempts = models.PositiveSmallIntegerField(_("Attempts"), default=4)
    retry_interval = models.PositiveSmallIntegerField(_("Retry interval (minutes)"), default=3)
    resolution = models.CharField(_("Resolution"), max_length=10, choices=Resolution, default=Resolution.FINE)
    page_header = models.CharField(_("Page header"), max_length=200, blank=True)
    body_with_attachments = models.BooleanField(
        _("Fax the text of a mail with attachments too"), default=False
    )
    font_size = models.PositiveSmallIntegerField(_("Font size (points)"), default=DEFAULT_FONT_SIZE)

    class Meta:
        verbose_name = _("Sending properties")
        verbose_name_plural = _("Sending properties")

    def __str__(self) -> str:
        return str(self.account)
