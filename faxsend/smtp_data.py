"""The data of one mail, read from the stream to the line that holds a dot alone (RFC 5321 4.1.1.4)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from faxsend.smtp_syntax import has_bare_line_ends, without_transparency

DOTS_ALLOWANCE = 1024 * 1024

TOO_BIG = "552 5.3.4 Message too big"
NO_ROOM = "452 4.3.1 Too much mail at once, try again later"
BARE_LINE_ENDS = "550 5.5.2 Bare CR or LF in the message"


async def read_data(
    reader: asyncio.StreamReader, *, size_limit: int, hold: Callable[[int], bool]
) -> bytes | str:
    """Return the mail, whole lines of at most ``size_limit`` bytes, or the reply that refuses it.

    ``hold`` is asked before bytes are kept and says whether there is room for so many. A refused mail is read
    to its end too, but not kept. Only CRLF ends a line, and a lone CR or LF refuses the mail.
    """
    data = await _read_to_dot(reader, size_limit + DOTS_ALLOWANCE, hold)
    if isinstance(data, str):
        return data
    del data[-3:]
    mail = without_transparency(bytes(data))
    if len(mail) > size_limit:
        return TOO_BIG
    return BARE_LINE_ENDS if has_bare_line_ends(mail) else mail


async def _read_to_dot(
    reader: asyncio.StreamReader, limit: int, hold: Callable[[int], bool]
) -> bytearray | str:
    """Read up to the next ``.CRLF``, wherever it stands, until one ends the mail.

    The stream can only be cut behind what is sought, and the dot may be the very first line.
    """
    data = bytearray()
    refusal = ""
    while data != b".\r\n" and not data.endswith(b"\r\n.\r\n"):
        if refusal:
            del data[:-4]
        try:
            part = await reader.readuntil(b".\r\n")
        except asyncio.LimitOverrunError as error:
            part = await reader.read(error.consumed)
        data += part
        if not refusal and len(data) > limit:
            refusal = TOO_BIG
        elif not refusal and not hold(len(part)):
            refusal = NO_ROOM
    return refusal or data
