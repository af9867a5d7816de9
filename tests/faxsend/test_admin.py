"""The operators' pages of all apps: complete, read-only where services work, and silent about content."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Account, AuthorizedSender, Installation, User
from accounts.sealing import SealedField
from certificates.models import (
    CertificateRequest,
    Intermediate,
    RegisteredCertificate,
    RevocationList,
    RevocationSource,
    SeenEnvelope,
    ServiceIdentity,
    TrustedRoot,
    UsedRegistration,
)
from faxsend.models import (
    AccountMonth,
    Attempt,
    Contact,
    ContactList,
    Content,
    Fax,
    InboundMessage,
    Pages,
    SeenSignature,
    SendingProperties,
    Submission,
)
from faxsend.states import FaxStatus
from notifications.models import (
    AddressProblem,
    ForwardingAddress,
    NotificationPreference,
    OutgoingMail,
    Relay,
)
from tests import factories
from tests.pki import Authority, Person, authority

pytestmark = pytest.mark.django_db

OURS = ["accounts", "certificates", "notifications", "faxsend"]
MODELS = [model for app in OURS for model in apps.get_app_config(app).get_models()]
LOOK_ONLY = [
    Installation,
    InboundMessage,
    Content,
    Pages,
    Submission,
    Fax,
    Attempt,
    ContactList,
    Contact,
    AccountMonth,
    ForwardingAddress,
    OutgoingMail,
    AddressProblem,
    Relay,
    CertificateRequest,
    ServiceIdentity,
    RevocationList,
    RevocationSource,
    SeenEnvelope,
    SeenSignature,
    UsedRegistration,
]
SEALED = "the sealed words"
SENDING = {
    "resolution": "standard",
    "font_size": 10,
    "page_header": "{From}",
    "max_attempts": 6,
    "retry_interval": 5,
}
ADD = "/admin/certificates/registeredcertificate/add/"


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(factories.OperatorFactory.create(username="operator"))
    return client


@pytest.fixture
def rows() -> dict[type[Model], Model]:
    """One row of every model, its sealed fields filled with words to look for."""
    account = factories.AccountFactory.create()
    user = factories.UserFactory.create(account=account)
    secret = SEALED.encode()
    message = factories.InboundMessageFactory.create(account=account, rejection_detail=secret)
    submission = factories.submission_with(
        FaxStatus.FAILED,
        account=account,
        message=message,
        subject=f"subject {SEALED}",
        page_header=f"header {SEALED}",
    )
    fax = submission.faxes.get()
    contact = factories.ContactFactory.create(contact_list__account=account)
    moments = {"not_after": timezone.now() + timedelta(days=1)}
    made: list[Model] = [
        account,
        user,
        message,
        submission,
        submission.pages,
        fax,
        fax.attempts.get(),
        contact.contact_list,
        contact,
        factories.AuthorizedSenderFactory.create(account=account),
        factories.ContentFactory.create(message=message, raw=secret),
        factories.OutgoingMailFactory.create(content=secret, wire=secret),
        factories.AddressProblemFactory.create(account=account),
        factories.RelayFactory.create(),
        factories.TariffFactory.create(),
        Installation.objects.create(machine="a token", database="1/1"),
        AccountMonth.objects.create(account=account, month=timezone.now().date().replace(day=1)),
        factories.SendingPropertiesFactory.create(account=account),
        factories.NotificationPreferenceFactory.create(account=account),
        factories.ForwardingAddressFactory.create(account=account),
        factories.CertificateRequestFactory.create(account=account),
        ServiceIdentity.objects.create(
            certificate="PEM", fingerprint="a" * 64, private_key=secret, not_before=timezone.now(), **moments
        ),
        TrustedRoot.objects.create(certificate="PEM", fingerprint="b" * 64, subject="CN=Test root"),
        RegisteredCertificate.objects.create(
            address="a@example.com", certificate="PEM", fingerprint="c" * 64, **moments
        ),
        *_rows_of_trust(account),
    ]
    return {type(row): row for row in made}


def _rows_of_trust(account: Account) -> list[Model]:
    now = timezone.now()
    return [
        Intermediate.objects.create(certificate="PEM", fingerprint="d" * 64, subject="CN=CA", not_after=now),
        RevocationList.objects.create(
            issuer="CN=CA", issuer_digest="e" * 64, content=b"DER", entries=3, this_update=now
        ),
        RevocationSource.objects.create(url="http://crl.example.jp/list", error="answered 404"),
        SeenEnvelope.objects.create(
            account=account,
            encrypted_key="f" * 64,
            content_digest="",
            subject_digest="",
            message_id_digest="",
        ),
        SeenSignature.objects.create(account=account, digest="f" * 64),
        UsedRegistration.objects.create(content_digest="0" * 64),
    ]


def url(model: type[Model], page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.mark.parametrize("model", MODELS)
def test_every_model_has_its_pages(model: type[Model]) -> None:
    assert admin.site.is_registered(model)


@pytest.mark.parametrize("model", MODELS)
def test_lists_can_be_searched_and_say_more_than_a_key(model: type[Model]) -> None:
    pages = admin.site.get_model_admin(model)

    assert pages.search_fields
    assert pages.list_display != ("__str__",)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("page", ["changelist", "change"])
def test_pages_open_and_read_no_sealed_bytes(
    operator: Client, rows: dict[type[Model], Model], model: type[Model], page: str
) -> None:
    where = url(model, page, *([rows[model].pk] if page == "change" else []))

    with CaptureQueriesContext(connection) as queries:
        answer = operator.get(where)

    assert answer.status_code == 200
    assert SEALED not in answer.content.decode()
    read = " ".join(query["sql"] for query in queries if query["sql"].startswith("SELECT"))
    assert str(model._meta.db_table) in read
    assert [name for name in sealed_columns() if name in read] == []


def sealed_columns() -> list[str]:
    fields = [
        field for model in MODELS for field in model._meta.get_fields() if isinstance(field, SealedField)
    ]
    assert len(fields) >= 5
    return [f'"{field.model._meta.db_table}"."{field.column}"' for field in fields]


def test_the_key_ring_of_the_private_keys_is_not_needed(
    operator: Client, rows: dict[type[Model], Model], settings: Any
) -> None:
    identity = rows[ServiceIdentity]
    settings.KEY_SECRETS = []

    assert operator.get(url(ServiceIdentity, "change", identity.pk)).status_code == 200


@pytest.mark.parametrize("model", LOOK_ONLY)
def test_what_services_move_is_read_only(
    operator: Client, rows: dict[type[Model], Model], model: type[Model]
) -> None:
    pk = rows[model].pk

    assert operator.get(url(model, "add")).status_code == 403
    assert operator.post(url(model, "change", pk), {"status": "sent"}).status_code == 403
    assert operator.post(url(model, "delete", pk), {"post": "yes"}).status_code == 403
    assert model._default_manager.filter(pk=pk).exists()


def test_an_account_is_never_deleted(operator: Client, rows: dict[type[Model], Model]) -> None:
    assert operator.post(url(Account, "delete", rows[Account].pk), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("model", [Fax, Submission, OutgoingMail])
def test_a_list_takes_as_many_queries_for_five_rows_as_for_one(
    operator: Client, rows: dict[type[Model], Model], model: type[Model]
) -> None:
    with CaptureQueriesContext(connection) as one:
        operator.get(url(model, "changelist"))
    for _ in range(4):
        factories.submission_with(FaxStatus.SENT)
        factories.OutgoingMailFactory.create()
    with CaptureQueriesContext(connection) as five:
        operator.get(url(model, "changelist"))

    assert len(five) == len(one)


def test_a_submission_leads_to_its_faxes(operator: Client, rows: dict[type[Model], Model]) -> None:
    other = factories.submission_with(FaxStatus.SENT)
    submission = rows[Submission]
    link = f"{url(Fax, 'changelist')}?submission__id__exact={submission.pk}"

    assert link in operator.get(url(Submission, "changelist")).content.decode()
    page = operator.get(link).content.decode()

    assert f">{rows[Fax].pk}</a>" in page
    assert f">{other.faxes.get().pk}</a>" not in page


def test_faxes_are_found_by_their_very_state(operator: Client) -> None:
    failed = factories.submission_with(FaxStatus.FAILED).faxes.get()
    canceled = factories.submission_with(FaxStatus.CANCELED).faxes.get()

    page = operator.get(url(Fax, "changelist"), {"state": "canceled"}).content.decode()

    assert f">{canceled.pk}</a>" in page
    assert f">{failed.pk}</a>" not in page
    assert "エラー (canceled)" in page


def test_a_result_is_said_in_words(operator: Client, rows: dict[type[Model], Model]) -> None:
    for model in [Fax, Attempt]:
        assert "3912-FAX番号が使用不可です" in operator.get(url(model, "changelist")).content.decode()


def test_the_operations_pages_keep_the_strict_policy(operator: Client) -> None:
    answer = operator.get("/admin/")

    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert "InterFAX 運用管理" in answer.content.decode()


def test_logging_out_of_the_operations_pages_ends_the_session(operator: Client) -> None:
    operator.post("/admin/logout/")

    assert "_auth_user_id" not in operator.session


def test_an_operator_opens_an_account_with_a_sender(operator: Client) -> None:
    inline = {
        "senders-TOTAL_FORMS": "1",
        "senders-INITIAL_FORMS": "0",
        "senders-0-address": "fax@example.com",
        "users-TOTAL_FORMS": "0",
        "users-INITIAL_FORMS": "0",
    }
    facts = {"name": "株式会社例", "language": "ja", "time_zone": "Asia/Tokyo"}

    answer = operator.post(url(Account, "add"), facts | inline)

    assert answer.status_code == 302
    assert AuthorizedSender.objects.get().account == Account.objects.get(name="株式会社例")


def test_an_operator_adds_a_person_to_an_account(operator: Client) -> None:
    account = factories.AccountFactory.create()
    facts = {"username": "suzuki", "account": account.pk, "email": "suzuki@example.com"}
    secret = {"usable_password": "true", "password1": factories.PASSWORD, "password2": factories.PASSWORD}

    operator.post(url(User, "add"), facts | secret)

    assert User.objects.get(username="suzuki").account == account


def test_an_operator_changes_what_an_account_prefers(
    operator: Client, rows: dict[type[Model], Model]
) -> None:
    properties = rows[SendingProperties]
    facts = SENDING | {"account": rows[Account].pk}

    operator.post(url(SendingProperties, "change", properties.pk), facts)

    chosen = SendingProperties.objects.get()
    assert (chosen.max_attempts, chosen.font_size, chosen.page_header) == (6, 10, "{From}")
    assert operator.get(url(NotificationPreference, "add")).status_code == 200


@pytest.mark.parametrize(
    ("name", "value"), [("font_size", 3), ("font_size", 73), ("max_attempts", 7), ("retry_interval", 0)]
)
def test_what_the_account_could_not_choose_operators_cannot_either(
    operator: Client, rows: dict[type[Model], Model], name: str, value: int
) -> None:
    """With such a value no mail of the account could be drawn."""
    facts = SENDING | {"account": rows[Account].pk, name: value}

    answer = operator.post(url(SendingProperties, "change", rows[SendingProperties].pk), facts)

    assert answer.status_code == 200
    assert getattr(SendingProperties.objects.get(), name) != value


class TestRegisteringACertificate:
    """An operator pastes a customer's certificate."""

    @pytest.fixture
    def ca(self) -> Authority:
        return authority()

    def answer(self, operator: Client, certificate: str, address: str = "") -> str:
        """What the page says; empty for success."""
        answer = operator.post(ADD, {"address": address, "certificate": certificate})
        return "" if answer.status_code == 302 else answer.content.decode()

    def test_everything_else_is_read_from_it(self, operator: Client, ca: Authority) -> None:
        assert self.answer(operator, pem(ca.alice)) == ""

        row = RegisteredCertificate.objects.get()
        assert row.address == "alice@example.com"
        assert row.not_after == ca.alice.certificate.not_valid_after_utc
        assert len(bytes.fromhex(row.fingerprint)) == 32
        assert row.certificate == pem(ca.alice)

    def test_the_address_may_be_named_in_any_case(self, operator: Client, ca: Authority) -> None:
        assert self.answer(operator, pem(ca.alice), "Alice@Example.com") == ""

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("nonsense", "PEM形式の証明書ではありません。"),
            ("証明書", "PEM形式の証明書ではありません。"),
            (
                "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
                "PEM形式の証明書ではありません。",
            ),
            ("", "必須"),
        ],
    )
    def test_what_is_no_certificate_is_refused(self, operator: Client, text: str, sentence: str) -> None:
        assert sentence in self.answer(operator, text)
        assert not RegisteredCertificate.objects.exists()

    def test_two_certificates_are_refused(self, operator: Client, ca: Authority) -> None:
        assert "1つだけ" in self.answer(operator, pem(ca.alice) + pem(ca.bob))

    def test_an_expired_certificate_is_refused(self, operator: Client, ca: Authority) -> None:
        assert "有効期限が切れています" in self.answer(operator, pem(ca.expired))

    def test_a_private_key_is_refused_and_not_shown_again(self, operator: Client, ca: Authority) -> None:
        key = ca.alice.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

        page = self.answer(operator, pem(ca.alice) + key)

        assert "秘密鍵が含まれています" in page
        assert key.splitlines()[1] not in page

    def test_another_persons_certificate_is_refused_at_the_address(
        self, operator: Client, ca: Authority
    ) -> None:
        page = self.answer(operator, pem(ca.alice), "bob@example.com")

        assert "この証明書は alice@example.com のものです。" in page

    def test_the_same_certificate_is_not_registered_twice(self, operator: Client, ca: Authority) -> None:
        self.answer(operator, pem(ca.alice))
        self.answer(operator, pem(ca.alice))

        assert RegisteredCertificate.objects.count() == 1

    def test_a_registered_certificate_can_be_removed_but_not_edited(
        self, operator: Client, ca: Authority
    ) -> None:
        self.answer(operator, pem(ca.alice))
        pk = RegisteredCertificate.objects.get().pk

        assert (
            operator.post(url(RegisteredCertificate, "change", pk), {"address": "x@y.jp"}).status_code == 403
        )
        operator.post(url(RegisteredCertificate, "delete", pk), {"post": "yes"})
        assert not RegisteredCertificate.objects.exists()


def pem(person: Person) -> str:
    return person.certificate.public_bytes(Encoding.PEM).decode()
