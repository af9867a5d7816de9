"""The help says what the user guide's chapter 14 says, and what this service really does."""

from __future__ import annotations

import os
import re
import subprocess
from email.message import EmailMessage
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.test import Client
from django.utils import timezone

from certificates.issuing import create_authority, issue_service_certificate
from certificates.mailing import CERTIFICATE_FILE
from certificates.smime import Identity, OpenedMail, TrustStore, open_mail
from faxsend import gateway, smtp, smtp_data
from faxsend.authentication import DNS_WAITED_FOR
from faxsend.commands import MAX_NUMBERS_BY_ADDRESS, MAX_TARGETS, read_commands
from faxsend.expanding import MAX_FAXES
from faxsend.holding import HELD_FOR
from faxsend.mail import read_mail
from faxsend.numbers import parse_number, result_asked_for
from faxsend.options import (
    ATTEMPTS,
    FONT_POINTS,
    HEADER_LENGTH,
    RETRY_MINUTES,
    SUBJECT_COMMANDS,
    SUBJECT_LIMIT,
    Options,
    Piece,
    take_options,
)
from faxsend.rendering.pages import MAX_PAGES
from faxsend.sending_time import FARTHEST, LATE_BY
from faxsend.size_limits import MAX_ATTACHED, MAX_ATTACHED_SIGNED, MEGABYTE
from faxsend.views.help import PAGES
from interfax_site.local.customer import Customer
from notifications.refusals import Rejection
from tests.factories import OperatorFactory, UserFactory

LANGUAGES = ("ja", "en")
NAMES = [page.name for page in PAGES]
SENDER = "fax@sakura.example.jp"


def read(client: Client, name: str, language: str) -> str:
    """A page as its HTML; ``name`` empty for the index."""
    path = f"/help/{name}/" if name else "/help/"
    answer = client.get(path, headers={"accept-language": language})
    assert answer.status_code == 200
    return answer.content.decode()


def examples(html: str) -> list[str]:
    """What stands on the page to be copied, as the reader sees it."""
    found = re.findall(r"<code>(.*?)</code>", html, re.DOTALL)
    return [unescape(example) for example in found]


def subclasses(kind: type[Rejection]) -> set[type[Rejection]]:
    direct = {each for each in kind.__subclasses__() if not each.__module__.startswith("tests.")}
    return direct.union(*(subclasses(each) for each in direct))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["", *NAMES])
def test_every_page_is_read_without_a_login_in_its_language(client: Client, name: str, language: str) -> None:
    html = read(client, name, language)

    assert f'<html lang="{language}">' in html
    assert ("ログイン" in html) == (language == "ja")


@pytest.mark.parametrize("name", NAMES)
def test_the_index_leads_to_every_page(client: Client, name: str) -> None:
    assert f'<a href="/help/{name}/"' in read(client, "", "ja")


def test_a_page_that_is_not_there_is_not_found(client: Client) -> None:
    assert client.get("/help/faxing/").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_account_decides_the_language_and_keeps_its_menu(client: Client, language: str) -> None:
    client.force_login(UserFactory.create(account__language=language))

    html = read(client, "encryption", "en" if language == "ja" else "ja")

    assert f'<html lang="{language}">' in html
    assert 'action="/accounts/logout/"' in html
    assert '<a href="/help/" aria-current="page">' in html


@pytest.mark.django_db
def test_an_operator_reads_the_help_too(client: Client) -> None:
    client.force_login(OperatorFactory.create())

    assert "digitalid@interfax.net" in read(client, "notifications", "ja")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "example",
    [
        "/fax=03-1111-2222",
        "/fax=body",
        "!*03-1111-2222*!",
        "!#password123\n!*03-1111-2222*!",
        "!*list=members*!",
        "!#password123\n!*list=members*!",
    ],
)
def test_examples_of_the_guide_stand_on_the_page_letter_by_letter(
    client: Client, example: str, language: str
) -> None:
    assert example in examples(read(client, "encryption", language))


@pytest.mark.parametrize(
    "form",
    [
        "/fax=送信先FAX番号",
        "/fax=送信先FAX番号1;送信先FAX番号2;送信先FAX番号3",
        "!*送信先FAX番号*!",
        "!*送信先FAX番号1*!;!*送信先FAX番号2*!;!*送信先FAX番号3*!",
        "!*list=リスト名*!",
        "!*list=リスト名1*!;!*list=リスト名2*!;!*送信先FAX番号1*!",
    ],
)
def test_forms_of_the_guide_stand_on_the_japanese_page_letter_by_letter(client: Client, form: str) -> None:
    assert form in examples(read(client, "encryption", "ja"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_refusal_of_unsigned_mail_is_quoted_as_in_the_guide(client: Client, language: str) -> None:
    """件名:Undelivered Mail Returned to Sender (user guide, chapter 14, 2-1)."""
    shown = examples(read(client, "signatures", language))

    assert "Undelivered Mail Returned to Sender" in shown
    assert (
        "The Postfix program has encountered the following problem:\n"
        "*** Cannot authenticate - signature not found ***"
    ) in shown


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_to_refuse_stands_in_the_table(client: Client, language: str) -> None:
    shown = examples(read(client, "undelivered", language))

    assert {kind.wire_text for kind in subclasses(Rejection)} <= set(shown)


def test_reasons_to_refuse_are_explained_in_the_language_of_the_page(client: Client) -> None:
    assert "The list has no entries." in read(client, "undelivered", "en")
    assert "The list has no entries." not in read(client, "undelivered", "ja")


def option_rows(client: Client, language: str) -> list[tuple[str, str]]:
    """Of each row of the table of options: the option without its argument, and the example."""
    table = read(client, "options", language).split('id="subject-options"')[1].split("</table>")[0]
    rows = [examples(row) for row in table.split("<tr>")[2:]]
    return [(row[0].split()[0], row[-1]) for row in rows]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_option_of_the_subject_is_explained(client: Client, language: str) -> None:
    assert [option for option, _ in option_rows(client, language)] == list(SUBJECT_COMMANDS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_example_of_each_option_is_read_as_that_option(client: Client, language: str) -> None:
    for option, example in option_rows(client, language):
        options, text = take_options([Piece(0, example)])
        assert example.split()[0] == option
        assert options != Options()
        assert text == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_subjects_that_the_options_page_shows_are_read_without_a_refusal(
    client: Client, language: str
) -> None:
    shown = re.findall(r"<pre><code>(.*?)</code></pre>", read(client, "options", language))
    subjects = [each for each in shown if "@" not in each]
    assert len(subjects) == 6
    for subject in subjects:
        mail = EmailMessage()
        mail["From"], mail["Subject"] = SENDER, subject
        mail.set_content("!*03-1111-2222*!\n")
        addressed = () if "/fax=" in subject else ("0311112222",)
        instructions = read_commands(read_mail(mail.as_bytes()), addressed)
        assert "/" not in instructions.subject
        assert instructions.options != Options() or "00999" in subject


@pytest.mark.parametrize("language", LANGUAGES)
def test_limits_on_the_options_page_are_those_that_hold(client: Client, settings: Any, language: str) -> None:
    html = read(client, "options", language)
    text = re.sub(r"<[^>]+>", "", html)
    limits = html.split('id="limits"')[1].split("</table>")[0]
    most = [
        SUBJECT_LIMIT,
        MAX_TARGETS,
        MAX_NUMBERS_BY_ADDRESS,
        MAX_FAXES,
        MAX_ATTACHED // MEGABYTE,
        settings.SMTP_SIZE_LIMIT // MEGABYTE,
        MAX_PAGES,
        FARTHEST.days,
    ]

    assert re.findall(r"</td><td>([0-9,]+)", limits) == [f"{each:,}" for each in most]
    assert f"{MAX_ATTACHED_SIGNED // MEGABYTE} MB" in limits
    joined = {"ja": "〜", "en": " to "}[language]
    for lowest, highest in (ATTEMPTS, RETRY_MINUTES, FONT_POINTS):
        assert f"{lowest}{joined}{highest}" in text
    units = {"ja": ("文字", "分", "時間"), "en": (" characters", " minutes", " hours")}[language]
    hours = [int(period.total_seconds()) // 3600 for period in (HELD_FOR, DNS_WAITED_FOR)]
    assert f"{HEADER_LENGTH}{units[0]}" in text
    assert f"{int(LATE_BY.total_seconds()) // 60}{units[1]}" in text
    assert all(f"{each}{units[2]}" in text for each in hours)


@pytest.mark.parametrize("language", LANGUAGES)
def test_test_numbers_on_the_options_page_ask_for_the_result_that_it_says(
    client: Client, language: str
) -> None:
    shown = [each.removeprefix("/fax=") for each in examples(read(client, "options", language))]
    numbers = [each.partition("@")[0] for each in shown if re.match(r"00999-?9999-?\d{4}", each)]

    assert [result_asked_for(parse_number(each)) for each in numbers] == [0, 3912, 0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_answer_of_the_gateway_that_a_sender_may_hear_is_explained(
    client: Client, language: str
) -> None:
    answers = [
        gateway.NEEDS_SMTPUTF8,
        gateway.UNKNOWN_MAILBOX,
        gateway.UNKNOWN_SENDER,
        gateway.OTHER_KIND,
        gateway.TOO_MANY_RECIPIENTS,
        gateway.TOO_MANY_SENDERS,
        smtp.NOT_NOW,
        smtp.CLOSING,
        smtp.TIMED_OUT,
        smtp.TOO_MANY_ERRORS,
        smtp_data.TOO_BIG,
        smtp_data.NO_ROOM,
        smtp_data.BARE_LINE_ENDS,
    ]
    shown = examples(read(client, "undelivered", language))

    assert {answer[: len("550 5.7.1")] for answer in answers} <= set(shown)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sizes_at_which_mail_is_too_big_are_said(client: Client, settings: Any, language: str) -> None:
    html = read(client, "undelivered", language)

    for limit in (settings.SMTP_SIZE_LIMIT, gateway.OPEN_SIZE_LIMIT):
        assert f"{limit // MEGABYTE} MB" in html
    assert str(gateway.RECIPIENT_LIMIT) in html


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["", *NAMES])
def test_addresses_come_from_the_settings(client: Client, name: str, language: str, settings: Any) -> None:
    settings.FAX_DOMAIN = "fax.example.jp"
    settings.SERVICE_ADDRESS = "order@fax.example.jp"
    settings.DIGITALID_ADDRESS = "keys@example.jp"
    html = read(client, name, language)

    local_parts = {"MAILER-DAEMON", "0311112222", "0012125550100", "0099999990000", "members", "number"}
    domain = {f"{local_part}@fax.example.jp" for local_part in local_parts}
    found = set(re.findall(r"[\w.+-]+@[\w.-]*\w", html, re.ASCII))
    assert found <= {"order@fax.example.jp", "keys@example.jp", *domain}
    assert "fax.tc" not in html
    assert "interfax.net" not in html


@pytest.mark.parametrize("language", LANGUAGES)
def test_ports_come_from_the_settings(client: Client, language: str, settings: Any) -> None:
    settings.SMTP_PORT, settings.SMTPS_PORT = 10025, 10465
    html = read(client, "transport", language)

    assert ">25<" in html
    assert ">465<" in html
    assert ">10025<" in html
    assert ">10465<" in html


@pytest.mark.parametrize(
    ("maximum", "sentence"),
    [("1.2", "TLS 1.2での接続にのみ対応しています。"), ("1.3", "TLS 1.2以上で接続できます。")],
)
def test_versions_of_tls_are_those_of_the_settings(
    client: Client, settings: Any, maximum: str, sentence: str
) -> None:
    settings.SMTP_TLS_MAXIMUM = maximum

    assert sentence in read(client, "transport", "ja")


def test_mail_in_clear_is_said_to_be_taken_only_where_it_is(client: Client, settings: Any) -> None:
    settings.SMTP_REQUIRE_TLS = True

    assert "暗号化されていない接続でもメールを受け付けます" not in read(client, "transport", "ja")
    assert "530 5.7.0" in examples(read(client, "undelivered", "ja"))


@pytest.fixture(scope="module")
def identity() -> Identity:
    now = timezone.now()
    authority = create_authority("test root", at=now)
    return issue_service_certificate(authority, common_name="secure interfax", address="send@fax.tc", at=now)


@pytest.fixture(scope="module")
def customer(tmp_path_factory: pytest.TempPathFactory) -> Customer:
    return Customer.create(tmp_path_factory.mktemp("customer"), SENDER)


@pytest.fixture
def directory(tmp_path: Path, identity: Identity, customer: Customer) -> Path:
    """What the reader has: the service's certificate as it came, an own one, and the issuer's."""
    der = identity.certificate.public_bytes(Encoding.DER)
    (tmp_path / CERTIFICATE_FILE).write_bytes(der)
    for name, source in [("own.pem", "own.crt"), ("own.key", "own.key"), ("chain.pem", "root.crt")]:
        (tmp_path / name).write_bytes((customer.directory / source).read_bytes())
    return tmp_path


def follow(commands: list[str], directory: Path) -> None:
    """Type what the page says, in order."""
    environment = {**os.environ, "SENDER": SENDER}
    for command in commands:
        subprocess.run(["bash", "-ec", command], cwd=directory, env=environment, check=True)


def opened(mail: Path, identity: Identity, customer: Customer) -> OpenedMail:
    (root,) = x509.load_pem_x509_certificates(customer.root.read_bytes())
    return open_mail(mail.read_bytes(), [identity], TrustStore(roots=(root,)), timezone.now())


def commands_on(client: Client, name: str, language: str) -> list[str]:
    return [each for each in examples(read(client, name, language)) if each.startswith("openssl")]


def write_order(client: Client, language: str, directory: Path) -> None:
    """The file that the page shows before its commands."""
    (order,) = [
        each for each in examples(read(client, "encryption", language)) if each.startswith("Content-Type:")
    ]
    (directory / "order.txt").write_text(order)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_commands_to_encrypt_make_an_order_that_we_can_open(
    client: Client, directory: Path, identity: Identity, customer: Customer, language: str
) -> None:
    write_order(client, language, directory)

    follow(commands_on(client, "encryption", language), directory)

    mail = opened(directory / "order.eml", identity, customer)
    assert mail.encrypted
    order = read_mail(mail.message)
    assert (order.from_, order.subject) == (SENDER, "/fax=body")
    assert order.text.startswith("!*03-1111-2222*!")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_commands_to_sign_make_signatures_that_hold(
    client: Client, directory: Path, identity: Identity, customer: Customer, language: str
) -> None:
    write_order(client, language, directory)
    into_pem, _ = commands_on(client, "encryption", language)

    follow([into_pem, *commands_on(client, "signatures", language)], directory)

    for name, encrypted in [("signed.eml", False), ("order.eml", True)]:
        mail = opened(directory / name, identity, customer)
        assert mail.encrypted == encrypted
        assert mail.signature is not None
        assert mail.signature.valid
        assert read_mail(mail.message).text.startswith("!*03-1111-2222*!")
