"""Opening mails with nobody's trust: what comes out, or the one refusal."""

from datetime import UTC, datetime
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from certificates.smime import DecryptionError, OpenedMail, TrustStore, open_mail
from certificates.smime.mime import split
from tests.certificates.smime.conftest import identity_of
from tests.pki import Person, authority

CURVES: dict[str, ec.EllipticCurve] = {"256": ec.SECP256R1(), "384": ec.SECP384R1(), "521": ec.SECP521R1()}


@cache
def elliptic(curve: str) -> Person:
    """The service with a key on a curve."""
    return authority().issue("send@fax.tc", private_key=ec.generate_private_key(CURVES[curve]))


def opened_by(raw: bytes, *people: Person) -> OpenedMail:
    return open_mail(raw, [identity_of(person) for person in people], TrustStore(()), datetime.now(UTC))


def body_of(raw: bytes, *people: Person) -> bytes:
    """The body of what was encrypted to one of these."""
    opened = opened_by(raw, *people)
    assert opened.encrypted
    return split(opened.message)[1]


def refuse(raw: bytes, *people: Person) -> None:
    """Every failure looks the same."""
    with pytest.raises(DecryptionError, match=r"\Amessage cannot be decrypted\Z") as caught:
        opened_by(raw, *people)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
