"""What faxes cost and what an account has used."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Account

MOST_YEN_PER_PAGE = 10_000
"""Keeps the sums of 20,000 faxes of 100 pages within their columns."""

PREFIX = r"\A(00[1-9][0-9]*)?\Z"


class Tariff(models.Model):
    """What a page costs to numbers that begin with ``prefix``; the longest prefix counts.

    ``prefix``: of canonical numbers, ``0081`` for Japan; empty: for all others.
    """

    prefix = models.CharField(
        _("Prefix"),
        max_length=20,
        blank=True,
        unique=True,
        validators=[
            RegexValidator(PREFIX, _("Write 00, the country code and more, digits only: 0081, 008190."))
        ],
    )
    yen_per_page = models.DecimalField(
        _("Yen a page"),
        max_digits=8,
        decimal_places=2,
        validators=[MinValueValidator(0), MaxValueValidator(MOST_YEN_PER_PAGE)],
    )
    note = models.CharField(_("Note"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("Tariff")
        verbose_name_plural = _("Tariffs")
        constraints = [
            models.CheckConstraint(condition=models.Q(yen_per_page__gte=0), name="tariff_not_negative")
        ]

    def __str__(self) -> str:
        return self.prefix


class AccountMonth(models.Model):
    """What an account has used (当月利用分) in the calendar month of Asia/Tokyo that begins on ``month``.

    ``reserved``: yen for faxes ordered in it that have not ended; ``charged``: for those that have.
    """

    account = models.ForeignKey(
        Account, verbose_name=_("Account"), on_delete=models.CASCADE, related_name="months"
    )
    month = models.DateField(_("Month"))
    reserved = models.DecimalField(_("Reserved (yen)"), max_digits=14, decimal_places=2, default=0)
    charged = models.DecimalField(_("Charged (yen)"), max_digits=14, decimal_places=2, default=0)

    class Meta:
        verbose_name = _("Usage of a month")
        verbose_name_plural = _("Usage by month")
        constraints = [
            models.UniqueConstraint(fields=["account", "month"], name="account_month_once"),
            models.CheckConstraint(
                condition=models.Q(reserved__gte=0, charged__gte=0), name="account_month_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.month:%Y-%m}"
