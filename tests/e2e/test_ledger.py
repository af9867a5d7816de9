"""The ledger itself: whatever is lost, or done twice, shows at its number."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.e2e.ledger import Books, KeptFax, Order, differences

ORDER = Order(token="in", number="0081320000001")
FAX = KeptFax(fax=7, status="sent", submission="order", pages="drawn")
RIGHT = Books(
    inbound={"in": "accepted"},
    faxes={ORDER.number: [FAX]},
    received={ORDER.number: ["drawn"]},
    calls={7: 1},
    unknowable=frozenset(),
    told={"order": ["<mail>"]},
    relayed={"<mail>": 1},
)
UNCERTAIN = {ORDER.number: [replace(FAX, status="uncertain")]}


def test_an_order_received_once_and_told_of_once_is_right() -> None:
    assert differences([ORDER], RIGHT) == []


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"inbound": {}}, "the mail is None"),
        ({"inbound": {"in": "parked"}}, "the mail is parked"),
        ({"faxes": {}}, "0 faxes"),
        ({"faxes": {ORDER.number: [FAX, replace(FAX, fax=8, pages="others")]}}, "2 faxes"),
        ({"faxes": {ORDER.number: [replace(FAX, status="failed")]}}, "the fax is failed"),
        ({"faxes": UNCERTAIN}, "the fax is uncertain"),
        ({"faxes": {ORDER.number: [FAX], "another": [FAX]}}, "its pages are those of another order"),
        ({"received": {}}, "what was received is not what was drawn"),
        ({"received": {ORDER.number: ["half"]}}, "what was received is not what was drawn"),
        ({"received": {ORDER.number: ["drawn", "drawn"]}}, "what was received is not what was drawn"),
        ({"calls": {7: 2}}, "called 2 times"),
        ({"calls": {}}, "called 0 times"),
        ({"told": {}}, "0 notifications"),
        (
            {"told": {"order": ["<mail>", "<again>"]}, "relayed": {"<mail>": 1, "<again>": 1}},
            "2 notifications",
        ),
        ({"relayed": {}}, "0 different mails"),
        ({"relayed": {"<mail>": 2}}, "2 different mails"),
    ],
)
def test_what_is_lost_or_done_twice_is_a_difference(wrong: dict[str, Any], word: str) -> None:
    assert f"{ORDER.number}: {word}" in differences([ORDER], replace(RIGHT, **wrong))


@pytest.mark.parametrize(("calls", "found"), [(1, []), (2, [f"{ORDER.number}: called 2 times"])])
def test_a_fax_of_which_nobody_can_know_is_right_if_it_was_called_once(calls: int, found: list[str]) -> None:
    books = replace(RIGHT, faxes=UNCERTAIN, unknowable=frozenset({7}), received={}, told={}, calls={7: calls})
    assert differences([ORDER], books) == found
