"""Texts whose lines were broken on their way and are to be joined again: ``format=flowed``. Pure. Source: RFC 3676."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import StringIO

SIGNATURE = "-- "
"""Stands above a signature, and ends as it does in spite of its blank (4.3)."""


def unwrapped(text: str, *, delsp: bool) -> str:
    """The text with each paragraph in one line.

    A line that ends with a blank goes on in the next one of the same depth of quotation; ``delsp``: that blank was
    added by the program (Japanese has none between words).
    """
    whole = StringIO()
    open_at: int | None = None
    for number, line in enumerate(_lines(text)):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        stuffed = content.removeprefix(" ")
        fixed = stuffed == SIGNATURE or not stuffed.endswith(" ")
        if open_at != depth or stuffed == SIGNATURE:
            whole.write("\n" if number else "")
            whole.write(f"{'>' * depth} " if depth else "")
        whole.write(stuffed[:-1] if delsp and not fixed else stuffed)
        open_at = None if fixed else depth
    return whole.getvalue()


def _lines(text: str) -> Iterator[str]:
    """One by one: a list of them could be ten times as large as the text."""
    return (line[0] for line in re.finditer(r"^.*$", text, re.MULTILINE))
