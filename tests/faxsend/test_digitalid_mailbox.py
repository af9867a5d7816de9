"""Mail to digitalid@interfax.net on its way through the intake: handled, never refused, parked like any other."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from pytest_django import Settings

from certificates.models import RegisteredCertificate, ServiceIdentity
from faxsend import intake
from faxsend.models import InboundMessage, InboundStatus
from notifications.models import OutgoingMail
from tests.factories import ContentFactory, InboundMessageFactory
from tests.notifications.signing import ALICE, encrypted, mail, signed, trusted_service
from tests.pki import authority

pytestmark = pytest.mark.django_db


@pytest.fixture
def service() -> None:
    trusted_service()


def received(raw: bytes, *, sender: str = ALICE, to: str = "DigitalID@interfax.net") -> InboundMessage:
    """A mail as the gateway leaves it: without an account, whoever sent it."""
    message = InboundMessageFactory.create(account=None, sender=sender, recipients=[to], size=len(raw))
    ContentFactory.create(message=message, raw=raw)
    return message


def processed(raw: bytes, *, sender: str = ALICE) -> InboundMessage:
    message = received(raw, sender=sender)
    assert intake.process_next()
    message.refresh_from_db()
    return message


@pytest.mark.usefixtures("service")
def test_a_signed_mail_is_accepted_and_answered_under_its_own_key() -> None:
    message = processed(mail(signed(authority().alice)), sender="forwarder@example.net")
    assert message.status == InboundStatus.ACCEPTED
    assert RegisteredCertificate.objects.get().address == ALICE
    assert OutgoingMail.objects.get().key.endswith(f":{message.token}")


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize("entity", [b"Content-Type: text/plain\r\n\r\n/fax=03-1111-2222\r\n", b"encrypted"])
def test_whatever_comes_is_accepted_and_never_refused_like_an_order(entity: bytes) -> None:
    message = processed(mail(encrypted(entity) if entity == b"encrypted" else entity))
    assert (message.status, message.rejection_code) == (InboundStatus.ACCEPTED, "")
    assert not OutgoingMail.objects.filter(key__startswith="refuse:").exists()


@pytest.mark.usefixtures("service")
def test_the_null_sender_is_accepted_and_not_answered() -> None:
    message = processed(mail(signed(authority().alice)), sender="")
    assert message.status == InboundStatus.ACCEPTED
    assert not RegisteredCertificate.objects.exists()
    assert not OutgoingMail.objects.exists()


def test_no_key_is_used_for_mail_that_is_never_taken_encrypted() -> None:
    damaged_identity()
    processed(mail(encrypted(b"Content-Type: text/plain\r\n\r\nhello\r\n")))
    assert OutgoingMail.objects.get().key.startswith("digitalid:")


def damaged_identity() -> None:
    """A key of the service that cannot be used; whoever tries fails."""
    key = authority().bob.private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    now = timezone.now()
    ServiceIdentity.objects.create(
        certificate="damaged", private_key=key, fingerprint="0" * 64, not_before=now, not_after=now
    )


def test_a_fault_of_our_own_is_counted_and_the_mail_parked_after_three_tries(settings: Settings) -> None:
    settings.SMIME_TRUST_ROOTS = "/nowhere"
    message = received(mail())
    for _ in range(intake.MAX_TRIES):
        with pytest.raises(ImproperlyConfigured, match="SMIME_TRUST_ROOTS"):
            intake.process_next()
        InboundMessage.objects.update(next_try_at=timezone.now())
    intake.process_next()
    message.refresh_from_db()
    assert (message.status, message.tries) == (InboundStatus.PARKED, intake.MAX_TRIES)
