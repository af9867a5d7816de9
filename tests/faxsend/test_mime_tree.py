"""Trees no mail program writes are refused while they grow, so at once."""

from __future__ import annotations

import time

import pytest

from certificates.smime.mime import MAX_HEADER_BYTES
from faxsend.mime_tree import MAX_ENTITIES, parse
from notifications.refusals import DocumentTooLarge, NotAMail

HEAD = b"From: taro@example.jp\n"
MIXED = HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n"
PART = b"--b\n\nx\n"


def nested(depth: int) -> bytes:
    levels = (b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (i, i) for i in range(depth))
    return HEAD + b"".join(levels)


def enclosed(depth: int) -> bytes:
    return HEAD + b"Content-Type: message/rfc822\n\n" * depth


@pytest.mark.parametrize(
    "message",
    [
        nested(20),
        enclosed(20),
        MIXED + PART * (MAX_ENTITIES - 1) + b"--b--\n",
        HEAD + b"X: " + b"y" * (MAX_HEADER_BYTES - 100) + b"\n\n",
    ],
)
def test_what_is_just_within_the_bounds_is_taken(message: bytes) -> None:
    assert parse(message)["From"] == "taro@example.jp"


@pytest.mark.parametrize(
    "message",
    [
        nested(21),
        nested(10_000),
        nested(200) + b"--x\n" * 200_000,
        enclosed(21),
        enclosed(10_000),
        MIXED + PART * MAX_ENTITIES + b"--b--\n",
        MIXED + PART * 100_000,
        HEAD + b"X: y\n" * 300_000 + b"\n",
        HEAD + b"X: y\n" + b" y\n" * 500_000 + b"\n",
    ],
)
def test_what_is_beyond_is_no_mail(message: bytes) -> None:
    began = time.process_time()
    with pytest.raises(NotAMail):
        parse(message)
    assert time.process_time() - began < 0.3


@pytest.mark.parametrize("line_end", [b"\r\n", b"\n", b"\r"])
def test_a_mail_of_more_than_a_million_lines_is_too_large(line_end: bytes) -> None:
    """In lines with nothing in them its objects would be forty times as large as itself."""
    head = b"From: taro@example.jp" + 2 * line_end
    assert parse(head + line_end * 999_998)["From"] == "taro@example.jp"
    with pytest.raises(DocumentTooLarge):
        parse(head + line_end * 999_999)
