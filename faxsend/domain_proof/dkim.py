"""The DKIM signatures of a mail (RFC 6376, 8301, 8463): which domains signed it, and what they cover. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from faxsend.domain_proof.canonical import BODY_HASHES
from faxsend.domain_proof.errors import CHANGED, NO_SIGNATURE, NOT_ANSWERED, NotAnswered, Unproven
from faxsend.domain_proof.header_fields import Field
from faxsend.domain_proof.key_record import holds, read_key
from faxsend.domain_proof.signature_field import DkimSignature, claimed_digest, read_signature

MAX_SIGNATURES = 5
"""That are looked at; a forwarded mail has two or three."""

Ask = Callable[[str], Sequence[bytes]]
"""The TXT records of a name, each in one piece; none if it has none. Raises ``NotAnswered``."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that holds: of which domain, and the names of the fields that it covers in all their instances.

    A name that the mail does not have is covered too if it was signed, but not otherwise: anybody could add it.
    ``digest``: SHA-256 of the signature's value.
    """

    domain: str
    covers: frozenset[bytes]
    digest: bytes


@dataclass(frozen=True, slots=True)
class Verified:
    """``problem``: of the first signature that does not hold, a msgid; ``not_answered``: a key could not be asked for.

    ``digests``: of all that were looked at, for what does not hold now may hold another time. ``more``: there are
    others.
    """

    signed: tuple[Signed, ...]
    problem: str
    not_answered: bool
    digests: frozenset[bytes]
    more: bool


def verify(fields: Sequence[Field], body: bytes, ask: Ask, *, at: datetime) -> Verified:
    """Look at the first ``MAX_SIGNATURES`` signatures of a mail that came ``at``; never raises for what stands in it."""
    there = [field for field in fields if field.name == b"dkim-signature"]
    found = there[:MAX_SIGNATURES]
    hashes: dict[bytes, bytes] = {}
    signed: list[Signed] = []
    problems: list[str] = []
    for field in found:
        try:
            signed.append(_verify(read_signature(field, at=at), fields, body, hashes, ask))
        except Unproven as error:
            problems.append(error.problem)
        except NotAnswered:
            problems.append(NOT_ANSWERED)
    problem = next(iter(problems), "" if signed else NO_SIGNATURE)
    digests = frozenset(digest for field in found if (digest := claimed_digest(field)))
    return Verified(tuple(signed), problem, NOT_ANSWERED in problems, digests, there != found)


def _verify(
    signature: DkimSignature, fields: Sequence[Field], body: bytes, hashes: dict[bytes, bytes], ask: Ask
) -> Signed:
    """``hashes``: those of the body by form, which need not be made twice. The key is asked for last."""
    if signature.body_form not in hashes:
        hashes[signature.body_form] = BODY_HASHES[signature.body_form](body)
    if hashes[signature.body_form] != signature.body_hash:
        raise Unproven(CHANGED)
    key = read_key(ask(f"{signature.selector}._domainkey.{signature.domain}"), signature)
    if not holds(key, signature.signature, _signed_fields(signature, fields) + signature.to_be_signed()):
        raise Unproven(CHANGED)
    return Signed(signature.domain, _covered(signature, fields), signature.digest)


def _signed_fields(signature: DkimSignature, fields: Sequence[Field]) -> bytes:
    """Each name of h= takes the last instance that is left; one that is not there counts as empty (5.4.2)."""
    left: defaultdict[bytes, list[Field]] = defaultdict(list)
    for field in fields:
        if field is not signature.field:
            left[field.name].append(field)
    return b"".join(signature.header_form(left[name].pop()) for name in signature.names if left[name])


def _covered(signature: DkimSignature, fields: Sequence[Field]) -> frozenset[bytes]:
    signed, present = Counter(signature.names), Counter(field.name for field in fields)
    return frozenset(name for name, times in signed.items() if times >= present[name])
