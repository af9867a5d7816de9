"""The header fields of a mail as it came, exact bytes, and where its body begins. Pure.

A mail that two readers could cut differently has no fields here: what a signature covers must be what the
rest of the house reads.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from certificates.smime.mime import MAX_HEADER_BYTES, is_bounded
from faxsend.domain_proof.errors import UNREADABLE, Unproven

_BARE = re.compile(rb"\r(?!\n)|(?<!\r)\n|\0")


@dataclass(frozen=True, slots=True)
class Field:
    """``name`` in lower case; ``raw`` with all its lines and line ends."""

    name: bytes
    raw: bytes

    @property
    def value(self) -> bytes:
        """What follows the colon, as it stands."""
        return self.raw.partition(b":")[2]


def split(raw: bytes) -> tuple[bytes, bytes]:
    """The header block with its last line end, and the body.

    Raises ``Unproven``: too large, or line ends and NULs that readers understand differently.
    """
    end = raw.find(b"\r\n\r\n", 0, MAX_HEADER_BYTES)
    head = raw[: end + 2]
    if end < 0 or _BARE.search(head) or not is_bounded(head):
        raise Unproven(UNREADABLE)
    return head, raw[end + 4 :]


def fields_of(head: bytes) -> tuple[Field, ...]:
    """From the first to the last. Raises ``Unproven`` for a line that is none."""
    lines: list[list[bytes]] = []
    for line in head.splitlines(keepends=True):
        if line[:1] in (b" ", b"\t") and lines:
            lines[-1].append(line)
        else:
            lines.append([line])
    return tuple(_field(b"".join(each)) for each in lines)


def _field(raw: bytes) -> Field:
    name, colon, _ = raw.partition(b":")
    name = name.rstrip(b" \t").lower()
    if not colon or not name or b" " in name or b"\t" in name:
        raise Unproven(UNREADABLE)
    return Field(name, raw)
