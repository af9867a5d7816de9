"""What ``manage.py check`` says about the settings of the sending service."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning

from faxsend.carriers import faults
from faxsend.carriers.hylafax import server_at
from faxsend.t30 import library
from faxsend.txt_records import server_of


def check_dns_resolver(**_options: Any) -> list[CheckMessage]:
    """E001: an entry of ``DNS_RESOLVER`` is no address."""
    return [error for text in settings.DNS_RESOLVER for error in _problems(text)]


def _problems(text: str) -> list[CheckMessage]:
    try:
        server_of(text)
    except ValueError as error:
        hint = "Write 192.0.2.1, 192.0.2.1:5353 or [2001:db8::1]:5353, separated by commas."
        return [Error(f"DNS_RESOLVER: {error}", hint=hint, id="faxsend.E001")]
    return []


FAULTS = ("SIMULATOR_FAULTS", "SPANDSP_FAULTS")


def check_line(**_options: Any) -> list[CheckMessage]:
    """E002: the T.30 engine that ``FAX_CARRIER`` asks for is not installed. E003: a file of faults is none.
    E004: there is no HylaFAX server for a carrier that needs one.
    """
    return [*_engine_missing(), *_no_hylafax(), *(error for name in FAULTS for error in _no_faults(name))]


def _engine_missing() -> list[CheckMessage]:
    if settings.FAX_CARRIER != "spandsp":
        return []
    try:
        library.load()
    except OSError as error:
        hint = "Debian, Ubuntu: apt-get install libspandsp2. Or set FAX_CARRIER to another carrier."
        return [Error(f"FAX_CARRIER is spandsp: {error}", hint=hint, id="faxsend.E002")]
    return []


def _no_hylafax() -> list[CheckMessage]:
    if settings.FAX_CARRIER != "hylafax":
        return []
    try:
        server_at(settings.HYLAFAX_URL)
    except ValueError as error:
        hint = "Write hylafax://user:password@host:4559, or set FAX_CARRIER to another carrier."
        return [Error(f"HYLAFAX_URL: {error}.", hint=hint, id="faxsend.E004")]
    return []


def _no_faults(name: str) -> list[CheckMessage]:
    try:
        faults.check(getattr(settings, name))
    except (OSError, ValueError) as error:
        hint = 'Name a JSON file such as {"0081311112222": "busy"}, or nothing.'
        return [Error(f"{name}: {type(error).__name__}: {error}", hint=hint, id="faxsend.E003")]
    return []


def check_carrier_is_real(**_options: Any) -> list[CheckMessage]:
    """W002: calls are played on a database of the operator's own."""
    if settings.EMBEDDED or settings.FAX_CARRIER == "hylafax":
        return []
    text = f"FAX_CARRIER is {settings.FAX_CARRIER}: calls reach a machine of our own and nobody else."
    hint = "Set FAX_CARRIER=hylafax and HYLAFAX_URL (docs/operations.md, modems behind HylaFAX)."
    return [Warning(text, hint=hint, id="faxsend.W002")]


def check_faults_are_for_tests(**_options: Any) -> list[CheckMessage]:
    """W001, of ``check --deploy``: machines of our own are told to fail."""
    return [
        Warning(
            f"{name} is set: calls to the numbers in it fail on purpose.",
            hint="It is for tests; leave it empty where faxes matter.",
            id="faxsend.W001",
        )
        for name in FAULTS
        if getattr(settings, name)
    ]
