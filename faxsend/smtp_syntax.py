"""What SMTP looks like on the wire: paths, line ends, dots and reply codes. Pure."""

from __future__ import annotations

import re

LONGEST_ADDRESS = 254
_ATOM = r'[^\s<>"@\x00-\x1f\x7f\ud800-\udfff]+'
_QUOTED = r'"(?:[^"\\\x00-\x1f\x7f\ud800-\udfff]|\\[\x20-\x7e])*"'
_ADDRESS = rf"(?:{_ATOM}|{_QUOTED})(?:@{_ATOM})?"
_PATH = re.compile(rf"\s*(?:<(?:@[^\s<>:]+:)?({_ADDRESS})?>|({_ADDRESS}))(?:\s+(.*))?", re.DOTALL)

_ENHANCED = {
    "451": "4.3.0", "452": "4.5.3", "454": "4.7.0",
    "500": "5.5.2", "501": "5.5.4", "502": "5.5.1", "503": "5.5.1", "504": "5.5.4", "530": "5.7.0",
    "552": "5.3.4", "553": "5.1.3", "554": "5.5.0", "555": "5.5.4",
}  # fmt: skip
_PLAIN_REPLY = re.compile(r"(?P<code>[245]\d\d) (?!\d\.\d{1,3}\.\d{1,3} )(?P<text>.*)", re.DOTALL)


def enhanced(reply: str) -> str:
    """Add an enhanced status code (RFC 3463) to a reply that has none; control characters become ``?``."""
    if not reply.isprintable():
        reply = "".join(character if character.isprintable() else "?" for character in reply)
    if (match := _PLAIN_REPLY.fullmatch(reply)) is None:
        return reply
    code = match["code"]
    return f"{code} {_ENHANCED.get(code, f'{code[0]}.0.0')} {match['text']}"


def read_path(text: str) -> tuple[str, str] | None:
    """Split ``<address> parameters`` (RFC 5321 4.1.2); the null path is ``<>``; None if it is no path.

    Angle brackets may be missing, as old devices leave them out; a source route is dropped.
    """
    if (match := _PATH.fullmatch(text)) is None:
        return None
    address = match[1] or match[2] or "<>"
    return None if len(address) > LONGEST_ADDRESS else (address, (match[3] or "").strip())


def has_bare_line_ends(data: bytes) -> bool:
    """Whether a CR or LF stands alone: another reader could take it for the end of a line, or of the mail."""
    pairs = data.count(b"\r\n")
    return data.count(b"\r") != pairs or data.count(b"\n") != pairs


def without_transparency(data: bytes) -> bytes:
    """Remove the dots that the client put before dots at the start of lines (RFC 5321 4.5.2)."""
    return data.removeprefix(b".").replace(b"\r\n.", b"\r\n")
