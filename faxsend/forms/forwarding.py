"""プロパティ → FAX受信: 「セキュリティ設定」 of one forwarding address."""

from __future__ import annotations

from typing import Self

from django import forms
from django.utils.translation import gettext_lazy as _

from notifications.models import ForwardingAddress


class SecurityForm(forms.Form):
    """The two boxes of the user guide, chapter 14, note 4 on notifications."""

    sign = forms.BooleanField(label=_("Signature"), required=False)
    encrypt = forms.BooleanField(label=_("Encrypt received mail"), required=False)

    @classmethod
    def of(cls, forwarding: ForwardingAddress) -> Self:
        return cls(initial={"sign": forwarding.sign, "encrypt": forwarding.encrypt})
