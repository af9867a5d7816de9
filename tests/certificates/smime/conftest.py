"""The test CA as files for the openssl program, and that program as a peer that nobody here wrote."""

import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509

from certificates.smime import Identity, OpenedMail, TrustStore, open_mail
from tests.pki import Authority, PemFiles, Person, authority

ENTITY = b"Content-Type: text/plain; charset=utf-8\n\n!*03-1111-2222*!\nhello\n"
CRLF = ENTITY.replace(b"\n", b"\r\n")
BODY = b"!*03-1111-2222*!\r\nhello\r\n"


def identity_of(person: Person) -> Identity:
    return Identity(person.certificate, person.private_key, person.chain)


@dataclass(frozen=True, slots=True)
class Peer:
    """`openssl cms` with the people's certificates in files below `directory`."""

    directory: Path
    written: dict[tuple[x509.Certificate, ...], PemFiles] = field(default_factory=dict)

    def files(self, person: Person) -> PemFiles:
        key = (person.certificate, *person.chain)
        if key not in self.written:
            self.written[key] = person.write_pem(self.directory, f"person{len(self.written)}")
        return self.written[key]

    def run(self, content: bytes, *arguments: object) -> bytes:
        done = subprocess.run(
            ["openssl", "cms", *map(str, arguments)], input=content, capture_output=True, check=False
        )
        assert done.returncode == 0, (arguments, done.stderr)
        return done.stdout

    def encrypt(
        self, content: bytes, *recipients: Person, options: Sequence[str] = ("-aes256",), headers: bool = True
    ) -> bytes:
        certificates = [self.files(person).certificate for person in recipients]
        return self.run(content, "-encrypt", *options, *(HEADERS if headers else ()), *certificates)

    def sign(
        self, content: bytes, *signers: Person, options: Sequence[str] = (), headers: bool = True
    ) -> bytes:
        arguments: list[object] = []
        for person in signers:
            files = self.files(person)
            arguments += ["-signer", files.certificate, "-inkey", files.key]
            arguments += ["-certfile", files.chain] if person.chain and person is signers[0] else []
        return self.run(content, "-sign", *arguments, *options, *(HEADERS if headers else ()))


HEADERS = ("-from", "alice@example.com", "-to", "send@fax.tc", "-subject", "/fax=body")


@pytest.fixture(scope="session")
def pki() -> Authority:
    return authority()


@pytest.fixture(scope="session")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Peer:
    return Peer(tmp_path_factory.mktemp("peer"))


@pytest.fixture(scope="session")
def trust(pki: Authority) -> TrustStore:
    return TrustStore((pki.root.certificate,))


@pytest.fixture(scope="session")
def opened(pki: Authority, trust: TrustStore) -> Callable[[bytes], OpenedMail]:
    """Open a mail now, with the service's key."""

    def run(raw: bytes) -> OpenedMail:
        return open_mail(raw, [identity_of(pki.service)], trust, datetime.now(UTC))

    return run
