"""Header fields as Japanese mail programs write them: encoded words, raw 8-bit text, file names. Pure.

Sources: RFC 2047, RFC 2231, RFC 5322. Python's own reading of these loses what it does not expect: a
character split over two encoded words, row 13 in ISO-2022-JP, an encoded word within quotation marks.
"""

from __future__ import annotations

import binascii
import quopri
import re
import unicodedata
from email.message import Message
from email.policy import Compat32
from email.utils import getaddresses
from itertools import groupby
from operator import itemgetter

from faxsend.charsets import decode

ENCODED_WORD = re.compile(r"=\?(?P<charset>[^?\s*]+)(?:\*[^?\s]*)?\?(?P<encoding>[BQbq])\?(?P<text>[^?]*)\?=")
ANY_WORD = r"=\?[^?\s]+\?[BQbq]\?[^?]*\?="
BETWEEN_WORDS = re.compile(rf"({ANY_WORD})\s+(?={ANY_WORD})")
RUN = re.compile(rf"(?:{ANY_WORD})+")
ADDRESS = re.compile(r"[!-?A-~]+@[!-?A-~]+")
_NOT_IN_ADDRESS = re.compile(r"[\s<>,;:\"()]+")
MAX_ADDRESS = 254
"""Characters (RFC 5321 4.5.3.1.3)."""
MAX_FIELD = 20_000
MAX_COMMENTS = 50
"""Of an address field; no person writes more, and deep nesting exhausts the parser."""


class LenientPolicy(Compat32):
    """Header fields are read as text whatever bytes are in them, unfolded; encoded words stay as they are."""

    def header_fetch_parse(self, name: str, value: str) -> str:
        raw = value.encode("utf-8", "surrogateescape")
        return decode(re.sub(rb"\r\n?|\n", b"", raw), "").strip(" \t")


def header(message: Message, name: str) -> str:
    """The first field of that name, decoded; empty if there is none. Control characters are left out."""
    return decoded(str(message.get(name, "")))


def address(message: Message, name: str) -> str:
    """The first address in the first field of that name, bare; empty if there is none that mail could reach.

    Encoded words are not decoded before: they are part of a name, never of an address (RFC 2047 5).
    """
    field = str(message.get(name, ""))
    # The library's parser calls itself for every bracket of a comment.
    if len(field) > MAX_FIELD or field.count("(") > MAX_COMMENTS:
        return ""
    for _, candidate in getaddresses([field]):
        if ADDRESS.fullmatch(candidate) and len(candidate) <= MAX_ADDRESS:
            return candidate
    return ""


def addressees(message: Message) -> frozenset[str]:
    """Whatever looks like an address in all To and Cc fields, bare, case folded."""
    fields = [*message.get_all("To", ()), *message.get_all("Cc", ())]
    words = (word for field in fields for word in _NOT_IN_ADDRESS.split(str(field)))
    return frozenset(word.casefold() for word in words if "@" in word)


def file_name(part: Message) -> str:
    """The name a part's sender gave it, in any of the ways in use; empty if there is none."""
    for field, name in (("Content-Disposition", "filename"), ("Content-Type", "name")):
        found = parameter(part, field, name)
        if found:
            return found
    return ""


def parameter(part: Message, field: str, name: str) -> str:
    """One parameter of a field, as RFC 2231 has it or as most write it instead; empty if there is none."""
    try:
        value = part.get_param(name, "", header=field)
    except (TypeError, ValueError):  # pieces that contradict each other, or a number of too many digits
        return ""
    if isinstance(value, tuple):
        charset, _, text = value
        return printable(decode(text.encode("latin-1", "replace"), charset or "")).strip()
    return decoded(str(value)).strip()


def decoded(value: str) -> str:
    """A field body or parameter with its encoded words (RFC 2047) decoded."""
    return printable(RUN.sub(lambda run: _decoded_run(run[0]), BETWEEN_WORDS.sub(r"\1", value)))


def _decoded_run(run: str) -> str:
    """Words of one charset are joined before they are decoded: many programs cut within a character."""
    words = [(word["charset"].lower(), _word(word)) for word in ENCODED_WORD.finditer(run)]
    return "".join(
        decode(b"".join(raw for _, raw in group), charset)
        for charset, group in groupby(words, key=itemgetter(0))
    )


def _word(word: re.Match[str]) -> bytes:
    """The bytes of one encoded word; the word as it stands if it breaks its own encoding."""
    text = word["text"].encode("utf-8")
    if word["encoding"] in "Qq":
        return quopri.decodestring(text, header=True)
    try:
        return binascii.a2b_base64(text + b"===")
    except binascii.Error:
        return word[0].encode("utf-8")


def printable(text: str) -> str:
    """One line: tabs and line ends are blanks, other control characters are gone. Every blank stays its kind."""
    line = re.sub(r"[\t\r\n\x0b\x0c\u2028\u2029]", " ", text)
    return "".join(character for character in line if unicodedata.category(character) not in ("Cc", "Cs"))
