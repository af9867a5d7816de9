"""Texts in every charset and transfer encoding that Japanese mail comes in, labelled rightly, wrongly and not at all."""

from __future__ import annotations

from collections.abc import Iterator

from tests.mails.case import Case, Faxed, text
from tests.mails.japanese_programs import BECKY
from tests.mails.programs import APPLE_MAIL, GMAIL, OUTLOOK_EXPRESS, THUNDERBIRD
from tests.mails.writing import base64_lines, body, coded, euc, jis, mail, part, quoted

TEXT = "㈱髙橋﨑商店①御中\n御見積書をお送りします。ﾌｧｸｽﾃﾞｽ、ｶﾞ\n"
CRLF = TEXT.replace("\n", "\r\n")
SHIFT_JIS, JIS, EUC, UTF_8 = CRLF.encode("cp932"), jis(CRLF), euc(CRLF), CRLF.encode()
ORDER = "/fax=03-1111-2222"

LABELLED = (
    ("iso-2022-jp", JIS),
    ("csISO2022JP", JIS),
    ("iso-2022-jp-ms", JIS),
    ("CP50221", JIS),
    ('"ISO-2022-JP"', JIS),
    ("Shift_JIS", SHIFT_JIS),
    ("x-sjis", SHIFT_JIS),
    ("cp932", SHIFT_JIS),
    ("windows-31j", SHIFT_JIS),
    ("MS932", SHIFT_JIS),
    ("EUC-JP", EUC),
    ("x-euc-jp", EUC),
    ("eucJP-ms", EUC),
    ("utf-8", UTF_8),
    ("UTF8", UTF_8),
    ("'UTF-8'", UTF_8),
    ("utf-8", b"\xef\xbb\xbf" + UTF_8),
    ("utf-16", CRLF.encode("utf-16")),
    ("utf-16le", CRLF.encode("utf-16-le")),
    ("utf-7", CRLF.encode("utf-7")),
    ("gb18030", CRLF.encode("gb18030")),
)
"""What was said, and what was sent; all of it fits."""

MISLABELLED = (
    ("us-ascii", JIS),
    ("us-ascii", SHIFT_JIS),
    ("us-ascii", UTF_8),
    ("iso-8859-1", SHIFT_JIS),
    ("iso-8859-1", UTF_8),
    ("Shift_JIS", UTF_8),
    ("Shift_JIS", JIS),
    ("iso-2022-jp", SHIFT_JIS),
    ("iso-2022-jp", UTF_8),
    ("iso-2022-jp", EUC),
    ("utf-8", SHIFT_JIS),
    ("utf-8", JIS),
    ("utf-8", EUC),
    ("EUC-JP", SHIFT_JIS),
    ("unicode", UTF_8),
    ("x-user-defined", SHIFT_JIS),
    ("_autodetect_all", JIS),
    ('""', SHIFT_JIS),
)

NAMES = {JIS: "JIS", SHIFT_JIS: "Shift_JIS", EUC: "EUC", UTF_8: "UTF-8"}


def _sent_as(raw: bytes) -> str:
    return NAMES.get(raw, "with a byte order mark" if raw[:3] == b"\xef\xbb\xbf" else "so")


def _in_8_bits(label: str, raw: bytes) -> bytes:
    transfer = "base64" if b"\0" in raw else "8bit"
    return BECKY.around(ORDER, part(f"text/plain; charset={label}", raw, transfer=transfer))


def _labelled() -> Iterator[Case]:
    for what, rows in (("charset", LABELLED), ("wrong charset", MISLABELLED)):
        for label, raw in rows:
            yield Case(f"{what} {label}: sent as {_sent_as(raw)}", _in_8_bits(label, raw), Faxed(text(TEXT)))


def _unlabelled() -> Iterator[Case]:
    for raw, name in NAMES.items():
        entity = part("text/plain", raw, transfer="8bit")
        yield Case(f"no charset: {name}", BECKY.around(ORDER, entity), Faxed(text(TEXT)))
        bare = mail(b"From: taro@sakura.example.jp", f"Subject: {ORDER}", "", entity=raw)
        yield Case(f"no MIME at all: {name}", bare, Faxed(text(TEXT)))


def _in_transfer(name: str, transfer: str, packed: bytes, charset: str = "utf-8") -> Case:
    head = f"Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: {transfer}\r\n\r\n"
    return Case(f"transfer encoding: {name}", GMAIL.around(ORDER, head.encode() + packed), Faxed(text(TEXT)))


CASES = (
    *_labelled(),
    *_unlabelled(),
    _in_transfer("quoted-printable", "Quoted-Printable", quoted(UTF_8)),
    _in_transfer("quoted-printable JIS", "quoted-printable", quoted(JIS), "iso-2022-jp"),
    _in_transfer("base64", "base64", base64_lines(UTF_8)),
    _in_transfer("base64 in one line", "base64", base64_lines(UTF_8, 10_000)),
    _in_transfer("base64 without its padding", "base64", base64_lines(UTF_8 + b"\n").rstrip(b"=\r\n")),
    _in_transfer("base64 JIS", "BASE64", base64_lines(JIS), "iso-2022-jp"),
    _in_transfer("a name that nobody knows", "8-bit", UTF_8),
    _in_transfer("binary", "binary", SHIFT_JIS, "Shift_JIS"),
    Case(
        "old Macintosh: line ends are bare CR",
        GMAIL.around(
            ORDER, part("text/plain; charset=utf-8", TEXT.replace("\n", "\r").encode(), transfer="base64")
        ),
        Faxed(text(TEXT)),
    ),
    Case(
        "Shift_JIS with the wave dash of JIS",
        OUTLOOK_EXPRESS.write(ORDER, "100～200枚 − 5%\n".replace("−", "－")),
        Faxed(text("100～200枚 － 5%\n")),
    ),
    Case(
        "JIS whose lines end shifted",
        BECKY.around(
            ORDER,
            part(
                "text/plain; charset=iso-2022-jp", jis(CRLF).replace(b"\x1b(B\r\n", b"\r\n"), transfer="7bit"
            ),
        ),
        Faxed(text(TEXT)),
    ),
    Case(
        "JIS of 1978, with JIS X 0201 for ASCII",
        BECKY.around(
            ORDER,
            part(
                "text/plain; charset=iso-2022-jp",
                jis("御見積書 12,000\n").replace(b"\x1b$B", b"\x1b$@").replace(b"\x1b(B", b"\x1b(J"),
            ),
        ),
        Faxed(text("御見積書 12,000\n")),
    ),
    Case(
        "JIS with half-width kana shifted by SO and SI",
        BECKY.around(ORDER, part("text/plain; charset=iso-2022-jp", b"\x0eLC\x0f 2\r\n" + jis("御中\r\n"))),
        Faxed(text("ﾌﾃ 2\n御中\n")),
    ),
    Case(
        "JIS mail with half-width kana in eight bits",
        BECKY.around(ORDER, part("text/plain; charset=iso-2022-jp", b"\xcc\xc3 2\r\n" + jis("御中\r\n"))),
        Faxed(text("ﾌﾃ 2\n御中\n")),
    ),
    Case(
        "control characters in a text",
        GMAIL.around(ORDER, part("text/plain; charset=utf-8", "御\0見\x07積\x1b書\r\n".encode())),
        Faxed(text("御見積書\n")),
    ),
    Case(
        "a line of 3,000 characters",
        GMAIL.around(ORDER, part("text/plain; charset=utf-8", ("御見積" * 1000).encode(), transfer="base64")),
        Faxed(text("御見積" * 1000)),
    ),
    Case(
        "a text in Chinese",
        THUNDERBIRD.around(
            ORDER, part("text/plain; charset=gb2312", coded("报价单\r\n", "gb2312"), transfer="8bit")
        ),
        Faxed(text("报价单\n")),
    ),
    Case(
        "flowed: a paragraph that Thunderbird has wrapped",
        THUNDERBIRD.write(ORDER, "Dear customer, \nplease find the quote.\n\n-- \nTaro\n"),
        Faxed(text("Dear customer, please find the quote.\n\n-- \nTaro\n")),
    ),
    Case(
        "flowed: a Japanese paragraph that Apple Mail has wrapped, its blanks its own",
        APPLE_MAIL.around(
            ORDER, body("お見積書を \nお送りします。\n", "utf-8", more="; format=flowed; delsp=yes")
        ),
        Faxed(text("お見積書をお送りします。\n")),
    ),
    Case(
        "flowed: destinations wrapped at a blank",
        THUNDERBIRD.write("/fax=body", f"!*03-1111-2222*!; \n!*06-2222-3333*!\n{TEXT}"),
        Faxed(text(TEXT), numbers=("03-1111-2222", "06-2222-3333")),
    ),
)
