"""What of a mail is drawn: its attachments or its body, without command lines and without the password."""

from __future__ import annotations

from dataclasses import replace

import pytest

from faxsend.commands import Instructions, Place, read_commands
from faxsend.drawn import documents_of
from faxsend.html_text import text_of
from faxsend.mail import Document, Mail
from faxsend.options import BodyUse, Options
from faxsend.targets import ToNumber
from notifications.refusals import CommandsDiffer, NothingToFax, PasswordWouldBeDrawn

PDF = Document(name="quote.pdf", media_type="application/pdf", content=b"%PDF-1.4")
COMMANDS = "!#password123\n!*03-1111-2222*!\n"


def text(source: str) -> Document:
    return Document(name="", media_type="text/plain", content=source.encode(), is_body=True)


def html(source: str) -> Document:
    return Document(name="", media_type="text/html", content=source.encode(), is_body=True)


def written(body: Document | None, *attached: Document, plain: str | None = None, subject: str = "") -> Mail:
    """A mail whose text is ``plain``, or what its body says."""
    source = "" if body is None else body.content.decode()
    said = text_of(source) if body is not None and body.media_type == "text/html" else source
    bodies = () if body is None else (body,)
    return Mail("taro@example.jp", "", subject, "", said if plain is None else plain, attached, bodies)


def drawn(mail: Mail, body_use: BodyUse = BodyUse.ATTACHMENTS_ONLY) -> tuple[Document, ...]:
    """What is drawn of an order by body, or, if the mail has no destinations there, of one by address."""
    by_body = "!*" in mail.text.partition("本")[0]
    mail = replace(mail, subject=f"/fax=body {mail.subject}" if by_body else mail.subject)
    return documents_of(mail, read_commands(mail, () if by_body else ("0311112222",)), body_use)


def sources(documents: tuple[Document, ...]) -> list[str]:
    return [document.content.decode() for document in documents]


def test_the_text_is_drawn_without_its_command_lines() -> None:
    assert drawn(written(text(COMMANDS + "本文\n"))) == (text("本文\n"),)


def test_html_is_drawn_without_the_characters_of_its_command_lines() -> None:
    source = "<p class=a>!#password123</p><p>!*03-<b>1111</b>-2222*!<o:p></o:p></p>\n<p>本文<p>x"
    [remaining] = sources(drawn(written(html(source))))
    assert remaining == "<p class=a></p><p><b></b><o:p></o:p></p>\n<p>本文<p>x"


def test_command_lines_that_the_plain_text_wraps_are_found_in_the_html() -> None:
    plain = "!*03-1111-2222*!;\n!*06-1111-2222*!\n本文"
    mail = written(html("<div>!*03-1111-2222*!; !*06-1111-2222*!<br>本文</div>"), plain=plain)
    assert sources(drawn(mail)) == ["<div>本文</div>"]


def test_html_without_the_command_lines_of_the_text_is_drawn_as_it_is() -> None:
    assert sources(drawn(written(html("<p>本文</p>"), plain=COMMANDS + "本文"))) == ["<p>本文</p>"]


@pytest.mark.parametrize(
    "source",
    [
        "<p>!*06-1111-2222*!</p><p>本文</p>",
        "<p>お知らせ</p><p>!*03-1111-2222*!</p>",
        "<p>!*03-1111-2222*!</p><p>!*06-1111-2222*!</p><p>本文</p>",
        "<p>!*03-1111-2222*! 本文</p>",
    ],
)
def test_html_that_names_other_destinations_is_refused(source: str) -> None:
    with pytest.raises(CommandsDiffer):
        drawn(written(html(source), plain="!*03-1111-2222*!\n本文"))


def test_marks_further_down_are_drawn_where_text_and_html_agree() -> None:
    source = "<p>!*03-1111-2222*!</p><p>本文</p><blockquote>!*03-1111-2222*!</blockquote>"
    [remaining] = sources(drawn(written(html(source))))
    assert remaining == "<p></p><p>本文</p><blockquote>!*03-1111-2222*!</blockquote>"


@pytest.mark.parametrize(
    "source",
    [
        "<p>本文</p><p>!#password123</p>",
        "<p>!#other</p><p>本文</p>",
        "<p>お知らせ</p><p>!#pass<b>word</b>&#49;23</p>",
    ],
)
def test_html_that_would_show_a_password_is_refused(source: str) -> None:
    with pytest.raises(PasswordWouldBeDrawn):
        drawn(written(html(source), plain="!#password123\n本文"))


def test_a_password_that_only_the_html_has_is_refused() -> None:
    with pytest.raises(PasswordWouldBeDrawn):
        drawn(written(html("<p>!#password123</p><p>本文</p>"), plain="本文"))


@pytest.mark.parametrize(
    ("body_use", "expected"),
    [
        (BodyUse.ATTACHMENTS_ONLY, (PDF, PDF)),
        (BodyUse.BODY_AND_ATTACHMENTS, (html("<p></p><p>本文"), PDF, PDF)),
        (BodyUse.BODY_ONLY, (html("<p></p><p>本文"),)),
    ],
)
def test_attachments_and_body_are_drawn_as_the_order_says(
    body_use: BodyUse, expected: tuple[Document, ...]
) -> None:
    mail = written(html("<p>!*03-1111-2222*!</p><p>本文"), PDF, PDF)
    assert drawn(mail, body_use) == expected


@pytest.mark.parametrize("body", [text("\n"), html("<p>!*03-1111-2222*!</p><p>&nbsp;"), None])
def test_a_blank_body_adds_nothing_to_the_attachments(body: Document | None) -> None:
    mail = written(body, PDF)
    assert drawn(mail, BodyUse.BODY_AND_ATTACHMENTS) == (PDF,)


@pytest.mark.parametrize("body", [text(""), text(" \n\u3000\n"), html("<p>!*03-1111-2222*!</p>")])
def test_a_blank_body_alone_is_nothing_to_draw(body: Document) -> None:
    with pytest.raises(NothingToFax):
        drawn(written(body, PDF), BodyUse.BODY_ONLY)
    with pytest.raises(NothingToFax):
        drawn(written(body))


def test_a_picture_alone_is_something_to_draw() -> None:
    assert sources(drawn(written(html("!*03-1111-2222*!<br><img src=cid:a>")))) == ["<img src=cid:a>"]


def test_a_mail_that_asks_for_no_body_and_has_no_attachment_is_refused() -> None:
    with pytest.raises(NothingToFax):
        drawn(written(text("本文"), subject="/bn"))


def ordered(remaining: str, *, subject: str = "", options: Options | None = None) -> Instructions:
    targets = (ToNumber("0081311112222"),)
    return Instructions(targets, "password123", subject, remaining, Place.ADDRESS, options or Options())


@pytest.mark.parametrize(
    ("body", "attached"),
    [
        (text("本文\n> !#password123\n"), ()),
        (None, (text("!#password123\n"),)),
        (None, (PDF, html("<p>!#password123</p>"))),
        (html("<p>本文</p>!#pass<b>word</b>&#49;23"), ()),
        (html("<div>本文!#pass&shy;word\n123</div>"), ()),
        (html('<div>本文!#pass<b title=">"></b>word<!-- > -->123'), ()),
        (html("<div>本文!#pass&lrm;word\ufe0f123</div>"), ()),
        (html("<div>本文!#PASSword123</div>"), ()),
        (text("本文\n!#pass\u200eword123\n"), ()),
        (None, (text("!# passw\nord123\n"),)),
    ],
)
def test_a_password_that_would_be_drawn_is_refused(
    body: Document | None, attached: tuple[Document, ...]
) -> None:
    mail = written(body, *attached)
    with pytest.raises(PasswordWouldBeDrawn) as refusal:
        documents_of(mail, ordered(mail.text), BodyUse.ATTACHMENTS_ONLY)
    assert "password123" not in refusal.value.detail


@pytest.mark.parametrize(
    "instructions",
    [
        ordered("本文", subject="見積 !#password123"),
        ordered("本文", options=Options(page_header="!#password123")),
        ordered("本文", options=Options(page_header="!# Password123")),
    ],
)
def test_a_password_in_the_subject_or_the_page_header_is_refused(instructions: Instructions) -> None:
    with pytest.raises(PasswordWouldBeDrawn):
        documents_of(written(text("本文")), instructions, BodyUse.ATTACHMENTS_ONLY)


def test_a_quoted_text_that_is_not_drawn_may_have_the_password() -> None:
    mail = written(text("本文\n> !#password123\n"), PDF)
    assert documents_of(mail, ordered(mail.text), BodyUse.ATTACHMENTS_ONLY) == (PDF,)


def test_a_hostile_document_is_read_at_once() -> None:
    hostile = html("<" * 1_000_000 + "&" * 1_000_000 + "<a" * 500_000)
    assert documents_of(written(None, hostile), ordered(""), BodyUse.ATTACHMENTS_ONLY) == (hostile,)
