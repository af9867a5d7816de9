"""What of a mail is drawn, and that the password is not."""

from __future__ import annotations

import pytest

from faxsend.commands import Instructions
from faxsend.drawn import documents_of
from faxsend.mail import Document
from faxsend.targets import ToNumber
from notifications.refusals import NothingToFax, PasswordWouldBeDrawn

PDF = Document(name="quote.pdf", media_type="application/pdf", content=b"%PDF-1.4")


def ordered(text: str, *, password: str | None = "password123", subject: str = "") -> Instructions:
    return Instructions((ToNumber("0081311112222"),), password, subject, text)


def html(source: str) -> Document:
    return Document(name="", media_type="text/html", content=source.encode())


def test_the_text_is_drawn_without_its_command_lines() -> None:
    [document] = documents_of((), ordered("前略\n"))
    assert (document.media_type, document.content.decode()) == ("text/plain", "前略\n")


def test_attachments_are_drawn_instead_of_the_text() -> None:
    assert documents_of((PDF,), ordered("前略\n")) == (PDF,)


@pytest.mark.parametrize("text", ["", " \n\u3000\n"])
def test_a_blank_text_is_nothing_to_draw(text: str) -> None:
    with pytest.raises(NothingToFax):
        documents_of((), ordered(text))


@pytest.mark.parametrize(
    ("attached", "text"),
    [
        ((), "前略\n> !#password123\n"),
        ((Document(name="a.txt", media_type="text/plain", content=b"!#password123\n"),), ""),
        ((PDF, html("<p>!#password123</p>")), ""),
        ((html("<p>!#pass<b>word</b>&#49;23"),), ""),
        ((html("<div>!#pass&shy;word\n123</div>"),), ""),
    ],
)
def test_a_password_that_would_be_drawn_is_refused(attached: tuple[Document, ...], text: str) -> None:
    with pytest.raises(PasswordWouldBeDrawn) as refusal:
        documents_of(attached, ordered(text))
    assert "password123" not in refusal.value.detail


def test_a_password_in_the_subject_would_stand_in_the_history() -> None:
    with pytest.raises(PasswordWouldBeDrawn):
        documents_of((), ordered("前略", subject="見積 !#password123"))


def test_a_quoted_text_that_is_not_drawn_may_have_the_password() -> None:
    assert documents_of((PDF,), ordered("前略\n> !#password123\n")) == (PDF,)


def test_a_mail_without_a_password_may_say_anything() -> None:
    [document] = documents_of((), ordered("!# 前略", password=None))
    assert document.content.decode() == "!# 前略"


def test_a_hostile_document_is_read_at_once() -> None:
    hostile = html("<" * 1_000_000 + "&" * 1_000_000 + "<a" * 500_000)
    assert documents_of((hostile,), ordered("")) == (hostile,)
