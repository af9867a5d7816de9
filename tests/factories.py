"""Typed factories: rows as they look in a running service, each with what it needs around it."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from functools import cache
from typing import Any

import numpy as np
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.utils import timezone
from factory import declarations
from factory.django import DjangoModelFactory

from accounts.models import Account, AuthorizedSender, User
from certificates.models import CertificateRequest
from faxsend.models import (
    Attempt,
    Contact,
    ContactList,
    Content,
    Fax,
    InboundMessage,
    InboundStatus,
    Pages,
    SendingProperties,
    Submission,
    Tariff,
)
from faxsend.rendering import tiff
from faxsend.rendering.pages import Resolution
from faxsend.results import OK
from faxsend.states import FINAL, FaxStatus
from notifications.models import (
    AddressProblem,
    ForwardingAddress,
    NotificationPreference,
    OutgoingMail,
    Relay,
)

PASSWORD = "correct horse battery"

# factory-boy's declarations carry no types; the factories that are made of them do.
LazyAttribute: Any = declarations.LazyAttribute
LazyFunction: Any = declarations.LazyFunction
SelfAttribute: Any = declarations.SelfAttribute
Sequence: Any = declarations.Sequence
SubFactory: Any = declarations.SubFactory


@cache
def hashed_password() -> str:
    """``PASSWORD`` as the database has it; hashing is slow on purpose, so it is done once."""
    return make_password(PASSWORD, hasher="scrypt")


@cache
def drawn_pages(count: int) -> bytes:
    """A TIFF class F of ``count`` pages, each with as many bars as its number says."""
    return tiff.write([_sheet(number) for number in range(1, count + 1)], Resolution.FINE)


def _sheet(bars: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
    page = np.zeros((Resolution.FINE.height, 1728), dtype=np.bool_)
    page[100:-100, 100:110] = page[100:-100, -110:-100] = True
    page[100:110, 100:-100] = page[-110:-100, 100:-100] = True
    for bar in range(bars):
        page[200 + 60 * bar : 230 + 60 * bar, 200:1200] = True
    return page


def _drawn(pages: Any) -> bytes:
    return drawn_pages(pages.count)


class AccountFactory(DjangoModelFactory[Account]):
    class Meta:
        model = Account

    name = Sequence(lambda number: f"株式会社テスト{number}")


class UserFactory(DjangoModelFactory[User]):
    """A person of an account; the password is ``PASSWORD``."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = Sequence(lambda number: f"user{number}")
    email = LazyAttribute(lambda user: f"{user.username}@example.com")
    account = SubFactory(AccountFactory)
    password = LazyFunction(hashed_password)


class OperatorFactory(UserFactory):
    """One who may see and do everything in the admin, and has no account."""

    account = None
    is_staff = True
    is_superuser = True


class AuthorizedSenderFactory(DjangoModelFactory[AuthorizedSender]):
    """Confirmed."""

    class Meta:
        model = AuthorizedSender

    account = SubFactory(AccountFactory)
    address = Sequence(lambda number: f"sender{number}@example.com")
    verified_at = LazyFunction(timezone.now)


class CertificateRequestFactory(DjangoModelFactory[CertificateRequest]):
    """One that waits for its mail."""

    class Meta:
        model = CertificateRequest

    account = SubFactory(AccountFactory)
    address = Sequence(lambda number: f"asked{number}@example.com")


class InboundMessageFactory(DjangoModelFactory[InboundMessage]):
    """An order that waits for its turn; ``content`` is in ``ContentFactory``."""

    class Meta:
        model = InboundMessage

    account = SubFactory(AccountFactory)
    sender = Sequence(lambda number: f"sender{number}@example.com")
    recipients = LazyFunction(lambda: ["send@fax.tc"])
    client_address = "192.0.2.1"
    size = 1000
    status = InboundStatus.RECEIVED


class ContentFactory(DjangoModelFactory[Content]):
    class Meta:
        model = Content

    message = SubFactory(InboundMessageFactory)
    raw = b"Subject: /fax=03-1111-2222\r\n\r\nHello\r\n"


class PagesFactory(DjangoModelFactory[Pages]):
    """Real pages: a frame, and as many bars as the number of the page."""

    class Meta:
        model = Pages

    account = SubFactory(AccountFactory)
    count = 1
    tiff = LazyAttribute(_drawn)


class SubmissionFactory(DjangoModelFactory[Submission]):
    """An order without faxes. ``submission_with`` makes the ones that a service would know."""

    class Meta:
        model = Submission

    account = SubFactory(AccountFactory)
    pages = SubFactory(PagesFactory, account=SelfAttribute("..account"))
    sender = "sender@example.com"
    from_address = "sender@example.com"
    subject = Sequence(lambda number: f"お見積書 {number}")
    order_digest = Sequence(lambda number: hashlib.sha256(str(number).encode()).digest())
    max_attempts = 4
    retry_interval = 3
    open = 0


class FaxFactory(DjangoModelFactory[Fax]):
    """One destination, waiting. The counters of its submission are the caller's."""

    class Meta:
        model = Fax

    submission = SubFactory(SubmissionFactory, open=1)
    account = SelfAttribute("submission.account")
    number = Sequence(lambda number: f"008133{number:07}")


class AttemptFactory(DjangoModelFactory[Attempt]):
    """A call that has ended well."""

    class Meta:
        model = Attempt

    fax = SubFactory(FaxFactory)
    carrier = "simulator"
    line_lock = 1
    ended_at = LazyFunction(timezone.now)
    result_code = OK


class ContactListFactory(DjangoModelFactory[ContactList]):
    """Without entries."""

    class Meta:
        model = ContactList

    account = SubFactory(AccountFactory)
    name = Sequence(lambda number: f"list{number}")


class ContactFactory(DjangoModelFactory[Contact]):
    class Meta:
        model = Contact

    contact_list = SubFactory(ContactListFactory)
    number = Sequence(lambda number: f"008133{number:07}")
    name = Sequence(lambda number: f"担当{number}")
    company = Sequence(lambda number: f"株式会社お客様{number}")


def fill_list(contact_list: ContactList, count: int) -> None:
    """With ``count`` entries at once; their numbers are none that could be added as well."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO faxsend_contact (contact_list_id, number, name, company, created_at)"
            " SELECT %s, lpad(entry::text, 8, '0'), '', '', now() FROM generate_series(1, %s) AS entry",
            [contact_list.pk, count],
        )


class TariffFactory(DjangoModelFactory[Tariff]):
    """For every number."""

    class Meta:
        model = Tariff

    prefix = ""
    yen_per_page = 20


class SendingPropertiesFactory(DjangoModelFactory[SendingProperties]):
    class Meta:
        model = SendingProperties

    account = SubFactory(AccountFactory)


class NotificationPreferenceFactory(DjangoModelFactory[NotificationPreference]):
    class Meta:
        model = NotificationPreference

    account = SubFactory(AccountFactory)


class ForwardingAddressFactory(DjangoModelFactory[ForwardingAddress]):
    """Unprotected, as a new one is."""

    class Meta:
        model = ForwardingAddress

    account = SubFactory(AccountFactory)
    address = Sequence(lambda number: f"forwarding{number}@example.com")


class OutgoingMailFactory(DjangoModelFactory[OutgoingMail]):
    """A mail that waits."""

    class Meta:
        model = OutgoingMail

    key = Sequence(lambda number: f"test:{number}")
    recipient = "customer@example.com"
    message_id = Sequence(lambda number: f"<{number}@fax.tc>")
    content = b"Subject: test\r\n\r\nsecret words\r\n"


class AddressProblemFactory(DjangoModelFactory[AddressProblem]):
    """One that exists no more."""

    class Meta:
        model = AddressProblem

    account = SubFactory(AccountFactory)
    address = Sequence(lambda number: f"gone{number}@example.com")
    status = "5.1.1"
    since = LazyFunction(timezone.now)


class RelayFactory(DjangoModelFactory[Relay]):
    """One that is there."""

    class Meta:
        model = Relay

    name = Sequence(lambda number: f"relay{number}.example.jp:25")


def submission_with(*statuses: FaxStatus, **facts: Any) -> Submission:
    """An order with one fax for each state: counters, times and results fit together.

    ``facts`` are those of ``SubmissionFactory``.
    """
    ok = statuses.count(FaxStatus.SENT)
    failed = sum(status in FINAL for status in statuses) - ok
    still_open = len(statuses) - ok - failed
    done = None if still_open else timezone.now()
    counters = {"open": still_open, "ok": ok, "failed": failed, "completed_at": done}
    submission = SubmissionFactory.create(**counters | facts)
    for status in statuses:
        _fax_in(submission, status)
    return submission


def _fax_in(submission: Submission, status: FaxStatus) -> Fax:
    """A fax as it looks once it has come to ``status`` by way of one call."""
    if status in {FaxStatus.QUEUED, FaxStatus.HELD, FaxStatus.CANCELED}:
        return FaxFactory.create(submission=submission, status=status)
    code = {FaxStatus.SENT: OK, FaxStatus.FAILED: 3912}.get(status)
    ended_at = None if code is None else timezone.now()
    fax = FaxFactory.create(
        submission=submission,
        status=status,
        result_code=code,
        attempts_made=1,
        pages_sent=submission.pages.count if status == FaxStatus.SENT else 0,
        duration=timedelta(seconds=65) if ended_at else None,
        completed_at=ended_at,
    )
    AttemptFactory.create(fax=fax, result_code=code, ended_at=ended_at, pages_confirmed=fax.pages_sent)
    return fax
