"""Why a domain does not stand behind a mail. Pure: the sentences are msgids, for the pages to translate."""

from __future__ import annotations


def gettext_noop(message: str) -> str:
    """Mark a msgid for extraction without importing the framework."""
    return message


NO_SIGNATURE = gettext_noop("mail has no DKIM signature")
UNREADABLE = gettext_noop("DKIM signature cannot be read")
NOT_ACCEPTED = gettext_noop("DKIM signature uses an algorithm that is not accepted")
IN_PART = gettext_noop("DKIM signature covers only a part of the text (l=)")
WITHOUT_FROM = gettext_noop("DKIM signature does not cover From")
OUT_OF_TIME = gettext_noop("DKIM signature has expired or is from the future")
CHANGED = gettext_noop("mail was changed after it was signed (DKIM)")
NO_KEY = gettext_noop("DKIM key was not found or has been revoked")
UNUSABLE_KEY = gettext_noop("DKIM key is too short or does not fit the signature")
OTHER_DOMAIN = gettext_noop("DKIM signature is of another domain than From")
TOO_MANY = gettext_noop("mail has more DKIM signatures than are looked at")
NO_AUTHOR = gettext_noop("From does not name exactly one address")
NOT_ANSWERED = gettext_noop("the sender's domain could not be asked (DNS)")


class Unproven(Exception):
    """A signature, or a whole mail, that proves nothing; the argument is one of the sentences above."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class NotAnswered(Exception):
    """DNS gave no answer for now; it may give one later."""
