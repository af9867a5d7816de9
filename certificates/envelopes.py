"""Content keys that accepted orders were encrypted with.

Whoever captures an encrypted mail cannot read it, but could send it again, as an order of one's own or to a
number of one's own: the fax would bring the content. So a content key serves one mail only.

Sameness is the digest of the CMS structure, the effective subject and the envelope's recipients. First come
wins is no proof of who owns a mail; ``Account.encrypted_proof_required`` asks for one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.utils.crypto import salted_hmac

from accounts.models import Account
from certificates.models import SeenEnvelope
from certificates.smime import OpenedMail

SPLIT_WITHIN = timedelta(hours=24)
"""Relays deliver a mail to several recipients in parts; the last part comes this long after the first."""


class Replayed(Exception):
    """A content key that served an accepted order comes with something else, or from another account."""


def seen(encrypted_keys: Collection[bytes]) -> bool:
    """Whether an accepted order was encrypted with one of these keys (``OpenedMail.encrypted_keys``)."""
    return SeenEnvelope.objects.filter(encrypted_key__in=[key.hex() for key in encrypted_keys]).exists()


def claim(account: Account, opened: OpenedMail, *, at: datetime) -> tuple[SeenEnvelope, ...]:
    """Take the content keys of a mail for ``account`` until the end of the caller's transaction: of two
    transactions that want one key the second waits here, and finds what the first has made of it.

    Rolled back, it leaves no trace: what is refused may be sent again. () for a mail that came in clear.
    ``at``: when it arrived. Raises ``Replayed``.
    """
    if not opened.encrypted_keys:
        return ()
    digest = (opened.content_digest or b"").hex()
    # In order, so that two mails with the same keys wait for each other in one place only.
    keys = sorted({key.hex() for key in opened.encrypted_keys})
    new = [
        SeenEnvelope(encrypted_key=key, account=account, content_digest=digest, seen_at=at) for key in keys
    ]
    SeenEnvelope.objects.bulk_create(new, ignore_conflicts=True)
    locked = SeenEnvelope.objects.select_for_update().order_by("encrypted_key")
    rows = tuple(locked.filter(encrypted_key__in=keys))
    if any(row.account_id != account.pk or row.content_digest != digest for row in rows):
        raise Replayed
    return rows


def remaining(
    claimed: Sequence[SeenEnvelope],
    *,
    subject: str,
    message_id: str,
    recipients: Sequence[str],
    at: datetime,
) -> tuple[str, ...]:
    """Those of the envelope's ``recipients`` for whom this mail is an order; () if it is a repeated delivery.

    ``subject`` is the effective one, wherever it stood. Written to the rows of ``claim``, whose transaction is
    committed only if the order is accepted. Raises ``Replayed``.
    """
    if not claimed:
        return tuple(recipients)
    subject_digest, message_id_digest = _digest(subject), _digest(message_id)
    wanted = {_digest(recipient.casefold()): recipient for recipient in recipients}
    served = {digest for row in claimed for digest in row.recipients}
    left = {digest: recipient for digest, recipient in wanted.items() if digest not in served}
    if served and any(row.subject_digest != subject_digest for row in claimed):
        raise Replayed
    if served and left and not _is_rest(claimed, message_id_digest, at):
        raise Replayed
    if left:
        SeenEnvelope.objects.filter(pk__in=[row.pk for row in claimed]).update(
            subject_digest=subject_digest,
            message_id_digest=message_id_digest,
            recipients=sorted({*served, *left}),
        )
    return tuple(left.values())


def _is_rest(claimed: Sequence[SeenEnvelope], message_id_digest: str, at: datetime) -> bool:
    return all(
        row.message_id_digest == message_id_digest and at - row.seen_at <= SPLIT_WITHIN for row in claimed
    )


def _digest(text: str) -> str:
    """Keyed: subjects and addresses name fax numbers, which are few enough to be guessed from a bare hash."""
    return salted_hmac("certificates.envelopes", text, algorithm="sha256").hexdigest()
