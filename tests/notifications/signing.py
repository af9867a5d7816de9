"""Mails to digitalid@interfax.net, signed by the openssl program with certificates of the test CA."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.serialization import Encoding
from django.utils import timezone

from certificates.identity import keep
from certificates.roots import add_root
from certificates.smime import Identity
from interfax_site.local.customer import Customer
from notifications import digital_ids
from notifications.models import OutgoingMail
from tests.pki import Person, authority

ALICE = "alice@example.com"
BLANK = b"Content-Type: text/plain\r\n\r\n\r\n"


@cache
def _directory() -> TemporaryDirectory[str]:
    """Gone at the end of the process."""
    return TemporaryDirectory()


@cache
def workplace() -> Customer:
    """Where the openssl program works, with what everybody has of the service."""
    place = Customer(Path(_directory().name), ALICE)
    authority().service.write_pem(place.directory, "service")
    (place.directory / "root.crt").write_bytes(authority().root.certificate.public_bytes(Encoding.PEM))
    return place


def trusted_service() -> None:
    """The service has its identity, and the test CA is believed."""
    service = authority().service
    keep(Identity(service.certificate, service.private_key, service.chain))
    add_root(authority().root.certificate.public_bytes(Encoding.PEM))


def signed(person: Person, *, entity: bytes = BLANK, options: tuple[str, ...] = ()) -> bytes:
    """A MIME entity with the person's signature, made by the openssl program."""
    files = person.write_pem(workplace().directory, "signer")
    chain = ("-certfile", str(files.chain)) if person.chain else ()
    signer = ("-signer", str(files.certificate), "-inkey", str(files.key))
    return workplace().openssl("cms", "-sign", *signer, *chain, *options, data=entity)


def encrypted(entity: bytes, *others: Person) -> bytes:
    """The entity, encrypted for the service, and for the others too."""
    files = [person.write_pem(workplace().directory, f"other{i}") for i, person in enumerate(others)]
    readers = ["service.crt", *(str(each.certificate) for each in files)]
    return workplace().openssl("cms", "-encrypt", "-aes-256-cbc", *readers, data=entity)


def decrypted(mail: bytes, person: Person) -> bytes:
    """The entity inside a mail, opened by the openssl program with the person's key."""
    files = person.write_pem(workplace().directory, "reader")
    recipient = ("-recip", str(files.certificate), "-inkey", str(files.key))
    return workplace().openssl("cms", "-decrypt", *recipient, data=mail)


def mail(entity: bytes = BLANK, *, sender: str = ALICE, headers: str = "") -> bytes:
    """A whole mail to digitalid@, CRLF."""
    head = f"From: {sender}\r\nTo: digitalid@interfax.net\r\nMessage-ID: <1@example.com>\r\n{headers}"
    raw = head.encode() + entity
    return raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def handle(raw: bytes, *, key: str = "m1", sender: str = ALICE, at: datetime | None = None) -> None:
    digital_ids.handle(raw, sender=sender, at=at or timezone.now(), key=key)


def answers() -> list[OutgoingMail]:
    return list(OutgoingMail.objects.filter(key__regex=r"^digitalid(-done)?:").order_by("pk"))
