"""What we sign and encrypt, read by a peer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Protocol

from asn1crypto import core

from certificates.smime import encrypt, sign
from certificates.smime.policy import (
    AES_128_CBC,
    AES_128_GCM,
    AES_192_CBC,
    AES_256_CBC,
    AES_256_GCM,
    TRIPLE_DES_CBC,
)
from tests.certificates.smime.conftest import ENTITY, identity_of
from tests.certificates.smime.peers.opening import decoded, to_crlf
from tests.certificates.smime.peers.persons import SERVICES, person

CBC = {
    "aes256": AES_256_CBC.oid,
    "aes192": AES_192_CBC.oid,
    "aes128": AES_128_CBC.oid,
    "3des": TRIPLE_DES_CBC.oid,
}
GCM = {"aes256-gcm": AES_256_GCM.oid, "aes128-gcm": AES_128_GCM.oid}


@dataclass(frozen=True, slots=True)
class OurCase:
    """A mail signed by `by`, encrypted to `to` who lists `cipher` alone, or both. "" leaves a step out."""

    group: str
    name: str
    by: str = ""
    to: str = ""
    cipher: str = ""


class Reader(Protocol):
    """A driver: each raises AssertionError if the program is not content."""

    def verify(self, entity: bytes) -> bytes: ...

    def decrypt(self, entity: bytes, name: str) -> bytes: ...


def read_back(case: OurCase, program: Reader) -> bool:
    """Whether the program finds in our mail what we have put in, by the cipher that the recipient lists."""
    entity = to_crlf(ENTITY)
    if case.by:
        entity = sign(entity, identity_of(person(case.by)))
    if case.to:
        entity = encrypt(entity, person(case.to).certificate, capabilities=(case.cipher,))
        assert core.ObjectIdentifier(case.cipher).dump() in decoded(entity)
        entity = program.decrypt(entity, case.to)
    if case.by:
        entity = program.verify(entity)
    return entity == to_crlf(ENTITY)


def our_cases(
    recipients: Sequence[str], ciphers: dict[str, str], signers: Sequence[str] = SERVICES
) -> Iterable[OurCase]:
    """Every key of ours, every key of theirs, every cipher."""
    for name in signers:
        yield OurCase("ours: signed", name, by=name)
    for name, (cipher, oid) in product(recipients, ciphers.items()):
        yield OurCase("ours: encrypted", f"{name}-{cipher}", to=name, cipher=oid)
    for by, to in product(signers, recipients):
        for cipher, oid in ciphers.items():
            yield OurCase("ours: signed, then encrypted", f"{by}-{to}-{cipher}", by=by, to=to, cipher=oid)
