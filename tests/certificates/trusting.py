"""Signed mail of the test CA's people, and what the service thinks of it."""

from __future__ import annotations

from django.utils import timezone

from certificates import smime
from certificates.opening import open_inbound
from certificates.smime import Identity, SignatureProblem
from tests.pki import Person

ENTITY = b"Content-Type: text/plain\r\n\r\nhello\r\n"


def mail_of(person: Person, *, chain: bool = True) -> bytes:
    """From alice@example.com, signed by the person; ``chain``: with the intermediate, as it should be."""
    identity = Identity(person.certificate, person.private_key, person.chain if chain else ())
    return b"From: alice@example.com\r\nMIME-Version: 1.0\r\n" + smime.sign(ENTITY, identity)


def problem_of(mail: bytes) -> SignatureProblem | None:
    signature = open_inbound(mail, at=timezone.now()).signature
    assert signature is not None
    return signature.problem
