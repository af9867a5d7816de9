"""A DNS server of our own on loopback: real packets by UDP and TCP, as a zone says, or as no server should."""

from __future__ import annotations

import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

UDP_BYTES = 1232

Answer = Callable[[dns.message.Message], bytes | None]
"""A query becomes the bytes of its response; None: silence."""


@dataclass
class NameServer:
    """``zone``: the TXT records of a name, an answer of one's own, or None for silence. ``asked`` counts the names."""

    zone: dict[str, Sequence[bytes] | Answer | None] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    port: int = 0

    @property
    def address(self) -> str:
        """As ``DNS_RESOLVER`` names it."""
        return f"127.0.0.1:{self.port}"

    def response(self, packet: bytes, *, limit: int = 65535) -> bytes | None:
        """Beyond ``limit`` bytes truncated, which makes the client come again by TCP."""
        query = dns.message.from_wire(packet)
        name = query.question[0].name.to_text(omit_final_dot=True).lower()
        self.asked[name] += 1
        found = self.zone.get(name, ())
        if found is None:
            return None
        if callable(found):
            return found(query)
        response = records(query, *found)
        wire = response.to_wire(max_size=65535)
        if len(wire) <= limit:
            return wire
        short = dns.message.make_response(query)
        short.flags |= dns.flags.TC
        return short.to_wire()


def records(query: dns.message.Message, *texts: bytes) -> dns.message.Message:
    """The response with TXT records; without any, that there is no such name."""
    response = dns.message.make_response(query)
    response.flags |= dns.flags.RA
    if not texts:
        response.set_rcode(dns.rcode.NXDOMAIN)
        return response
    rdatas = [
        " ".join(f'"{_escaped(text[i : i + 255])}"' for i in range(0, len(text), 255)) or '""'
        for text in texts
    ]
    response.answer.append(dns.rrset.from_text_list(query.question[0].name, 60, "IN", "TXT", rdatas))
    return response


def alias(target: str) -> Answer:
    """A CNAME and nothing else."""

    def answer(query: dns.message.Message) -> bytes:
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        response.answer.append(dns.rrset.from_text(query.question[0].name, 60, "IN", "CNAME", target))
        return response.to_wire()

    return answer


def failing(query: dns.message.Message) -> bytes:
    """SERVFAIL."""
    response = dns.message.make_response(query)
    response.set_rcode(dns.rcode.SERVFAIL)
    return response.to_wire()


def garbage(query: dns.message.Message) -> bytes:
    """The right number, then nonsense."""
    return struct.pack("!H", query.id) + b"\xff" * 40


def _escaped(text: bytes) -> str:
    return "".join(f"\\{byte:03d}" for byte in text)


@contextmanager
def name_server() -> Iterator[NameServer]:
    """Serve on one free port, by UDP and TCP, for the length of the block."""
    server = NameServer()
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
        server.port = tcp.getsockname()[1]
        udp.bind(("127.0.0.1", server.port))
        threads = [
            threading.Thread(target=each, args=(server, sock), daemon=True)
            for each, sock in ((_serve_udp, udp), (_serve_tcp, tcp))
        ]
        for thread in threads:
            thread.start()
        try:
            yield server
        finally:
            tcp.shutdown(socket.SHUT_RDWR)
            with socket.socket(type=socket.SOCK_DGRAM) as last:
                last.sendto(b"", ("127.0.0.1", server.port))
            for thread in threads:
                thread.join(5)


def _serve_udp(server: NameServer, sock: socket.socket) -> None:
    while True:
        packet, client = sock.recvfrom(4096)
        if not packet:
            return
        if answer := server.response(packet, limit=UDP_BYTES):
            sock.sendto(answer, client)


def _serve_tcp(server: NameServer, sock: socket.socket) -> None:
    while True:
        try:
            connection, _ = sock.accept()
        except OSError:
            return
        with connection, connection.makefile("rb") as stream:
            length = stream.read(2)
            if len(length) == 2 and (answer := server.response(stream.read(*struct.unpack("!H", length)))):
                connection.sendall(struct.pack("!H", len(answer)) + answer)
