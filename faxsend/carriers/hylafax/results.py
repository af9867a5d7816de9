"""What HylaFAX says of a job, and what that is for a fax: the one table from its status codes to ``results.RESULTS``.

The codes and texts are those of ``faxd/STATUS.txt`` of HylaFAX 6. HylaFAX+ (7) has the same numbers, written into
the text: ``No answer from remote {E003}``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta

from faxsend.carriers.base import Outcome
from faxsend.carriers.engine_results import (
    BUSY,
    COMMUNICATION_ERROR,
    CUT_WITHOUT_A_PAGE,
    DISCONNECTED,
    DISCONNECTED_IN_NEGOTIATION,
    ERROR_AFTER_PAGE,
    HUNG_UP_BEFORE_RECEIVING,
    MACHINE_INCOMPATIBLE,
    NO_ANSWER,
    printable,
)
from faxsend.carriers.hylafax.job import Job, State
from faxsend.carriers.hylafax.session_log import SessionLog
from faxsend.results import CANCELED, INTERNAL_ERROR, OK, OUTCOME_UNKNOWN

NO_CARRIER = 3935
NO_ROUTE = 6002
NOT_CONVERTED = 204000
TOO_MANY_DIALS, TOO_MANY_TRIES = 333, 334
"""They come on top of the reason, in whose place only its text is left: ``Busy signal detected; too many …``."""
KILL_TIME_EXPIRED = 325
RESOLUTION_REFUSED = 414
MAX_WORDS = 200


def _table(*rows: tuple[int, Iterable[int]]) -> dict[int, int]:
    return {status: code for code, statuses in rows for status in statuses}


CODES: dict[int, int] = _table(
    (BUSY, [1]),
    (NO_CARRIER, [2]),
    (NO_ANSWER, [3, 11, 126, 212, 215, 216, 218]),
    # No dial tone, glare, a modem that does not dial or cannot be set up: another line may.
    (NO_ROUTE, [4, 5, 9, 10, 12, *range(200, 210), 214, *range(336, 343), 346, 420, 421, 422]),
    (DISCONNECTED_IN_NEGOTIATION, [7, 103, 104, 105, 125, 136, 137, 217, 219, *range(222, 228)]),
    (HUNG_UP_BEFORE_RECEIVING, [124, 221]),
    (DISCONNECTED, [128, 213, 262]),
    (MACHINE_INCOMPATIBLE, [8, 107, 122, 123, 220, 259, 260, 261, 263, 264, 266]),
    (MACHINE_INCOMPATIBLE, [403, 405, 406, 408, 410, 412, RESOLUTION_REFUSED, 416, 418]),
    (
        ERROR_AFTER_PAGE,
        [*range(129, 136), *range(138, 148), *range(149, 154), *range(236, 245), *range(280, 286)],
    ),
    (CUT_WITHOUT_A_PAGE, [KILL_TIME_EXPIRED]),
    (OUTCOME_UNKNOWN, [343]),
    (CANCELED, [344, 345, 352]),
    (NOT_CONVERTED, [321, 322, 347]),
    (
        INTERNAL_ERROR,
        [*range(302, 304), 305, 306, 307, *range(310, 321), 323, 324, *range(326, 333), 335, 348],
    ),
    (INTERNAL_ERROR, [400, 401, 402, 404, 407, 409, 411, 413, 415, 417, 419, *range(900, 1000)]),
)
"""All others are a communication error."""

AFTER_THE_PAGE: frozenset[int] = frozenset(
    (128, 134, 135, *range(138, 143), *range(144, 148), *range(149, 154), *range(236, 245), 258)
) | {*range(286, 289), KILL_TIME_EXPIRED, 343}
"""What can also come when the receiver has a page and only its confirmation is missing."""

TEXTS: dict[str, int] = {
    "Busy signal detected": 1,
    "No carrier detected": 2,
    "No answer from remote": 3,
    "No local dialtone": 4,
    "Invalid dialing command": 5,
    "Unknown problem": 6,
    "Carrier established, but Phase A failure": 7,
    "Data connection established (wanted fax)": 8,
    "Glare - RING detected": 9,
    "Blacklisted by modem": 10,
    "Ringback detected, no answer without CED": 11,
    "Ring detected without successful handshake": 12,
    "RSPREC error/got DCN (receiver abort)": 103,
    "RSPREC invalid response received": 104,
    "Failure to train modems": 105,
    "COMREC error in transmit Phase B/got DCN": 124,
    "COMREC invalid command received/no DIS or DTC": 125,
    "No receiver protocol (T.30 T1 timeout)": 126,
    "Stop and wait failure (modem on hook)": 127,
    "Remote fax disconnected prematurely": 128,
    "Unable to transmit page (giving up after 3 attempts)": 131,
    "Unable to transmit page (NAK at all possible signalling rates)": 132,
    "Fax protocol error (unknown frame received)": 134,
    "Fax protocol error (command repeated 3 times)": 135,
    "DIS/DTC received 3 times; DCS not recognized": 136,
    "Failure to train remote modem at 2400 bps or minimum speed": 137,
    "Receiver flow control exceeded timer.": 138,
    "No response to RR repeated 3 times.": 139,
    "COMREC invalid response received to RR.": 140,
    "No response to CTC repeated 3 times.": 141,
    "COMREC invalid response received to CTC.": 142,
    "Failure to transmit clean ECM image data.": 143,
    "No response to EOR repeated 3 times.": 144,
    "COMREC invalid response received to EOR.": 145,
    "COMREC invalid response received to PPS.": 146,
    "No response to PPS repeated 3 times.": 147,
    "Unable to establish message carrier": 148,
    "Unspecified Transmit Phase C error": 149,
    "No response to MPS repeated 3 tries": 150,
    "No response to EOP repeated 3 tries": 151,
    "No response to EOM repeated 3 tries": 152,
    "No response to PPM repeated 3 tries": 153,
    "Ringback detected, no answer (timeout)": 215,
    "No answer (T.30 T1 timeout)": 218,
    "Unspecified Transmit Phase B error": 219,
    "DCS sent 3 times without response": 224,
    "Failure to train at 2400 bps or +FMINSP value": 226,
    "Unspecified Transmit Phase D error, including +FPHCTO timeout between data and +FET command": 236,
    "RSPREC error/got DCN": 237,
    "No response to MPS repeated 3 times": 238,
    "Invalid response to MPS": 239,
    "No response to EOP repeated 3 times": 240,
    "Invalid response to EOP": 241,
    "No response to EOM repeated 3 times": 242,
    "Invalid response to EOM": 243,
    "Unable to continue after PIN or PIP": 244,
    "Communication failure during Phase B/C": 287,
    "Communication failure during Phase B/C (modem protocol botch)": 288,
}
_TOO_MANY = re.compile(r"; too many attempts to (?:dial|send).*", re.DOTALL)
_NUMBER_IN_TEXT = re.compile(r"\{E(\d{1,3})\}")


def never_dialled(job: Job) -> bool:
    """Whether it has ended, and no number was dialled for it: no modem had been free for it in all its time."""
    return job.ended and job.dials == 0 and status_of(job) == KILL_TIME_EXPIRED


def outcome_of(job: Job, log: SessionLog, *, first_page: int, pages: int) -> Outcome:
    """The outcome of a job that has ended, which had to send the pages from ``first_page`` to ``pages``."""
    wanted = pages - first_page + 1
    good = min(job.pages, wanted)
    code = _code(job, good=good, wanted=wanted)
    return Outcome(
        code=code,
        pages_confirmed=first_page - 1 + good,
        duration=log.duration if job.dials else timedelta(0),
        remote_csid=printable(log.remote_ident),
        bits_per_second=log.bits_per_second,
        ecm=log.ecm,
        engine_words=("OK" if code == OK else _words(job))[:MAX_WORDS],
        resolution_refused=status_of(job) == RESOLUTION_REFUSED,
    )


def status_of(job: Job) -> int:
    """HylaFAX's number for why the job has ended: the first one, where it tells several."""
    if numbers := _NUMBER_IN_TEXT.search(job.status):
        return int(numbers[1])
    if job.status_code in (TOO_MANY_DIALS, TOO_MANY_TRIES):
        return TEXTS.get(_TOO_MANY.sub("", job.status).strip(), job.status_code)
    return job.status_code


def _code(job: Job, *, good: int, wanted: int) -> int:
    if job.state is State.DONE:
        return OK if good == wanted else ERROR_AFTER_PAGE
    status = status_of(job)
    if job.dials and good == wanted - 1 and (status in AFTER_THE_PAGE or _is_silent(job)):
        return OUTCOME_UNKNOWN
    if good == wanted:
        # Every page was confirmed, and yet it is no success: whatever went wrong came after them.
        return OUTCOME_UNKNOWN
    return CODES.get(status, COMMUNICATION_ERROR)


def _is_silent(job: Job) -> bool:
    """The server was interrupted in the call (power, a kill): it does not know either how that ended."""
    return job.status_code == 0 and not job.status.strip()


def _words(job: Job) -> str:
    return "".join(each for each in job.status if each.isprintable()) or f"status {job.status_code}"
