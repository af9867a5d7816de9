"""Fax numbers: read as people write them, one canonical form inside.

Canonical is digits only: ``00``, country code, number (``00 81 3 1111 2222`` without blanks). Test numbers
``00999-9999-XXXX`` keep their own form; 999 is no country's code. Source: user guide, chapter 14 (1-2).
"""

from __future__ import annotations

import re

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from notifications.refusals import InvalidNumber

HOME = "JP"
HOME_PREFIX = "0081"
TEST_NUMBER = re.compile(r"009999999(\d{4}|\d{6})")

# Emergency and service numbers, and the premium rate 0990: a fax must never end there.
SERVICE_NUMBERS = {"104", "110", "113", "115", "117", "118", "119", "171", "177", "188", "189"}
PREMIUM_PREFIX = "0990"

MAX_DIGITS = 17
"""E.164's 15 digits after the two zeros."""


def parse_number(text: str) -> str:
    """The canonical form of a number as a person wrote it, half-width, with hyphens or blanks anywhere.

    Raises ``InvalidNumber`` for what cannot be a number or must not be dialled. Whether the number exists
    is for the network to say.
    """
    if not re.fullmatch(r"\+?[0-9\- ()]+", text.strip()):
        raise InvalidNumber(detail=text)
    digits = re.sub(r"\D", "", text)
    if text.strip().startswith("+"):
        digits = "00" + digits
    if TEST_NUMBER.fullmatch(digits):
        return digits
    if digits.startswith("00"):
        return _international(digits[2:], written=text)
    if not digits.startswith("0") or digits.startswith(PREMIUM_PREFIX) or len(digits) < 9:
        raise InvalidNumber(detail=text)
    return _international("81" + digits[1:], written=text)


def _international(digits: str, *, written: str) -> str:
    """``digits`` begin with a country code; a national prefix that was left in behind it is dropped."""
    try:
        parsed = phonenumbers.parse("+" + digits)
    except NumberParseException as error:
        raise InvalidNumber(detail=written) from error
    canonical = "00" + phonenumbers.format_number(parsed, PhoneNumberFormat.E164).lstrip("+")
    home = "0" + canonical.removeprefix(HOME_PREFIX)
    forbidden = canonical.startswith(HOME_PREFIX) and (
        home.startswith(PREMIUM_PREFIX) or home[1:] in SERVICE_NUMBERS
    )
    if forbidden or not 10 <= len(canonical) <= MAX_DIGITS:
        raise InvalidNumber(detail=written)
    return canonical


def test_result_of(number: str) -> int | None:
    """The result code that a canonical test number asks for; None for a number that is to be dialled."""
    match = TEST_NUMBER.fullmatch(number)
    return None if match is None else int(match[1])


def display(number: str) -> str:
    """A canonical number as a Japanese customer writes it: national with hyphens, or ``+1 212-555-0100``."""
    match = TEST_NUMBER.fullmatch(number)
    if match is not None:
        return f"00999-9999-{match[1]}"
    try:
        parsed = phonenumbers.parse("+" + number.removeprefix("00"))
    except NumberParseException:
        return number
    national = number.startswith(HOME_PREFIX)
    style = PhoneNumberFormat.NATIONAL if national else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, style)
