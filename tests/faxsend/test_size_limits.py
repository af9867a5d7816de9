"""What one mail may bring, at each limit and one beyond it.

40 MB of a whole mail are the gateway's: ``test_gateway.py``. So are 100 numbers of a body or a subject
``test_commands.py``'s and 20,000 faxes ``test_expanding.py``'s.
"""

from __future__ import annotations

import re

import pytest

from accounts.models import Account
from faxsend.mail import Document, read_mail
from faxsend.models import InboundMessage, InboundStatus, Pages
from faxsend.rendering.pages import MAX_PAGES, Resolution
from faxsend.size_limits import MAX_ATTACHED, MAX_ATTACHED_SIGNED, MEGABYTE, require_size
from notifications.refusals import AttachmentsTooLarge, DocumentTooLarge
from tests.factories import AuthorizedSenderFactory, SendingPropertiesFactory
from tests.faxsend.encrypting import order, processed
from tests.faxsend.rendering import pdfs
from tests.mails.writing import base64_lines, multipart
from tests.notifications.signing import ALICE, signed, trusted_service
from tests.pki import authority


@pytest.fixture
def account(db: None) -> Account:
    account = AuthorizedSenderFactory.create(address=ALICE).account
    SendingPropertiesFactory.create(account=account, resolution=Resolution.STANDARD)
    return account


def pdf_of(size: int, *, pages: int = 1) -> bytes:
    """A PDF of exactly so many bytes."""
    whole = pdfs.pdf(*[b""] * pages)
    start, mark, end = whole.rpartition(b"startxref")
    return start + b"%" + b" " * (size - len(whole) - 2) + b"\n" + mark + end


def attached(*contents: bytes) -> bytes:
    """An entity of PDFs."""
    head = b"Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return multipart("mixed", "limit", *(head + base64_lines(content) for content in contents))


def in_one_line(size: int) -> bytes:
    """An entity with a file of so many bytes that takes no time to read."""
    return multipart("mixed", "limit", b"Content-Type: application/pdf; name=a.pdf\r\n\r\n" + b"x" * size)


def outcome(message: InboundMessage) -> tuple[str, int | None]:
    return message.rejection_code, message.rejection_position


def documents(*sizes: int) -> list[Document]:
    return [Document("a.pdf", "application/pdf", bytes(size)) for size in sizes]


def test_the_limits_are_those_of_the_guide() -> None:
    assert (MAX_ATTACHED, MAX_ATTACHED_SIGNED) == (20 * MEGABYTE, 10 * MEGABYTE)
    assert all(re.search(rf"\b{size} MB", AttachmentsTooLarge.explanation) for size in (10, 20))


@pytest.mark.parametrize(
    ("sizes", "signed", "position"),
    [
        ((), False, None),
        ((MAX_ATTACHED,), False, None),
        ((MAX_ATTACHED + 1,), False, 1),
        ((MAX_ATTACHED - 1, 1), False, None),
        ((MAX_ATTACHED - 1, 2, 5), False, 2),
        ((MAX_ATTACHED_SIGNED,), True, None),
        ((MAX_ATTACHED_SIGNED - 1, 1), True, None),
        ((1, MAX_ATTACHED_SIGNED, 1), True, 2),
    ],
)
def test_attachments_are_counted_together_and_the_first_too_many_is_named(
    sizes: tuple[int, ...], signed: bool, position: int | None
) -> None:
    refused = None
    try:
        require_size(documents(*sizes), signed=signed)
    except AttachmentsTooLarge as refusal:
        refused = refusal.position
    assert refused == position


def test_attachments_of_20_mb_are_faxed(account: Account) -> None:
    half = pdf_of(MAX_ATTACHED // 2)
    assert processed(order(attached(half, half)), account).status == InboundStatus.ACCEPTED
    assert Pages.objects.get().count == 2


def test_attachments_of_signed_mail_are_faxed_up_to_10_mb(account: Account) -> None:
    trusted_service()
    person = authority().alice
    content = signed(person, entity=attached(pdf_of(MAX_ATTACHED_SIGNED)))
    assert processed(order(content), account).status == InboundStatus.ACCEPTED
    content = signed(person, entity=in_one_line(MAX_ATTACHED_SIGNED + 1))
    assert outcome(processed(order(content), account)) == ("attachments-too-large", 1)


@pytest.mark.parametrize("file", ["text/plain; name=a.txt", "application/octet-stream; name=a.txt"])
@pytest.mark.parametrize(("size", "is_read"), [(10 * 1024 * 1024, True), (10 * 1024 * 1024 + 1, False)])
def test_texts_of_10_mb_in_all_are_read_and_longer_ones_refused(file: str, size: int, is_read: bool) -> None:
    body = b"Content-Type: text/html\r\n\r\n" + b"x" * (size // 2)
    attachment = f"Content-Type: {file}\r\n\r\n".encode() + b"x" * (size - size // 2)
    raw = b"From: a@example.com\r\n" + multipart("mixed", "limit", body, attachment)
    refused = None
    try:
        read_mail(raw)
    except DocumentTooLarge as refusal:
        refused = refusal
    assert (refused is None) is is_read
    assert refused is None or refused.position is None


def test_one_hundred_pages_are_faxed_and_one_more_is_refused(account: Account) -> None:
    hundred = pdfs.pdf(*[b""] * MAX_PAGES)
    processed(order(attached(hundred)), account)
    assert Pages.objects.get().count == MAX_PAGES == 100
    message = processed(order(attached(hundred, pdfs.pdf(b""))), account)
    assert outcome(message) == ("too-many-pages", 2)


def test_a_text_of_one_hundred_pages_is_faxed_and_one_more_is_refused(account: Account) -> None:
    head = b"Content-Type: text/plain\r\n\r\n"
    processed(order(head + b"\f".join([b"x"] * MAX_PAGES)), account)
    assert Pages.objects.get().count == MAX_PAGES
    message = processed(order(head + b"\f".join([b"x"] * (MAX_PAGES + 1))), account)
    assert outcome(message) == ("too-many-pages", None)
