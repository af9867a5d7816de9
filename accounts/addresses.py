"""Mail addresses as people type them."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

LONGEST_ADDRESS = 254
_LOOSE_DOTS = re.compile(r"\.+(?=[.@])")


def validate_address(address: str) -> None:
    """Raises ``ValidationError``. Dots may stand as Japanese carriers have given them out: ``a..b.@example.jp``."""
    if not address.isascii():
        raise ValidationError(_("Type the mail address in half-width characters."))
    if not address.isprintable():
        # Django takes control characters between quotes; no mail system does.
        raise ValidationError(validate_email.message, code="invalid")
    validate_email(_LOOSE_DOTS.sub("", address))


def is_address(text: str) -> bool:
    """Whether it is a half-width mail address of at most 254 characters."""
    try:
        validate_address(text)
    except ValidationError:
        return False
    return len(text) <= LONGEST_ADDRESS
