"""Content keys: one mail of one account each, whoever comes at the same moment."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.db import connections, transaction

from accounts.models import Account
from certificates.envelopes import Replayed, claim, remaining, seen
from certificates.models import SeenEnvelope
from certificates.smime import OpenedMail
from tests.factories import AccountFactory

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
DAY = timedelta(hours=24)
SECOND = timedelta(seconds=1)
ROUNDS = 50


def opened(*keys: str, structure: str = "structure") -> OpenedMail:
    """What the engine says of a mail with these content keys."""
    return OpenedMail(
        message=b"",
        encrypted=True,
        signature=None,
        encrypted_keys=tuple(sha256(key.encode()).digest() for key in keys or ("key",)),
        content_digest=sha256(structure.encode()).digest(),
    )


def accepted(account: Account, mail: OpenedMail | None = None, **facts: Any) -> tuple[str, ...]:
    """For whom the mail becomes an order."""
    at = facts.pop("at", AT)
    defaults: dict[str, Any] = {
        "subject": "/fax=03-1111-2222",
        "message_id": "<1@example.jp>",
        "recipients": ["send@fax.tc"],
    }
    with transaction.atomic():
        return remaining(claim(account, mail or opened(), at=at), **(defaults | facts), at=at)


@pytest.fixture
def account() -> Account:
    return AccountFactory.create()


def test_a_mail_in_clear_claims_nothing(account: Account) -> None:
    clear = OpenedMail(message=b"", encrypted=False, signature=None, encrypted_keys=(), content_digest=None)
    assert accepted(account, clear) == accepted(account, clear) == ("send@fax.tc",)
    assert not SeenEnvelope.objects.exists()


def test_the_first_is_an_order_for_all_and_is_seen_by_every_key(account: Account) -> None:
    mail = opened("service", "own copy")
    assert accepted(account, mail, recipients=["a@fax.tc", "b@fax.tc"]) == ("a@fax.tc", "b@fax.tc")
    assert SeenEnvelope.objects.count() == 2
    assert all(seen([key]) for key in mail.encrypted_keys)
    assert not seen(opened("another").encrypted_keys)


@pytest.mark.parametrize("later", [SECOND, DAY, 400 * DAY])
@pytest.mark.parametrize("message_id", ["<1@example.jp>", "<2@example.jp>", ""])
def test_the_same_again_is_an_order_for_nobody(account: Account, later: timedelta, message_id: str) -> None:
    accepted(account)
    assert accepted(account, recipients=["SEND@fax.tc"], message_id=message_id, at=AT + later) == ()


def test_the_rest_of_a_mail_is_an_order_for_the_rest_only(account: Account) -> None:
    accepted(account, recipients=["a@fax.tc"])
    assert accepted(account, recipients=["A@fax.tc", "b@fax.tc"], at=AT + DAY) == ("b@fax.tc",)
    assert accepted(account, recipients=["b@fax.tc", "a@fax.tc"], at=AT + DAY) == ()


@pytest.mark.parametrize(
    "facts",
    [
        {"at": AT + DAY + SECOND},
        {"message_id": "<2@example.jp>"},
        {"message_id": ""},
        {"subject": "/fax=06-1111-2222"},
    ],
)
def test_other_recipients_are_the_rest_for_a_day_with_the_same_id_and_subject_only(
    account: Account, facts: dict[str, Any]
) -> None:
    accepted(account, recipients=["a@fax.tc"])
    with pytest.raises(Replayed):
        accepted(account, recipients=["b@fax.tc"], **facts)


def test_another_subject_is_another_order_with_a_captured_key(account: Account) -> None:
    accepted(account)
    with pytest.raises(Replayed):
        accepted(account, subject="/fax=06-1111-2222")


def test_another_account_is_not_the_owner_even_of_a_deleted_one(account: Account) -> None:
    accepted(account)
    with pytest.raises(Replayed):
        accepted(AccountFactory.create())
    account.delete()
    with pytest.raises(Replayed):
        accepted(AccountFactory.create())


@pytest.mark.parametrize("keys", [("key",), ("key", "one more"), ("own copy",)])
def test_one_key_of_an_accepted_mail_in_another_structure_is_enough(
    account: Account, keys: tuple[str, ...]
) -> None:
    accepted(account, opened("key", "own copy"))
    with pytest.raises(Replayed):
        accepted(account, opened(*keys, structure="rewritten"))
    assert SeenEnvelope.objects.count() == 2


def test_what_is_rolled_back_leaves_no_trace(account: Account) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        accepted(account)
        raise ZeroDivisionError
    assert accepted(account, subject="/fax=06-1111-2222") == ("send@fax.tc",)


def test_subjects_and_addresses_are_not_kept_as_bare_hashes(account: Account) -> None:
    accepted(account, recipients=["0311112222@fax.tc"])
    row = SeenEnvelope.objects.get()
    bare = {
        sha256(text.encode()).hexdigest()
        for text in ("/fax=03-1111-2222", "0311112222@fax.tc", "<1@example.jp>")
    }
    assert not bare & {row.subject_digest, row.message_id_digest, *row.recipients}


def at_the_same_moment(*actions: Callable[[], Any]) -> Counter[Any]:
    """What came of all of them, each in a thread and a transaction of its own."""
    barrier = threading.Barrier(len(actions))

    def run(action: Callable[[], Any]) -> list[Any]:
        found: list[Any] = []
        for _ in range(ROUNDS):
            barrier.wait(10)
            found.append(outcome(action))
        connections.close_all()
        return found

    with ThreadPoolExecutor(len(actions)) as pool:
        rounds = zip(*pool.map(run, actions), strict=True)
        return Counter(tuple(sorted(each)) for each in rounds)


def outcome(action: Callable[[], tuple[str, ...]]) -> str:
    try:
        return "order" if action() else "repeated"
    except Replayed:
        return "refused"


def once_a_round(account: Account, *keys: str, to: str = "a@fax.tc") -> Callable[[], tuple[str, ...]]:
    """The same mail as the others in this round, another one in the next."""
    rounds = iter(range(ROUNDS))

    def act() -> tuple[str, ...]:
        number = next(rounds)
        mail = opened(*(f"{key}{number}" for key in keys), structure=str(number))
        return accepted(account, mail, recipients=[to])

    return act


@pytest.mark.django_db(transaction=True)
def test_of_two_accounts_at_the_same_moment_exactly_one_wins() -> None:
    accounts = AccountFactory.create_batch(2)
    found = at_the_same_moment(
        once_a_round(accounts[0], "a", "b"),
        once_a_round(accounts[1], "b", "a"),
        once_a_round(accounts[1], "a"),
    )
    assert sum(found.values()) == ROUNDS
    assert {outcomes.count("order") for outcomes in found} == {1}
    assert all("refused" in outcomes for outcomes in found)


@pytest.mark.django_db(transaction=True)
def test_of_two_deliveries_at_the_same_moment_one_is_the_order(account: Account) -> None:
    found = at_the_same_moment(once_a_round(account, "a", "b"), once_a_round(account, "b", "a"))
    assert found == {("order", "repeated"): ROUNDS}


@pytest.mark.django_db(transaction=True)
def test_of_two_deliveries_of_the_rest_at_the_same_moment_one_is_the_order(account: Account) -> None:
    first = once_a_round(account, "a")
    for _ in range(ROUNDS):
        first()
    rest = [once_a_round(account, "a", to="b@fax.tc") for _ in range(2)]
    assert at_the_same_moment(*rest) == {("order", "repeated"): ROUNDS}
