"""What is in an envelope, by hand: whole and broken. `peers` has each cipher by programs."""

import os

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES

from certificates.smime import DecryptionError
from certificates.smime.ber import CONTEXT_0, INTEGER, NULL, OCTETS, SEQUENCE, SET, children, encode
from certificates.smime.ciphers import gcm_content
from certificates.smime.cms_read import Envelope, parse
from certificates.smime.errors import MalformedError
from certificates.smime.policy import AES_128_GCM, AES_256_CBC, AES_256_GCM, RC2_CBC
from tests.certificates.smime import forge
from tests.certificates.smime.conftest import BODY, CRLF, ENTITY
from tests.certificates.smime.receiving import body_of, refuse
from tests.pki import Authority


def gcm_mail(
    pki: Authority, *, tag_bytes: int = 16, stated: int | None = 16, attributes: bytes = b""
) -> bytes:
    """A hand-made AuthEnvelopedData of AES-256-GCM."""
    key, nonce = os.urandom(32), os.urandom(12)
    associated = encode(SET, attributes) if attributes else b""
    encryptor = Cipher(AES(key), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(associated)
    ciphertext = encryptor.update(CRLF) + encryptor.finalize()
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
        forge.AUTH_ENVELOPED_DATA,
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
    opened, refused = 0, 0
    for place in range(len(der) - 3 * len(ENTITY), len(der)):
        changed = bytearray(der)
        changed[place] ^= 0x80
        try:
            body_of(forge.p7m(bytes(changed)), pki.service)
            opened += 1
        except DecryptionError as error:
            assert str(error) == "message cannot be decrypted"
            refused += 1
    # CBC alone proves nothing: a change of the text passes. One in the header fields makes them no entity.
    assert opened > len(ENTITY)
    assert refused > 16


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


@pytest.mark.parametrize("length", [0, 4, 8, 11, 17, 32])
def test_a_tag_of_another_length_is_malformed_before_a_key_is_used(length: int) -> None:
    parameters = encode(SEQUENCE, encode(OCTETS, b"n" * 12), forge.integer(length))
    with pytest.raises(MalformedError):
        gcm_content(AES_128_GCM, parameters, b"", b"t" * length, b"")


def test_gcm_without_a_tag_is_refused(pki: Authority) -> None:
    """AES-GCM in an EnvelopedData: the right key and ciphertext, and nothing that could be compared."""
    key, nonce = os.urandom(32), os.urandom(12)
    encryptor = Cipher(AES(key), modes.GCM(nonce)).encryptor()
    ciphertext = encryptor.update(ENTITY) + encryptor.finalize()
    recipient = forge.recipient_info(pki.service, forge.wrap_key(pki.service, key))
    parameters = encode(SEQUENCE, encode(OCTETS, nonce), forge.integer(16))
    for sealed in (ciphertext, ciphertext + encryptor.tag):
        der = forge.enveloped_data(
            [recipient], b"", key, cipher=AES_256_GCM.oid, parameters=parameters, ciphertext=sealed
        )
        refuse(forge.p7m(der), pki.service)


def test_cbc_in_an_authenticated_envelope_is_refused(pki: Authority) -> None:
    der = gcm_mail(pki)
    assert body_of(forge.p7m(der), pki.service) == BODY
    refuse(forge.p7m(der.replace(forge.oid(AES_256_GCM.oid), forge.oid(AES_256_CBC.oid))), pki.service)


@pytest.mark.parametrize(
    ("version", "opens"), [(b"\x3a", True), (b"\x78", False), (b"\0\xa0", False), (b"\0\x3a", False)]
)
def test_rc2_is_opened_with_128_effective_bits_only(pki: Authority, version: bytes, opens: bool) -> None:
    """The version numbers are those of RFC 8018 B.2.3: 58 for 128 bits, 120 for 64, 160 for 40."""
    key, iv = os.urandom(16), os.urandom(8)
    recipient = forge.recipient_info(pki.service, forge.wrap_key(pki.service, key))
    der = forge.enveloped_data(
        [recipient],
        b"",
        key,
        cipher=RC2_CBC.oid,
        parameters=encode(SEQUENCE, encode(INTEGER, version), encode(OCTETS, iv)),
        ciphertext=RC2_CBC.encrypt(key, iv, CRLF),
    )
    if opens:
        assert body_of(forge.p7m(der), pki.service) == BODY
    else:
        refuse(forge.p7m(der), pki.service)


def test_certificates_and_attributes_of_the_sender_may_stand_in_an_envelope(pki: Authority) -> None:
    """originatorInfo and unprotectedAttrs (RFC 5652 6.1): nobody vouches for them, so they say nothing."""
    key, iv = os.urandom(32), os.urandom(16)
    recipient = forge.recipient_info(pki.service, forge.wrap_key(pki.service, key))
    info = encode(
        SEQUENCE,
        forge.oid(forge.DATA),
        forge.algorithm(AES_256_CBC.oid, encode(OCTETS, iv)),
        encode(0x80, AES_256_CBC.encrypt(key, iv, CRLF)),
    )
    originator = encode(CONTEXT_0, encode(CONTEXT_0, *forge.bag(pki.alice)))

    def envelope(*parts: bytes) -> bytes:
        return forge.p7m(forge.content_info(forge.ENVELOPED_DATA, encode(SEQUENCE, *parts)))

    whole = (forge.integer(2), originator, encode(SET, recipient), info, encode(CONTEXT_0 + 1, ATTRIBUTE))
    assert body_of(envelope(*whole), pki.service) == BODY
    refuse(envelope(*whole, encode(CONTEXT_0 + 2)), pki.service)
    refuse(envelope(originator, *whole[1:]), pki.service)
    refuse(envelope(*whole[:2], encode(SEQUENCE, recipient), *whole[3:]), pki.service)


@pytest.mark.parametrize("rest", [b"", encode(NULL), encode(OCTETS, b"t" * 16) + encode(NULL)])
def test_an_authenticated_envelope_ends_with_its_tag(pki: Authority, rest: bytes) -> None:
    der = gcm_mail(pki, tag_bytes=0)
    assert der.endswith(encode(OCTETS))
    kind, content = forge.AUTH_ENVELOPED_DATA, children(children(children(der)[0].contents)[1].contents)[0]
    refuse(forge.p7m(forge.content_info(kind, encode(SEQUENCE, content.contents[:-2], rest))), pki.service)


@pytest.mark.parametrize("count", [1, 2])
def test_an_algorithm_has_one_parameter_at_most(pki: Authority, count: int) -> None:
    key, iv = os.urandom(32), os.urandom(16)
    recipient = forge.recipient_info(pki.service, forge.wrap_key(pki.service, key))
    ciphertext = AES_256_CBC.encrypt(key, iv, CRLF)
    der = forge.enveloped_data(
        [recipient], b"", key, parameters=encode(OCTETS, iv) * count, ciphertext=ciphertext
    )
    if count == 1:
        assert body_of(forge.p7m(der), pki.service) == BODY
    else:
        refuse(forge.p7m(der), pki.service)
