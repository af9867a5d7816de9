"""A mail to digitalid@interfax.net, read as far as a decision needs it. Pure: bytes in, a frozen result out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from certificates.smime import (
    DecryptionError,
    OpenedMail,
    Signature,
    SignatureError,
    can_encrypt_to,
    mime,
)
from notifications.automatic import is_automatic

LONGEST_ADDRESS = 254

_CONTENT_FIELD = re.compile(
    rb"^content-(?:type|disposition):[^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE | re.MULTILINE
)
_SIGNED_PART = re.compile(rb"multipart/signed|application/(?:x-)?pkcs7-|\.p7[mscb]\b", re.IGNORECASE)


def gettext_noop(message: str) -> str:
    """Mark a msgid for extraction without importing the framework."""
    return message


NOT_WHOLE = gettext_noop("signature does not cover the whole mail")
NO_ENCRYPTION = gettext_noop("certificate cannot be used for encryption")
USED_BEFORE = gettext_noop("this mail has been used before; send a new one")
OF_THE_ENGINE = (
    gettext_noop("signature is malformed"),
    gettext_noop("signature does not match the content"),
    gettext_noop("signature algorithm is not supported"),
    gettext_noop("signature comes without its certificate"),
    gettext_noop("signature is nested too deep"),
    gettext_noop("protected header fields do not fit the mail"),
)
"""Sentences of ``certificates.smime``, marked here because that room knows no translation."""


@dataclass(frozen=True, slots=True)
class DigitalIdMail:
    """``address``: the one From mailbox, empty if there is not exactly one that can be answered.

    ``problem``: why the signature that came with it counts as none, a msgid; empty if ``signature`` counts or
    there is none. ``header_protection``: the sender's program reads protected header fields, as it writes them.
    """

    address: str
    automatic: bool
    encrypted: bool = False
    signature: Signature | None = None
    problem: str = ""
    header_protection: bool = False


def read(raw: bytes, *, sender: str, open_mail: Callable[[bytes], OpenedMail]) -> DigitalIdMail:
    """``raw``: as it came; ``sender``: of its envelope; ``open_mail``: takes the S/MIME layers off.

    Raises nothing of its own.
    """
    address, automatic = _from_address(raw), is_automatic(raw, sender=sender)
    try:
        opened = open_mail(raw)
    except DecryptionError:
        return DigitalIdMail(address, automatic, encrypted=True)
    except SignatureError as error:
        return DigitalIdMail(address, automatic, encrypted=error.encrypted, problem=error.reason)
    # The author may stand inside, and it is he whom the signature was compared with (RFC 9788).
    address = _from_address(opened.message)
    signature = opened.signature
    problem = _traces(raw) if signature is None else _problem(signature)
    return DigitalIdMail(address, automatic, opened.encrypted, signature, problem, opened.header_protection)


def _from_address(raw: bytes) -> str:
    """As the S/MIME engine reads it, so that a signature and an answer mean the same address."""
    address = mime.single_from(mime.split(raw)[0]) or ""
    fit = len(address) <= LONGEST_ADDRESS and address.isascii() and address.isprintable()
    return address if fit else ""


def _problem(signature: Signature) -> str:
    if signature.problem is not None:
        return signature.problem.sentence
    return "" if can_encrypt_to(signature.encryption_certificate) else NO_ENCRYPTION


def _traces(raw: bytes) -> str:
    """A signed mail to which a server on the way has added a footer is no ordinary mail without a signature."""
    signed = any(_SIGNED_PART.search(field[0]) for field in _CONTENT_FIELD.finditer(raw))
    return NOT_WHOLE if signed else ""
