"""The document says what is tried, no more and no less."""

import pytest

from tests.certificates.smime.peers.interop import DOCUMENT, MAKERS, expected, shown, table


@pytest.mark.parametrize("maker", MAKERS)
def test_the_document_counts_what_is_collected(maker: str) -> None:
    """`python -m tests.certificates.smime.peers.report` writes the tables."""
    written = shown(DOCUMENT.read_text(), maker)
    assert written.splitlines()[1:] == table("", expected(maker)).splitlines()[1:]


@pytest.mark.parametrize("maker", MAKERS)
def test_no_two_combinations_have_one_name(maker: str) -> None:
    cases, ours = MAKERS[maker]
    names = [(case.group, case.name) for case in cases] + [(case.group, case.name) for case in ours]
    assert len(names) == len(set(names))


def test_a_table_counts_by_group_and_in_total() -> None:
    made = table("X 1", [("signed", "opened"), ("signed", "weak-algorithm"), ("encrypted", "opened")])
    assert made.splitlines()[2:] == [
        "| signed | 2 | 1 | 1 |",
        "| encrypted | 1 | 1 | 0 |",
        "| total | 3 | 2 | 1 |",
    ]
