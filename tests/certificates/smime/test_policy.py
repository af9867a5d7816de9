"""Limits of the library, the tables, choice of the cipher."""

import subprocess
import sys

import pytest
from cryptography.hazmat.backends.openssl import backend
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa, x25519

from certificates.smime import limits, policy
from certificates.smime.ciphers import CbcCipher, GcmCipher
from certificates.smime.key_transport import require_implicit_rejection
from certificates.smime.policy import (
    AES_128_CBC,
    AES_128_GCM,
    AES_192_CBC,
    AES_256_CBC,
    AES_256_GCM,
    AGREEMENT,
    CBC,
    DIGEST,
    GCM,
    OWN_CAPABILITIES,
    REFUSED,
    SCHEME,
    TRANSPORT,
    TRIPLE_DES_CBC,
    WRAPS,
    choose_cipher,
    is_strong,
)
from tests.pki import rsa_key

RC2 = "1.2.840.113549.3.2"


@pytest.mark.parametrize("version", [0x1010117F, 0x30000130, 0x30100080])
def test_an_openssl_without_implicit_rejection_is_refused(version: int) -> None:
    with pytest.raises(ImportError, match=r"OpenSSL 3\.2 or later"):
        require_implicit_rejection(version)


@pytest.mark.parametrize("version", [0x30200000, 0x40000030])
def test_newer_ones_are_taken(version: int) -> None:
    require_implicit_rejection(version)
    require_implicit_rejection(backend.openssl_version_number())


TABLES = (CBC, GCM, TRANSPORT, AGREEMENT, WRAPS, DIGEST, SCHEME)


def test_every_algorithm_has_a_name_a_reason_and_one_entry_in_its_table() -> None:
    for table in TABLES:
        assert len({entry.oid for entry in table}) == len({entry.name for entry in table}) == len(table)
        assert all(entry.reason for entry in table)


def test_what_is_refused_stands_in_no_table() -> None:
    allowed = {entry.oid for table in TABLES for entry in table}
    for refusal in REFUSED:
        assert refusal.name and refusal.reason
        assert refusal.partly == (refusal.oid in allowed)


def test_nothing_weak_or_old_is_sent_but_triple_des() -> None:
    sent = {entry.name for table in TABLES for entry in table if entry.sent}
    assert {"3DES-CBC", "AES-256-CBC", "SHA-256"} <= sent
    assert not [name for name in sent if "RC2" in name or "SHA-1" in name]


@pytest.mark.parametrize(
    ("listed", "chosen"),
    [
        ((), AES_256_CBC),
        ((RC2,), AES_256_CBC),
        ((AES_256_CBC.oid, AES_256_GCM.oid), AES_256_GCM),
        ((AES_256_CBC.oid, AES_128_GCM.oid), AES_128_GCM),
        ((TRIPLE_DES_CBC.oid, RC2), TRIPLE_DES_CBC),
        ((TRIPLE_DES_CBC.oid, AES_128_CBC.oid), AES_128_CBC),
        ((AES_128_CBC.oid, AES_192_CBC.oid), AES_192_CBC),
        (tuple(reversed(OWN_CAPABILITIES)), AES_256_GCM),
    ],
)
def test_the_strongest_cipher_the_recipient_lists_is_used(
    listed: tuple[str, ...], chosen: CbcCipher | GcmCipher
) -> None:
    assert choose_cipher(listed) is chosen


def test_keys_of_other_sizes_and_kinds_are_weak() -> None:
    assert is_strong(rsa_key(2048).public_key())
    assert not is_strong(rsa_key(2040).public_key())
    assert not is_strong(ec.generate_private_key(ec.SECP256K1()).public_key())
    assert not is_strong(x25519.X25519PrivateKey.generate().public_key())


def test_the_edwards_curves_are_strong() -> None:
    assert is_strong(ed25519.Ed25519PrivateKey.generate().public_key())
    assert is_strong(ed448.Ed448PrivateKey.generate().public_key())


def test_the_library_is_looked_at_when_the_package_is_imported() -> None:
    """In a process of its own, whose library says that it is older."""
    script = (
        "from cryptography.hazmat.backends.openssl import backend\n"
        "type(backend).openssl_version_number = lambda self: 0x30100000\n"
        "import certificates.smime\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "ImportError: S/MIME needs a cryptography wheel with OpenSSL 3.2" in done.stderr


def test_the_limits_are_those_that_were_decided() -> None:
    assert limits.MAX_MAIL_BYTES == 41_943_040
    assert (limits.MAX_ELEMENTS, limits.MAX_SEGMENTS, limits.MAX_DEPTH) == (20_000, 60_000, 32)
    assert (limits.MAX_OID_BYTES, limits.MAX_LAYERS) == (64, 6)
    assert (limits.MAX_RECIPIENTS, limits.MAX_SIGNERS, limits.MAX_CERTIFICATES) == (200, 4, 20)
    assert (limits.MIN_RSA_BITS, limits.MAX_RSA_BITS) == (2048, 8192)


def test_we_say_that_we_read_what_others_should_send_us_the_best_first() -> None:
    """AES-256-GCM, AES-256-CBC, AES-128-CBC, and 3DES for Outlook Express, which would send RC2-40 otherwise."""
    assert policy.OWN_CAPABILITIES == (
        "2.16.840.1.101.3.4.1.46",
        "2.16.840.1.101.3.4.1.42",
        "2.16.840.1.101.3.4.1.2",
        "1.2.840.113549.3.7",
    )


def test_what_is_sent_is_marked_so() -> None:
    """Beside the content ciphers, which the capabilities of the receiver choose from."""
    tables = (policy.TRANSPORT, policy.AGREEMENT, policy.WRAPS, policy.DIGEST, policy.SCHEME)
    assert [entry.name for table in tables for entry in table if entry.sent] == [
        "RSA PKCS#1 v1.5",
        "ECDH, SHA-256 KDF",
        "ECDH, SHA-384 KDF",
        "ECDH, SHA-512 KDF",
        "AES-128 wrap",
        "AES-256 wrap",
        "SHA-256",
        "RSA",
        "ECDSA with SHA-256",
    ]


@pytest.mark.parametrize(("bits", "strong"), [(2047, False), (2048, True), (8192, True), (8193, False)])
def test_the_size_of_an_rsa_key_has_both_its_limits(bits: int, strong: bool) -> None:
    modulus = (1 << (bits - 1)) + 1  # nobody asks for its factors
    assert is_strong(rsa.RSAPublicNumbers(65537, modulus).public_key()) is strong


@pytest.mark.parametrize(("bits", "strong"), [(32, True), (33, False)])
def test_the_exponent_of_an_rsa_key_has_a_limit(bits: int, strong: bool) -> None:
    exponent = (1 << (bits - 1)) + 1
    assert is_strong(rsa.RSAPublicNumbers(exponent, (1 << 2047) + 1).public_key()) is strong
