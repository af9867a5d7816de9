"""The dialog 「証明書(デジタルID)の送信」, as a browser asks for it and posts it."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from certificates.models import CertificateRequest, ServiceIdentity
from certificates.requests import FOREIGN_ADDRESSES
from tests.factories import AuthorizedSenderFactory, OperatorFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("service")]

PAGE = "/certificates/request/"


@pytest.fixture
def user(client: Client) -> User:
    """Somebody of an account with two senders, logged in."""
    user = UserFactory.create()
    for address in ("a@example.com", "b@example.com"):
        AuthorizedSenderFactory.create(account=user.account, address=address)
    client.force_login(user)
    return user


def as_page(answer: object) -> HttpResponse:
    assert isinstance(answer, HttpResponse)
    return answer


def typed_in(answer: HttpResponse) -> str:
    """What stands in the field."""
    field = re.search(r"<textarea[^>]*>\r?\n?(.*?)</textarea>", answer.content.decode(), re.DOTALL)
    assert field is not None
    return unescape(field[1])


def error_at_the_field(answer: HttpResponse) -> str:
    """The message that a screen reader reads with the field."""
    html = answer.content.decode()
    field = re.search(r"<textarea[^>]*>", html)
    assert field is not None and 'aria-invalid="true"' in field[0]
    described = re.search(r'aria-describedby="([^"]*)"', field[0])
    assert described is not None
    error = re.search(r'<div class="error" id="([^"]*)">(.*?)</div>', html, re.DOTALL)
    assert error is not None and error[1] in described[1].split()
    return unescape(re.sub(r"<[^>]*>", "", error[2]))


def post(client: Client, recipients: str) -> HttpResponse:
    return as_page(client.post(PAGE, {"recipients": recipients}))


def asked() -> list[str]:
    return list(CertificateRequest.objects.order_by("pk").values_list("address", flat=True))


def test_who_is_not_logged_in_is_sent_to_the_login(client: Client) -> None:
    assert client.get(PAGE)["Location"] == f"/accounts/login/?next={PAGE}"
    assert client.post(PAGE, {"recipients": "a@example.com"}).status_code == 302
    assert asked() == []


def test_an_operator_has_no_account_to_ask_for(client: Client) -> None:
    client.force_login(OperatorFactory.create())
    assert client.post(PAGE, {"recipients": "a@example.com"}).status_code == 403


def test_the_field_holds_all_authorized_senders(client: Client, user: User) -> None:
    answer = as_page(client.get(PAGE))

    assert typed_in(answer) == "a@example.com,b@example.com"
    assert "送信先E-Mailアドレス" in answer.content.decode()


def test_the_dialog_says_which_certificate_it_is_and_what_stays_in_clear(client: Client, user: User) -> None:
    html = re.sub("<w?br>", "", client.get(PAGE).content.decode())
    digits = ServiceIdentity.objects.get().fingerprint.upper()

    assert "証明書(デジタルID)の送信" in html
    assert "secure interfax" in html and "send@fax.tc" in html
    assert ":".join(re.findall("..", digits)) in html
    assert "件名などのヘッダ情報は暗号化されません" in html
    assert 'href="/help/encryption/"' in html


def test_success_leads_back_and_asks_for_a_few_minutes(client: Client, user: User) -> None:
    answer = client.post(PAGE, {"recipients": "a@example.com,\r\n guest@example.com ,"}, follow=True)

    assert answer.redirect_chain == [("/properties/fax-sending/", 302)]
    assert "到着まで数分お待ちください" in answer.content.decode()
    assert asked() == ["a@example.com", "guest@example.com"]


def test_the_dots_that_carriers_have_given_out_are_taken(client: Client, user: User) -> None:
    post(client, "a..b.@docomo.example.jp")

    assert asked() == ["a..b.@docomo.example.jp"]


def test_pressing_twice_says_that_nothing_is_sent_again(client: Client, user: User) -> None:
    post(client, "a@example.com")
    answer = client.post(PAGE, {"recipients": "a@example.com"}, follow=True)

    assert "重ねて送信しません。到着まで数分お待ちください。" in answer.content.decode()
    assert asked() == ["a@example.com"]


@pytest.mark.parametrize("character", list("\uff0c\u3001\ufe50\ufe51\uff64;\uff1b\u30fb"))
def test_another_separator_is_named_with_the_one_that_is_wanted(
    client: Client, user: User, character: str
) -> None:
    text = f"a@example.com{character}b@example.com"
    answer = post(client, text)

    assert (
        error_at_the_field(answer)
        == f"アドレスは半角カンマ「,」で区切ってください。「{character}」は使用できません。"
    )
    assert typed_in(answer) == text
    assert asked() == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a@example.com,nobody", "メールアドレスとして正しくありません: nobody"),
        ("a@example.com,<b>@x", "メールアドレスとして正しくありません: <b>@x"),
        ("a@example.com,b\uff20example.com", "アドレスは半角文字で入力してください: b\uff20example.com"),
        ("a@example.com,b@example.com,A@Example.com", "同じアドレスが重複しています: a@example.com"),
        (
            "a@example.com\r\nb@example.com",
            "「a@example.com」と「b@example.com」の間を半角カンマ「,」で区切ってください。",
        ),
        ("", "メールアドレスを1件以上入力してください。"),
        (" , ,\r\n", "メールアドレスを1件以上入力してください。"),
    ],
)
def test_what_is_wrong_is_told_at_the_field_and_nothing_typed_is_lost(
    client: Client, user: User, text: str, message: str
) -> None:
    answer = post(client, text)

    assert message in error_at_the_field(answer)
    assert typed_in(answer) == text
    assert asked() == []


def test_all_mistakes_are_told_at_once(client: Client, user: User) -> None:
    told = error_at_the_field(post(client, "nobody,a@example.com,a@example.com,b@example.com c@example.com"))

    assert "nobody" in told and "重複" in told and "c@example.com" in told


def test_one_foreign_address_too_many_is_told_at_the_field(client: Client, user: User) -> None:
    text = ",".join(f"guest{number}@example.com" for number in range(FOREIGN_ADDRESSES + 1))
    answer = post(client, text)

    assert "20件まで" in error_at_the_field(answer)
    assert typed_in(answer) == text
    assert asked() == []


def test_a_hostile_length_is_answered_in_short(client: Client, user: User) -> None:
    assert len(error_at_the_field(post(client, "x" * 50_000))) < 200
    assert "60000" in error_at_the_field(post(client, "x" * 70_000)).replace(",", "")
    assert asked() == []


def test_a_line_break_cannot_add_a_header(client: Client, user: User) -> None:
    post(client, "a@example.com\r\nBcc: victim@example.com")
    post(client, "a@example.com%0d%0aBcc: victim@example.com")
    assert asked() == []


def test_without_a_service_certificate_the_page_says_so(client: Client, user: User) -> None:
    ServiceIdentity.objects.all().delete()
    answer = post(client, "a@example.com")

    assert "現在、証明書を送信できません。" in answer.content.decode()
    assert typed_in(answer) == "a@example.com"
    assert client.get(PAGE).status_code == 200
