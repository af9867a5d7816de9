"""Each mail of ``tests/mails`` by the intake as it runs: a fax with these pages, or this refusal."""

from __future__ import annotations

from functools import cache

import pytest

from accounts.models import Account
from faxsend.mail import Document
from faxsend.models import InboundMessage, InboundStatus, Submission
from faxsend.numbers import display
from faxsend.rendering import PageFormat, RenderedPages, Resolution, render
from tests.factories import (
    AuthorizedSenderFactory,
    ContactFactory,
    ContactListFactory,
    SendingPropertiesFactory,
)
from tests.faxsend.encrypting import processed
from tests.mails.case import Case, Faxed, Refused
from tests.mails.every import ALL
from tests.mails.writing import SENDER
from tests.notifications.signing import trusted_service

pytestmark = pytest.mark.django_db

LIST = ("06-2222-3333", "052-333-4444")


@pytest.fixture
def account() -> Account:
    """One with a list ``members``; its pages have few lines, so that there may be many mails here."""
    account = AuthorizedSenderFactory.create(address=SENDER).account
    SendingPropertiesFactory.create(account=account, resolution=Resolution.STANDARD)
    members = ContactListFactory.create(account=account, name="members")
    for number in LIST:
        ContactFactory.create(contact_list=members, number="0081" + number.replace("-", "")[1:])
    return account


@cache
def pages_of(documents: tuple[Document, ...]) -> RenderedPages:
    return render(documents, PageFormat(Resolution.STANDARD))


@pytest.mark.parametrize("case", ALL, ids=[case.name for case in ALL])
def test_a_mail_becomes_a_fax_or_a_refusal(case: Case, account: Account) -> None:
    Account.objects.filter(pk=account.pk).update(**case.account)
    if not isinstance(case.raw, bytes):  # by openssl
        trusted_service()
    message = processed(case.written(), account, *case.to, sender=SENDER)
    match case.outcome:
        case Faxed() as expected:
            assert (message.status, message.rejection_code) == (InboundStatus.ACCEPTED, "")
            assert_is(expected, Submission.objects.get())
        case Refused() as expected:
            assert message.status == InboundStatus.REJECTED
            assert_was_refused(expected, message)


def assert_is(expected: Faxed, submission: Submission) -> None:
    assert submission.subject == expected.subject
    assert tuple(display(fax.number) for fax in submission.faxes.order_by("pk")) == expected.numbers
    options = {"resolution": submission.pages.resolution, **vars(submission)}
    assert {name: options[name] for name in expected.options} == expected.options
    if isinstance(expected.drawn, int):
        assert submission.pages.count == expected.drawn
    else:
        drawn = pages_of(expected.drawn)
        assert (submission.pages.count, submission.pages.tiff) == (drawn.count, drawn.tiff)


def assert_was_refused(expected: Refused, message: InboundMessage) -> None:
    assert (message.rejection_code, message.rejection_position) == (expected.reason.code, expected.position)
    if expected.detail is not None:
        assert message.rejection_detail.decode() == expected.detail
    assert not Submission.objects.exists()


def test_there_are_enough_mails_and_no_two_have_one_name() -> None:
    assert len({case.name for case in ALL}) == len(ALL) >= 150
