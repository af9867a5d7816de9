"""New accounts and operators, as the operator makes them from the command line."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.utils import timezone

from accounts.models import Account, AuthorizedSender, User


@transaction.atomic
def create_account(
    *, username: str, email: str, senders: Sequence[str], password: str, name: str = ""
) -> Account:
    """An account, its first user, and its senders, confirmed by the operator who names them.

    Raises ``ValidationError`` with a message for the person at the keyboard (user ID taken, address in
    use by another account, weak password); nothing is left behind then.
    """
    account = Account(name=name or username)
    account.full_clean()
    account.save()
    _create_user(User(username=username, email=email, account=account), password)
    for address in senders:
        sender = AuthorizedSender(account=account, address=address, verified_at=timezone.now())
        sender.full_clean()
        sender.save()
    return account


@transaction.atomic
def create_operator(*, username: str, password: str) -> User:
    """A user of the admin site who belongs to no account. Raises ``ValidationError``."""
    return _create_user(User(username=username, is_staff=True, is_superuser=True), password)


def _create_user(user: User, password: str) -> User:
    validate_password(password, user)
    user.set_password(password)
    user.full_clean()
    user.save()
    return user
