"""Opening mails of 10 kB, beside what cannot be avoided (the RSA private operation) and beside `openssl cms`."""

import os
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from certificates.smime import Identity, OpenedMail, TrustStore, open_mail
from interfax_site.local.bench.measuring import Measure, medians, middle_medians
from interfax_site.local.bench.people import identity_of
from interfax_site.local.customer import Customer

BYTES = 10_000
MAILS = 20
ROUNDS = 400
PROCESS_RUNS, PROCESS_ROUNDS = 15, 5
OPENINGS = 8
"""In the time of one process, about."""


def run(*, rounds: int = ROUNDS, runs: int = PROCESS_RUNS) -> list[Measure]:
    """Three measures, in mails a second, on one core; `runs`: of the one that starts programs."""
    with tempfile.TemporaryDirectory(prefix="ifx-") as directory:
        service = Customer.create(Path(directory) / "service", "send@fax.tc")
        customer = Customer.create(Path(directory) / "customer", "taro@example.jp")
        return _measure(service, customer, rounds, runs)


def _measure(service: Customer, customer: Customer, rounds: int, runs: int) -> list[Measure]:
    identity = identity_of(service)
    trust = TrustStore((x509.load_pem_x509_certificate(customer.root.read_bytes()),))
    encrypted = [_encrypted(customer, service, _entity()) for _ in range(MAILS)]
    signed = [_encrypted(customer, service, customer.sign(_entity())) for _ in range(MAILS)]
    assert not _open(encrypted[0], identity, trust).signature
    signature = _open(signed[0], identity, trust).signature
    assert signature is not None and signature.valid
    key = identity.private_key
    assert isinstance(key, rsa.RSAPrivateKey)
    keys = [key.public_key().encrypt(os.urandom(32), padding.PKCS1v15()) for _ in range(MAILS)]
    seconds = medians(
        {
            "rsa": lambda number: key.decrypt(keys[number % MAILS], padding.PKCS1v15()),
            "encrypted": lambda number: _open(encrypted[number % MAILS], identity, trust),
            "signed": lambda number: _open(signed[number % MAILS], identity, trust),
        },
        rounds=rounds,
    )
    beside = middle_medians(
        {
            "ours": lambda _number: [_open(mail, identity, trust) for mail in encrypted[:OPENINGS]],
            "openssl": lambda number: service.decrypt(encrypted[number % MAILS]),
        },
        runs=runs,
        rounds=PROCESS_ROUNDS,
    )
    unit = "mails/s"
    return [
        Measure("open-encrypted-10k", 1 / seconds["encrypted"], unit, 1 / seconds["rsa"], at_least=0.4),
        Measure("open-signed-encrypted-10k", 1 / seconds["signed"], unit, 1 / seconds["rsa"], at_least=0.1),
        Measure(
            "open-encrypted-10k-vs-openssl-process",
            OPENINGS / beside["ours"],
            unit,
            1 / beside["openssl"],
            at_least=8,
        ),
    ]


def _open(mail: bytes, identity: Identity, trust: TrustStore) -> OpenedMail:
    return open_mail(mail, [identity], trust, datetime.now(UTC))


def _entity() -> bytes:
    """A text of its own each time."""
    lines: Sequence[str] = [os.urandom(36).hex() for _ in range(BYTES // 74)]
    return "\r\n".join(["Content-Type: text/plain; charset=us-ascii", "", *lines, ""]).encode()


def _encrypted(customer: Customer, service: Customer, entity: bytes) -> bytes:
    return customer.encrypt(
        entity, subject="/fax=03-1111-2222", to=service.address, recipient=service.certificate
    )
