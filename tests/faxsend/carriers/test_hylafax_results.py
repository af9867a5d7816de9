"""What HylaFAX says, and what that is for a fax; what is asked of it. No server is needed here."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faxsend.carriers.hylafax import Server, server_at
from faxsend.carriers.hylafax.job import Job, State, job_of
from faxsend.carriers.hylafax.results import CODES, TEXTS, never_dialled, outcome_of, status_of
from faxsend.carriers.hylafax.session_log import SessionLog, session_log
from faxsend.carriers.hylafax.submission import Tag, dial_string, quoted, tag_of
from faxsend.results import OK, OUTCOME_UNKNOWN, RESULTS


def failed(
    code: int = 0, text: str = "", *, pages: int = 0, dials: int = 1, state: State = State.FAILED
) -> Job:
    return Job(
        tag="", owner="", state=state, status_code=code, status=text, pages=pages, dials=dials, session=""
    )


def code_of(job: Job, *, first_page: int = 1, pages: int = 3) -> int:
    return outcome_of(job, SessionLog(), first_page=first_page, pages=pages).code


@pytest.mark.parametrize(
    ("status", "code"),
    {
        1: 6017,
        2: 3935,
        3: 6018,
        4: 6002,
        7: 3230,
        122: 3211,
        124: 8010,
        126: 6018,
        128: 3223,
        131: 3268,
        137: 3230,
        151: 3268,
        240: 3268,
        304: 3224,
        321: 204000,
        325: 256,
        327: 205001,
        345: 403,
        346: 6002,
        414: 3211,
        700: 3224,
        999: 205001,
    }.items(),
)
def test_status_codes_of_the_server_have_codes(status: int, code: int) -> None:
    assert code_of(failed(status)) == code


def test_every_code_has_words() -> None:
    assert set(CODES.values()) <= set(RESULTS)


@pytest.mark.parametrize(("text", "status"), TEXTS.items())
@pytest.mark.parametrize(
    ("code", "end"), [(333, "; too many attempts to dial"), (334, "; too many attempts to send")]
)
def test_the_reason_is_not_that_we_allow_one_call(text: str, status: int, code: int, end: str) -> None:
    assert status_of(failed(code, text + end)) == status


def test_numbers_in_the_text_are_read_as_hylafax_plus_writes_them() -> None:
    assert status_of(failed(0, "No answer from remote {E003}; too many attempts to dial {E333}")) == 3
    assert code_of(failed(0, "Busy signal detected {E001}")) == 6017


@pytest.mark.parametrize("status", [128, 147, 151, 240, 287, 343, 325])
def test_what_can_come_after_the_last_page_leaves_the_outcome_unknown(status: int) -> None:
    assert code_of(failed(status, pages=2)) == OUTCOME_UNKNOWN
    assert code_of(failed(status, pages=1), first_page=2) == OUTCOME_UNKNOWN
    assert (code_of(failed(status, pages=1)) == OUTCOME_UNKNOWN) is (status == 343)


def test_a_call_in_which_the_server_itself_was_interrupted_may_have_brought_the_last_page() -> None:
    """It would call again by itself, and says nothing of the first call."""
    assert code_of(failed(pages=2, state=State.SUSPENDED)) == OUTCOME_UNKNOWN
    assert code_of(failed(pages=0, state=State.SUSPENDED), pages=1) == OUTCOME_UNKNOWN
    assert code_of(failed(pages=1, state=State.SUSPENDED)) == 3224
    assert code_of(failed(text="Unknown problem", pages=2, state=State.SUSPENDED)) == 3224


@pytest.mark.parametrize("status", [130, 131, 133, 137])
def test_a_refusal_of_the_last_page_is_no_unknown_outcome(status: int) -> None:
    assert code_of(failed(status, pages=2)) in {3268, 3230}


def test_sent_are_all_pages_and_no_fewer() -> None:
    assert code_of(failed(pages=3, state=State.DONE)) == OK
    assert code_of(failed(pages=2, state=State.DONE)) == 3268
    assert code_of(failed(pages=2, state=State.DONE), first_page=2) == OK
    assert code_of(failed(344, pages=3)) == OUTCOME_UNKNOWN


def test_pages_confirmed_count_from_the_first_page_of_the_fax() -> None:
    assert outcome_of(failed(131, pages=1), SessionLog(), first_page=3, pages=5).pages_confirmed == 3


def test_pages_too_fine_for_the_receiver_are_told_from_other_incompatible_ones() -> None:
    waiting = failed(414, "High resolution document is not supported by client", state=State.SUSPENDED)
    assert outcome_of(waiting, SessionLog(), first_page=1, pages=1).resolution_refused
    assert not outcome_of(failed(416), SessionLog(), first_page=1, pages=1).resolution_refused


@pytest.mark.parametrize(
    ("state", "dials", "ended", "planned_again"),
    [
        (State.SUSPENDED, 0, False, False),
        (State.READY, 0, False, False),
        (State.ACTIVE, 0, False, False),
        (State.ACTIVE, 1, False, False),
        (State.READY, 1, False, True),
        (State.BLOCKED, 1, False, True),
        (State.SLEEPING, 1, False, True),
        (State.SUSPENDED, 1, True, False),
        (State.DONE, 1, True, False),
        (State.FAILED, 0, True, False),
    ],
)
def test_a_job_has_ended_when_the_server_will_not_dial_for_it_again(
    state: State, dials: int, ended: bool, planned_again: bool
) -> None:
    job = failed(dials=dials, state=state)
    assert (job.ended, job.planned_again) == (ended, planned_again)


def test_a_job_that_no_modem_took_was_never_dialled() -> None:
    assert never_dialled(failed(325, dials=0))
    assert not never_dialled(failed(325, dials=1))
    assert not never_dialled(failed(347, dials=0))


LOG = """Nov 24 23:59:06.62: [27170]: SESSION BEGIN 000000001 2000
Nov 24 23:59:07.62: [27170]: DIAL 2000
Nov 24 23:59:07.96: [27170]: REMOTE CSI "MACHINE \x1b0"
Nov 24 23:59:08.00: [27170]: USE 14400 bit/s
Nov 24 23:59:08.00: [27170]: USE error correction mode
Nov 25 00:00:19.55: [27170]: SESSION END
"""


def test_the_log_of_a_session_tells_who_answered_how_fast_and_how_long() -> None:
    log = session_log(LOG.splitlines())
    assert log == SessionLog(timedelta(seconds=71, milliseconds=930), "MACHINE \x1b0", 14_400, True)
    plain = session_log(line for line in LOG.splitlines() if "correction" not in line)
    assert plain.ecm is False
    outcome = outcome_of(failed(pages=1, state=State.DONE), log, first_page=1, pages=1)
    assert outcome.remote_csid == "MACHINE 0"


def test_a_log_that_passes_the_end_of_the_year_or_goes_backwards_tells_no_nonsense() -> None:
    year = ["Dec 31 23:59:59.00: [1]: SESSION BEGIN 1 2", "Jan  1 00:00:09.50: [1]: SESSION END"]
    assert session_log(year).duration == timedelta(seconds=10, milliseconds=500)
    assert (
        session_log([year[1].replace("END", "BEGIN 1 2"), "Jan  1 00:00:01.00: [1]: SESSION END"])
        == SessionLog()
    )
    assert session_log(["Feb 31 10:00:00.00: [1]: SESSION BEGIN 1 2", *year]).duration > timedelta(0)


@given(st.lists(st.text(max_size=200), max_size=20))
def test_no_listing_and_no_log_does_harm(lines: list[str]) -> None:
    session_log(lines)
    with suppress(ValueError):
        job_of(lines)


@pytest.mark.parametrize(
    ("number", "dialled"),
    [
        ("0081311112222", "0311112222"),
        ("0012125550100", "01012125550100"),
        ("00390612345678", "010390612345678"),
    ],
)
def test_a_modem_dials_as_a_japanese_line_does(number: str, dialled: str) -> None:
    assert dial_string(number, "010") == dialled


@pytest.mark.parametrize(
    "number", ["", "0311112222", "00813,,1#", "0081３１１１１２２２２", "0081\n311112222", "00" + "1" * 40]
)
def test_nothing_but_a_canonical_number_reaches_a_modem(number: str) -> None:
    with pytest.raises(ValueError):
        dial_string(number, "010")


def test_a_string_cannot_be_left() -> None:
    assert quoted('0"3%s\\') == '"03s"'


def test_a_tag_is_read_back_and_those_of_others_are_not() -> None:
    tag = Tag("41", first_page=2, pages=10)
    assert tag_of(str(tag)) == tag
    assert tag_of("interfax 41") is None
    assert tag_of("somebody's fax") is None


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("hylafax://fax:secret@fax.example.jp:4560", Server("fax.example.jp", "fax", 4560, "secret")),
        ("hylafax://fax:a%40b%2F@[::1]", Server("::1", "fax", 4559, "a@b/")),
        ("hylafax://fax@localhost", Server("localhost", "fax")),
    ],
)
def test_the_url_names_server_user_and_password(url: str, server: Server) -> None:
    assert server_at(url) == server


@pytest.mark.parametrize(
    "url",
    ["", "ftp://fax:secret@host", "hylafax://host", "hylafax://fax:secret@", "hylafax://fax:secret@host:99999",
     "hylafax://fax:secret%0D%0AJKILL@host"],
)  # fmt: skip
def test_a_wrong_url_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ValueError) as refused:
        server_at(url)
    assert "secret" not in str(refused.value)
