"""Whether the time of a failed decryption tells why it failed (RFC 3218: the million message attack).

Mails that differ in nothing but what the RSA block under the service's key holds are opened in turn.
"""

import base64
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa

from certificates.smime import DecryptionError, Identity, TrustStore, open_mail
from interfax_site.local.bench.measuring import Measure, medians
from interfax_site.local.bench.people import identity_of
from interfax_site.local.customer import Customer

ROUNDS = 2_000
KEY_BYTES = 32
"""Of AES-256, which the mails name."""

_BLOCK_BYTES = 256


def run(*, rounds: int = ROUNDS) -> list[Measure]:
    """The slowest class of failure beside the fastest, in microseconds of the median mail."""
    with tempfile.TemporaryDirectory(prefix="ifx-") as directory:
        service = Customer.create(Path(directory) / "service", "send@fax.tc")
        seconds = medians(_failures(service), rounds=rounds)
    slowest, fastest = (1e6 * each(seconds.values()) for each in (max, min))
    return [Measure("slowest-class-vs-fastest-class", slowest, "µs", fastest, at_most=1.1)]


def _failures(service: Customer) -> dict[str, Callable[[int], object]]:
    identity = identity_of(service)
    envelope = service.openssl(
        *("cms", "-encrypt", "-aes-256-cbc", "-outform", "DER", "own.crt"), data=b"text\r\n" * 1_700
    )
    blocks = {
        "wrong padding": lambda: b"\0\1" + _nonzero(_BLOCK_BYTES - 3 - KEY_BYTES) + b"\0" + _key(KEY_BYTES),
        "no end of the padding": lambda: b"\0\2" + _nonzero(_BLOCK_BYTES - 2),
        "wrong key length": lambda: b"\0\2" + _nonzero(_BLOCK_BYTES - 3 - 16) + b"\0" + _key(16),
        "another key": lambda: b"\0\2" + _nonzero(_BLOCK_BYTES - 3 - KEY_BYTES) + b"\0" + _key(KEY_BYTES),
    }
    return {name: _opening(envelope, identity, make) for name, make in blocks.items()}


def _opening(envelope: bytes, identity: Identity, make: Callable[[], bytes]) -> Callable[[int], None]:
    """Open one of twenty mails of a class; all of them fail."""
    mails = [_mail(envelope, identity, make()) for _ in range(20)]
    trust = TrustStore(())

    def attempt(number: int) -> None:
        with suppress(DecryptionError):
            open_mail(mails[number % len(mails)], [identity], trust, datetime.now(UTC))
            raise AssertionError("a broken mail was opened")

    return attempt


def _mail(envelope: bytes, identity: Identity, block: bytes) -> bytes:
    """`envelope` with another RSA block for its one recipient."""
    key = identity.private_key
    assert isinstance(key, rsa.RSAPrivateKey) and len(block) == _BLOCK_BYTES
    numbers = key.public_key().public_numbers()
    encrypted = pow(int.from_bytes(block), numbers.e, numbers.n).to_bytes(_BLOCK_BYTES)
    header = b"\x04\x82\x01\x00"
    assert envelope.count(header) == 1
    place = envelope.index(header) + len(header)
    changed = envelope[:place] + encrypted + envelope[place + _BLOCK_BYTES :]
    return (
        b"From: taro@example.jp\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(changed)
    )


def _key(length: int) -> bytes:
    return os.urandom(length)


def _nonzero(length: int) -> bytes:
    """Padding octets (RFC 8017 7.2.1)."""
    return bytes(byte or 1 for byte in os.urandom(length))
