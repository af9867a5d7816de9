"""How an account sends."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from faxsend.models.submission import Resolution


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
