"""Whether a mail was written by a program on its own: bounces, absence notes, lists. Pure; trusts nothing.

Sources: RFC 3834 (Auto-Submitted), RFC 6522 (multipart/report), RFC 5321, 4.5.5 (the null sender), and the
fields by which programs said so before there was a standard. What says it in no field is told by its subject.
"""

from __future__ import annotations

import re
from email.errors import MessageError
from email.header import decode_header, make_header

from certificates.smime import mime
from certificates.smime.content_headers import content_headers

_LONGEST_SUBJECT = 2000
_FOR_MANY = {b"bulk", b"junk", b"list", b"auto_reply"}
_SAY_SO = (
    b"x-autoreply",
    b"x-autorespond",
    b"x-autoresponse",
    b"x-vacation",
    b"x-failed-recipients",
    b"list-id",
)
_COMMENT = re.compile(rb"\([^()]*\)")
_SUBJECT = re.compile(
    r"\s*[\[【<(]?\s*(?:自動(?:返信|応答)|(?:ただいま)?不在|休暇(?:中|通知)|auto(?:matic)?[ -]?(?:reply|response)"
    r"|auto:|out of (?:the )?office|vacation (?:reply|response|notice|message)|on vacation|undeliver|delivery status|mail delivery|returned mail)",
    re.IGNORECASE,
)


def is_automatic(raw: bytes, *, sender: str) -> bool:
    """``raw``: the mail as it came; ``sender``: of its envelope, empty for the null sender."""
    headers = mime.split(raw)[0][: mime.MAX_HEADER_BYTES]
    return (
        not sender
        or any(_says_automatic(value) for value in mime.named(headers, b"auto-submitted"))
        or any(value.lower() in _FOR_MANY for value in mime.named(headers, b"precedence"))
        or any(value == b"<>" for value in mime.named(headers, b"return-path"))
        or any(mime.named(headers, name) for name in _SAY_SO)
        or content_headers(headers).media_type == "multipart/report"
        or any(_SUBJECT.match(_decoded(value)) for value in mime.named(headers, b"subject"))
    )


def subject_of(headers: bytes) -> str:
    """The first subject, decoded as far as it can be; empty if there is none."""
    found = mime.named(headers[: mime.MAX_HEADER_BYTES], b"subject")
    return _decoded(found[0]) if found else ""


def _says_automatic(value: bytes) -> bool:
    """Everything but ``no``; parameters and comments may follow it (RFC 3834, 5)."""
    keyword = _COMMENT.sub(b"", value[: mime.MAX_FIELD_BYTES]).partition(b";")[0]
    return keyword.strip().lower() != b"no"


def _decoded(subject: bytes) -> str:
    text = subject[:_LONGEST_SUBJECT].decode("utf-8", "replace")
    try:
        return str(make_header(decode_header(text)))
    except (MessageError, LookupError, ValueError):
        return text
