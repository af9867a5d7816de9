"""The mail that brings the service certificate, read by the openssl program as a mail client would."""

from __future__ import annotations

import email
import re
from email import policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from pytest_django import Settings

from accounts.models import Account
from certificates.identity import pem
from certificates.issuing import Authority
from certificates.models import CertificateRequest, ServiceIdentity
from certificates.registration import register
from certificates.smime.policy import TRIPLE_DES_CBC
from certificates.tasks import look_for_requests
from interfax_site.local.customer import Customer
from notifications.draining import drain
from tests.factories import AccountFactory, CertificateRequestFactory
from tests.pki import authority

ADDRESS = "fax@sakura.example.jp"


@pytest.fixture(scope="session")
def customer(tmp_path_factory: pytest.TempPathFactory) -> Customer:
    return Customer.create(tmp_path_factory.mktemp("customer"), ADDRESS)


@pytest.fixture
def outbox(settings: Settings, tmp_path: Path) -> Path:
    settings.OUTBOX_DIR = tmp_path / "outbox"
    return tmp_path / "outbox"


def received(outbox: Path, address: str = ADDRESS, **facts: str) -> bytes:
    """The mail as it reaches ``address``; ``facts`` are those of the account."""
    account: Account = AccountFactory.create(**facts)
    CertificateRequestFactory.create(account=account, address=address)
    look_for_requests()
    assert drain()
    [file] = outbox.glob("*.eml")
    return file.read_bytes()


def read(mail: bytes) -> EmailMessage:
    return email.message_from_bytes(mail, policy=policy.default)


def signed_part(mail: bytes) -> EmailMessage:
    return read(next(iter(read(mail).iter_parts())).as_bytes())


def attachments(mail: bytes) -> dict[str, bytes]:
    parts = signed_part(mail).iter_attachments()
    return {str(part.get_filename()): part.get_content() for part in parts}


def service_certificate() -> x509.Certificate:
    return x509.load_pem_x509_certificate(ServiceIdentity.objects.get().certificate.encode())


@pytest.mark.usefixtures("service")
def test_openssl_takes_the_certificate_out_of_the_signature(
    customer: Customer, outbox: Path, tmp_path: Path
) -> None:
    root = tmp_path / "root.pem"
    root.write_text(pem(authority().root.certificate))
    customer.verify(received(outbox), root=root, signer="send@fax.tc")
    taken = x509.load_pem_x509_certificate((customer.directory / "signer.crt").read_bytes())

    assert taken == service_certificate()


@pytest.mark.usefixtures("service")
def test_it_comes_from_secure_interfax_and_says_that_a_program_sent_it(outbox: Path) -> None:
    mail = received(outbox)
    headers = read(mail)

    assert str(headers["From"]) == "secure interfax <send@fax.tc>"
    assert str(headers["To"]) == ADDRESS
    assert str(headers["Subject"]) == "InterFAXの電子証明書(デジタルID)"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert mail.startswith(b"Return-Path: <bounces+")


@pytest.mark.usefixtures("service")
def test_a_registered_address_too_gets_it_signed_and_not_encrypted(customer: Customer, outbox: Path) -> None:
    register(x509.load_pem_x509_certificate(customer.certificate.read_bytes()), address=ADDRESS)

    assert read(received(outbox)).get_content_type() == "multipart/signed"


@pytest.mark.usefixtures("service")
def test_the_certificate_is_attached_alone_and_with_its_chain(outbox: Path) -> None:
    files = attachments(received(outbox))

    assert list(files) == ["secure-interfax.cer", "secure-interfax.p7c"]
    assert x509.load_der_x509_certificate(files["secure-interfax.cer"]) == service_certificate()
    bundle = pkcs7.load_der_pkcs7_certificates(files["secure-interfax.p7c"])
    assert set(bundle) == {service_certificate(), authority().intermediate.certificate}


@pytest.mark.usefixtures("service")
def test_no_header_of_an_attachment_needs_more_than_ascii(outbox: Path) -> None:
    parts = list(signed_part(received(outbox)).iter_attachments())
    headers = [str(value) for part in parts for value in part.values()]

    assert headers and all(value.isascii() and "=?" not in value and "*=" not in value for value in headers)
    assert parts[1]["Content-Type"].params["smime-type"] == "certs-only"


def test_with_the_local_root_all_that_a_client_needs_to_believe_is_in_the_mail(
    local_service: Path, customer: Customer, outbox: Path
) -> None:
    mail = received(outbox)
    files = attachments(mail)
    (customer.directory / "came.p7c").write_bytes(files["secure-interfax.p7c"])
    came = customer.openssl("pkcs7", "-inform", "DER", "-in", "came.p7c", "-print_certs")
    (customer.directory / "came.crt").write_bytes(came)
    customer.verify(mail, root=customer.directory / "came.crt", signer="send@fax.tc")

    root = x509.load_pem_x509_certificate(local_service.read_bytes())
    assert x509.load_der_x509_certificate(files["interfax-root.cer"]) == root


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_text_and_html_name_what_can_be_compared(local_service: Path, outbox: Path, kind: str) -> None:
    body = signed_part(received(outbox)).get_body((kind,))
    assert body is not None
    text = "".join(re.sub("<[^>]*>", "", body.get_content()).split())
    certificate = service_certificate()
    root = x509.load_pem_x509_certificate(local_service.read_bytes())

    for each in (certificate, root):
        assert each.fingerprint(SHA256()).hex(":").upper() in text
    assert "発行先" in text and "secureinterfax" in text and "send@fax.tc" in text
    assert f"{certificate.not_valid_after_utc:%Y}" in text
    for client in ("Outlook", "Becky!", "Thunderbird", "OutlookExpress"):
        assert client in text
    assert "「S/MIME:復号と検証」" in text and "「はい」" in text
    assert "件名などのヘッダ情報は暗号化されません" in text


@pytest.mark.usefixtures("service")
def test_with_a_public_root_nobody_is_asked_to_trust_another(outbox: Path) -> None:
    assert "interfax-root.cer" not in received(outbox).decode()


@pytest.mark.usefixtures("service")
def test_a_local_root_that_has_not_issued_the_certificate_stays_at_home(
    outbox: Path, tmp_path: Path, local_authority: Authority
) -> None:
    (tmp_path / "ca").mkdir()
    (tmp_path / "ca" / "root.crt").write_text(pem(local_authority.certificate))

    assert list(attachments(received(outbox))) == ["secure-interfax.cer", "secure-interfax.p7c"]


@pytest.mark.usefixtures("service")
def test_an_english_account_gets_it_in_english(outbox: Path) -> None:
    mail = received(outbox, language="en")
    body = signed_part(mail).get_body(("plain",))

    assert str(read(mail)["Subject"]) == "InterFAX certificate (digital ID)"
    assert body is not None
    assert "Issued to: secure interfax" in body.get_content()
    assert "発行先" not in body.get_content()


@pytest.mark.usefixtures("service")
def test_an_address_with_the_dots_of_a_carrier_gets_its_mail(outbox: Path) -> None:
    assert read(received(outbox, "a..b.@docomo.example.jp"))["Delivered-To"] == "a..b.@docomo.example.jp"


@pytest.mark.usefixtures("service")
def test_the_mail_is_made_without_the_keys_of_the_service(settings: Settings) -> None:
    settings.KEY_SECRETS = []
    CertificateRequestFactory.create()
    look_for_requests()

    assert CertificateRequest.objects.get().mailed_at is not None


@pytest.mark.usefixtures("service")
def test_clients_of_the_year_2000_can_read_it(outbox: Path) -> None:
    """Outlook Express, Outlook 2000 and Becky! know S/MIME 2 and 3, and nothing that came later."""
    raw = received(outbox)
    head, mail = raw.partition(b"\r\n\r\n")[0], read(raw)
    content, signature = mail.iter_parts()

    assert raw.isascii()
    # What a relay folds breaks the signature. RFC 5322, 2.1.1, and for what is encoded RFC 2045, 6.
    assert max(map(len, raw.split(b"\r\n"))) <= 78
    assert b"multipart/signed" in head and b'protocol="application/pkcs7-signature"' in head
    assert (signature.get_content_type(), signature.get_filename()) == (
        "application/pkcs7-signature",
        "smime.p7s",
    )
    leaves = [part for part in content.walk() if not part.is_multipart()]
    assert {part["Content-Transfer-Encoding"] for part in leaves} <= {"7bit", "base64", "quoted-printable"}
    assert max(len(line) for part in leaves for line in str(part.get_payload()).splitlines()) <= 76
    assert {part.get_content_type() for part in leaves} == {
        "text/plain",
        "text/html",
        "application/pkix-cert",
        "application/pkcs7-mime",
    }
    signed = cms.ContentInfo.load(signature.get_content(), strict=True)["content"]
    [signer] = signed["signer_infos"]
    attributes = {each["type"].native: each["values"] for each in signer["signed_attrs"]}
    assert signer["sid"].name == "issuer_and_serial_number"
    assert signer["digest_algorithm"]["algorithm"].native == "sha256"
    assert signer["signature_algorithm"]["algorithm"].native == "rsassa_pkcs1v15"
    assert {each.chosen.dump() for each in signed["certificates"]} == {
        each.public_bytes(Encoding.DER)
        for each in (service_certificate(), authority().intermediate.certificate)
    }
    assert set(attributes) >= {"encrypt_key_pref", "1.3.6.1.4.1.311.16.4", "signing_time"}
    [capabilities] = attributes["smime_capabilities"]
    assert TRIPLE_DES_CBC.oid in [each[0].dotted for each in capabilities]
