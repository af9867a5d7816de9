"""The pages that ask what is to be sent again, as a browser asks for them."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from faxsend.models import Fax, Pages, Submission
from faxsend.states import FaxStatus
from tests.factories import UserFactory, submission_with

pytestmark = pytest.mark.django_db

QUEUED, SENT, FAILED, CANCELED = FaxStatus.QUEUED, FaxStatus.SENT, FaxStatus.FAILED, FaxStatus.CANCELED
HISTORY = "/history/sent/"
ONLY_FAILED = "エラーFAXのみを"
ALL_FAXES = "複数FAXの再送信(全てのFAX)"


@pytest.fixture
def user(client: Client) -> User:
    """Somebody of an account, logged in."""
    user = UserFactory.create()
    client.force_login(user)
    return user


def of_order(order: Submission) -> str:
    return f"{order.get_absolute_url()}resend/"


def of_fax(fax: Fax) -> str:
    return f"{fax.submission.get_absolute_url()}faxes/{fax.pk}/resend/"


def shown(client: Client, url: str) -> str:
    return client.get(url).content.decode()


def once_of(page: str) -> str:
    (once,) = re.findall(r'name="once" value="([\w-]+)"', page)
    return str(once)


def made_of(order: Submission) -> list[int]:
    """How many faxes each resend of the order has."""
    return [resent.total for resent in order.resends.order_by("pk")]


def test_a_list_is_asked_what_is_to_be_sent_again(client: Client, user: User) -> None:
    page = shown(client, of_order(submission_with(SENT, FAILED, account=user.account)))

    assert ONLY_FAILED in page and ALL_FAXES in page
    assert re.search(r'<input type="radio" name="what" value="failed"[^>]* checked', page)
    assert "data-dialog-content" in page


def test_only_what_is_possible_is_offered(client: Client, user: User) -> None:
    all_sent = shown(client, of_order(submission_with(SENT, SENT, account=user.account)))
    in_process = shown(client, of_order(submission_with(FAILED, QUEUED, account=user.account)))
    nothing_yet = shown(client, of_order(submission_with(SENT, QUEUED, account=user.account)))

    assert (ONLY_FAILED in all_sent, ALL_FAXES in all_sent) == (False, True)
    assert (ONLY_FAILED in in_process, ALL_FAXES in in_process) == (True, False)
    assert "この送信は処理中です。" in nothing_yet
    assert 'id="resend"' not in nothing_yet


@pytest.mark.parametrize(("what", "made"), [("failed", [1, 1]), ("all", [3])])
def test_what_is_chosen_is_sent_and_the_history_tells(
    client: Client, user: User, what: str, made: list[int]
) -> None:
    order = submission_with(SENT, FAILED, CANCELED, account=user.account)
    once = once_of(shown(client, of_order(order)))

    answer = client.post(of_order(order), {"once": once, "what": what}, follow=True)

    assert answer.redirect_chain == [(HISTORY, 302)]
    assert f"{sum(made)}件のFAXの再送信を受け付けました。" in answer.content.decode()
    assert made_of(order) == made


@pytest.mark.parametrize("status", [SENT, FAILED])
def test_a_single_send_is_only_confirmed(client: Client, user: User, status: FaxStatus) -> None:
    order = submission_with(status, account=user.account)
    page = shown(client, of_order(order))

    client.post(of_order(order), {"once": once_of(page)})

    assert ONLY_FAILED not in page and ALL_FAXES not in page
    assert made_of(order) == [1]


def test_one_fax_of_a_list_is_only_confirmed(client: Client, user: User) -> None:
    order = submission_with(FAILED, FAILED, account=user.account)
    fax = order.faxes.latest("pk")
    page = shown(client, of_fax(fax))

    client.post(of_fax(fax), {"once": once_of(page)})

    assert ONLY_FAILED not in page
    assert [resent.faxes.get().number for resent in order.resends.all()] == [fax.number]


def test_a_form_that_arrives_twice_is_sent_once(client: Client, user: User) -> None:
    order = submission_with(FAILED, FAILED, account=user.account)
    form = {"once": once_of(shown(client, of_order(order))), "what": "failed"}

    answers = [client.post(of_order(order), form) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert made_of(order) == [1, 1]


def test_each_form_is_another_one(client: Client, user: User) -> None:
    order = submission_with(FAILED, account=user.account)

    assert once_of(shown(client, of_order(order))) != once_of(shown(client, of_order(order)))


@pytest.mark.parametrize("once", ["", "short", "x" * 65, "<script>alert(1)</script>", "\x00" * 20])
def test_a_form_that_cannot_be_told_from_others_is_asked_again(client: Client, user: User, once: str) -> None:
    order = submission_with(FAILED, account=user.account)

    answer = client.post(of_order(order), {"once": once}, follow=True)

    assert answer.redirect_chain == [(of_order(order), 302)]
    assert "フォームを読み取れませんでした。" in answer.content.decode()
    assert made_of(order) == []


@pytest.mark.parametrize("what", ["", "x", "all"])
def test_a_choice_that_was_not_offered_is_told_at_its_field(client: Client, user: User, what: str) -> None:
    order = submission_with(FAILED, QUEUED, account=user.account)

    page = client.post(of_order(order), {"once": "x" * 22, "what": what}).content.decode()

    assert 'id="id_what_error"' in page
    assert made_of(order) == []


@pytest.mark.parametrize("status", [SENT, QUEUED])
def test_a_fax_that_has_not_failed_is_not_sent_again(client: Client, user: User, status: FaxStatus) -> None:
    order = submission_with(status, FAILED, account=user.account)
    url = of_fax(order.faxes.get(status=status))

    page = client.post(url, {"once": "x" * 22}).content.decode()

    assert 'class="alert"' in page
    assert 'id="resend"' not in page
    assert made_of(order) == []


def test_another_accounts_order_is_not_found(client: Client, user: User) -> None:
    strange = submission_with(FAILED)
    own = submission_with(FAILED, account=user.account)
    crossed = f"{own.get_absolute_url()}faxes/{strange.faxes.get().pk}/resend/"

    for url in [of_order(strange), of_fax(strange.faxes.get()), crossed]:
        assert client.get(url).status_code == 404
        assert client.post(url, {"once": "x" * 22, "what": "failed"}).status_code == 404
    assert Submission.objects.filter(resent_from__isnull=False).count() == 0


@pytest.mark.parametrize("pk", ["0", "9" * 30, "-1", "x"])
def test_a_made_up_fax_is_not_found(client: Client, user: User, pk: str) -> None:
    order = submission_with(FAILED, account=user.account)

    assert client.get(f"{order.get_absolute_url()}faxes/{pk}/resend/").status_code == 404


def test_looking_at_the_form_sends_nothing(client: Client, user: User) -> None:
    order = submission_with(FAILED, account=user.account)

    client.get(of_order(order), {"once": "x" * 22, "what": "failed"})

    assert made_of(order) == []


def test_the_history_offers_to_send_again_what_has_ended(client: Client, user: User) -> None:
    ended = submission_with(SENT, FAILED, account=user.account)
    waiting = submission_with(QUEUED, account=user.account)

    page = shown(client, HISTORY)

    assert f'href="{of_order(ended)}"' in page
    assert of_order(waiting) not in page
    for order in [ended, waiting]:
        assert f'href="{order.get_absolute_url()}#pages"' in page


def test_a_page_that_renews_itself_opens_no_dialog(client: Client, user: User) -> None:
    submission_with(FAILED, account=user.account)
    assert "data-dialog href" in shown(client, HISTORY)

    submission_with(QUEUED, account=user.account)
    assert "data-dialog href" not in shown(client, HISTORY)


def test_an_order_offers_each_failed_fax_and_all(client: Client, user: User) -> None:
    order = submission_with(SENT, FAILED, CANCELED, account=user.account)

    page = shown(client, order.get_absolute_url())

    assert f'href="{of_order(order)}"' in page
    for fax in order.faxes.all():
        assert (f'href="{of_fax(fax)}"' in page) == (fax.status != SENT)


def test_an_order_and_its_resend_lead_to_each_other(client: Client, user: User) -> None:
    order = submission_with(FAILED, account=user.account)
    client.post(of_order(order), {"once": "x" * 22})
    resent = order.resends.get()

    assert re.search(
        f'再送信の履歴</dt><dd><a[^>]* href="{resent.get_absolute_url()}"',
        shown(client, order.get_absolute_url()),
    )
    assert f'再送信元</dt><dd><a href="{order.get_absolute_url()}"' in shown(
        client, resent.get_absolute_url()
    )


def test_without_stored_pages_nothing_is_sent_again_and_every_page_says_why(
    client: Client, user: User
) -> None:
    order = submission_with(SENT, FAILED, account=user.account)
    Pages.objects.update(tiff=b"", removed_at=timezone.now())
    failed = order.faxes.get(status=FAILED)
    for url, chosen in [(of_order(order), "all"), (of_order(order), "failed"), (of_fax(failed), "")]:
        typed = {"once": once_of(shown(client, url)), "what": chosen}
        answer = client.post(url, typed).content.decode()
        assert "FAXイメージの保存期間が終了しているため、再送信できません。送信は行われていません。" in answer
    assert Submission.objects.count() == 1
    assert "保存期間終了" in shown(client, HISTORY)
    page = shown(client, order.get_absolute_url())
    assert "保存期間終了" in page and "1.png" not in page
    assert client.get(f"{order.get_absolute_url()}pages/1.png").status_code == 404
