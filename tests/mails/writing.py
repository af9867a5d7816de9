"""How mail programs put words into bytes. Written for the tests alone: nothing of the service's own reading is used.

Sources: RFC 2045 to 2049, RFC 1468, RFC 2231; Microsoft's code page 50221, which is what is sent as ISO-2022-JP.
"""

from __future__ import annotations

import base64
import quopri
import re
from collections.abc import Iterator
from itertools import groupby

SENDER = "taro@sakura.example.jp"
LINE = 76

# NEC's selection of IBM's extensions, where Windows' own Shift_JIS has the same characters twice.
_NEC = {"髙": b"|b", "﨑": b"yu"}
_SHIFTS = {"ascii": b"\x1b(B", "kana": b"\x1b(I", "kanji": b"\x1b$B"}


def jis(text: str) -> bytes:
    """CP50221: ISO-2022-JP with row 13 (①㈱), IBM's extensions (髙﨑) and half-width kana."""
    out = b""
    for line in text.splitlines(keepends=True):
        charset = "ascii"
        for kind, run in groupby(line, _charset_of):
            out += (b"" if kind == charset else _SHIFTS[kind]) + b"".join(map(_seven_bit, run))
            charset = kind
        out += b"" if charset == "ascii" else _SHIFTS["ascii"]
    return out


def euc(text: str) -> bytes:
    """CP51932: EUC-JP with the same additions."""
    kinds = {"ascii": b"", "kana": b"\x8e", "kanji": b""}
    out = b""
    for character in text:
        kind = _charset_of(character)
        high = 0 if kind == "ascii" else 0x80
        out += kinds[kind] + bytes(byte | high for byte in _seven_bit(character))
    return out


def _charset_of(character: str) -> str:
    if character.isascii():
        return "ascii"
    return "kana" if "\uff61" <= character <= "\uff9f" else "kanji"


def _seven_bit(character: str) -> bytes:
    kind = _charset_of(character)
    raw = _NEC.get(character) or character.encode("cp932")
    if kind == "kana":
        return bytes([raw[0] & 0x7F])
    if kind == "ascii" or character in _NEC:
        return raw
    lead, trail = raw
    row = 2 * (lead - (0x81 if lead < 0xA0 else 0xC1)) + (1 if trail >= 0x9F else 0)
    cell = trail - (0x9F if trail >= 0x9F else 0x40 if trail < 0x7F else 0x41)
    return bytes([row + 0x21, cell + 0x21])


def coded(text: str, charset: str) -> bytes:
    """The text in a charset as Windows has it."""
    match charset.lower():
        case "iso-2022-jp" | "iso-2022-jp-ms" | "cp50221":
            return jis(text)
        case "euc-jp":
            return euc(text)
        case "shift_jis" | "x-sjis" | "windows-31j":
            return text.encode("cp932")
        case other:
            return text.encode(other)


def word(raw: bytes, charset: str, encoding: str = "B") -> str:
    """One encoded word (RFC 2047) around these bytes."""
    if encoding.upper() == "B":
        packed = base64.b64encode(raw).decode()
    else:
        packed = "".join(
            chr(byte) if chr(byte).isalnum() and byte < 0x80 else "_" if byte == 0x20 else f"={byte:02X}"
            for byte in raw
        )
    return f"=?{charset}?{encoding}?{packed}?="


def words(text: str, charset: str, encoding: str = "B", *, each: int = 12) -> str:
    """A field body of encoded words with ``each`` characters, folded; ASCII stays as it is."""
    if text.isascii():
        return text
    pieces = (text[start : start + each] for start in range(0, len(text), each))
    return "\r\n ".join(word(coded(piece, charset), charset, encoding) for piece in pieces)


def plain_then_words(text: str, charset: str, encoding: str = "B") -> str:
    """ASCII at the front is left as it is, as most programs do; the rest is encoded."""
    found = re.match(r"[!-~]+(?: [!-~]+)* ", text)
    front = found[0] if found else ""
    return front + words(text[len(front) :], charset, encoding)


def base64_lines(raw: bytes, line: int = LINE) -> bytes:
    packed = base64.b64encode(raw)
    return b"".join(packed[start : start + line] + b"\r\n" for start in range(0, len(packed), line))


def quoted(raw: bytes) -> bytes:
    """Quoted-printable, with soft line breaks."""
    return quopri.encodestring(raw.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")


def part(content_type: str, body: bytes, *fields: str, transfer: str = "") -> bytes:
    """A MIME entity; the body is packed as ``transfer`` says. A list of other ``fields`` follows."""
    packed = {"base64": base64_lines, "quoted-printable": quoted}.get(transfer, bytes)(body)
    lines = [f"Content-Type: {content_type}"]
    lines += [f"Content-Transfer-Encoding: {transfer}"] if transfer else []
    return "\r\n".join([*lines, *fields]).encode() + b"\r\n\r\n" + packed


def body(text: str, charset: str, *, transfer: str = "", more: str = "", quote: bool = False) -> bytes:
    """A text/plain entity; ``more``: further parameters, ``quote``: quotation marks around the charset."""
    name = f'"{charset}"' if quote else charset
    return part(
        f"text/plain; charset={name}{more}", coded(text.replace("\n", "\r\n"), charset), transfer=transfer
    )


def multipart(subtype: str, boundary: str, *parts: bytes, preamble: str = "", more: str = "") -> bytes:
    """A multipart entity."""
    head = f'Content-Type: multipart/{subtype}; boundary="{boundary}"{more}\r\n\r\n{preamble}'.encode()
    return head + b"".join(_delimited(parts, boundary.encode()))


def _delimited(parts: tuple[bytes, ...], boundary: bytes) -> Iterator[bytes]:
    for each in parts:
        yield b"--" + boundary + b"\r\n" + each + b"\r\n"
    yield b"--" + boundary + b"--\r\n"


def mail(*fields: str | bytes, entity: bytes) -> bytes:
    """Header fields, in bytes where they are no UTF-8, in front of an entity."""
    lines = (field if isinstance(field, bytes) else field.encode() for field in fields)
    return b"".join(line + b"\r\n" for line in lines) + entity
