"""What people attach, how their programs do it, and what stands beside it."""

from __future__ import annotations

import binascii

from faxsend.mail import Document
from tests.mails.attaching import (
    ALTERNATIVE,
    ARMOUR,
    HTML_PART,
    INVITE,
    LETTER,
    LOGO,
    ORDER,
    PDF_PART,
    QUOTE,
    TERMS,
    TEXT,
    entity,
    pdf_document,
    with_text,
)
from tests.mails.case import Case, Faxed, html, text
from tests.mails.client import File, not_named
from tests.mails.japanese_programs import AL_MAIL, BECKY, EUDORA, LOTUS_NOTES
from tests.mails.programs import APPLE_MAIL, GMAIL, IPHONE, OUTLOOK_365, OUTLOOK_EXPRESS, THUNDERBIRD
from tests.mails.systems import DOT_NET, PERL, PHP, SCANNER
from tests.mails.writing import base64_lines, body, jis, multipart, part


def _faxed(name: str, raw: bytes, drawn: tuple[Document, ...] | int) -> Case:
    return Case(f"attached: {name}", raw, Faxed(drawn))


CASES = (
    _faxed(
        "two PDFs, joined in order",
        THUNDERBIRD.write(
            ORDER, TEXT, File("a.pdf", "application/pdf", TERMS), File("b.pdf", "application/pdf", QUOTE)
        ),
        (*pdf_document(TERMS), *pdf_document(QUOTE)),
    ),
    _faxed(
        "a PDF whose program does not know its type",
        DOT_NET.write(ORDER, TEXT, File("見積.pdf", "application/octet-stream", QUOTE)),
        pdf_document(QUOTE),
    ),
    _faxed(
        "a PDF of type octet-stream without any name",
        PERL.around(ORDER, with_text(entity("application/octet-stream", QUOTE))),
        pdf_document(QUOTE),
    ),
    _faxed(
        "a PDF of an old type",
        PERL.around(ORDER, with_text(entity("application/x-pdf; name=q.pdf", QUOTE))),
        pdf_document(QUOTE),
    ),
    _faxed(
        "a PDF without a name",
        PERL.around(ORDER, with_text(entity("application/pdf", QUOTE))),
        pdf_document(QUOTE),
    ),
    _faxed("a PDF and nothing else in the mail", SCANNER.around(ORDER, PDF_PART), pdf_document(QUOTE)),
    _faxed(
        "a PDF and an empty text of a scanner",
        SCANNER.write(ORDER, "", File("SCAN_20241125.pdf", "application/pdf", QUOTE)),
        pdf_document(QUOTE),
    ),
    _faxed(
        "a PDF in capitals",
        BECKY.write(ORDER, TEXT, File("QUOTE.PDF", "APPLICATION/PDF", QUOTE)),
        pdf_document(QUOTE),
    ),
    _faxed(
        "a PDF shown inline between texts by Apple Mail",
        APPLE_MAIL.around(
            ORDER,
            multipart(
                "mixed",
                "Apple-Mail-1",
                body(TEXT, "utf-8"),
                entity("application/pdf; name=q.pdf", QUOTE, "Content-Disposition: inline; filename=q.pdf"),
                body("\n\niPhoneから送信\n", "utf-8"),
            ),
        ),
        pdf_document(QUOTE),
    ),
    _faxed(
        "a PDF within the HTML alternative of Apple Mail",
        IPHONE.around(
            ORDER,
            multipart(
                "alternative",
                "Apple-Mail-A",
                body(TEXT, "utf-8"),
                multipart("mixed", "Apple-Mail-B", HTML_PART, PDF_PART),
            ),
        ),
        pdf_document(QUOTE),
    ),
    _faxed(
        "a PDF beside pictures of HTML, by Outlook",
        OUTLOOK_365.around(
            ORDER,
            multipart(
                "mixed",
                "mix",
                multipart("related", "rel", ALTERNATIVE, LOGO, more='; type="multipart/alternative"'),
                PDF_PART,
            ),
        ),
        pdf_document(QUOTE),
    ),
    _faxed(
        "a PDF within the related part",
        OUTLOOK_EXPRESS.around(ORDER, multipart("related", "rel", ALTERNATIVE, LOGO, PDF_PART)),
        pdf_document(QUOTE),
    ),
    _faxed(
        "a PDF whose base64 has no line ends",
        PHP.around(
            ORDER,
            with_text(
                part(
                    "application/pdf; name=q.pdf\r\nContent-Transfer-Encoding: base64",
                    base64_lines(QUOTE, 1 << 20),
                )
            ),
        ),
        pdf_document(QUOTE),
    ),
    _faxed(
        "a PDF whose base64 has blanks in it",
        PHP.around(ORDER, with_text(PDF_PART.replace(b"\r\nJ", b"\r\n J"))),
        pdf_document(QUOTE),
    ),
    _faxed(
        "a PDF behind a part that is never closed",
        PHP.around(ORDER, with_text(PDF_PART).rpartition(b"--")[0].rpartition(b"--")[0]),
        pdf_document(QUOTE),
    ),
    _faxed(
        "a PDF by uuencode",
        EUDORA.around(
            ORDER,
            with_text(
                part(
                    "application/pdf; name=q.pdf\r\nContent-Transfer-Encoding: x-uuencode",
                    b"begin 644 q.pdf\n"
                    + b"".join(
                        binascii.b2a_uu(QUOTE[start : start + 45]) for start in range(0, len(QUOTE), 45)
                    )
                    + b"`\nend\n",
                )
            ),
        ),
        pdf_document(QUOTE),
    ),
    _faxed(
        "a PDF that nobody named, by AL-Mail",
        AL_MAIL.around(
            ORDER,
            with_text(
                b"Content-Type: application/pdf"
                + not_named("", "")[0]
                + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
                + base64_lines(QUOTE)
            ),
        ),
        pdf_document(QUOTE),
    ),
    _faxed(
        "a text file in Shift_JIS",
        BECKY.write(
            ORDER, TEXT, File("注文.txt", "text/plain; charset=Shift_JIS", "注文①\r\n".encode("cp932"))
        ),
        text("注文①\n"),
    ),
    _faxed(
        "a text file in Shift_JIS of unknown type",
        BECKY.write(ORDER, TEXT, File("注文.txt", "application/octet-stream", "注文①\r\n".encode("cp932"))),
        text("注文①\n"),
    ),
    _faxed(
        "a text file in ISO-2022-JP of unknown type",
        BECKY.write(ORDER, TEXT, File("注文.txt", "application/octet-stream", jis("注文①\r\n"))),
        text("注文①\n"),
    ),
    _faxed(
        "a text file and a PDF",
        LOTUS_NOTES.write(
            ORDER,
            TEXT,
            File("n.txt", "text/plain; charset=utf-8", "注文\n".encode()),
            File("q.pdf", "application/pdf", QUOTE),
        ),
        (*text("注文\n"), *pdf_document(QUOTE)),
    ),
    _faxed(
        "a PDF with the body by /b",
        GMAIL.write(f"{ORDER} /b", TEXT, File("q.pdf", "application/pdf", QUOTE)),
        (*text(TEXT), *pdf_document(QUOTE)),
    ),
    _faxed(
        "a PDF that the body alone replaces by /bb",
        GMAIL.write(f"{ORDER} /bb", TEXT, File("q.pdf", "application/pdf", QUOTE)),
        text(TEXT),
    ),
    _faxed(
        "a PGP signature beside the text",
        THUNDERBIRD.around(
            ORDER,
            multipart(
                "signed",
                "pgp",
                body(TEXT, "utf-8"),
                part("application/pgp-signature; name=signature.asc", ARMOUR),
                more='; protocol="application/pgp-signature"',
            ),
        ),
        text(TEXT),
    ),
    _faxed(
        "an invitation as another wording of the text",
        OUTLOOK_365.around(
            ORDER,
            multipart(
                "alternative",
                "alt",
                body(TEXT, "utf-8"),
                entity('text/calendar; charset="utf-8"; method=REQUEST', INVITE),
            ),
        ),
        text(TEXT),
    ),
    _faxed("nothing: text and HTML of Outlook", OUTLOOK_365.around(ORDER, ALTERNATIVE), html(LETTER)),
    _faxed("nothing: HTML alone", GMAIL.around(ORDER, HTML_PART), html(LETTER)),
    _faxed(
        "nothing: HTML and its picture",
        OUTLOOK_EXPRESS.around(ORDER, multipart("related", "rel", HTML_PART, LOGO)),
        1,
    ),
    _faxed(
        "the footer of a mailing list, a part of its own",
        PERL.around(
            ORDER,
            multipart(
                "mixed",
                "list",
                body(TEXT, "utf-8"),
                part(
                    "text/plain; charset=us-ascii",
                    b"__________\r\nML mailing list\r\n",
                    "Content-Disposition: inline",
                ),
            ),
        ),
        text(f"{TEXT}\n__________\nML mailing list\n"),
    ),
    _faxed(
        "the remark of a virus scanner, within the text",
        GMAIL.write(ORDER, TEXT + "\n-- \nこの電子メールはウイルスチェックを実施済みです。\n"),
        text(TEXT + "\n-- \nこの電子メールはウイルスチェックを実施済みです。\n"),
    ),
    _faxed(
        "a type that is none", PHP.around(ORDER, part("text", TEXT.encode(), transfer="8bit")), text(TEXT)
    ),
)
