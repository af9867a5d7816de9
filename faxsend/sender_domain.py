"""Who really sent it: the domain that stands behind an inbound message, noted on the message (RFC 8601's words)."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext

from faxsend.domain_proof import DmarcResult, DomainProof, prove
from faxsend.models import InboundMessage
from faxsend.txt_records import resolver_of

DKIM_LENGTH = 300


def prove_domain(message: InboundMessage) -> DomainProof:
    """Look at the mail as it came, and note what was found in ``message``.

    Waits for DNS for up to ``txt_records.SECONDS_A_MAIL`` while the caller holds the message's row; that keeps
    nobody but a second worker from this one message.
    """
    ask = resolver_of(tuple(settings.DNS_RESOLVER)).for_one_mail()
    proof = prove(message.content.raw, ask, at=message.received_at)
    message.dkim = _that_fit(proof.domains)
    message.dmarc = str(proof.dmarc or "")
    return proof


def in_words(message: InboundMessage) -> str:
    """What was found, in the active language; empty where the mail had no signature or nobody has looked."""
    if message.dkim:
        sentences = {
            DmarcResult.PASS: gettext("authenticated by DKIM (%(domains)s), DMARC pass"),
            DmarcResult.FAIL: gettext("signed by another domain (DKIM: %(domains)s), DMARC fail"),
        }
        default = gettext("signed by DKIM (%(domains)s)")
        sentence = sentences.get(DmarcResult(message.dmarc), default) if message.dmarc else default
        return sentence % {"domains": message.dkim.replace(" ", ", ")}
    if message.dmarc == DmarcResult.TEMPERROR:
        return gettext("could not be checked: DNS did not answer")
    return gettext("the DKIM signature does not hold") if message.dmarc else ""


def _that_fit(domains: tuple[str, ...]) -> str:
    """As many as the column holds."""
    while len(text := " ".join(domains)) > DKIM_LENGTH:
        domains = domains[:-1]
    return text
