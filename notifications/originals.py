"""What may be said about a mail that came: its header fields and its Message-ID. Pure; trusts nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.parser import BytesHeaderParser

MOST_BYTES = 10_000
_FIELD = re.compile(rb"[!-9;-~]+[ \t]*:")  # RFC 5322, 2.2 and (obsolete) 4.5
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,400}>")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


def headers_of(original: bytes) -> str:
    """The header fields, one line each as they were folded, LF; never a line of the body.

    The first line that is neither a field nor the continuation of one ends them, even without a blank line.
    Cut after ``MOST_BYTES``; control characters and bytes that are no UTF-8 become U+FFFD.
    """
    text = b"".join(line + b"\n" for line in _header_lines(original)).decode("utf-8", "replace")
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)


def message_id_of(original: bytes) -> str:
    """The Message-ID in its angle brackets, empty if there is none that can be repeated in a header."""
    block = b"".join(line + b"\r\n" for line in _header_lines(original))
    found = _MESSAGE_ID.search(str(BytesHeaderParser().parsebytes(block + b"\r\n")["Message-ID"] or ""))
    return found[0] if found else ""


def _header_lines(original: bytes) -> Iterator[bytes]:
    # bytes.splitlines knows CRLF, LF and a bare CR, which some servers take for a line's end.
    lines = original[:MOST_BYTES].splitlines()
    if len(original) > MOST_BYTES:
        lines = lines[:-1]
    for number, line in enumerate(lines):
        continued = number > 0 and line[:1] in (b" ", b"\t") and line.strip()
        if not (continued or _FIELD.match(line)):
            return
        yield line
