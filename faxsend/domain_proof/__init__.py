"""Which domains stand behind a mail as it came: DKIM, and DMARC's alignment with From (RFC 6376, RFC 7489).

Pure but for the DNS answers, which come by ``Ask``. Why DKIM alone counts, and what hostile mail could cost:
docs/adr/0015-who-stands-behind-a-mail.md.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from certificates.smime.addresses import canonical_address
from certificates.smime.mime import single_from
from faxsend.domain_proof.dkim import Ask, Signed, verify
from faxsend.domain_proof.dmarc import DmarcResult, Policy, find_policy, is_aligned
from faxsend.domain_proof.errors import (
    NO_AUTHOR,
    NO_SIGNATURE,
    NOT_ANSWERED,
    OTHER_DOMAIN,
    TOO_MANY,
    NotAnswered,
    Unproven,
)
from faxsend.domain_proof.header_fields import Field, fields_of, split

__all__ = ["NOT_ANSWERED", "Ask", "DmarcResult", "DomainProof", "NotAnswered", "prove"]

_NOT_IN_ADDRESS = re.compile(rb"[\s<>,;:\"()]+")


@dataclass(frozen=True, slots=True)
class DomainProof:
    """``domains`` have signed the mail. ``author``: the address in From, if its own domain is one of them.

    ``covers``: the header fields (lower case) that this domain has signed in all their instances; ``recipients``:
    the addresses in To and Cc, in lower case, as far as it has. ``problem``: why there is no ``author``, a msgid;
    ``temporary``: because DNS did not answer. ``dmarc`` is None where there was nothing to ask for.
    ``signatures``: SHA-256 of the value of each signature in the mail; ``proven_by``: of those that prove ``author``.
    """

    domains: tuple[str, ...] = ()
    dmarc: DmarcResult | None = None
    author: str = ""
    covers: frozenset[bytes] = frozenset()
    recipients: frozenset[str] = field(default=frozenset(), repr=False)
    problem: str = ""
    temporary: bool = False
    signatures: frozenset[bytes] = frozenset()
    proven_by: frozenset[bytes] = frozenset()

    @property
    def aligned(self) -> bool:
        """Whether the domain in From stands behind the mail."""
        return bool(self.author)


def prove(raw: bytes, ask: Ask, *, at: datetime) -> DomainProof:
    """Judge a mail, as it came ``at``, line ends CRLF. A mail without any DKIM signature costs no question."""
    try:
        head, body = split(raw)
        fields = fields_of(head)
    except Unproven as error:
        return DomainProof(problem=error.problem)
    if not any(field.name == b"dkim-signature" for field in fields):
        return DomainProof(problem=NO_SIGNATURE)
    verified = verify(fields, body, ask, at=at)
    author = canonical_address(single_from(head) or "")
    domain = author.rpartition("@")[2]
    if not domain.isascii() or "." not in domain:
        return DomainProof(_domains(verified.signed), problem=NO_AUTHOR, signatures=verified.digests)
    policy, known = _policy_of(domain, ask)
    strict = policy.strict if policy else not known
    aligned = [signed for signed in verified.signed if is_aligned(signed.domain, domain, strict=strict)]
    domains = _domains([*aligned, *verified.signed])
    dmarc = _result(policy, known, is_pass=bool(aligned), is_open=verified.not_answered)
    found = DomainProof(domains, dmarc, signatures=verified.digests)
    if aligned and verified.more:  # one of which could prove the same mail once more
        return replace(found, problem=TOO_MANY)
    if aligned:
        return _proven(found, author, aligned, fields)
    open_ = verified.not_answered or not known
    problem = NOT_ANSWERED if open_ else verified.problem or OTHER_DOMAIN
    return replace(found, problem=problem, temporary=open_)


def _domains(signed: Sequence[Signed]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.domain for each in signed))


def _policy_of(domain: str, ask: Ask) -> tuple[Policy | None, bool]:
    """The policy, and whether it is known; as long as it is not, only the very domain in From counts."""
    try:
        return find_policy(domain, ask), True
    except NotAnswered:
        return None, False


def _result(policy: Policy | None, known: bool, *, is_pass: bool, is_open: bool) -> DmarcResult:
    if not known or (policy and is_open and not is_pass):
        return DmarcResult.TEMPERROR
    if policy is None:
        return DmarcResult.NONE
    return DmarcResult.PASS if is_pass else DmarcResult.FAIL


def _proven(
    found: DomainProof, author: str, aligned: Sequence[Signed], fields: Sequence[Field]
) -> DomainProof:
    covers = frozenset().union(*(signed.covers for signed in aligned))
    recipients = frozenset(
        word.decode("ascii", "replace").lower()
        for each in fields
        if each.name in {b"to", b"cc"} & covers
        for word in _NOT_IN_ADDRESS.split(each.value)
        if b"@" in word
    )
    proven_by = frozenset(signed.digest for signed in aligned)
    return replace(found, author=author, covers=covers, recipients=recipients, proven_by=proven_by)
