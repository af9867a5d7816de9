"""Who dials. The carrier is chosen by ``FAX_CARRIER``; test numbers never reach a telephone network."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from faxsend.carriers.base import AlreadyPlaced, Call, Carrier, NotDialled, Outcome, Sighting
from faxsend.carriers.hylafax import HylafaxCarrier, Server, server_at
from faxsend.carriers.simulator import SimulatorCarrier
from faxsend.carriers.spandsp import SpandspCarrier
from faxsend.numbers import result_asked_for

__all__ = [
    "AlreadyPlaced",
    "Call",
    "Carrier",
    "NotDialled",
    "Outcome",
    "Sighting",
    "carrier_for",
    "carrier_named",
]

CARRIERS: dict[str, Callable[[], Carrier]] = {
    "simulator": lambda: SimulatorCarrier(
        data_dir=settings.DATA_DIR,
        call_seconds=settings.SIMULATOR_CALL_SECONDS,
        faults=settings.SIMULATOR_FAULTS,
    ),
    "spandsp": lambda: SpandspCarrier(data_dir=settings.DATA_DIR, faults=settings.SPANDSP_FAULTS),
    "hylafax": lambda: HylafaxCarrier(
        data_dir=settings.DATA_DIR,
        server=_hylafax_server(),
        international=settings.HYLAFAX_INTERNATIONAL_PREFIX,
    ),
}


def carrier_for(number: str) -> Carrier:
    """The carrier that dials ``number``."""
    return carrier_named("simulator" if result_asked_for(number) is not None else settings.FAX_CARRIER)


def carrier_named(name: str) -> Carrier:
    """The carrier that an earlier attempt went through. Raises ``ImproperlyConfigured``."""
    if name not in CARRIERS:
        raise ImproperlyConfigured(f"FAX_CARRIER: there is no carrier {name!r}.")
    return CARRIERS[name]()


def _hylafax_server() -> Server:
    try:
        return server_at(settings.HYLAFAX_URL)
    except ValueError as error:
        raise ImproperlyConfigured(f"HYLAFAX_URL: {error}.") from None
