"""Countries by their calling codes (ITU-T E.164: 81 is Japan's), as operators type them."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

_SEPARATOR = re.compile(r"[,、\s]+")
_CODE = re.compile(r"\+?([1-9][0-9]{0,2})")


class CallingCodesField(forms.Field):
    """``+81, 1`` for the list of strings ``["81", "1"]``, each once; empty for none.

    Refuses by name what is no calling code.
    """

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:
        written = unicodedata.normalize("NFKC", str(value or ""))
        return list(dict.fromkeys(_code(text) for text in _SEPARATOR.split(written) if text))


def _code(text: str) -> str:
    found = _CODE.fullmatch(text)
    if found is None or int(found[1]) not in COUNTRY_CODE_TO_REGION_CODE:
        raise ValidationError(
            _("%(code)s is not the calling code of a country."),
            code="no_calling_code",
            params={"code": text[:20]},
        )
    return found[1]
