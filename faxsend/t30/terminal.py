"""One end of a call: a T.30 engine with its modems, and what it has said so far."""

from __future__ import annotations

from ctypes import byref
from dataclasses import dataclass, field
from typing import Any

from faxsend.t30 import library
from faxsend.t30.library import Compressions, Frame, Modems, Resolutions

FIELD = 2
"""Octet of a frame that says what it is, after address and control (T.30 5.3)."""
FINE = (FIELD + 2, 0x40)
"""Octet and bit of a DIS that stand for 196 lines an inch (T.30, table 2: bit 15)."""
RECEIVED_ONE = 0x01
"""The bit X of that octet: set by whoever has received a DIS (T.30 5.3.6.1)."""


@dataclass(frozen=True, slots=True)
class Abilities:
    """What one end can do."""

    modems: Modems = Modems.V27TER | Modems.V29 | Modems.V17
    compressions: Compressions = Compressions.T4_1D | Compressions.T4_2D | Compressions.T6
    resolutions: Resolutions = Resolutions.STANDARD | Resolutions.FINE | Resolutions.R8
    error_correction: bool = True


EVERYTHING = Abilities()


@dataclass(frozen=True, slots=True)
class Page:
    """A page as one end saw it: ``rows`` lines, ``bad_rows`` of which could not be decoded by a receiver."""

    rows: int
    bad_rows: int
    bytes_on_the_line: int


@dataclass(slots=True)
class Terminal:
    """An end of the line. ``result`` is the engine's, None until it has one.

    ``pages`` have been confirmed: by the other end for a sender, by this one for a receiver.
    """

    calling: bool
    pages: list[Page] = field(default_factory=list)
    result: int | None = None
    sending: bool = False
    """Whether this sender has been told to send pages."""
    last_page_sent: bool = False
    """Whether this sender has told the other end that its last page is complete."""
    bits_per_second: int | None = None
    error_correction: bool | None = None
    remote_receives_fine: bool | None = None
    _state: Any = None
    _t30: Any = None
    _handlers: tuple[Any, ...] = ()

    @classmethod
    def sender(cls, path: str, *, first_page: int, ident: str, abilities: Abilities) -> Terminal:
        """``path``: the TIFF file, of which the pages from ``first_page`` (from 1) on are sent."""
        terminal = cls._start(True, ident, abilities)
        library.load().t30_set_tx_file(terminal._t30, path.encode(), first_page - 1, -1)
        return terminal

    @classmethod
    def receiver(cls, path: str, *, ident: str, abilities: Abilities) -> Terminal:
        """``path``: where the pages are written as TIFF, in T.6 coding."""
        terminal = cls._start(False, ident, abilities)
        library.load().t30_set_rx_file(terminal._t30, path.encode(), -1)
        library.load().t30_set_rx_encoding(terminal._t30, library.STORED_AS_T6)
        return terminal

    @classmethod
    def _start(cls, calling: bool, ident: str, abilities: Abilities) -> Terminal:
        terminal = cls(calling)
        spandsp = library.load()
        terminal._state = spandsp.fax_init(None, int(calling))
        if not terminal._state:
            raise MemoryError("a terminal")
        spandsp.fax_set_transmit_on_idle(terminal._state, 1)
        t30 = terminal._t30 = spandsp.fax_get_t30_state(terminal._state)
        spandsp.t30_set_tx_ident(t30, ident.encode("latin-1", "replace")[:20])
        spandsp.t30_set_ecm_capability(t30, int(abilities.error_correction))
        spandsp.t30_set_supported_modems(t30, abilities.modems)
        spandsp.t30_set_supported_compressions(t30, abilities.compressions)
        spandsp.t30_set_supported_resolutions(t30, abilities.resolutions)
        spandsp.t30_set_supported_image_sizes(t30, library.SIZES)
        # ctypes does not keep them: the library would call into freed memory.
        terminal._handlers = (
            library.PhaseHandler(terminal._page_answered),
            library.EndHandler(terminal._ended),
            library.FrameHandler(terminal._frame),
        )
        answered, ended, frame = terminal._handlers
        spandsp.t30_set_phase_d_handler(t30, answered, None)
        spandsp.t30_set_phase_e_handler(t30, ended, None)
        spandsp.t30_set_real_time_frame_handler(t30, frame, None)
        return terminal

    @property
    def remote_ident(self) -> bytes:
        """The other end's identification as it came; no more than 20 octets by T.30 5.3.6.2.4, but it may lie."""
        ident: bytes = library.load().t30_get_rx_ident(self._t30) or b""
        return ident

    @property
    def words(self) -> str:
        """The engine's own for its result."""
        words: bytes = library.load().t30_completion_code_to_str(-1 if self.result is None else self.result)
        return words.decode("ascii", "replace")

    @property
    def active(self) -> bool:
        """Whether the engine is still at it."""
        return bool(library.load().t30_call_active(self._t30))

    def speak(self, samples: Any) -> None:
        """Fill a block with what this end sends."""
        length = library.load().fax_tx(self._state, samples, library.BLOCK)
        for index in range(length, library.BLOCK):
            samples[index] = 0

    def hear(self, samples: Any) -> None:
        """Take a block from the line."""
        library.load().fax_rx(self._state, samples, library.BLOCK)

    def hang_up(self) -> None:
        """End the call from outside; a result that the engine has stays."""
        library.load().t30_terminate(self._t30)

    def free(self) -> None:
        """Give the engine's memory back; nothing may be asked of it afterwards."""
        library.load().fax_free(self._state)
        self._state = self._t30 = None

    def _statistics(self) -> library.Statistics:
        statistics = library.Statistics()
        library.load().t30_get_transfer_statistics(self._t30, byref(statistics))
        return statistics

    def _page_answered(self, _t30: object, _data: object, frame: int) -> int:
        if self.calling and frame not in (Frame.CONFIRMED, Frame.RETRAIN_POSITIVE):
            return 0
        seen = self._statistics()
        self.pages.append(Page(rows=seen.length, bad_rows=seen.bad_rows, bytes_on_the_line=seen.image_size))
        return 0

    def _ended(self, _t30: object, _data: object, result: int) -> None:
        self.result = result

    def _frame(self, _t30: object, _data: object, incoming: int, octets: Any, length: int) -> None:
        if length <= FIELD:
            return
        said = octets[FIELD] & ~RECEIVED_ONE
        if self.calling and incoming and said == Frame.ABILITIES:
            octet, bit = FINE
            self.remote_receives_fine = length > octet and bool(octets[octet] & bit)
        if self.calling and incoming and said == Frame.MAY_SEND:
            seen = self._statistics()
            self.sending = True
            self.bits_per_second = seen.bit_rate
            self.error_correction = bool(seen.error_correcting_mode)
        if self.calling and not incoming:
            if said == Frame.PARTIAL_PAGE and length > FIELD + 1:
                said = octets[FIELD + 1] & ~RECEIVED_ONE
            self.last_page_sent |= said == Frame.END_OF_PROCEDURE
