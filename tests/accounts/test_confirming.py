"""Who names an address is not its owner: senders are asked, and count once they have agreed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils import timezone, translation
from pytest_django import Settings

from accounts import confirming
from accounts.models import Account, AuthorizedSender
from accounts.senders import SENDERS_AN_ACCOUNT, add_sender, delete_sender, senders_of
from notifications.models import OutgoingMail, Protection
from tests.accounts.confirmation import last_mail, link_in
from tests.factories import AccountFactory, AuthorizedSenderFactory

pytestmark = pytest.mark.django_db

ADDRESS = "taro@example.co.jp"


@pytest.fixture
def account() -> Account:
    return AccountFactory.create(name="株式会社山田製作所")


def waiting(account: Account, address: str = ADDRESS) -> AuthorizedSender:
    return AuthorizedSenderFactory.create(
        account=account, address=address, verified_at=None, asked_at=timezone.now()
    )


def test_a_named_address_does_not_count_and_is_asked(account: Account) -> None:
    sender = add_sender(account, ADDRESS)

    sender.refresh_from_db()
    assert sender.verified_at is None
    assert sender.asked_at is not None
    assert OutgoingMail.objects.get().recipient == ADDRESS


def test_the_mail_leaves_signed_from_the_service_and_comes_back_if_it_must(account: Account) -> None:
    add_sender(account, ADDRESS)

    row, mail = OutgoingMail.objects.get(), last_mail()
    assert (row.protection, row.account) == (Protection.SIGN, account)
    assert row.bounce_token is not None
    assert (mail["From"], mail["To"]) == ("InterFAX <send@fax.tc>", ADDRESS)
    assert mail["Auto-Submitted"] == "auto-generated"


def test_the_mail_says_who_asked_and_that_doing_nothing_is_safe(account: Account) -> None:
    add_sender(account, ADDRESS)

    mail = last_mail()
    text = mail.get_content()
    assert mail["Subject"] == "【InterFAX】FAX送信元メールアドレスのご確認"
    assert "株式会社山田製作所 様より" in text
    assert ADDRESS in text
    assert "リンクの有効期間は7日間です。" in text
    assert "お心当たりのない場合、お手続きは不要です。" in text


def test_the_mail_is_in_the_language_of_the_account_that_asks() -> None:
    with translation.override("ja"):
        add_sender(AccountFactory.create(name="Smith & Sons", language="en"), ADDRESS)

    mail = last_mail()
    assert mail["Subject"] == "InterFAX: confirm your address as a sender of faxes"
    assert "Smith & Sons has asked" in mail.get_content()


def test_a_company_name_of_several_lines_makes_no_lines_of_its_own() -> None:
    add_sender(AccountFactory.create(name="A\nhttp://localhost:8000/evil/\nB"), ADDRESS)

    assert link_in(last_mail()).startswith("/accounts/senders/confirm/")


def test_confirming_lets_the_address_fax(account: Account) -> None:
    sender = waiting(account)

    confirming.confirm(sender)

    sender.refresh_from_db()
    assert sender.verified_at is not None


def test_confirming_again_changes_nothing(account: Account) -> None:
    sender = AuthorizedSenderFactory.create(account=account)
    before = sender.verified_at

    confirming.confirm(sender)

    sender.refresh_from_db()
    assert sender.verified_at == before


@pytest.mark.parametrize("address", [ADDRESS, ADDRESS.upper()])
def test_an_address_that_another_account_has_confirmed_meanwhile_is_not_taken_from_it(
    account: Account, address: str
) -> None:
    sender = waiting(account)
    AuthorizedSenderFactory.create(address=address)

    with pytest.raises(confirming.AddressTaken):
        confirming.confirm(sender)

    sender.refresh_from_db()
    assert sender.verified_at is None


def test_naming_tells_nothing_of_another_account(account: Account) -> None:
    AuthorizedSenderFactory.create(address=ADDRESS)

    sender = add_sender(account, ADDRESS)

    assert sender.verified_at is None
    assert OutgoingMail.objects.get().recipient == ADDRESS


def test_naming_does_not_keep_an_address_from_its_owner(account: Account) -> None:
    waiting(AccountFactory.create())
    sender = waiting(account)

    confirming.confirm(sender)

    sender.refresh_from_db()
    assert sender.verified_at is not None


@pytest.mark.parametrize("verified", [True, False])
def test_an_address_stands_in_a_list_once_whatever_its_case(account: Account, verified: bool) -> None:
    AuthorizedSenderFactory.create(
        account=account, address=ADDRESS, verified_at=timezone.now() if verified else None
    )

    with pytest.raises(ValidationError, match="すでに登録されています"):
        add_sender(account, ADDRESS.upper())


def test_an_account_has_at_most_100_senders(account: Account) -> None:
    AuthorizedSender.objects.bulk_create(
        AuthorizedSender(account=account, address=f"a{number}@example.com")
        for number in range(SENDERS_AN_ACCOUNT - 1)
    )
    add_sender(account, ADDRESS)

    with pytest.raises(ValidationError, match="100件まで"):
        add_sender(account, "one-more@example.com")
    assert account.senders.count() == 100


def test_the_same_address_is_asked_once_in_ten_minutes(account: Account) -> None:
    sender = add_sender(account, ADDRESS)

    with pytest.raises(ValidationError, match="10分以内"):
        confirming.ask_again(account, sender.pk)
    assert OutgoingMail.objects.count() == 1


def test_deleting_and_naming_again_does_not_begin_anew(account: Account) -> None:
    delete_sender(account, add_sender(account, ADDRESS).pk)

    with pytest.raises(ValidationError, match="10分以内"):
        add_sender(account, ADDRESS.upper())
    assert not senders_of(account).exists()


def test_after_ten_minutes_another_mail_brings_a_link_that_counts(account: Account) -> None:
    sender = waiting(account)
    AuthorizedSender.objects.update(asked_at=timezone.now() - timedelta(days=8))

    confirming.ask_again(account, sender.pk)

    assert sender.token in link_in(last_mail())
    assert confirming.sender_asked(sender.token, at=timezone.now()) == sender


def test_an_account_asks_at_most_50_times_a_day(account: Account) -> None:
    for number in range(confirming.MAILS_A_DAY):
        add_sender(account, f"a{number}@example.com")

    with pytest.raises(ValidationError, match="1日50通まで"):
        add_sender(account, ADDRESS)
    assert not account.senders.filter(address=ADDRESS).exists()
    assert OutgoingMail.objects.count() == 50


def test_the_day_of_one_account_is_not_that_of_another(account: Account) -> None:
    other = AccountFactory.create()
    cache.set(f"senders-asked:{other.pk}", confirming.MAILS_A_DAY, 60)

    add_sender(account, ADDRESS)

    assert OutgoingMail.objects.count() == 1


def test_who_has_confirmed_is_not_asked_again(account: Account) -> None:
    sender = AuthorizedSenderFactory.create(account=account)

    with pytest.raises(ValidationError, match="すでに確認済み"):
        confirming.ask_again(account, sender.pk)
    assert not OutgoingMail.objects.exists()


@pytest.mark.parametrize(("days", "counts"), [(6.9, True), (7.1, False)])
def test_a_link_counts_for_seven_days(account: Account, days: float, counts: bool) -> None:
    sender = waiting(account)
    found = AuthorizedSender.objects.filter(pk=sender.pk)
    found.update(asked_at=timezone.now() - timedelta(days=days))

    if counts:
        assert confirming.sender_asked(sender.token, at=timezone.now()) == sender
    else:
        with pytest.raises(AuthorizedSender.DoesNotExist):
            confirming.sender_asked(sender.token, at=timezone.now())


def test_a_sender_that_was_never_asked_has_no_link(account: Account) -> None:
    sender = AuthorizedSenderFactory.create(account=account, verified_at=None)

    with pytest.raises(AuthorizedSender.DoesNotExist):
        confirming.sender_asked(sender.token, at=timezone.now())


def test_without_confirmation_an_address_counts_at_once(account: Account, settings: Settings) -> None:
    settings.SENDER_CONFIRMATION = False

    sender = add_sender(account, ADDRESS)

    sender.refresh_from_db()
    assert sender.verified_at is not None
    assert not OutgoingMail.objects.exists()


def test_without_confirmation_an_address_in_use_elsewhere_is_refused(
    account: Account, settings: Settings
) -> None:
    settings.SENDER_CONFIRMATION = False
    AuthorizedSenderFactory.create(address=ADDRESS.upper())

    with pytest.raises(ValidationError, match="他のアカウントで使用されています"):
        add_sender(account, ADDRESS)
    assert not senders_of(account).exists()


def test_another_accounts_sender_can_be_neither_asked_nor_deleted(account: Account) -> None:
    strange = waiting(AccountFactory.create())

    for act in [confirming.ask_again, delete_sender]:
        with pytest.raises(AuthorizedSender.DoesNotExist):
            act(account, strange.pk)
    assert AuthorizedSender.objects.filter(pk=strange.pk).exists()
