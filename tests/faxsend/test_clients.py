"""What one client of the gateway may take, and that counting it costs no memory without bound."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faxsend import clients
from faxsend.clients import Client, Clients, Held, Rate, network_of


def _arrivals(known: Clients, client: Client, times: int, at: float = 0.0) -> int:
    return sum(known.arrive(client, at) for _ in range(times))


@pytest.mark.parametrize(
    ("address", "stored", "key"),
    [
        ("192.0.2.1", "192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:1", "2001:db8::ffff:1", "2001:db8::/64"),
        ("2001:db8:0:1::1", "2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("::1", "::1", "::/64"),
        ("fe80::1%eth0", "fe80::1", "fe80::/64"),
    ],
)
def test_a_client_is_its_address_or_its_64(address: str, stored: str, key: str) -> None:
    assert Clients().client(address) == Client(stored, key, trusted=False)


def test_one_client_has_so_many_connections_at_a_time_and_another_is_served() -> None:
    known = Clients()
    one, other = known.client("192.0.2.1"), known.client("192.0.2.2")
    assert _arrivals(known, one, 800) == 50
    assert known.arrive(other, 0.0)
    known.leave(one)
    assert _arrivals(known, one, 2) == 1


def test_neighbours_in_a_64_are_one_client() -> None:
    known = Clients()
    taken = [known.arrive(known.client(f"2001:db8::{number:x}"), 0.0) for number in range(100)]
    assert sum(taken) == 50
    assert known.arrive(known.client("2001:db8:0:1::1"), 0.0)


def test_connections_are_counted_by_the_minute_too() -> None:
    known = Clients()
    client = known.client("192.0.2.1")

    def visits(times: int, at: float) -> int:
        taken = 0
        for _ in range(times):
            if known.arrive(client, at):
                known.leave(client)
                taken += 1
        return taken

    assert visits(1_000, 0.0) == clients.ARRIVALS_A_MINUTE
    assert visits(1_000, 1.0) == clients.ARRIVALS_A_MINUTE // 60
    assert visits(1_000, 100.0) == clients.ARRIVALS_A_MINUTE


def test_the_process_has_a_bound_and_keeps_places_for_relays() -> None:
    known = Clients([network_of("198.51.100.0/24")])
    strangers = [known.client(f"192.0.2.{number}") for number in range(100)]
    taken = sum(_arrivals(known, stranger, 20) for stranger in strangers)
    assert taken == clients.CONNECTIONS - clients.FOR_RELAYS
    assert _arrivals(known, known.client("198.51.100.7"), 2_000) == clients.FOR_RELAYS


def test_trusted_relays_have_no_limit_of_their_own() -> None:
    known = Clients([network_of("198.51.100.7"), network_of("2001:db8::/32")])
    for address in ("198.51.100.7", "2001:db8:7::1", "::ffff:198.51.100.7"):
        relay = known.client(address)
        assert relay.trusted
        assert _arrivals(known, relay, 200) == 200
        for _ in range(1_000):
            known.refuse_sender(relay, 0.0)
        assert known.may_name_senders(relay, 0.0)
    assert not known.client("198.51.100.8").trusted


def test_refused_senders_are_limited_so_that_nobody_tries_all_names() -> None:
    known = Clients()
    client = known.client("192.0.2.1")
    tried = 0
    while known.may_name_senders(client, 0.0):
        known.refuse_sender(client, 0.0)
        tried += 1
    assert tried == clients.REFUSED_SENDERS_A_MINUTE
    assert known.may_name_senders(known.client("192.0.2.2"), 0.0)
    assert not known.may_name_senders(client, 0.5)
    assert known.may_name_senders(client, 2.1)


def test_mail_in_memory_is_bounded_for_one_client_and_for_all() -> None:
    known = Clients([network_of("198.51.100.7")])
    one, two, three = (known.client(f"192.0.2.{number}") for number in (1, 2, 3))
    assert known.hold(one, clients.BYTES_OF_ONE)
    assert not known.hold(one, 1)
    assert known.hold(two, clients.BYTES_OF_ONE)
    assert not known.hold(three, 1)
    known.let_go(one, clients.BYTES_OF_ONE)
    assert known.hold(known.client("198.51.100.7"), clients.BYTES - clients.BYTES_OF_ONE)


def test_that_a_client_was_turned_away_is_news_once_a_minute() -> None:
    known = Clients()
    client = known.client("192.0.2.1")
    assert [known.is_news(client, at) for at in (0.0, 1.0, 25.0, 61.0)] == [True, False, False, True]


def test_many_addresses_do_not_grow_the_tables() -> None:
    rate, held = Rate(10, remembered=100), Held(1_000)
    for number in range(10_000):
        rate.count(str(number), 0.0)
        held.take(str(number), 1, of_one=1)
        held.give_back(str(number), 1)
    assert (len(rate), len(held)) == (100, 0)
    rate.count("late", 120.0)
    assert len(rate) == 1


@given(st.lists(st.floats(0, 30), max_size=80), st.integers(1, 20))
def test_no_more_than_twice_the_rate_comes_through_in_any_minute(pauses: list[float], a_minute: int) -> None:
    rate, at, taken = Rate(a_minute), 0.0, []
    for pause in pauses:
        at += pause
        if not rate.is_spent("one", at):
            rate.count("one", at)
            taken.append(at)
    for begin in taken:
        assert sum(begin <= time < begin + 60 for time in taken) <= 2 * a_minute


@pytest.mark.parametrize("text", ["", "relay.example.jp", "192.0.2.256", "192.0.2.0/33"])
def test_what_is_no_network_is_an_error(text: str) -> None:
    with pytest.raises(ValueError):
        network_of(text)
