"""Mails signed by DKIM with real keys: by dkimpy, by hand where it would not, and their key records."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from functools import cache

import dkim
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from faxsend.domain_proof.canonical import relaxed_body_hash, relaxed_header
from faxsend.domain_proof.header_fields import Field, fields_of, split

DOMAIN = "sakura.example.jp"
AT = datetime.now(UTC).replace(microsecond=0)
"""Programs that sign put their clock into the signature."""
MAIL = (
    b"From: =?utf-8?b?44GV44GP44KJ?= <fax@sakura.example.jp>\r\n"
    b"To: send@fax.tc,\r\n\tother@example.com\r\n"
    b"Subject: /fax=03-1111-2222   quote \t 24\r\n"
    b"Date: Tue, 24 Nov 2026 21:00:00 +0900\r\n"
    b"Message-ID: <1@sakura.example.jp>\r\n"
    b"\r\n"
    b"Dear  customer, \t\r\n \r\n.\r\n\tthe quote\r\n\r\n\r\n"
)


@cache
def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


@cache
def ed25519_key() -> ed25519.Ed25519PrivateKey:
    return ed25519.Ed25519PrivateKey.generate()


def key_record(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey, tags: bytes = b"v=DKIM1; ") -> bytes:
    """What its domain publishes; ``tags`` stand in front of k= and p=."""
    if isinstance(key, rsa.RSAPrivateKey):
        public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return tags + b"k=rsa; p=" + base64.b64encode(public)
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return tags + b"k=ed25519; p=" + base64.b64encode(public)


def key_record_of_bits(bits: int) -> bytes:
    """With a modulus of that length, to which nobody has a private key."""
    public = rsa.RSAPublicNumbers(65537, (1 << (bits - 1)) + 1).public_key()
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b"v=DKIM1; p=" + base64.b64encode(der)


def pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())


def signed_by_dkimpy(
    mail: bytes = MAIL,
    *,
    domain: str = DOMAIN,
    form: tuple[bytes, bytes] = (b"relaxed", b"relaxed"),
    names: list[bytes] | None = None,
    length: bool = False,
) -> bytes:
    signer = dkim.DKIM(mail)
    field: bytes = signer.sign(
        b"s1", domain.encode(), pem(rsa_key()), canonicalize=form, include_headers=names, length=length
    )
    return field + mail


def signed_by_hand(
    mail: bytes = MAIL,
    tags: bytes = b"",
    *,
    key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | None = None,
    algorithm: bytes = b"rsa-sha256",
    domain: str = DOMAIN,
    names: bytes = b"from:to:cc:subject",
) -> bytes:
    """Relaxed, with any ``tags`` that it should have besides; signs what it would have been had they been all right."""
    key = key or rsa_key()
    head, body = split(mail)
    digest = base64.b64encode(relaxed_body_hash(body))
    field = b"DKIM-Signature: v=1; a=%s; c=relaxed/relaxed; d=%s; s=s1; h=%s; bh=%s; %sb=" % (
        algorithm,
        domain.encode(),
        names,
        digest,
        tags,
    )
    left = list(fields_of(head))
    chosen = b""
    for name in names.split(b":"):
        for each in reversed(left):
            if each.name == name.strip().lower():
                chosen += relaxed_header(each)
                left.remove(each)
                break
    signed = chosen + relaxed_header(Field(b"dkim-signature", field + b"\r\n")).removesuffix(b"\r\n")
    return field + base64.b64encode(_signature(key, signed)) + b"\r\n" + mail


def _signature(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey, signed: bytes) -> bytes:
    digest = hashlib.sha256(signed).digest()
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(digest, padding.PKCS1v15(), utils.Prehashed(SHA256()))
    return key.sign(digest)
