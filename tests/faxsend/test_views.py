"""The pages of the history, as a browser asks for them."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image

from accounts.models import User
from certificates.smime import SignatureProblem
from faxsend.models import Submission
from faxsend.states import FaxStatus
from tests.factories import AttemptFactory, FaxFactory, UserFactory, submission_with

pytestmark = pytest.mark.django_db

HISTORY = "/history/sent/"


@pytest.fixture
def user(client: Client) -> User:
    """Somebody of an account, logged in."""
    user = UserFactory.create()
    client.force_login(user)
    return user


def page_of(client: Client, submission: Submission) -> str:
    return client.get(submission.get_absolute_url()).content.decode()


@pytest.mark.parametrize("path", ["", "made-up/", "made-up/pages/1.png"])
def test_who_is_not_logged_in_is_sent_to_the_login(client: Client, path: str) -> None:
    answer = client.get(HISTORY + path)

    assert answer["Location"] == f"/accounts/login/?next={HISTORY}{path}"


def test_the_first_page_is_the_history(client: Client, user: User) -> None:
    assert client.get("/")["Location"] == HISTORY


def test_an_account_without_faxes_reads_so(client: Client, user: User) -> None:
    assert "送信したFAXはまだありません。" in client.get(HISTORY).content.decode()


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (FaxStatus.QUEUED, "処理中"),
        (FaxStatus.SENDING, "処理中"),
        (FaxStatus.HELD, "保留中"),
        (FaxStatus.UNCERTAIN, "確認中"),
        (FaxStatus.SENT, "OK"),
        (FaxStatus.FAILED, "エラー"),
        (FaxStatus.CANCELED, "エラー"),
    ],
)
def test_a_state_is_said_in_a_word_and_not_by_colour_alone(
    client: Client, user: User, status: FaxStatus, word: str
) -> None:
    submission = submission_with(status, account=user.account)

    for page in [client.get(HISTORY).content.decode(), page_of(client, submission)]:
        assert f"</svg>{word}</span>" in page


def test_a_single_send_is_listed_by_its_number(client: Client, user: User) -> None:
    submission = submission_with(account=user.account, open=1)
    FaxFactory.create(submission=submission, number="0081311112222")

    page = client.get(HISTORY).content.decode()

    assert "03-1111-2222" in page
    assert "リスト送信" not in page


def test_a_list_send_is_listed_as_one_and_opens_its_faxes(client: Client, user: User) -> None:
    submission = submission_with(FaxStatus.SENT, FaxStatus.FAILED, account=user.account)

    page = client.get(HISTORY).content.decode()

    assert f'<a href="/history/sent/{submission.token}/">リスト送信</a>' in page
    assert "宛先2件" in page


def test_a_list_send_says_how_many_came_to_what_end(client: Client, user: User) -> None:
    submission_with(
        FaxStatus.SENT, FaxStatus.SENT, FaxStatus.FAILED, FaxStatus.QUEUED, account=user.account, subject="x"
    )

    counts = re.sub(r"<[^>]+>", "", client.get(HISTORY).content.decode())

    assert "宛先4件 成功 2 エラー 1 未完了 1" in counts


def test_every_fax_of_an_order_names_contact_and_company(client: Client, user: User) -> None:
    submission = submission_with(FaxStatus.SENT, FaxStatus.SENT, account=user.account)
    submission.faxes.filter(pk=submission.faxes.earliest("pk").pk).update(
        contact_name="山田太郎", company="山田商事"
    )

    page = page_of(client, submission)

    assert "山田太郎" in page and "山田商事" in page


@pytest.mark.parametrize("problem", SignatureProblem)
def test_a_signature_that_did_not_count_is_told_with_its_reason(
    client: Client, user: User, problem: SignatureProblem
) -> None:
    submission = submission_with(FaxStatus.SENT, account=user.account, signature_problem=problem.sentence)

    (warning,) = re.findall(r'<div class="warning".*?</div>', page_of(client, submission), re.DOTALL)

    assert "このメールの電子署名は有効と認められませんでした" in warning
    assert problem.sentence not in warning


def test_an_order_without_such_a_signature_is_not_warned_of(client: Client, user: User) -> None:
    submission = submission_with(FaxStatus.SENT, account=user.account, signed=True)

    assert 'class="warning"' not in page_of(client, submission)


@pytest.mark.parametrize("marks", [{"encrypted": True}, {"signed": True}, {}])
def test_an_order_that_came_protected_is_marked(client: Client, user: User, marks: dict[str, bool]) -> None:
    submission_with(FaxStatus.SENT, account=user.account, **marks)

    page = client.get(HISTORY).content.decode()

    assert ("#lock" in page) == marks.get("encrypted", False)
    assert ("#signature" in page) == marks.get("signed", False)


def test_a_subject_is_text_and_not_markup(client: Client, user: User) -> None:
    submission = submission_with(account=user.account, subject="<script>alert(1)</script>")

    for page in [client.get(HISTORY).content.decode(), page_of(client, submission)]:
        assert "<script>" not in page
        assert "&lt;script&gt;" in page


def test_times_are_those_of_the_account(client: Client) -> None:
    user = UserFactory.create(account__time_zone="America/New_York")
    client.force_login(user)
    moment = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
    submission_with(account=user.account, created_at=moment)

    assert "2026/01/15 07:00" in client.get(HISTORY).content.decode()


def test_older_orders_are_one_link_away(client: Client, user: User) -> None:
    oldest = submission_with(
        account=user.account, created_at=timezone.now() - timedelta(days=1), subject="最初"
    )
    for _ in range(50):
        submission_with(account=user.account)

    first = client.get(HISTORY)
    link = first.context["page"].older
    second = client.get(HISTORY, {"before": link}).content.decode()

    assert f"?before={link}" in first.content.decode()
    assert oldest.subject not in first.content.decode()
    assert oldest.subject in second


def test_the_page_renews_itself_only_while_something_is_in_process(client: Client, user: User) -> None:
    submission_with(FaxStatus.SENT, account=user.account)
    assert 'http-equiv="refresh"' not in client.get(HISTORY).content.decode()

    submission_with(FaxStatus.SENT, FaxStatus.QUEUED, account=user.account)
    assert 'http-equiv="refresh"' in client.get(HISTORY).content.decode()


def test_a_failure_says_code_and_cause(client: Client, user: User) -> None:
    submission = submission_with(FaxStatus.FAILED, account=user.account)

    assert "3912-FAX番号が使用不可です" in page_of(client, submission)


def test_every_call_of_a_fax_is_told(client: Client, user: User) -> None:
    submission = submission_with(FaxStatus.SENT, account=user.account)
    AttemptFactory.create(fax=submission.faxes.get(), result_code=6017)

    assert "6017-話中" in page_of(client, submission)


def test_a_fax_that_waits_says_when_it_goes_on(client: Client, user: User) -> None:
    submission = submission_with(account=user.account, open=1)
    moment = datetime(2026, 1, 15, 3, 21, tzinfo=UTC)
    FaxFactory.create(submission=submission, attempts_made=1, result_code=6017, next_attempt_at=moment)

    page = page_of(client, submission)

    assert "6017-話中" in page
    assert "12:21" in page


def test_a_long_list_goes_on_behind_a_link(client: Client, user: User) -> None:
    submission = submission_with(*[FaxStatus.SENT] * 101, account=user.account)
    last = submission.faxes.latest("pk")
    first = client.get(submission.get_absolute_url())

    following = first.context["following"]
    second = client.get(submission.get_absolute_url(), {"after": following})

    assert [row.fax for row in second.context["rows"]] == [last]


@pytest.mark.parametrize("after", ["x", "-1", "1.5", "", "9" * 30, "１"])
def test_a_made_up_place_in_a_list_is_not_found(client: Client, user: User, after: str) -> None:
    submission = submission_with(FaxStatus.SENT, account=user.account)

    assert client.get(submission.get_absolute_url(), {"after": after}).status_code == 404


@pytest.mark.parametrize(("query", "width"), [("", 1728), ("?small", 440)])
def test_a_page_is_shown_as_a_picture(client: Client, user: User, query: str, width: int) -> None:
    submission = submission_with(FaxStatus.SENT, account=user.account)

    answer = client.get(f"{submission.get_absolute_url()}pages/1.png{query}")

    picture = Image.open(io.BytesIO(answer.content))
    assert (answer["Content-Type"], picture.format, picture.width) == ("image/png", "PNG", width)
    assert picture.height > picture.width
    assert picture.convert("L").getextrema() == (0, 255)


def test_every_page_has_its_own_picture(client: Client, user: User) -> None:
    submission = submission_with(FaxStatus.SENT, account=user.account, pages__count=3)
    url = submission.get_absolute_url()

    pictures = {client.get(f"{url}pages/{number}.png").content for number in [1, 2, 3]}

    assert len(pictures) == 3
    assert page_of(client, submission).count(".png?small") == 3


def test_pictures_stay_out_of_shared_caches(client: Client, user: User) -> None:
    submission = submission_with(FaxStatus.SENT, account=user.account)

    assert "private" in client.get(f"{submission.get_absolute_url()}pages/1.png")["Cache-Control"]


def test_pages_about_faxes_are_not_kept_by_the_browser(client: Client, user: User) -> None:
    assert "no-store" in client.get(HISTORY)["Cache-Control"]


@pytest.mark.parametrize("number", ["0", "2", "99999999999999999999", "-1", "x"])
def test_a_page_that_does_not_exist_is_not_found(client: Client, user: User, number: str) -> None:
    submission = submission_with(FaxStatus.SENT, account=user.account)

    assert client.get(f"{submission.get_absolute_url()}pages/{number}.png").status_code == 404


@pytest.mark.parametrize("path", ["", "pages/1.png", "pages/1.png?small"])
def test_another_accounts_order_is_not_found(client: Client, user: User, path: str) -> None:
    strange = submission_with(FaxStatus.SENT)

    assert client.get(strange.get_absolute_url() + path).status_code == 404


@pytest.mark.parametrize("path", ["made-up/", "made-up/pages/1.png", "?before=made-up", "?before=%00"])
def test_a_made_up_token_is_not_found(client: Client, user: User, path: str) -> None:
    assert client.get(HISTORY + path).status_code == 404


def test_a_page_that_is_not_found_is_one_of_ours(client: Client, user: User) -> None:
    page = client.get(f"{HISTORY}made-up/").content.decode()

    assert "/static/site.css" in page
    assert "ページが見つかりません" in page
