"""bounces+<token>@: what came back, from the handler of its mailbox to the pages that show it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Account
from certificates.models import CertificateRequest
from faxsend import intake
from faxsend.certificate_requests import RequestState, latest
from faxsend.models import InboundMessage, InboundStatus
from notifications.models import AddressProblem, MailState, OutgoingMail
from notifications.outbox import bounce_address
from tests.factories import (
    AccountFactory,
    AddressProblemFactory,
    AuthorizedSenderFactory,
    CertificateRequestFactory,
    ContentFactory,
    ForwardingAddressFactory,
    InboundMessageFactory,
    NotificationPreferenceFactory,
    OperatorFactory,
    OutgoingMailFactory,
    UserFactory,
)
from tests.notifications.factories import message
from tests.notifications.returned import letter, report

pytestmark = pytest.mark.django_db

TARO = "taro@example.jp"
GONE = report("failed", "5.1.1")


@pytest.fixture
def account(client: Client) -> Account:
    """The account of somebody who is logged in."""
    user = UserFactory.create()
    client.force_login(user)
    assert user.account is not None
    return user.account


def sent(account: Account, **options: object) -> OutgoingMail:
    """A mail of the account that has left."""
    message(to=TARO, account=account, **options).send()
    mail = OutgoingMail.objects.latest("pk")
    OutgoingMail.objects.filter(pk=mail.pk).update(state=MailState.SENT, sent_at=timezone.now())
    return mail


def came_back(mail: OutgoingMail, raw: bytes, *, sender: str = "") -> InboundMessage:
    """``raw`` taken at the address to which the mail comes back."""
    assert mail.bounce_token is not None
    inbound = InboundMessageFactory.create(
        account=None, sender=sender, recipients=[bounce_address(mail.bounce_token).upper()], size=len(raw)
    )
    ContentFactory.create(message=inbound, raw=raw)
    assert intake.process_next()
    inbound.refresh_from_db()
    mail.refresh_from_db()
    return inbound


def page(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def test_a_failure_marks_the_mail_and_its_address(account: Account) -> None:
    mail = sent(account)
    inbound = came_back(mail, GONE)
    assert inbound.status == InboundStatus.ACCEPTED
    assert (mail.bounced_at, mail.bounce_status) == (inbound.received_at, "5.1.1")
    assert AddressProblem.objects.get().address == TARO


@pytest.mark.parametrize(
    "raw",
    [
        report("delayed", "4.4.1"),
        report("delivered", "2.0.0"),
        letter(TARO, "Auto: absent", "back on Monday", headers="Auto-Submitted: auto-replied\r\n"),
        b"",
        b"\xff\x00 not a mail",
    ],
)
def test_what_is_no_failure_changes_nothing(account: Account, raw: bytes) -> None:
    mail = sent(account)
    assert came_back(mail, raw).status == InboundStatus.ACCEPTED
    assert mail.bounced_at is None
    assert not AddressProblem.objects.exists()


def test_nothing_that_comes_back_is_answered_whoever_sent_it(account: Account) -> None:
    mail = sent(account)
    for raw in (GONE, b"", letter(TARO, "Re: FAX", "Who are you?")):
        came_back(mail, raw, sender="MAILER-DAEMON@example.jp")
    assert list(OutgoingMail.objects.all()) == [mail]


def test_a_mail_that_retention_has_taken_meanwhile_is_no_error(account: Account) -> None:
    mail = sent(account)
    inbound = InboundMessageFactory.create(
        account=None, sender="", recipients=[mail.envelope_sender], size=len(GONE)
    )
    ContentFactory.create(message=inbound, raw=GONE)
    mail.delete()
    assert intake.process_next()
    inbound.refresh_from_db()
    assert inbound.status == InboundStatus.ACCEPTED


def test_the_dialog_for_certificates_says_that_the_mail_was_returned_and_why(account: Account) -> None:
    request: CertificateRequest = CertificateRequestFactory.create(
        account=account, address=TARO, mailed_at=timezone.now()
    )
    came_back(sent(account, key=request.mail_key), GONE)
    (line,) = latest(account)
    assert (line.state, line.error) == (
        RequestState.BOUNCED,
        "このアドレスは存在しません。アドレスに誤りがないかご確認ください。",
    )


def test_a_sender_a_default_address_and_any_other_are_shown_with_the_reason(
    client: Client, account: Account
) -> None:
    AuthorizedSenderFactory.create(
        account=account, address="Sender@example.jp", verified_at=timezone.now() - timedelta(days=1)
    )
    NotificationPreferenceFactory.create(account=account, default_address="default@example.jp")
    for address in ("sender@example.jp", "default@example.jp", "reply-to@example.jp"):
        AddressProblemFactory.create(account=account, address=address, status="5.2.2")
    OutgoingMailFactory.create(account=account, recipient="Default@example.jp", state=MailState.WITHHELD)
    shown = page(client, "/properties/fax-sending/")
    assert shown.count("メールが届いていません") == shown.count("メールボックスの容量がいっぱいです") == 3
    assert shown.count(">再開</button>") == 3
    assert shown.count("通知メール1件を保留しています") == 1
    others = shown[shown.index("メールが届かないアドレス") :]
    assert "reply-to@example.jp" in others
    assert "default@example.jp" not in others


def test_a_forwarding_address_is_shown_where_it_stands_and_resumes_there(
    client: Client, account: Account
) -> None:
    ForwardingAddressFactory.create(account=account, address="Forward@example.jp")
    problem = AddressProblemFactory.create(account=account, address="forward@example.jp")
    receiving = "/properties/fax-receiving/"
    assert "メールが届いていません" in page(client, receiving)
    answer = client.post(f"{receiving}problems/{problem.pk}/resume/", follow=True)
    assert answer.redirect_chain == [(receiving, 302)]
    assert "メールが届いていません" not in answer.content.decode()


def test_the_button_sends_mail_to_the_address_again(client: Client, account: Account) -> None:
    problem = AddressProblemFactory.create(account=account, address=TARO)
    answer = client.post(f"/properties/fax-sending/problems/{problem.pk}/resume/", follow=True)
    assert f"{TARO} へのメール送信を再開しました" in answer.content.decode()
    problem.refresh_from_db()
    assert problem.cleared_at is not None


def test_without_a_problem_nothing_is_said_of_any(client: Client, account: Account) -> None:
    AddressProblemFactory.create(account=AccountFactory.create(), address=TARO)
    AuthorizedSenderFactory.create(account=account, address=TARO)
    shown = page(client, "/properties/fax-sending/")
    assert TARO in shown
    assert "メールが届" not in shown


def test_the_problem_of_another_account_is_not_found(client: Client, account: Account) -> None:
    problem = AddressProblemFactory.create()
    assert client.post(f"/properties/fax-sending/problems/{problem.pk}/resume/").status_code == 404
    problem.refresh_from_db()
    assert problem.cleared_at is None


def act(client: Client, model: str, action: str, pk: int) -> None:
    answer = client.post(
        f"/admin/notifications/{model}/", {"action": action, "_selected_action": [pk]}, follow=True
    )
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("before", "action", "after"),
    [
        (MailState.WAITING, "try_now", MailState.WAITING),
        (MailState.WITHHELD, "try_now", MailState.WAITING),
        (MailState.FAILED, "try_now", MailState.WAITING),
        (MailState.SENT, "try_now", MailState.SENT),
        (MailState.WAITING, "give_up", MailState.FAILED),
        (MailState.WITHHELD, "give_up", MailState.FAILED),
        (MailState.SENT, "give_up", MailState.SENT),
    ],
)
def test_operators_try_mail_again_or_give_it_up_and_the_log_says_who(
    client: Client, before: MailState, action: str, after: MailState
) -> None:
    operator = OperatorFactory.create()
    client.force_login(operator)
    later = timezone.now() + timedelta(hours=1)
    mail = OutgoingMailFactory.create(state=before, tries=9, next_try_at=later, put_off_since=timezone.now())
    act(client, "outgoingmail", action, mail.pk)
    mail.refresh_from_db()
    assert mail.state == after
    tried = before != MailState.SENT and action == "try_now"
    assert (mail.next_try_at <= timezone.now(), mail.tries == 0, mail.put_off_since is None) == (tried,) * 3
    logged = operator.logentry_set.filter(object_id=str(mail.pk)).count()
    assert logged == (0 if before == MailState.SENT else 1)


def test_mail_without_its_text_is_not_tried_again(client: Client) -> None:
    client.force_login(OperatorFactory.create())
    mail = OutgoingMailFactory.create(state=MailState.FAILED, content=b"")
    act(client, "outgoingmail", "try_now", mail.pk)
    mail.refresh_from_db()
    assert mail.state == MailState.FAILED


def test_an_operator_clears_an_address_for_its_account(client: Client) -> None:
    operator = OperatorFactory.create()
    client.force_login(operator)
    problem = AddressProblemFactory.create()
    act(client, "addressproblem", "clear", problem.pk)
    problem.refresh_from_db()
    assert problem.cleared_at is not None
    assert operator.logentry_set.count() == 1


def test_who_may_only_look_decides_nothing(client: Client) -> None:
    client.force_login(OperatorFactory.create(is_superuser=False))
    mail = OutgoingMailFactory.create()
    answer = client.post(
        "/admin/notifications/outgoingmail/", {"action": "give_up", "_selected_action": [mail.pk]}
    )
    assert answer.status_code == 403
    mail.refresh_from_db()
    assert mail.state == MailState.WAITING
