"""Keys that are agreed by elliptic curves, by hand and changed on the way (`peers` has the ways of programs)."""

import os
from hashlib import sha1, sha256

import pytest
from cryptography import x509
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certificates.smime.ber import CONTEXT_0, NULL, OCTETS, SEQUENCE, children, encode
from certificates.smime.cms_read import Envelope, parse
from certificates.smime.errors import MalformedError
from certificates.smime.key_agreement import unwrap_triple_des
from certificates.smime.limits import MAX_RECIPIENTS
from tests.certificates.smime import forge
from tests.certificates.smime.agreeing import agreement, kari, own_point
from tests.certificates.smime.conftest import BODY, CRLF, ENTITY, Peer
from tests.certificates.smime.receiving import CURVES, body_of, elliptic, opened_by, refuse
from tests.pki import Authority, Person


def agreement_of(der: bytes) -> bytes:
    """The point in a mail to one elliptic recipient."""
    place = der.index(b"\x03\x42\x00\x04") + 3
    return der[place : place + 65]


@pytest.mark.parametrize(
    "point",
    [
        b"\x04" + b"\x01" * 64,  # not on the curve
        b"\x00" + b"\0" * 64,  # infinity, padded
        b"\x04" + b"\xff" * 64,  # coordinates beyond the field
    ],
)
def test_a_point_that_is_not_on_our_curve_is_refused(peer: Peer, point: bytes) -> None:
    person = elliptic("256")
    der = peer.encrypt(ENTITY, person, options=("-aes256", "-outform", "DER"), headers=False)
    refuse(forge.p7m(der.replace(agreement_of(der), point)), person)


def test_a_key_for_another_curve_is_refused(peer: Peer) -> None:
    """The recipient's name is ours, the point is of another curve."""
    person, other = elliptic("256"), elliptic("384")
    der = peer.encrypt(ENTITY, person, options=("-aes256", "-outform", "DER"), headers=False)
    impostor = Person(person.certificate, other.private_key)
    refuse(forge.p7m(der), impostor)


@pytest.mark.parametrize("parameters", [b"", encode(NULL)])
@pytest.mark.parametrize("ukm", [None, b"", b"words of the sender"])
def test_the_kdf_gets_the_key_wrap_as_it_came_and_the_words_of_the_sender(
    peer: Peer, parameters: bytes, ukm: bytes | None
) -> None:
    """openssl, which nobody here wrote, opens the same by-hand mail."""
    person, key = elliptic("256"), os.urandom(32)
    der = forge.enveloped_data([agreement(person, key, wrap_parameters=parameters, ukm=ukm)], CRLF, key)
    assert body_of(forge.p7m(der), person) == BODY
    files = peer.files(person)
    opened = peer.run(
        der, "-decrypt", "-inform", "DER", "-binary", "-recip", files.certificate, "-inkey", files.key
    )
    assert opened == CRLF


@pytest.mark.parametrize("date", [b"", encode(0x18, b"20260101000000Z")])
@pytest.mark.parametrize("curve", sorted(CURVES))
def test_a_recipient_may_be_named_by_its_key_with_a_date(curve: str, date: bytes) -> None:
    """RecipientKeyIdentifier (RFC 5652 6.2.2)."""
    person, key = elliptic(curve), os.urandom(32)
    key_id = x509.SubjectKeyIdentifier.from_public_key(person.certificate.public_key()).digest
    identifier = encode(CONTEXT_0, encode(OCTETS, key_id), date)
    der = forge.enveloped_data([agreement(person, key, identifier=identifier)], CRLF, key)
    assert body_of(forge.p7m(der), person) == BODY
    other = encode(CONTEXT_0, encode(OCTETS, key_id[::-1]), date)
    refuse(forge.p7m(forge.enveloped_data([agreement(person, key, identifier=other)], CRLF, key)), person)


@pytest.mark.parametrize("curve", sorted(CURVES))
def test_a_compressed_point_is_read(curve: str) -> None:
    person, key = elliptic(curve), os.urandom(32)
    info = agreement(person, key, form=PublicFormat.CompressedPoint)
    assert body_of(forge.p7m(forge.enveloped_data([info], CRLF, key)), person) == BODY


def test_the_hash_of_an_agreed_key_is_that_of_its_wrapping(pki: Authority) -> None:
    """Of somebody else's as of ours, whether we know the way or not."""
    person, key = elliptic("256"), os.urandom(32)
    unknown = kari(own_point(), scheme=forge.algorithm("1.2.3.4", forge.algorithm("1.2.3.5", b"")))
    ours = forge.wrap_key(pki.service, key)
    der = forge.enveloped_data([unknown, forge.recipient_info(pki.service, ours)], CRLF, key)
    assert opened_by(forge.p7m(der), person, pki.service).encrypted_keys == (
        sha256(b"k" * 24).digest(),
        sha256(ours).digest(),
    )


@pytest.mark.parametrize("size", [16, 24, 32])
def test_what_cannot_be_unwrapped_gives_another_random_key_each_time(size: int) -> None:
    """A wrong wrapping, a wrapped key of another length and a point of another curve are all the same."""
    person, other = elliptic("256"), elliptic("384")
    point = other.certificate.public_key()
    assert isinstance(point, ec.EllipticCurvePublicKey)
    foreign = b"\0" + point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    for info in (kari(own_point()), kari(own_point(foreign)), agreement(person, os.urandom(40))):
        envelope = parse(forge.enveloped_data([info], CRLF, os.urandom(32)))
        assert isinstance(envelope, Envelope)
        wrapped = envelope.recipients[0].wrapped
        assert wrapped is not None
        one, two = (wrapped.unwrap(person.private_key, size) for _ in range(2))
        assert len(one) == len(two) == size
        assert one != two
        refuse(forge.p7m(forge.enveloped_data([info], CRLF, os.urandom(32))), person)


def other_tag(der: bytes, element: bytes | None = None) -> bytes:
    """`element` in `der`, or all of it, under [2]."""
    whole = der if element is None else element
    assert der.count(whole) == 1
    return der.replace(whole, encode(CONTEXT_0 + 2, children(whole)[0].contents))


def refused_agreements() -> dict[str, bytes]:
    person = elliptic("256")
    return {
        "a static sender by issuer and serial": kari(forge.issuer_and_serial(person)),
        "a static sender by key identifier": kari(encode(0x80, b"x" * 20)),
        "a point in pieces": kari(own_point(b"\x07\x04" + b"\x01" * 64)),
        "a point that is no bit string": kari(
            encode(CONTEXT_0 + 1, forge.algorithm("1.2.840.10045.2.1", b""), encode(OCTETS, b"\0\x04"))
        ),
        "words of another kind": kari(own_point(), ukm=encode(CONTEXT_0 + 2, encode(OCTETS, b"x"))),
        "a scheme without a key wrap": kari(own_point(), scheme=forge.algorithm("1.3.132.1.11.1", b"")),
        "a key wrap that is none": kari(
            own_point(), scheme=forge.algorithm("1.3.132.1.11.1", encode(OCTETS, b"x"))
        ),
        "a point under another tag": kari(other_tag(own_point())),
        "an originator under another tag": other_tag(kari(own_point()), encode(CONTEXT_0, own_point())),
        "a name of another kind": kari(
            own_point(), keys=encode(SEQUENCE, encode(SEQUENCE, encode(NULL), encode(OCTETS, b"k" * 24)))
        ),
        "a wrapped key that is no octet string": kari(
            own_point(),
            keys=encode(SEQUENCE, encode(SEQUENCE, forge.issuer_and_serial(person), encode(0x0C, b"k" * 24))),
        ),
        "an entry that is no pair": kari(own_point(), keys=encode(SEQUENCE, encode(SEQUENCE))),
    }


@pytest.mark.parametrize("name", sorted(refused_agreements()))
def test_agreements_of_other_shapes_are_malformed(pki: Authority, name: str) -> None:
    """Whoever else is named beside them."""
    key = os.urandom(32)
    ours = forge.recipient_info(pki.service, forge.wrap_key(pki.service, key))
    assert body_of(forge.p7m(forge.enveloped_data([kari(own_point()), ours], CRLF, key)), pki.service) == BODY
    refuse(forge.p7m(forge.enveloped_data([refused_agreements()[name], ours], CRLF, key)), pki.service)


def test_a_key_of_another_kind_than_ours_disturbs_nobody_beside() -> None:
    """Somebody names our elliptic certificate in an RSA way, too."""
    person, key = elliptic("256"), os.urandom(32)
    infos = [forge.recipient_info(person, b"x" * 256), agreement(person, key)]
    assert body_of(forge.p7m(forge.enveloped_data(infos, CRLF, key)), person) == BODY


def test_an_agreement_we_do_not_know_disturbs_nobody(pki: Authority) -> None:
    key = os.urandom(32)
    unknown = forge.algorithm("1.2.3.4", forge.algorithm("2.16.840.1.101.3.4.1.5", b""))
    ours = forge.recipient_info(pki.service, forge.wrap_key(pki.service, key))
    der = forge.enveloped_data([kari(own_point(), scheme=unknown), ours], ENTITY, key)
    assert body_of(forge.p7m(der), elliptic("256"), pki.service) == BODY.replace(b"\r\n", b"\n")


@pytest.mark.parametrize("agreements", [1, 2])
def test_the_recipients_of_agreements_are_counted(agreements: int) -> None:
    entry = encode(SEQUENCE, forge.issuer_and_serial(elliptic("256")), encode(OCTETS, b"k" * 24))

    def named(count: int) -> bytes:
        infos = [kari(own_point(), keys=encode(SEQUENCE, entry * (count // agreements)))] * agreements
        return forge.enveloped_data(infos, ENTITY, os.urandom(32))

    envelope = parse(named(MAX_RECIPIENTS))
    assert isinstance(envelope, Envelope) and len(envelope.recipients) == MAX_RECIPIENTS
    with pytest.raises(MalformedError):
        parse(named(MAX_RECIPIENTS + agreements))


def wrapped_by_triple_des(wrapping: bytes, key: bytes) -> bytes:
    """By the letter of RFC 3217 3.1, but for any length."""

    def triple_des(vector: bytes, data: bytes) -> bytes:
        encryptor = Cipher(TripleDES(wrapping), modes.CBC(vector)).encryptor()
        return encryptor.update(data) + encryptor.finalize()

    iv = os.urandom(8)
    inner = iv + triple_des(iv, key + sha1(key, usedforsecurity=False).digest()[:8])
    return triple_des(bytes.fromhex("4adda22c79e82105"), inner[::-1])


def test_a_wrapped_triple_des_key_has_a_checksum() -> None:
    wrapping, key = os.urandom(24), os.urandom(24)
    wrapped = wrapped_by_triple_des(wrapping, key)
    assert unwrap_triple_des(wrapping, wrapped) == key
    for place in range(0, 40, 8):
        with pytest.raises(InvalidUnwrap):
            unwrap_triple_des(wrapping, wrapped[:place] + bytes((wrapped[place] ^ 1,)) + wrapped[place + 1 :])


@pytest.mark.parametrize("size", [8, 16, 32])
def test_triple_des_wraps_nothing_but_its_own_keys(size: int) -> None:
    wrapping = os.urandom(24)
    with pytest.raises(InvalidUnwrap):
        unwrap_triple_des(wrapping, wrapped_by_triple_des(wrapping, os.urandom(size)))
