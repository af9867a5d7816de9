"""Result codes: what became of a call, in words, and whether another call makes sense. One table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from notifications.refusals import gettext_noop


class Retry(StrEnum):
    """``ONCE``: a second attempt and no more."""

    YES = "yes"
    ONCE = "once"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Result:
    """``text`` is a msgid."""

    text: str
    retry: Retry


HELD_FOR_CREDIT = -22
OK = 0
CANCELED = 403
OUTCOME_UNKNOWN = 206090
OVER_LIMIT = 205000
INTERNAL_ERROR = 205001

_BUSY = Result(gettext_noop("Busy"), Retry.YES)
_NO_ANSWER = Result(gettext_noop("No answer"), Retry.YES)
_PERSON = Result(gettext_noop("A person answered"), Retry.NO)
_NOT_IN_SERVICE = Result(gettext_noop("Fax number is not in service"), Retry.NO)
_CHANGED = Result(gettext_noop("Fax number has changed"), Retry.NO)
_COMMUNICATION = Result(gettext_noop("Communication error"), Retry.YES)
_DISCONNECTED = Result(gettext_noop("Disconnected"), Retry.YES)
_NEGOTIATION = Result(gettext_noop("Disconnected in negotiation"), Retry.YES)
_PAGE = Result(gettext_noop("Error after a page"), Retry.YES)
_HUNG_UP = Result(gettext_noop("Remote side hung up before receiving"), Retry.YES)
_MACHINE = Result(gettext_noop("The machines do not understand each other"), Retry.ONCE)
_DESTINATION = Result(gettext_noop("Destination cannot receive faxes"), Retry.NO)
_NO_ROUTE = Result(gettext_noop("No route to the destination"), Retry.YES)
_REJECTED = Result(gettext_noop("Call rejected"), Retry.NO)
_NETWORK = Result(gettext_noop("Telephone network error"), Retry.YES)
_CUT = Result(gettext_noop("Call cut after minutes without a page"), Retry.YES)
_CANCELED = Result(gettext_noop("Canceled"), Retry.NO)
_RENDERING = Result(gettext_noop("The document could not be drawn"), Retry.NO)
_OVER_LIMIT = Result(gettext_noop("Over the credit limit"), Retry.NO)
_INTERNAL = Result(gettext_noop("Internal error"), Retry.NO)
_UNKNOWN_OUTCOME = Result(gettext_noop("The outcome of the call is unknown"), Retry.NO)
_OTHER = Result(gettext_noop("Transmission error"), Retry.NO)


def _table(*rows: tuple[Result, Iterable[int]]) -> dict[int, Result]:
    return {code: result for result, codes in rows for code in codes}


RESULTS: dict[int, Result] = _table(
    (Result(gettext_noop("OK"), Retry.NO), [OK]),
    (Result(gettext_noop("On hold: the credit limit is reached"), Retry.NO), [HELD_FOR_CREDIT]),
    (_BUSY, [6017, 263, 3931, 3933, 8025, 3937]),
    (_NO_ANSWER, [6018, 3935, 8021]),
    (_PERSON, [3936]),
    (_NOT_IN_SERVICE, [3912, 3932, 3938, 3921, 6001, 6027, 6028]),
    (_CHANGED, [6022]),
    (_COMMUNICATION, [3224]),
    (_DISCONNECTED, [3223]),
    (_NEGOTIATION, [3230]),
    (_PAGE, [3268]),
    (_HUNG_UP, [8010]),
    (_MACHINE, [3211, 3220, 3225, 3231, 3233, 3264, 3267, 3269]),
    (_DESTINATION, [6088, 6095, 6097, 6099, 6100]),
    (_NO_ROUTE, [6002]),
    (_REJECTED, [6021, 6029]),
    (_NETWORK, [2, 12, 3072, 3080, 3300, 3510, 3830, 6003, 6004, 6016, 6019, 6031, 6034, 6038]),
    (_NETWORK, [*range(6041, 6045), 6047, 6050, 6054, 6057, 6058, 6063, 6065, 6069, 6079, 6102, 6111]),
    (_NETWORK, [6127, 7004, 7012, 7013, 7200]),
    (_CUT, [1, 256]),
    (_CANCELED, [CANCELED]),
    (_RENDERING, [204000, 204001]),
    (_OVER_LIMIT, [OVER_LIMIT]),
    (_INTERNAL, [INTERNAL_ERROR, 206001]),
    (_UNKNOWN_OUTCOME, [OUTCOME_UNKNOWN]),
)


def result_of(code: int) -> Result:
    """The table's row; a code that no carrier here is known to give counts as a final error."""
    return RESULTS.get(code, _OTHER)


def retry_makes_sense(codes: Sequence[int], *, attempts_made: int, max_attempts: int) -> bool:
    """Whether to call again after ``attempts_made`` calls that count; ``codes`` are the results, the last one at the end.

    Machines that do not understand each other get a second chance, whatever the calls before came to.
    """
    chances = {Retry.YES: max_attempts, Retry.ONCE: 2, Retry.NO: 0}
    retry = result_of(codes[-1]).retry
    alike = sum(result_of(code).retry is retry for code in codes)
    return attempts_made < max_attempts and alike < chances[retry]
