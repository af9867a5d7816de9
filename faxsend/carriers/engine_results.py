"""What the results of the T.30 engine mean for a fax: the one table from them to ``results.RESULTS``."""

from __future__ import annotations

from datetime import timedelta

from faxsend.carriers.base import Outcome
from faxsend.results import INTERNAL_ERROR, OK, OUTCOME_UNKNOWN
from faxsend.t30.library import Result
from faxsend.t30.machine import Answer
from faxsend.t30.report import Report

BUSY = 6017
NO_ANSWER = 6018
MACHINE_INCOMPATIBLE = 3211
DISCONNECTED = 3223
COMMUNICATION_ERROR = 3224
DISCONNECTED_IN_NEGOTIATION = 3230
ERROR_AFTER_PAGE = 3268
HUNG_UP_BEFORE_RECEIVING = 8010
CUT_WITHOUT_A_PAGE = 256

NOT_FROM_THE_ENGINE = {Answer.BUSY: BUSY, Answer.NOBODY: NO_ANSWER}
CODES: dict[int, int] = {
    Result.T0_EXPIRED: NO_ANSWER,
    Result.T1_EXPIRED: NO_ANSWER,
    Result.TX_GOTDCN: HUNG_UP_BEFORE_RECEIVING,
    Result.CANNOT_TRAIN: DISCONNECTED_IN_NEGOTIATION,
    Result.TX_BADDCS: DISCONNECTED_IN_NEGOTIATION,
    Result.TX_NODIS: DISCONNECTED_IN_NEGOTIATION,
    Result.TX_PHBDEAD: DISCONNECTED_IN_NEGOTIATION,
    Result.INCOMPATIBLE: MACHINE_INCOMPATIBLE,
    Result.RX_INCAPABLE: MACHINE_INCOMPATIBLE,
    Result.NORESSUPPORT: MACHINE_INCOMPATIBLE,
    Result.NOSIZESUPPORT: MACHINE_INCOMPATIBLE,
    Result.TX_BADPG: ERROR_AFTER_PAGE,
    Result.TX_ECMPHD: ERROR_AFTER_PAGE,
    Result.TX_INVALRSP: ERROR_AFTER_PAGE,
    Result.TX_PHDDEAD: ERROR_AFTER_PAGE,
    Result.TX_T5EXP: ERROR_AFTER_PAGE,
    Result.CALLDROPPED: DISCONNECTED,
    Result.FILEERROR: INTERNAL_ERROR,
    Result.NOPAGE: INTERNAL_ERROR,
    Result.BADTIFF: INTERNAL_ERROR,
    Result.BADPAGE: INTERNAL_ERROR,
    Result.BADTAG: INTERNAL_ERROR,
    Result.BADTIFFHDR: INTERNAL_ERROR,
    Result.NOMEM: INTERNAL_ERROR,
}
"""All others are a communication error."""
REFUSALS: set[int] = {Result.TX_BADPG}
"""The receiver has answered the last page, and not with a confirmation."""
CSID_LENGTH = 20


def outcome_of(report: Report, *, first_page: int, pages: int) -> Outcome:
    """The outcome of a call that had to send the pages from ``first_page`` to ``pages``."""
    good = good_pages(report)
    code = _code(report, good=good, wanted=pages - first_page + 1)
    return Outcome(
        code=code,
        pages_confirmed=first_page - 1 + good,
        duration=timedelta(seconds=report.seconds),
        remote_csid=printable(report.remote_ident),
        bits_per_second=report.bits_per_second,
        ecm=report.error_correction,
        engine_words=report.words,
        resolution_refused=code == MACHINE_INCOMPATIBLE and _is_standard_only(report),
    )


def _is_standard_only(report: Report) -> bool:
    return report.result == Result.NORESSUPPORT or report.receives_fine is False


def good_pages(report: Report) -> int:
    """How many pages, from the first of the call, are confirmed and worth it.

    Without error correction a receiver confirms pages that have lost rows.
    """
    return report.confirmed if report.error_correction else min(report.confirmed, report.whole)


def printable(ident: str) -> str:
    """What a stranger's machine calls itself, without what could do harm."""
    return "".join(each for each in ident if " " <= each <= "~")[:CSID_LENGTH].strip()


def _code(report: Report, *, good: int, wanted: int) -> int:
    if report.result is None:
        return NOT_FROM_THE_ENGINE[Answer(report.answered)]
    if report.result == Result.OK and report.confirmed == wanted:
        return OK if good == wanted else ERROR_AFTER_PAGE
    if report.last_page_sent and report.result not in REFUSALS:
        return OUTCOME_UNKNOWN
    if report.cut:
        return CUT_WITHOUT_A_PAGE
    return CODES.get(report.result, COMMUNICATION_ERROR)
