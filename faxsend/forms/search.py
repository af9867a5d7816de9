"""送信履歴の検索: what can be asked."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from faxsend.partial_numbers import PartialNumber, read_partial_number
from faxsend.searching import Question, Searched

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
ANY_STATUS = "all"


class Period(StrEnum):
    """「期間」「以降」「期間を使用しない」."""

    BETWEEN = "between"
    SINCE = "since"
    ANY = "any"


def _day(**options: Any) -> forms.DateField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    limits = [
        limit(day, _("Type a date between 2000 and 2099."))
        for limit, day in [(MinValueValidator, FIRST_DAY), (MaxValueValidator, LAST_DAY)]
    ]
    return forms.DateField(
        required=False,
        widget=widget,
        input_formats=["%Y-%m-%d", "%Y/%m/%d"],
        validators=limits,
        error_messages={"invalid": _("Type a date such as 2026/01/31.")},
        **options,
    )


class SearchForm(forms.Form):
    """``before``, the place in the result, is no part of it: links carry it."""

    subject = forms.CharField(label=_("Subject"), max_length=200, required=False)
    number = forms.CharField(label=_("Fax number"), max_length=40, required=False)
    reply_to = forms.CharField(label=_("Reply-To"), max_length=254, required=False)
    status = forms.ChoiceField(
        label=_("Fax status"),
        choices=[
            (ANY_STATUS, _("All")),
            (Searched.OK.value, _("OK")),
            (Searched.ERROR.value, _("Error")),
            (Searched.IN_PROCESS.value, _("In process")),
            (Searched.ON_HOLD.value, _("On hold")),
        ],
        initial=ANY_STATUS,
        required=False,
    )
    period = forms.ChoiceField(
        label=_("Submitted"),
        choices=[
            (Period.BETWEEN.value, _("Period")),
            (Period.SINCE.value, _("Since")),
            (Period.ANY.value, _("Any time")),
        ],
        widget=forms.RadioSelect,
        initial=Period.ANY.value,
        required=False,
    )
    since = _day(label=_("First day"))
    until = _day(label=_("Last day"))

    def clean_number(self) -> PartialNumber | None:
        text = self.cleaned_data["number"]
        if not text:
            return None
        try:
            return read_partial_number(text)
        except ValueError as error:
            raise ValidationError(_("Type the number, or a part of it, in digits and hyphens.")) from error

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        period = cleaned.get("period")
        if (
            period in {Period.BETWEEN, Period.SINCE}
            and not cleaned.get("since")
            and "since" not in self.errors
        ):
            self.add_error("since", _("Type the first day."))
        if period == Period.BETWEEN:
            self._check_last_day(cleaned.get("since"), cleaned.get("until"))
        self._show_what_was_typed()
        return cleaned

    def _check_last_day(self, since: date | None, until: date | None) -> None:
        if until is None:
            if "until" not in self.errors:
                self.add_error("until", _("Type the last day."))
        elif since is not None and until < since:
            self.add_error("until", _("The last day lies before the first one."))

    def _show_what_was_typed(self) -> None:
        """A date field of a browser would show nothing instead of what is no date."""
        for name in ["since", "until"]:
            widget = self.fields[name].widget
            if name in self.errors and isinstance(widget, forms.DateInput):
                widget.input_type = "text"

    def question(self) -> Question:
        """Of a valid form."""
        asked = self.cleaned_data
        period = asked["period"]
        return Question(
            subject=asked["subject"],
            number=asked["number"],
            reply_to=asked["reply_to"],
            first=asked["since"] if period in {Period.BETWEEN, Period.SINCE} else None,
            last=asked["until"] if period == Period.BETWEEN else None,
            status=None if asked["status"] in {"", ANY_STATUS} else Searched(asked["status"]),
        )
