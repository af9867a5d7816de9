"""What one client of the SMTP gateway may take: connections, tries and memory, counted by its address. Pure.

An IPv6 client is its /64, which is what one customer of a provider gets. Trusted relays speak for many
senders, so only the bounds of the whole process hold for them. Times are seconds of any clock that only goes
forward.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network

CONNECTIONS = 1_000
"""Of the process; the last ``FOR_RELAYS`` of them are for trusted relays."""
FOR_RELAYS = 100
CONNECTIONS_OF_ONE = 50
ARRIVALS_A_MINUTE = 600
REFUSED_SENDERS_A_MINUTE = 30
BYTES = 512 * 1024 * 1024
"""Of mail that is being received, in the process; one client may hold half of it."""
BYTES_OF_ONE = BYTES // 2
REMEMBERED = 10_000
"""Clients whose rates are known; who was counted longest ago is forgotten first."""

MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Client:
    """Whom an address belongs to. ``address``: as logged and stored; ``key``: as counted."""

    address: str
    key: str
    trusted: bool


def network_of(text: str) -> Network:
    """Read an address or a network, such as ``192.0.2.1`` or ``2001:db8::/32``; ValueError if it is neither."""
    return ip_network(text, strict=False)


class Clients:
    """All clients of one gateway. ``trusted``: the relays in front of it."""

    def __init__(self, trusted: Iterable[Network] = ()) -> None:
        self._trusted = tuple(trusted)
        self._connections = Held(CONNECTIONS)
        self._bytes = Held(BYTES)
        self._arrivals = Rate(ARRIVALS_A_MINUTE)
        self._refused_senders = Rate(REFUSED_SENDERS_A_MINUTE)
        self._reported = Rate(1)

    def client(self, address: str) -> Client:
        """Recognise a client by its IP address, which may carry a zone (RFC 4007)."""
        known = ip_address(address.partition("%")[0])
        if isinstance(known, IPv6Address) and known.ipv4_mapped:
            known = known.ipv4_mapped
        trusted = any(known in network for network in self._trusted)
        counted = IPv6Network((known, 64), strict=False) if isinstance(known, IPv6Address) else known
        return Client(str(known), str(counted), trusted)

    def arrive(self, client: Client, at: float) -> bool:
        """Count a new connection, which ``leave`` ends; False, and nothing counted, if there is no place."""
        if client.trusted:
            return self._connections.take(client.key, 1, of_one=CONNECTIONS)
        if self._connections.total >= CONNECTIONS - FOR_RELAYS or self._arrivals.is_spent(client.key, at):
            return False
        if not self._connections.take(client.key, 1, of_one=CONNECTIONS_OF_ONE):
            return False
        self._arrivals.count(client.key, at)
        return True

    def leave(self, client: Client) -> None:
        """End a connection that arrived."""
        self._connections.give_back(client.key, 1)

    def may_name_senders(self, client: Client, at: float) -> bool:
        """Whether it may still ask who is known here: without a limit it could try all names."""
        return client.trusted or not self._refused_senders.is_spent(client.key, at)

    def refuse_sender(self, client: Client, at: float) -> None:
        """Count a sender that is not known here."""
        self._refused_senders.count(client.key, at)

    def hold(self, client: Client, size: int) -> bool:
        """Count ``size`` bytes of a mail until ``let_go``; False, and nothing counted, if that is too much."""
        return self._bytes.take(client.key, size, of_one=BYTES if client.trusted else BYTES_OF_ONE)

    def let_go(self, client: Client, size: int) -> None:
        """Give back what was held."""
        self._bytes.give_back(client.key, size)

    def is_news(self, client: Client, at: float) -> bool:
        """Whether the log should say that the client was turned away: once a minute is enough."""
        if self._reported.is_spent(client.key, at):
            return False
        self._reported.count(client.key, at)
        return True


class Rate:
    """So many a minute: all of them at once, then one each time its share of the minute has passed.

    Each key has one number, the time at which all that it did is paid off (the generic cell rate algorithm of
    ITU-T I.371).
    """

    def __init__(self, a_minute: int, *, remembered: int = REMEMBERED) -> None:
        self._share = MINUTE / a_minute
        self._remembered = remembered
        self._paid_at: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._paid_at)

    def is_spent(self, key: str, at: float) -> bool:
        """Whether one more would be too many."""
        return self._after_one_more(key, at) - at > MINUTE + self._share / 2

    def count(self, key: str, at: float) -> None:
        """Count one more."""
        self._paid_at[key] = self._after_one_more(key, at)
        self._paid_at.move_to_end(key)
        while len(self._paid_at) > self._remembered or next(iter(self._paid_at.values())) <= at:
            self._paid_at.popitem(last=False)

    def _after_one_more(self, key: str, at: float) -> float:
        return max(self._paid_at.get(key, at), at) + self._share


class Held:
    """Things of which there are ``bound``, and who has how many."""

    def __init__(self, bound: int) -> None:
        self._bound = bound
        self._by_key: dict[str, int] = {}
        self.total = 0

    def __len__(self) -> int:
        return len(self._by_key)

    def take(self, key: str, count: int, *, of_one: int) -> bool:
        """Take ``count``, or nothing if ``key`` would have more than ``of_one`` or there are not so many."""
        after = self._by_key.get(key, 0) + count
        if after > of_one or self.total + count > self._bound:
            return False
        self._by_key[key] = after
        self.total += count
        return True

    def give_back(self, key: str, count: int) -> None:
        """Give back what was taken."""
        self.total -= count
        self._by_key[key] = self._by_key.get(key, 0) - count
        if not self._by_key[key]:
            del self._by_key[key]
