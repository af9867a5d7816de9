"""What a mail that came back says: reports of RFC 3464, and what servers write who know no such thing. Pure.

Trusts nothing: whose mail it was is known from the address it came to, so nothing here is taken for an address.
A mail is looked into once, up to a bound, and never taken apart further than to its report.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from certificates.smime import mime
from certificates.smime.content_headers import content_headers, content_parameter
from notifications.automatic import subject_of
from notifications.mail_status import UNKNOWN_FAILURE, status_in, status_of_words

LOOKED_INTO = 256 * 1024
"""Bytes; the report stands before the returned mail."""
LONGEST_TEXT = 16 * 1024
MOST_RECIPIENTS = 200
MOST_LEVELS = 4


class Outcome(StrEnum):
    """``FAILED``: for good. ``NO_REPORT``: absence notes and whatever else is no word about a delivery."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    NO_REPORT = "no report"


@dataclass(frozen=True, slots=True)
class Bounce:
    """``status``: of RFC 3463, such as ``5.1.1``, for a failure; 4.x.x is one too when a server has given up."""

    outcome: Outcome
    status: str = ""


_REPORT = re.compile(
    rb"^content-type:[ \t]*(?:\r?\n[ \t]+)?message/(?:global-)?delivery-status", re.IGNORECASE | re.MULTILINE
)
_DELIMITER = re.compile(rb"^--", re.MULTILINE)
_BLANK_LINES = re.compile(rb"(?:\r?\n[ \t]*){2,}")
_FAILED_ACTION = "failed"
_TAKEN_ACTIONS = frozenset({"delivered", "relayed", "expanded"})
_ACTIONS_BY_CLASS = {"5": _FAILED_ACTION, "4": "delayed", "2": "delivered"}

_PROGRAM = re.compile(rb"mailer-daemon|mail-daemon|postmaster|mdaemon|mail delivery", re.IGNORECASE)
# 「FAX送信が失敗しました」 is a subject of ours, which absence notes repeat.
_RETURNED = re.compile(
    r"undeliver|returned mail|failure notice|deliver\w* (?:has )?fail|delivery (?:failure|error)|non[- ]?deliver"
    r"|user unknown|could not be delivered|returned to sender|delivery status notification"
    r"|(?:配信|配達|(?<!FAX)送信|送達|転送)[^\n]{0,10}(?:不能|エラー|でき(?:ません|なかった)|失敗)|エラーメール|宛先不明",
    re.IGNORECASE,
)
_DELAYED = re.compile(
    r"\bdelay(?:ed)?\b|warning: (?:message|could not send)|still being (?:re)?tried|not yet been delivered"
    r"|will (?:keep|continue) (?:try|be)|no action is required|do not need to (?:re)?send"
    r"|遅れて|遅延|再(?:配信|送)を(?:試み|続け)",
    re.IGNORECASE,
)
_RETURNED_MAIL = re.compile(
    r"(?:below this line is|this is|following is|here is) a copy of|--[ \t]{0,9}original |original (?:message|text|mail) follows"
    r"|message headers? follow|元のメッセージ|以下(?:は|に)[^\n]{0,20}(?:メール|メッセージ)の(?:内容|写し|コピー)",
    re.IGNORECASE,
)
_TAG = re.compile(r"<[/!a-zA-Z][^<>]{0,1000}>")
_CHARSETS = {
    "iso-2022-jp": "iso2022_jp",
    "shift_jis": "cp932",
    "windows-31j": "cp932",
    "cp932": "cp932",
    "euc-jp": "euc_jp",
    "iso-8859-1": "latin-1",
    "windows-1252": "cp1252",
}
"""The others are read as UTF-8: a codec that a mail can choose freely may be a slow one."""


def read(raw: bytes) -> Bounce:
    """``raw``: the mail as it came. Raises nothing."""
    mail = raw[:LOOKED_INTO]
    return _report(mail) or _notice(mail)


def _report(mail: bytes) -> Bounce | None:
    """RFC 3464, wherever in the mail the report stands; None if there is none that names a recipient."""
    found = _REPORT.search(mail)
    if found is None:
        return None
    before = mail.rfind(b"\n--", 0, found.start())
    begin = 0 if before < 0 else mail.find(b"\n", before + 1) + 1
    headers, rest = mime.split(mail[begin:])
    end = _DELIMITER.search(rest)
    body = _decoded(rest[: end.start()] if end else rest, headers)
    groups = [group for group in _BLANK_LINES.split(body)[: MOST_RECIPIENTS + 1] if _action(group)]
    return _of_all(groups) if groups else None


def _of_all(groups: Sequence[bytes]) -> Bounce:
    """Each of our mails has one recipient: several are those behind it, of whom one that has it is enough."""
    actions = [_action(group) for group in groups]
    failed = [group for group, action in zip(groups, actions, strict=True) if action == _FAILED_ACTION]
    if not _TAKEN_ACTIONS.isdisjoint(actions):
        return Bounce(Outcome.DELIVERED)
    return Bounce(Outcome.FAILED, _status(failed[0])) if failed else Bounce(Outcome.DELAYED)


def _action(group: bytes) -> str:
    """Of one recipient, or what its status says; empty for the fields about the mail itself."""
    action = _field(group, b"action").split("(")[0].strip().lower()
    return action or _ACTIONS_BY_CLASS.get(_field(group, b"status")[:1], "")


def _status(group: bytes) -> str:
    """The status of a failed recipient: its own, or what the other server said, in numbers or in words."""
    own, said = _field(group, b"status"), _field(group, b"diagnostic-code")
    return status_in(own) or status_in(said) or status_of_words(said) or UNKNOWN_FAILURE


def _field(group: bytes, name: bytes) -> str:
    found = mime.named(group.lstrip(b"\r\n"), name)
    return found[0][: mime.MAX_FIELD_BYTES].decode("utf-8", "replace") if found else ""


def _notice(mail: bytes) -> Bounce:
    """A text for people. What is not surely a failure is none."""
    headers = mime.split(mail)[0]
    subject, text = subject_of(headers), _text(mail)
    failed_recipients = bool(mime.named(headers, b"x-failed-recipients"))
    by_program = any(_PROGRAM.search(value[: mime.MAX_FIELD_BYTES]) for value in mime.named(headers, b"from"))
    if not (failed_recipients or by_program or _RETURNED.search(subject)):
        return Bounce(Outcome.NO_REPORT)
    if _DELAYED.search(subject) or _DELAYED.search(text):
        return Bounce(Outcome.DELAYED)
    status = status_in(text) or status_of_words(text)
    if not status and not failed_recipients and not _RETURNED.search(f"{subject}\n{text}"):
        return Bounce(Outcome.NO_REPORT)
    return Bounce(Outcome.FAILED, status or UNKNOWN_FAILURE)


def _text(mail: bytes) -> str:
    """The first part, as far as it is not the mail that is returned."""
    headers, body = mime.split(mail)
    for _level in range(MOST_LEVELS):
        content = content_headers(headers)
        if not content.media_type.startswith("multipart/"):
            break
        dashed = b"--" + content.boundary.encode("latin-1", "replace")
        begin = body.find(dashed)
        if begin < 0:
            break
        end = body.find(b"\n" + dashed, begin + 1)
        part = body[body.find(b"\n", begin) + 1 : end if end >= 0 else len(body)]
        headers, body = mime.split(part)
    decoded = _decoded(body, headers)[:LONGEST_TEXT]
    named = "iso-2022-jp" if b"\x1b$" in decoded else content_parameter(headers, "charset").lower()
    text = _TAG.sub(" ", decoded.decode(_CHARSETS.get(named, "utf-8"), "replace"))
    quoted = _RETURNED_MAIL.search(text)
    return text[: quoted.start()] if quoted else text


def _decoded(body: bytes, headers: bytes) -> bytes:
    try:
        return mime.decode_body(body, content_headers(headers).encoding)
    except ValueError:
        return body
