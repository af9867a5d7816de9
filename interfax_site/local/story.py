"""The main job as a customer lives it, in steps; the demo tells it and ``tests/e2e`` holds the house to it."""

from __future__ import annotations

import email
import json
import re
import secrets
import shutil
import smtplib
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

from interfax_site.local import arrivals
from interfax_site.local.customer import Customer
from interfax_site.local.postman import Postman, hand_over, tls_version
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

    postman: Postman
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
            postman=Postman(
                starttls_port=int(environment["SMTP_PORT"]),
                tls_port=int(environment["SMTPS_PORT"]),
                certificate=Path(settings.SMTP_TLS_CERTIFICATE),
            ),
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
    postman = story.postman
    versions = []
    for client in (postman.starttls(), postman.tls()):
        with client:
            versions.append(tls_version(client))
    return f"site {status}, port {postman.starttls_port} STARTTLS {versions[0]}, {postman.tls_port} {versions[1]}"


def certificate_received(story: Story) -> str:
    """The customer asks on the site; all that is known of the service comes out of the mail that arrives."""
    visitor = _logged_in(story)
    customer = story.customer
    _, page = visitor.fill_in("/certificates/request/", "certificate-request", recipients=customer.address)
    assert "到着まで数分お待ちください" in page, "the site did not take the request"
    mail = _wait_for(partial(arrivals.certificate_mail, customer.address), "the mail with the certificate")
    customer.install(mail, signer=settings.SERVICE_ADDRESS)
    shown = re.sub("<w?br>", "", visitor.get("/certificates/request/")[1].decode())
    prints = [customer.fingerprint(file) for file in (customer.service, customer.service_root)]
    assert all(each in shown for each in prints), "the site shows other fingerprints"
    return f"{len(mail)} bytes, signed; certificate and root as the site shows them: {prints[0]}"


def certificate_registered(story: Story) -> str:
    """The operator trusts the customer's root; a signed mail registers the certificate, the answer is encrypted."""
    from certificates.roots import add_root

    add_root(story.customer.root.read_bytes())
    identity = f"<{secrets.token_hex(8)}@customer>"
    signed = story.customer.sign(
        b"Content-Type: text/plain\r\n\r\n",
        *("-from", story.customer.address, "-to", settings.DIGITALID_ADDRESS, "-subject", ""),
    )
    mail = f"Message-ID: {identity}\n".encode() + signed
    address = settings.DIGITALID_ADDRESS
    receipt = hand_over(story.postman.tls(), mail, sender=story.customer.address, recipient=address)
    answer = _wait_for(partial(arrivals.answer_to, identity), "the answer to the registration")
    _opened(story, answer)
    return f"{receipt.answer}; the answer is encrypted, and opened"


def mail_made_by_openssl(story: Story) -> str:
    """Signed, then encrypted for the service, once for each port."""
    entity = ("Content-Type: text/plain; charset=utf-8\r\n\r\n" + TEXT.replace("\n", "\r\n")).encode()
    for number, over in (("03-1111-2222", "STARTTLS"), ("06-3333-4444", "TLS")):
        mail = story.customer.encrypt(
            story.customer.sign(entity),
            subject=f"/fax={number}",
            to=settings.SERVICE_ADDRESS,
            recipient=story.customer.service,
        )
        assert "株式会社".encode() not in mail
        story.orders.append(Order(number=number, over=over, mail=mail))
    return f"{len(story.orders)} mails, {len(story.orders[0].mail)} bytes each, signed and encrypted"


def sent_over_starttls(story: Story) -> str:
    return _send(story.postman.starttls(), story.orders[0], story)


def sent_over_tls(story: Story) -> str:
    return _send(story.postman.tls(), story.orders[1], story)


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
        mail = _wait_for(partial(arrivals.notification, order.token), "the notification in the outbox")
        headers = email.message_from_bytes(mail, policy=policy.default)
        content_type = headers["Content-Type"]
        assert headers["Subject"] == f"FAX送信が成功しました -> {order.number}", headers["Subject"]
        assert content_type.params["smime-type"] == "enveloped-data", content_type
        assert order.number.encode() not in mail.partition(b"\n\n")[2]
        content = _opened(story, mail)
        body = email.message_from_bytes(content, policy=policy.default).get_body(("plain",))
        assert body is not None and order.number in body.get_content()
        opened.append(str(headers["Subject"]))
    return "; ".join(opened)


def history_says_ok(story: Story) -> str:
    """The customer logs in and sees both faxes."""
    visitor = _logged_in(story)
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
    ("certificate asked for on the site and taken from the mail", certificate_received),
    ("certificate registered by a signed mail", certificate_registered),
    ("mail encrypted and signed by openssl", mail_made_by_openssl),
    ("mail sent over STARTTLS", sent_over_starttls),
    ("mail sent over TLS", sent_over_tls),
    ("fax accepted", fax_accepted),
    ("received page equal to the page as dialled", received_page_equals_dialled),
    ("notification encrypted and opened by openssl", notification_opened_by_openssl),
    ("history row OK over HTTP", history_says_ok),
]


def _logged_in(story: Story) -> Visitor:
    visitor = Visitor(story.site)
    visitor.log_in(story.login["username"], story.login["password"])
    return visitor


def _send(client: smtplib.SMTP, order: Order, story: Story) -> str:
    address = settings.SERVICE_ADDRESS
    receipt = hand_over(client, order.mail, sender=story.customer.address, recipient=address)
    order.token = receipt.token
    return f"250 {receipt.answer} ({receipt.tls})"


def _opened(story: Story, mail: bytes) -> bytes:
    """What stands in a mail that is encrypted for the customer and signed by the service."""
    content = story.customer.decrypt(mail)
    return story.customer.verify(content, root=story.customer.service_root, signer=settings.SERVICE_ADDRESS)


def _submission_of(inbound_token: str) -> object | None:
    from faxsend.models import InboundMessage, InboundStatus, Submission

    message = InboundMessage.objects.get(token=inbound_token)
    assert message.status not in {InboundStatus.REJECTED, InboundStatus.PARKED}, message.rejection_code
    return Submission.objects.filter(message=message).first()


def _wait_for(look: Callable[[], T | None], what: str) -> T:
    """Look until there is something. Raises ``TimeoutError``."""
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end:
        if (found := look()) is not None:
            return found
        time.sleep(0.1)
    raise TimeoutError(f"waited {WAIT_SECONDS:.0f} s for {what}")
