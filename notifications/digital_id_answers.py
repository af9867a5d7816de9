"""What is said about registrations: answers to the address, news to the people of its account.

Nothing of the mail that is answered is repeated. Answers say of themselves that they are automatic and leave
with the null sender (RFC 3834), so that no program answers them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import formataddr
from enum import Enum

import structlog
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext, gettext_noop

from accounts.models import Account, Language
from notifications.answer_limit import answer_key
from notifications.mailing import SENDER_NAME
from notifications.models import Protection
from notifications.outbox import OutboxMessage, OutboxOptions, deliverable

log = structlog.get_logger(__name__)

_BLANK_LINES = re.compile(r"\n{3,}")
_NULL_SENDER = ""
_UNASKED = {"Auto-Submitted": "auto-generated"}
_BETWEEN_LANGUAGES = "\n" + "-" * 70 + "\n\n"


class Answer(Enum):
    """``subject``: a msgid; ``protection``: what says nothing that is secret can be read by whoever cannot decrypt."""

    REGISTERED = ("registered", gettext_noop("Your certificate has been registered"), Protection.PROTECT)
    REMOVED = ("removed", gettext_noop("Your certificate has been removed"), Protection.SIGN)
    CAME_ENCRYPTED = (
        "came_encrypted",
        gettext_noop("Nothing was registered: your mail was encrypted"),
        Protection.SIGN,
    )
    BAD_SIGNATURE = (
        "bad_signature",
        gettext_noop("Nothing was registered: the signature is not valid"),
        Protection.SIGN,
    )
    REMOVAL_FORBIDDEN = (
        "removal_forbidden",
        gettext_noop("Your certificate has not been removed"),
        Protection.PROTECT,
    )

    def __init__(self, template: str, subject: str, protection: Protection) -> None:
        self.template = template
        self.subject = subject
        self.protection = protection


class News(Enum):
    """What the people of the account learn, and by ``REPLACED`` whoever holds the certificate used until now."""

    CHANGED = ("news_changed", gettext_noop("Another certificate has been registered"))
    REMOVED = ("news_removed", gettext_noop("A registered certificate has been removed"))
    REPLACED = ("news_replaced", gettext_noop("Another certificate has been registered"))

    def __init__(self, template: str, subject: str) -> None:
        self.template = template
        self.subject = subject


@dataclass(frozen=True, slots=True)
class Letter:
    """Who is answered, and by what name. ``key``: one of the inbound message; ``in_reply_to``: empty for none."""

    to: str
    owner: Account | None
    key: str
    in_reply_to: str = ""


def answer(letter: Letter, kind: Answer, **facts: object) -> None:
    """Queue the answer, once per key and at most 20 a day to one address."""
    headers = {"Auto-Submitted": "auto-replied"}
    if letter.in_reply_to:
        headers |= {"In-Reply-To": letter.in_reply_to, "References": letter.in_reply_to}
    # What has changed is told however many mails changed nothing before.
    changed = kind in {Answer.REGISTERED, Answer.REMOVED}
    key = answer_key("digitalid-done" if changed else "digitalid", to=letter.to, key=letter.key)
    _queue(_message(letter, kind, to=letter.to, headers=headers, facts=facts), key, kind.protection)


def tell_users(letter: Letter, news: News, **facts: object) -> None:
    """Queue the news for everybody who logs in for the account, except whoever gets the answer."""
    users = letter.owner.users.filter(is_active=True) if letter.owner else ()
    for address in dict.fromkeys(user.email for user in users):
        if deliverable(address) and address.lower() != letter.to.lower():
            tell(letter, news, to=address, **facts)


def tell(letter: Letter, news: News, *, to: str, **facts: object) -> None:
    """Queue the news for one reader."""
    key = answer_key("digitalid-news", to=to, key=letter.key)
    message = _message(letter, news, to=to, headers=_UNASKED, facts=facts)
    _queue(message, key, Protection.PROTECT, envelope_sender=None, account=letter.owner)


def tell_previous(letter: Letter, certificate: str, **facts: object) -> None:
    """Queue the news for the address itself, so that only ``certificate`` (its fingerprint) can read it.

    Whoever has got hold of the mailbox and registered a certificate of his own cannot keep it from its owner.
    """
    message = _message(letter, News.REPLACED, to=letter.to, headers=_UNASKED, facts=facts)
    key = answer_key("digitalid-old", to=letter.to, key=letter.key)
    _queue(message, key, Protection.PROTECT, only_certificate=certificate)


def _queue(
    message: OutboxMessage,
    key: str | None,
    protection: Protection,
    *,
    only_certificate: str = "",
    envelope_sender: str | None = _NULL_SENDER,
    account: Account | None = None,
) -> None:
    if key is None:
        log.warning("digital_id_not_told", reason="too many")
        return
    message.outbox = OutboxOptions(
        key, protection, envelope_sender, only_certificate=only_certificate, account=account
    )
    message.send()


def _message(
    letter: Letter, kind: Answer | News, *, to: str, headers: dict[str, str], facts: dict[str, object]
) -> OutboxMessage:
    """In the language of the account; in all we have where nobody knows the reader's."""
    owner = letter.owner
    languages = [owner.language] if owner else list(Language)
    context = facts | {"address": letter.to, "digitalid": settings.DIGITALID_ADDRESS}
    zone = owner.time_zone if owner else settings.TIME_ZONE
    subjects, texts = [], []
    for language in languages:
        with translation.override(language), timezone.override(zone):
            subjects.append(gettext(kind.subject))
            texts.append(_text(kind, context))
    return OutboxMessage(
        subject="InterFAX: " + " / ".join(subjects),
        body=_BETWEEN_LANGUAGES.join(texts),
        from_email=formataddr((SENDER_NAME, settings.DEFAULT_FROM_EMAIL)),
        to=[to],
        headers=headers,
    )


def _text(kind: Answer | News, context: dict[str, object]) -> str:
    own = {"problem": gettext(str(context["problem"]))} if context.get("problem") else {}
    site = {"site": settings.SITE_URL}
    text = render_to_string(f"mail/digital_id/{kind.template}.txt", context | own | site)
    return _BLANK_LINES.sub("\n\n", text.strip()) + "\n"
