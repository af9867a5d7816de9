"""Orders whose subject stands inside the encryption (RFC 9788)."""

from __future__ import annotations

import pytest

from accounts.models import Account
from faxsend.models import Fax, Submission
from tests.factories import AuthorizedSenderFactory
from tests.faxsend.encrypting import TEXT, order, processed
from tests.notifications.signing import ALICE, encrypted, signed, trusted_service
from tests.pki import authority

pytestmark = pytest.mark.django_db

FROM = f"From: {ALICE}\r\n"
TEXT_TYPE = 'Content-Type: text/plain; charset=utf-8; hp="cipher"; hp-legacy-display="1"\r\n\r\n'


@pytest.fixture
def account() -> Account:
    trusted_service()
    account: Account = AuthorizedSenderFactory.create(address=ALICE).account
    account.encrypted_proof_required = True
    account.save()
    return account


def sealed(subject: str, text: str) -> bytes:
    inner = f"{FROM}Subject: {subject}\r\n{TEXT_TYPE}Subject: {subject}\r\n\r\n{text}\r\n"
    return encrypted(inner.encode())


def numbers() -> list[str]:
    return list(Fax.objects.values_list("number", flat=True))


def test_destinations_in_the_inner_subject_prove_themselves_and_the_outer_ones_do_not_count(
    account: Account,
) -> None:
    message = processed(order(sealed("/fax=03-1111-2222", TEXT), subject="/fax=03-9999-9999"), account)
    assert (message.status, message.rejection_code) == ("accepted", "")
    assert numbers() == ["0081311112222"]
    assert Submission.objects.get().encrypted


def test_the_copy_of_the_subject_is_not_the_first_line_of_the_text(account: Account) -> None:
    message = processed(order(sealed("/fax=body", "!*03-1111-2222*!\r\n" + TEXT), subject="[...]"), account)
    assert (message.status, message.rejection_code) == ("accepted", "")
    assert numbers() == ["0081311112222"]


def test_destinations_written_around_a_captured_mail_are_refused(account: Account) -> None:
    plain = encrypted(f"{TEXT_TYPE}{TEXT}\r\n".replace('; hp="cipher"', "").encode())
    message = processed(order(plain, subject="/fax=03-9999-9999"), account)
    assert (message.status, message.rejection_code) == ("rejected", "encrypted-order-unproven")


def test_a_mail_in_the_name_of_another_author_than_the_inner_one_is_refused(account: Account) -> None:
    inner = f"From: bob@example.com\r\nSubject: /fax=03-1111-2222\r\n{TEXT_TYPE}{TEXT}\r\n".encode()
    message = processed(order(signed(authority().alice, entity=inner)), account)
    assert (message.status, message.rejection_code) == ("rejected", "signature-rejected")
    assert not numbers()
