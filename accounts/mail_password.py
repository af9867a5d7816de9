"""The password of an account's mails (パスワード): what ``!#password`` in the first line must say.

Source: user guide, chapter 14, 1-2. It has nothing to do with the passwords of people who log in.
"""

from __future__ import annotations

from django.contrib.auth.hashers import check_password, make_password

from accounts.models import Account


def set_mail_password(account: Account, password: str) -> None:
    """Ask for ``password`` in every mail from now on. What is kept is its hash."""
    account.mail_password = make_password(password)
    account.save(update_fields=["mail_password"])


def clear_mail_password(account: Account) -> None:
    """Ask for none any more."""
    account.mail_password = ""
    account.save(update_fields=["mail_password"])


def matches(account: Account, password: str) -> bool:
    """Whether this is the account's password, in constant time; never if it has none."""
    return bool(account.mail_password) and check_password(password, account.mail_password)
