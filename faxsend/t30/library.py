"""The few functions of libspandsp2 (0.0.6) that a call needs, declared for ctypes from its headers ``fax.h``,
``t30.h`` and ``t30_api.h``.
"""

from __future__ import annotations

import ctypes
from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_int, c_int16, c_ubyte, c_void_p
from enum import IntEnum, IntFlag
from functools import cache

NAME = "libspandsp.so.2"

SAMPLES_PER_SECOND = 8000
BLOCK = 160
"""Samples in 20 ms."""
Samples = ctypes.c_int16 * BLOCK

PhaseHandler = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int)
"""Called in phase D with the frame that led there; 0 goes on."""
EndHandler = CFUNCTYPE(None, c_void_p, c_void_p, c_int)
"""Called in phase E with the engine's result."""
FrameHandler = CFUNCTYPE(None, c_void_p, c_void_p, c_int, POINTER(c_ubyte), c_int)
"""Called for each control frame: whether it came in, its octets, and how many."""


class Frame(IntEnum):
    """Facsimile control fields as the library stores them: first bit on the line is the highest (T.30 5.3.6.1)."""

    ABILITIES = 0x80
    """DIS, digital identification signal: what the receiver can do."""
    MAY_SEND = 0x84
    """CFR, confirmation to receive."""
    CONFIRMED = 0x8C
    """MCF, message confirmation."""
    RETRAIN_POSITIVE = 0xCC
    """RTP: confirmed, but train again."""
    PARTIAL_PAGE = 0xBE
    """PPS; the next octet says what follows."""
    END_OF_PROCEDURE = 0x2E
    """EOP: that was the last page."""


class Result(IntEnum):
    """``T30_ERR_…``: how a call ended, as the engine of a sender says it."""

    OK = 0
    T0_EXPIRED = 2
    T1_EXPIRED = 3
    CANNOT_TRAIN = 6
    INCOMPATIBLE = 8
    RX_INCAPABLE = 9
    NORESSUPPORT = 11
    NOSIZESUPPORT = 12
    TX_BADDCS = 14
    TX_BADPG = 15
    TX_ECMPHD = 16
    TX_GOTDCN = 17
    TX_INVALRSP = 18
    TX_NODIS = 19
    TX_PHBDEAD = 20
    TX_PHDDEAD = 21
    TX_T5EXP = 22
    FILEERROR = 41
    NOPAGE = 42
    BADTIFF = 43
    BADPAGE = 44
    BADTAG = 45
    BADTIFFHDR = 46
    NOMEM = 47
    CALLDROPPED = 49


class Modems(IntFlag):
    """``T30_SUPPORT_…`` of the image modems."""

    V27TER = 1
    V29 = 2
    V17 = 4


class Compressions(IntFlag):
    """``T30_SUPPORT_…`` of the codings of a page."""

    T4_1D = 2
    T4_2D = 4
    T6 = 8


class Resolutions(IntFlag):
    """``T30_SUPPORT_…`` of the resolutions of a page; 204 pixels an inch are always one of them."""

    STANDARD = 1
    FINE = 2
    R8 = 0x20000


SIZES = 0x01 | 0x10000 | 0x20000
"""Pages 215 mm wide, of any length."""
STORED_AS_T6 = 3
"""``T4_COMPRESSION_ITU_T6``, of the file that is received."""


class Statistics(Structure):
    """``t30_stats_t``."""

    _fields_ = [
        (name, c_int)
        for name in (
            "bit_rate",
            "error_correcting_mode",
            "pages_tx",
            "pages_rx",
            "pages_in_file",
            "x_resolution",
            "y_resolution",
            "width",
            "length",
            "image_size",
            "encoding",
            "bad_rows",
            "longest_bad_row_run",
            "error_correcting_mode_retries",
            "current_status",
        )
    ]


FUNCTIONS: dict[str, tuple[object, list[object]]] = {
    "fax_init": (c_void_p, [c_void_p, c_int]),
    "fax_free": (c_int, [c_void_p]),
    "fax_rx": (c_int, [c_void_p, POINTER(c_int16), c_int]),
    "fax_tx": (c_int, [c_void_p, POINTER(c_int16), c_int]),
    "fax_set_transmit_on_idle": (None, [c_void_p, c_int]),
    "fax_get_t30_state": (c_void_p, [c_void_p]),
    "t30_set_tx_ident": (c_int, [c_void_p, c_char_p]),
    "t30_get_rx_ident": (c_char_p, [c_void_p]),
    "t30_set_tx_file": (None, [c_void_p, c_char_p, c_int, c_int]),
    "t30_set_rx_file": (None, [c_void_p, c_char_p, c_int]),
    "t30_set_rx_encoding": (c_int, [c_void_p, c_int]),
    "t30_set_ecm_capability": (c_int, [c_void_p, c_int]),
    "t30_set_supported_modems": (c_int, [c_void_p, c_int]),
    "t30_set_supported_compressions": (c_int, [c_void_p, c_int]),
    "t30_set_supported_resolutions": (c_int, [c_void_p, c_int]),
    "t30_set_supported_image_sizes": (c_int, [c_void_p, c_int]),
    "t30_set_phase_d_handler": (None, [c_void_p, PhaseHandler, c_void_p]),
    "t30_set_phase_e_handler": (None, [c_void_p, EndHandler, c_void_p]),
    "t30_set_real_time_frame_handler": (None, [c_void_p, FrameHandler, c_void_p]),
    "t30_get_transfer_statistics": (None, [c_void_p, POINTER(Statistics)]),
    "t30_call_active": (c_int, [c_void_p]),
    "t30_terminate": (None, [c_void_p]),
    "t30_completion_code_to_str": (c_char_p, [c_int]),
}
"""Name: what it returns, what it takes."""


@cache
def load() -> ctypes.CDLL:
    """The library, declared. Raises ``OSError`` where it is not installed."""
    library = ctypes.CDLL(NAME)
    for name, (returns, takes) in FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = returns, takes
    return library
