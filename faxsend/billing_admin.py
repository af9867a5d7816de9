"""What operators see and set of money: the tariff is theirs, what accounts have used moves by itself."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.operators import LookOnly, ModelAdmin, ModelForm
from faxsend.models import AccountMonth, Tariff


class TariffForm(ModelForm[Tariff]):
    class Meta:
        model = Tariff
        fields: ClassVar = ["prefix", "yen_per_page", "note"]
        help_texts: ClassVar = {
            "prefix": _("The longest prefix that a number begins with counts. Empty: all other numbers."),
            "yen_per_page": _("Orders that have been accepted keep their price."),
        }


@admin.register(Tariff)
class TariffAdmin(ModelAdmin[Tariff]):
    form = TariffForm
    list_display = ["begins_with", "yen_per_page", "note"]
    list_editable = ["yen_per_page", "note"]
    search_fields = ["prefix", "note"]
    ordering = ["prefix"]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Also say what a tariff without a row for all others means."""
        if Tariff.objects.exists() and not Tariff.objects.filter(prefix="").exists():
            messages.warning(
                request,
                _("Numbers that begin with none of these prefixes cost nothing. Add a row without a prefix."),
            )
        return super().changelist_view(request, extra_context)

    @admin.display(description=_("Prefix"), ordering="prefix")
    def begins_with(self, obj: Tariff) -> str:
        return obj.prefix or gettext("All others")


@admin.register(AccountMonth)
class AccountMonthAdmin(LookOnly, ModelAdmin[AccountMonth]):
    list_display = ["account", "month", "reserved", "charged", "limit"]
    list_select_related = ["account"]
    search_fields = ["account__name"]
    date_hierarchy = "month"
    ordering = ["-month", "account__name"]

    @admin.display(description=_("Credit limit"), ordering="account__credit_limit")
    def limit(self, obj: AccountMonth) -> int | None:
        return obj.account.credit_limit
