"""Every signature algorithm, and what must not pass for it. The signers are made by hand, by the library's keys."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from certificates.smime import OpenedMail, SignatureError, SignatureProblem, TrustStore, open_mail
from certificates.smime.ber import CONTEXT_0, INTEGER, NULL, SEQUENCE, encode
from certificates.smime.policy import SHA256
from tests.certificates.smime import forge
from tests.pki import DAY, authority, name

CONTENT = b"Content-Type: text/plain\r\n\r\nhello"
MISMATCH = "signature does not match the content"
UNSUPPORTED = "signature algorithm is not supported"
PSS = "1.2.840.113549.1.1.10"
MGF1 = "1.2.840.113549.1.1.8"
SHA1 = "1.3.14.3.2.26"
SHAKE256, SHAKE256_LEN = "2.16.840.1.101.3.4.2.12", "2.16.840.1.101.3.4.2.18"
DIGESTS: dict[str, tuple[str, hashes.HashAlgorithm]] = {
    "sha1": (SHA1, hashes.SHA1()),
    "sha256": (SHA256, hashes.SHA256()),
    "sha384": ("2.16.840.1.101.3.4.2.2", hashes.SHA384()),
    "sha512": ("2.16.840.1.101.3.4.2.3", hashes.SHA512()),
}
RSA_OIDS = {"sha1": 5, "sha256": 11, "sha384": 12, "sha512": 13}
ECDSA_OIDS = {"sha1": "1", "sha256": "3.2", "sha384": "3.3", "sha512": "3.4"}
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey
CURVES = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}


@cache
def key_of(kind: str) -> Key:
    """One key of each kind for all tests."""
    if kind in CURVES:
        return ec.generate_private_key(CURVES[kind])
    makers: dict[str, Callable[[], Key]] = {
        "RSA": lambda: rsa.generate_private_key(65537, 2048),
        "Ed25519": ed25519.Ed25519PrivateKey.generate,
        "Ed448": ed448.Ed448PrivateKey.generate,
    }
    return makers[kind]()


@cache
def certificate_of(kind: str) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(
        authority().intermediate.certificate.subject,
        name("Alice"),
        key_of(kind).public_key(),
        x509.random_serial_number(),
        now - DAY,
        now + DAY,
    )
    address = x509.SubjectAlternativeName([x509.RFC822Name("alice@example.com")])
    return builder.add_extension(address, False).sign(authority().intermediate.private_key, hashes.SHA256())


@dataclass(frozen=True, slots=True)
class Way:
    """How a signer signs: kind of key, digest of the content with its parameters, and the algorithm named."""

    kind: str
    digest_oid: str
    digest: hashes.HashAlgorithm
    algorithm: bytes
    sign: Callable[[bytes], bytes]
    digest_parameters: bytes = encode(NULL)


def sign_with(kind: str, digest: hashes.HashAlgorithm, salt: int | None = None) -> Callable[[bytes], bytes]:
    def sign(data: bytes) -> bytes:
        key = key_of(kind)
        if isinstance(key, ec.EllipticCurvePrivateKey):
            return key.sign(data, ec.ECDSA(digest))
        if isinstance(key, rsa.RSAPrivateKey):
            scheme = padding.PKCS1v15() if salt is None else padding.PSS(padding.MGF1(digest), salt)
            return key.sign(data, scheme, digest)
        return key.sign(data)

    return sign


def rsa_v15(digest: str, *, named: int | None = None) -> Way:
    oid, algorithm = DIGESTS[digest]
    last = RSA_OIDS[digest] if named is None else named
    return Way(
        "RSA",
        oid,
        algorithm,
        forge.algorithm(f"1.2.840.113549.1.1.{last}"),
        sign_with("RSA", algorithm),
    )


def ecdsa(kind: str, digest: str) -> Way:
    oid, algorithm = DIGESTS[digest]
    named = forge.algorithm(f"1.2.840.10045.4.{ECDSA_OIDS[digest]}", b"")
    return Way(kind, oid, algorithm, named, sign_with(kind, algorithm))


def pss(
    digest: str = "sha256",
    salt: int = 32,
    *,
    stated_salt: int | None = None,
    mask_digest: str | None = None,
    mask: str = MGF1,
    trailer: bytes = b"",
) -> Way:
    oid, algorithm = DIGESTS[digest]
    mask_function = forge.algorithm(mask, forge.algorithm(DIGESTS[mask_digest or digest][0]))
    parameters = encode(
        SEQUENCE,
        encode(CONTEXT_0, forge.algorithm(oid)),
        encode(CONTEXT_0 + 1, mask_function),
        encode(CONTEXT_0 + 2, forge.integer(salt if stated_salt is None else stated_salt)),
        trailer,
    )
    return Way("RSA", oid, algorithm, forge.algorithm(PSS, parameters), sign_with("RSA", algorithm, salt))


def edwards(kind: str, digest_oid: str, digest: hashes.HashAlgorithm, parameters: bytes = b"") -> Way:
    named = forge.algorithm({"Ed25519": "1.3.101.112", "Ed448": "1.3.101.113"}[kind], b"")
    return Way(kind, digest_oid, digest, named, sign_with(kind, digest), parameters)


SHA512_OID, SHA512_DIGEST = DIGESTS["sha512"]
BITS_512, BITS_256 = (encode(INTEGER, bits.to_bytes(2, "big")) for bits in (512, 256))
ED25519 = edwards("Ed25519", SHA512_OID, SHA512_DIGEST)
ED448 = edwards("Ed448", SHAKE256, hashes.SHAKE256(64))


def mail_by(way: Way, certified: str | None = None) -> bytes:
    """`certified`: the kind of key in the certificate, if not the signer's."""
    certificate = certificate_of(certified or way.kind)
    digest = hashes.Hash(way.digest)
    digest.update(CONTENT)
    signer = forge.signer_info(
        authority().alice,
        forge.usual_attributes(CONTENT, digest.finalize()),
        digest=forge.algorithm(way.digest_oid, way.digest_parameters),
        signature_algorithm=way.algorithm,
        identifier=forge.reference(certificate),
        sign=way.sign,
    )
    bag = [c.public_bytes(Encoding.DER) for c in (certificate, authority().intermediate.certificate)]
    return forge.multipart_signed(CONTENT, forge.signed_data([signer], bag))


def opened(raw: bytes, sha1_until: date | None = None) -> OpenedMail:
    trust = TrustStore((authority().root.certificate,), sha1_until=sha1_until)
    return open_mail(raw, [], trust, datetime.now(UTC))


def problem_by(way: Way, sha1_until: date | None = None) -> SignatureProblem | None:
    signature = opened(mail_by(way), sha1_until).signature
    assert signature is not None
    return signature.problem


STRONG = ("sha256", "sha384", "sha512")
HONEST: dict[str, Way] = {
    **{f"RSA by {digest}": rsa_v15(digest) for digest in STRONG},
    **{f"plain RSA by {digest}": rsa_v15(digest, named=1) for digest in STRONG},
    **{f"PSS by {digest}": pss(digest) for digest in STRONG},
    **{f"PSS with salt of {salt}": pss(salt=salt) for salt in (0, 20, 222)},
    "PSS with the trailer written out": pss(trailer=encode(CONTEXT_0 + 3, encode(INTEGER, b"\1"))),
    **{f"{curve} by {digest}": ecdsa(curve, digest) for curve in CURVES for digest in STRONG},
    "Ed25519": ED25519,
    "Ed448": ED448,
    "Ed448, length of the digest written out": edwards("Ed448", SHAKE256_LEN, hashes.SHAKE256(64), BITS_512),
}


@pytest.mark.parametrize("way", HONEST.values(), ids=HONEST)
def test_every_algorithm_to_receive_is_verified(way: Way) -> None:
    assert problem_by(way) is None


BROKEN: dict[str, tuple[Way, str]] = {
    "PSS, another digest in the mask": (pss(mask_digest="sha512"), MISMATCH),
    "PSS, another mask": (pss(mask="1.2.3.4"), "signature is malformed"),
    "PSS, another trailer": (pss(trailer=encode(CONTEXT_0 + 3, encode(INTEGER, b"\2"))), MISMATCH),
    "PSS, another salt": (pss(stated_salt=20), MISMATCH),
    "PSS, a salt longer than the key": (pss(stated_salt=4000), MISMATCH),
    "PSS, a negative salt": (pss(stated_salt=-1), "signature is malformed"),
    "PSS, another digest than the content's": (replace(pss(), algorithm=pss("sha512").algorithm), MISMATCH),
    "PSS by what v1.5 says": (replace(pss(), algorithm=rsa_v15("sha256").algorithm), MISMATCH),
    "v1.5 by what PSS says": (replace(rsa_v15("sha256"), algorithm=pss().algorithm), MISMATCH),
    "RSA, another digest than the content's": (rsa_v15("sha256", named=13), UNSUPPORTED),
    "RSA by MD5": (rsa_v15("sha256", named=4), UNSUPPORTED),
    "ECDSA, another digest than the content's": (
        replace(ecdsa("P-256", "sha256"), algorithm=ecdsa("P-256", "sha512").algorithm),
        UNSUPPORTED,
    ),
    "Ed25519 by SHA-256": (edwards("Ed25519", SHA256, hashes.SHA256()), UNSUPPORTED),
    "Ed448 by SHA-512": (edwards("Ed448", SHA512_OID, SHA512_DIGEST), UNSUPPORTED),
    "RSA by SHAKE256": (
        replace(rsa_v15("sha256", named=1), digest_oid=SHAKE256, digest=hashes.SHAKE256(64)),
        UNSUPPORTED,
    ),
    "Ed448 by a short digest": (
        edwards("Ed448", SHAKE256_LEN, hashes.SHAKE256(32), BITS_256),
        UNSUPPORTED,
    ),
    "Ed448, no length where there must be one": (
        edwards("Ed448", SHAKE256_LEN, hashes.SHAKE256(64)),
        UNSUPPORTED,
    ),
    "a digest with parameters": (replace(rsa_v15("sha256"), digest_parameters=BITS_512), UNSUPPORTED),
}


@pytest.mark.parametrize(("way", "reason"), BROKEN.values(), ids=BROKEN)
def test_algorithms_that_do_not_agree_are_refused(way: Way, reason: str) -> None:
    with pytest.raises(SignatureError) as caught:
        opened(mail_by(way))
    assert caught.value.reason == reason


KINDS: dict[str, Way] = {
    "RSA": rsa_v15("sha256"),
    "P-256": ecdsa("P-256", "sha256"),
    "Ed25519": ED25519,
    "Ed448": ED448,
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_signature_by_another_kind_of_key_than_the_certificates_does_not_match(kind: str) -> None:
    for other in KINDS.keys() - {kind}:
        with pytest.raises(SignatureError, match=MISMATCH):
            opened(mail_by(KINDS[kind], certified=other))


@pytest.mark.parametrize("kind", KINDS)
def test_a_signature_over_something_else_does_not_match(kind: str) -> None:
    sign = KINDS[kind].sign
    with pytest.raises(SignatureError, match=MISMATCH):
        opened(mail_by(replace(KINDS[kind], sign=lambda data: sign(data + b"!"))))


WEAK: dict[str, Way] = {
    "RSA": rsa_v15("sha1"),
    "plain RSA": rsa_v15("sha1", named=1),
    "PSS": pss("sha1", 20),
    "ECDSA": ecdsa("P-256", "sha1"),
}


@pytest.mark.parametrize("way", WEAK.values(), ids=WEAK)
def test_sha1_counts_until_the_end_of_a_day_and_is_marked_weak(way: Way) -> None:
    today = datetime.now(UTC).date()
    assert problem_by(way) is SignatureProblem.WEAK_ALGORITHM
    assert problem_by(way, today - DAY) is SignatureProblem.WEAK_ALGORITHM
    signature = opened(mail_by(way), today).signature
    assert signature is not None
    assert signature.valid
    assert signature.weak


def test_a_strong_signature_is_not_marked_weak() -> None:
    signature = opened(mail_by(ED25519), date(2999, 1, 1)).signature
    assert signature is not None
    assert not signature.weak


def test_the_last_day_of_sha1_ends_at_midnight_utc() -> None:
    japan = timezone(timedelta(hours=9))
    last_day = date(2026, 3, 31)
    trust = TrustStore((), sha1_until=last_day)
    assert trust.accepts_sha1(datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC))
    assert trust.accepts_sha1(datetime(2026, 4, 1, 8, 59, 59, tzinfo=japan))
    assert not trust.accepts_sha1(datetime(2026, 4, 1, 9, 0, tzinfo=japan))


def test_sha1_is_no_excuse_for_anything_else() -> None:
    raw = mail_by(rsa_v15("sha1")).replace(b"From: alice", b"From: mallory")
    signature = opened(raw, date(2999, 1, 1)).signature
    assert signature is not None
    assert signature.problem is SignatureProblem.ADDRESS_MISMATCH
