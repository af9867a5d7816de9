"""A mail address as people type it into a form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.addresses import LONGEST_ADDRESS, validate_address


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
