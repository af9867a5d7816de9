"""Encrypted mail, made by openssl and by hand."""

import os
from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import AsymmetricPadding
from cryptography.hazmat.primitives.asymmetric.utils import NoDigestInfo, Prehashed
from cryptography.hazmat.primitives.hashes import HashAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    KeySerializationEncryption,
    PrivateFormat,
)

from certificates.smime import DecryptionError, Identity, OpenedMail, TrustStore, encrypt, open_mail
from certificates.smime.ber import OCTETS, SEQUENCE, encode
from certificates.smime.key_transport import rsa_v15
from certificates.smime.limits import MAX_RECIPIENTS
from certificates.smime.mime import encode_body, split
from certificates.smime.policy import AES_128_CBC, AES_256_GCM
from tests.certificates.smime import forge
from tests.certificates.smime.conftest import BODY, ENTITY, Peer, identity_of
from tests.pki import Authority, authority

Open = Callable[[bytes], OpenedMail]
ONE_TEXT = "message cannot be decrypted"


def refuse(opened: Open, raw: bytes) -> None:
    """Every failure looks the same."""
    with pytest.raises(DecryptionError) as caught:
        opened(raw)
    assert str(caught.value) == ONE_TEXT
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize(
    "options",
    [
        ("-aes128",),
        ("-aes192",),
        ("-aes256",),
        ("-des3",),
        ("-aes256", "-keyid"),
        ("-aes256", "-stream"),
        ("-aes128", "-stream", "-keyid"),
        ("-aes256", "-noindef"),
    ],
)
def test_what_openssl_encrypts_is_opened(
    pki: Authority, peer: Peer, opened: Open, options: tuple[str, ...]
) -> None:
    mail = opened(peer.encrypt(ENTITY, pki.service, options=options))
    assert mail.encrypted
    assert mail.signature is None
    assert split(mail.message)[1] == BODY
    assert len(mail.encrypted_keys) == 1


def test_a_streamed_mail_of_a_megabyte_in_many_segments_is_opened(
    pki: Authority, peer: Peer, opened: Open
) -> None:
    text = b"0123456789" * 7 + b"\r\n"
    entity = b"Content-Type: text/plain\r\n\r\n" + text * 15_000
    mail = opened(peer.encrypt(entity, pki.service, options=("-aes256", "-stream")))
    assert split(mail.message)[1] == text * 15_000


def test_one_of_several_recipients_is_enough(pki: Authority, peer: Peer, opened: Open) -> None:
    mail = opened(peer.encrypt(ENTITY, pki.alice, pki.bob, pki.service))
    assert split(mail.message)[1] == BODY
    assert len(set(mail.encrypted_keys)) == 3


def test_an_elliptic_recipient_beside_us_does_not_disturb(pki: Authority, peer: Peer, opened: Open) -> None:
    elliptic = pki.issue("ec@example.com", private_key=ec.generate_private_key(ec.SECP256R1()))
    mail = opened(peer.encrypt(ENTITY, elliptic, pki.service))
    assert split(mail.message)[1] == BODY
    assert len(set(mail.encrypted_keys)) == 2


def test_every_identity_ever_issued_still_opens_its_mail(
    pki: Authority, peer: Peer, trust: TrustStore
) -> None:
    newer = pki.issue("send@fax.tc")
    identities = [identity_of(newer), identity_of(pki.service)]
    for person in (newer, pki.service):
        raw = peer.encrypt(ENTITY, person)
        assert open_mail(raw, identities, trust, datetime.now(UTC)).encrypted


def test_a_certificate_without_a_key_identifier_is_found_by_the_hash_of_its_key(
    pki: Authority, trust: TrustStore
) -> None:
    person = pki.issue("send@fax.tc", key_id=False)
    key = os.urandom(32)
    digest = x509.SubjectKeyIdentifier.from_public_key(person.certificate.public_key()).digest
    recipient = encode(
        SEQUENCE,
        forge.integer(2),
        encode(0x80, digest),
        forge.algorithm(forge.RSA),
        encode(OCTETS, forge.wrap_key(person, key)),
    )
    raw = forge.p7m(forge.enveloped_data([recipient], ENTITY, key))
    assert open_mail(raw, [identity_of(person)], trust, datetime.now(UTC)).encrypted


@pytest.mark.parametrize(
    "content_type",
    [
        "application/pkcs7-mime",
        "application/x-pkcs7-mime; smime-type=enveloped-data",
        "Application/PKCS7-MIME; name=smime.p7m",
        'application/octet-stream; name="smime.p7m"',
        "application/octet-stream; name*=utf-8''SMIME.P7M",
    ],
)
def test_an_envelope_is_known_by_type_or_by_name(
    pki: Authority, peer: Peer, opened: Open, content_type: str
) -> None:
    der = peer.encrypt(ENTITY, pki.service, options=("-aes256", "-outform", "DER"), headers=False)
    head = f"From: a@example.com\r\nContent-Type: {content_type}\r\n"
    for encoding, body in (("base64", encode_body(der)), ("binary", der), ("8bit", der + b"\r\n")):
        raw = f"{head}Content-Transfer-Encoding: {encoding}\r\n\r\n".encode() + body
        assert split(opened(raw).message)[1] == BODY


def test_the_name_may_stand_in_the_disposition(pki: Authority, opened: Open) -> None:
    entity = encrypt(ENTITY, pki.service.certificate)
    raw = b"From: a@b.example\r\n" + entity.replace(
        b"application/pkcs7-mime; smime-type=enveloped-data;\r\n", b"application/octet-stream;\r\n"
    ).replace(b' name="smime.p7m"', b" charset=x")
    assert opened(raw).encrypted


def test_another_name_is_an_ordinary_attachment(pki: Authority, opened: Open) -> None:
    entity = encrypt(ENTITY, pki.service.certificate).replace(b"smime.p7m", b"offer.pdf")
    raw = b"From: a@b.example\r\n" + entity.replace(b"application/pkcs7-mime", b"application/octet-stream")
    mail = opened(raw)
    assert mail.message == raw
    assert not mail.encrypted


def test_the_outer_headers_stay_and_the_inner_ones_do_not_override_them(pki: Authority, opened: Open) -> None:
    inner = (
        b"From: evil@example.com\r\nSubject: /fax=09\r\nContent-Type: text/html\r\nContent-ID: <1>\r\n\r\n<p>"
    )
    outer = b"From: =?utf-8?B?44GC?=\r\n <alice@example.com>\r\nSubject:  /fax=body \r\nmessage-id: <x>\r\n"
    mail = opened(outer + encrypt(inner, pki.service.certificate))
    expected = b"MIME-Version: 1.0\r\nContent-Type: text/html\r\nContent-ID: <1>\r\n\r\n<p>"
    assert mail.message == outer + expected


def test_a_mail_without_a_mime_version_gets_only_one(pki: Authority, opened: Open) -> None:
    entity = encrypt(ENTITY, pki.service.certificate)
    assert opened(b"MIME-Version: 1.0\r\n" + entity).message.count(b"MIME-Version") == 1
    assert opened(entity).message.count(b"MIME-Version") == 1


def test_the_hashes_are_those_of_the_encrypted_keys_and_of_the_structure(
    pki: Authority, opened: Open
) -> None:
    key = os.urandom(32)
    wrapped, other = forge.wrap_key(pki.service, key), forge.wrap_key(pki.bob, key)
    infos = [forge.recipient_info(pki.bob, other), forge.recipient_info(pki.service, wrapped)]
    der = forge.enveloped_data(infos, ENTITY, key)
    mail = opened(forge.p7m(der))
    assert mail.encrypted_keys == (sha256(other).digest(), sha256(wrapped).digest())
    assert mail.content_digest == sha256(der).digest()


def test_a_mail_to_somebody_else_is_refused(pki: Authority, peer: Peer, opened: Open) -> None:
    refuse(opened, peer.encrypt(ENTITY, pki.bob))


def test_without_any_identity_nothing_is_opened(pki: Authority, peer: Peer, trust: TrustStore) -> None:
    raw = peer.encrypt(ENTITY, pki.service)
    with pytest.raises(DecryptionError):
        open_mail(raw, [], trust, datetime.now(UTC))


def test_an_elliptic_identity_does_not_open_what_was_encrypted_to_rsa(
    pki: Authority, trust: TrustStore
) -> None:
    raw = b"From: a@b.example\r\n" + encrypt(ENTITY, pki.service.certificate)
    identity = Identity(pki.service.certificate, ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(DecryptionError):
        open_mail(raw, [identity], trust, datetime.now(UTC))


def _sealed(pki: Authority, content: bytes) -> bytes:
    key = os.urandom(32)
    info = forge.recipient_info(pki.service, forge.wrap_key(pki.service, key))
    return forge.enveloped_data([info], content, key)


def test_a_changed_ciphertext_is_refused(pki: Authority, opened: Open) -> None:
    der = bytearray(_sealed(pki, b"\r\n" + b"x" * 30))
    der[-17] ^= 0xFF  # the last byte of the padding becomes 0xEF
    refuse(opened, forge.p7m(bytes(der)))


@pytest.mark.parametrize("first", [b"\0ontent-Type", b"Content Type", b":"])
def test_what_is_no_mime_entity_was_not_decrypted(pki: Authority, opened: Open, first: bytes) -> None:
    refuse(opened, forge.p7m(_sealed(pki, first + b": text/plain\r\n\r\nhello")))


@pytest.mark.parametrize(
    "content", [b"", b"Content-Type: text/plain", b"A: \0\r\n\r\n", b"just text\r\n\r\n"]
)
def test_headers_need_a_blank_line_and_no_control_characters(
    pki: Authority, opened: Open, content: bytes
) -> None:
    refuse(opened, forge.p7m(_sealed(pki, content)))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_truncated_mail_is_refused(pki: Authority, peer: Peer, opened: Open, share: float) -> None:
    der = peer.encrypt(ENTITY, pki.service, options=("-aes256", "-outform", "DER"), headers=False)
    refuse(opened, forge.p7m(der[: int(len(der) * share)]))


def test_broken_base64_is_refused(opened: Open) -> None:
    refuse(opened, b"Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\nA")


def _blocks(key: bytes) -> dict[str, bytes]:
    filler = b"\x11" * (253 - len(key))
    return {
        "type 1": b"\0\x01" + filler + b"\0" + key,
        "no separator": b"\0\x02" + b"\x11" * 254,
        "short filler": b"\0\x02\x11\0" + b"\x11" * (252 - len(key)) + key,
        "leading byte": b"\x01\x02" + filler + b"\0" + key,
        "key too short": b"\0\x02" + b"\x11" + filler + b"\0" + key[1:],
        "key too long": b"\0\x02" + filler[1:] + b"\0" + key + b"x",
        "empty key": b"\0\x02" + b"\x11" * 253 + b"\0",
    }


@pytest.mark.parametrize("name", sorted(_blocks(b"")))
def test_wrong_rsa_padding_ends_like_any_other_failure(pki: Authority, opened: Open, name: str) -> None:
    key = os.urandom(32)
    info = forge.recipient_info(pki.service, forge.raw_rsa(pki.service, _blocks(key)[name]))
    refuse(opened, forge.p7m(forge.enveloped_data([info], ENTITY, key)))


def test_the_well_padded_block_by_the_same_means_is_opened(pki: Authority, opened: Open) -> None:
    key = os.urandom(32)
    block = b"\0\x02" + b"\x11" * 221 + b"\0" + key
    info = forge.recipient_info(pki.service, forge.raw_rsa(pki.service, block))
    assert opened(forge.p7m(forge.enveloped_data([info], ENTITY, key))).encrypted


@pytest.mark.parametrize("name", sorted(_blocks(b"")))
@pytest.mark.parametrize("size", [16, 24, 32])
def test_wrong_padding_gives_a_key_of_the_right_size_instead_of_an_error(
    pki: Authority, name: str, size: int
) -> None:
    private_key = pki.service.private_key
    assert isinstance(private_key, rsa.RSAPrivateKey)
    key = os.urandom(size)
    found = rsa_v15(b"", forge.raw_rsa(pki.service, _blocks(key)[name])).unwrap(private_key, size)
    assert len(found) == size
    assert found != key


@pytest.mark.parametrize("block", [b"", b"\x01" * 255, b"\x01" * 257, b"\xff" * 256])
def test_an_impossible_encrypted_key_gives_another_random_key_each_time(pki: Authority, block: bytes) -> None:
    private_key = pki.service.private_key
    assert isinstance(private_key, rsa.RSAPrivateKey)
    one, two = (rsa_v15(b"", block).unwrap(private_key, 32) for _ in range(2))
    assert len(one) == len(two) == 32
    assert one != two


@pytest.mark.parametrize("length", [0, 255, 257])
def test_an_encrypted_key_of_impossible_length_is_refused(pki: Authority, opened: Open, length: int) -> None:
    info = forge.recipient_info(pki.service, b"\x01" * length)
    refuse(opened, forge.p7m(forge.enveloped_data([info], ENTITY, os.urandom(32))))


def test_the_right_key_for_another_cipher_is_refused(pki: Authority, opened: Open) -> None:
    key = os.urandom(32)
    info = forge.recipient_info(pki.service, forge.wrap_key(pki.service, key))
    raw = forge.p7m(forge.enveloped_data([info], ENTITY, key, cipher=AES_128_CBC.oid))
    refuse(opened, raw)


class CountingKey(rsa.RSAPrivateKey):
    """A private key that counts how often it was used to decrypt."""

    def __init__(self, key: rsa.RSAPrivateKey) -> None:
        self.key = key
        self.decrypted = 0

    def decrypt(self, ciphertext: bytes, padding: AsymmetricPadding) -> bytes:
        self.decrypted += 1
        return self.key.decrypt(ciphertext, padding)

    def sign(
        self,
        data: bytes,
        padding: AsymmetricPadding,
        algorithm: Prehashed | HashAlgorithm | NoDigestInfo,
    ) -> bytes:
        return self.key.sign(data, padding, algorithm)

    @property
    def key_size(self) -> int:
        return self.key.key_size

    def public_key(self) -> rsa.RSAPublicKey:
        return self.key.public_key()

    def private_numbers(self) -> rsa.RSAPrivateNumbers:
        return self.key.private_numbers()

    def private_bytes(
        self, encoding: Encoding, format: PrivateFormat, encryption_algorithm: KeySerializationEncryption
    ) -> bytes:
        return self.key.private_bytes(encoding, format, encryption_algorithm)

    def __copy__(self) -> "CountingKey":
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> "CountingKey":
        return self


def _uses_of_the_key(pki: Authority, trust: TrustStore, der: bytes, *, refused: bool = True) -> int:
    assert isinstance(pki.service.private_key, rsa.RSAPrivateKey)
    key = CountingKey(pki.service.private_key)
    identities = [Identity(pki.service.certificate, key)] * 2
    with pytest.raises(DecryptionError) if refused else nullcontext():
        open_mail(forge.p7m(der), identities, trust, datetime.now(UTC))
    return key.decrypted


def test_the_private_key_is_used_once_however_often_we_are_named(pki: Authority, trust: TrustStore) -> None:
    key = os.urandom(32)
    infos = [forge.recipient_info(pki.service, forge.wrap_key(pki.service, key))] * MAX_RECIPIENTS
    der = forge.enveloped_data(infos, ENTITY, key)
    assert _uses_of_the_key(pki, trust, der, refused=False) == 1
    der = forge.enveloped_data(infos, b"no entity", key)
    assert _uses_of_the_key(pki, trust, der) == 1


def _hopeless(pki: Authority) -> dict[str, bytes]:
    key = os.urandom(32)
    info = forge.recipient_info(pki.service, forge.wrap_key(pki.service, key))
    pss = forge.recipient_info(pki.service, b"x" * 256, forge.algorithm("1.2.840.113549.1.1.10"))
    seal = forge.enveloped_data
    return {
        "no recipient": seal([], ENTITY, key),
        "too many recipients": seal([info] * (MAX_RECIPIENTS + 1), ENTITY, key),
        "a password recipient": seal([info, _other_recipient(0xA3)], ENTITY, key),
        "a key encryption key": seal([info, _other_recipient(0xA2)], ENTITY, key),
        "an unknown kind of recipient": seal([info, _other_recipient(0xA4)], ENTITY, key),
        "an unknown key transport": seal([pss], ENTITY, key),
        "an unknown cipher": seal([info], ENTITY, key, cipher="1.3.14.3.2.7"),
        "aes-gcm whose tag nobody compares": seal([info], ENTITY, key, cipher=AES_256_GCM.oid),
        "an unknown content type": seal([info], ENTITY, key, content_type=forge.SIGNED_DATA),
        "no iv": seal([info], ENTITY, key, parameters=b""),
        "a short iv": seal([info], ENTITY, key, parameters=encode(OCTETS, b"1234")),
        "half a block": seal([info], ENTITY, key, ciphertext=b"x" * 40),
        "no ciphertext": seal([info], ENTITY, key, ciphertext=b""),
        "compressed": forge.content_info(forge.COMPRESSED_DATA, encode(SEQUENCE)),
        "digested": forge.content_info("1.2.840.113549.1.7.5", encode(SEQUENCE)),
        "not cms": encode(SEQUENCE, encode(OCTETS, b"x")),
        "not asn.1": b"hello",
        "nothing": b"",
    }


def _other_recipient(tag: int) -> bytes:
    return encode(tag, forge.integer(4), encode(OCTETS, b"x"))


@pytest.mark.parametrize("name", sorted(_hopeless(authority())))
def test_what_cannot_be_read_is_refused_before_the_private_key_is_used(
    pki: Authority, trust: TrustStore, name: str
) -> None:
    assert _uses_of_the_key(pki, trust, _hopeless(pki)[name]) == 0
