"""Hand-made CMS: what no honest program writes."""

import hashlib
import os
from collections.abc import Callable, Sequence

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from certificates.smime.ber import CONTEXT_0, INTEGER, NULL, OCTETS, OID, SEQUENCE, SET, encode
from certificates.smime.mime import encode_body
from certificates.smime.policy import AES_256_CBC, SHA256
from certificates.smime.references import issuer_of, oid_contents
from tests.pki import Person

DATA = "1.2.840.113549.1.7.1"
SIGNED_DATA = "1.2.840.113549.1.7.2"
ENVELOPED_DATA = "1.2.840.113549.1.7.3"
AUTH_ENVELOPED_DATA = "1.2.840.113549.1.9.16.1.23"
COMPRESSED_DATA = "1.2.840.113549.1.9.16.1.9"
CONTENT_TYPE = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
RSA = "1.2.840.113549.1.1.1"
Attribute = tuple[str, Sequence[bytes]]


def oid(dotted: str) -> bytes:
    return encode(OID, oid_contents(dotted))


def integer(value: int) -> bytes:
    return encode(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def algorithm(dotted: str, parameters: bytes = encode(NULL)) -> bytes:
    return encode(SEQUENCE, oid(dotted), parameters)


def issuer_and_serial(person: Person) -> bytes:
    return reference(person.certificate)


def reference(certificate: x509.Certificate) -> bytes:
    """An IssuerAndSerialNumber."""
    return encode(SEQUENCE, issuer_of(certificate), integer(certificate.serial_number))


def content_info(kind: str, content: bytes) -> bytes:
    return encode(SEQUENCE, oid(kind), encode(CONTEXT_0, content))


def usual_attributes(content: bytes, digest: bytes | None = None) -> list[Attribute]:
    """`digest`: that of the content, if not by SHA-256."""
    return [
        (CONTENT_TYPE, [oid(DATA)]),
        (MESSAGE_DIGEST, [encode(OCTETS, digest or hashlib.sha256(content).digest())]),
    ]


def attributes_der(attributes: Sequence[Attribute]) -> bytes:
    """The contents of the SET, unsorted if they are given so."""
    return b"".join(encode(SEQUENCE, oid(kind), encode(SET, *values)) for kind, values in attributes)


def sign_rsa_v15(signer: Person, data: bytes) -> bytes:
    assert isinstance(signer.private_key, rsa.RSAPrivateKey)
    return signer.private_key.sign(data, padding.PKCS1v15(), hashes.SHA256())


def signer_info(
    signer: Person,
    attributes: Sequence[Attribute] | None,
    *,
    signed: bytes | None = None,
    digest: bytes = algorithm(SHA256),
    signature_algorithm: bytes = algorithm(RSA),
    identifier: bytes | None = None,
    sign: Callable[[bytes], bytes] | None = None,
) -> bytes:
    """`attributes=None` leaves them out; `signed`: the bytes to sign if not the attributes; `sign`: another way to."""
    contents = attributes_der(attributes or ())
    to_be_signed = encode(SET, contents) if signed is None else signed
    signature = sign(to_be_signed) if sign else sign_rsa_v15(signer, to_be_signed)
    return encode(
        SEQUENCE,
        integer(1),
        identifier or issuer_and_serial(signer),
        digest,
        encode(CONTEXT_0, contents) if attributes is not None else b"",
        signature_algorithm,
        encode(OCTETS, signature),
    )


def signed_data(
    signers: Sequence[bytes],
    certificates: Sequence[bytes],
    content: bytes | None = None,
    content_type: str = DATA,
) -> bytes:
    inner = b"" if content is None else encode(CONTEXT_0, encode(OCTETS, content))
    return content_info(
        SIGNED_DATA,
        encode(
            SEQUENCE,
            integer(1),
            encode(SET, algorithm(SHA256)),
            encode(SEQUENCE, oid(content_type), inner),
            encode(CONTEXT_0, *certificates) if certificates else b"",
            encode(SET, *signers),
        ),
    )


def bag(person: Person) -> list[bytes]:
    return [c.public_bytes(Encoding.DER) for c in (person.certificate, *person.chain)]


def recipient_info(person: Person, encrypted_key: bytes, key_algorithm: bytes = algorithm(RSA)) -> bytes:
    return encode(
        SEQUENCE, integer(0), issuer_and_serial(person), key_algorithm, encode(OCTETS, encrypted_key)
    )


def enveloped_data(
    recipients: Sequence[bytes],
    content: bytes,
    key: bytes,
    *,
    cipher: str = AES_256_CBC.oid,
    content_type: str = DATA,
    parameters: bytes | None = None,
    ciphertext: bytes | None = None,
) -> bytes:
    iv = os.urandom(16)
    encrypted = AES_256_CBC.encrypt(key, iv, content) if ciphertext is None else ciphertext
    return content_info(
        ENVELOPED_DATA,
        encode(
            SEQUENCE,
            integer(0),
            encode(SET, *recipients),
            encode(
                SEQUENCE,
                oid(content_type),
                algorithm(cipher, encode(OCTETS, iv) if parameters is None else parameters),
                encode(0x80, encrypted),
            ),
        ),
    )


def wrap_key(person: Person, key: bytes) -> bytes:
    public_key = person.certificate.public_key()
    assert isinstance(public_key, rsa.RSAPublicKey)
    return public_key.encrypt(key, padding.PKCS1v15())


def raw_rsa(person: Person, block: bytes) -> bytes:
    """RSA without any padding of ours: `block` decides what the receiver finds."""
    public_key = person.certificate.public_key()
    assert isinstance(public_key, rsa.RSAPublicKey)
    numbers = public_key.public_numbers()
    return pow(int.from_bytes(block, "big"), numbers.e, numbers.n).to_bytes(256, "big")


def p7m(der: bytes, smime_type: str = "enveloped-data", sender: str = "alice@example.com") -> bytes:
    """A mail whose root is `der`."""
    return (
        f"From: {sender}\r\nMIME-Version: 1.0\r\nContent-Type: application/pkcs7-mime; smime-type={smime_type}\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n"
    ).encode() + encode_body(der)


def multipart_signed(
    first: bytes, der: bytes, *, extra: bytes = b"", trailer: bytes = b"", sender: str = "alice@example.com"
) -> bytes:
    """A mail signed by `der` over `first`, with parts and text that do not belong there."""
    return b"".join(
        (
            f"From: {sender}\r\nMIME-Version: 1.0\r\n".encode(),
            b'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; boundary=XX\r\n\r\n',
            b"--XX\r\n" + first + b"\r\n--XX\r\n",
            b"Content-Type: application/pkcs7-signature\r\nContent-Transfer-Encoding: base64\r\n\r\n",
            encode_body(der) + extra + b"\r\n--XX--\r\n" + trailer,
        )
    )
