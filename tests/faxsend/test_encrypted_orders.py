"""What an encrypted order must prove, what its sender learns, and how often a key is used for one sender."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Account
from certificates.revocation import import_crl
from certificates.smime import OpenedMail
from faxsend.authentication import require_proof
from faxsend.commands import Place
from faxsend.models import InboundStatus
from faxsend.refused import refused_mails
from faxsend.replay import MAX_FAILURES
from notifications.refusals import EncryptedOrderUnproven
from tests.factories import AuthorizedSenderFactory, InboundMessageFactory
from tests.faxsend.encrypting import LETTER, order, processed, told
from tests.faxsend.test_digitalid_mailbox import damaged_identity
from tests.faxsend.test_replay import broken
from tests.notifications.signing import ALICE, encrypted, signed, trusted_service
from tests.pki import Person, authority, revocation_list

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("service")]

BY_BODY = LETTER.replace(b"\r\n\r\n", b"\r\n\r\n!*03-1111-2222*!\r\n")


@pytest.fixture
def service() -> None:
    trusted_service()


@pytest.fixture
def account() -> Account:
    return AuthorizedSenderFactory.create(address=ALICE).account


@pytest.fixture
def asks_for_proof(account: Account) -> Account:
    account.encrypted_proof_required = True
    account.save()
    return account


def signed_inside(person: Person) -> bytes:
    return encrypted(signed(person, entity=LETTER))


def test_an_unproven_order_is_refused_where_proof_is_asked_for(asks_for_proof: Account) -> None:
    message = processed(order(encrypted(LETTER)), asks_for_proof)
    assert (message.status, message.rejection_code) == ("rejected", "encrypted-order-unproven")
    assert b"encrypted order is not proven" in told(message)
    [row] = refused_mails(asks_for_proof)[0]
    assert "destinations inside the encryption" in row.explanation or "暗号化された本文内" in row.explanation


def test_numbers_in_the_envelope_are_outside_too(asks_for_proof: Account) -> None:
    message = processed(order(encrypted(LETTER), subject="見積"), asks_for_proof, "0311112222@fax.tc")
    assert message.rejection_code == "encrypted-order-unproven"


def test_destinations_inside_are_a_proof(asks_for_proof: Account) -> None:
    message = processed(order(encrypted(BY_BODY), subject="/fax=body"), asks_for_proof)
    assert message.status == InboundStatus.ACCEPTED


@pytest.mark.parametrize("to", ["send@fax.tc", "03-1111-2222@fax.tc"])
def test_a_valid_signature_is_a_proof(asks_for_proof: Account, to: str) -> None:
    subject = "見積" if to != "send@fax.tc" else "/fax=03-1111-2222"
    message = processed(order(signed_inside(authority().alice), subject=subject), asks_for_proof, to)
    assert message.status == InboundStatus.ACCEPTED


def test_a_signature_that_does_not_hold_is_none_and_the_account_reads_why(asks_for_proof: Account) -> None:
    processed(order(signed_inside(authority().stranger)), asks_for_proof)
    from_bob = order(signed_inside(authority().bob)).replace(b"From: alice", b"From: bob")
    processed(from_bob, asks_for_proof)
    details = [row.detail for row in refused_mails(asks_for_proof)[0]]
    assert details == ["署名者がFAX送信サービス利用可能者ではありません", "証明書が信頼されていません"]


@pytest.mark.parametrize(
    ("place", "accepted"), [(Place.SUBJECT, True), (Place.BODY, True), (Place.ADDRESS, False)]
)
def test_a_subject_that_came_from_inside_is_a_proof(
    asks_for_proof: Account, place: Place, accepted: bool
) -> None:
    opened = OpenedMail(b"", True, None, (b"key",), b"digest", subject_protected=True)
    with nullcontext() if accepted else pytest.raises(EncryptedOrderUnproven):
        require_proof(asks_for_proof, opened, place)


def test_orders_in_clear_need_no_proof(asks_for_proof: Account) -> None:
    assert processed(order(LETTER), asks_for_proof).status == InboundStatus.ACCEPTED


def test_without_the_switch_the_subject_is_enough(account: Account) -> None:
    assert processed(order(encrypted(LETTER)), account).status == InboundStatus.ACCEPTED


def tampered() -> bytes:
    """Signed, changed, and then encrypted: the letter is not the one that was signed."""
    content = signed(authority().alice, entity=LETTER)
    return encrypted(content.replace("お見積書".encode(), "ご請求書".encode()))


def revoked(account: Account) -> Person:
    """A certificate that its issuer's list, imported here, takes back."""
    person = authority().issue(ALICE)
    processed(order(signed(authority().alice, entity=LETTER)), account)  # brings the intermediate
    import_crl(revocation_list(authority().intermediate, person), at=timezone.now())
    return person


def test_the_sender_of_an_encrypted_mail_is_not_told_what_its_signature_is_like(account: Account) -> None:
    Account.objects.update(signature_required=True)
    people = (authority().expired, authority().stranger, authority().bob, revoked(account))
    mails = [tampered(), *map(signed_inside, people)]
    messages = [processed(order(mail), account) for mail in mails]
    assert {message.rejection_code for message in messages} == {"signature-rejected"}
    answers = {told(message) for message in messages}
    assert len(answers) == 1
    assert b"*** Cannot authenticate - signature not valid ***" in answers.pop()
    rows = refused_mails(account)[0]
    assert len({row.detail for row in rows}) == len(mails)
    assert all(row.detail and "not valid" in row.wire_text for row in rows)


def test_an_encrypted_mail_without_any_signature_is_answered_with_the_guides_line(account: Account) -> None:
    """*** Cannot authenticate - signature not found ***"""
    Account.objects.update(signature_required=True)
    message = processed(order(encrypted(LETTER)), account)
    assert b"*** Cannot authenticate - signature not found ***" in told(message)


def test_after_many_failures_no_key_is_used_for_the_sender_and_nobody_sees_a_difference(
    account: Account,
) -> None:
    AuthorizedSenderFactory.create(account=account, address="bob@example.com")
    first = processed(order(broken()), account)
    for _ in range(MAX_FAILURES - 1):
        assert processed(order(broken()), account).rejection_code == "cannot-decrypt"
    good = processed(order(encrypted(LETTER)), account)
    assert good.rejection_code == "decryption-not-tried"
    rows = refused_mails(account)[0]
    assert (rows[0].wire_text, rows[0].explanation) == (rows[-1].wire_text, rows[-1].explanation)
    assert b"Message cannot be decrypted" in told(first)
    assert processed(order(LETTER), account).status == InboundStatus.ACCEPTED
    other = processed(order(encrypted(LETTER)), account, sender="bob@example.com")
    assert other.status == InboundStatus.ACCEPTED
    damaged_identity()
    assert processed(order(encrypted(LETTER)), account).rejection_code == "decryption-not-tried"


def failed(account: Account, count: int, *, code: str = "cannot-decrypt", minutes: int = 30) -> None:
    InboundMessageFactory.create_batch(
        count,
        account=account,
        sender=ALICE.upper(),
        status=InboundStatus.REJECTED,
        rejection_code=code,
        received_at=timezone.now() - timedelta(minutes=minutes),
    )


def test_the_refused_one_looks_like_a_failure_to_whoever_gets_the_answer(account: Account) -> None:
    failing = told(processed(order(broken()), account))
    failed(account, MAX_FAILURES)
    assert told(processed(order(broken()), account)) == failing != b""


@pytest.mark.parametrize(
    ("count", "code", "minutes"),
    [
        (MAX_FAILURES - 1, "cannot-decrypt", 30),
        (MAX_FAILURES, "cannot-decrypt", 61),
        (MAX_FAILURES, "decryption-not-tried", 30),
    ],
)
def test_failures_count_for_an_hour_and_mail_that_came_meanwhile_does_not(
    account: Account, count: int, code: str, minutes: int
) -> None:
    failed(account, count, code=code, minutes=minutes)
    assert processed(order(encrypted(LETTER)), account).status == InboundStatus.ACCEPTED


@pytest.mark.parametrize(("days_ago", "accepted"), [(20, True), (0, False)])
def test_a_signature_is_judged_at_the_time_the_order_arrived(
    account: Account, days_ago: int, accepted: bool
) -> None:
    """The certificate ended ten days ago; mail may have had to wait."""
    Account.objects.update(signature_required=True)
    arrived = timezone.now() - timedelta(days=days_ago)
    message = processed(order(signed_inside(authority().expired)), account, received_at=arrived)
    assert (message.status == InboundStatus.ACCEPTED) is accepted


def test_a_signature_by_sha1_counts_until_its_day_and_is_marked(account: Account, settings: Settings) -> None:
    content = signed(authority().alice, entity=LETTER, options=("-md", "sha1"))
    assert processed(order(content), account).signature == "signature uses a weak algorithm"
    settings.SMIME_SHA1_UNTIL = f"{timezone.now() + timedelta(days=1):%Y-%m-%d}"
    message = processed(order(content, message_id="<2@example.com>"), account)
    assert message.signature == "valid, signature uses a weak algorithm"
    assert (message.submission.signed, message.submission.signature_problem) == (
        True,
        "signature uses a weak algorithm",
    )
