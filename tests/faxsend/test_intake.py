"""Inbound mail becomes a submission or a refusal: real mails by the openssl program, real pages."""

from __future__ import annotations

import email
import io
import tempfile
import threading
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from pathlib import Path

import plutoprint
import pytest
from django.db import connections
from django.utils import timezone

from accounts.models import Account, AuthorizedSender
from certificates.identity import keep, pem
from certificates.issuing import create_authority, issue_service_certificate
from certificates.roots import add_root
from certificates.smime import Identity
from faxsend import intake
from faxsend.models import Content, Fax, InboundMessage, InboundStatus, Pages, Submission
from faxsend.rendering import tiff
from interfax_site.local.customer import Customer
from notifications.models import OutgoingMail
from tests.factories import AuthorizedSenderFactory
from tests.faxsend.rendering.pdfs import encrypted

SENDER = "fax@sakura.example.jp"
TEXT = "お見積書をお送りいたします。"

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="session")
def customer(tmp_path_factory: pytest.TempPathFactory) -> Customer:
    return Customer.create(tmp_path_factory.mktemp("customer"), SENDER)


@pytest.fixture
def account() -> Account:
    return AuthorizedSenderFactory.create(address=SENDER).account


@pytest.fixture(scope="session")
def identity() -> Identity:
    now = timezone.now()
    authority = create_authority("test root", at=now)
    return issue_service_certificate(authority, common_name="secure interfax", address="send@fax.tc", at=now)


@pytest.fixture
def service_certificate(customer: Customer, identity: Identity) -> Path:
    """The service has an identity, the customer has its certificate, and the customer's root is trusted."""
    keep(identity)
    add_root(customer.root.read_bytes())
    path = customer.directory / "service.crt"
    path.write_text(pem(identity.certificate))
    return path


def entity(text: str = TEXT) -> bytes:
    return f"Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n".encode()


def plain_mail(text: str = TEXT, *, subject: str = "/fax=03-1111-2222") -> bytes:
    return f"From: {SENDER}\r\nTo: send@fax.tc\r\nSubject: {subject}\r\n".encode() + entity(text)


def signed_mail(customer: Customer, subject: str = "/fax=03-1111-2222") -> bytes:
    head = f"From: {SENDER}\r\nTo: send@fax.tc\r\nSubject: {subject}\r\n".encode()
    return head + customer.sign(entity())


def received(raw: bytes, account: Account, *, to: str = "send@fax.tc") -> InboundMessage:
    """A mail as the gateway leaves it."""
    raw = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    message = InboundMessage.objects.create(account=account, sender=SENDER, recipients=[to], size=len(raw))
    Content.objects.create(message=message, raw=raw)
    return message


def processed(raw: bytes, account: Account, **envelope: str) -> InboundMessage:
    message = received(raw, account, **envelope)
    assert intake.process_next()
    message.refresh_from_db()
    return message


def refusal(message: InboundMessage) -> EmailMessage:
    """The status notification that answers a refused mail."""
    outgoing = OutgoingMail.objects.get(key__startswith="refuse:", key__endswith=f":{message.token}")
    assert (outgoing.recipient, outgoing.envelope_sender) == (SENDER, "")
    parsed = email.message_from_bytes(outgoing.content, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    assert parsed["Subject"] == "Undelivered Mail Returned to Sender"
    return parsed


def first_lines(answer: EmailMessage) -> list[str]:
    part = next(part for part in answer.walk() if part.get_content_type() == "text/plain")
    return str(part.get_content()).splitlines()


def assert_refused(message: InboundMessage, code: str, line: str) -> None:
    assert (message.status, message.rejection_code) == (InboundStatus.REJECTED, code)
    assert not Submission.objects.exists() and not Pages.objects.exists()
    lines = first_lines(refusal(message))
    assert lines[0] == "The Postfix program has encountered the following problem:"
    assert lines[1] == line


def test_a_plain_order_becomes_a_fax_with_its_pages(account: Account) -> None:
    message = processed(plain_mail(), account)
    assert message.status == InboundStatus.ACCEPTED
    submission = Submission.objects.get()
    assert (submission.open, submission.encrypted, submission.signed) == (1, False, False)
    assert [fax.number for fax in submission.faxes.all()] == ["0081311112222"]
    assert tiff.count(submission.pages.tiff) == submission.pages.count == 1


def test_an_encrypted_unsigned_order_is_a_normal_order(
    account: Account, customer: Customer, service_certificate: Path
) -> None:
    mail = customer.encrypt(
        entity(), subject="/fax=03-1111-2222", to="send@fax.tc", recipient=service_certificate
    )
    assert processed(mail, account).encrypted
    submission = Submission.objects.get()
    assert submission.encrypted and not submission.signed


@pytest.mark.parametrize("how", ["detached", "opaque"])
def test_a_signed_and_encrypted_order_is_known_as_both(
    account: Account, customer: Customer, service_certificate: Path, how: str
) -> None:
    signed = customer.sign(entity(), *(["-nodetach"] if how == "opaque" else []))
    mail = customer.encrypt(
        signed, "-stream", subject="/fax=03-1111-2222", to="send@fax.tc", recipient=service_certificate
    )
    message = processed(mail, account)
    assert (message.status, message.signature) == (InboundStatus.ACCEPTED, "valid")
    submission = Submission.objects.get()
    assert submission.encrypted and submission.signed


def test_encryption_does_not_change_the_page(
    account: Account, customer: Customer, service_certificate: Path
) -> None:
    processed(plain_mail(), account)
    mail = customer.encrypt(
        entity(), subject="/fax=03-1111-2222", to="send@fax.tc", recipient=service_certificate
    )
    processed(mail, account)
    plain, encrypted = Pages.objects.order_by("pk")
    assert plain.tiff == encrypted.tiff


def test_the_address_names_the_number(account: Account) -> None:
    processed(plain_mail(subject="見積書"), account, to="03-1111-2222@fax.tc")
    assert Fax.objects.get().number == "0081311112222"
    assert Submission.objects.get().subject == "見積書"


def test_a_pdf_is_faxed_without_the_body(account: Account) -> None:
    processed(mail_with("quote.pdf", "application/pdf", pdf_of(3)), account)
    assert Pages.objects.get().count == 3


def test_a_mail_that_is_not_mime_is_answered(account: Account) -> None:
    message = processed(b"\x00\x01\x02 hello, this is no mail at all", account)
    assert_refused(message, "not-a-mail", "Message is not valid MIME")


def test_mail_encrypted_to_somebody_else_is_answered(
    account: Account, customer: Customer, service_certificate: Path
) -> None:
    mail = customer.encrypt(
        entity(), subject="/fax=03-1111-2222", to="send@fax.tc", recipient=customer.certificate
    )
    assert_refused(processed(mail, account), "cannot-decrypt", "Message cannot be decrypted")


def test_a_tampered_ciphertext_is_answered_like_every_failure_to_decrypt(
    account: Account, customer: Customer, service_certificate: Path
) -> None:
    mail = customer.encrypt(
        entity(), subject="/fax=03-1111-2222", to="send@fax.tc", recipient=service_certificate
    )
    head, body = mail.split(b"\n\n", 1)
    lines = body.split(b"\n")
    lines[-3] = lines[-3][::-1]
    message = processed(head + b"\n\n" + b"\n".join(lines), account)
    assert_refused(message, "cannot-decrypt", "Message cannot be decrypted")


@pytest.mark.parametrize(
    ("subject", "code", "line"),
    [
        ("/fax=03-abc", "invalid-number", "Not a valid fax number"),
        ("見積書", "no-recipients", "No recipients found"),
        ("/fax=110", "invalid-number", "Not a valid fax number"),
    ],
)
def test_a_subject_without_a_usable_number_is_answered(
    account: Account, subject: str, code: str, line: str
) -> None:
    assert_refused(processed(plain_mail(subject=subject), account), code, line)


def test_a_pdf_with_a_password_is_answered_by_name(account: Account) -> None:
    message = processed(mail_with("secret.pdf", "application/pdf", encrypted(b"secret")), account)
    assert_refused(message, "protected-document", "Document is protected by a password")


def test_an_empty_mail_is_answered(account: Account) -> None:
    assert_refused(processed(plain_mail(""), account), "nothing-to-fax", "Message has no content to fax")


def test_what_came_encrypted_is_not_quoted_in_clear(
    account: Account, customer: Customer, service_certificate: Path
) -> None:
    inner = mail_with("quote-for-tanaka.exe", "application/x-msdownload", b"MZ", body_only=True)
    mail = customer.encrypt(
        inner, subject="/fax=03-1111-2222", to="send@fax.tc", recipient=service_certificate
    )
    message = processed(mail, account)
    assert message.rejection_code == "unsupported-document"
    answer = refusal(message).as_bytes()
    assert b"tanaka" not in answer and b"MZ" not in answer


def test_an_account_that_asks_for_signatures_refuses_unsigned_mail(account: Account) -> None:
    Account.objects.update(signature_required=True)
    assert_refused(
        processed(plain_mail(), account),
        "signature-not-found",
        "*** Cannot authenticate - signature not found ***",
    )


def test_an_account_that_asks_for_signatures_accepts_its_senders_signature(
    account: Account, customer: Customer, service_certificate: Path
) -> None:
    Account.objects.update(signature_required=True)
    assert processed(signed_mail(customer), account).status == InboundStatus.ACCEPTED


def test_a_valid_signature_needs_no_proof_by_the_domain(
    account: Account, customer: Customer, service_certificate: Path
) -> None:
    Account.objects.update(alignment_required=True)
    assert processed(signed_mail(customer), account).status == InboundStatus.ACCEPTED


def test_a_signature_that_does_not_count_needs_it(account: Account, customer: Customer) -> None:
    Account.objects.update(alignment_required=True)
    assert processed(signed_mail(customer), account).rejection_code == "sender-domain-not-proven"


def test_a_required_signature_must_be_trusted(account: Account, customer: Customer) -> None:
    Account.objects.update(signature_required=True)
    message = processed(signed_mail(customer), account)
    assert message.rejection_code == "signature-rejected"
    assert first_lines(refusal(message))[1].startswith("*** Cannot authenticate - ")


def test_an_untrusted_signature_counts_as_unsigned_where_none_is_asked_for(
    account: Account, customer: Customer
) -> None:
    message = processed(signed_mail(customer), account)
    assert message.status == InboundStatus.ACCEPTED
    submission = Submission.objects.get()
    assert not submission.signed
    assert submission.signature_problem == message.signature == "certificate is not trusted"


@pytest.mark.parametrize(
    ("required", "status"), [(False, InboundStatus.ACCEPTED), (True, InboundStatus.REJECTED)]
)
def test_a_signature_by_another_address_counts_where_none_is_asked_for_as_unsigned(
    account: Account, customer: Customer, service_certificate: Path, required: bool, status: InboundStatus
) -> None:
    Account.objects.update(signature_required=required)
    raw = signed_mail(customer).replace(SENDER.encode(), b"boss@sakura.example.jp", 1)
    message = processed(raw, account)
    reason = "certificate belongs to another address"
    assert (message.status, message.signature) == (status, reason)
    problems = list(Submission.objects.values_list("signed", "signature_problem"))
    assert problems == ([] if required else [(False, reason)])
    assert message.rejection_detail == (reason.encode() if required else b"")


def test_a_signature_that_holds_has_no_problem(
    account: Account, customer: Customer, service_certificate: Path
) -> None:
    processed(signed_mail(customer), account)
    submission = Submission.objects.get()
    assert (submission.signed, submission.signature_problem) == (True, "")


def test_a_signature_that_was_tampered_with_is_refused_everywhere(
    account: Account, customer: Customer, service_certificate: Path
) -> None:
    tampered = signed_mail(customer).replace(TEXT.encode(), "送金先が変わりました。".encode())
    assert processed(tampered, account).rejection_code == "signature-rejected"


def test_a_signature_by_another_accounts_sender_is_refused_where_one_is_asked_for(
    account: Account, customer: Customer, service_certificate: Path
) -> None:
    Account.objects.update(signature_required=True)
    AuthorizedSender.objects.update(address="someone@else.example.jp")
    AuthorizedSenderFactory.create(address=SENDER)
    AuthorizedSender.objects.filter(address="someone@else.example.jp").update(
        address="boss@sakura.example.jp"
    )
    raw = signed_mail(customer)
    message = received(raw, account)
    InboundMessage.objects.filter(pk=message.pk).update(sender="boss@sakura.example.jp")
    assert intake.process_next()
    message.refresh_from_db()
    assert message.rejection_code == "signature-rejected"


def test_a_sender_deleted_since_rcpt_is_refused(account: Account) -> None:
    message = received(plain_mail(), account)
    AuthorizedSender.objects.all().delete()
    assert intake.process_next()
    message.refresh_from_db()
    assert message.rejection_code == "sender-not-authorized"


def test_the_same_order_again_is_not_faxed_again(account: Account) -> None:
    processed(b"Received: from a by b\r\n" + plain_mail(), account)
    again = processed(b"Received: from c\r\n by d;\r\n today\r\n" + plain_mail(), account)
    assert again.status == InboundStatus.DUPLICATE
    assert Submission.objects.count() == 1


def test_another_text_is_another_order(account: Account) -> None:
    processed(plain_mail("一通目"), account)
    assert processed(plain_mail("二通目"), account).status == InboundStatus.ACCEPTED


def test_two_numbers_are_two_faxes_and_a_repeated_one_is_counted(account: Account) -> None:
    processed(plain_mail(subject="/fax=03-1111-2222;06-3333-4444;0311112222"), account)
    submission = Submission.objects.get()
    assert (submission.open, submission.duplicates) == (2, 1)


def test_a_mail_that_kills_its_worker_is_parked_after_three_tries(account: Account) -> None:
    message = received(plain_mail(), account)
    for tries in range(1, 4):
        assert intake._begin_try() == message.pk
        InboundMessage.objects.update(next_try_at=timezone.now() - timedelta(seconds=1))
        message.refresh_from_db()
        assert message.tries == tries
    intake.process_next()
    message.refresh_from_db()
    assert message.status == InboundStatus.PARKED
    assert not Submission.objects.exists()


def test_a_machine_without_room_loses_no_mail(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    message = received(plain_mail(), account)
    monkeypatch.setattr(tempfile, "tempdir", "/nonexistent")
    for _ in range(5):
        InboundMessage.objects.update(next_try_at=timezone.now())
        assert intake.process_next()
        message.refresh_from_db()
        assert (message.status, message.tries) == (InboundStatus.RECEIVED, 0)
        assert message.next_try_at > timezone.now()
    monkeypatch.undo()
    InboundMessage.objects.update(next_try_at=timezone.now())
    assert intake.process_next()
    assert Submission.objects.count() == 1


def test_a_mail_for_which_memory_does_not_suffice_is_parked_after_three_tries(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Exhausted:
        def __fspath__(self) -> str:
            raise MemoryError

    message = received(plain_mail(), account)
    monkeypatch.setattr(tempfile, "tempdir", Exhausted())
    for _ in range(3):
        InboundMessage.objects.update(next_try_at=timezone.now())
        with pytest.raises(MemoryError):
            intake.process_next()
    InboundMessage.objects.update(next_try_at=timezone.now())
    intake.process_next()
    message.refresh_from_db()
    assert (message.status, message.last_error) == (InboundStatus.PARKED, "MemoryError")


@pytest.mark.parametrize(
    "header",
    [
        b"Content-Type: text/plain; boundary*=undefined''abc",
        b'Content-Type: text/plain; charset="\x00"',
        b"Content-Type: application/octet-stream; name*=idna''%E3",
        b"Reply-To: " + b"(" * 3000 + b"a@example.jp",
    ],
)
def test_hostile_headers_are_answered_or_faxed_but_never_parked(account: Account, header: bytes) -> None:
    raw = f"From: {SENDER}\r\nSubject: /fax=03-1111-2222\r\n".encode() + header + b"\r\n\r\nHello\r\n"
    assert processed(raw, account).status in {InboundStatus.ACCEPTED, InboundStatus.REJECTED}


def test_equal_mails_without_message_id_are_two_orders_after_an_hour(account: Account) -> None:
    processed(plain_mail(), account)
    Submission.objects.update(created_at=timezone.now() - timedelta(minutes=61))
    assert processed(plain_mail(), account).status == InboundStatus.ACCEPTED


def test_equal_mails_with_message_id_are_one_order_for_a_day(account: Account) -> None:
    raw = b"Message-ID: <1@sakura.example.jp>\r\n" + plain_mail()
    processed(raw, account)
    Submission.objects.update(created_at=timezone.now() - timedelta(hours=23))
    assert processed(raw, account).status == InboundStatus.DUPLICATE


@pytest.mark.django_db(transaction=True)
def test_many_workers_process_each_mail_once(account: Account) -> None:
    for number in range(6):
        received(plain_mail(f"注文 {number}"), account)

    def work() -> None:
        while intake.process_next():
            pass
        connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert Submission.objects.count() == 6
    assert set(InboundMessage.objects.values_list("status", "tries")) == {(InboundStatus.ACCEPTED, 1)}


def mail_with(
    name: str,
    media_type: str,
    content: bytes,
    *,
    body: str = "添付をご覧ください。",
    body_only: bool = False,
) -> bytes:
    message = EmailMessage()
    if not body_only:
        message["From"], message["To"], message["Subject"] = SENDER, "send@fax.tc", "/fax=03-1111-2222"
    message.set_content(body)
    maintype, subtype = media_type.split("/")
    message.add_attachment(content, maintype=maintype, subtype=subtype, filename=name)
    return message.as_bytes(policy=policy.SMTP)


def pdf_of(pages: int) -> bytes:
    book = plutoprint.Book(plutoprint.PAGE_SIZE_A4)
    book.load_html("".join(f"<p style='break-after: page'>Page {page + 1}</p>" for page in range(pages)))
    output = io.BytesIO()
    book.write_to_pdf_stream(output)
    return output.getvalue()
