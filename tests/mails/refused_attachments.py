"""What cannot be faxed: other types, protected and broken files, nothing at all."""

from __future__ import annotations

from notifications.refusals import (
    BrokenDocument,
    NotAMail,
    NothingToFax,
    ProtectedDocument,
    UnsupportedDocument,
)
from tests.faxsend.rendering import pdfs
from tests.mails.attaching import (
    FORWARDED,
    INVITE,
    ORDER,
    PDF_PART,
    QUOTE,
    TEXT,
    TNEF,
    VCARD,
    ZIP,
    entity,
    with_file,
    with_text,
)
from tests.mails.case import Case, Refused
from tests.mails.programs import GMAIL, OUTLOOK_365
from tests.mails.writing import body, mail, part


def _refused(name: str, entity: bytes, outcome: Refused) -> Case:
    return Case(f"attached, refused: {name}", OUTLOOK_365.around(ORDER, entity), outcome)


CASES = (
    _refused(
        "winmail.dat of Outlook",
        with_file("application/ms-tnef", "winmail.dat", TNEF),
        Refused(UnsupportedDocument, 1, "application/ms-tnef"),
    ),
    _refused(
        "a mail that is passed on as a whole",
        with_text(part("message/rfc822", FORWARDED)),
        Refused(UnsupportedDocument, 1, "message/rfc822"),
    ),
    _refused(
        "a business card",
        with_text(
            PDF_PART,
            entity(
                "text/x-vcard; charset=utf-8; name=taro.vcf",
                VCARD,
                "Content-Disposition: attachment; filename=taro.vcf",
            ),
        ),
        Refused(UnsupportedDocument, 2, "text/x-vcard"),
    ),
    _refused(
        "an invitation",
        with_text(entity("text/calendar; name=invite.ics", INVITE, "Content-Disposition: attachment")),
        Refused(UnsupportedDocument, 1),
    ),
    _refused(
        "a program",
        with_file("application/x-msdownload", "setup.exe", b"MZ" + bytes(100)),
        Refused(UnsupportedDocument, 1),
    ),
    _refused("an archive", with_file("application/zip", "見積.zip", ZIP), Refused(UnsupportedDocument, 1)),
    _refused(
        "a document with macros",
        with_file("application/vnd.ms-word.document.macroEnabled.12", "a.docm", ZIP),
        Refused(UnsupportedDocument, 1),
    ),
    _refused(
        "a program that calls itself a document",
        with_file("application/octet-stream", "見積書.exe", b"MZ"),
        Refused(UnsupportedDocument, 1),
    ),
    _refused(
        "something that calls itself a text",
        with_file("application/octet-stream", "見積.txt", bytes(range(0x80, 0x100))),
        Refused(BrokenDocument, 1),
    ),
    _refused(
        "a PDF with a password",
        with_file("application/pdf", "秘.pdf", pdfs.encrypted(b"secret")),
        Refused(ProtectedDocument, 1),
    ),
    _refused(
        "a PDF behind another that was cut off",
        with_text(PDF_PART, entity("application/pdf; name=b.pdf", QUOTE[: len(QUOTE) // 2])),
        Refused(BrokenDocument, 2),
    ),
    _refused("an empty PDF", with_file("application/pdf", "0.pdf", b""), Refused(BrokenDocument, 1)),
    _refused(
        "something else that calls itself a PDF",
        with_file("application/pdf", "a.pdf", ZIP),
        Refused(BrokenDocument, 1),
    ),
    _refused(
        "a key of PGP",
        with_text(entity("application/pgp-keys; name=key.asc", b"-----BEGIN PGP PUBLIC KEY BLOCK-----")),
        Refused(UnsupportedDocument, 1),
    ),
    _refused("no text and no attachment", body("", "utf-8"), Refused(NothingToFax)),
    _refused("blank lines", body(" \n\u3000\n", "utf-8", transfer="base64"), Refused(NothingToFax)),
    _refused(
        "HTML without any words",
        entity("text/html; charset=utf-8", b"<html><body><p>&nbsp;</p></body></html>"),
        Refused(NothingToFax),
    ),
    Case(
        "attached, refused: forgotten, and no body was asked for",
        GMAIL.write(f"{ORDER} /bn", TEXT),
        Refused(NothingToFax),
    ),
    _refused("parts whose boundary nobody tells", part("multipart/mixed", TEXT.encode()), Refused(NotAMail)),
    Case("refused: no From", mail(f"Subject: {ORDER}", entity=body(TEXT, "utf-8")), Refused(NotAMail)),
)
