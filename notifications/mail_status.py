"""Why a mail was not delivered: the enhanced status codes of RFC 3463, and the words servers use without them. Pure."""

from __future__ import annotations

import re


def gettext_noop(message: str) -> str:
    """Mark a msgid for extraction without importing the framework."""
    return message


UNKNOWN_FAILURE = "5.0.0"

_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)")
_SAYS_NOTHING = re.compile(r"[245]\.(?:0|5)\.0")
"""X.0.0 is "other", and X.5.0 what servers say that know no better."""
NO_SUCH_ADDRESS = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"})
"""Not all of 5.1.x: 5.1.7 and 5.1.8 are about the sender. 5.1.10: RFC 7505."""

_WORDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (status, re.compile("|".join(words), re.IGNORECASE))
    for status, words in (
        (
            "5.2.2",
            (
                r"(?:mailbox|inbox|mail ?folder|account)[^\n]{0,30}(?:\bfull\b|exceed)",
                r"over ?quota|quota (?:is )?exceeded|exceeded[^\n]{0,30}quota|disk quota",
                r"insufficient (?:system |disk )?storage",
                r"容量[^\n]{0,20}(?:超|いっぱい|オーバー|不足)|メールボックスが?(?:いっぱい|満杯)",
            ),
        ),
        (
            "5.1.2",
            (
                r"host (?:or domain )?(?:name )?(?:not found|unknown)|unknown (?:mail )?(?:host|domain)",
                r"domain (?:name )?(?:not found|does(?: not|n't) exist)|no such domain|nxdomain",
                r"couldn'?t find any host|ドメイン[^\n]{0,20}(?:存在し|見つかり)ません",
            ),
        ),
        (
            "5.1.1",
            (
                r"user (?:is )?unknown|unknown (?:user|recipient|local part|mailbox)",
                r"no such (?:user|mailbox|recipient|person|address|account)|no mailbox here",
                r"(?:user|mailbox|recipient|account|address)[^\n]{0,60}(?:not found|does(?: not|n'?t) exist)",
                r"(?:mailbox|account|user) (?:is )?(?:not available|unavailable)|unrouteable address",
                r"invalid (?:recipient|user|mailbox|address)|not listed in|no longer (?:in use|valid|exists)",
                r"recipient (?:unknown|address rejected)|not a valid (?:mailbox|recipient|user)",
                r"(?:宛先|ユーザー?|アドレス|メールボックス)[^\n]{0,30}(?:存在し|見つかり|有効であり|ござい)ません",
                r"宛先(?:が|の)?[^\n]{0,10}(?:不明|誤り)|ご?使用されておりません",
            ),
        ),
        ("5.2.1", (r"(?:mailbox|account|user)[^\n]{0,30}(?:disabled|suspended|inactive|locked)|利用停止",)),
        (
            "5.3.4",
            (r"too (?:large|big)|exceed[^\n]{0,30}size|size (?:limit|exceed)|サイズ[^\n]{0,20}(?:超|大き)",),
        ),
        (
            "5.7.1",
            (
                r"\bspam\b|block(?:ed|list| list)|blacklist|polic(?:y|ies)|(?:access|permission) denied",
                r"not (?:permitted|allowed|authori[sz]ed)|\bdmarc\b|\bspf\b|受信(?:を)?拒否|迷惑メール|ドメイン指定受信",
            ),
        ),
        (
            "4.4.7",
            (
                r"timed out|timeout|too long|expired|no answer from|connection refused|not respond",
                r"応答(?:が|し)[^\n]{0,10}(?:あり|ない)|接続でき",
            ),
        ),
    )
)
"""In this order: what is said more precisely first."""

_MEANINGS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), meaning)
    for pattern, meaning in (
        (
            r"5\.1\.(?:1|2|3|6|10)",
            gettext_noop("The address does not exist. Please check how it is written."),
        ),
        (r"[45]\.2\.2", gettext_noop("The mailbox is full.")),
        (r"[45]\.2\.1", gettext_noop("The mailbox is disabled.")),
        (r"[45]\.(?:2\.3|3\.4)", gettext_noop("The mail is larger than the receiving server takes.")),
        (
            r"[45]\.7\.\d+",
            gettext_noop(
                "The receiving server refuses mail of the service. Please ask its administrator to accept it."
            ),
        ),
        (r"4\..*|5\.4\..*", gettext_noop("The receiving server could not be reached for days.")),
    )
)
_RETURNED = gettext_noop("The receiving server has returned the mail.")


def status_in(text: str) -> str:
    """The first code that stands in ``text`` and says something; empty if there is none."""
    found = [match[0] for match in _STATUS.finditer(text)]
    return next((status for status in found if not _SAYS_NOTHING.fullmatch(status)), "")


def status_of_words(text: str) -> str:
    """The code for what ``text`` says in words, in English or Japanese; empty if that is not known."""
    return next((status for status, words in _WORDS if words.search(text)), "")


def is_no_such_address(status: str) -> bool:
    """Whether no mail will ever arrive there."""
    return status in NO_SUCH_ADDRESS


def meaning_of(status: str) -> str:
    """A msgid: what a customer should know of a failure."""
    return next((meaning for pattern, meaning in _MEANINGS if pattern.fullmatch(status)), _RETURNED)
