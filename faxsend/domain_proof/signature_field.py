"""A DKIM-Signature field: what it says, and whether that is worth asking for a key (RFC 6376 3.5). Pure."""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from faxsend.domain_proof.canonical import BODY_HASHES, HEADER_FORMS
from faxsend.domain_proof.errors import IN_PART, NOT_ACCEPTED, OUT_OF_TIME, UNREADABLE, WITHOUT_FROM, Unproven
from faxsend.domain_proof.header_fields import Field
from faxsend.domain_proof.tags import listed, read_tags, unbroken

MAX_BYTES = 8192
CLOCK_SKEW = timedelta(hours=1)
"""By which a signer's clock may be ahead."""
ALGORITHMS = {b"rsa-sha256": b"rsa", b"ed25519-sha256": b"ed25519"}
"""What is accepted, and the kind of key it takes; rsa-sha1 is no more (RFC 8301 3.1, RFC 8463)."""

_REQUIRED = (b"v", b"a", b"b", b"bh", b"d", b"h", b"s")
_LABEL = re.compile(r"[a-z0-9_-]{1,63}")
_SECONDS = re.compile(rb"[0-9]{1,12}")


@dataclass(frozen=True, slots=True)
class DkimSignature:
    """``domain`` (d=) and ``selector`` in lower case, ``identity_domain`` that of i=; ``names``: h=, in order.

    ``field`` is the whole field, ``body_hash`` and ``signature`` are the bytes behind bh= and b=.
    """

    field: Field
    key_kind: bytes
    domain: str
    identity_domain: str
    selector: str
    names: tuple[bytes, ...]
    header_form: Callable[[Field], bytes]
    body_form: bytes
    body_hash: bytes
    signature: bytes

    @property
    def digest(self) -> bytes:
        """SHA-256 of the signature: neither RSA nor Ed25519 has a second one for the same bytes."""
        return hashlib.sha256(self.signature).digest()

    def to_be_signed(self) -> bytes:
        """The field itself with an empty b= and without its last line end, in its form (3.7)."""
        name, colon, value = self.field.raw.partition(b":")
        specs = [_emptied(spec) for spec in value.removesuffix(b"\r\n").split(b";")]
        form = self.header_form(Field(self.field.name, name + colon + b";".join(specs) + b"\r\n"))
        return form.removesuffix(b"\r\n")


def read_signature(field: Field, *, at: datetime) -> DkimSignature:
    """Raises ``Unproven``: it cannot be read, is not meant for ``at``, or covers less than it should."""
    tags = read_tags(field.value) if len(field.raw) <= MAX_BYTES else None
    if tags is None or any(name not in tags for name in _REQUIRED) or tags[b"v"] != b"1":
        raise Unproven(UNREADABLE)
    if b"dns/txt" not in listed(tags.get(b"q", b"dns/txt")):
        raise Unproven(UNREADABLE)
    header_form, _, body_form = tags.get(b"c", b"simple").partition(b"/")
    body_form = body_form or b"simple"
    if tags[b"a"] not in ALGORITHMS or header_form not in HEADER_FORMS or body_form not in BODY_HASHES:
        raise Unproven(NOT_ACCEPTED)
    if b"l" in tags:  # whoever has the mail could add to its text
        raise Unproven(IN_PART)
    names = tuple(listed(tags[b"h"]))
    if b"from" not in names:
        raise Unproven(WITHOUT_FROM)
    _require_time(tags, at)
    domain = _domain(tags[b"d"])
    identity_domain = _domain(tags.get(b"i", b"@" + tags[b"d"]).rpartition(b"@")[2])
    if identity_domain != domain and not identity_domain.endswith("." + domain):
        raise Unproven(UNREADABLE)
    return DkimSignature(
        field=field,
        key_kind=ALGORITHMS[tags[b"a"]],
        domain=domain,
        identity_domain=identity_domain,
        selector=_domain(tags[b"s"], labels=1),
        names=names,
        header_form=HEADER_FORMS[header_form],
        body_form=body_form,
        body_hash=decoded(tags[b"bh"]),
        signature=decoded(tags[b"b"]),
    )


def claimed_digest(field: Field) -> bytes | None:
    """``DkimSignature.digest`` whether the signature holds now or not; None if it never can."""
    tags = read_tags(field.value) if len(field.raw) <= MAX_BYTES else None
    try:
        return None if tags is None else hashlib.sha256(decoded(tags.get(b"b", b""))).digest()
    except Unproven:
        return None


def decoded(value: bytes) -> bytes:
    """Base64 with white space anywhere. Raises ``Unproven``."""
    try:
        return binascii.a2b_base64(unbroken(value), strict_mode=True)
    except binascii.Error as error:
        raise Unproven(UNREADABLE) from error


def _require_time(tags: dict[bytes, bytes], at: datetime) -> None:
    """Compared with the time of receipt: mail that has to wait here does not expire here."""
    signed, expires = (_seconds(tags[name]) if name in tags else None for name in (b"t", b"x"))
    if signed is not None and signed > (at + CLOCK_SKEW).timestamp():
        raise Unproven(OUT_OF_TIME)
    if expires is not None and expires <= max(at.timestamp(), signed or 0):
        raise Unproven(OUT_OF_TIME)


def _seconds(value: bytes) -> int:
    """Since 1970; 12 digits are more than any time has."""
    if not _SECONDS.fullmatch(value):
        raise Unproven(UNREADABLE)
    return int(value)


def _domain(value: bytes, *, labels: int = 2) -> str:
    name = value.decode("latin-1").lower()
    parts = name.split(".")
    if len(name) > 253 or len(parts) < labels or not all(map(_LABEL.fullmatch, parts)):
        raise Unproven(UNREADABLE)
    return name


def _emptied(spec: bytes) -> bytes:
    name, equals, _ = spec.partition(b"=")
    return name + equals if name.strip(b" \t\r\n") == b"b" else spec
