"""再送信: the confirmation, and for a list the choice of what is sent again."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.tokens import new_token
from faxsend.resending import What

CHOICES = {
    What.FAILED: _("Only the faxes with an error"),
    What.ALL: _("Resend several faxes (all faxes)"),
}


class ResendForm(forms.Form):
    """``once`` makes it one resend however often the form arrives."""

    once = forms.RegexField(
        re.compile(r"\A[\w-]{16,64}\Z", re.ASCII), initial=new_token, widget=forms.HiddenInput
    )


class ResendListForm(ResendForm):
    """``offered``: what can be chosen, the first of it chosen beforehand."""

    what = forms.ChoiceField(label=_("Faxes to send again"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, offered: tuple[What, ...], **options: Any) -> None:
        super().__init__(*args, **options)
        what = self.fields["what"]
        assert isinstance(what, forms.ChoiceField)
        what.choices = [(one.value, CHOICES[one]) for one in offered]
        what.initial = offered[0].value if offered else None
