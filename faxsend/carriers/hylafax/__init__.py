"""Real modems, through a HylaFAX server."""

from __future__ import annotations

from faxsend.carriers.hylafax.carrier import HylafaxCarrier, journal_in
from faxsend.carriers.hylafax.server import Server, server_at

__all__ = ["HylafaxCarrier", "Server", "journal_in", "server_at"]
