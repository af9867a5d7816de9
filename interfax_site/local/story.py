"""The main job as a customer lives it, in steps; the demo tells it and ``tests/e2e`` holds the house to it."""

from __future__ import annotations

import email
import json
import shutil
import smtplib
import ssl
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email import policy
from functools import partial
from pathlib import Path
from typing import TypeVar

import django
from cryptography import x509
from django.conf import settings

from interfax_site.local.customer import Customer
from interfax_site.local.visitor import Visitor

WAIT_SECONDS = 60.0

TEXT = """\
株式会社さくら商事 御中

いつもお世話になっております。
ご依頼いただきましたお見積書を、FAXにてお送りいたします。

  品名: 複合機保守契約(年額)
  金額: 128,000円(税別)
  有効期限: 発行日より30日

ご不明な点がございましたら、お気軽にお問い合わせください。
"""

T = TypeVar("T")


@dataclass(slots=True)
class Order:
    """One mail on its way: ``mail`` as sent, then the token of the submission it became."""

    number: str
    over: str
    mail: bytes
    token: str = ""


@dataclass(slots=True)
class Story:
    """Where the site is, who the customer is, what was sent."""

    smtp: int
    smtps: int
    site: str
    login: Mapping[str, str]
    customer: Customer
    orders: list[Order] = field(default_factory=list)

    @classmethod
    def begin(cls, environment: Mapping[str, str]) -> Story:
        """Meet the customer: the demo account's owner, with keys of their own, made by the openssl program."""
        django.setup()
        login = json.loads((settings.DATA_DIR / "demo.json").read_text())
        keys = Path(tempfile.mkdtemp(prefix="customer-", dir=settings.DATA_DIR))
        return cls(
            smtp=int(environment["SMTP_PORT"]),
            smtps=int(environment["SMTPS_PORT"]),
            site=environment["SITE_URL"],
            login=login,
            customer=Customer.create(keys, login["sender"]),
        )

    def end(self) -> None:
        """Nobody shall be believed, and nothing be encrypted, because of a customer who was made up."""
        from certificates.identity import fingerprint
        from certificates.models import RegisteredCertificate, TrustedRoot

        for model, file in (
            (TrustedRoot, self.customer.root),
            (RegisteredCertificate, self.customer.certificate),
        ):
            certificate = x509.load_pem_x509_certificate(file.read_bytes())
            model._default_manager.filter(fingerprint=fingerprint(certificate)).delete()
        shutil.rmtree(self.customer.directory)


def services_up(story: Story) -> str:
    """The site answers, and the gateway speaks TLS on both ports."""
    status, _ = Visitor(story.site).get("/livez")
    versions = []
    for client in (_starttls(story), _tls(story)):
        with client:
            versions.append(_tls_version(client))
    return f"site {status}, STARTTLS port {story.smtp} {versions[0]}, TLS port {story.smtps} {versions[1]}"


def certificates_exchanged(story: Story) -> str:
    """The customer has ours; the operator trusts the customer's root and has registered the certificate."""
    from certificates.models import ServiceIdentity
    from certificates.registration import register
    from certificates.roots import add_root

    service = ServiceIdentity.objects.order_by("-not_before", "-pk").values_list("certificate", flat=True)[0]
    (story.customer.directory / "service.crt").write_text(service)
    add_root(story.customer.root.read_bytes())
    own = x509.load_pem_x509_certificate(story.customer.certificate.read_bytes())
    register(own, address=story.customer.address)
    subject = x509.load_pem_x509_certificate(service.encode()).subject.rfc4514_string()
    return f"service certificate {subject}; {story.customer.address} registered"


def mail_made_by_openssl(story: Story) -> str:
    """Signed, then encrypted for the service, once for each port."""
    entity = ("Content-Type: text/plain; charset=utf-8\r\n\r\n" + TEXT.replace("\n", "\r\n")).encode()
    for number, over in (("03-1111-2222", "STARTTLS"), ("06-3333-4444", "TLS")):
        mail = story.customer.encrypt(
            story.customer.sign(entity),
            subject=f"/fax={number}",
            to=settings.SERVICE_ADDRESS,
            recipient=story.customer.directory / "service.crt",
        )
        assert "株式会社".encode() not in mail
        story.orders.append(Order(number=number, over=over, mail=mail))
    return f"{len(story.orders)} mails, {len(story.orders[0].mail)} bytes each, signed and encrypted"


def sent_over_starttls(story: Story) -> str:
    return _send(_starttls(story), story.orders[0], story)


def sent_over_tls(story: Story) -> str:
    return _send(_tls(story), story.orders[1], story)


def fax_accepted(story: Story) -> str:
    """Each mail has become one submission, known to be encrypted and signed."""
    from faxsend.models import Submission

    for order in story.orders:
        submission = _wait_for(partial(_submission_of, order.token), "the fax to be accepted")
        assert isinstance(submission, Submission)
        assert submission.encrypted, "the order was not recognised as encrypted"
        assert submission.signed, "the order was not recognised as signed"
        order.token = submission.token
    return f"{len(story.orders)} submissions, each encrypted and signed"


def received_page_equals_dialled(story: Story) -> str:
    """What the receiving machine got is what was dialled, bit for bit."""
    from faxsend.models import Fax
    from faxsend.states import FaxStatus

    sizes = []
    for order in story.orders:
        faxes = Fax.objects.filter(submission__token=order.token).select_related("submission__pages")
        fax = _wait_for(faxes.filter(status=FaxStatus.SENT).first, "the fax to be sent")
        received = (settings.DATA_DIR / "received" / fax.number / f"{fax.pk}.tif").read_bytes()
        assert received == fax.submission.pages.tiff, "the received page differs"
        sizes.append(len(received))
    return f"{len(sizes)} faxes received, {sizes} bytes of TIFF, equal bit for bit"


def notification_opened_by_openssl(story: Story) -> str:
    """The mail in the outbox is encrypted; the openssl program opens it and finds our signature."""
    opened = []
    for order in story.orders:
        mail = _wait_for(partial(_notification, order), "the notification in the outbox")
        headers = email.message_from_bytes(mail, policy=policy.default)
        content_type = headers["Content-Type"]
        assert headers["Subject"] == f"FAX送信が成功しました -> {order.number}", headers["Subject"]
        assert content_type.params["smime-type"] == "enveloped-data", content_type
        assert order.number.encode() not in mail.partition(b"\n\n")[2]
        content = story.customer.verify(
            story.customer.decrypt(mail),
            root=settings.DATA_DIR / "ca" / "root.crt",
            signer=settings.SERVICE_ADDRESS,
        )
        body = email.message_from_bytes(content, policy=policy.default).get_body(("plain",))
        assert body is not None and order.number in body.get_content()
        opened.append(str(headers["Subject"]))
    return "; ".join(opened)


def history_says_ok(story: Story) -> str:
    """The customer logs in and sees both faxes."""
    visitor = Visitor(story.site)
    visitor.log_in(story.login["username"], story.login["password"])
    for order in story.orders:
        _, page = visitor.get(f"/history/sent/{order.token}/")
        assert order.number in page.decode() and ">OK<" in page.decode().replace(" ", "").replace("\n", "")
        status, picture = visitor.get(f"/history/sent/{order.token}/pages/1.png")
        assert status == 200 and picture.startswith(b"\x89PNG")
    _, history = visitor.get("/history/sent/")
    assert all(order.number in history.decode() for order in story.orders)
    return f"{len(story.orders)} rows OK, each with the picture of its page"


STEPS: list[tuple[str, Callable[[Story], str]]] = [
    ("services up", services_up),
    ("certificates exchanged", certificates_exchanged),
    ("mail encrypted and signed by openssl", mail_made_by_openssl),
    ("mail sent over STARTTLS", sent_over_starttls),
    ("mail sent over TLS", sent_over_tls),
    ("fax accepted", fax_accepted),
    ("received page equal to the page as dialled", received_page_equals_dialled),
    ("notification encrypted and opened by openssl", notification_opened_by_openssl),
    ("history row OK over HTTP", history_says_ok),
]


def _starttls(story: Story) -> smtplib.SMTP:
    client = smtplib.SMTP("127.0.0.1", story.smtp, timeout=20)
    client.starttls(context=_trusting())
    return client


def _tls(story: Story) -> smtplib.SMTP:
    return smtplib.SMTP_SSL("127.0.0.1", story.smtps, timeout=20, context=_trusting())


def _trusting() -> ssl.SSLContext:
    """Knows the gateway's own certificate and nothing else."""
    context = ssl.create_default_context(cafile=settings.SMTP_TLS_CERTIFICATE)
    context.check_hostname = False  # the demo dials the loopback address, not the domain
    return context


def _tls_version(client: smtplib.SMTP) -> str:
    assert isinstance(client.sock, ssl.SSLSocket)
    return client.sock.version() or "no TLS"


def _send(client: smtplib.SMTP, order: Order, story: Story) -> str:
    with client:
        version = _tls_version(client)
        client.ehlo()
        replies = [client.mail(story.customer.address), client.rcpt(settings.SERVICE_ADDRESS)]
        assert all(code == 250 for code, _ in replies), replies
        code, answer = client.data(_crlf(order.mail))
    assert code == 250, answer
    order.token = answer.decode().rsplit(" ", 1)[-1]
    return f"{code} {answer.decode()} ({version})"


def _crlf(mail: bytes) -> bytes:
    """The openssl program writes the line ends of its platform; SMTP knows one kind (RFC 5321, 2.3.8)."""
    return mail.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _submission_of(inbound_token: str) -> object | None:
    from faxsend.models import InboundMessage, InboundStatus, Submission

    message = InboundMessage.objects.get(token=inbound_token)
    assert message.status not in {InboundStatus.REJECTED, InboundStatus.PARKED}, message.rejection_code
    return Submission.objects.filter(message=message).first()


def _notification(order: Order) -> bytes | None:
    """The mail that tells about this order, as it left."""
    from notifications.models import MailState, OutgoingMail

    told = OutgoingMail.objects.filter(key=f"notify:{order.token}", state=MailState.SENT).first()
    if told is None:
        return None
    mails = (path.read_bytes() for path in settings.OUTBOX_DIR.glob("*.eml"))
    return next((mail for mail in mails if told.message_id.encode() in mail), None)


def _wait_for(look: Callable[[], T | None], what: str) -> T:
    """Look until there is something. Raises ``TimeoutError``."""
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end:
        if (found := look()) is not None:
            return found
        time.sleep(0.1)
    raise TimeoutError(f"waited {WAIT_SECONDS:.0f} s for {what}")
