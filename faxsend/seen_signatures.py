"""Signatures that have proven orders: each proves one.

Whoever has seen a signed mail can send it again, with other header fields and other envelope recipients: a DKIM
signature holds as long as what it covers is the same, an S/MIME signature covers no header field at all. Where an
account demands such a proof (``authentication.relied_on``), the second mail is the same order or none.
Why so: docs/adr/0018-one-signature-one-order.md.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.crypto import salted_hmac

from accounts.models import Account
from faxsend.mail import Mail
from faxsend.models import SeenSignature
from notifications.refusals import SignatureUsed


@dataclass(frozen=True, slots=True)
class Signatures:
    """Of one mail, their SHA-256. ``proving``: those that the account believes now; ``others`` may be believed another
    time, when a key is found that was not, or a certificate has expired.
    """

    proving: frozenset[bytes] = frozenset()
    others: frozenset[bytes] = frozenset()


def unserved(
    account: Account, signatures: Signatures, mail: Mail, recipients: Sequence[str], *, at: datetime
) -> tuple[str, ...]:
    """Those of the envelope's ``recipients`` for whom the mail that came ``at`` is an order still; () if it is a
    repeated delivery.

    Holds off a second mail with the same signature until the end of the caller's transaction, which is committed only
    if the order is accepted: what is refused may be sent again. Raises ``SignatureUsed``.
    """
    if not (recipients and signatures.proving):
        return tuple(recipients)
    rows = _locked(account, signatures, at)
    proving = {digest.hex() for digest in signatures.proving}
    used = [row for row in rows if row.digest in proving and row.recipients]
    served = {digest for row in used for digest in row.recipients}
    wanted = {_digest(recipient.casefold()): recipient for recipient in recipients}
    left = {digest: recipient for digest, recipient in wanted.items() if digest not in served}
    same_mail = _mail_digest(mail)
    if any(row.mail_digest != same_mail for row in used) or (used and not _are_named(left.values(), mail)):
        raise SignatureUsed
    for row in rows:
        row.mail_digest = row.mail_digest or same_mail
        row.recipients = sorted({*row.recipients, *wanted})
    SeenSignature.objects.bulk_update(rows, ["mail_digest", "recipients"])
    return tuple(left.values())


def _locked(account: Account, signatures: Signatures, at: datetime) -> list[SeenSignature]:
    """In order, so that two mails with the same signatures wait for each other in one place only."""
    digests = sorted(digest.hex() for digest in signatures.proving | signatures.others)
    new = [SeenSignature(account=account, digest=digest, seen_at=at) for digest in digests]
    SeenSignature.objects.bulk_create(new, ignore_conflicts=True)
    seen = account.seen_signatures.filter(digest__in=digests)
    return list(seen.select_for_update().order_by("digest"))


def _are_named(recipients: Collection[str], mail: Mail) -> bool:
    """Whether the mail, which is the one that was accepted first, is addressed to them in sight of its author."""
    return {recipient.casefold() for recipient in recipients} <= mail.addressees


def _mail_digest(mail: Mail) -> str:
    return _digest(json.dumps([mail.subject, mail.message_id, sorted(mail.addressees)]))


def _digest(text: str) -> str:
    """Keyed: subjects and addresses name fax numbers, which are few enough to be guessed from a bare hash."""
    return salted_hmac("faxsend.seen_signatures", text, algorithm="sha256").hexdigest()
