"""プロパティ → 証明書: whether a mail without a signature removes a registration."""

from __future__ import annotations

from typing import Self

from django import forms
from django.utils.translation import gettext_lazy as _

from notifications.models import NotificationPreference


class RemovalForm(forms.Form):
    removal_by_mail = forms.BooleanField(
        label=_("Allow certificates to be removed by a mail without a signature"),
        help_text=_(
            "Switched off, certificates of your addresses can be removed on this page only. This prevents "
            "that somebody ends the encryption by a mail in your name."
        ),
        required=False,
    )

    @classmethod
    def of(cls, chosen: NotificationPreference) -> Self:
        return cls(initial={"removal_by_mail": chosen.removal_by_mail})
