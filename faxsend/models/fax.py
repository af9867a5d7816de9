"""Faxes and the calls made for them."""

from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from faxsend.models.submission import Submission
from faxsend.states import FaxStatus

STATUS_CHOICES = [
    (FaxStatus.QUEUED, _("In process")),
    (FaxStatus.HELD, _("On hold")),
    (FaxStatus.SENDING, _("In process")),
    (FaxStatus.UNCERTAIN, _("Being checked")),
    (FaxStatus.SENT, _("OK")),
    (FaxStatus.FAILED, _("Error")),
    (FaxStatus.CANCELED, _("Error")),
]

ONE_CALL_A_NUMBER = "fax_one_call_a_number"


class Fax(models.Model):
    """One destination (トランザクション); its key is the TransactionID. ``status`` moves by ``moving`` only.

    ``contact_name`` and ``company`` are those of the list entry it came from. ``price``: yen a page, as the
    tariff said when it was ordered; ``charged``: yen, once it has ended. ``pages_sent`` counts from the first
    page, over all its calls. ``standard_only``: its receiver cannot take fine resolution. ``undialled_since``: no
    carrier has been able to place a call since then.
    """

    submission = models.ForeignKey(
        Submission, verbose_name=_("Submission"), on_delete=models.CASCADE, related_name="faxes"
    )
    account = models.ForeignKey(
        Account, verbose_name=_("Account"), on_delete=models.CASCADE, related_name="faxes"
    )
    number = models.CharField(_("Fax number"), max_length=32)
    contact_name = models.CharField(_("Contact"), max_length=100, blank=True)
    company = models.CharField(_("Company"), max_length=100, blank=True)
    status = models.CharField(_("Status"), max_length=10, choices=STATUS_CHOICES, default=FaxStatus.QUEUED)
    result_code = models.IntegerField(_("Result code"), null=True)
    attempts_made = models.PositiveSmallIntegerField(_("Attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("Next attempt"), default=timezone.now)
    undialled_since = models.DateTimeField(null=True, editable=False)
    pages_sent = models.PositiveSmallIntegerField(_("Pages sent"), default=0)
    duration = models.DurationField(_("Duration"), null=True)
    remote_csid = models.CharField(_("Remote CSID"), max_length=20, blank=True)
    standard_only = models.BooleanField(_("Standard resolution only"), default=False)
    price = models.DecimalField(_("Yen a page"), max_digits=8, decimal_places=2, default=0)
    charged = models.DecimalField(_("Charged (yen)"), max_digits=10, decimal_places=2, default=0)
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
            models.Index(fields=["submission"], name="fax_held", condition=models.Q(status=FaxStatus.HELD)),
            models.Index(fields=["id"], name="fax_uncertain", condition=models.Q(status=FaxStatus.UNCERTAIN)),
            models.Index(
                fields=["undialled_since"],
                name="fax_undialled",
                condition=models.Q(undialled_since__isnull=False),
            ),
            # For counts of the last day: small, since rows end nearly in the order in which they are written.
            BrinIndex(fields=["completed_at"], name="fax_completed", autosummarize=True),
        ]
        constraints = [
            # Calls to one number never overlap: the second claimer gets UniqueViolation.
            models.UniqueConstraint(
                fields=["number"], condition=models.Q(status=FaxStatus.SENDING), name=ONE_CALL_A_NUMBER
            ),
            models.UniqueConstraint(fields=["submission", "number"], name="fax_number_once"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Attempt(models.Model):
    """One call. Committed before dialling; its key is the reference under which the carrier knows it.

    ``line_lock``: the advisory lock that the calling process holds while it lives. ``first_page``: those before
    it had been confirmed by earlier calls. ``duration``: time on the line. ``bits_per_second``, ``ecm`` (errors
    were corrected) and ``engine_words`` are what the carrier tells, for operators.
    """

    fax = models.ForeignKey(Fax, verbose_name=_("Fax"), on_delete=models.CASCADE, related_name="attempts")
    carrier = models.CharField(_("Carrier"), max_length=20)
    line_lock = models.BigIntegerField(editable=False)
    started_at = models.DateTimeField(_("Started"), default=timezone.now)
    ended_at = models.DateTimeField(_("Ended"), null=True)
    result_code = models.IntegerField(_("Result code"), null=True)
    first_page = models.PositiveSmallIntegerField(_("First page"), default=1)
    pages_confirmed = models.PositiveSmallIntegerField(_("Pages confirmed"), default=0)
    duration = models.DurationField(_("Duration"), null=True)
    remote_csid = models.CharField(_("Remote CSID"), max_length=20, blank=True)
    bits_per_second = models.PositiveIntegerField(_("Bits per second"), null=True)
    ecm = models.BooleanField(_("Error correction"), null=True)
    engine_words = models.CharField(_("The carrier's own words"), max_length=200, blank=True)

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
