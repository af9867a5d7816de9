"""Every way in which openssl encrypts, and hand-made ones that it does not know."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache

import pytest
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap

from certificates.smime import DecryptionError, TrustStore, open_mail
from certificates.smime.ber import CONTEXT_0, NULL, OCTETS, SEQUENCE, SET, encode
from certificates.smime.ciphers import gcm_content
from certificates.smime.cms_read import Envelope, parse
from certificates.smime.errors import MalformedError
from certificates.smime.key_agreement import unwrap_triple_des
from certificates.smime.limits import MAX_RECIPIENTS
from certificates.smime.mime import split
from certificates.smime.policy import AES_128_GCM, AES_256_GCM
from tests.certificates.smime import forge
from tests.certificates.smime.conftest import BODY, ENTITY, HEADERS, Peer, identity_of
from tests.pki import Authority, Person, authority

CURVES: dict[str, ec.EllipticCurve] = {"256": ec.SECP256R1(), "384": ec.SECP384R1(), "521": ec.SECP521R1()}
OAEP = "1.2.840.113549.1.1.7"
AUTH_ENVELOPED = "1.2.840.113549.1.9.16.1.23"
LEGACY = ("-provider", "default", "-provider", "legacy")


@cache
def elliptic(curve: str) -> Person:
    return authority().issue("send@fax.tc", private_key=ec.generate_private_key(CURVES[curve]))


def body_of(raw: bytes, *people: Person) -> bytes:
    opened = open_mail(raw, [identity_of(person) for person in people], TrustStore(()), datetime.now(UTC))
    assert opened.encrypted
    return split(opened.message)[1]


def refuse(raw: bytes, *people: Person) -> None:
    with pytest.raises(DecryptionError, match=r"\Amessage cannot be decrypted\Z"):
        body_of(raw, *people)


def encrypted(peer: Peer, person: Person, *options: str, cipher: Sequence[str] = ("-aes256",)) -> bytes:
    return peer.run(ENTITY, "-encrypt", *cipher, *HEADERS, "-recip", peer.files(person).certificate, *options)


@pytest.mark.parametrize("cipher", ["-aes-128-gcm", "-aes-192-gcm", "-aes-256-gcm"])
@pytest.mark.parametrize("options", [(), ("-keyid",), ("-stream",)])
def test_authenticated_envelopes_are_opened(
    pki: Authority, peer: Peer, cipher: str, options: tuple[str, ...]
) -> None:
    raw = peer.encrypt(ENTITY, pki.service, options=(cipher, *options))
    assert b"authEnveloped" in raw
    assert body_of(raw, pki.service) == BODY


def test_old_outlooks_cipher_is_opened(pki: Authority, peer: Peer) -> None:
    raw = peer.encrypt(ENTITY, pki.service, options=(*LEGACY, "-rc2-128"))
    assert body_of(raw, pki.service) == BODY


@pytest.mark.parametrize("cipher", ["-rc2-40", "-rc2-64", "-des"])
def test_ciphers_that_a_search_breaks_are_refused(pki: Authority, peer: Peer, cipher: str) -> None:
    refuse(peer.encrypt(ENTITY, pki.service, options=(*LEGACY, cipher)), pki.service)


@pytest.mark.parametrize("digest", ["sha1", "sha224", "sha256", "sha384", "sha512"])
@pytest.mark.parametrize("mask", [None, "sha1", "sha512"])
@pytest.mark.parametrize("label", [None, "0a0b"])
def test_oaep_is_opened_with_each_digest_mask_and_label(
    pki: Authority, peer: Peer, digest: str, mask: str | None, label: str | None
) -> None:
    options = ["-keyopt", "rsa_padding_mode:oaep", "-keyopt", f"rsa_oaep_md:{digest}"]
    options += ["-keyopt", f"rsa_mgf1_md:{mask}"] if mask else []
    options += ["-keyopt", f"rsa_oaep_label:{label}"] if label else []
    assert body_of(encrypted(peer, pki.service, *options), pki.service) == BODY


@pytest.mark.parametrize("curve", sorted(CURVES))
@pytest.mark.parametrize("digest", ["sha1", "sha224", "sha256", "sha384", "sha512"])
@pytest.mark.parametrize("cofactor", ["0", "1"])
def test_agreed_keys_are_found_on_each_curve_with_each_digest(
    peer: Peer, curve: str, digest: str, cofactor: str
) -> None:
    person = elliptic(curve)
    options = ("-keyopt", f"ecdh_kdf_md:{digest}", "-keyopt", f"ecdh_cofactor_mode:{cofactor}")
    assert body_of(encrypted(peer, person, *options), person) == BODY


@pytest.mark.parametrize("wrap", ["-aes128-wrap", "-aes192-wrap", "-aes256-wrap", "-des3-wrap"])
@pytest.mark.parametrize("options", [(), ("-keyid",), ("-stream",)])
def test_agreed_keys_wrap_in_each_way(peer: Peer, wrap: str, options: tuple[str, ...]) -> None:
    person = elliptic("256")
    cipher = ("-des3",) if wrap == "-des3-wrap" else ("-aes256",)
    assert body_of(encrypted(peer, person, wrap, *options, cipher=cipher), person) == BODY


def test_among_recipients_of_all_kinds_each_of_us_finds_the_own_key(pki: Authority, peer: Peer) -> None:
    people = (pki.bob, elliptic("384"), pki.service, elliptic("256"))
    raw = peer.encrypt(ENTITY, *people)
    for person in people:
        assert body_of(raw, person) == BODY
    assert (
        len(set(open_mail(raw, [identity_of(pki.bob)], TrustStore(()), datetime.now(UTC)).encrypted_keys))
        == 4
    )


@pytest.mark.parametrize("kind", ["password", "key"])
def test_a_password_or_a_shared_key_beside_us_is_refused(pki: Authority, peer: Peer, kind: str) -> None:
    other = {
        "password": ("-pwri_password", "secret"),
        "key": ("-secretkey", "00" * 16, "-secretkeyid", "01"),
    }
    raw = peer.encrypt(ENTITY, pki.service, options=("-aes256", *other[kind]))
    refuse(raw, pki.service)


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


def kari(
    originator: bytes, *, scheme: bytes | None = None, ukm: bytes = b"", keys: bytes | None = None
) -> bytes:
    """A KeyAgreeRecipientInfo for the P-256 identity."""
    wrap = forge.algorithm("2.16.840.1.101.3.4.1.5", b"")
    entry = encode(SEQUENCE, forge.issuer_and_serial(elliptic("256")), encode(OCTETS, b"k" * 24))
    return encode(
        CONTEXT_0 + 1,
        forge.integer(3),
        encode(CONTEXT_0, originator),
        ukm,
        forge.algorithm("1.3.132.1.11.1", wrap) if scheme is None else scheme,
        encode(SEQUENCE, entry) if keys is None else keys,
    )


def own_point(bits: bytes = b"\0\x04" + b"\x01" * 64) -> bytes:
    return encode(CONTEXT_0 + 1, forge.algorithm("1.2.840.10045.2.1", b""), encode(0x03, bits))


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
        "an entry that is no pair": kari(own_point(), keys=encode(SEQUENCE, encode(SEQUENCE))),
    }


@pytest.mark.parametrize("name", sorted(refused_agreements()))
def test_agreements_of_other_shapes_are_malformed(pki: Authority, name: str) -> None:
    der = forge.enveloped_data([refused_agreements()[name]], ENTITY, os.urandom(32))
    with pytest.raises(Exception) as caught:
        parse(der)
    assert isinstance(caught.value, MalformedError | IndexError | ValueError)
    refuse(forge.p7m(der), elliptic("256"))


def test_an_agreement_we_do_not_know_disturbs_nobody(pki: Authority) -> None:
    key = os.urandom(32)
    unknown = forge.algorithm("1.2.3.4", forge.algorithm("2.16.840.1.101.3.4.1.5", b""))
    ours = forge.recipient_info(pki.service, forge.wrap_key(pki.service, key))
    der = forge.enveloped_data([kari(own_point(), scheme=unknown), ours], ENTITY, key)
    assert body_of(forge.p7m(der), elliptic("256"), pki.service) == BODY.replace(b"\r\n", b"\n")


def test_the_recipients_of_one_agreement_are_counted(pki: Authority) -> None:
    entry = encode(SEQUENCE, forge.issuer_and_serial(elliptic("256")), encode(OCTETS, b"k" * 24))
    many = kari(own_point(), keys=encode(SEQUENCE, entry * (MAX_RECIPIENTS + 1)))
    with pytest.raises(MalformedError):
        parse(forge.enveloped_data([many], ENTITY, os.urandom(32)))


def test_a_wrapped_triple_des_key_has_a_checksum() -> None:
    """Made by the letter of RFC 3217 3.1, then broken in each of its five blocks."""
    wrapping, key, iv = os.urandom(24), os.urandom(24), os.urandom(8)
    digest = hashes.Hash(hashes.SHA1())
    digest.update(key)

    def triple_des(vector: bytes, data: bytes) -> bytes:
        encryptor = Cipher(TripleDES(wrapping), modes.CBC(vector)).encryptor()
        return encryptor.update(data) + encryptor.finalize()

    inner = iv + triple_des(iv, key + digest.finalize()[:8])
    wrapped = triple_des(bytes.fromhex("4adda22c79e82105"), inner[::-1])
    assert unwrap_triple_des(wrapping, wrapped) == key
    for place in range(0, 40, 8):
        with pytest.raises(InvalidUnwrap):
            unwrap_triple_des(wrapping, wrapped[:place] + bytes((wrapped[place] ^ 1,)) + wrapped[place + 1 :])
    with pytest.raises(InvalidUnwrap):
        unwrap_triple_des(wrapping, wrapped[:-8])


def gcm_mail(
    pki: Authority, *, tag_bytes: int = 16, stated: int | None = 16, attributes: bytes = b""
) -> bytes:
    """A hand-made AuthEnvelopedData of AES-256-GCM."""
    key, nonce = os.urandom(32), os.urandom(12)
    associated = encode(SET, attributes) if attributes else b""
    encryptor = Cipher(AES(key), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(associated)
    ciphertext = encryptor.update(ENTITY.replace(b"\n", b"\r\n")) + encryptor.finalize()
    length = b"" if stated is None else forge.integer(stated)
    parameters = encode(SEQUENCE, encode(OCTETS, nonce), length)
    info = encode(
        SEQUENCE,
        forge.oid(forge.DATA),
        forge.algorithm(AES_256_GCM.oid, parameters),
        encode(0x80, ciphertext),
    )
    recipient = forge.recipient_info(pki.service, forge.wrap_key(pki.service, key))
    return forge.content_info(
        AUTH_ENVELOPED,
        encode(
            SEQUENCE,
            forge.integer(0),
            encode(SET, recipient),
            info,
            encode(CONTEXT_0 + 1, attributes) if attributes else b"",
            encode(OCTETS, encryptor.tag[:tag_bytes]),
        ),
    )


ATTRIBUTE = encode(SEQUENCE, forge.oid(forge.CONTENT_TYPE), encode(SET, forge.oid(forge.DATA)))


@pytest.mark.parametrize(("tag", "stated"), [(16, 16), (13, 13), (12, 12), (12, None)])
def test_tags_of_twelve_bytes_and_more_are_taken(pki: Authority, tag: int, stated: int | None) -> None:
    assert body_of(forge.p7m(gcm_mail(pki, tag_bytes=tag, stated=stated)), pki.service) == BODY


@pytest.mark.parametrize(
    ("tag", "stated"), [(11, 11), (8, 8), (4, 4), (16, 12), (12, 16), (16, None), (0, 0)]
)
def test_shorter_tags_and_other_lengths_than_stated_are_refused(
    pki: Authority, tag: int, stated: int | None
) -> None:
    refuse(forge.p7m(gcm_mail(pki, tag_bytes=tag, stated=stated)), pki.service)


def test_authenticated_attributes_are_authenticated_as_a_set(pki: Authority) -> None:
    der = gcm_mail(pki, attributes=ATTRIBUTE)
    assert body_of(forge.p7m(der), pki.service) == BODY
    refuse(forge.p7m(der.replace(ATTRIBUTE, ATTRIBUTE[:-1] + b"\x02")), pki.service)


def test_every_flipped_bit_of_an_authenticated_envelope_is_noticed(pki: Authority) -> None:
    """In ciphertext, tag, nonce and attributes; nothing comes out before the tag has been compared."""
    der = gcm_mail(pki, attributes=ATTRIBUTE)
    envelope = parse(der)
    assert isinstance(envelope, Envelope)
    begin = der.index(ATTRIBUTE) - len(ENTITY) - 40
    for place in range(begin, len(der)):
        changed = bytearray(der)
        changed[place] ^= 1 << (place % 8)
        refuse(forge.p7m(bytes(changed)), pki.service)


def test_a_flipped_bit_of_cbc_gives_an_entity_or_nothing(pki: Authority) -> None:
    key = os.urandom(32)
    recipient = forge.recipient_info(pki.service, forge.wrap_key(pki.service, key))
    der = forge.enveloped_data([recipient], ENTITY * 3, key)
    opened = 0
    for place in range(len(der) - 3 * len(ENTITY), len(der)):
        changed = bytearray(der)
        changed[place] ^= 0x80
        try:
            body_of(forge.p7m(bytes(changed)), pki.service)
            opened += 1
        except DecryptionError as error:
            assert str(error) == "message cannot be decrypted"
    assert opened > 0  # CBC alone proves nothing: this is why only strict entities count


@pytest.mark.parametrize(
    "parameters",
    [
        encode(SEQUENCE, encode(OCTETS, b"n" * 7), forge.integer(16)),
        encode(SEQUENCE, encode(OCTETS, b"n" * 129), forge.integer(16)),
        encode(SEQUENCE, forge.integer(12), forge.integer(16)),
        encode(SEQUENCE, encode(OCTETS, b"n" * 12), encode(OCTETS, b"\x10")),
        encode(SEQUENCE, encode(OCTETS, b"n" * 12), forge.integer(16), encode(NULL)),
    ],
)
def test_odd_parameters_of_gcm_are_malformed(parameters: bytes) -> None:
    with pytest.raises(MalformedError):
        gcm_content(AES_128_GCM, parameters, b"", b"t" * 16, b"")


def oaep_parameters(**fields: bytes) -> bytes:
    numbers = {"digest": 0, "mask": 1, "label": 2, "other": 3}
    parts = (encode(CONTEXT_0 + numbers[name], content) for name, content in fields.items())
    return encode(SEQUENCE, *parts)


@pytest.mark.parametrize(
    "parameters",
    [
        oaep_parameters(other=encode(NULL)),
        oaep_parameters(digest=forge.algorithm("1.2.840.113549.2.5")),  # MD5
        oaep_parameters(digest=forge.algorithm("2.16.840.1.101.3.4.2.1", encode(OCTETS))),
        oaep_parameters(mask=forge.algorithm("1.2.3", forge.algorithm("2.16.840.1.101.3.4.2.1"))),
        oaep_parameters(label=forge.algorithm("1.2.3", encode(OCTETS, b"x"))),
        b"",
    ],
)
def test_odd_parameters_of_oaep_are_refused(pki: Authority, parameters: bytes) -> None:
    key = os.urandom(32)
    recipient = forge.recipient_info(pki.service, b"x" * 256, forge.algorithm(OAEP, parameters))
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
