"""The pages of lists, as a browser asks for them."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.html import escape

from accounts.models import User
from faxsend.list_import import MAX_BYTES
from faxsend.lists import ENTRIES_A_LIST, ENTRIES_A_PAGE
from faxsend.models import Contact, ContactList
from tests.factories import ContactFactory, ContactListFactory, OperatorFactory, UserFactory, fill_list

pytestmark = pytest.mark.django_db

LISTS = "/lists/"
ROWS = re.compile(r'name="rows" value="([^"]+)"')


@pytest.fixture
def user(client: Client) -> User:
    """Somebody of an account, logged in."""
    user = UserFactory.create()
    client.force_login(user)
    return user


@pytest.fixture
def members(user: User) -> ContactList:
    return ContactListFactory.create(account=user.account, name="members")


def page(client: Client, path: str, data: Mapping[str, object] | None = None) -> str:
    """The page at ``path``; with ``data`` the one that a form leads to."""
    answer = client.get(path) if data is None else client.post(path, data, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def upload(client: Client, members: ContactList, text: str | bytes) -> str:
    raw = text.encode() if isinstance(text, str) else text
    return page(client, f"{LISTS}{members.pk}/import/", {"file": SimpleUploadedFile("a.csv", raw)})


def confirm(client: Client, members: ContactList, rows: str) -> str:
    return page(client, f"{LISTS}{members.pk}/import/confirm/", {"rows": rows})


@pytest.mark.parametrize("path", ["", "new/", "1/", "1/import/", "1/export/"])
def test_who_is_not_logged_in_is_sent_to_the_login(client: Client, path: str) -> None:
    assert client.get(LISTS + path)["Location"] == f"/accounts/login/?next={LISTS}{path}"


def test_an_operator_has_no_lists(client: Client) -> None:
    client.force_login(OperatorFactory.create())

    assert client.get(LISTS).status_code == 403


@pytest.mark.parametrize(
    "path", ["", "rename/", "delete/", "entries/", "entries/delete/", "import/", "import/confirm/", "export/"]
)
def test_another_accounts_list_is_not_found(client: Client, user: User, path: str) -> None:
    others = ContactFactory.create().contact_list

    for answer in [client.get(f"{LISTS}{others.pk}/{path}"), client.post(f"{LISTS}{others.pk}/{path}")]:
        assert answer.status_code == 404
    assert Contact.objects.filter(contact_list=others).exists()


def test_a_list_shows_how_a_mail_names_it(client: Client, members: ContactList) -> None:
    """Chapter 14, 1-2: 「送付先のリスト名がmembersの場合はメール本文の1行目は次の通りとなります。」"""
    for path in [LISTS, members.get_absolute_url()]:
        assert "<code>!*list=members*!</code>" in page(client, path)


def test_the_menu_marks_the_lists_on_all_their_pages(client: Client, members: ContactList) -> None:
    for path in [LISTS, members.get_absolute_url(), f"{LISTS}{members.pk}/import/"]:
        assert '<a href="/lists/" aria-current="page">リスト一覧</a>' in page(client, path)


def test_a_list_is_created_renamed_and_deleted(client: Client, user: User) -> None:
    assert "リスト「tokyo-1」を作成しました。" in page(client, LISTS + "new/", {"name": "tokyo-1"})
    made = ContactList.objects.get(account=user.account)
    assert "リスト名を「Tokyo_2」に変更しました。" in page(
        client, f"{LISTS}{made.pk}/rename/", {"name": "Tokyo_2"}
    )
    ContactFactory.create_batch(2, contact_list=made)
    assert "リスト「Tokyo_2」と宛先2件を削除します。" in page(client, f"{LISTS}{made.pk}/delete/")
    assert ContactList.objects.exists()
    assert "リスト「Tokyo_2」を削除しました。" in page(client, f"{LISTS}{made.pk}/delete/", {})
    assert not ContactList.objects.exists()


@pytest.mark.parametrize("path", ["new/", "{other}/rename/"])
@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("Members", "同じ名前のリストがすでにあります"),
        ("会員", "半角の英数字、ハイフン「-」、アンダースコア「_」のみ使用できます。"),
        ("a b", "半角の英数字、ハイフン「-」、アンダースコア「_」のみ使用できます。"),
        ("x" * 51, "50 文字以下"),
    ],
)
def test_a_bad_name_is_told_at_the_field_and_not_lost(
    client: Client, members: ContactList, path: str, name: str, sentence: str
) -> None:
    other = ContactListFactory.create(account=members.account)

    answer = page(client, LISTS + path.format(other=other.pk), {"name": name})

    assert f'value="{name}"' in answer
    assert sentence in answer[answer.index('id="id_name_error"') :]
    assert {found.name for found in ContactList.objects.all()} == {"members", other.name}


def test_an_entry_is_added_as_it_will_be_dialled(client: Client, members: ContactList) -> None:
    said = {"number": "０３（１１１１）２２２２", "name": " 鈴木  一郎", "company": "<株式会社>"}

    answer = page(client, f"{LISTS}{members.pk}/entries/", said)

    assert "03-1111-2222 を追加しました。" in answer
    assert escape("<株式会社>") in answer
    entry = members.contacts.get()
    assert (entry.number, entry.name) == ("0081311112222", "鈴木 一郎")


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        ("03-1111-2222", "このFAX番号はすでにリストに登録されています。"),
        ("311112222", "先頭の0がありません。"),
        ("110", "FAX番号として発信できません。"),
        ("", "このフィールドは必須です。"),
    ],
)
def test_a_bad_number_is_told_at_the_field_and_nothing_typed_is_lost(
    client: Client, members: ContactList, number: str, sentence: str
) -> None:
    ContactFactory.create(contact_list=members, number="0081311112222")

    answer = page(client, f"{LISTS}{members.pk}/entries/", {"number": number, "name": "鈴木一郎"})

    assert sentence in answer[answer.index('id="id_number_error"') :]
    assert 'value="鈴木一郎"' in answer
    assert members.contacts.count() == 1


def test_a_long_list_is_turned_page_by_page(client: Client, members: ContactList) -> None:
    made = ContactFactory.create_batch(ENTRIES_A_PAGE + 1, contact_list=members)

    first = page(client, members.get_absolute_url())
    link = re.search(r'rel="next" href="([^"]+)"', first)
    assert link
    second = page(client, link[1])

    assert (first.count('name="entry"'), second.count('name="entry"')) == (100, 1)
    assert f'value="{made[-1].pk}"' in second
    assert 'rel="next"' not in second


@pytest.mark.parametrize("after", ["x", "-1", "９", "1" * 30])
def test_a_made_up_place_in_a_list_is_not_found(client: Client, members: ContactList, after: str) -> None:
    assert client.get(members.get_absolute_url(), {"after": after}).status_code == 404


def test_ticked_entries_are_deleted_and_the_page_stays(client: Client, members: ContactList) -> None:
    kept, *ticked = ContactFactory.create_batch(3, contact_list=members)

    answer = client.post(
        f"{LISTS}{members.pk}/entries/delete/?after={kept.pk}", {"entry": [entry.pk for entry in ticked]}
    )

    assert answer["Location"] == f"{members.get_absolute_url()}?after={kept.pk}"
    assert "2件の宛先を削除しました。" in page(client, answer["Location"])
    assert members.contacts.get() == kept


@pytest.mark.parametrize(
    ("ticked", "sentence"),
    [
        ([], "削除する宛先を選択してください。"),
        (["x"], "選択を読み取れませんでした。"),
        (["9" * 30], "選択を読み取れませんでした。"),
        (["1"] * 101, "選択を読み取れませんでした。"),
    ],
)
def test_a_choice_that_says_nothing_deletes_nothing(
    client: Client, members: ContactList, ticked: list[str], sentence: str
) -> None:
    ContactFactory.create(contact_list=members)

    assert sentence in page(client, f"{LISTS}{members.pk}/entries/delete/", {"entry": ticked})
    assert members.contacts.exists()


def test_a_file_is_shown_first_and_imported_when_confirmed(client: Client, members: ContactList) -> None:
    ContactFactory.create(contact_list=members, number="0081611112222")
    text = "FAX番号,担当者,備考\n03-1111-2222,鈴木,x\n311112222,<佐藤>,\n06-1111-2222,\n03-1111-2222,\n"

    seen = upload(client, members, text.encode("cp932"))

    counts = re.findall(r"<dd>(\d+)</dd>", seen)
    assert counts == ["1", "1", "1", "1"]
    assert '<td class="figure" data-label="行">3</td>' in seen
    assert "先頭の0がありません。" in seen
    assert escape("311112222 | <佐藤>") in seen
    assert "<code>備考</code>" in seen
    assert members.contacts.count() == 1

    rows = ROWS.search(seen)
    assert rows
    assert "1件の宛先を取り込みました。" in confirm(client, members, rows[1])
    assert members.contacts.latest("pk").name == "鈴木"


def test_every_bad_row_is_named(client: Client, members: ContactList) -> None:
    seen = upload(client, members, "FAX番号\n" + "x\n" * 1200)

    named = re.findall(r'data-label="行">(\d+)<', seen)
    assert named == [str(row) for row in range(2, 1202)]
    assert ROWS.search(seen) is None


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "空"),
        (b"PK\x03\x04", "Excelブックのままでは取り込めません。"),
        (b"0" * (MAX_BYTES + 1), "ファイルが2MBを超えています。"),
        ('FAX番号\n"03-1111-2222'.encode(), "2行目を読み取れません。"),
        ("担当者,会社名\nA,B".encode(), "見出しが「FAX番号」の列がありません。"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_at_the_field(
    client: Client, members: ContactList, raw: bytes, sentence: str
) -> None:
    answer = upload(client, members, raw)

    assert sentence in answer[answer.index('id="id_file_error"') :]


@pytest.mark.parametrize("rows", ["", "made up", "W10:1:1"])
def test_rows_that_this_site_has_not_signed_are_not_imported(
    client: Client, members: ContactList, rows: str
) -> None:
    assert "もう一度ファイルを選択してください。" in confirm(client, members, rows)
    assert not members.contacts.exists()


def test_a_list_that_filled_up_meanwhile_takes_no_import(client: Client, members: ContactList) -> None:
    rows = ROWS.search(upload(client, members, "03-1111-2222\n"))
    assert rows
    fill_list(members, ENTRIES_A_LIST)

    assert "20000件まで" in confirm(client, members, rows[1])
    assert members.contacts.count() == 20_000


def test_an_exported_list_is_imported_unchanged(client: Client, members: ContactList) -> None:
    for number, name in [
        ("0081311112222", "=HYPERLINK(1)"),
        ("0012125550100", "'@x"),
        ("0081611112222", "髙橋"),
    ]:
        ContactFactory.create(contact_list=members, number=number, name=name)
    copy = ContactListFactory.create(account=members.account)

    answer = client.get(f"{LISTS}{members.pk}/export/")
    rows = ROWS.search(upload(client, copy, answer.content))
    assert rows
    confirm(client, copy, rows[1])

    assert answer["Content-Disposition"] == 'attachment; filename="members.csv"'
    assert answer["Cache-Control"] == "private, no-store"
    said = ("number", "name", "company")
    assert list(copy.contacts.order_by("pk").values_list(*said)) == list(
        members.contacts.order_by("pk").values_list(*said)
    )
