"""履歴の表示削除: out of the list and back."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Account, User
from faxsend import hiding, history
from faxsend.models import Submission
from faxsend.searching import Question, search
from faxsend.states import FINAL, FaxStatus
from tests.factories import AccountFactory, UserFactory, submission_with

pytestmark = pytest.mark.django_db

LIST, HIDDEN = "/history/sent/", "/history/sent/hidden/"
SENT = FaxStatus.SENT


@pytest.fixture
def user(client: Client) -> User:
    """Somebody of an account, logged in."""
    user = UserFactory.create()
    client.force_login(user)
    return user


@pytest.fixture
def account(user: User) -> Account:
    assert user.account is not None
    return user.account


def listed(account: Account, *, hidden: bool = False) -> list[str]:
    return [row.submission.token for row in history.sent_faxes(account, hidden=hidden).rows]


def buttons(client: Client, address: str) -> list[str]:
    """Where the buttons of a page lead that hide or show."""
    page = client.get(address).content.decode()
    return re.findall(r'(?:form)?action="(/history/sent/[^"]+/(?:hide|show)/)"', page)


def test_what_is_hidden_is_in_the_other_list_and_can_be_shown_again(account: Account) -> None:
    first, second = (submission_with(SENT, account=account).token for _ in range(2))

    assert hiding.hide(account, first)
    assert (listed(account), listed(account, hidden=True)) == ([second], [first])
    assert hiding.show(account, first)
    assert (listed(account), listed(account, hidden=True)) == ([second, first], [])


def test_hiding_or_showing_twice_changes_nothing_more(account: Account) -> None:
    order = submission_with(SENT, account=account)

    assert [hiding.hide(account, order.token) for _ in range(2)] == [True, False]
    hidden_at = Submission.objects.get().hidden_at
    assert not hiding.hide(account, order.token) and Submission.objects.get().hidden_at == hidden_at
    assert [hiding.show(account, order.token) for _ in range(2)] == [True, False]


@pytest.mark.parametrize("status", FaxStatus)
def test_what_is_in_process_stays_in_sight(account: Account, status: FaxStatus) -> None:
    order = submission_with(SENT, status, account=account)

    assert hiding.hide(account, order.token) == (status in FINAL)


def test_an_order_of_another_account_is_neither_hidden_nor_shown(account: Account) -> None:
    strange = submission_with(SENT)
    for change in (hiding.hide, hiding.show):
        with pytest.raises(Submission.DoesNotExist):
            change(account, strange.token)

    assert strange.account is not None and listed(strange.account) == [strange.token]


def test_the_row_its_faxes_and_the_search_stay_as_they_were(account: Account) -> None:
    order = submission_with(SENT, FaxStatus.FAILED, account=account)
    hiding.hide(account, order.token)

    assert {fax.submission_id for fax in search(account, Question()).faxes} == {order.pk}
    assert history.one_submission(account, order.token).total == 2


def test_the_list_goes_on_from_an_order_that_was_hidden_meanwhile(account: Account) -> None:
    now = timezone.now()
    orders = [
        submission_with(SENT, account=account, created_at=now - timedelta(minutes=age)) for age in range(3)
    ]
    hiding.hide(account, orders[1].token)

    rows = history.sent_faxes(account, before=orders[1].token).rows

    assert [row.submission.token for row in rows] == [orders[2].token]


def test_the_button_hides_and_the_next_one_undoes_it(client: Client, account: Account) -> None:
    order = submission_with(SENT, account=account, subject="<b>見積書</b>")
    (hide,) = buttons(client, LIST)

    answer = client.post(hide, {"before": order.token}, follow=True)

    page = answer.content.decode()
    assert answer.redirect_chain == [(f"{LIST}?hidden={order.token}&before={order.token}", 302)]
    assert "「&lt;b&gt;見積書&lt;/b&gt;」を送信履歴の一覧から表示削除しました。" in page
    (undo,) = re.findall(r'action="([^"]+/show/)"', page)
    client.post(undo, {"list": "1"})
    assert listed(account) == [order.token]


def test_the_order_itself_says_that_it_is_hidden_and_shows_itself_again(
    client: Client, account: Account
) -> None:
    address = submission_with(SENT, account=account).get_absolute_url()
    assert buttons(client, address) == [f"{address}hide/"]

    client.post(f"{address}hide/")
    assert buttons(client, address) == [f"{address}show/"]
    assert client.post(f"{address}show/")["Location"] == address

    assert buttons(client, address) == [f"{address}hide/"]


def test_what_is_hidden_has_a_list_to_which_the_other_leads(client: Client, account: Account) -> None:
    order = submission_with(SENT, account=account)
    assert HIDDEN not in client.get(LIST).content.decode()

    hiding.hide(account, order.token)

    assert HIDDEN in client.get(LIST).content.decode()
    assert buttons(client, HIDDEN) == [f"{order.get_absolute_url()}show/"]


def test_an_order_in_process_has_no_such_button_and_answers_why(client: Client, account: Account) -> None:
    order = submission_with(FaxStatus.QUEUED, account=account)
    address = order.get_absolute_url()

    assert buttons(client, LIST) == buttons(client, address) == []
    page = client.post(f"{address}hide/", follow=True).content.decode()

    assert "処理中の履歴は表示削除できません。" in page and listed(account) == [order.token]


def test_a_link_hides_nothing(client: Client, account: Account) -> None:
    order = submission_with(SENT, account=account)

    assert client.get(f"{order.get_absolute_url()}hide/")["Location"] == order.get_absolute_url()
    assert listed(account) == [order.token]


@pytest.mark.parametrize("what", ["hide", "show"])
def test_an_order_of_another_account_is_not_found(client: Client, account: Account, what: str) -> None:
    strange = submission_with(SENT, hidden_at=timezone.now() if what == "show" else None)

    assert client.post(f"{strange.get_absolute_url()}{what}/").status_code == 404
    assert strange.token not in client.get(f"{LIST}?hidden={strange.token}").content.decode()


@pytest.mark.parametrize("query", ["?hidden=made-up", "?hidden=%00", "?hidden="])
def test_a_made_up_order_has_nothing_to_undo(client: Client, account: Account, query: str) -> None:
    answer = client.get(LIST + query)

    assert answer.status_code == 200 and "元に戻す" not in answer.content.decode()


@pytest.mark.parametrize("query", ["?before=made-up", "?before=%00"])
def test_a_made_up_place_in_the_hidden_list_is_not_found(
    client: Client, account: Account, query: str
) -> None:
    assert client.get(HIDDEN + query).status_code == 404


def test_hidden_orders_are_paged(client: Client, account: Account) -> None:
    now = timezone.now()
    for _ in range(history.SUBMISSIONS_A_PAGE + 1):
        submission_with(account=account, hidden_at=now)

    first = history.sent_faxes(account, hidden=True)

    assert first.older is not None
    assert len(history.sent_faxes(account, before=first.older, hidden=True).rows) == 1
    assert f"?before={first.older}" in client.get(HIDDEN).content.decode()


def test_an_account_that_has_hidden_nothing_reads_so(client: Client) -> None:
    client.force_login(UserFactory.create(account=AccountFactory.create()))

    assert "表示削除した履歴はありません。" in client.get(HIDDEN).content.decode()
