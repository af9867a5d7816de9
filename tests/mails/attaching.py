"""What is attached to the mails of these tests, and entities around it."""

from __future__ import annotations

import zlib

from faxsend.mail import Document
from tests.faxsend.rendering import pdfs
from tests.mails.client import File
from tests.mails.programs import OUTLOOK_365
from tests.mails.writing import SENDER, body, mail, multipart, part

ORDER = "/fax=03-1111-2222"
TEXT = "見積書を添付します。\n"
QUOTE = pdfs.pdf(pdfs.words("Quote"))
TERMS = pdfs.pdf(pdfs.words("Terms 1"), pdfs.words("Terms 2"))
GIF = bytes.fromhex("47494638396101000100800000000000ffffff2c00000000010001000002024401003b")
TNEF = (0x223E9F78).to_bytes(4, "little") + b"\x01\x00" + bytes(200)


def pdf_document(content: bytes) -> tuple[Document, ...]:
    return (Document(name="a.pdf", media_type="application/pdf", content=content),)


def entity(content_type: str, content: bytes, *fields: str) -> bytes:
    return part(content_type, content, *fields, transfer="base64")


def with_text(*others: bytes) -> bytes:
    """A text and other entities."""
    return multipart("mixed", "----=_NextPart_000_0001", body(TEXT, "utf-8", transfer="base64"), *others)


PDF_PART = entity(
    "application/pdf; name=quote.pdf", QUOTE, "Content-Disposition: attachment; filename=quote.pdf"
)
LOGO = entity(
    "image/gif; name=image001.gif", GIF, "Content-ID: <image001.gif@01DB3ED1>", "Content-Disposition: inline"
)
LETTER = "<html><body><p>見積書を<i>添付</i>します。</p></body></html>"
HTML_PART = entity("text/html; charset=utf-8", LETTER.encode())
ALTERNATIVE = multipart("alternative", "alt", body(TEXT, "utf-8", transfer="base64"), HTML_PART)


def with_file(media_type: str, name: str, content: bytes) -> bytes:
    return with_text(OUTLOOK_365.attachment(File(name, media_type, content)))


FORWARDED = mail(
    f"From: {SENDER}", "Subject: =?utf-8?B?6KaL56mN?=", entity=body(TEXT, "utf-8", transfer="base64")
)
VCARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:山田;太郎\r\nEND:VCARD\r\n".encode()
INVITE = b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
ARMOUR = b"-----BEGIN PGP SIGNATURE-----\r\n\r\niQEz\r\n-----END PGP SIGNATURE-----\r\n"
ZIP = b"PK\x03\x04" + zlib.compress(b"x")
