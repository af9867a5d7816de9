"""Orders whose first lines stand in HTML, as mail programs write it and as mail servers encode it."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any

import pytest
from structlog.testing import capture_logs

from accounts.mail_password import set_mail_password
from accounts.models import Account
from faxsend.commands import read_commands
from faxsend.drawn import documents_of
from faxsend.html_text import text_of
from faxsend.mail import Mail, read_mail
from faxsend.models import Fax, InboundStatus, SendingProperties, Submission
from faxsend.options import BodyUse
from faxsend.rendering import PageFormat, render
from faxsend.targets import ToList, ToNumber
from tests.factories import AuthorizedSenderFactory, SendingPropertiesFactory
from tests.faxsend.html_programs import PROGRAMS, outlook
from tests.faxsend.test_intake import SENDER, assert_refused, processed, refusal

COMMANDS = ["!#password123", "!*03-1111-2222*!;!*list=members*!"]
LETTER = ["株式会社さくら商事 御中", "", "下記のとおり注文いたします。①㈱髙"]
SHAPES = ["html", "alternative", "related", "mixed"]


def mail_of(
    shape: str, html: str, *, encoding: str = "base64", plain: str = "", subject: str = "/fax=body"
) -> bytes:
    """``related``: with a picture; ``mixed``: with an attached text besides."""
    message = EmailMessage()
    message["From"] = SENDER
    message["To"] = "send@fax.tc"
    message["Subject"] = subject
    message["Message-ID"] = "<1@example.jp>"
    how: dict[str, Any] = {"charset": "utf-8", "cte": encoding}
    if shape == "html":
        message.set_content(html, subtype="html", **how)
        return message.as_bytes()
    message.set_content(plain, **how)
    message.add_alternative(html, subtype="html", **how)
    if shape in ("related", "mixed"):
        body = message.get_body(("html",))
        assert body is not None
        body.add_related(b"GIF89a", "image", "gif", cid="<logo@example.jp>")
    if shape == "mixed":
        message.add_attachment("添付", filename="a.txt")
    return message.as_bytes()


def read(raw: bytes) -> Mail:
    return read_mail(raw.replace(b"\n", b"\r\n"))


@pytest.mark.parametrize("encoding", ["quoted-printable", "base64", "8bit"])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("program", PROGRAMS)
def test_the_first_lines_of_every_program_are_read_and_not_drawn(
    program: str, shape: str, encoding: str
) -> None:
    html = PROGRAMS[program]([*COMMANDS, *LETTER])
    plain = "" if shape == "html" else "\n".join([*COMMANDS, *LETTER])
    mail = read(mail_of(shape, html, encoding=encoding, plain=plain))
    instructions = read_commands(mail, ())
    assert instructions.targets == (ToNumber("0081311112222"), ToList("members"))
    assert instructions.password == "password123"
    drawn = documents_of(mail, instructions, BodyUse.BODY_AND_ATTACHMENTS)
    body = drawn[0].content.decode()
    assert "".join(text_of(body).split()) == "".join("".join(LETTER).split())
    # Nothing but the command lines and their line ends is missing.
    assert (
        "password123" not in body
        and "1111" not in body
        and "!" not in body.replace("<!", "").replace("!mso", "")
    )
    assert len(html.replace("\r\n", "\n")) - len(body) < len("".join(COMMANDS)) + 40
    assert len(drawn) == (2 if shape == "mixed" else 1)


@pytest.fixture
def account() -> Account:
    return AuthorizedSenderFactory.create(address=SENDER).account


def pages(html: str) -> bytes:
    """What the letter looks like, by itself."""
    mail = read(mail_of("html", html))
    return render(mail.body, PageFormat()).tiff


@pytest.mark.django_db
@pytest.mark.parametrize("shape", ["html", "alternative"])
def test_an_order_in_html_is_faxed_as_if_it_had_no_command_lines(account: Account, shape: str) -> None:
    set_mail_password(account, "password123")
    lines = ["!#password123", "!*03-1111-2222*!", *LETTER]
    raw = mail_of(shape, outlook(lines), plain="\n".join(lines))
    message = processed(raw.replace(b"\n", b"\r\n"), account)
    assert message.status == InboundStatus.ACCEPTED
    assert Fax.objects.get().number == "0081311112222"
    assert bytes(Submission.objects.get().pages.tiff) == pages(outlook(LETTER))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("subject", "with_body", "expected"),
    [("", False, 1), ("/b", False, 2), ("", True, 2), ("/bn", True, 1), ("/bb", False, 1)],
)
def test_the_body_goes_with_the_attachments_if_the_mail_or_the_account_says_so(
    account: Account, subject: str, with_body: bool, expected: int
) -> None:
    SendingPropertiesFactory.create(account=account, body_with_attachments=with_body)
    raw = mail_of("mixed", outlook(LETTER), plain="\n".join(LETTER), subject=f"/fax=03-1111-2222 {subject}")
    processed(raw.replace(b"\n", b"\r\n"), account)
    assert Submission.objects.get().pages.count == expected
    assert SendingProperties.objects.count() == 1


@pytest.mark.django_db
def test_a_password_that_stays_in_the_html_is_answered_and_named_nowhere(account: Account) -> None:
    set_mail_password(account, "password123")
    raw = mail_of("alternative", outlook(["お知らせ", *COMMANDS]), plain="\n".join([*COMMANDS, *LETTER]))
    raw = raw.replace(b"/fax=body", b"/fax=03-1111-2222")
    with capture_logs() as logs:
        message = processed(raw.replace(b"\n", b"\r\n"), account)
    assert_refused(message, "password-would-be-drawn", "Password would appear on the fax")
    assert "password123" not in str(logs) + str(refusal(message)) + message.rejection_detail.decode()


@pytest.mark.django_db
def test_html_with_other_destinations_than_the_text_is_answered(account: Account) -> None:
    html = outlook(["!*06-1111-2222*!", *LETTER])
    raw = mail_of("alternative", html, plain="\n".join(["!*03-1111-2222*!", *LETTER]))
    message = processed(raw.replace(b"\n", b"\r\n"), account)
    assert_refused(message, "commands-differ", "Text and HTML name different destinations")
