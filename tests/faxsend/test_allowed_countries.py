"""Countries that the operator has limited an account to: nothing is sent elsewhere, and nothing is left out."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from accounts.calling_codes import CallingCodesField
from accounts.models import Account
from faxsend import resending
from faxsend.models import Fax, InboundStatus
from faxsend.resending import What
from notifications.refusals import CountryNotAllowed
from tests.factories import (
    AccountFactory,
    AuthorizedSenderFactory,
    ContactFactory,
    ContactListFactory,
    OperatorFactory,
    UserFactory,
)
from tests.faxsend.factories import failed_list
from tests.faxsend.test_intake import SENDER, TEXT, assert_refused, plain_mail, processed

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Account:
    at_home = AccountFactory.create(allowed_countries=["81", "44"])
    return AuthorizedSenderFactory.create(account=at_home, address=SENDER).account


def to_lists(*names: str) -> bytes:
    return plain_mail(";".join(f"!*list={name}*!" for name in names) + f"\r\n{TEXT}", subject="/fax=body")


def fill(account: Account, name: str, *numbers: str) -> None:
    members = ContactListFactory.create(account=account, name=name)
    for number in numbers:
        ContactFactory.create(contact_list=members, number=number)


def test_a_number_in_another_country_refuses_the_order_by_its_position(account: Account) -> None:
    message = processed(plain_mail(subject="/fax=03-1111-2222;001-212-555-0100"), account)
    assert_refused(message, "country-not-allowed", "Destination country is not allowed")
    assert (message.rejection_position, message.rejection_detail) == (2, b"+1 212-555-0100")


def test_numbers_in_allowed_countries_and_test_numbers_are_faxed(account: Account) -> None:
    subject = "/fax=03-1111-2222;0044-20-7946-0000;00999-9999-0000"
    assert processed(plain_mail(subject=subject), account).status == InboundStatus.ACCEPTED
    assert Fax.objects.count() == 3


def test_a_code_that_only_begins_like_an_allowed_one_is_another_country(account: Account) -> None:
    Account.objects.update(allowed_countries=["35"])
    message = processed(plain_mail(subject="/fax=+358 9 1234567"), account)
    assert message.rejection_code == "country-not-allowed"


def test_an_entry_of_a_list_in_another_country_refuses_the_order_by_the_lists_position(
    account: Account,
) -> None:
    fill(account, "home", "0081311112222", "0099999990000")
    fill(account, "World", "0081311112223", "0012125550100")
    message = processed(to_lists("home", "WORLD"), account)
    assert_refused(message, "country-not-allowed", "Destination country is not allowed")
    assert (message.rejection_position, message.rejection_detail) == (2, b"WORLD: +1 212-555-0100")


def test_lists_within_the_allowed_countries_are_faxed(account: Account) -> None:
    fill(account, "home", "0081311112222", "00442079460000", "0099999990000")
    fill(AccountFactory.create(), "home", "0012125550100")
    assert processed(to_lists("home"), account).status == InboundStatus.ACCEPTED


def test_without_a_limit_every_country_is_allowed(account: Account) -> None:
    Account.objects.update(allowed_countries=[])
    fill(account, "world", "0012125550100")
    assert processed(to_lists("world"), account).status == InboundStatus.ACCEPTED


@pytest.mark.parametrize("what", What)
def test_nothing_is_sent_again_to_a_country_that_is_not_allowed_any_more(
    account: Account, what: What
) -> None:
    order = failed_list(account, "0081311112222", "0012125550100")
    with pytest.raises(CountryNotAllowed) as refusal:
        resending.resend(account, order.token, what, once="once")
    assert refusal.value.detail == "+1 212-555-0100"
    assert not order.resends.exists()


def test_the_page_says_which_number_is_not_sent_to_again_and_sends_the_others(
    client: Client, account: Account
) -> None:
    client.force_login(UserFactory.create(account=account))
    home, abroad = failed_list(account, "0081311112222", "0012125550100").faxes.order_by("pk")
    page = abroad.submission.get_absolute_url() + "faxes/{}/resend/"
    answer = client.post(page.format(abroad.pk), {"once": "a" * 32})
    assert "+1 212-555-0100 の国には送信できなくなりました" in answer.content.decode()
    assert client.post(page.format(home.pk), {"once": "b" * 32}).status_code == 302
    assert [made.faxes.get().number for made in home.submission.resends.all()] == [home.number]


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("", []),
        ("81", ["81"]),
        ("81, 1,44", ["81", "1", "44"]),
        (" +81、８１，１ ", ["81", "1"]),
    ],
)
def test_operators_type_calling_codes_with_commas(typed: str, codes: list[str]) -> None:
    assert CallingCodesField(required=False).clean(typed) == codes


@pytest.mark.parametrize("typed", ["999", "0081", "日本", "81;1", "1-212", "8" * 5000, "81 0"])
def test_what_is_no_calling_code_is_refused_by_name(typed: str) -> None:
    with pytest.raises(ValidationError) as error:
        CallingCodesField(required=False).clean(typed)
    assert f"「{typed.split()[-1][:20]}」" in error.value.messages[0]


def test_the_operators_page_shows_keeps_and_clears_the_countries_of_an_account(
    client: Client, account: Account
) -> None:
    client.force_login(OperatorFactory.create())
    page = reverse("admin:accounts_account_change", args=[account.pk])
    form = client.get(page).context["adminform"].form
    assert form["allowed_countries"].value() == "81, 44"
    typed = {name: form[name].value() or "" for name in form.fields if name != "allowed_countries"}
    for inline in client.get(page).context["inline_admin_formsets"]:
        management = inline.formset.management_form
        typed |= {management.add_prefix(name): management[name].value() for name in management.fields}
        typed |= {management.add_prefix("INITIAL_FORMS"): 0, management.add_prefix("TOTAL_FORMS"): 0}
    for codes, kept in [("81, 1", ["81", "1"]), ("", [])]:
        answer = client.post(page, typed | {"allowed_countries": codes})
        assert answer.status_code == 302, answer.context["adminform"].form.errors
        account.refresh_from_db()
        assert account.allowed_countries == kept
    assert client.post(page, typed | {"allowed_countries": "99"}).status_code == 200
