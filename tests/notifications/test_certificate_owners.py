"""Which account answers for an address: naming one takes nothing from others."""

from __future__ import annotations

import pytest

from accounts.models import Account
from notifications.certificate_owners import addresses_of, owner_of
from tests.factories import (
    AccountFactory,
    AuthorizedSenderFactory,
    ForwardingAddressFactory,
    NotificationPreferenceFactory,
)

pytestmark = pytest.mark.django_db

ADDRESS = "Taro@Example.jp"


def name(account: Account, how: str) -> None:
    match how:
        case "confirmed":
            AuthorizedSenderFactory.create(account=account, address=ADDRESS)
        case "unconfirmed":
            AuthorizedSenderFactory.create(account=account, address=ADDRESS, verified_at=None)
        case "default":
            NotificationPreferenceFactory.create(account=account, default_address=ADDRESS)
        case _:
            ForwardingAddressFactory.create(account=account, address=ADDRESS)


@pytest.mark.parametrize(
    ("first", "second", "owner"),
    [
        (["confirmed"], [], "first"),
        (["default"], [], "first"),
        (["forwarding"], [], "first"),
        (["default", "forwarding"], [], "first"),
        (["unconfirmed"], [], "nobody"),
        (["confirmed"], ["default", "forwarding"], "first"),
        (["default"], ["confirmed"], "second"),
        (["default"], ["unconfirmed"], "first"),
        (["default"], ["forwarding"], "nobody"),
        (["forwarding"], ["forwarding"], "nobody"),
    ],
)
def test_who_has_it_confirmed_or_is_alone_to_name_it_owns_it(
    first: list[str], second: list[str], owner: str
) -> None:
    accounts = {"first": AccountFactory.create(), "second": AccountFactory.create()}
    for how in first:
        name(accounts["first"], how)
    for how in second:
        name(accounts["second"], how)
    assert owner_of("taro@example.JP") == accounts.get(owner)
    for key, account in accounts.items():
        assert (ADDRESS.lower() in addresses_of(account)) == (key == owner)
