"""Keys that travel by RSA: OAEP by hand, and recipients of all kinds beside each other (`peers` has the ways of programs)."""

import os
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from certificates.smime.ber import CONTEXT_0, NULL, OCTETS, SEQUENCE, SET, encode
from certificates.smime.cms_read import Envelope, parse
from certificates.smime.references import issuer_of
from tests.certificates.smime import forge
from tests.certificates.smime.agreeing import agreement
from tests.certificates.smime.conftest import BODY, CRLF, ENTITY, Peer
from tests.certificates.smime.receiving import body_of, elliptic, opened_by, refuse
from tests.pki import Authority

OAEP = "1.2.840.113549.1.1.7"


def oaep_parameters(**fields: bytes) -> bytes:
    numbers = {"digest": 0, "mask": 1, "label": 2, "other": 3}
    parts = (encode(CONTEXT_0 + numbers[name], content) for name, content in fields.items())
    return encode(SEQUENCE, *parts)


MGF1 = "1.2.840.113549.1.1.8"
MD5, SHA1 = "1.2.840.113549.2.5", "1.3.14.3.2.26"


PLAIN = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
LABELLED = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), b"x")


@pytest.mark.parametrize(
    ("parameters", "scheme"),
    [
        (oaep_parameters(other=encode(NULL)), PLAIN),
        (oaep_parameters(digest=forge.algorithm(MD5)), PLAIN),
        (oaep_parameters(mask=forge.algorithm(MGF1, forge.algorithm(MD5))), PLAIN),
        (oaep_parameters(digest=forge.algorithm(SHA1, encode(OCTETS))), PLAIN),
        (oaep_parameters(mask=forge.algorithm("1.2.3", forge.algorithm(SHA1))), PLAIN),
        (oaep_parameters(label=forge.algorithm("1.2.3", encode(OCTETS, b"x"))), LABELLED),
        (b"", PLAIN),
    ],
)
def test_odd_parameters_of_oaep_are_refused(pki: Authority, parameters: bytes, scheme: padding.OAEP) -> None:
    """With a key that could be found if one did not look; of MD5 the library makes none."""
    key = os.urandom(32)
    public_key = pki.service.certificate.public_key()
    assert isinstance(public_key, rsa.RSAPublicKey)
    encrypted = public_key.encrypt(key, scheme)
    recipient = forge.recipient_info(pki.service, encrypted, forge.algorithm(OAEP, parameters))
    refuse(forge.p7m(forge.enveloped_data([recipient], ENTITY, key)), pki.service)


def test_oaep_fails_as_everything_else_does(pki: Authority) -> None:
    """A key that OAEP rejects is replaced, as one with wrong PKCS#1 padding is."""
    private_key = pki.service.private_key
    assert isinstance(private_key, rsa.RSAPrivateKey)
    scheme = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), b"other label")
    for block in (private_key.public_key().encrypt(b"k" * 32, scheme), b"\0" * 256, b"x" * 256):
        recipient = forge.recipient_info(pki.service, block, forge.algorithm(OAEP, encode(SEQUENCE)))
        der = forge.enveloped_data([recipient], ENTITY, b"k" * 32)
        envelope = parse(der)
        assert isinstance(envelope, Envelope)
        wrapped = envelope.recipients[0].wrapped
        assert wrapped is not None
        one, two = (wrapped.unwrap(private_key, 32) for _ in range(2))
        assert len(one) == len(two) == 32 and one != two
        refuse(forge.p7m(der), pki.service)


def test_among_recipients_of_all_kinds_each_of_us_finds_the_own_key(pki: Authority, peer: Peer) -> None:
    people = (pki.bob, elliptic("384"), pki.service, elliptic("256"))
    raw = peer.encrypt(ENTITY, *people)
    for person in people:
        assert body_of(raw, person) == BODY
    assert len(set(opened_by(raw, pki.bob).encrypted_keys)) == 4


@pytest.mark.parametrize("kind", ["password", "key"])
def test_a_password_or_a_shared_key_beside_us_is_refused(pki: Authority, peer: Peer, kind: str) -> None:
    other = {
        "password": ("-pwri_password", "secret"),
        "key": ("-secretkey", "00" * 16, "-secretkeyid", "01"),
    }
    raw = peer.encrypt(ENTITY, pki.service, options=("-aes256", *other[kind]))
    refuse(raw, pki.service)


def test_an_oaep_digest_that_we_do_not_know_disturbs_nobody_beside(pki: Authority) -> None:
    key = os.urandom(32)
    sha3_256 = oaep_parameters(digest=forge.algorithm("2.16.840.1.101.3.4.2.8"))
    other = forge.recipient_info(pki.bob, b"x" * 256, forge.algorithm(OAEP, sha3_256))
    ours = forge.recipient_info(pki.service, forge.wrap_key(pki.service, key))
    opened = opened_by(forge.p7m(forge.enveloped_data([other, ours], ENTITY, key)), pki.service)
    assert opened.encrypted_keys[0] == sha256(b"x" * 256).digest()


def test_the_mask_of_oaep_may_have_another_digest_than_the_label(pki: Authority) -> None:
    """By hand, in the letter of RFC 4055: the label's digest is SHA-512, the mask's SHA-256."""
    key = os.urandom(32)
    public_key = pki.service.certificate.public_key()
    assert isinstance(public_key, rsa.RSAPublicKey)
    scheme = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA512(), b"fax")
    parameters = oaep_parameters(
        digest=forge.algorithm("2.16.840.1.101.3.4.2.3", b""),
        mask=forge.algorithm("1.2.840.113549.1.1.8", forge.algorithm("2.16.840.1.101.3.4.2.1")),
        label=forge.algorithm("1.2.840.113549.1.1.9", encode(OCTETS, b"fax")),
    )
    recipient = forge.recipient_info(
        pki.service, public_key.encrypt(key, scheme), forge.algorithm(OAEP, parameters)
    )
    assert opened_by(forge.p7m(forge.enveloped_data([recipient], ENTITY, key)), pki.service).encrypted


def test_an_encrypted_key_that_is_no_octet_string_is_refused(pki: Authority) -> None:
    key = os.urandom(32)
    info = forge.recipient_info(pki.service, forge.wrap_key(pki.service, key))
    assert opened_by(forge.p7m(forge.enveloped_data([info], ENTITY, key)), pki.service).encrypted
    assert info.count(b"\x04\x82\x01\x00") == 1
    changed = info.replace(b"\x04\x82\x01\x00", b"\x0c\x82\x01\x00")
    refuse(forge.p7m(forge.enveloped_data([changed], ENTITY, key)), pki.service)


def test_of_two_keys_that_are_named_only_one_is_used(pki: Authority) -> None:
    """The first one that fits; another try after its failure would answer a question of the attacker's."""
    elliptical, key = elliptic("256"), os.urandom(32)
    broken = forge.recipient_info(pki.service, forge.wrap_key(pki.service, os.urandom(32)))
    der = forge.enveloped_data([broken, agreement(elliptical, key)], CRLF, key)
    assert body_of(forge.p7m(der), elliptical) == BODY
    assert body_of(forge.p7m(der), elliptical, pki.service) == BODY
    refuse(forge.p7m(der), pki.service, elliptical)


def test_an_algorithm_is_a_sequence(pki: Authority) -> None:
    key = os.urandom(32)
    name = encode(SET, forge.oid(forge.RSA), encode(NULL))
    info = forge.recipient_info(pki.service, forge.wrap_key(pki.service, key), name)
    refuse(forge.p7m(forge.enveloped_data([info], ENTITY, key)), pki.service)


def test_a_recipient_is_named_in_one_of_the_two_ways(pki: Authority) -> None:
    key = os.urandom(32)
    info = forge.recipient_info(pki.service, forge.wrap_key(pki.service, key))
    name = forge.issuer_and_serial(pki.service)
    assert info.count(name) == 1
    changed = info.replace(name, bytes((SET,)) + name[1:])
    refuse(forge.p7m(forge.enveloped_data([changed], ENTITY, key)), pki.service)


def test_the_serial_number_alone_names_nobody(pki: Authority) -> None:
    """Another issuer may have given the same; the mail is then somebody else's."""
    key = os.urandom(32)
    info = forge.recipient_info(pki.service, forge.wrap_key(pki.service, key))
    issuer = issuer_of(pki.service.certificate)
    assert info.count(issuer) == 1
    changed = info.replace(issuer, issuer.replace(b"Test Mail CA", b"Mail Test CA"))
    assert changed != info
    refuse(forge.p7m(forge.enveloped_data([changed], ENTITY, key)), pki.service)
