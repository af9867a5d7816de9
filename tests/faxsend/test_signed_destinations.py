"""What of a mail its author's DKIM signature must cover before the destinations are his own."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

import pytest

from certificates.smime import TrustStore, open_mail, sign
from faxsend.commands import read_commands
from faxsend.domain_proof import prove
from faxsend.mail import read_mail
from faxsend.signed_destinations import are_signed
from tests.certificates.smime.conftest import identity_of
from tests.faxsend.domain_proof.signing import AT, DOMAIN, key_record, rsa_key, signed_by_hand
from tests.pki import authority

LARGE_PROVIDER = b"from:to:cc:subject:date:message-id:mime-version"
WITH_TYPE = LARGE_PROVIDER + b":content-type"
WITH_BOTH = WITH_TYPE + b":content-transfer-encoding"
PLAIN = b"Content-Type: text/plain\r\n"
MULTIPART = b"Content-Type: multipart/mixed; boundary=X\r\n"
BASE64 = b"Content-Transfer-Encoding: base64\r\n"
UUENCODED = b"Content-Transfer-Encoding: x-uuencode\r\n"
ORDER = b"\r\n!*03-1111-2222*!\r\nDear customer\r\n"
IN_BASE64 = base64.encodebytes(ORDER).replace(b"\n", b"\r\n")
IN_PARTS = b"--X\r\n\r\n!*06-9999-9999*!\r\n--X--\r\n"
HTML = b"<html><p>!*03-1111-2222*!</p>Dear customer</html>\r\n"
STRANGER = b"!*06-9999-9999*!\n"
REPLY = (
    b"We do not know what this is.\r\n\r\n-----Original Message-----\r\n"
    + IN_PARTS
    + b"begin 644 x\r\n"
    + binascii.b2a_uu(STRANGER).replace(b"\n", b"\r\n")
    + b" \r\nend\r\n"
)
IN_A_NAME = base64.b64encode(b"!*06-9999-9999*!\n  ") + b" <stranger@evil.example> writes:\r\n"


def mail(fields: bytes, body: bytes, *, subject: bytes = b"Re: /fax=body") -> bytes:
    return (
        b"From: <fax@sakura.example.jp>\r\nTo: other@example.com\r\nSubject: %s\r\n"
        b"Message-ID: <1@sakura.example.jp>\r\nMIME-Version: 1.0\r\n%s\r\n%s"
    ) % (subject, fields, body)


def are_proven(raw: bytes) -> bool:
    def ask(name: str) -> Sequence[bytes]:
        return [key_record(rsa_key())] if name == f"s1._domainkey.{DOMAIN}" else []

    proof = prove(raw, ask, at=AT)
    assert proof.aligned
    opened = open_mail(raw, [], TrustStore(()), AT)
    read = read_mail(opened.message, was_protected=opened.content_digest is not None)
    return are_signed(raw, ("send@fax.tc",), proof, opened, read_commands(read, ()))


@pytest.mark.parametrize(
    ("names", "fields", "body"),
    [
        (LARGE_PROVIDER, b"", ORDER),
        (LARGE_PROVIDER, PLAIN, ORDER),
        (LARGE_PROVIDER, PLAIN + BASE64, IN_BASE64),
        (
            LARGE_PROVIDER,
            b"Content-Type: text/plain; charset=iso-2022-jp\r\n",
            "!*03-1111-2222*!\r\n御中".encode("iso-2022-jp"),
        ),
        (WITH_TYPE, MULTIPART, IN_PARTS),
        (WITH_TYPE, b"Content-Type: text/html\r\n" + BASE64, base64.b64encode(HTML) + b"\r\n"),
        (WITH_BOTH, PLAIN + UUENCODED, REPLY),
    ],
)
def test_destinations_in_the_text_are_the_authors(names: bytes, fields: bytes, body: bytes) -> None:
    """Without a signed Content-Type the text must begin with them however it is read."""
    assert are_proven(signed_by_hand(mail(fields, body), names=names))


@pytest.mark.parametrize(
    ("names", "fields", "changed", "body"),
    [
        (LARGE_PROVIDER, PLAIN, MULTIPART, REPLY),
        (LARGE_PROVIDER, b"", MULTIPART, REPLY),
        (LARGE_PROVIDER, PLAIN, PLAIN + UUENCODED, REPLY),
        (WITH_TYPE, PLAIN, PLAIN + UUENCODED, REPLY),
        (WITH_TYPE, PLAIN, PLAIN + BASE64, IN_A_NAME),
        (
            LARGE_PROVIDER,
            PLAIN,
            b"Content-Type: text/plain; charset=utf-7\r\n",
            b"+ACEAKg-06-9999-9999+ACoAIQ-\r\n",
        ),
    ],
)
def test_a_strangers_words_in_a_reply_are_no_destinations(
    names: bytes, fields: bytes, changed: bytes, body: bytes
) -> None:
    """Read as another type than they were written in, they would begin the text."""
    raw = signed_by_hand(mail(fields, body), names=names)
    head, line_ends, rest = raw.partition(b"MIME-Version: 1.0\r\n")
    assert not are_proven(head + line_ends + changed + rest.removeprefix(fields))


def test_a_command_that_anybody_could_have_put_into_the_subject_is_not_the_authors() -> None:
    assert not are_proven(signed_by_hand(mail(PLAIN, ORDER), names=b"from:to:content-type"))


@pytest.mark.parametrize("names", [LARGE_PROVIDER, WITH_BOTH])
def test_a_subject_inside_smime_is_the_authors_only_if_the_type_of_the_mail_is(names: bytes) -> None:
    """A reply could quote a whole signed mail of a stranger's, and be called multipart/signed afterwards."""
    inner = (
        b"From: <fax@sakura.example.jp>\r\nSubject: /fax=06-9999-9999\r\n"
        b'Content-Type: text/plain; hp="clear"\r\n\r\nhello\r\n'
    )
    head, _, body = sign(inner, identity_of(authority().bob)).partition(b"\r\n\r\n")
    raw = mail(head + b"\r\n", body, subject=b"/fax=03-1111-2222")
    assert are_proven(signed_by_hand(raw, names=names)) == (names == WITH_BOTH)
