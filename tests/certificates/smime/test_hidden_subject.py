"""Header protection on sending (RFC 9788), read back by openssl and by ourselves."""

import email
from collections.abc import Callable
from email.message import Message

from certificates.smime import OpenedMail, encrypt, hide_subject, sign
from certificates.smime.mime import split
from tests.certificates.smime.conftest import Peer, identity_of
from tests.pki import Authority

Open = Callable[[bytes], OpenedMail]
HEADERS = (
    b"From: secure interfax <send@fax.tc>\r\nTo: alice@example.com\r\nSubject: =?utf-8?b?6YCB5L+h?=\r\n"
    b" =?utf-8?b?57WQ5p6c?=\r\nDate: Tue, 24 Nov 2026 10:00:00 +0900\r\nMessage-ID: <1@fax.tc>\r\n"
    b"References: <0@example.com>\r\n <1@example.com>\r\nKeywords: 03-1111-2222\r\nMIME-Version: 1.0\r\n"
)
ENTITY = b"Content-Type: text/plain;\r\n charset=utf-8;\r\nContent-Transfer-Encoding: 7bit\r\n\r\nSubject: hello\r\n"


def parts() -> tuple[Message, Message]:
    """What stands outside, and what is to be signed."""
    headers, entity = hide_subject(HEADERS, ENTITY)
    return email.message_from_bytes(headers), email.message_from_bytes(entity)


def protected(pki: Authority) -> bytes:
    headers, entity = hide_subject(HEADERS, ENTITY)
    return headers + encrypt(sign(entity, identity_of(pki.service)), pki.service.certificate)


def test_the_subject_outside_says_nothing_and_the_other_fields_stay() -> None:
    outside, _ = parts()
    assert outside.get_all("Subject") == ["[...]"]
    assert outside.keys() == ["From", "To", "Subject", "Date", "Message-ID", "References", "MIME-Version"]
    assert outside["References"].split() == ["<0@example.com>", "<1@example.com>"]


def test_every_field_is_inside_as_it_was() -> None:
    _, inside = parts()
    before = email.message_from_bytes(HEADERS)
    assert all(inside.get_all(name) == [value] for name, value in before.items() if name != "MIME-Version")
    assert inside["MIME-Version"] is None


def test_what_was_visible_outside_is_noted_inside() -> None:
    outside, inside = parts()
    visible = [f"{name}: {value}" for name, value in outside.items() if name != "MIME-Version"]
    assert inside.get_all("HP-Outer") == visible
    assert "HP-Outer: Subject: [...]\r\n" in hide_subject(HEADERS, ENTITY)[1].decode()


def test_the_content_is_marked_as_holding_the_headers_and_stays_the_same() -> None:
    _, inside = parts()
    assert inside.get_params() == [("text/plain", ""), ("charset", "utf-8"), ("hp", "cipher")]
    assert inside["Content-Transfer-Encoding"] == "7bit"
    assert split(hide_subject(HEADERS, ENTITY)[1])[1] == split(ENTITY)[1]


def test_openssl_finds_the_subject_inside_only(pki: Authority, peer: Peer) -> None:
    made = protected(pki)
    files = peer.files(pki.service)
    signed = peer.run(made, "-decrypt", "-recip", files.certificate, "-inkey", files.key)
    root = peer.files(pki.root).certificate
    inside = peer.run(b"MIME-Version: 1.0\r\n" + signed, "-verify", "-CAfile", root, "-purpose", "smimesign")
    assert b"6YCB5L+h" not in made
    assert inside == hide_subject(HEADERS, ENTITY)[1]


def test_what_we_hide_we_find_again(pki: Authority, opened: Open) -> None:
    mail = opened(protected(pki))
    message = email.message_from_bytes(mail.message)
    assert mail.signature is not None and mail.signature.valid
    assert (mail.subject_protected, mail.header_protection) == (True, True)
    assert message.get_all("Subject") == [email.message_from_bytes(HEADERS)["Subject"]]
    assert mail.message.endswith(b"\r\n\r\nSubject: hello\r\n")
