"""プロパティ → 証明書: the service's certificate, the registered ones, and who may see and remove them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Account
from certificates import registration
from certificates.identity import keep, pem
from certificates.models import Intermediate, RegisteredCertificate
from certificates.revocation import import_crl
from certificates.smime import Identity
from notifications.mailing import preference_of
from notifications.models import OutgoingMail
from tests.factories import (
    AuthorizedSenderFactory,
    ForwardingAddressFactory,
    NotificationPreferenceFactory,
    UserFactory,
)
from tests.pki import Person, authority, revocation_list

pytestmark = pytest.mark.django_db

PAGE = "/properties/certificates/"
OWN = "own@example.com"


@pytest.fixture
def account(client: Client) -> Account:
    """The account of somebody who is logged in, with one confirmed sender."""
    user = UserFactory.create(email="office@example.com")
    client.force_login(user)
    assert user.account is not None
    AuthorizedSenderFactory.create(account=user.account, address=OWN)
    return user.account


@pytest.fixture
def service() -> Person:
    person = authority().service
    keep(Identity(person.certificate, person.private_key, person.chain))
    return person


def register(address: str = OWN, *, person: Person | None = None) -> RegisteredCertificate:
    return registration.register((person or authority().alice).certificate, address=address)


def removal(row: RegisteredCertificate) -> str:
    return f"{PAGE}{row.pk}/remove/"


def read(client: Client, path: str = PAGE) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def rows_of(page: str) -> list[str]:
    return [re.sub(r"<[^>]*>", " ", row) for row in re.findall(r"<tr>.*?</tr>", page, re.DOTALL)[1:]]


def test_a_registered_certificate_is_shown_with_all_that_matters(client: Client, account: Account) -> None:
    row = register()
    [shown] = rows_of(read(client))
    for fact in (
        OWN,
        "Alice",
        "Test Mail CA",
        f"{timezone.localtime(row.not_after):%Y/%m/%d}",
        "使用中",
        "登録解除",
    ):
        assert fact in shown


@pytest.mark.parametrize(("days", "state"), [(-1, "期限切れ"), (30, "まもなく期限切れ"), (90, "使用中")])
def test_what_expires_or_has_expired_is_marked(
    client: Client, account: Account, days: int, state: str
) -> None:
    register(person=authority().issue(OWN, days=(-300, days), private_key=authority().bob.private_key))
    [shown] = rows_of(read(client))
    assert state in shown
    assert (state == "まもなく期限切れ") == ("まもなく" in shown)


def test_an_expired_certificate_does_not_hide_the_valid_one_that_is_used(
    client: Client, account: Account
) -> None:
    register(person=authority().bob)
    register(person=authority().alice)
    register(person=authority().expired)
    expired, used, kept = rows_of(read(client))
    assert "期限切れ" in expired
    assert "使用中" in used
    assert "以前の証明書" in kept
    assert [shown.count("登録解除") for shown in (expired, used, kept)] == [1, 0, 0]


def test_a_revoked_certificate_is_marked_and_the_one_before_it_is_used(
    client: Client, account: Account, settings: Settings, tmp_path: Path
) -> None:
    roots = tmp_path / "roots.pem"
    roots.write_text(pem(authority().root.certificate))
    settings.SMIME_TRUST_ROOTS = str(roots)
    Intermediate.objects.create(
        certificate=pem(authority().intermediate.certificate),
        fingerprint="a" * 64,
        subject="CN=Test Mail CA",
        not_after=authority().intermediate.certificate.not_valid_after_utc,
    )
    register(person=authority().bob)
    register(person=authority().alice)
    import_crl(revocation_list(authority().intermediate, authority().alice), at=timezone.now())
    revoked, used = rows_of(read(client))
    assert "失効または使用不可" in revoked
    assert "使用中" in used


def test_senders_default_and_forwarding_addresses_are_the_accounts_own(
    client: Client, account: Account
) -> None:
    NotificationPreferenceFactory.create(account=account, default_address="Default@example.com")
    ForwardingAddressFactory.create(account=account, address="forward@example.com")
    AuthorizedSenderFactory.create(account=account, address="asked@example.com", verified_at=None)
    for address in (OWN, "default@example.com", "forward@example.com", "asked@example.com", "no@example.com"):
        register(address)
    shown = " ".join(rows_of(read(client)))
    assert re.findall(r"\S+@\S+", shown) == ["default@example.com", "forward@example.com", OWN]


@pytest.mark.parametrize("ours", ["default", "forwarding"])
@pytest.mark.parametrize("theirs", ["confirmed", "default", "forwarding"])
def test_naming_an_address_that_another_account_has_gives_no_power_over_its_certificate(
    client: Client, account: Account, ours: str, theirs: str
) -> None:
    if ours == "default":
        NotificationPreferenceFactory.create(account=account, default_address="Theirs@example.com")
    else:
        ForwardingAddressFactory.create(account=account, address="Theirs@example.com")
    match theirs:
        case "confirmed":
            AuthorizedSenderFactory.create(address="theirs@example.com")
        case "default":
            NotificationPreferenceFactory.create(default_address="theirs@example.com")
        case _:
            ForwardingAddressFactory.create(address="theirs@example.com")
    row = register("theirs@example.com")
    assert "theirs@example.com" not in read(client)
    assert client.get(removal(row)).status_code == client.post(removal(row)).status_code == 404
    assert RegisteredCertificate.objects.exists()


def test_removing_is_explained_first_and_changes_nothing_yet(client: Client, account: Account) -> None:
    register(person=authority().bob)
    row = register()
    page = read(client, removal(row))
    assert OWN in page
    assert "暗号化されずに送信" in page
    assert "2件の証明書" in page
    assert "受信FAX転送メール" not in page
    assert RegisteredCertificate.objects.count() == 2


def test_what_becomes_of_forwarded_faxes_is_said_where_they_are_encrypted(
    client: Client, account: Account
) -> None:
    ForwardingAddressFactory.create(account=account, address=OWN, encrypt=True)
    assert "受信FAX転送メールは、暗号化する設定のままです" in read(client, removal(register()))


def test_removing_takes_all_certificates_of_that_address_and_tells_it_and_the_users(
    client: Client, account: Account
) -> None:
    register(person=authority().bob)
    other = register("other@example.com")
    page = client.post(removal(register()), follow=True).content.decode()
    assert list(RegisteredCertificate.objects.all()) == [other]
    assert f"{OWN} の証明書の登録を解除しました" in page
    told = OutgoingMail.objects.filter(key__startswith="digitalid-news:")
    assert set(told.values_list("recipient", flat=True)) == {OWN, "office@example.com"}


def test_what_is_gone_already_is_404(client: Client, account: Account) -> None:
    row = register()
    client.post(removal(row))
    assert client.post(removal(row)).status_code == 404


def test_the_switch_is_saved_and_the_other_choices_stay(client: Client, account: Account) -> None:
    NotificationPreferenceFactory.create(account=account, when="failure")
    assert re.search(r'name="removal_by_mail"[^>]*checked', read(client))
    page = client.post(PAGE + "removal-by-mail/", {}, follow=True).content.decode()
    chosen = preference_of(account)
    assert (chosen.removal_by_mail, chosen.when) == (False, "failure")
    assert "署名のないメールによる証明書の登録解除を許可する" in page
    assert not re.search(r'name="removal_by_mail"[^>]*checked', page)
    client.post(PAGE + "removal-by-mail/", {"removal_by_mail": "on"})
    assert preference_of(account).removal_by_mail


def test_looking_at_the_switch_changes_nothing(client: Client, account: Account) -> None:
    assert client.get(PAGE + "removal-by-mail/").status_code == 302
    assert preference_of(account).removal_by_mail


def test_the_service_certificate_is_shown(client: Client, account: Account, service: Person) -> None:
    page = read(client)
    text = re.sub(r"<[^>]*>", "", page)
    sha256 = service.certificate.fingerprint(hashes.SHA256())
    expires = timezone.localtime(service.certificate.not_valid_after_utc)
    for fact in ("secure interfax", "send@fax.tc", f"{expires:%Y/%m/%d}"):
        assert fact in text
    assert sha256.hex(":").upper()[:11] in text


def test_the_files_are_what_programs_read(
    client: Client, account: Account, service: Person, tmp_path: Path
) -> None:
    names = re.findall(rf"{PAGE}service/([^\"]+)", read(client))
    for name in names:
        answer = client.get(f"{PAGE}service/{name}")
        assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
        (tmp_path / name).write_bytes(answer.content)
    der = x509.load_der_x509_certificate((tmp_path / "secure-interfax.cer").read_bytes())
    pem = x509.load_pem_x509_certificate((tmp_path / "secure-interfax.pem").read_bytes())
    chain = x509.load_pem_x509_certificates((tmp_path / "secure-interfax-chain.pem").read_bytes())
    assert der == pem == service.certificate
    assert tuple(chain) == service.chain
    bundle = ["openssl", "pkcs7", "-inform", "DER", "-in", str(tmp_path / "secure-interfax.p7c")]
    printed = subprocess.run([*bundle, "-print_certs"], capture_output=True, check=True).stdout
    assert printed.count(b"BEGIN CERTIFICATE") == 1 + len(service.chain)


@pytest.mark.parametrize("name", ["interfax-root.cer", "nothing.pem", "..%2Fsettings.py"])
def test_a_file_that_there_is_not_is_404(
    client: Client, account: Account, service: Person, name: str, settings: Settings, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path
    assert client.get(f"{PAGE}service/{name}").status_code == 404


def test_without_a_service_certificate_the_page_says_so(client: Client, account: Account) -> None:
    assert "サービスの証明書がありません" in read(client)
    assert client.get(f"{PAGE}service/secure-interfax.cer").status_code == 404


def test_the_page_takes_the_same_queries_however_many_certificates(client: Client, account: Account) -> None:
    register()
    client.get(PAGE)
    with CaptureQueriesContext(connection) as few:
        client.get(PAGE)
    for number in range(20):
        AuthorizedSenderFactory.create(account=account, address=f"s{number}@example.com")
        register(f"s{number}@example.com")
    with CaptureQueriesContext(connection) as many:
        assert len(rows_of(read(client))) == 21
    assert len(many) == len(few)
