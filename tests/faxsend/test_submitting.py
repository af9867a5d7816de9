"""Orders by body, lists and passwords, from the mail as it came to the faxes and the pages."""

from __future__ import annotations

from decimal import Decimal

import pytest
from structlog.testing import capture_logs

from accounts.mail_password import set_mail_password
from accounts.models import Account
from faxsend.models import Fax, InboundStatus, Pages, Submission
from tests.factories import (
    AuthorizedSenderFactory,
    ContactFactory,
    ContactListFactory,
    InboundMessageFactory,
    TariffFactory,
)
from tests.faxsend.test_intake import SENDER, TEXT, assert_refused, mail_with, plain_mail, processed, refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Account:
    return AuthorizedSenderFactory.create(address=SENDER).account


def by_body(*lines: str) -> bytes:
    return plain_mail("\r\n".join(lines), subject="/fax=body")


def test_command_lines_are_not_drawn(account: Account) -> None:
    processed(plain_mail(TEXT), account)
    processed(by_body("!#password123", "!*03-1111-2222*!", TEXT), account)
    first, second = Pages.objects.order_by("pk")
    assert first.tiff == second.tiff


def test_a_list_becomes_one_fax_for_each_entry_with_its_names(account: Account) -> None:
    members = ContactListFactory.create(account=account, name="members")
    ContactFactory.create(contact_list=members, number="0081311112222", name="山田", company="山田商店")
    ContactFactory.create(contact_list=members, number="0081611112222", name="", company="")
    processed(by_body("!*list=Members*!;!*06-1111-2222*!;!*052-111-2222*!", TEXT), account)
    assert list(Fax.objects.order_by("pk").values_list("number", "contact_name", "company")) == [
        ("0081311112222", "山田", "山田商店"),
        ("0081611112222", "", ""),
        ("0081521112222", "", ""),
    ]
    submission = Submission.objects.get()
    assert (submission.open, submission.duplicates, submission.subject) == (3, 1, "")


def test_a_mail_to_a_list_that_is_not_there_is_answered_by_position_and_name(account: Account) -> None:
    message = processed(by_body("!*03-1111-2222*!;!*list=members*!", TEXT), account)
    assert_refused(message, "unknown-list", "Unknown list")
    assert (message.rejection_position, message.rejection_detail) == (2, b"members")


@pytest.mark.parametrize(
    ("subject", "to"), [("/fax=03-1111-2222", "send@fax.tc"), ("見積書", "03-1111-2222@fax.tc")]
)
def test_the_password_opens_every_kind_of_order(account: Account, subject: str, to: str) -> None:
    set_mail_password(account, "password123")
    message = processed(plain_mail(f"!#password123\r\n{TEXT}", subject=subject), account, to=to)
    assert message.status == InboundStatus.ACCEPTED


def test_the_password_stands_before_attachments_too(account: Account) -> None:
    set_mail_password(account, "password123")
    mail = mail_with("terms.txt", "text/plain", b"terms", body=f"!#password123\n{TEXT}")
    assert processed(mail, account).status == InboundStatus.ACCEPTED


def test_a_mail_without_the_password_is_answered(account: Account) -> None:
    set_mail_password(account, "password123")
    line = "*** Cannot authenticate - password not found ***"
    assert_refused(processed(plain_mail(), account), "password-not-found", line)


def test_a_wrong_password_is_answered_and_named_nowhere(account: Account) -> None:
    set_mail_password(account, "password123")
    with capture_logs() as logs:
        message = processed(by_body("!#guess456", "!*03-1111-2222*!", TEXT), account)
    assert_refused(message, "wrong-password", "*** Cannot authenticate - wrong password ***")
    assert logs
    assert "guess456" not in str(logs) + str(refusal(message)) + message.rejection_detail.decode()


def test_refused_guesses_close_the_door_to_the_right_password(account: Account) -> None:
    set_mail_password(account, "password123")
    refused = {"status": InboundStatus.REJECTED, "rejection_code": "wrong-password"}
    InboundMessageFactory.create_batch(9, account=account, sender=SENDER, **refused)
    processed(plain_mail("!#guess456"), account)
    message = processed(plain_mail(f"!#password123\r\n{TEXT}"), account)
    assert_refused(message, "password-not-compared", "*** Cannot authenticate - wrong password ***")


def test_the_password_in_an_attachment_is_refused(account: Account) -> None:
    message = processed(
        mail_with("copy.txt", "text/plain", b"!#password123\n", body="!#password123\n"), account
    )
    assert_refused(message, "password-would-be-drawn", "Password would appear on the fax")


def test_the_password_that_only_a_style_sheet_writes_is_refused(account: Account) -> None:
    style = b'<style>p::before{content:"\\21 #pass" "word123"}</style><p>'
    message = processed(mail_with("copy.html", "text/html", style, body="!#password123\n"), account)
    assert_refused(message, "password-would-be-drawn", "Password would appear on the fax")


def test_a_missing_signature_is_told_before_a_wrong_password(account: Account) -> None:
    set_mail_password(account, "password123")
    Account.objects.update(signature_required=True)
    assert processed(plain_mail("!#guess456"), account).rejection_code == "signature-not-found"


def test_a_mail_that_the_credit_does_not_cover_is_taken_and_waits(account: Account) -> None:
    """User guide: 与信限度額を超えると保留中."""
    TariffFactory.create(yen_per_page=20)
    account.credit_limit = 39
    account.save()

    messages = [processed(by_body("!*03-1111-2222*!", f"{TEXT}{place}"), account) for place in range(2)]

    assert [message.status for message in messages] == [InboundStatus.ACCEPTED] * 2
    assert list(Fax.objects.order_by("pk").values_list("status", "result_code", "price")) == [
        ("queued", None, Decimal(20)),
        ("held", -22, Decimal(20)),
    ]
