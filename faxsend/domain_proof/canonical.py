"""The two forms in which a mail is signed, simple and relaxed (RFC 6376 3.4). Pure, and linear in time and memory."""

from __future__ import annotations

import hashlib
import re

from faxsend.domain_proof.header_fields import Field

_WHITE = re.compile(rb"[ \t]+")


def simple_header(field: Field) -> bytes:
    """As it stands (3.4.1)."""
    return field.raw


def relaxed_header(field: Field) -> bytes:
    """On one line, its name in lower case, white space of any length one blank (3.4.2)."""
    value = _WHITE.sub(b" ", field.value.replace(b"\r\n", b"")).strip(b" ")
    return field.name + b":" + value + b"\r\n"


def simple_body_hash(body: bytes) -> bytes:
    """SHA-256 of the body with one line end behind its last line that is not empty (3.4.3)."""
    digest = hashlib.sha256(memoryview(body)[: _end_of_text(body)])
    digest.update(b"\r\n")
    return digest.digest()


def relaxed_body_hash(body: bytes) -> bytes:
    """Likewise, with white space of any length one blank, and none at the end of a line (3.4.4)."""
    text = body.replace(b"\t", b" ")
    # Not by a pattern: of blanks between letters 40 MB would become as many objects. Long runs first, to save rounds.
    for run in (b" " * 1024, b" " * 32, b"  "):
        while run in text:
            text = text.replace(run, b" ")
    text = text.replace(b" \r\n", b"\r\n").removesuffix(b" ")
    end = _end_of_text(text)
    digest = hashlib.sha256(memoryview(text)[:end])
    if end:
        digest.update(b"\r\n")
    return digest.digest()


def _end_of_text(body: bytes) -> int:
    """Where the line ends (CRLF) at the end of the body begin.

    Not by a loop over them, nor by a pattern: a mail may be 40 MB of nothing else.
    """
    start = len(body.rstrip(b"\r\n"))
    tail = body[start:]
    if not tail.endswith(b"\r\n"):
        return len(body)
    alternating = max(tail.rfind(b"\n\n"), tail.rfind(b"\r\r")) + 1
    return start + alternating + (tail[alternating] == 0x0A)


HEADER_FORMS = {b"simple": simple_header, b"relaxed": relaxed_header}
BODY_HASHES = {b"simple": simple_body_hash, b"relaxed": relaxed_body_hash}
