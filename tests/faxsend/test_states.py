"""The life of a fax."""

from __future__ import annotations

from itertools import product

import pytest

from faxsend.states import FINAL, TRANSITIONS, FaxStatus, diagram, sources_of

QUEUED, HELD, SENDING, UNCERTAIN, SENT, FAILED, CANCELED = FaxStatus

ALLOWED = {
    (QUEUED, SENDING),
    (QUEUED, HELD),
    (QUEUED, CANCELED),
    (QUEUED, FAILED),
    (HELD, QUEUED),
    (HELD, FAILED),
    (HELD, CANCELED),
    (SENDING, SENT),
    (SENDING, FAILED),
    (SENDING, QUEUED),
    (SENDING, UNCERTAIN),
    (UNCERTAIN, SENT),
    (UNCERTAIN, FAILED),
    (UNCERTAIN, QUEUED),
}


@pytest.mark.parametrize(("source", "target"), list(product(FaxStatus, repeat=2)))
def test_a_fax_moves_on_the_allowed_ways_and_no_other(source: FaxStatus, target: FaxStatus) -> None:
    assert (target in TRANSITIONS[source]) == ((source, target) in ALLOWED)
    assert (source in sources_of(target)) == ((source, target) in ALLOWED)


def test_a_fax_that_has_ended_never_moves_again() -> None:
    assert {SENT, FAILED, CANCELED} == FINAL
    assert not any(TRANSITIONS[status] for status in FINAL)


def test_a_fax_is_sent_from_a_call_and_canceled_before_it() -> None:
    assert sources_of(SENT) == [SENDING, UNCERTAIN]
    assert sources_of(CANCELED) == [QUEUED, HELD]
    assert sources_of(SENDING) == [QUEUED]


@pytest.mark.parametrize("start", FaxStatus)
def test_every_fax_can_end(start: FaxStatus) -> None:
    reached: set[FaxStatus] = set()
    ahead = {start}
    while ahead:
        reached |= ahead
        ahead = {target for status in ahead for target in TRANSITIONS[status]} - reached
    assert reached & FINAL


def test_the_diagram_shows_the_table() -> None:
    first, start, *arrows = diagram().splitlines()
    assert (first, start) == ("stateDiagram-v2", "    [*] --> queued")
    drawn = [tuple(arrow.strip().split(" --> ")) for arrow in arrows]
    assert sorted(drawn) == sorted((source.value, target.value) for source, target in ALLOWED)
