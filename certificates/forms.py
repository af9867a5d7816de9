"""証明書(デジタルID)の送信: the addresses as they are typed into the dialog."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from certificates.recipients import read_recipients

LONGEST_TEXT = 60_000
"""Characters: what an account's senders and 20 others take at their longest."""


class CertificateRequestForm(forms.Form):
    """``cleaned_data["recipients"]``: the addresses in order, without repetition."""

    recipients = forms.CharField(
        label=_("Recipients' mail addresses"),
        help_text=_(
            "Separate several addresses with half-width commas (,). "
            "Remove those that do not need the certificate; others can be added."
        ),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(
            attrs={
                "rows": 4,
                "autocomplete": "off",
                "autocapitalize": "off",
                "spellcheck": "false",
                "inputmode": "email",
            }
        ),
        error_messages={"required": _("Type at least one mail address.")},
    )

    def clean_recipients(self) -> list[str]:
        return read_recipients(self.cleaned_data["recipients"])
