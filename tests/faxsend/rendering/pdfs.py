"""Small PDF files, written by hand so that each says exactly what a test needs (ISO 32000-1)."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping, Sequence

PADDING = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")
A4 = (595, 842)


def pdf(
    *pages: bytes,
    size: tuple[float, float] = A4,
    resources: str = "",
    extra: Sequence[bytes] = (),
    count: int | None = None,
    trailer: str = "",
) -> bytes:
    """A file with a page per content stream; ``extra`` objects are numbered from 10."""
    kids = range(10 + len(extra), 10 + len(extra) + 2 * len(pages), 2)
    objects: dict[int, bytes] = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: f"<< /Type /Pages /Count {len(pages) if count is None else count} /Kids [{' '.join(f'{kid} 0 R' for kid in kids)}] >>".encode(),
        3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    }
    objects |= dict(enumerate(extra, 10))
    for kid, content in zip(kids, pages, strict=True):
        objects[kid] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {size[0]} {size[1]}] /Contents {kid + 1} 0 R "
            f"/Resources << /Font << /F1 3 0 R >> {resources} >> >>"
        ).encode()
        objects[kid + 1] = stream(content)
    return written(objects, trailer)


def written(objects: Mapping[int, bytes], trailer: str = "") -> bytes:
    """Objects by number as a file with its cross-reference table."""
    out, places = b"%PDF-1.7\n", {}
    for number, body in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    size = max(objects) + 1
    table = "".join(
        f"{places[number]:010} 00000 n \n" if number in places else "0000000000 65535 f \n"
        for number in range(size)
    )
    end = f"xref\n0 {size}\n{table}trailer\n<< /Size {size} /Root 1 0 R {trailer} >>\nstartxref\n{len(out)}\n%%EOF\n"
    return out + end.encode()


def stream(content: bytes, entries: str = "") -> bytes:
    """A stream object."""
    return f"<< /Length {len(content)} {entries} >>\nstream\n".encode() + content + b"\nendstream"


def words(text: str, *, size: int = 24, x: int = 72, y: int = 700) -> bytes:
    """Content that writes Latin text in Helvetica."""
    return f"BT /F1 {size} Tf {x} {y} Td ({text}) Tj ET\n".encode()


def image(width: int, height: int, data: bytes, *, bits: int = 8, filters: str = "/FlateDecode") -> bytes:
    """A grey image; ``data`` as the filters expect it."""
    entries = (
        f"/Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace /DeviceGray "
        f"/BitsPerComponent {bits} /Filter [{filters}]"
    )
    return stream(data, entries)


def with_picture(
    width: int, height: int, grey: bytes, *, box: tuple[int, int, int, int], text: bytes = b""
) -> bytes:
    """A page with a grey image of so many pixels at ``box`` (x, y, width, height in points)."""
    x, y, wide, high = box
    content = f"q {wide} 0 0 {high} {x} {y} cm /I Do Q\n".encode() + text
    picture = image(width, height, zlib.compress(grey))
    return pdf(content, resources="/XObject << /I 10 0 R >>", extra=[picture])


def bomb() -> bytes:
    """A few kB that ask for an image of 10 GB, packed twice."""
    packed = image(100_000, 100_000, packed_twice(b"\0"), filters="/FlateDecode /FlateDecode")
    return pdf(b"q 500 0 0 500 50 50 cm /I Do Q", resources="/XObject << /I 10 0 R >>", extra=[packed])


def swollen() -> bytes:
    """A few kB whose one page is described by gigabytes."""
    form = stream(
        packed_twice(b"0 0 m "),
        "/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Filter [/FlateDecode /FlateDecode]",
    )
    return pdf(b"/F Do", resources="/XObject << /F 10 0 R >>", extra=[form])


def packed_twice(unit: bytes) -> bytes:
    """2 GB of the unit under two layers of zlib, made without packing all of it (RFC 1950, 1951)."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(unit * ((1 << 20) // len(unit))) + packer.flush(zlib.Z_FULL_FLUSH)
    last = b"\x03\x00" + bytes(4)
    return zlib.compress(b"\x78\xda" + block * 2000 + last, 9)


def encrypted(user_password: bytes) -> bytes:
    """A file under the standard security handler, revision 2, 40 bits (ISO 32000-1, 7.6.3)."""
    identifier, permissions = bytes(16), -4
    owner = rc4(hashlib.md5(padded(b"owner")).digest()[:5], padded(user_password))
    seed = padded(user_password) + owner + permissions.to_bytes(4, "little", signed=True) + identifier
    user = rc4(hashlib.md5(seed).digest()[:5], PADDING)
    trailer = (
        f"/ID [<{identifier.hex()}> <{identifier.hex()}>] /Encrypt << /Filter /Standard /V 1 /R 2 "
        f"/O <{owner.hex()}> /U <{user.hex()}> /P {permissions} >>"
    )
    return pdf(b"", trailer=trailer)


def padded(password: bytes) -> bytes:
    """Algorithm 2, step a."""
    return (password + PADDING)[:32]


def rc4(key: bytes, data: bytes) -> bytes:
    """The cipher of old PDF files."""
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)


def without_embedded_font(text: str) -> bytes:
    """Text in MS-Mincho, which only the reader's machine may have (ISO 32000-1, 9.7)."""
    content = f"BT /J 24 Tf 72 700 Td <{text.encode('utf-16-be').hex()}> Tj ET".encode()
    fonts = [
        b"<< /Type /Font /Subtype /Type0 /BaseFont /MS-Mincho /Encoding /UniJIS-UTF16-H /DescendantFonts [11 0 R] >>",
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /MS-Mincho /FontDescriptor 12 0 R /DW 1000 "
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (Japan1) /Supplement 2 >> >>",
        b"<< /Type /FontDescriptor /FontName /MS-Mincho /Flags 6 /FontBBox [0 -137 1000 859] /ItalicAngle 0 "
        b"/Ascent 859 /Descent -137 /CapHeight 709 /StemV 80 >>",
    ]
    return pdf(content, resources="/Font << /J 10 0 R >>", extra=fonts)


def filled_form() -> bytes:
    """A form with one field, filled in with a rule across it (ISO 32000-1, 12.7)."""
    rule = stream(b"0 0 m 200 0 l S 0 40 m 200 40 l S", "/Type /XObject /Subtype /Form /BBox [0 0 200 40]")
    field = b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (number) /V (1) /F 4 /Rect [100 700 300 740] /AP << /N 5 0 R >> >>"
    return written(
        {
            1: b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [4 0 R] >> >>",
            2: b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
            3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Annots [4 0 R] >>",
            4: field,
            5: rule,
        }
    )
