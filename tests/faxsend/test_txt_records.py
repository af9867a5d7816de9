"""Questions to a real name server on loopback, one that answers and one that does not as it should."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import dns.rrset
import pytest
from dns.message import Message

from faxsend.domain_proof import NotAnswered
from faxsend.txt_records import TxtResolver, server_of
from tests.name_server import Answer, NameServer, alias, failing, garbage, name_server, records


@pytest.fixture
def server() -> Iterator[NameServer]:
    with name_server() as server:
        yield server


@pytest.fixture
def resolver(server: NameServer) -> TxtResolver:
    return TxtResolver([server.address])


def test_the_pieces_of_a_record_are_joined(server: NameServer, resolver: TxtResolver) -> None:
    long = bytes(range(256)) * 3
    server.zone["a.example"] = [long, b""]
    assert sorted(resolver.for_one_mail()("a.example")) == [b"", long]


def test_a_long_answer_comes_by_tcp(server: NameServer, resolver: TxtResolver) -> None:
    server.zone["a.example"] = [b"k" * 8192]
    assert resolver.for_one_mail()("a.example") == [b"k" * 8192]
    assert server.asked["a.example"] == 2


def test_a_record_of_64_kilobytes_is_left_out_and_of_many_ten_are_read(
    server: NameServer, resolver: TxtResolver
) -> None:
    server.zone["huge.example"] = [b"k" * 64_000]
    server.zone["many.example"] = [b"%d" % number for number in range(1000)]
    ask = resolver.for_one_mail()
    assert ask("huge.example") == []
    assert len(ask("many.example")) == 10


@pytest.mark.parametrize(
    "name", ["none.example", "a" * 64 + ".example", ".".join(["a" * 60] * 5), "a..example"]
)
def test_a_name_that_is_not_there_or_cannot_be_has_no_records(resolver: TxtResolver, name: str) -> None:
    assert resolver.for_one_mail()(name) == ()


def test_a_name_is_asked_for_once_whether_it_is_there_or_not(
    server: NameServer, resolver: TxtResolver
) -> None:
    server.zone["a.example"] = [b"text"]
    for _ in range(3):
        ask = resolver.for_one_mail()
        assert (ask("a.example"), ask("none.example")) == ([b"text"], ())
    assert server.asked["a.example"] == 1


def test_an_answer_counts_for_five_minutes_however_long_it_says(server: NameServer) -> None:
    def for_ever(query: Message) -> bytes:
        response = records(query, b"text")
        response.answer[0].ttl = 2**31 - 1
        return response.to_wire()

    server.zone["a.example"] = for_ever
    resolver = TxtResolver([server.address])
    resolver.for_one_mail()("a.example")
    [(_, node)] = resolver.cache.data.items()
    assert 290 < node.value.expiration - time.time() <= 300


def loop(query: Message) -> bytes:
    name = query.question[0].name
    response = records(query, b"text")
    response.answer = [
        dns.rrset.from_text(name, 60, "IN", "CNAME", "b.example."),
        dns.rrset.from_text("b.example.", 60, "IN", "CNAME", name.to_text()),
    ]
    return response.to_wire()


@pytest.mark.parametrize("answer", [failing, garbage, loop])
def test_an_answer_that_is_none_is_no_answer_and_not_asked_for_again_at_once(
    server: NameServer, answer: Answer
) -> None:
    server.zone["a.example"] = answer
    resolver = TxtResolver([server.address], seconds_a_query=0.5)
    with pytest.raises(NotAnswered):
        resolver.for_one_mail()("a.example")
    asked = server.asked["a.example"]
    with pytest.raises(NotAnswered):
        resolver.for_one_mail()("a.example")
    assert server.asked["a.example"] == asked


def test_an_alias_without_its_end_has_no_records(server: NameServer, resolver: TxtResolver) -> None:
    server.zone["a.example"] = alias("b.example.")
    assert resolver.for_one_mail()("a.example") == ()


def test_a_silent_server_takes_no_longer_than_a_question_and_a_mail_may(server: NameServer) -> None:
    names = [f"{number}.example" for number in range(5)]
    server.zone |= dict.fromkeys(names)
    ask = TxtResolver([server.address], seconds_a_query=0.4, seconds_a_mail=1.0).for_one_mail()
    took = []
    for name in names:
        begun = time.monotonic()
        with pytest.raises(NotAnswered):
            ask(name)
        took.append(time.monotonic() - begun)
    assert 0.3 < took[0] < 0.7
    assert sum(took) < 1.4


def test_a_port_where_nobody_listens_is_no_answer() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
    with pytest.raises(NotAnswered):
        TxtResolver([f"127.0.0.1:{port}"], seconds_a_query=0.2).for_one_mail()("a.example")


@pytest.mark.parametrize(
    ("text", "address", "port"),
    [
        ("192.0.2.1", "192.0.2.1", 53),
        (" 192.0.2.1:5353", "192.0.2.1", 5353),
        ("2001:db8::1", "2001:db8::1", 53),
        ("[2001:db8::1]", "2001:db8::1", 53),
        ("[2001:db8::1]:5353", "2001:db8::1", 5353),
    ],
)
def test_a_resolver_is_an_address_and_perhaps_a_port(text: str, address: str, port: int) -> None:
    server = server_of(text)
    assert (server.answer_nameserver(), server.answer_port()) == (address, port)


@pytest.mark.parametrize("text", ["", "dns.example.com", "192.0.2.1:dns", "192.0.2.1:0", "192.0.2.1:65536"])
def test_anything_else_is_none(text: str) -> None:
    with pytest.raises(ValueError):
        server_of(text)
