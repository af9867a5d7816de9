"""Subjects as they are written: whole in encoded words, cut within a character, raw, folded anywhere."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from notifications.refusals import InvalidNumber, NoRecipientsFound
from tests.mails.case import Case, Faxed, Refused, text
from tests.mails.writing import SENDER, body, coded, euc, jis, mail, word

TEXT = "ご確認ください。\n"
WORDS = "御見積書①㈱髙"
ORDER = "/fax=03-1111-2222 "


def mailed(subject: bytes | str, *more: str) -> bytes:
    """A mail with this field body, exactly."""
    raw = subject if isinstance(subject, bytes) else subject.encode()
    return mail(
        f"From: {SENDER}",
        "To: send@fax.tc",
        b"Subject: " + raw,
        *more,
        "MIME-Version: 1.0",
        entity=body(TEXT, "utf-8", transfer="8bit"),
    )


def _cut(raw: bytes, charset: str, each: int, join: str) -> str:
    """Words of so many bytes, whatever that does to characters."""
    pieces = (raw[start : start + each] for start in range(0, len(raw), each))
    return join.join(word(piece, charset) for piece in pieces)


UTF_8 = (ORDER + WORDS).encode()
KEPT: dict[str, str | bytes] = {
    "all of it one word": word(UTF_8, "UTF-8"),
    "all of it one word of JIS": word(jis(ORDER + WORDS), "ISO-2022-JP"),
    "all of it Q": word(UTF_8, "utf-8", "Q"),
    "UTF-8 cut within characters": ORDER + _cut(WORDS.encode(), "UTF-8", 8, "\r\n "),
    "UTF-8 cut within characters, folded by tabs": ORDER + _cut(WORDS.encode(), "UTF-8", 5, "\r\n\t"),
    "Shift_JIS cut within characters": ORDER + _cut(WORDS.encode("cp932"), "Shift_JIS", 5, "\r\n "),
    "JIS cut without shifting out": ORDER + _cut(jis(WORDS), "ISO-2022-JP", 9, "\r\n "),
    "words that follow each other without a blank": ORDER + _cut(WORDS.encode(), "UTF-8", 9, ""),
    "Q cut within a character": ORDER
    + "=?utf-8?Q?=E5=BE=A1=E8=A6=8B=E7?=\r\n =?utf-8?Q?=A9=8D=E6=9B=B8?= "
    + word("①㈱髙".encode(), "utf-8"),
    "charsets mixed": ORDER + word(jis("御見積書"), "iso-2022-jp") + " " + word("①㈱髙".encode(), "utf-8"),
    "B and Q mixed": ORDER
    + word("御見積書".encode(), "utf-8")
    + "\r\n "
    + word("①㈱髙".encode(), "utf-8", "Q"),
    "a language (RFC 2231)": ORDER + word(WORDS.encode(), "utf-8*ja"),
    "a charset that is wrong": ORDER + word(WORDS.encode(), "iso-8859-1"),
    "a charset that nobody knows": ORDER + word(WORDS.encode(), "x-mac-unknown"),
    "x-sjis": ORDER + word(WORDS.encode("cp932"), "x-sjis"),
    "EUC-JP": ORDER + word(euc(WORDS), "EUC-JP"),
    "cp932": ORDER + word(coded(WORDS, "cp932"), "cp932"),
    "without padding": ORDER + f"=?utf-8?B?{base64.b64encode(WORDS.encode()).decode().rstrip('=')}?=",
    "raw UTF-8": UTF_8,
    "raw Shift_JIS": ORDER.encode() + WORDS.encode("cp932"),
    "raw EUC-JP": ORDER.encode() + euc(WORDS),
    "raw JIS": ORDER.encode() + jis(WORDS),
    "folded before the command": "\r\n " + ORDER + word(WORDS.encode(), "utf-8"),
    "folded behind the command by a tab": "/fax=03-1111-2222\r\n\t" + word(WORDS.encode(), "utf-8"),
    "the command at its end": word(WORDS.encode(), "utf-8") + " /fax=03-1111-2222",
    "the command at its end, within the word": word((WORDS + " " + ORDER).encode(), "utf-8"),
    "the command in capitals": "/FAX=03-1111-2222 " + word(WORDS.encode(), "utf-8"),
}
"""Each is the same order with the same words."""


def _kept() -> Iterator[Case]:
    for name, subject in KEPT.items():
        yield Case(f"subject: {name}", mailed(subject), Faxed(text(TEXT), WORDS))


CASES = (
    *_kept(),
    Case(
        "subject: two of them, the first counts",
        mailed("/fax=03-1111-2222 A", "Subject: /fax=06-1111-2222 B"),
        Faxed(text(TEXT), "A"),
    ),
    Case(
        "subject: an answer",
        mailed("Re: /fax=03-1111-2222 " + word(WORDS.encode(), "utf-8")),
        Faxed(text(TEXT), f"Re: {WORDS}"),
    ),
    Case("subject: forwarded", mailed("Fwd: /fax=03-1111-2222"), Faxed(text(TEXT), "Fwd:")),
    Case(
        "subject: a date and a test with slashes are words",
        mailed("/fax=03-1111-2222 2024/05/01 A/B"),
        Faxed(text(TEXT), "2024/05/01 A/B"),
    ),
    Case(
        "subject: its field in capitals",
        mailed(b"x").replace(b"Subject: x", b"SUBJECT:/fax=03-1111-2222"),
        Faxed(text(TEXT)),
    ),
    Case(
        "subject: a word that breaks its own encoding",
        mailed("/fax=03-1111-2222 =?utf-8?B?A?="),
        Faxed(text(TEXT), "=?utf-8?B?A?="),
    ),
    Case(
        "subject: a word that hides line ends",
        mailed("/fax=03-1111-2222 =?utf-8?Q?a=0D=0ABcc:_b?="),
        Faxed(text(TEXT), "a  Bcc: b"),
    ),
    Case("subject: without any", mailed(b"x").replace(b"Subject: x\r\n", b""), Refused(NoRecipientsFound)),
    Case("subject: empty", mailed(b""), Refused(NoRecipientsFound)),
    Case("subject: no command", mailed(word(WORDS.encode(), "utf-8")), Refused(NoRecipientsFound)),
    Case(
        "subject: the command stands against a bracket",
        mailed("【至急】/fax=03-1111-2222"),
        Refused(NoRecipientsFound),
    ),
    Case(
        "subject: the number ends with character 60",
        mailed("x" * 42 + " /fax=03-1111-2222"),
        Faxed(text(TEXT), "x" * 42),
    ),
    Case(
        "subject: the number ends with character 61",
        mailed("x" * 43 + " /fax=03-1111-2222"),
        Refused(NoRecipientsFound),
    ),
    Case(
        "subject: characters are counted, not bytes",
        mailed("御" * 42 + " /fax=03-1111-2222"),
        Faxed(text(TEXT), "御" * 42),
    ),
    Case(
        "subject: a number that is none",
        mailed("/fax=03-1111-222X"),
        Refused(InvalidNumber, 1, "03-1111-222X"),
    ),
)
