"""Fax numbers: read as people write them, one canonical form inside.

Canonical is digits only: ``00``, country code, number (``00 81 3 1111 2222`` without blanks). Test numbers
``00999-9999-XXXX`` keep their own form; 999 is no country's code. Source: user guide, chapter 14 (1-2).
"""

from __future__ import annotations

import re

import phonenumbers
from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    NumberParseException,
    PhoneNumberFormat,
    ValidationResult,
)

from notifications.refusals import InvalidNumber

HOME_CODE = "81"
HOME_PREFIX = "00" + HOME_CODE
CALLING_ABROAD = "010"
"""What a telephone in Japan dials before a country code; no Japanese number begins so."""

LONGEST_CALLING_CODE = 3

TEST_NUMBER = re.compile(r"009999999(\d{4}|\d{6})")

# Every number in Japan that a fax can have has ten or eleven digits with its 0. Emergency and service numbers
# (110, 119, 171, 06-177 …) are shorter, and stay so behind an area code, 184 or 186.
HOME_LENGTHS = range(10, 12)
PREMIUM_PREFIX = "0990"

MAX_DIGITS = 17
"""E.164's 15 digits after the two zeros."""


def parse_number(text: str) -> str:
    """The canonical form of a number as a person wrote it, half-width, with hyphens or blanks anywhere.

    Raises ``InvalidNumber`` for what cannot be a number or must not be dialled. Whether the number exists
    is for the network to say.
    """
    # HTML mail keeps the parts of a number together with no-break spaces.
    written = text.replace("\N{NO-BREAK SPACE}", " ").strip()
    if not re.fullmatch(r"\+?[0-9\- ()]+", written.lstrip("-( ")):
        raise InvalidNumber(detail=text)
    digits = re.sub(r"\D", "", text)
    if "+" in text:
        digits = "00" + digits
    elif digits.startswith(CALLING_ABROAD):
        digits = "00" + digits.removeprefix(CALLING_ABROAD)
    if TEST_NUMBER.fullmatch(digits):
        return digits
    if digits.startswith("00"):
        canonical = _international(digits.removeprefix("00"))
    elif digits.startswith("0"):
        canonical = _international(HOME_CODE + digits.removeprefix("0"))
    else:
        canonical = None
    if canonical is None:
        raise InvalidNumber(detail=text)
    return canonical


def _international(digits: str) -> str | None:
    """``digits`` begin with a country code; a national prefix that was left in behind it is dropped.

    None if no call could reach such a number, or if it is not clear which one is meant: what remains when
    the prefix is gone must not look as if it still had one.
    """
    canonical = _without_national_prefix(digits)
    if canonical is None or _without_national_prefix(canonical.removeprefix("00")) != canonical:
        return None
    if canonical.startswith(HOME_PREFIX):
        home = "0" + canonical.removeprefix(HOME_PREFIX)
        if len(home) not in HOME_LENGTHS or home.startswith(("00", CALLING_ABROAD, PREMIUM_PREFIX)):
            return None
    return canonical if len(canonical) <= MAX_DIGITS else None


def _without_national_prefix(digits: str) -> str | None:
    try:
        parsed = phonenumbers.parse("+" + digits)
    except NumberParseException:
        return None
    # "Possible" judges the length alone; what phonenumbers calls not valid may well be answered.
    if phonenumbers.is_possible_number_with_reason(parsed) != ValidationResult.IS_POSSIBLE:
        return None
    return "00" + phonenumbers.format_number(parsed, PhoneNumberFormat.E164).removeprefix("+")


def country_code(number: str) -> str:
    """The calling code with which a canonical number begins: ``81``; empty for a test number, which calls nobody."""
    if TEST_NUMBER.fullmatch(number):
        return ""
    digits = number.removeprefix("00")
    beginnings = (digits[:length] for length in range(1, LONGEST_CALLING_CODE + 1))
    # No calling code begins with another.
    return next((code for code in beginnings if int(code) in COUNTRY_CODE_TO_REGION_CODE), "")


def result_asked_for(number: str) -> int | None:
    """The result code that a canonical test number asks for; None for a number that is to be dialled."""
    match = TEST_NUMBER.fullmatch(number)
    return None if match is None else int(match[1])


def display(number: str) -> str:
    """A canonical number as a Japanese customer writes it: national with hyphens, or ``+1 212-555-0100``.

    What it returns can be written into a mail: ``parse_number`` reads it back.
    """
    match = TEST_NUMBER.fullmatch(number)
    if match is not None:
        return f"00999-9999-{match[1]}"
    try:
        parsed = phonenumbers.parse("+" + number.removeprefix("00"))
    except NumberParseException:
        return number
    if number.startswith(HOME_PREFIX):
        text = phonenumbers.format_number(parsed, PhoneNumberFormat.NATIONAL)
        # An area code that phonenumbers does not know is left without its 0.
        return text if text.startswith("0") else "0" + number.removeprefix(HOME_PREFIX)
    # Some countries write dots (+687 06.67.42), which no fax number is read with here.
    return phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL).replace(".", "-")
