"""A mail that has registered a certificate is no key to registering it again: whoever has a copy could use it."""

from __future__ import annotations

import base64
import email
from email import policy

import pytest
from asn1crypto import cms, x509
from cryptography.hazmat.primitives.serialization import Encoding

from certificates import registration
from certificates.identity import fingerprint
from certificates.models import RegisteredCertificate, UsedRegistration
from notifications.models import OutgoingMail
from tests.notifications.signing import ALICE, answers, handle, mail, signed, trusted_service
from tests.pki import Person, authority

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("service")]


@pytest.fixture
def service() -> None:
    trusted_service()


def registering(person: Person) -> bytes:
    return mail(signed(person, options=("-nodetach",)))


def rewritten(raw: bytes) -> bytes:
    """The same signature in another structure: one certificate more beside it."""
    head, _, body = raw.partition(b"\r\n\r\n")
    info = cms.ContentInfo.load(base64.b64decode(body))
    another = x509.Certificate.load(authority().bob.certificate.public_bytes(Encoding.DER))
    info["content"]["certificates"].append(cms.CertificateChoices({"certificate": another}))
    return head + b"\r\n\r\n" + base64.encodebytes(info.dump(force=True)).replace(b"\n", b"\r\n")


def newest() -> str:
    found = registration.newest(ALICE)
    return "" if found is None else found.fingerprint


def answer_to(key: str) -> str:
    """The text of the answer; empty for none."""
    found = OutgoingMail.objects.filter(key__startswith="digitalid", key__endswith=f":{key}").first()
    if found is None:
        return ""
    part = email.message_from_bytes(found.content, policy=policy.default).get_body(("plain",))
    return "" if part is None else str(part.get_content())


def test_a_mail_that_is_delivered_twice_is_answered_once() -> None:
    raw = registering(authority().alice)
    handle(raw, key="first")
    registered_at = RegisteredCertificate.objects.get().registered_at
    handle(b"Received: by another relay\r\n" + raw, key="second")
    assert RegisteredCertificate.objects.get().registered_at == registered_at
    assert [each.key.rpartition(":")[2] for each in answers()] == ["first"]


@pytest.mark.parametrize("how", [bytes, rewritten])
def test_a_captured_mail_does_not_bring_back_the_certificate_before(how: type[bytes]) -> None:
    old, new = authority().alice, authority().issue(ALICE)
    captured = registering(old)
    handle(captured, key="old")
    handle(registering(new), key="new")
    handle(how(captured), key="captured")
    assert newest() == fingerprint(new.certificate)
    assert "this mail has been used before; send a new one" in answer_to("captured")


def test_a_captured_mail_does_not_undo_a_removal() -> None:
    captured = registering(authority().alice)
    handle(captured, key="first")
    handle(mail(), key="removal")
    handle(captured, key="captured")
    assert newest() == ""
    assert "このメールは以前の登録に使用されています" in answer_to("captured")


def test_a_new_mail_registers_what_has_been_removed() -> None:
    handle(registering(authority().alice), key="first")
    handle(mail(), key="removal")
    entity = b"Content-Type: text/plain\r\n\r\nonce more\r\n"
    handle(mail(signed(authority().alice, entity=entity)), key="again")
    assert newest() == fingerprint(authority().alice.certificate)


def test_a_mail_that_did_not_register_leaves_no_trace() -> None:
    handle(registering(authority().stranger), key="untrusted")
    handle(mail(), key="unsigned")
    assert not UsedRegistration.objects.exists()
