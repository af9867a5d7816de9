"""A signature proves one order: captured mails sent again, with real DKIM and S/MIME signatures, by the intake."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache

import pytest
from asn1crypto import cms
from django.db import connections, transaction
from django.utils import timezone
from pytest_django import Settings

from accounts.mail_password import clear_mail_password
from accounts.models import Account
from faxsend import intake
from faxsend.domain_proof import errors
from faxsend.mail import read_mail
from faxsend.models import Fax, InboundMessage, InboundStatus, SeenSignature, Submission
from faxsend.seen_signatures import Signatures, unserved
from faxsend.txt_records import resolver_of
from tests.factories import AccountFactory, AuthorizedSenderFactory, hashed_password
from tests.faxsend import encrypting
from tests.faxsend.domain_proof.signing import DOMAIN, MAIL, ed25519_key, key_record, rsa_key, signed_by_hand
from tests.faxsend.encrypting import LETTER, order, recoded
from tests.faxsend.test_sender_domain import KEY, SENDER, processed, received
from tests.name_server import NameServer, name_server
from tests.notifications.signing import ALICE, encrypted, signed, trusted_service, workplace
from tests.pki import authority

pytestmark = pytest.mark.django_db

ONE, TWO, THREE = "03-1111-2222@fax.tc", "03-1111-3333@fax.tc", "03-1111-4444@fax.tc"
TO_TWO = MAIL.replace(b"Subject: /fax=03-1111-2222", b"Subject: ").replace(
    b"To: send@fax.tc", f"To: <{ONE}>, {TWO.upper()}".encode()
)
ACCEPTED, DUPLICATE = InboundStatus.ACCEPTED, InboundStatus.DUPLICATE
USED = "signature-used"


@pytest.fixture
def server(settings: Settings) -> Iterator[NameServer]:
    """It has a key of ``DOMAIN``."""
    with name_server() as server:
        server.zone[KEY] = [key_record(rsa_key())]
        settings.DNS_RESOLVER = [server.address]
        yield server
        resolver_of.cache_clear()


@pytest.fixture
def account(server: NameServer) -> Account:
    """Demands a proof by the domain."""
    return AuthorizedSenderFactory.create(address=SENDER, account__alignment_required=True).account


@pytest.fixture
def signing_account() -> Account:
    """Demands S/MIME signatures."""
    trusted_service()
    return AuthorizedSenderFactory.create(address=ALICE, account__signature_required=True).account


def outcome(message: InboundMessage) -> str:
    """Its state, or why it was refused."""
    return message.rejection_code or message.status


def numbers() -> list[str]:
    return list(Fax.objects.order_by("pk").values_list("number", flat=True))


def years_pass() -> None:
    """Nearly as many as signatures are remembered."""
    then = timezone.now() - timedelta(days=729)
    Submission.objects.update(created_at=then)
    SeenSignature.objects.update(seen_at=then)


@pytest.mark.parametrize(
    "more", [b"", b"X-Scanned: yes\r\n", b"Reply-To: thief@example.net\r\n", b"Resent-To: a@b.example\r\n"]
)
def test_a_mail_that_its_domain_has_signed_is_faxed_once_whatever_fields_are_added(
    account: Account, more: bytes
) -> None:
    assert outcome(processed(account, signed_by_hand())) == ACCEPTED
    years_pass()
    assert outcome(processed(account, more + signed_by_hand())) == DUPLICATE
    assert numbers() == ["0081311112222"]


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"<1@sakura", b"<2@sakura"), (b"To: send@fax.tc", b"To: thief@example.net")],
)
def test_a_signature_under_what_it_does_not_cover_is_refused(
    account: Account, old: bytes, new: bytes
) -> None:
    raw = signed_by_hand(names=b"from:subject")
    processed(account, raw)
    assert outcome(processed(account, raw.replace(old, new))) == USED
    assert Submission.objects.count() == 1


def test_a_mail_that_relays_have_split_is_faxed_to_each_number_once(account: Account) -> None:
    raw = signed_by_hand(TO_TWO)
    assert outcome(processed(account, raw, ONE)) == ACCEPTED
    years_pass()
    assert outcome(processed(account, raw, ONE, TWO)) == ACCEPTED
    assert numbers() == ["0081311112222", "0081311113333"]
    for again in ((ONE,), (TWO,), (TWO, ONE), (ONE.upper(),)):
        assert outcome(processed(account, b"X-Again: yes\r\n" + raw, *again)) == DUPLICATE
    assert len(numbers()) == 2


def test_a_captured_mail_reaches_no_number_that_it_does_not_name(account: Account) -> None:
    raw = signed_by_hand(TO_TWO)
    processed(account, raw, ONE)
    assert outcome(processed(account, raw, THREE)) == USED
    assert outcome(processed(account, raw, TWO, THREE)) == USED
    assert len(numbers()) == 1


@pytest.mark.parametrize("left", [0, 1])
def test_none_of_several_signatures_proves_the_mail_again(
    account: Account, server: NameServer, left: int
) -> None:
    second = f"s1._domainkey.mail.{DOMAIN}"
    server.zone[second] = [key_record(ed25519_key())]
    both = [
        signed_by_hand(),
        signed_by_hand(key=ed25519_key(), algorithm=b"ed25519-sha256", domain=f"mail.{DOMAIN}"),
    ]
    fields = [raw.removesuffix(MAIL) for raw in both]
    message = processed(account, b"".join(fields) + MAIL)
    assert (message.status, message.dkim) == (ACCEPTED, f"{DOMAIN} mail.{DOMAIN}")
    assert outcome(processed(account, fields[left] + MAIL)) == DUPLICATE


def test_a_signature_whose_key_is_found_later_proves_nothing_again(
    account: Account, server: NameServer
) -> None:
    late = signed_by_hand(key=ed25519_key(), algorithm=b"ed25519-sha256", domain=f"mail.{DOMAIN}")
    message = processed(account, late.removesuffix(MAIL) + signed_by_hand())
    assert (message.status, message.dkim) == (ACCEPTED, DOMAIN)
    server.zone[f"s1._domainkey.mail.{DOMAIN}"] = [key_record(ed25519_key())]
    resolver_of.cache_clear()
    again = processed(account, late)
    assert (again.status, again.dkim) == (DUPLICATE, f"mail.{DOMAIN}")


def test_a_mail_with_signatures_that_nobody_looks_at_proves_nothing(account: Account) -> None:
    head, _, rest = signed_by_hand().partition(b"\r\nFrom:")
    message = processed(account, head + b"\r\nDKIM-Signature: v=1" * 5 + b"\r\nFrom:" + rest)
    assert (outcome(message), message.rejection_detail.decode()) == ("author-not-proven", errors.TOO_MANY)


def test_another_mail_in_the_same_words_is_another_order(account: Account) -> None:
    processed(account, signed_by_hand(tags=b"t=1700000000; "))
    assert outcome(processed(account, signed_by_hand(tags=b"t=1700000001; "))) == ACCEPTED
    assert Submission.objects.count() == 2


def test_a_refused_mail_may_be_sent_again(account: Account) -> None:
    Account.objects.update(mail_password=hashed_password())
    assert outcome(processed(account, signed_by_hand())) == "password-not-found"
    assert not SeenSignature.objects.exists()
    account.refresh_from_db()
    clear_mail_password(account)
    assert outcome(processed(account, signed_by_hand())) == ACCEPTED


def test_nothing_is_remembered_where_no_proof_is_demanded(account: Account) -> None:
    Account.objects.update(alignment_required=False)
    processed(account, signed_by_hand())
    assert outcome(processed(account, b"X: y\r\n" + signed_by_hand())) == ACCEPTED
    assert not SeenSignature.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_with_one_signature_at_the_same_moment_one_makes_an_order(account: Account) -> None:
    raw = signed_by_hand()
    for i in range(2):
        received(account, b"X-Copy: %d\r\n" % i + raw)

    def work() -> None:
        assert intake.process_next()
        connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    states = InboundMessage.objects.values_list("status", flat=True).order_by("status")
    assert list(states) == [ACCEPTED, DUPLICATE]
    assert Submission.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_with_the_rest_of_a_mail_the_second_waits_for_the_first() -> None:
    account = AccountFactory.create()
    mail, signatures, at = read_mail(TO_TWO), Signatures(frozenset({b"\1" * 32})), timezone.now()
    left: list[tuple[str, ...]] = []

    def work(*recipients: str) -> None:
        with transaction.atomic():
            left.append(unserved(account, signatures, mail, recipients, at=at))

    def second() -> None:
        work(TWO)
        connections.close_all()

    work(ONE)
    thread = threading.Thread(target=second)
    with transaction.atomic():
        assert account.seen_signatures.select_for_update().get()  # so far the first has come
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()
        work(TWO)
    thread.join()
    assert left == [(ONE,), (TWO,), ()]


@cache
def letter() -> bytes:
    """Signed by alice, in clear."""
    return signed(authority().alice, entity=LETTER)


def to_two(content: bytes, *, more: str = "") -> bytes:
    """Addressed to two numbers in sight."""
    return order(content, subject="見積", more=more).replace(
        b"To: send@fax.tc", f"To: {ONE}\r\nCc: {TWO}".encode()
    )


CAPTURED: dict[str, tuple[Callable[[], bytes], str]] = {
    "as it was": (lambda: order(letter(), more="X-Scanned: yes\r\n"), DUPLICATE),
    "to another number": (lambda: order(letter(), subject="/fax=06-9999-9999"), USED),
    "under another name": (lambda: order(letter(), message_id="<2@example.com>"), USED),
    "encrypted": (lambda: order(encrypted(letter())), DUPLICATE),
    "encrypted to another number": (lambda: order(encrypted(letter()), subject="/fax=06-9999-9999"), USED),
}


@pytest.mark.parametrize("how", CAPTURED)
def test_a_letter_that_was_signed_once_is_ordered_once(signing_account: Account, how: str) -> None:
    captured, result = CAPTURED[how]
    assert outcome(encrypting.processed(order(letter()), signing_account)) == ACCEPTED
    years_pass()
    assert outcome(encrypting.processed(captured(), signing_account)) == result
    assert numbers() == ["0081311112222"]


def test_a_signed_mail_that_relays_have_split_is_faxed_to_whom_it_names(signing_account: Account) -> None:
    raw = to_two(letter())
    assert outcome(encrypting.processed(raw, signing_account, ONE)) == ACCEPTED
    assert outcome(encrypting.processed(raw, signing_account, THREE)) == USED
    other = raw.replace(TWO.encode(), THREE.encode())
    assert outcome(encrypting.processed(other, signing_account, THREE)) == USED
    assert outcome(encrypting.processed(raw, signing_account, TWO)) == ACCEPTED
    assert outcome(encrypting.processed(raw, signing_account, ONE, TWO)) == DUPLICATE
    assert numbers() == ["0081311112222", "0081311113333"]


def test_neither_of_two_signatures_of_one_author_orders_it_again(signing_account: Account) -> None:
    second = authority().issue(ALICE)
    files = second.write_pem(workplace().directory, "second")
    options = ("-signer", str(files.certificate), "-inkey", str(files.key), "-nodetach")
    both = signed(authority().alice, entity=LETTER, options=options)
    assert outcome(encrypting.processed(order(both), signing_account)) == ACCEPTED
    for left in (0, 1):

        def keep_one(der: bytes, left: int = left) -> bytes:
            info = cms.ContentInfo.load(der)
            info["content"]["signer_infos"] = [info["content"]["signer_infos"][left]]
            return bytes(info.dump(force=True))

        alone = order(recoded(both, keep_one), subject="/fax=06-9999-9999")
        assert outcome(encrypting.processed(alone, signing_account)) == USED
    assert Submission.objects.count() == 1


def test_a_mail_with_both_kinds_of_signatures_is_not_ordered_again_by_the_other(server: NameServer) -> None:
    """Without the type that nobody has signed, its S/MIME layer is text, and DKIM would prove it anew."""
    server.zone["s1._domainkey.example.com"] = [key_record(rsa_key())]
    trusted_service()
    account = AuthorizedSenderFactory.create(address=ALICE, account__alignment_required=True).account
    raw = signed_by_hand(order(letter()), domain="example.com", names=b"from:to:subject")
    first = encrypting.processed(raw, account)
    assert (first.status, first.signature) == (ACCEPTED, "valid")
    again = encrypting.processed(
        raw.replace(b"Content-Type: multipart/signed", b"X-Type: text/plain", 1), account
    )
    assert (again.status, again.signature, again.dkim) == (DUPLICATE, "", "example.com")
