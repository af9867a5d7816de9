"""Texts whose lines were broken on their way and are to be joined again: ``format=flowed``. Pure. Source: RFC 3676."""

from __future__ import annotations

SIGNATURE = "-- "
"""Stands above a signature, and ends as it does in spite of its blank (4.3)."""


def unwrapped(text: str, *, delsp: bool) -> str:
    """The text with each paragraph in one line.

    A line that ends with a blank goes on in the next one of the same depth of quotation; ``delsp``: that blank was
    added by the program (Japanese has none between words).
    """
    pieces: list[str] = []
    open_at: int | None = None
    for number, line in enumerate(text.split("\n")):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        stuffed = content.removeprefix(" ")
        fixed = stuffed == SIGNATURE or not stuffed.endswith(" ")
        if open_at != depth or stuffed == SIGNATURE:
            pieces.append("\n" if number else "")
            pieces.append(f"{'>' * depth} " if depth else "")
        pieces.append(stuffed[:-1] if delsp and not fixed else stuffed)
        open_at = None if fixed else depth
    return "".join(pieces)
