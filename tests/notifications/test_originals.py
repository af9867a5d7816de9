from __future__ import annotations

import email
from email import policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.originals import MOST_BYTES, headers_of, message_id_of


def test_the_headers_end_at_the_blank_line_and_nothing_of_the_body_follows() -> None:
    assert (
        headers_of(b"From: a@x.jp\r\nSubject: s\r\n\r\nSecret: 03-1111-2222\r\n")
        == "From: a@x.jp\nSubject: s\n"
    )


def test_folded_fields_stay_as_they_were() -> None:
    original = b"Subject: /fax=03-1111-2222;\r\n 03-3333-4444\r\nTo: b@x.jp\r\n\r\nbody"
    assert headers_of(original) == "Subject: /fax=03-1111-2222;\n 03-3333-4444\nTo: b@x.jp\n"


@pytest.mark.parametrize(
    "original",
    [
        b"",
        b"\r\nSubject: in the body\r\n",
        b"no field at all",
        b" continuation: of nothing\r\n",
        b"\x00\x00",
        b"X: " + b"a" * 2_000_000,
    ],
)
def test_what_has_no_complete_header_field_gives_no_headers(original: bytes) -> None:
    assert headers_of(original) == ""


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
@pytest.mark.parametrize("blank", [b"", b" ", b"\t"])
def test_every_kind_of_blank_line_ends_the_headers(end: bytes, blank: bytes) -> None:
    assert headers_of(b"To: a@x.jp" + end + blank + end + b"Body: here" + end) == "To: a@x.jp\n"


def test_a_mail_without_a_blank_line_gives_no_body() -> None:
    assert headers_of(b"To: a@x.jp\r\nThe secret text.\r\nX: y\r\n\r\n") == "To: a@x.jp\n"


def test_no_more_than_the_limit_is_returned_and_the_cut_is_at_a_line() -> None:
    headers = headers_of(b"Received: " + b"x" * 60 + b"\r\n" + b"X-Many: yes\r\n" * 100_000)
    assert len(headers) <= MOST_BYTES
    assert headers.endswith("X-Many: yes\n")


def test_bytes_that_are_no_utf8_and_controls_are_replaced() -> None:
    original = "Subject: 見積".encode() + b" \x83\x5c \x00\x1b$B\r\n\r\n"
    assert headers_of(original) == "Subject: 見積 �\\ ��$B\n"


@given(st.binary(max_size=400))
def test_whatever_comes_the_headers_are_lines_of_fields(original: bytes) -> None:
    headers = headers_of(original)
    assert "\n\n" not in headers
    assert "\r" not in headers
    assert all(line[0] in " \t" or ":" in line for line in headers.splitlines())


@pytest.mark.parametrize(
    ("original", "found"),
    [
        (b"Message-ID: <1@x.jp>\r\n\r\n", "<1@x.jp>"),
        (b"message-id:\r\n <1@x.jp>\r\n\r\n", "<1@x.jp>"),
        (b"Message-ID: (a comment) <1@x.jp> more\r\n\r\n", "<1@x.jp>"),
        (b"Message-ID: 1@x.jp\r\n\r\n", ""),
        (b"Message-ID: <a b@x.jp>\r\n\r\n", ""),
        (b"Message-ID: <\xff@x.jp>\r\n\r\n", ""),
        (b"Message-ID: <" + b"a" * 900 + b"@x.jp>\r\n\r\n", ""),
        (b"Subject: s\r\n\r\nMessage-ID: <body@x.jp>\r\n", ""),
        (b"Message-ID: <1@x.jp\r\n Bcc: evil@x.jp>\r\n\r\n", ""),
    ],
)
def test_the_message_id_is_repeated_only_if_it_is_one(original: bytes, found: str) -> None:
    assert message_id_of(original) == found


@given(st.binary(max_size=200))
def test_a_message_id_never_brings_a_line_of_its_own(noise: bytes) -> None:
    found = message_id_of(b"Message-ID: " + noise + b"\r\n\r\n")
    assert found == "" or found.isprintable()
    mail = email.message_from_string(f"In-Reply-To: {found}\n\n", policy=policy.default)
    assert mail.keys() == ["In-Reply-To"]
