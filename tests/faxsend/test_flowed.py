"""format=flowed (RFC 3676)."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faxsend.flowed import unwrapped


@pytest.mark.parametrize(
    ("text", "delsp", "expected"),
    [
        ("", False, ""),
        ("one \ntwo\nthree\n", False, "one two\nthree\n"),
        ("お見積書を \nお送りします。\n", True, "お見積書をお送りします。\n"),
        ("ends open ", False, "ends open "),
        ("ends open ", True, "ends open"),
        (" From here\n  > no quotation\n", False, "From here\n > no quotation\n"),
        ("> one \n> two\n>> deeper \nnone\n", False, "> one two\n>> deeper \nnone\n"),
        ("text \n-- \n山田\n", False, "text \n-- \n山田\n"),
        (
            "!*03-1111-2222*!; \n!*06-2222-3333*!\n\n本文\n",
            False,
            "!*03-1111-2222*!; !*06-2222-3333*!\n\n本文\n",
        ),
    ],
)
def test_lines_that_end_with_a_blank_go_on(text: str, delsp: bool, expected: str) -> None:
    assert unwrapped(text, delsp=delsp) == expected


def test_a_text_of_many_lines_costs_no_list_of_them() -> None:
    """Which would take 32 times as much memory as the text."""
    text = "\n" * 100_000
    tracemalloc.start()
    unwrapped(text, delsp=False)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 15 * len(text)


@given(st.lists(st.text(st.characters(exclude_characters="\n> "), min_size=1)).map("\n".join))
def test_lines_without_blanks_stay_as_they_are(text: str) -> None:
    assert unwrapped(text, delsp=True) == text
