"""What a mail to digitalid@interfax.net brings about. Pure.

Source: user guide, chapter 14, encryption of notifications, a, b and notes 1 to 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from cryptography import x509

from notifications.digital_id_mail import DigitalIdMail


class Unanswered(StrEnum):
    """Nothing changes, and nobody is told."""

    AUTOMATIC = "automatic"
    NO_ADDRESS = "no address"
    NEVER_REGISTERED = "never registered"


@dataclass(frozen=True, slots=True)
class Register:
    """Mail to the address is encrypted from now on, unless a mail with this ``digest`` has registered before."""

    certificate: x509.Certificate
    chain: Sequence[x509.Certificate]
    capabilities: Sequence[str]
    digest: bytes
    header_protection: bool


@dataclass(frozen=True, slots=True)
class Remove:
    """Mail to the address is no longer encrypted."""


@dataclass(frozen=True, slots=True)
class CameEncrypted:
    """Nothing changes: the guide asks for a mail that is not encrypted."""


@dataclass(frozen=True, slots=True)
class BadSignature:
    """Nothing changes. ``problem``: a msgid."""

    problem: str


@dataclass(frozen=True, slots=True)
class RemovalForbidden:
    """Nothing changes: the account wants removals on its site only."""


Outcome = Unanswered | Register | Remove | CameEncrypted | BadSignature | RemovalForbidden


def decide(mail: DigitalIdMail, *, registered: bool, removal_allowed: bool) -> Outcome:
    """``registered``: whether the mail's address has a certificate; ``removal_allowed``: whether its account
    lets a mail without a signature remove it.
    """
    if mail.automatic:
        return Unanswered.AUTOMATIC
    if not mail.address:
        return Unanswered.NO_ADDRESS
    if mail.encrypted:
        return CameEncrypted()
    if mail.problem:
        return BadSignature(mail.problem)
    if mail.signature is not None:
        signature = mail.signature
        return Register(
            signature.encryption_certificate,
            signature.chain,
            signature.capabilities,
            signature.digests[0],
            mail.header_protection,
        )
    if not registered:
        return Unanswered.NEVER_REGISTERED
    return Remove() if removal_allowed else RemovalForbidden()
