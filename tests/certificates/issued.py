"""Service certificates of the test CA, valid when a test wants them to be."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from django.utils import timezone

from certificates.identity import keep
from certificates.models import ServiceIdentity
from certificates.smime import Identity
from tests.pki import SERVICE_ADDRESS, Person, authority, rsa_key


@cache
def key_of(name: str) -> RSAPrivateKey:
    """The same key for the same name: making one costs more than a test."""
    return rsa_key()


def issued(name: str = "one", *, days: tuple[int, int] = (-30, 700)) -> Person:
    """``days``: its validity, counted from now."""
    return authority().issue(
        SERVICE_ADDRESS,
        common_name="secure interfax",
        private_key=key_of(name),
        days=days,
        subject_email=SERVICE_ADDRESS,
    )


def kept(name: str = "one", *, days: tuple[int, int] = (-30, 700), created: int = 0) -> ServiceIdentity:
    """An identity of the service; ``created``: on which day it was made or imported."""
    person = issued(name, days=days)
    row = keep(Identity(person.certificate, person.private_key, person.chain))
    ServiceIdentity.objects.filter(pk=row.pk).update(created_at=timezone.now() + timedelta(days=created))
    row.refresh_from_db()
    return row
