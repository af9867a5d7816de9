"""Several service certificates at once: which one signs, what the others are for, how one ends."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from certificates.identity import (
    KeyIsNeeded,
    NoServiceIdentity,
    destroy_key,
    service_identities,
    signing_identity,
    signing_rows,
)
from certificates.models import ServiceIdentity
from certificates.published import published_certificate
from certificates.standing import State, ends_soon, last_day, standings
from tests.certificates.issued import kept

pytestmark = pytest.mark.django_db


def signer(*, days: int = 0) -> str:
    row = signing_rows(timezone.now() + timedelta(days=days)).first()
    return row.fingerprint if row else ""


def states() -> list[str]:
    rows = ServiceIdentity.objects.order_by("pk")
    return [each.state.value for each in standings(rows, timezone.now())]


def test_an_imported_certificate_signs_at_once_though_it_was_issued_before_the_other() -> None:
    kept("one", days=(0, 700), created=-1)
    imported = kept("two", days=(-20, 700))

    assert signer() == imported.fingerprint


def test_a_certificate_from_the_future_signs_only_then() -> None:
    now = timezone.now()
    today, later = kept("one"), kept("two", days=(10, 900))

    assert (signer(), signer(days=11)) == (today.fingerprint, later.fingerprint)
    assert len(service_identities()) == 2
    assert signing_identity(now).certificate == published_certificate(now).certificate


def test_when_the_newest_has_ended_an_older_one_that_is_valid_signs_again() -> None:
    long, short = kept("one", days=(-30, 700), created=-30), kept("two", days=(-20, 5))

    assert (signer(), signer(days=6)) == (short.fingerprint, long.fingerprint)


def test_each_state_has_a_word() -> None:
    kept("one", days=(-400, -10), created=-400)
    kept("two", days=(-300, 30), created=-300)
    destroy_key(kept("three", days=(-200, 40), created=-200), at=timezone.now(), force=True)
    kept("four", days=(-100, 50), created=-100)
    kept("five", days=(10, 60))

    assert states() == ["expired", "opens", "destroyed", "signs", "waits"]
    assert [str(state.label) for state in State] == [
        "署名と復号に使用中",
        "復号のみ",
        "復号のみ(開始後に署名)",
        "期限切れ(復号は可能)",
        "秘密鍵は破棄済み",
    ]


def test_days_left_are_whole_and_never_negative() -> None:
    kept("one", days=(-30, -3))
    kept("two", days=(-30, 60))

    lines = standings(ServiceIdentity.objects.order_by("pk"), timezone.now())
    assert [line.days_left for line in lines] == [0, 59]


def test_an_expired_key_still_opens_mail() -> None:
    kept("one", days=(-400, -10))

    assert len(service_identities()) == 1
    with pytest.raises(NoServiceIdentity):
        signing_identity(timezone.now())


def test_the_key_that_signs_is_not_destroyed_without_force() -> None:
    kept("one", created=-2)
    signing = kept("two")

    with pytest.raises(KeyIsNeeded):
        destroy_key(signing, at=timezone.now())
    assert len(service_identities()) == 2
    destroy_key(signing, at=timezone.now(), force=True)
    signing.refresh_from_db()
    assert signing.private_key == b"" and signing.destroyed_at is not None


def test_the_last_key_that_opens_mail_is_not_destroyed_without_force() -> None:
    last = kept("one", days=(-400, -10))

    with pytest.raises(KeyIsNeeded):
        destroy_key(last, at=timezone.now())
    assert len(service_identities()) == 1


@pytest.mark.parametrize(
    ("successor", "expected"), [((20, 900), 899), ((-5, 100), 99), ((50, 900), 39)], ids=str
)
def test_the_end_is_that_of_a_successor_if_it_begins_in_time(
    successor: tuple[int, int], expected: int
) -> None:
    kept("one", days=(-700, 40))
    kept("two", days=successor)
    now = timezone.now()
    end = last_day(now)

    assert end is not None and (end - now).days == expected
    assert (ends_soon(now) is not None) == (expected < 60)
