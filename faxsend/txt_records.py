"""TXT records by DNS, in bounded time and kept for a bounded time.

What an answer is worth is what the resolver is worth: run one that you trust, near and validating (DNSSEC).
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Sequence
from functools import lru_cache

import dns.exception
import dns.name
import dns.nameserver
import dns.resolver
from dns.rdtypes.txtbase import TXTBase

from faxsend.domain_proof import Ask, NotAnswered

SECONDS_A_QUERY = 2.0
SECONDS_A_MAIL = 5.0
KEPT_SECONDS = 300
"""At most, whatever the time to live: a key that was withdrawn does not count for longer."""
SILENT_SECONDS = 30
"""For which a name that got no answer is not asked for again."""
KEPT_NAMES = 1000
MAX_RECORDS = 10
MAX_RECORD_BYTES = 8192
DNS_PORT = 53
UDP_BYTES = 1232
"""That fit any path without fragments; longer answers come by TCP."""


class _Cache(dns.resolver.LRUCache):
    """The library's keeps answers as long as they say."""

    def put(self, key: dns.resolver.CacheKey, value: dns.resolver.Answer) -> None:
        value.expiration = min(value.expiration, time.time() + KEPT_SECONDS)
        super().put(key, value)


class TxtResolver:
    """A resolver with its memory, one a process and setting."""

    def __init__(
        self,
        servers: Sequence[str],
        *,
        seconds_a_query: float = SECONDS_A_QUERY,
        seconds_a_mail: float = SECONDS_A_MAIL,
    ) -> None:
        """``servers``: ``address`` or ``address:port`` (IPv6 with a port in brackets); none: the system's.

        Raises ``ValueError`` for what is neither.
        """
        self.cache = _Cache(KEPT_NAMES)
        self._resolver = dns.resolver.Resolver(configure=False)
        self._resolver.cache = self.cache
        self._resolver.use_edns(0, 0, UDP_BYTES)
        self._seconds = seconds_a_query, seconds_a_mail
        self._resolver.timeout = seconds_a_query / 2  # so that a lost packet is sent again
        self._resolver.nameservers = [server_of(each) for each in servers] or _of_the_system()
        self._silent: dict[str, float] = {}

    def for_one_mail(self) -> Ask:
        """What may be asked on behalf of one mail, all in the time that one mail has."""
        deadline = time.monotonic() + self._seconds[1]
        return lambda name: self._ask(name, deadline)

    def _ask(self, name: str, deadline: float) -> Sequence[bytes]:
        now = time.monotonic()
        left = min(deadline - now, self._seconds[0])
        if left <= 0 or self._silent.get(name, 0) > now or not self._resolver.nameservers:
            raise NotAnswered
        try:
            return self._resolve(name, left)
        except (dns.exception.DNSException, OSError, ValueError) as error:
            self._remember_silence(name)
            raise NotAnswered from error

    def _resolve(self, name: str, seconds: float) -> Sequence[bytes]:
        try:
            answer = self._resolver.resolve(f"{name}.", "TXT", lifetime=seconds, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer, dns.name.NameTooLong, dns.name.LabelTooLong):
            return ()
        except dns.name.EmptyLabel:
            return ()
        records = (b"".join(record.strings) for record in answer if isinstance(record, TXTBase))
        return [record for record in records if len(record) <= MAX_RECORD_BYTES][:MAX_RECORDS]

    def _remember_silence(self, name: str) -> None:
        now = time.monotonic()
        if len(self._silent) >= KEPT_NAMES:
            self._silent = {each: until for each, until in self._silent.items() if until > now}
        if len(self._silent) < KEPT_NAMES:
            self._silent[name] = now + SILENT_SECONDS


@lru_cache(maxsize=4)
def resolver_of(servers: tuple[str, ...]) -> TxtResolver:
    """The one of this process for this setting."""
    return TxtResolver(servers)


def server_of(text: str) -> dns.nameserver.Nameserver:
    """One entry of ``DNS_RESOLVER``. Raises ``ValueError``."""
    address, port = text.strip(), ""
    if address.startswith("["):
        address, _, port = address[1:].partition("]")
        port = port.removeprefix(":")
    elif address.count(":") == 1:
        address, port = address.split(":")
    number = int(port or DNS_PORT)
    if number not in range(1, 2**16):
        raise ValueError(f"{text!r} has no port between 1 and 65535")
    return dns.nameserver.Do53Nameserver(str(ipaddress.ip_address(address)), number)


def _of_the_system() -> list[dns.nameserver.Nameserver | str]:
    """Those of resolv.conf; none if there is no such file: nothing is answered then."""
    try:
        return list(dns.resolver.Resolver().nameservers)
    except dns.resolver.NoResolverConfiguration:
        return []
