"""What we sign and encrypt, read by openssl and by ourselves."""

import re
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from certificates.smime import EncryptionError, Identity, OpenedMail, encrypt, sign
from certificates.smime.mime import to_crlf
from certificates.smime.policy import AES_128_CBC, AES_192_CBC, OWN_CAPABILITIES, TRIPLE_DES_CBC
from tests.certificates.smime.conftest import ENTITY, Peer, identity_of
from tests.pki import SERVICE_ADDRESS, Authority, Usage, rsa_key

Open = Callable[[bytes], OpenedMail]
CIPHER_NAMES = {
    (): b"aes-256-cbc",
    (AES_192_CBC.oid,): b"aes-192-cbc",
    (AES_128_CBC.oid,): b"aes-128-cbc",
    (TRIPLE_DES_CBC.oid,): b"des-ede3-cbc",
}


def verify(peer: Peer, pki: Authority, entity: bytes) -> bytes:
    root = peer.files(pki.root).certificate
    return peer.run(b"MIME-Version: 1.0\r\n" + entity, "-verify", "-CAfile", root, "-purpose", "smimesign")


def decrypt(peer: Peer, pki: Authority, entity: bytes) -> bytes:
    files = peer.files(pki.alice)
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
    assert decrypt(peer, pki, made) == to_crlf(ENTITY)
    assert CIPHER_NAMES[capabilities] in printed(peer, made)


def test_openssl_reads_our_signed_and_encrypted_mail(pki: Authority, peer: Peer) -> None:
    signed = sign(ENTITY, identity_of(pki.service))
    inside = decrypt(peer, pki, encrypt(signed, pki.alice.certificate))
    assert inside == signed
    assert verify(peer, pki, inside) == to_crlf(ENTITY)


def test_the_same_content_never_looks_the_same_twice(pki: Authority) -> None:
    one, two = (encrypt(ENTITY, pki.alice.certificate) for _ in range(2))
    assert one != two


def test_nothing_is_encrypted_to_a_certificate_that_is_not_meant_for_it(pki: Authority) -> None:
    signs_only = pki.issue("a@example.com", usage=Usage(frozenset({"digital_signature"})))
    with pytest.raises(EncryptionError, match="certificate is not meant for encryption"):
        encrypt(ENTITY, signs_only.certificate)


def test_nothing_is_encrypted_to_a_key_that_is_too_short_or_of_another_kind(pki: Authority) -> None:
    for key in (rsa_key(1024), ec.generate_private_key(ec.SECP256R1())):
        person = pki.issue("a@example.com", private_key=key)
        with pytest.raises(EncryptionError, match="no RSA key of 2048 to 8192 bits"):
            encrypt(ENTITY, person.certificate)
