"""TIFF class F, read and written: black-and-white pages as a fax line sends them.

Pure. Each page is one strip, coded by ITU-T T.6 (group 4), 1728 pixels wide, zero bits white; the
fields are those of RFC 2306. Only files of exactly this shape are read: whatever else comes is a
``ValueError``, so that nothing unusual reaches a decoder or the line.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, TiffImagePlugin

from faxsend.rendering.pages import PIXELS_PER_INCH, WIDTH, Resolution

SHORT, LONG, RATIONAL = 3, 4, 5
ROWS, STRIP_OFFSET, STRIP_BYTES, Y_RESOLUTION = 257, 273, 279, 283
FIXED = {254: 2, 256: WIDTH, 258: 1, 259: 4, 262: 0, 266: 1, 277: 1, 293: 0, 296: 2}
"""Tags with the same value on every page, among them min-is-white, one bit a pixel, group 4."""
LONG_TAGS = {254, ROWS, STRIP_OFFSET, 278, STRIP_BYTES, 293}
HEADER = struct.Struct("<2sHI")
RATIONALS_AT = HEADER.size
ENTRY = struct.Struct("<HHII")
MAX_ROWS = 2292
MAX_DIRECTORIES = 1000

# Now, because a confined process cannot load the plug-ins of Pillow any more.
Image.preinit()


@dataclass(frozen=True, slots=True)
class Strip:
    """One page in T.6 coding; ``rows`` lines of 1728 pixels."""

    rows: int
    data: bytes


def write(pages: Iterable[NDArray[np.bool_] | NDArray[np.uint8]], resolution: Resolution) -> bytes:
    """Code pages of shape (rows, 1728), non-zero is black, as one file."""
    return assemble([encode(page) for page in pages], resolution)


def encode(page: NDArray[np.bool_] | NDArray[np.uint8]) -> Strip:
    """Code one page of shape (rows, 1728), non-zero is black; rows from 1 to 2292."""
    rows, width = page.shape
    if width != WIDTH or not 0 < rows <= MAX_ROWS:
        raise ValueError(f"not the shape of a fax page: {page.shape}")
    # The coder takes zero bits for white whatever the photometric tag says: set bits are black.
    image = Image.frombytes("1", (width, rows), np.packbits(page != 0, axis=1).tobytes())
    buffer = io.BytesIO()
    image.save(buffer, "TIFF", compression="group4", strip_size=rows * width)
    tags = next(_directories(buffer.getvalue()))
    return Strip(rows, _slice(buffer.getvalue(), tags))


def assemble(strips: Sequence[Strip], resolution: Resolution) -> bytes:
    """Join coded pages into one file, in order."""
    rationals = struct.pack("<4I", PIXELS_PER_INCH, 1, resolution.lines_per_inch, 1)
    out = bytearray(HEADER.pack(b"II", 42, 0) + rationals)
    link = 4
    for number, strip in enumerate(strips):
        start = len(out)
        out += strip.data + bytes(len(strip.data) % 2)
        struct.pack_into("<I", out, link, len(out))
        directory = _directory(strip, start, number, len(strips))
        link = len(out) + len(directory) - 4
        out += directory
    return bytes(out)


def _directory(strip: Strip, start: int, number: int, total: int) -> bytes:
    values = FIXED | {ROWS: strip.rows, STRIP_OFFSET: start, 278: strip.rows, STRIP_BYTES: len(strip.data)}
    entries = [
        ENTRY.pack(tag, LONG if tag in LONG_TAGS else SHORT, 1, value) for tag, value in values.items()
    ]
    entries.append(ENTRY.pack(282, RATIONAL, 1, RATIONALS_AT))
    entries.append(ENTRY.pack(Y_RESOLUTION, RATIONAL, 1, RATIONALS_AT + 8))
    entries.append(ENTRY.pack(297, SHORT, 2, number | total << 16))
    entries.sort(key=lambda entry: ENTRY.unpack(entry)[0])
    return struct.pack("<H", len(entries)) + b"".join(entries) + bytes(4)


def read(tiff: bytes) -> list[Strip]:
    """Take a file apart into its coded pages. Raises ``ValueError`` unless it is one of ours."""
    strips = []
    for tags in _directories(tiff):
        if any(tags.get(tag) != value for tag, value in FIXED.items()):
            raise ValueError("not a page of TIFF class F")
        if not 0 < tags.get(ROWS, 0) <= MAX_ROWS:
            raise ValueError("no page has that many rows")
        strips.append(Strip(tags[ROWS], _slice(tiff, tags)))
    return strips


def count(tiff: bytes) -> int:
    """How many pages the file has. Raises ``ValueError`` unless it is one of ours."""
    return len(read(tiff))


def pages(tiff: bytes) -> Iterator[NDArray[np.bool_]]:
    """The pages as arrays of shape (rows, 1728), true is black. Raises ``ValueError``."""
    for strip in read(tiff):
        yield decode(strip)


def decode(strip: Strip) -> NDArray[np.bool_]:
    """A page as an array of shape (rows, 1728), true is black. Raises ``ValueError``."""
    return ~np.asarray(_image(strip))


def resolution(tiff: bytes) -> Resolution:
    """Of its first page; all have the same. Raises ``ValueError`` unless it is one of a fax."""
    offset = next(_directories(tiff), {}).get(Y_RESOLUTION, 0)
    numerator, denominator = _unpack("<II", tiff, offset)
    for each in Resolution:
        if (numerator, denominator) == (each.lines_per_inch, 1):
            return each
    raise ValueError("not a resolution of a fax")


def page_png(tiff: bytes, number: int, *, width: int | None = None) -> bytes:
    """Page ``number`` (from 1) as PNG with square pixels, ``width`` pixels wide (default 1728).

    Raises ``ValueError`` for a file that is not ours, ``IndexError`` for a page it does not have.
    """
    strips = read(tiff)
    if not 0 < number <= len(strips):
        raise IndexError(number)
    image = _image(strips[number - 1])
    wide = width or WIDTH
    high = round(image.height * PIXELS_PER_INCH / resolution(tiff).lines_per_inch * wide / WIDTH)
    buffer = io.BytesIO()
    image.convert("L").resize((wide, high), Image.Resampling.BOX).save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()


def _image(strip: Strip) -> Image.Image:
    image = TiffImagePlugin.TiffImageFile(io.BytesIO(assemble([strip], Resolution.FINE)))
    try:
        image.load()
    except OSError as error:
        raise ValueError("page cannot be decoded") from error
    return image


def _directories(tiff: bytes) -> Iterator[dict[int, int]]:
    order, magic, offset = _unpack("<2sHI", tiff, 0)
    if (order, magic) != (b"II", 42):
        raise ValueError("not a TIFF")
    for _ in range(MAX_DIRECTORIES):
        if not offset:
            return
        (length,) = _unpack("<H", tiff, offset)
        entries = (_unpack(ENTRY.format, tiff, offset + 2 + index * ENTRY.size) for index in range(length))
        yield {tag: value for tag, _, _, value in entries}
        (offset,) = _unpack("<I", tiff, offset + 2 + length * ENTRY.size)
    raise ValueError("more pages than a fax may have, or a loop")


def _slice(tiff: bytes, tags: dict[int, int]) -> bytes:
    start, length = tags.get(STRIP_OFFSET, 0), tags.get(STRIP_BYTES, 0)
    if not length or start + length > len(tiff):
        raise ValueError("a page lies outside the file")
    return tiff[start : start + length]


def _unpack(form: str, data: bytes, offset: int) -> tuple[Any, ...]:
    try:
        return struct.unpack_from(form, data, offset)
    except struct.error as error:
        raise ValueError("TIFF is cut off") from error
