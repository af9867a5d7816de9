"""Where the line ``!#password`` can be read, and where not."""

from __future__ import annotations

import tracemalloc

import pytest

from faxsend.password_line import password_line, says

LINE = "!#secret-12"


def test_the_line_is_the_mark_and_the_password() -> None:
    assert password_line("secret-12") == LINE
    assert password_line(None) == ""


@pytest.mark.parametrize(
    "text",
    [
        LINE,
        "御中\n> !# sec\r\nret\u3000-12 様",
        "!#SECRET-12",
        "！＃ｓｅｃｒｅｔ－１２",
        "!#sec\u200er\ufe0fe\u0301t\u00ad-12",
        "!#secret\n12",
        "!#secret\x0212",
        "!#secret-\ufffd\ufffd",
    ],
)
def test_a_reader_finds_it(text: str) -> None:
    assert says(text, LINE)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "secret-12",
        "!#secret-1",
        "!#secret-13",
        "!#secret\ufffd",
        "\ufffd" * 20,
        "!secret-12",
        "# !secret-12",
    ],
)
def test_a_reader_does_not_find_it(text: str) -> None:
    assert not says(text, LINE)


def test_signs_of_patterns_are_signs() -> None:
    assert says("!#a.(]^\\", "!#a.(]^\\")
    assert not says("!#ab(]^\\", "!#a.(]^\\")


@pytest.mark.parametrize("text", ["\ufdfa", "e" + "\u0301\u0316", "!#secret", "\ufffd"])
def test_a_long_text_is_read_once_and_hardly_grows(text: str) -> None:
    long = text * (200_000 // len(text))
    tracemalloc.start()
    found = says(long, LINE)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert not found
    assert most < 6_000_000
