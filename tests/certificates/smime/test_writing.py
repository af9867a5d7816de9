"""What we sign and encrypt, read by openssl and by ourselves."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from asn1crypto import cms, core
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

from certificates.smime import EncryptionError, Identity, OpenedMail, can_encrypt_to, encrypt, mime, sign
from certificates.smime.mime import to_crlf
from certificates.smime.policy import (
    AES_128_CBC,
    AES_128_GCM,
    AES_192_CBC,
    AES_256_CBC,
    AES_256_GCM,
    OWN_CAPABILITIES,
    TRIPLE_DES_CBC,
)
from tests.certificates.smime.conftest import BODY, ENTITY, Peer, identity_of
from tests.pki import SERVICE_ADDRESS, Authority, Person, Usage, name, rsa_key

Open = Callable[[bytes], OpenedMail]
CIPHER_NAMES = {
    (): b"aes-256-cbc",
    (AES_192_CBC.oid,): b"aes-192-cbc",
    (AES_128_CBC.oid,): b"aes-128-cbc",
    (TRIPLE_DES_CBC.oid,): b"des-ede3-cbc",
    (AES_256_GCM.oid, AES_256_CBC.oid): b"aes-256-gcm",
    (AES_128_GCM.oid,): b"aes-128-gcm",
}


AGREEMENTS: list[tuple[ec.EllipticCurve, bytes]] = [
    (ec.SECP256R1(), b"dhSinglePass-stdDH-sha256kdf-scheme"),
    (ec.SECP384R1(), b"dhSinglePass-stdDH-sha384kdf-scheme"),
    (ec.SECP521R1(), b"dhSinglePass-stdDH-sha512kdf-scheme"),
]
RECEIVES = Usage(frozenset({"digital_signature", "key_agreement"}))
ED25519 = ed25519.Ed25519PrivateKey.generate().public_key()


def elliptic(pki: Authority, curve: ec.EllipticCurve) -> Person:
    """Somebody with an elliptic key that can receive."""
    return pki.issue("alice@example.com", private_key=ec.generate_private_key(curve), usage=RECEIVES)


def certificate_of(key: CertificatePublicKeyTypes) -> x509.Certificate:
    """A certificate without key usage, so that only the key itself speaks against it."""
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(subject_name=name("A"), issuer_name=name("A")).public_key(key)
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    return builder.sign(rsa_key(), hashes.SHA256())


def verify(peer: Peer, pki: Authority, entity: bytes) -> bytes:
    root = peer.files(pki.root).certificate
    return peer.run(b"MIME-Version: 1.0\r\n" + entity, "-verify", "-CAfile", root, "-purpose", "smimesign")


def decrypt(peer: Peer, person: Person, entity: bytes) -> bytes:
    files = peer.files(person)
    return peer.run(entity, "-decrypt", "-recip", files.certificate, "-inkey", files.key)


def printed(peer: Peer, entity: bytes) -> bytes:
    return peer.run(entity, "-cmsout", "-print", "-noout")


def test_openssl_verifies_what_we_sign_with_nothing_but_the_root(pki: Authority, peer: Peer) -> None:
    assert verify(peer, pki, sign(ENTITY, identity_of(pki.service))) == to_crlf(ENTITY)


def test_openssl_verifies_an_elliptic_signature_of_ours(pki: Authority, peer: Peer) -> None:
    person = pki.issue(SERVICE_ADDRESS, private_key=ec.generate_private_key(ec.SECP256R1()))
    assert verify(peer, pki, sign(ENTITY, identity_of(person))) == to_crlf(ENTITY)


def test_the_first_part_is_byte_by_byte_what_was_signed(pki: Authority) -> None:
    entity = b"Content-Type: text/plain\r\n\r\n  spaces  \r\n\r\n"
    signed = sign(entity, identity_of(pki.service))
    boundary = re.findall(rb'boundary="(.*?)"', signed)[0]
    assert signed.split(b"--" + boundary + b"\r\n")[1] == entity + b"\r\n"


def test_everything_of_ours_is_ascii_with_short_lines_and_crlf(pki: Authority) -> None:
    entity = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nファクス\n".encode()
    signed = sign(entity, identity_of(pki.service))
    for made in (signed, encrypt(entity, pki.alice.certificate), encrypt(signed, pki.alice.certificate)):
        lines = made.split(b"\r\n")
        assert made.isascii()
        assert max(map(len, lines)) <= 76
        assert not any(b"\n" in line for line in lines)
        assert made.lower().startswith(b"content-type: ")


def test_the_mail_lists_3des_for_old_outlook_and_the_key_to_encrypt_to(
    pki: Authority, peer: Peer, opened: Open
) -> None:
    signed = sign(ENTITY, identity_of(pki.service))
    signature = opened(b"From: send@fax.tc\r\n" + signed).signature
    assert signature is not None
    assert signature.valid
    assert signature.capabilities == OWN_CAPABILITIES
    assert signature.encryption_certificate == pki.service.certificate
    text = printed(peer, b"MIME-Version: 1.0\r\n" + signed)
    for part in (b"id-smime-aa-encrypKeyPref", b"1.3.6.1.4.1.311.16.4", b"signingTime", b"des-ede3-cbc"):
        assert part in text


def test_signer_and_chain_travel_with_the_signature(pki: Authority, peer: Peer) -> None:
    signed = b"MIME-Version: 1.0\r\n" + sign(ENTITY, identity_of(pki.service))
    assert printed(peer, signed).count(b"d.certificate:") == 2
    alone = Identity(pki.service.certificate, pki.service.private_key)
    assert printed(peer, b"MIME-Version: 1.0\r\n" + sign(ENTITY, alone)).count(b"d.certificate:") == 1


@pytest.mark.parametrize("capabilities", sorted(CIPHER_NAMES))
def test_openssl_decrypts_what_we_encrypt_by_the_cipher_of_the_recipient(
    pki: Authority, peer: Peer, capabilities: tuple[str, ...]
) -> None:
    made = encrypt(ENTITY, pki.alice.certificate, capabilities=capabilities)
    assert decrypt(peer, pki.alice, made) == to_crlf(ENTITY)
    assert CIPHER_NAMES[capabilities] in printed(peer, made)


@pytest.mark.parametrize("capabilities", sorted(CIPHER_NAMES))
def test_we_open_what_we_encrypt(pki: Authority, opened: Open, capabilities: tuple[str, ...]) -> None:
    made = encrypt(ENTITY, pki.service.certificate, capabilities=capabilities)
    mail = opened(b"From: a@example.com\r\n" + made)
    assert mail.encrypted
    assert mail.message.endswith(BODY)


def test_the_version_says_what_kind_of_recipient_the_envelope_has(pki: Authority) -> None:
    """RFC 5652 6.1."""
    elliptic_reader = elliptic(pki, ec.SECP256R1())
    for person, version in ((pki.alice, "v0"), (elliptic_reader, "v2")):
        made = encrypt(ENTITY, person.certificate)
        structure = cms.ContentInfo.load(mime.decode_body(mime.split(made)[1], "base64"), strict=True)
        assert structure["content"]["version"].native == version
        assert len(structure["content"]["recipient_infos"]) == 1


def test_gcm_is_written_with_a_nonce_of_12_bytes_and_a_whole_tag(pki: Authority, peer: Peer) -> None:
    made = encrypt(ENTITY, pki.alice.certificate, capabilities=(AES_256_GCM.oid,))
    assert made.startswith(b"Content-Type: application/pkcs7-mime; smime-type=authEnveloped-data;\r\n")
    structure = cms.ContentInfo.load(mime.decode_body(mime.split(made)[1], "base64"), strict=True)
    assert structure["content_type"].native == "authenticated_enveloped_data"
    content = structure["content"]
    algorithm = content["auth_encrypted_content_info"]["content_encryption_algorithm"]
    nonce, tag_size = core.SequenceOf.load(algorithm["parameters"].dump(), spec=core.Any)
    assert len(nonce.parse(core.OctetString).native) == 12
    assert tag_size.parse(core.Integer).native == len(content["mac"].native) == 16


def test_openssl_reads_our_signed_and_encrypted_mail(pki: Authority, peer: Peer) -> None:
    signed = sign(ENTITY, identity_of(pki.service))
    inside = decrypt(peer, pki.alice, encrypt(signed, pki.alice.certificate))
    assert inside == signed
    assert verify(peer, pki, inside) == to_crlf(ENTITY)


@pytest.mark.parametrize(("curve", "agreement"), AGREEMENTS)
@pytest.mark.parametrize("capabilities", sorted(CIPHER_NAMES))
def test_openssl_decrypts_what_we_encrypt_to_an_elliptic_certificate(
    pki: Authority, peer: Peer, curve: ec.EllipticCurve, agreement: bytes, capabilities: tuple[str, ...]
) -> None:
    person = elliptic(pki, curve)
    made = encrypt(ENTITY, person.certificate, capabilities=capabilities)
    assert decrypt(peer, person, made) == to_crlf(ENTITY)
    text = printed(peer, made)
    assert CIPHER_NAMES[capabilities] in text
    assert agreement in text
    assert (b"id-aes128-wrap" if b"aes-128" in CIPHER_NAMES[capabilities] else b"id-aes256-wrap") in text


def test_the_key_for_an_elliptic_certificate_is_agreed_on_anew_for_each_mail(
    pki: Authority, peer: Peer
) -> None:
    person = elliptic(pki, ec.SECP256R1())
    points = [
        re.findall(rb"originatorKey:.*?publicKey:(.*?)recipient", printed(peer, made), re.DOTALL)
        for made in (encrypt(ENTITY, person.certificate) for _ in range(2))
    ]
    assert points[0] and points[0] != points[1]


def test_an_elliptic_certificate_without_key_agreement_receives_nothing(pki: Authority) -> None:
    certificate = pki.issue("a@example.com", private_key=ec.generate_private_key(ec.SECP256R1())).certificate
    assert not can_encrypt_to(certificate)
    with pytest.raises(EncryptionError, match="not meant for encryption"):
        encrypt(ENTITY, certificate)


def test_the_same_content_never_looks_the_same_twice(pki: Authority) -> None:
    one, two = (encrypt(ENTITY, pki.alice.certificate) for _ in range(2))
    assert one != two


def test_what_can_be_encrypted_to_is_known_before(pki: Authority) -> None:
    for person in (pki.alice, elliptic(pki, ec.SECP521R1())):
        assert can_encrypt_to(person.certificate)


def test_nothing_is_encrypted_to_a_certificate_that_is_not_meant_for_it(pki: Authority) -> None:
    signs_only = pki.issue("a@example.com", usage=Usage(frozenset({"digital_signature"})))
    with pytest.raises(EncryptionError, match="certificate is not meant for encryption"):
        encrypt(ENTITY, signs_only.certificate)


def test_nothing_is_encrypted_to_a_key_that_is_too_short_or_of_another_kind(pki: Authority) -> None:
    for key in (rsa_key(1024).public_key(), ec.generate_private_key(ec.SECP256K1()).public_key(), ED25519):
        certificate = certificate_of(key)
        assert not can_encrypt_to(certificate)
        with pytest.raises(
            EncryptionError, match="neither an RSA key of 2048 to 8192 bits nor a key on P-256"
        ):
            encrypt(ENTITY, certificate)
