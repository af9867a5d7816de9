"""Where a mail that came, the service's keys and its trust meet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from certificates.identity import service_identities
from certificates.intermediates import learn
from certificates.roots import trust_store
from certificates.smime import Identity, OpenedMail, open_mail


def open_inbound(raw: bytes, *, at: datetime) -> OpenedMail:
    """Open every layer of a mail that arrived ``at``. Raises ``DecryptionError`` and ``SignatureError``."""
    return _open(raw, service_identities(), at)


def open_without_keys(raw: bytes, *, at: datetime) -> OpenedMail:
    """The same for where nothing encrypted is taken: it fails as if no key fitted, and none is used.

    So it tells nobody what a key would have made of it. Raises ``DecryptionError`` and ``SignatureError``.
    """
    return _open(raw, (), at)


def _open(raw: bytes, identities: Sequence[Identity], at: datetime) -> OpenedMail:
    opened = open_mail(raw, identities, trust_store(), at)
    learn(opened.signature, at)
    return opened
