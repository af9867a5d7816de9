"""The line, end to end: an encrypted mail becomes pages, these a real T.30 call, and what is wrong there a result.

Every order is a mail to a whole running instance; the machines that receive and their faults are
``faxsend.t30.machine``'s. Retries wait for minutes: the tests put the clock of a waiting fax forward.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from faxsend.rendering import Resolution, tiff
from tests.e2e.office import Office, Sent, entity, office, parsed, text_of
from tests.e2e.world import wait_for

pytestmark = pytest.mark.line

OK, UNKNOWN = 0, 206090
HEADER_ROWS = 40
"""More than the header line has, in fine resolution."""
DENSE = (
    "拝啓 時下ますますご清栄のこととお慶び申し上げます。平素は格別のお引き立てを賜り誠に有難く存じます。\n"
    * 15
)


@dataclass(frozen=True, slots=True)
class Called:
    """One call as the database has it: ``confirmed`` counts from the fax's first page."""

    code: int
    first_page: int
    confirmed: int


@dataclass(frozen=True, slots=True)
class Story:
    """What an order of ``pages`` meets at its number, and what must come of it.

    ``mended``: the machine is sound from the second call on. As many calls are allowed as there must be where the
    order fails, four otherwise.
    """

    fault: str
    pages: int
    calls: list[Called]
    status: str
    mended: bool = False

    @property
    def text(self) -> str:
        return text_with(self.pages, f"{self.fault}\n{DENSE if self.fault == 'lost rows' else ''}")

    @property
    def most_calls(self) -> int:
        return len(self.calls) if self.status == "failed" else 4


def failing(fault: str, code: int, *, calls: int, pages: int = 1) -> Story:
    return Story(fault, pages, [Called(code, 1, 0)] * calls, "failed")


STORIES = [
    Story("muted after the last page", 1, [Called(UNKNOWN, 1, 0)], "uncertain"),
    failing("never ending", 256, calls=1),
    failing("busy", 6017, calls=3),
    failing("no answer", 6018, calls=2),
    failing("voice", 6018, calls=2),
    failing("dead line", 6018, calls=2),
    failing("no training", 3230, calls=2),
    failing("lost rows", 3268, calls=2),
    Story("noise", 1, [Called(OK, 1, 1)], "sent"),
    Story("hang-up in page 2", 3, [Called(3223, 1, 1), Called(OK, 2, 3)], "sent", mended=True),
    Story("no fine resolution", 2, [Called(3211, 1, 0), Called(OK, 1, 2)], "sent"),
]
NUMBERS = {story.fault: f"008133333{number:04d}" for number, story in enumerate(STORIES, 1000)}


@dataclass(frozen=True, slots=True)
class Told:
    """What has come of an order, seen in the database."""

    sent: Sent
    fax: int
    status: str
    code: int
    calls: list[Called]

    @property
    def is_between_calls(self) -> bool:
        return self.status == "queued" and bool(self.calls)

    @property
    def received(self) -> bytes | None:
        """What lies at the machine that was called."""
        files = self.sent.office.world.data_dir.glob(f"received/*/{self.fax}.tif")
        return next((file.read_bytes() for file in files), None)


def told(sent: Sent) -> Told:
    query = """SELECT f.id, f.status, f.result_code FROM faxsend_fax f
               JOIN faxsend_submission s ON s.id = f.submission_id
               JOIN faxsend_inboundmessage m ON m.id = s.message_id WHERE m.token = %s"""
    ask = sent.office.world.ask
    [(fax, status, code)] = ask(query, sent.token)
    calls = """SELECT result_code, first_page, pages_confirmed FROM faxsend_attempt
               WHERE fax_id = %s AND ended_at IS NOT NULL ORDER BY id"""
    return Told(sent, fax, status, code, [Called(*row) for row in ask(calls, fax)])


def text_with(pages: int, text: str = "") -> str:
    return "\f".join(f"{number}枚目\n{text}" for number in range(1, pages + 1))


@pytest.fixture(scope="module")
def faults(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of what is wrong at which number."""
    path = tmp_path_factory.mktemp("line") / "faults.json"
    write_faults(path, {})
    return path


def write_faults(path: Path, faults: Mapping[str, str]) -> None:
    """Whoever reads it at this moment reads the one or the other."""
    new = path.with_suffix(".new")
    new.write_text(json.dumps(faults))
    new.rename(path)


@pytest.fixture(scope="module")
def line(faults: Path) -> Iterator[Office]:
    with office(FAX_CARRIER="spandsp", SPANDSP_FAULTS=str(faults), FAX_LINES="2") as ours:
        yield ours


@pytest.mark.parametrize("option", ["/rf", "/rs"])
@pytest.mark.parametrize("pages", [1, 10])
def test_an_encrypted_mail_is_received_bit_for_bit_as_it_was_drawn(
    line: Office, pages: int, option: str
) -> None:
    sent = line.send_encrypted(f"/fax=03-1111-2222 {option}", text_with(pages, DENSE))
    [received] = sent.faxed()
    assert received == line.world.pages_of(told(sent).fax)
    assert tiff.count(received) == pages
    assert tiff.resolution(received) is (Resolution.FINE if option == "/rf" else Resolution.STANDARD)
    assert told(sent).calls == [Called(OK, 1, pages)]


def test_the_header_line_of_the_call_is_received_on_top_of_the_pages_drawn(line: Office) -> None:
    sent = line.send_encrypted("/fax=03-1111-2222 /h {TotalPages}", text_with(2))
    [received] = sent.faxed()
    drawn = line.world.pages_of(told(sent).fax)
    for as_drawn, as_received in zip(tiff.pages(drawn), tiff.pages(received), strict=True):
        assert not as_drawn[:HEADER_ROWS].any()
        assert as_received[:HEADER_ROWS].any()
        assert (as_received[HEADER_ROWS:] == as_drawn[HEADER_ROWS:]).all()


@pytest.fixture(scope="module")
def ended(line: Office, faults: Path) -> dict[str, Told]:
    """What came of each story's order. All are on their way at the same time."""
    wrong = {NUMBERS[story.fault]: story.fault for story in STORIES}
    write_faults(faults, wrong)
    tokens = {story.fault: order_of(line, story) for story in STORIES}
    orders = {fault: line.processed(token) for fault, token in tokens.items()}

    def look() -> dict[str, Told] | None:
        seen = {fault: told(sent) for fault, sent in orders.items()}
        between = [story for story in STORIES if seen[story.fault].is_between_calls]
        wrong.update({NUMBERS[story.fault]: "" for story in between if story.mended})
        write_faults(faults, wrong)
        call_now(line, [seen[story.fault].fax for story in between])
        return None if any(each.status in ("queued", "sending") for each in seen.values()) else seen

    return wait_for(look, "all calls", seconds=180)


def order_of(line: Office, story: Story) -> str:
    """Hand in the mail; its token."""
    national = NUMBERS[story.fault].removeprefix("0081")
    mail = line.encrypted(f"/fax=0{national} /rt {story.most_calls}", entity(story.text))
    return line.world.accept(mail.replace(b"\n", b"\r\n"))


def call_now(line: Office, faxes: Sequence[int]) -> None:
    """The minutes until the next call are over."""
    line.world.ask(
        """UPDATE faxsend_fax SET next_attempt_at = now()
           WHERE id = ANY(%s) AND status = 'queued' AND next_attempt_at > now() RETURNING id""",
        list(faxes),
    )


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.fault)
def test_what_is_wrong_on_the_line_has_its_code_its_calls_and_its_end(
    ended: Mapping[str, Told], story: Story
) -> None:
    seen = ended[story.fault]
    assert (seen.status, seen.calls) == (story.status, story.calls)
    assert seen.code == story.calls[-1].code


@pytest.mark.parametrize(
    "story", [each for each in STORIES if each.status == "failed"], ids=lambda each: each.fault
)
def test_who_ordered_is_told_of_a_failure_with_its_code_and_nobody_has_received_it(
    ended: Mapping[str, Told], story: Story
) -> None:
    seen = ended[story.fault]
    mail = parsed(seen.sent.notification())
    assert mail["Subject"] == f"FAX送信が失敗しました -> {shown(story)}"
    assert f"{seen.code}-" in text_of(mail)
    assert seen.received is None


@pytest.mark.parametrize("fault", ["noise", "hang-up in page 2"])
def test_what_a_bad_line_made_difficult_is_received_bit_for_bit(
    line: Office, ended: Mapping[str, Told], fault: str
) -> None:
    seen = ended[fault]
    assert seen.received == line.world.pages_of(seen.fax)
    assert parsed(seen.sent.notification())["Subject"].startswith("FAX送信が成功しました -> ")


def test_a_machine_without_fine_resolution_receives_all_pages_in_standard(
    line: Office, ended: Mapping[str, Told]
) -> None:
    seen = ended["no fine resolution"]
    assert seen.received is not None
    assert tiff.resolution(seen.received) is Resolution.STANDARD
    drawn = line.world.pages_of(seen.fax)
    assert tiff.resolution(drawn) is Resolution.FINE
    for fine, standard in zip(tiff.pages(drawn), tiff.pages(seen.received), strict=True):
        assert standard.shape == (1140, 1728)
        assert 0.8 < standard.mean() / fine.mean() < 1.7
    assert parsed(seen.sent.notification())["Subject"].startswith("FAX送信が成功しました -> ")


def test_a_fax_that_may_have_arrived_is_not_called_again_and_nobody_is_told_yet(
    line: Office, ended: Mapping[str, Told]
) -> None:
    seen = ended["muted after the last page"]
    line.world.ask("UPDATE faxsend_fax SET next_attempt_at = now() WHERE id = %s RETURNING id", seen.fax)
    line.mail(line.encrypted("/fax=03-1111-2222", entity(text_with(1, "after it")))).notification()
    assert told(seen.sent).calls == [Called(UNKNOWN, 1, 0)]
    assert not line.world.mails_to_inbound(seen.sent.token)


def shown(story: Story) -> str:
    """The number of a story as people write it."""
    national = NUMBERS[story.fault].removeprefix("0081")
    return f"0{national[0]}-{national[1:5]}-{national[5:]}"
