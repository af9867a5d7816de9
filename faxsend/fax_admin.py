"""What operators see of faxes, and what they decide about them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.operators import LookOnly, ModelAdmin
from faxsend import deciding
from faxsend.call_admin import AttemptInline, in_words
from faxsend.models import STATUS_CHOICES, Fax
from faxsend.tasks import look_for_faxes, wake
from notifications.tasks import look_for_outgoing


class StateFilter(admin.SimpleListFilter):
    """By the state itself: customers read the same word for several."""

    title = _("Status")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(status.value, f"{label} ({status})") for status, label in STATUS_CHOICES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Fax]) -> QuerySet[Fax]:
        return queryset.filter(status=self.value()) if self.value() else queryset


@admin.register(Fax)
class FaxAdmin(LookOnly, ModelAdmin[Fax]):
    """Operators decide about faxes of which nobody knows whether they have arrived; the log of actions says who did."""

    actions = ["was_sent", "was_not_sent"]
    list_display = [
        "id",
        "account",
        "number",
        "state",
        "result",
        "attempts_made",
        "pages_sent",
        "price",
        "charged",
        "created_at",
        "completed_at",
    ]
    list_filter = [StateFilter, "result_code"]
    list_select_related = ["account"]
    search_fields = ["=id", "number", "submission__token", "account__name"]
    date_hierarchy = "created_at"
    ordering = ["-id"]
    inlines = [AttemptInline]
    show_full_result_count = False

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """What ``LookOnly`` takes from all, these actions give back to those who had it."""
        return request.user.has_perm("faxsend.change_fax")

    @admin.action(description=_("Being checked: the fax was sent"), permissions=["decide"])
    def was_sent(self, request: HttpRequest, chosen: QuerySet[Fax]) -> None:
        self._decide(request, chosen, deciding.was_sent, gettext("Was sent"))
        wake(look_for_outgoing)

    @admin.action(description=_("Being checked: the fax was not sent, call again"), permissions=["decide"])
    def was_not_sent(self, request: HttpRequest, chosen: QuerySet[Fax]) -> None:
        self._decide(request, chosen, deciding.was_not_sent, gettext("Was not sent: queued again"))
        wake(look_for_faxes)

    def _decide(
        self, request: HttpRequest, chosen: QuerySet[Fax], decision: Callable[[int], bool], name: str
    ) -> None:
        decided = [fax for fax in chosen if decision(fax.pk)]
        for fax in decided:
            self.log_change(request, fax, name)
        done = ngettext(
            "%(count)s fax being checked: %(what)s", "%(count)s faxes being checked: %(what)s", len(decided)
        )
        self.message_user(request, done % {"count": len(decided), "what": name})

    @admin.display(description=_("Status"), ordering="status")
    def state(self, obj: Fax) -> str:
        return f"{obj.get_status_display()} ({obj.status})"

    @admin.display(description=_("Result"), ordering="result_code")
    def result(self, obj: Fax) -> str | None:
        return in_words(obj.result_code)
