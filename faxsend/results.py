"""Result codes: what became of a call, whether another call makes sense, what the customer can do. One table."""

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
    """``text``, the cause, and ``remedy`` are msgids.

    ``remedy``: what the customer can do once no further call is made; empty where there is nothing to do.
    """

    text: str
    retry: Retry
    remedy: str = ""


HELD_FOR_CREDIT = -22
OK = 0
CANCELED = 403
OUTCOME_UNKNOWN = 206090
OVER_LIMIT = 205000
INTERNAL_ERROR = 205001

_PREPARING = Result(gettext_noop("Preparing"), Retry.NO)
_READY = Result(gettext_noop("Ready"), Retry.NO)
_UNDER_WAY = Result(gettext_noop("Being sent, or waiting for the next attempt"), Retry.NO)
_HELD = Result(
    gettext_noop("On hold: the credit limit is reached"),
    Retry.NO,
    gettext_noop(
        "It goes on by itself when there is credit again; the operator of the service can raise the limit."
    ),
)
_OK = Result(gettext_noop("OK"), Retry.NO)
_BUSY = Result(
    gettext_noop("Busy"),
    Retry.YES,
    gettext_noop("The line was engaged. Please send the fax again later."),
)
_NO_ANSWER = Result(
    gettext_noop("No answer"),
    Retry.YES,
    gettext_noop(
        "Please ask the receiver whether the fax machine is switched on and answers by itself, then send the fax again."
    ),
)
_PERSON = Result(
    gettext_noop("A person answered"),
    Retry.NO,
    gettext_noop("Please check the fax number, or ask the receiver to let the fax machine answer."),
)
_NOT_IN_SERVICE = Result(
    gettext_noop("Fax number is not in service"),
    Retry.NO,
    gettext_noop(
        "Please check that the fax number is right, and ask the receiver whether it is still in use."
    ),
)
_CHANGED = Result(
    gettext_noop("Fax number has changed"),
    Retry.NO,
    gettext_noop("Please ask the receiver for the new fax number, and correct it in your lists as well."),
)
_COMMUNICATION = Result(
    gettext_noop("Communication error"),
    Retry.YES,
    gettext_noop(
        "The receiver's machine did not respond. Please ask whether it works and has paper, then send the fax again."
    ),
)
_DISCONNECTED = Result(
    gettext_noop("Disconnected"),
    Retry.YES,
    gettext_noop(
        "The connection broke off. Please send the fax again; "
        "if that fails too, send a new mail with /rs (standard resolution) in its subject."
    ),
)
_NEGOTIATION = Result(
    gettext_noop("Disconnected in negotiation"),
    Retry.YES,
    gettext_noop(
        "The line may be bad. Please send the fax again later; if that fails too, ask the receiver to restart the machine."
    ),
)
_PAGE = Result(
    gettext_noop("Error after a page"),
    Retry.YES,
    gettext_noop(
        "The pages that are counted as sent have arrived. Please ask the receiver for what is missing before you "
        "send the fax again: it then begins with the first page."
    ),
)
_HUNG_UP = Result(
    gettext_noop("Remote side hung up before receiving"),
    Retry.YES,
    gettext_noop(
        "Please ask the receiver whether the machine has paper and free memory, then send the fax again."
    ),
)
_MACHINE = Result(
    gettext_noop("The machines do not understand each other"),
    Retry.ONCE,
    gettext_noop(
        "Please send a new mail with /rs (standard resolution) in its subject; "
        "if that fails too, ask the receiver for the number of another fax machine."
    ),
)
_DESTINATION = Result(
    gettext_noop("Destination cannot receive faxes"),
    Retry.NO,
    gettext_noop("Please ask the receiver for a number that takes faxes."),
)
_NO_ROUTE = Result(
    gettext_noop("No route to the destination"),
    Retry.YES,
    gettext_noop(
        "Please check country code and area code and send the fax again later; "
        "if that fails too, ask the operator of the service."
    ),
)
_REJECTED = Result(
    gettext_noop("Call rejected"),
    Retry.NO,
    gettext_noop(
        "The receiver's line refuses the call. Please ask the receiver to accept it, then send the fax again."
    ),
)
_NETWORK = Result(
    gettext_noop("Telephone network error"),
    Retry.YES,
    gettext_noop("Please send the fax again later; if that fails too, check the fax number."),
)
_CUT = Result(
    gettext_noop("Call cut after minutes without a page"),
    Retry.YES,
    gettext_noop(
        "Please ask the receiver whether a working fax machine answers at this number, then send the fax again."
    ),
)
_CANCELED = Result(
    gettext_noop("Canceled"),
    Retry.NO,
    gettext_noop("If it is to be sent after all, please send the fax again."),
)
_RENDERING = Result(
    gettext_noop("The document could not be drawn"),
    Retry.NO,
    gettext_noop("Please save the document as PDF and send it with a new mail."),
)
_OVER_LIMIT = Result(
    gettext_noop("Over the credit limit"),
    Retry.NO,
    gettext_noop("Please ask the operator of the service to raise the limit, then send the fax again."),
)
_INTERNAL = Result(
    gettext_noop("Internal error"),
    Retry.NO,
    gettext_noop(
        "The fault is ours. Please send the fax again; if that fails too, tell the operator of the service the transaction ID."
    ),
)
_UNKNOWN_OUTCOME = Result(
    gettext_noop("The outcome of the call is unknown"),
    Retry.NO,
    gettext_noop("It may have arrived. Please ask the receiver before you send the fax again."),
)
_OTHER = Result(
    gettext_noop("Transmission error"),
    Retry.NO,
    gettext_noop("Please send the fax again later; if that fails too, check the fax number."),
)


def _table(*rows: tuple[Result, Iterable[int]]) -> dict[int, Result]:
    return {code: result for result, codes in rows for code in codes}


RESULTS: dict[int, Result] = _table(
    (_PREPARING, [-1, -11]),
    (_READY, [-2]),
    (_UNDER_WAY, [-3]),
    (_HELD, [HELD_FOR_CREDIT]),
    (_OK, [OK]),
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
