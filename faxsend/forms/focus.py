"""Where a form that comes back is read first."""

from __future__ import annotations

from django.forms import BaseForm


def focus_first_error(form: BaseForm) -> None:
    """Let the browser go to the first field that has to be mended, wherever on the page it stands."""
    for bound in form:
        if bound.errors:
            bound.field.widget.attrs["autofocus"] = True
            return
