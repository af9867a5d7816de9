"""Certificate revocation lists: imported from a file, or fetched from the configured addresses.

Addresses that stand in received certificates are never fetched: whoever sends a mail would choose whom we
call, and learn when it was opened. What a list is worth: docs/adr/0011-revocation-lists.md.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from certificates.downloading import MAX_BYTES, DownloadFailed, download
from certificates.models import RevocationList, RevocationSource
from certificates.roots import trust_store
from certificates.smime import Crl, UnusableCrl

FETCH_EVERY = timedelta(hours=1)
SOONER = timedelta(minutes=10)
"""When a list that we have was to be replaced since the last try."""
CLOCK_SKEW = timedelta(hours=1)

_OLDER = gettext_noop("There is a newer list of this issuer already.")
_FUTURE = gettext_noop("This list is from the future.")
_TOO_LARGE = gettext_noop("This list is too large.")
_UNKNOWN_ISSUER = gettext_noop(
    "This list is not signed by an authority we know. Accept its root first (trust add); an intermediate is "
    "known from the first valid mail that brings it."
)

log = structlog.get_logger(__name__)


def import_crl(data: bytes, *, at: datetime) -> RevocationList:
    """Keep a list, DER or PEM, in the place of the older one of the same issuer and scope.

    Raises ``UnusableCrl``, whose text is a msgid.
    """
    if len(data) > MAX_BYTES:
        raise UnusableCrl(_TOO_LARGE)
    crl = Crl.parse(data)
    if crl.this_update > at + CLOCK_SKEW:
        raise UnusableCrl(_FUTURE)
    _require_known_issuer(crl)
    return _keep(crl)


def _require_known_issuer(crl: Crl) -> None:
    """Anybody can write a list: one that nobody we know has signed would only take the place of the real one."""
    trust = trust_store()
    known = (*trust.roots, *trust.intermediates)
    if not any(each.subject == crl.issuer_name and crl.is_by(each) for each in known):
        raise UnusableCrl(_UNKNOWN_ISSUER)


@transaction.atomic
def _keep(crl: Crl) -> RevocationList:
    place = {
        "issuer_digest": sha256(crl.issuer).hexdigest(),
        "scope": sha256(crl.scope).hexdigest() if crl.scope else "",
    }
    facts = {
        "issuer": crl.issuer_text[:500],
        "content": crl.der,
        "entries": crl.entries,
        "this_update": crl.this_update,
        "next_update": crl.next_update,
        "imported_at": timezone.now(),
    }
    row, is_new = RevocationList.objects.get_or_create(**place, defaults=facts)
    if is_new:
        return row
    row = RevocationList.objects.select_for_update().get(pk=row.pk)
    if row.this_update > crl.this_update:
        raise UnusableCrl(_OLDER)
    if bytes(row.content) != crl.der:
        for name, value in facts.items():
            setattr(row, name, value)
        row.save()
    return row


def fetch_due(at: datetime) -> None:
    """Fetch each of ``CRL_URLS`` whose hour has come; what came of it stands in its ``RevocationSource``."""
    RevocationSource.objects.exclude(url__in=[url[:500] for url in settings.CRL_URLS]).delete()
    for url in settings.CRL_URLS:
        if _claim(url, at):
            _fetch(url, at)


def _claim(url: str, at: datetime) -> bool:
    """Of several workers one."""
    RevocationSource.objects.get_or_create(url=url[:500])
    replaced = RevocationList.objects.filter(next_update__gt=OuterRef("tried_at"), next_update__lte=at)
    due = (
        Q(tried_at=None) | Q(tried_at__lte=at - FETCH_EVERY) | Q(Exists(replaced), tried_at__lte=at - SOONER)
    )
    return RevocationSource.objects.filter(due, url=url[:500]).update(tried_at=at) == 1


def _fetch(url: str, at: datetime) -> None:
    source = RevocationSource.objects.filter(url=url[:500])
    try:
        row = import_crl(download(url), at=at)
    except DownloadFailed as failure:
        log.warning("revocation_list_not_fetched", reason=str(failure))
        source.update(error=failure.translated[:300])
    except UnusableCrl as unusable:
        log.warning("revocation_list_unusable", reason=str(unusable))
        source.update(error=gettext(str(unusable))[:300])
    else:
        log.info("revocation_list_fetched", entries=row.entries)
        source.update(fetched_at=at, error="")
