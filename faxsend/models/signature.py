"""What proves orders, once each."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Account


class SeenSignature(models.Model):
    """A signature in a mail that has become an order of an account that asks for such a proof.

    All in hexadecimal: ``digest`` is the SHA-256 of a DKIM signature or of what an S/MIME signature has signed,
    ``mail_digest`` a keyed one of what makes it the same mail, ``recipients`` keyed ones of the envelope recipients
    of all accepted parts of that mail, for relays split it.
    """

    account = models.ForeignKey(
        Account, verbose_name=_("Account"), on_delete=models.CASCADE, related_name="seen_signatures"
    )
    digest = models.CharField(max_length=64)
    mail_digest = models.CharField(max_length=64)
    recipients = models.JSONField(default=list)
    seen_at = models.DateTimeField(_("Seen"), default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("Seen signature")
        verbose_name_plural = _("Seen signatures")
        constraints = [models.UniqueConstraint(fields=["account", "digest"], name="seen_signature_unique")]

    def __str__(self) -> str:
        return self.digest[:16]
