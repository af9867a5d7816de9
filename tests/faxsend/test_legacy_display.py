"""Copies of protected header fields in the text: they are no first line of the body."""

from __future__ import annotations

import base64

import pytest

from faxsend.mail import read_mail

HEAD = "From: taro@example.jp\nMIME-Version: 1.0\nSubject: /fax=body\n"
TEXT = "!*03-1111-2222*!\n本文\n"
COPY = "Subject: /fax=body\nTo: send@fax.tc,\n bcc@fax.tc\n\n"
DIVISION = '<div class="a header-protection-legacy-display"><div><pre>Subject: x</pre></div></div >'


def leaf(media_type: str, text: str, parameters: str = "") -> str:
    encoded = base64.b64encode(text.encode()).decode()
    return f"Content-Type: {media_type}; charset=utf-8{parameters}\nContent-Transfer-Encoding: base64\n\n{encoded}\n"


def plain(text: str, parameters: str = '; hp="cipher"; hp-legacy-display="1"') -> str:
    return leaf("text/plain", text, parameters)


def text_of(entity: str, *, was_protected: bool = True) -> str:
    return read_mail((HEAD + entity).encode(), was_protected=was_protected).text


def html_of(html: str) -> str:
    entity = leaf("text/html", html, '; hp="cipher"; hp-legacy-display="1"')
    (document,) = read_mail((HEAD + entity).encode(), was_protected=True).body
    return document.content.decode()


def test_the_fields_in_front_of_the_text_are_left_out() -> None:
    assert text_of(plain(COPY + TEXT)) == TEXT


def test_a_mail_that_was_not_protected_cannot_hide_its_first_lines() -> None:
    assert text_of(plain(COPY + TEXT), was_protected=False) == COPY + TEXT


@pytest.mark.parametrize(
    "parameters", ["", '; hp="cipher"', '; hp-legacy-display="1"', '; hp="cipher"; hp-legacy-display="0"']
)
def test_only_a_part_that_says_so_of_a_mail_that_says_so_has_them(parameters: str) -> None:
    assert text_of(plain(COPY + TEXT, parameters)) == COPY + TEXT


@pytest.mark.parametrize("text", [TEXT, "\n" + TEXT, "Subject: x\n" + TEXT, "Subject: x"])
def test_what_is_no_block_of_fields_stays(text: str) -> None:
    assert text_of(plain(text)) == text


def test_a_part_of_a_multipart_may_have_them_but_not_an_attachment() -> None:
    attachment = plain(COPY + "x", '; hp-legacy-display="1"; name=a.txt')
    parts = (plain(COPY + TEXT, '; hp-legacy-display="1"'), attachment)
    body = "".join(f"--b\n{part}\n" for part in parts)
    mail = read_mail(
        f'{HEAD}Content-Type: multipart/mixed; hp="cipher"; boundary=b\n\n{body}--b--\n'.encode(),
        was_protected=True,
    )
    assert mail.text == TEXT
    assert mail.documents[0].content.decode() == COPY + "x"


@pytest.mark.parametrize("media_type", ["text/rfc822-headers", "text/plain"])
def test_a_part_of_older_programs_that_holds_only_the_fields_is_left_out(media_type: str) -> None:
    copy = leaf(media_type, COPY, '; protected-headers="v1"')
    body = f"--b\n{copy}\n--b\n{plain(TEXT, '')}\n--b--\n"
    entity = f"Content-Type: multipart/mixed; boundary=b; protected-headers=v1\n\n{body}"
    mail = read_mail((HEAD + entity).encode(), was_protected=True)
    assert (mail.text, mail.documents) == (TEXT, ())
    assert read_mail((HEAD + entity).encode()) != mail


def test_the_text_of_older_programs_is_no_copy_itself() -> None:
    assert text_of(plain(TEXT, '; protected-headers="v1"')) == TEXT


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<html><head><title>a</title><style>b</style></head>\n<body>\n", "<p>本文</p></body></html>"),
        ("", "<div>本文</div>"),
        ("<!-- c -->\n", "本文"),
    ],
)
def test_the_division_of_html_is_left_out(before: str, after: str) -> None:
    assert html_of(before + DIVISION + after) == before + after


def test_of_alternatives_both_lose_their_copies_and_the_html_is_drawn() -> None:
    parts = (
        plain(COPY + TEXT, '; hp-legacy-display="1"'),
        leaf("text/html", DIVISION + "<p>本文</p>", '; hp-legacy-display="1"'),
    )
    body = "".join(f"--b\n{part}\n" for part in parts)
    mail = read_mail(
        f'{HEAD}Content-Type: multipart/alternative; hp="cipher"; boundary=b\n\n{body}--b--\n'.encode(),
        was_protected=True,
    )
    assert (mail.text, [each.content.decode() for each in mail.body]) == (TEXT, ["<p>本文</p>"])


def test_an_alternative_that_shows_nothing_but_its_copy_is_blank() -> None:
    parts = (
        plain(COPY + TEXT, '; hp-legacy-display="1"'),
        leaf("text/html", DIVISION, '; hp-legacy-display="1"'),
    )
    body = "".join(f"--b\n{part}\n" for part in parts)
    mail = read_mail(
        f'{HEAD}Content-Type: multipart/alternative; hp="cipher"; boundary=b\n\n{body}--b--\n'.encode(),
        was_protected=True,
    )
    assert (mail.text, [each.content.decode() for each in mail.body]) == (TEXT, [TEXT])


@pytest.mark.parametrize(
    "html",
    [
        "<p>本文</p>" + DIVISION,
        "本文" + DIVISION,
        "<div><p>本文</p></div>",
        DIVISION.removesuffix("</div >"),
        "<div class>本文</div>",
    ],
)
def test_a_division_that_is_not_the_first_element_or_not_closed_stays(html: str) -> None:
    assert html_of(html) == html
