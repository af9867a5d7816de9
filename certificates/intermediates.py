"""Intermediate certificates that valid mails have brought: for signers who forget to send theirs."""

from __future__ import annotations

from datetime import datetime

import structlog
from cryptography import x509

from certificates.identity import fingerprint, pem
from certificates.models import Intermediate
from certificates.smime import Signature

log = structlog.get_logger(__name__)

MOST = 1_000
"""Public authorities have a few hundred for mail; more would only slow down what asks for them."""


def learn(signature: Signature | None, at: datetime) -> None:
    """Keep the authorities between a valid signer and the root. They prove nothing by being kept:

    whatever is signed by them needs a chain to a root, as before. When there are ``MOST``, an expired one goes.
    """
    if signature is None or not signature.valid:
        return
    found = {fingerprint(certificate): certificate for certificate in signature.chain}
    known = Intermediate.objects.filter(fingerprint__in=found).values_list("fingerprint", flat=True)
    new = [found[each] for each in sorted(found.keys() - set(known))]  # two who learn wait in the same order
    if new and _make_room(len(new), at):
        Intermediate.objects.bulk_create([_row(each, at) for each in new], ignore_conflicts=True)


def _make_room(count: int, at: datetime) -> bool:
    too_many = Intermediate.objects.count() + count - MOST
    if too_many <= 0:
        return True
    log.warning("intermediates_full", most=MOST)
    expired = Intermediate.objects.filter(not_after__lt=at).order_by("not_after").values("pk")[:too_many]
    return (
        Intermediate.objects.filter(pk__in=list(expired.values_list("pk", flat=True))).delete()[0] == too_many
    )


def _row(certificate: x509.Certificate, at: datetime) -> Intermediate:
    return Intermediate(
        certificate=pem(certificate),
        fingerprint=fingerprint(certificate),
        subject=certificate.subject.rfc4514_string()[:500],
        not_after=certificate.not_valid_after_utc,
        learned_at=at,
    )
