"""Full-width characters where half-width ones are meant: commands, numbers and list names are half-width. Pure.

Source: user guide, chapter 14 (1-2): 「全て、半角英数字でご指定ください。」
"""

from __future__ import annotations

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_HYPHENS = dict.fromkeys(map(ord, "‐‑‒–—―−ーｰ"), "-")
_HALF_WIDTH = _FULL_WIDTH | _HYPHENS | {0x3000: " "}


def half_width(text: str) -> str:
    """The text with ASCII in place of full-width letters, digits, signs and blanks; whatever looks like a hyphen is
    one. As long as it was.
    """
    return text.translate(_HALF_WIDTH)


def is_full_width(text: str) -> bool:
    """Whether it would be ASCII if it were written half-width, and is not."""
    return not text.isascii() and half_width(text).isascii()
