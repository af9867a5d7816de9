"""A mail program: how it writes header fields, texts and the names of files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from tests.mails.writing import SENDER, body, coded, mail, multipart, part, plain_then_words, word, words


@dataclass(frozen=True, slots=True)
class File:
    """Something attached."""

    name: str
    media_type: str
    content: bytes


Naming = Callable[[str, str], tuple[bytes, bytes]]
"""Name and charset to a parameter of Content-Type and one of Content-Disposition, each with its semicolon."""


@dataclass(frozen=True, slots=True)
class Program:
    """``fields``: its header, ``{sender}``, ``{to}`` and ``{subject}`` for what differs from mail to mail.

    ``more``: parameters of the text's Content-Type; ``whole_subject``: ASCII in it is encoded too.
    """

    name: str
    fields: str
    charset: str
    transfer: str
    naming: Naming
    boundary: str
    encoding: str = "B"
    more: str = ""
    person: str = "山田 太郎"
    whole_subject: bool = False
    quotes_charset: bool = False

    def write(self, subject: str, text: str, *files: File, to: str = "send@fax.tc") -> bytes:
        """A whole mail with a text and any files."""
        entity = self.text(text)
        if files:
            entity = multipart("mixed", self.boundary, entity, *map(self.attachment, files))
        return self.around(subject, entity, to=to)

    def around(self, subject: str, entity: bytes, *, to: str = "send@fax.tc") -> bytes:
        """A whole mail with an entity that stands already."""
        written = (
            word(coded(subject, self.charset), self.charset, self.encoding)
            if self.whole_subject
            else plain_then_words(subject, self.charset, self.encoding)
        )
        person = f"{words(self.person, self.charset, self.encoding)} <{SENDER}>" if self.person else SENDER
        fields = self.fields.strip("\n").format(sender=person, to=to, subject=written)
        return mail(*fields.splitlines(), entity=entity)

    def text(self, text: str) -> bytes:
        """Its text/plain entity."""
        return body(text, self.charset, transfer=self.transfer, more=self.more, quote=self.quotes_charset)

    def attachment(self, file: File) -> bytes:
        """A file as it attaches it."""
        named, disposed = self.naming(file.name, self.charset)
        head = b"Content-Type: " + file.media_type.encode() + named
        head += b"\r\nContent-Disposition: attachment" + disposed
        return head + b"\r\n" + part("x", file.content, transfer="base64").partition(b"\r\n")[2]


def named_by_words(name: str, charset: str) -> tuple[bytes, bytes]:
    """Encoded words within quotation marks, which RFC 2047 forbids and nearly every program writes."""
    written = f'"{words(name, charset, each=40)}"'.encode()
    return b";\r\n\tname=" + written, b";\r\n\tfilename=" + written


def named_by_rfc_2231(name: str, charset: str) -> tuple[bytes, bytes]:
    """The standard, in pieces."""
    percents = quote(coded(name, charset), safe="")
    pieces = [percents[start : start + 48] for start in range(0, len(percents), 48)]
    if len(pieces) == 1:
        return b"", f";\r\n filename*={charset}''{percents}".encode()
    first, *others = pieces
    lines = [
        f"filename*0*={charset}''{first}",
        *(f"filename*{n}*={each}" for n, each in enumerate(others, 1)),
    ]
    return b"", "".join(f";\r\n {line}" for line in lines).encode()


def named_both_ways(name: str, charset: str) -> tuple[bytes, bytes]:
    """Encoded words for old programs, the standard for new ones."""
    return named_by_words(name, charset)[0], named_by_rfc_2231(name, charset)[1]


def named_in_raw_bytes(name: str, charset: str) -> tuple[bytes, bytes]:
    """As if the charset could be guessed."""
    written = b'"' + coded(name, charset) + b'"'
    return b"; name=" + written, b"; filename=" + written


def not_named(name: str, charset: str) -> tuple[bytes, bytes]:
    return b"", b""
