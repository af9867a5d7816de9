"""From what a mail asks for to what is kept of its order, in every way of addressing."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from accounts.mail_password import set_mail_password
from accounts.models import Account
from faxsend.models import Fax, InboundStatus, Pages, Submission
from tests.factories import (
    AuthorizedSenderFactory,
    ContactFactory,
    ContactListFactory,
    SendingPropertiesFactory,
)
from tests.faxsend.test_intake import (
    SENDER,
    TEXT,
    assert_refused,
    first_lines,
    plain_mail,
    processed,
    refusal,
)
from tests.faxsend.test_limits import addressed

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Account:
    account = AuthorizedSenderFactory.create(address=SENDER).account
    members = ContactListFactory.create(account=account, name="Members")
    ContactFactory.create(contact_list=members, number="0081611112222")
    chosen = {"max_attempts": 2, "retry_interval": 9, "page_header": "さくら", "font_size": 10}
    SendingPropertiesFactory.create(account=account, **chosen)
    return account


def kept() -> tuple[int, int, str, str]:
    order = Submission.objects.select_related("pages").get()
    return order.max_attempts, order.retry_interval, order.page_header, order.pages.resolution


def test_without_options_an_order_is_sent_as_the_account_has_chosen(account: Account) -> None:
    processed(plain_mail(), account)
    assert kept() == (2, 9, "さくら", "fine")


@pytest.mark.parametrize("to", ["send@fax.tc", "03-1111-2222@fax.tc", "list=members@fax.tc"])
def test_options_count_before_what_the_account_has_chosen(account: Account, to: str) -> None:
    command = "/fax=03-1111-2222 " if to == "send@fax.tc" else ""
    subject = f"{command}/rt 6 /ri 1 /rs 見積 /h {{To}} 様"
    assert processed(plain_mail(subject=subject), account, to=to).status == InboundStatus.ACCEPTED
    assert kept() == (6, 1, "{To} 様", "standard")
    assert Submission.objects.get().subject == "見積"


def test_no_header_counts_before_the_accounts_header(account: Account) -> None:
    processed(plain_mail(subject="/fax=03-1111-2222 /hn"), account)
    assert kept() == (2, 9, "", "fine")


def test_the_font_size_changes_the_page(account: Account) -> None:
    for text, option in enumerate(["", "/fontsize 10", "/fontsize 20"]):
        processed(b"X-Order: %d\r\n" % text + plain_mail(subject=f"/fax=03-1111-2222 {option}"), account)
    of_account, ten, twenty = Pages.objects.order_by("pk")
    assert of_account.tiff == ten.tiff != twenty.tiff


def test_send_later_is_read_on_the_accounts_clock_and_nothing_is_called_before(account: Account) -> None:
    Account.objects.update(time_zone="America/New_York")
    wanted = (timezone.now() + timedelta(days=3)).replace(second=0, microsecond=0)
    written = wanted.astimezone(ZoneInfo("America/New_York"))
    processed(plain_mail(subject=f"/fax=03-1111-2222 /d {written:%Y-%m-%d %H:%M}"), account)
    assert Submission.objects.get().send_at == Fax.objects.get().next_attempt_at == wanted


@pytest.mark.parametrize(
    ("option", "code", "line"),
    [
        ("/rt 7", "bad-option", "Option not valid: /rt"),
        ("/d 2001-01-01 09:00", "send-time-passed", "Send time has passed"),
        ("/d 2999-01-01 09:00", "send-time-too-far", "Send time is more than 30 days ahead"),
        ("／ｂ", "full-width", "Full-width characters where half-width is required"),
    ],
)
def test_a_bad_option_is_answered(account: Account, option: str, code: str, line: str) -> None:
    assert_refused(processed(plain_mail(subject=f"/fax=03-1111-2222 {option}"), account), code, line)


def test_numbers_and_lists_are_mixed_by_address_and_a_repeated_number_is_sent_to_once(
    account: Account,
) -> None:
    addresses = ["03-1111-2222@fax.tc", "LIST=members@fax.tc", "06-1111-2222@fax.tc"]
    assert addressed(account, *addresses).status == InboundStatus.ACCEPTED
    assert list(Fax.objects.order_by("pk").values_list("number", flat=True)) == [
        "0081311112222",
        "0081611112222",
    ]
    assert Submission.objects.get().duplicates == 1


@pytest.mark.parametrize("name", ["nobody", "mem%62ers", "a.b", "m" * 51])
def test_a_list_that_is_not_there_is_answered_by_its_position(account: Account, name: str) -> None:
    message = addressed(account, "03-1111-2222@fax.tc", f"list={name}@fax.tc")
    assert_refused(message, "unknown-list", "Unknown list")
    assert (message.rejection_position, message.rejection_detail) == (2, name.encode())


def test_another_accounts_list_is_unknown(account: Account) -> None:
    theirs = ContactListFactory.create(name="theirs")
    ContactFactory.create(contact_list=theirs)
    assert addressed(account, "list=theirs@fax.tc").rejection_code == "unknown-list"


def test_the_password_in_the_page_header_is_refused(account: Account) -> None:
    set_mail_password(account, "password123")
    subject = "/fax=03-1111-2222 /h !#password123"
    message = processed(plain_mail(f"!#password123\r\n{TEXT}", subject=subject), account)
    assert message.rejection_code == "password-would-be-drawn"
    assert "password123" not in "".join(first_lines(refusal(message)))
