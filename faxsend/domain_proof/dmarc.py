"""Whether a signing domain and the domain in From are one organization's (RFC 7489 3.1, 6.6.3). Pure.

DKIM alone is compared, never SPF: docs/adr/0015-who-stands-behind-a-mail.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from publicsuffixlist import PublicSuffixList

from faxsend.domain_proof.dkim import Ask
from faxsend.domain_proof.tags import read_tags


class DmarcResult(StrEnum):
    """As in Authentication-Results (RFC 7489 11.2); ``none``: the domain publishes no policy."""

    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    NONE = "none"
    TEMPERROR = "temperror"


@dataclass(frozen=True, slots=True)
class Policy:
    """Of what a domain publishes: whether the signing domain must be the very one in From (adkim=s)."""

    strict: bool


def find_policy(domain: str, ask: Ask) -> Policy | None:
    """The policy of the domain in From, else of its organization; None if there is none. Raises ``NotAnswered``."""
    for name in dict.fromkeys((domain, organizational_domain(domain))):
        if name and (policy := _policy(ask(f"_dmarc.{name}"))):
            return policy
    return None


def is_aligned(signing: str, author: str, *, strict: bool) -> bool:
    """Whether the domain ``signing`` may speak for the domain ``author``; both in lower case, in A-labels."""
    if signing == author:
        return True
    organization = organizational_domain(signing)
    return not strict and bool(organization) and organization == organizational_domain(author)


def organizational_domain(domain: str) -> str:
    """One label below the public suffix; empty for a public suffix itself, which is nobody's."""
    return _suffixes().privatesuffix(domain) or ""


@cache
def _suffixes() -> PublicSuffixList:
    """The list that the package brings; it is read once."""
    return PublicSuffixList()


def _policy(records: Sequence[bytes]) -> Policy | None:
    """More than one is none (6.6.3)."""
    found = [record for record in records if record.startswith(b"v=DMARC1")]
    tags = read_tags(found[0]) if len(found) == 1 else None
    if tags is None or not (b"p" in tags or b"rua" in tags):
        return None
    return Policy(strict=tags.get(b"adkim", b"r").lower() == b"s")
