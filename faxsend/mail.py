"""Reading an opened mail: who wrote it, its subject, its text and the documents it carries.

Pure: bytes in, frozen dataclasses out. What a client got wrong (charset labels, raw 8-bit headers) is
read as well as it can be.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.errors import HeaderParseError
from email.message import Message
from email.parser import BytesParser
from email.utils import parseaddr

from notifications.refusals import NotAMail

MAX_PARTS = 200
MAX_DEPTH = 20

# A signature that stands beside foreign parts signs nothing here, and it is no page either.
SIGNATURE_TYPES = {"application/pkcs7-signature", "application/x-pkcs7-signature"}

# Python's strict ISO-2022-JP knows no half-width kana, which Japanese mail programs send under its label.
CHARSETS = {"iso-2022-jp": "iso2022_jp_ext", "shift_jis": "cp932", "x-sjis": "cp932", "us-ascii": "utf-8"}


@dataclass(frozen=True, slots=True)
class Document:
    """One thing to draw: an attachment, or the text of the mail (``name`` empty).

    ``media_type`` is in lower case without parameters; text documents are UTF-8.
    """

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """``from_`` and ``reply_to`` are bare addresses or empty; ``text`` has ``\\n`` line ends."""

    from_: str
    reply_to: str
    subject: str
    message_id: str
    text: str
    documents: tuple[Document, ...]


def read_mail(message: bytes) -> Mail:
    """Parse an opened mail (RFC 5322, MIME RFC 2045 to 2049).

    Raises ``NotAMail`` if it has no From field or its MIME tree is deeper or wider than a real mail's.
    """
    parsed = BytesParser(policy=policy.default).parsebytes(message)
    from_ = _address(parsed, "From")
    if not from_:
        raise NotAMail
    parts = list(_leaves(parsed, depth=0))
    if len(parts) > MAX_PARTS:
        raise NotAMail
    body = next((part for part in parts if _is_body(part)), None)
    return Mail(
        from_=from_,
        reply_to=_address(parsed, "Reply-To"),
        subject=_header(parsed, "Subject"),
        message_id=_header(parsed, "Message-ID").strip(),
        text="" if body is None else _text(body),
        documents=tuple(_document(part) for part in parts if part is not body),
    )


def _leaves(part: Message, *, depth: int) -> Iterator[Message]:
    """The parts that say something of their own; of alternatives only the chosen one."""
    if depth > MAX_DEPTH:
        raise NotAMail
    if not part.is_multipart() or part.get_content_type() == "message/rfc822":
        if part.get_content_type() not in SIGNATURE_TYPES:
            yield part
        return
    children = [child for child in part.get_payload() if isinstance(child, Message)]
    if part.get_content_type() == "multipart/alternative":
        children = [_preferred(children)] if children else []
    elif part.get_content_type() == "multipart/related":
        # What the root refers to by its Content-ID belongs to the root's look: it is no document.
        children = children[:1] + [child for child in children[1:] if not child["Content-ID"]]
    for child in children:
        yield from _leaves(child, depth=depth + 1)


def _preferred(alternatives: list[Message]) -> Message:
    """The plain text among alternatives, else the last one, which the sender likes best (RFC 2046 5.1.4)."""
    plain = [part for part in alternatives if part.get_content_type() == "text/plain"]
    return plain[0] if plain else alternatives[-1]


def _is_body(part: Message) -> bool:
    return part.get_content_type() == "text/plain" and not _file_name(part) and not _is_attachment(part)


def _is_attachment(part: Message) -> bool:
    return part.get_content_disposition() == "attachment"


def _document(part: Message) -> Document:
    media_type = part.get_content_type()
    content = _text(part).encode() if media_type == "text/plain" else _content(part)
    return Document(name=_file_name(part), media_type=media_type, content=content)


def _content(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _text(part: Message) -> str:
    """Decode by the label; where the label does not fit, by what Japanese mail usually is."""
    raw = _content(part)
    label = str(part.get_param("charset", "utf-8")).lower()
    for charset in (CHARSETS.get(label, label), "utf-8", "cp932"):
        try:
            text = raw.decode(charset)
        except (UnicodeDecodeError, LookupError):
            continue
        return text.replace("\r\n", "\n").replace("\r", "\n")
    return raw.decode("utf-8", "replace")


def _file_name(part: Message) -> str:
    try:
        return part.get_filename("") or ""
    except (HeaderParseError, ValueError, LookupError, AttributeError):
        return ""


def _header(message: Message, name: str) -> str:
    """A decoded header field, unfolded; empty if it is absent or cannot be read at all."""
    try:
        value = str(message.get(name, ""))
    except (HeaderParseError, ValueError, LookupError, IndexError, AttributeError):
        return ""
    return "".join(character for character in value if character.isprintable())


def _address(message: Message, name: str) -> str:
    return parseaddr(_header(message, name))[1].strip()
