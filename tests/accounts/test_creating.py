"""``createaccount`` and ``createoperator`` as an operator types them."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Account, AuthorizedSender, User

pytestmark = pytest.mark.django_db

Typed = Callable[[str], None]


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Puts a password where ``--password-stdin`` reads it."""
    return lambda password: monkeypatch.setattr(sys, "stdin", io.StringIO(password + "\n"))


def create(username: str = "sakura", *senders: str) -> None:
    options = ["--email", "fax@sakura.example.jp", "--password-stdin"]
    for sender in senders or ("fax@sakura.example.jp",):
        options += ["--sender", sender]
    call_command("createaccount", username, *options, stdout=io.StringIO())


def test_an_account_has_a_user_who_can_log_in_and_confirmed_senders(typed: Typed) -> None:
    typed("a long pass phrase")
    create("sakura", "a@example.jp", "b@example.jp")
    user = User.objects.get(username="sakura")
    assert user.check_password("a long pass phrase") and not user.is_staff
    assert user.account is not None
    assert set(user.account.senders.values_list("address", flat=True)) == {"a@example.jp", "b@example.jp"}
    assert not AuthorizedSender.objects.filter(verified_at=None).exists()


@pytest.mark.parametrize(
    ("password", "sender"),
    [
        ("short", "a@example.jp"),
        ("a long pass phrase", "TAKEN@example.jp"),
        ("a long pass phrase", "no address"),
    ],
)
def test_a_refused_account_leaves_nothing_behind(typed: Typed, password: str, sender: str) -> None:
    typed("a long pass phrase")
    create("first", "taken@example.jp")
    typed(password)
    with pytest.raises(CommandError):
        create("second", sender)
    assert Account.objects.count() == User.objects.count() == AuthorizedSender.objects.count() == 1


def test_an_operator_belongs_to_no_account(typed: Typed) -> None:
    typed("a long pass phrase")
    call_command("createoperator", "taro", "--password-stdin", stdout=io.StringIO())
    operator = User.objects.get()
    assert operator.is_staff and operator.account is None
