"""Mail that leaves: signed by the service, encrypted for who has registered, opened by the openssl program."""

from __future__ import annotations

import email
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from django.utils import timezone

from certificates.identity import (
    NoServiceIdentity,
    destroy_key,
    keep,
    pem,
    service_identities,
    signing_identity,
)
from certificates.issuing import Authority, create_authority, issue_service_certificate
from certificates.models import RegisteredCertificate, ServiceIdentity
from certificates.protection import ProtectionUnavailable, protect, sign
from certificates.registration import register
from interfax_site.local.customer import Customer

pytestmark = pytest.mark.django_db

ADDRESS = "fax@sakura.example.jp"
MAIL = (
    b"From: send@fax.tc\r\nTo: fax@sakura.example.jp\r\nSubject: =?utf-8?b?RkFY?=\r\n"
    b"Message-ID: <1@fax.tc>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain;\r\n charset=utf-8\r\n"
    b"Content-Transfer-Encoding: 8bit\r\n\r\n" + "送信結果: OK\r\n".encode()
)


@pytest.fixture(scope="session")
def authority() -> Authority:
    return create_authority("test root", at=timezone.now())


@pytest.fixture(scope="session")
def customer(tmp_path_factory: pytest.TempPathFactory) -> Customer:
    return Customer.create(tmp_path_factory.mktemp("customer"), ADDRESS)


@pytest.fixture
def root(authority: Authority, customer: Customer) -> Path:
    """The service has an identity; the file is its root."""
    now = timezone.now()
    keep(issue_service_certificate(authority, common_name="secure interfax", address="send@fax.tc", at=now))
    path = customer.directory / "service-root.crt"
    path.write_text(pem(authority.certificate))
    return path


def own_certificate(customer: Customer) -> x509.Certificate:
    return x509.load_pem_x509_certificate(customer.certificate.read_bytes())


def test_a_signed_mail_verifies_and_keeps_its_headers(customer: Customer, root: Path) -> None:
    signed = sign(MAIL)
    assert signed.startswith(b"From: send@fax.tc\r\n")
    assert signed.count(b"MIME-Version") == 1
    content = email.message_from_bytes(customer.verify(signed, root=root, signer="send@fax.tc"))
    assert content.get_payload(decode=True) == "送信結果: OK\r\n".encode()


def test_mail_to_an_address_without_certificate_is_only_signed(customer: Customer, root: Path) -> None:
    assert b"multipart/signed" in protect(MAIL, ADDRESS)


@pytest.mark.parametrize("written", [ADDRESS, ADDRESS.upper()])
def test_mail_to_a_registered_address_is_opened_by_its_owner_alone(
    customer: Customer, root: Path, written: str
) -> None:
    register(own_certificate(customer), address=ADDRESS)
    protected = protect(MAIL, written)
    assert b"enveloped-data" in protected and b"charset" not in protected
    content = customer.verify(customer.decrypt(protected), root=root, signer="send@fax.tc")
    assert content.endswith(b"\r\n")


def test_an_expired_registration_never_falls_back_to_clear(customer: Customer, root: Path) -> None:
    register(own_certificate(customer), address=ADDRESS)
    RegisteredCertificate.objects.update(not_after=timezone.now() - timedelta(seconds=1))
    with pytest.raises(ProtectionUnavailable):
        protect(MAIL, ADDRESS)


@pytest.mark.parametrize(("unusable", "days"), [("expired", -1), ("no certificate at all", 30)])
def test_of_several_certificates_the_newest_that_works_is_used(
    customer: Customer, root: Path, unusable: str, days: int
) -> None:
    register(own_certificate(customer), address=ADDRESS)
    RegisteredCertificate.objects.create(
        address=ADDRESS,
        certificate=unusable,
        fingerprint="0" * 64,
        not_after=timezone.now() + timedelta(days=days),
    )
    assert customer.decrypt(protect(MAIL, ADDRESS))


def test_a_certificate_registered_again_is_the_newest(
    customer: Customer, root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = Customer.create(tmp_path_factory.mktemp("other"), ADDRESS)
    for registered in (customer, other, customer):
        register(own_certificate(registered), address=ADDRESS)
    assert customer.decrypt(protect(MAIL, ADDRESS))


def test_the_identity_taken_up_last_signs_whenever_it_was_issued_and_every_one_opens(
    authority: Authority,
) -> None:
    now = timezone.now()
    for days in (30, 10, 20):
        at = now - timedelta(days=days)
        keep(
            issue_service_certificate(authority, common_name="secure interfax", address="send@fax.tc", at=at)
        )
    begins = signing_identity(now).certificate.not_valid_before_utc
    assert abs(begins - (now - timedelta(days=20))) < timedelta(days=1)
    assert len(service_identities()) == 3


def test_a_destroyed_key_opens_and_signs_nothing(root: Path) -> None:
    destroy_key(ServiceIdentity.objects.get(), at=timezone.now(), force=True)
    assert ServiceIdentity.objects.get().private_key == b""
    assert service_identities() == ()
    with pytest.raises(NoServiceIdentity):
        signing_identity(timezone.now())


def test_the_service_certificate_says_who_it_is_for(authority: Authority) -> None:
    now = timezone.now()
    certificate = issue_service_certificate(
        authority, common_name="secure interfax", address="send@fax.tc", at=now
    ).certificate
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert names.get_values_for_type(x509.RFC822Name) == ["send@fax.tc"]
    assert certificate.subject.rfc4514_string() == "1.2.840.113549.1.9.1=send@fax.tc,CN=secure interfax"
    assert (usage.digital_signature, usage.key_encipherment, usage.key_cert_sign) == (True, True, False)
