"""digitalid@interfax.net: whoever mails here registers a certificate or removes it, each for one's own address.

Source: user guide, chapter 14, encryption of notifications.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial

import structlog

from certificates import registration
from certificates.identity import fingerprint
from certificates.opening import open_without_keys
from notifications.certificate_owners import accounts_concerned, owner_of
from notifications.digital_id_answers import Answer, Letter, News, answer, tell_previous, tell_users
from notifications.digital_id_mail import USED_BEFORE, read
from notifications.digital_id_outcomes import (
    BadSignature,
    CameEncrypted,
    Outcome,
    Register,
    RemovalForbidden,
    Remove,
    Unanswered,
    decide,
)
from notifications.forwarding import forwards_encrypted_to, protect_forwarding
from notifications.mailing import preference_of
from notifications.originals import message_id_of

log = structlog.get_logger(__name__)


def handle(raw: bytes, *, sender: str, at: datetime, key: str) -> None:
    """Do what the mail asks for and answer it, in the caller's transaction.

    ``sender``: of the envelope; ``at``: when it arrived; ``key``: of the inbound message, at most 80 characters.
    A mail that cannot be read changes nothing; only faults of our own are raised.
    """
    mail = read(raw, sender=sender, open_mail=partial(open_without_keys, at=at))
    owner = owner_of(mail.address) if mail.address else None
    outcome = decide(
        mail,
        registered=bool(mail.address) and registration.newest(mail.address) is not None,
        removal_allowed=bool(mail.address) and removal_allowed(mail.address),
    )
    log.info("digital_id", message=key, outcome=getattr(outcome, "value", type(outcome).__name__))
    letter = Letter(to=mail.address, owner=owner, key=key, in_reply_to=message_id_of(raw))
    _carry_out(outcome, letter)


def removal_allowed(address: str) -> bool:
    """Whether a mail without a signature removes the certificate of an address: unless an account forbids it.

    One that names the address too takes nothing from the one that forbids: naming is free.
    """
    return all(preference_of(account).removal_by_mail for account in accounts_concerned(address))


def _carry_out(outcome: Outcome, letter: Letter) -> None:
    match outcome:
        case Unanswered():
            return
        case Register():
            _register(outcome, letter)
        case Remove():
            registration.clear(letter.to)
            answer(letter, Answer.REMOVED, forwarding=forwards_encrypted_to(letter.to))
            tell_users(letter, News.REMOVED)
        case CameEncrypted():
            answer(letter, Answer.CAME_ENCRYPTED)
        case BadSignature(problem):
            answer(letter, Answer.BAD_SIGNATURE, problem=problem)
        case RemovalForbidden():
            answer(letter, Answer.REMOVAL_FORBIDDEN)


def _register(wanted: Register, letter: Letter) -> None:
    """Note 4 of the guide: the forwarding of received faxes is protected along with the notifications.

    A mail that has registered before does not bring back a certificate that has been replaced or removed since;
    while it is registered still, the mail was merely delivered twice.
    """
    before, previous = registration.newest(letter.to), registration.in_use(letter.to)
    if not registration.first_use(wanted.digest):
        log.info("digital_id_used_before", message=letter.key)
        if before is None or before.fingerprint != fingerprint(wanted.certificate):
            answer(letter, Answer.BAD_SIGNATURE, problem=USED_BEFORE)
        return
    registration.register(
        wanted.certificate,
        chain=wanted.chain,
        address=letter.to,
        capabilities=wanted.capabilities,
        header_protection=wanted.header_protection,
    )
    forwarding = protect_forwarding(letter.to)
    facts = {
        "fingerprint": fingerprint(wanted.certificate),
        "not_after": wanted.certificate.not_valid_after_utc,
    }
    answer(
        letter,
        Answer.REGISTERED,
        forwarding=forwarding,
        removal_by_mail=removal_allowed(letter.to),
        **facts,
    )
    if before is not None and before.fingerprint != facts["fingerprint"]:
        tell_users(letter, News.CHANGED, **facts)
    if previous is not None and previous.fingerprint != facts["fingerprint"]:
        tell_previous(letter, previous.fingerprint, **facts)
