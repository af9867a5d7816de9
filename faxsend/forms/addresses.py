"""A mail address as people type it into a form."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

LONGEST_ADDRESS = 254
_LOOSE_DOTS = re.compile(r"\.+(?=[.@])")


def validate_address(address: str) -> None:
    """Raises ``ValidationError``. Dots may stand as Japanese carriers have given them out: ``a..b.@example.jp``."""
    if not address.isascii():
        raise ValidationError(_("Type the mail address in half-width characters."))
    validate_email(_LOOSE_DOTS.sub("", address))


class AddressField(forms.CharField):
    """One mail address, half-width, at most 254 characters."""

    default_validators = [validate_address]
    widget = forms.EmailInput

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=LONGEST_ADDRESS, **options)
        # Not the address of the person who types: browsers would fill that in.
        self.widget.attrs["autocomplete"] = "off"


class AddressForm(forms.Form):
    """An address to be added to a list."""

    address = AddressField(label=_("Address"))
