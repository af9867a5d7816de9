"""What operators see of single calls: as customers do, and what the carrier has told beside that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import BaseInlineFormSet
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.operators import LookOnly, ModelAdmin, TabularInline
from faxsend.models import Attempt, Fax
from faxsend.results import result_of
from faxsend.templatetags.faxes import minutes_and_seconds
from faxsend.timeline import pages_in_words

if TYPE_CHECKING:
    from django.forms import ModelForm

    InlineFormSet = BaseInlineFormSet[Attempt, Fax, ModelForm[Attempt]]
else:
    InlineFormSet = BaseInlineFormSet

NEWEST_CALLS = 100
"""A carrier that gives calls back undialled, for days, leaves an attempt each time."""


class CallWords:
    """Columns about one call, in words."""

    @admin.display(description=_("Started"), ordering="started_at")
    def began(self, obj: Attempt) -> str:
        return f"{timezone.localtime(obj.started_at):%Y/%m/%d %H:%M:%S}"

    @admin.display(description=_("Result"), ordering="result_code")
    def result(self, obj: Attempt) -> str | None:
        never_dialled = obj.result_code is None and obj.ended_at is not None
        return gettext("Not dialled") if never_dialled else in_words(obj.result_code)

    @admin.display(description=_("Pages that arrived"))
    def pages(self, obj: Attempt) -> str:
        return pages_in_words(obj)

    @admin.display(description=_("Duration"), ordering="duration")
    def took(self, obj: Attempt) -> str:
        return minutes_and_seconds(obj.duration)

    @admin.display(description=_("Bits per second"), ordering="bits_per_second")
    def speed(self, obj: Attempt) -> str:
        return "" if obj.bits_per_second is None else f"{obj.bits_per_second:,}"


class NewestCalls(InlineFormSet):
    def get_queryset(self) -> QuerySet[Attempt]:
        return super().get_queryset()[:NEWEST_CALLS]


class AttemptInline(CallWords, LookOnly, TabularInline[Attempt, Fax]):
    """The newest first."""

    model = Attempt
    formset = NewestCalls
    verbose_name_plural = _("Call history")
    fields = [
        "id",
        "began",
        "carrier",
        "result",
        "pages",
        "took",
        "remote_csid",
        "speed",
        "ecm",
        "engine_words",
    ]
    readonly_fields = ["began", "result", "pages", "took", "speed"]
    ordering = ["-id"]


@admin.register(Attempt)
class AttemptAdmin(CallWords, LookOnly, ModelAdmin[Attempt]):
    list_display = [
        "id",
        "fax",
        "carrier",
        "began",
        "result",
        "pages",
        "took",
        "remote_csid",
        "speed",
        "ecm",
        "engine_words",
    ]
    list_filter = ["carrier", ("ended_at", admin.EmptyFieldListFilter), "ecm", "result_code"]
    list_select_related = ["fax"]
    search_fields = ["=id", "=fax__id", "fax__number"]
    date_hierarchy = "started_at"
    ordering = ["-id"]
    show_full_result_count = False


def in_words(code: int | None) -> str | None:
    """``3912-FAX番号が使用不可です``, or None while there is no result."""
    return None if code is None else f"{code}-{gettext(result_of(code).text)}"
