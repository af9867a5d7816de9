"""The words of the header line (送信プロパティ, ``/h``): what the customer wrote, filled in for one call. Pure.

``{To}``, ``{From}`` and ``{TotalPages}`` come from the user guide; the time of the call stands before the text,
and the number of the page is drawn behind it (``rendering.header_line``), so neither has a placeholder.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

PLACEHOLDER = re.compile(r"\{(To|From|TotalPages)\}", re.IGNORECASE)


def filled(written: str, *, at: datetime, to: str, sender: str, pages: int) -> str:
    """The line for one call: ``2026/11/30 09:00`` in the zone of ``at``, and the text with its placeholders filled.

    ``to``: the number as people write it. Other words in braces stay as they are; so do braces in what is filled
    in. One line: what cannot be seen is left out.
    """
    values = {"to": to, "from": sender, "totalpages": str(pages)}
    text = PLACEHOLDER.sub(lambda match: values[match[1].lower()], written)
    return f"{at:%Y/%m/%d %H:%M}  {in_one_line(text)}".rstrip()


def in_one_line(text: str) -> str:
    """Without control, format and unassigned characters; a line break or a tab is a blank."""
    seen = (" " if each.isspace() else each for each in text if each.isspace() or _visible(each))
    return re.sub(" {2,}", " ", "".join(seen)).strip()


def _visible(character: str) -> bool:
    return unicodedata.category(character)[0] != "C"
