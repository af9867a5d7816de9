"""The password of an account's mails."""

from __future__ import annotations

import pytest

from accounts.mail_password import clear_mail_password, matches, set_mail_password
from accounts.models import Account
from tests.factories import AccountFactory

pytestmark = pytest.mark.django_db


def test_the_password_that_was_set_matches_and_no_other() -> None:
    account = AccountFactory.create()
    set_mail_password(account, "password123")
    kept = Account.objects.get()
    assert matches(kept, "password123")
    assert not matches(kept, "Password123")
    assert not matches(kept, "")


def test_what_is_kept_does_not_show_the_password() -> None:
    account = AccountFactory.create()
    set_mail_password(account, "password123")
    assert Account.objects.get().mail_password
    assert "password123" not in Account.objects.get().mail_password


def test_setting_it_leaves_what_another_page_has_changed_meanwhile() -> None:
    account = AccountFactory.create(csid="03-1111-2222")
    Account.objects.update(csid="06-3333-4444")
    set_mail_password(account, "password123")
    assert Account.objects.get().csid == "06-3333-4444"


@pytest.mark.parametrize("password", ["password123", ""])
def test_without_a_password_nothing_matches(password: str) -> None:
    account = AccountFactory.create()
    set_mail_password(account, "password123")
    clear_mail_password(account)
    assert not matches(Account.objects.get(), password)
