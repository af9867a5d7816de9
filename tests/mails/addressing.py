"""Orders as the guide prints them and as people write them: numbers, lists, passwords, options, other mailboxes."""

from __future__ import annotations

from typing import Any

from faxsend.rendering import Resolution
from notifications.refusals import (
    BadOption,
    FullWidthCharacters,
    InvalidNumber,
    ListInSubject,
    MixedAddressing,
    NoRecipientsFound,
    OptionTooLate,
    PasswordWouldBeDrawn,
    Rejection,
    TooManyRecipients,
    UnknownList,
)
from tests.mails.case import NUMBER, Case, Faxed, Refused, html, text
from tests.mails.japanese_programs import BECKY
from tests.mails.programs import APPLE_MAIL, GMAIL, OUTLOOK_365, THUNDERBIRD
from tests.mails.systems import PHP, SAP, SCANNER
from tests.mails.writing import body, multipart, part

TEXT = "お見積書をお送りします。\n"
MEMBERS = ("06-2222-3333", "052-333-4444")
"""The list that the account has."""
FIVE = tuple(f"03-1111-22{number:02}" for number in range(5))
HUNDRED = tuple(f"03-1111-2{number:03}" for number in range(100))


def _subject(subject: str, *numbers: str, kept: str = "", **options: Any) -> Case:
    """Becky! with this subject."""
    outcome = Faxed(text(TEXT), kept, numbers or (NUMBER,), options)
    return Case(f"addressed: {subject[:70]}", BECKY.write(subject, TEXT), outcome)


def _refused_subject(subject: str, reason: type[Rejection], position: int | None = None) -> Case:
    return Case(f"refused: {subject[:70]}", BECKY.write(subject, TEXT), Refused(reason, position))


def _by_body(lines: str, *numbers: str, name: str = "") -> Case:
    """``/fax=body``, and these lines in front of the text."""
    shown = (name or lines.replace("\n", " | "))[:70]
    outcome = Faxed(text(TEXT), "", numbers or (NUMBER,))
    return Case(f"by body: {shown}", BECKY.write("/fax=body", f"{lines}\n{TEXT}"), outcome)


def _refused_body(lines: str, reason: type[Rejection], position: int | None = None, name: str = "") -> Case:
    mail = BECKY.write("/fax=body", f"{lines}\n{TEXT}")
    shown = (name or lines.replace("\n", " | "))[:70]
    return Case(f"by body, refused: {shown}", mail, Refused(reason, position))


def _to(*mailboxes: str, numbers: tuple[str, ...], subject: str = "御見積書", kept: str = "御見積書") -> Case:
    mail = SAP.write(subject, TEXT, to=mailboxes[0])
    return Case(
        f"by address: {', '.join(mailboxes)[:70]}", mail, Faxed(text(TEXT), kept, numbers), to=mailboxes
    )


def _html(source: str) -> bytes:
    return part("text/html; charset=utf-8", source.encode(), transfer="base64")


def _both(plain: str, source: str) -> bytes:
    return multipart("alternative", "alt", body(plain, "utf-8", transfer="base64"), _html(source))


LETTER = "<p>お見積書を<b>お送り</b>します。</p>"

CASES = (
    # The guide's own examples.
    _subject("/fax=03-1111-2222"),
    _by_body("!*03-1111-2222*!"),
    _by_body("!#password123\n!*03-1111-2222*!"),
    _by_body("!*list=members*!", *MEMBERS),
    _by_body("!#password123\n!*list=members*!", *MEMBERS),
    # Numbers.
    _subject("/fax=0311112222"),
    _subject("/fax=03 1111 2222"),
    _subject("/fax=(03)1111-2222"),
    _subject("/fax=+81-3-1111-2222"),
    _subject("/fax=+81(0)3-1111-2222"),
    _subject("/fax=0081311112222"),
    _subject("/fax=010-81-3-1111-2222"),
    _subject("/fax=001-212-555-0100", "+1 212-555-0100"),
    _subject("/fax=0039-06-1234-5678", "+39 06 1234 5678"),
    _subject("/fax=0120-111-222", "0120-111-222"),
    _subject("/fax=0570-011-222", "0570-011-222"),
    _subject("/fax=00999-9999-0000", "00999-9999-0000"),
    _subject("/fax=00999-9999-206090 テスト", "00999-9999-206090", kept="テスト"),
    _subject(f"/fax={';'.join(FIVE)} 御案内", *FIVE, kept="御案内"),
    _subject("/fax=03-1111-2222; 06-2222-3333 ;052-333-4444", NUMBER, *MEMBERS),
    _subject("/fax=03-1111-2222;0311112222;+81311112222"),
    _subject(f"/fax={';'.join(HUNDRED)}", *HUNDRED),
    _refused_subject(f"/fax={';'.join((*HUNDRED, NUMBER))}", TooManyRecipients),
    _refused_subject("/fax=03-1111-2222;110", InvalidNumber, 2),
    _refused_subject("/fax=119", InvalidNumber, 1),
    _refused_subject("/fax=0990-123-456", InvalidNumber, 1),
    _refused_subject("/fax=12345", InvalidNumber, 1),
    _refused_subject("/fax=list=members", ListInSubject, 1),
    _refused_subject("/fax=03-1111-2222;body", MixedAddressing),
    _refused_subject("/fax=", NoRecipientsFound),
    _refused_subject("fax=03-1111-2222", NoRecipientsFound),
    _refused_subject("／ｆａｘ＝０３－１１１１－２２２２", FullWidthCharacters),
    _refused_subject("/fax=０３－１１１１－２２２２", FullWidthCharacters, 1),
    # Options.
    _subject("/fax=03-1111-2222 /rt 2 /ri 5 御案内", kept="御案内", max_attempts=2, retry_interval=5),
    _subject("/hn /fax=03-1111-2222 御案内", kept="御案内", page_header=""),
    _subject("/fax=03-1111-2222 /h ㈱さくら {To}", kept="", page_header="㈱さくら {To}"),
    _subject("/fax=03-1111-2222 2024/05/01 /b2 A/Bテスト", kept="2024/05/01 /b2 A/Bテスト"),
    _refused_subject("/fax=03-1111-2222 /rt 7", BadOption),
    _refused_subject("/fax=03-1111-2222 /d 明日", BadOption),
    _refused_subject("/fax=03-1111-2222 " + "御案内" * 15 + " /rt 2", OptionTooLate),
    Case(
        "option: fine pages for once",
        BECKY.write("/fax=03-1111-2222 /rf", TEXT),
        Faxed(1, options={"resolution": Resolution.FINE}),
    ),
    # The body.
    _by_body("\n\n!*03-1111-2222*!", name="blank lines first"),
    _by_body("!*list=MEMBERS*!;!*03-1111-2222*!", *MEMBERS, NUMBER),
    _by_body(";".join(f"!*{number}*!" for number in HUNDRED), *HUNDRED, name="one hundred"),
    _by_body(
        ";\n".join(f"!*{number}*!" for number in FIVE),
        *FIVE,
        name="a program has wrapped the line at semicolons",
    ),
    _refused_body(";".join(["!*03-1111-2222*!"] * 101), TooManyRecipients, name="one hundred and one"),
    _refused_body("!*03-1111-2222*!;!*list=nobody*!", UnknownList, 2),
    _refused_body("03-1111-2222", NoRecipientsFound),
    _refused_body("!*03-1111-2222*!\n!*06-2222-3333*!", InvalidNumber, 2),
    _refused_body("！＊０３－１１１１－２２２２＊！", FullWidthCharacters, 1),
    _refused_body("!*０３－１１１１－２２２２*!", FullWidthCharacters, 1),
    _refused_body("！＃password123\n!*03-1111-2222*!", FullWidthCharacters),
    _refused_body("!#pass word\n!*03-1111-2222*!", PasswordWouldBeDrawn),
    _refused_body("!*03-1111-2222*!\n!#password123", PasswordWouldBeDrawn),
    Case(
        "by body: HTML alone, as a form mailer writes it",
        PHP.around("/fax=body", _html(f"<html><body>!*03-1111-2222*!<br>{LETTER}</body></html>")),
        Faxed(html(f"<html><body>{LETTER}</body></html>")),
    ),
    Case(
        "by body: HTML alone with a password",
        GMAIL.around("/fax=body", _html(f"<div>!#password123</div><div>!*03-1111-2222*!</div>{LETTER}")),
        Faxed(1),
    ),
    Case(
        "by body: text and HTML of Gmail",
        GMAIL.around(
            "/fax=body",
            _both(f"!*03-1111-2222*!\n\n{TEXT}", f'<div dir="ltr">!*03-1111-2222*!<br><br>{LETTER}</div>'),
        ),
        Faxed(1),
    ),
    Case(
        "by body: text and HTML of Outlook",
        OUTLOOK_365.around(
            "/fax=body",
            _both(
                f"!*03-1111-2222*!;!*list=members*!\n\n{TEXT}",
                '<html><body lang="JA"><div class="WordSection1"><p class="MsoNormal"><span lang="EN-US">'
                f"!*03-1111-2222*!;!*list=members*!<o:p></o:p></span></p>{LETTER}</div></body></html>",
            ),
        ),
        Faxed(1, numbers=(NUMBER, *MEMBERS)),
    ),
    Case(
        "by body: quoted-printable cuts the destinations",
        APPLE_MAIL.write("/fax=body", ";".join(f"!*{number}*!" for number in FIVE) + f"\n{TEXT}"),
        Faxed(text(TEXT), numbers=FIVE),
    ),
    Case(
        "by body: base64",
        THUNDERBIRD.around("/fax=body", body(f"!*03-1111-2222*!\n{TEXT}", "utf-8", transfer="base64")),
        Faxed(text(TEXT)),
    ),
    Case(
        "by body: a byte order mark in front",
        GMAIL.around("/fax=body", body(f"\ufeff!*03-1111-2222*!\n{TEXT}", "utf-8", transfer="base64")),
        Faxed(text(TEXT)),
    ),
    # Other mailboxes.
    _to("0311112222@fax.tc", numbers=(NUMBER,)),
    _to("03-1111-2222@fax.tc", "06-2222-3333@FAX.TC", numbers=(NUMBER, "06-2222-3333")),
    _to("+81311112222@fax.tc", numbers=(NUMBER,)),
    _to("list=members@fax.tc", numbers=MEMBERS),
    _to("03-1111-2222@fax.tc", "list=Members@fax.tc", numbers=(NUMBER, *MEMBERS)),
    Case(
        "by address: a machine's scan",
        SCANNER.write("", TEXT, to="0311112222@fax.tc"),
        Faxed(text(TEXT)),
        to=("0311112222@fax.tc",),
    ),
    Case(
        "by address: a password on the first line",
        SAP.write("御見積書", f"!#password123\n{TEXT}", to="0311112222@fax.tc"),
        Faxed(text(TEXT), "御見積書"),
        to=("0311112222@fax.tc",),
    ),
    Case(
        "by address, refused: and by subject",
        SAP.write("/fax=03-1111-2222", TEXT, to="0311112222@fax.tc"),
        Refused(MixedAddressing),
        to=("0311112222@fax.tc",),
    ),
    Case(
        "by address, refused: an emergency number",
        SAP.write("御見積書", TEXT, to="119@fax.tc"),
        Refused(InvalidNumber, 2, "119"),
        to=("0311112222@fax.tc", "119@fax.tc"),
    ),
    Case(
        "by address, refused: a list that is not there",
        SAP.write("御見積書", TEXT, to="list=nobody@fax.tc"),
        Refused(UnknownList, 1, "nobody"),
        to=("list=nobody@fax.tc",),
    ),
)
