"""A customer's office beside a running instance: people with keys and the openssl program, mail out and in.

Everything here is seen from outside: SMTP, the site, the files of ``DATA_DIR``, and questions to the database
where a person would look at a page.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from uuid import uuid4

from interfax_site.local.customer import RSA, Customer
from tests.e2e.world import SENDER, World, copy_prepared, data_directory, running, wait_for

SERVICE = "send@fax.tc"
DIGITALID = "digitalid@interfax.net"
LETTER = "いつもお世話になっております。\nお見積書をFAXにてお送りいたします。\n"


@dataclass(slots=True)
class Office:
    """``people`` by address; ``demo`` is the account's first sender. Their roots are trusted once they are met."""

    world: World
    roots: Path
    people: dict[str, Customer] = field(default_factory=dict)

    @property
    def demo(self) -> Customer:
        return self.meet(SENDER)

    def meet(
        self, address: str, *, sender: bool = True, trusted: bool = True, key: Sequence[str] = RSA
    ) -> Customer:
        """The person with that address; at first sight an authorized sender of the demo account with a certificate."""
        if address not in self.people:
            person = Customer.create(self.world.data_dir / f"person-{len(self.people)}", address, key=key)
            (person.directory / "service.crt").write_text(self._service_certificate())
            if trusted:
                (self.roots / f"{len(self.people)}.crt").write_bytes(person.root.read_bytes())
            if sender and address != SENDER:
                self.world.ask(
                    """INSERT INTO accounts_authorizedsender (account_id, address, token, verified_at, created_at)
                       SELECT account_id, %s, %s, now(), now() FROM accounts_authorizedsender LIMIT 1
                       RETURNING id""",
                    address,
                    uuid4().hex[:22],
                )
            self.people[address] = person
        return self.people[address]

    def _service_certificate(self) -> str:
        query = "SELECT certificate FROM certificates_serviceidentity ORDER BY not_before DESC LIMIT 1"
        return str(self.world.ask(query)[0][0])

    def login(self) -> tuple[str, str]:
        """User ID and password of the demo account."""
        login = json.loads((self.world.data_dir / "demo.json").read_text())
        return login["username"], login["password"]

    def mail(self, mail: bytes, *, to: str = SERVICE, sender: str = SENDER) -> Sent:
        """Hand a mail to the gateway, which takes it, and wait until it is processed."""
        raw = mail.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        return self.processed(self.world.accept(raw, to=to, sender=sender))

    def processed(self, token: str) -> Sent:
        """Wait until a mail that the gateway has taken is processed."""

        def look() -> tuple[str, str] | None:
            query = "SELECT status, rejection_code FROM faxsend_inboundmessage WHERE token = %s"
            [(status, code)] = self.world.ask(query, token)
            return (status, code) if status != "received" else None

        status, code = wait_for(look, "the mail to be processed")
        return Sent(self, token, status, code)

    def send_encrypted(self, subject: str, text: str = LETTER, *options: str) -> Sent:
        """An encrypted, unsigned mail of the demo sender, who needs no certificate for it."""
        return self.mail(self.encrypted(subject, entity(text), *options))

    def encrypted(self, subject: str, content: bytes, *options: str, person: Customer | None = None) -> bytes:
        person = person or self.demo
        certificate = person.directory / "service.crt"
        return person.encrypt(content, *options, subject=subject, to=SERVICE, recipient=certificate)

    def mails_to(self, address: str, *, since: float = 0.0) -> list[bytes]:
        """What has left for an address, oldest first; ``since`` is a file time."""
        files = sorted(self.world.data_dir.glob("outbox/*.eml"), key=lambda file: file.stat().st_mtime_ns)
        mails = [file.read_bytes() for file in files if file.stat().st_mtime >= since]
        return [
            mail for mail in mails if f"Delivered-To: {address}\n".encode() in mail.replace(b"\r", b"")[:600]
        ]

    def next_mail_to(self, address: str, *, since: float) -> bytes:
        return wait_for(lambda: next(iter(self.mails_to(address, since=since)), None), f"a mail to {address}")


@dataclass(frozen=True, slots=True)
class Sent:
    """A mail that the service has processed: ``status`` accepted or rejected, and the refusal's ``code``."""

    office: Office
    token: str
    status: str
    code: str

    @property
    def numbers(self) -> list[str]:
        """The canonical numbers that it is faxed to, in order."""
        query = """SELECT f.number FROM faxsend_fax f JOIN faxsend_submission s ON s.id = f.submission_id
                   JOIN faxsend_inboundmessage m ON m.id = s.message_id WHERE m.token = %s ORDER BY f.id"""
        return [number for (number,) in self.office.world.ask(query, self.token)]

    def faxed(self) -> list[bytes]:
        """What the receiving machines got, once all of them have it."""
        query = """SELECT f.id, f.number, f.status FROM faxsend_fax f
                   JOIN faxsend_submission s ON s.id = f.submission_id
                   JOIN faxsend_inboundmessage m ON m.id = s.message_id WHERE m.token = %s ORDER BY f.id"""

        def look() -> list[Path] | None:
            rows = self.office.world.ask(query, self.token)
            done = rows and all(status == "sent" for _, _, status in rows)
            received = self.office.world.data_dir / "received"
            return [received / number / f"{pk}.tif" for pk, number, _ in rows] if done else None

        return [path.read_bytes() for path in wait_for(look, "the faxes to be sent")]

    def notification(self) -> bytes:
        """The one notification about it, as it left."""
        message_ids = wait_for(partial(self.office.world.mails_to_inbound, self.token), "the notification")
        [message_id] = message_ids
        return next(mail for mail in self.office.world.outbox() if message_id.encode() in mail)

    def bounce(self) -> bytes:
        """The delivery status notification that answers it."""
        query = "SELECT message_id FROM notifications_outgoingmail WHERE key LIKE %s"
        [(message_id,)] = self.office.world.ask(query, f"refuse:%:{self.token}")
        return wait_for(
            lambda: next((mail for mail in self.office.world.outbox() if message_id.encode() in mail), None),
            "the answer",
        )


def entity(text: str = LETTER) -> bytes:
    """A text as the openssl program wants it: MIME headers, blank line, text."""
    return f"Content-Type: text/plain; charset=utf-8\n\n{text}".encode()


def plain(subject: str, content: bytes | None = None, *, sender: str = SENDER, **headers: str) -> bytes:
    """An ordinary mail around a MIME entity."""
    fields = {"From": sender, "To": SERVICE, "Subject": subject} | {
        k.replace("_", "-"): v for k, v in headers.items()
    }
    head = "".join(f"{name}: {value}\n" for name, value in fields.items())
    return head.encode() + b"MIME-Version: 1.0\n" + (entity() if content is None else content)


def parsed(mail: bytes) -> EmailMessage:
    message = message_from_bytes(mail, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def blank_entity() -> bytes:
    """A content without any text. Each is another one: two signatures of the same second would be the same mail."""
    return f"Content-Type: text/plain\nContent-ID: <{uuid4()}>\n\n\n".encode()


def is_encrypted(mail: bytes) -> bool:
    """Whether the whole mail is one envelope."""
    content_type = parsed(mail)["Content-Type"]
    kind: tuple[str, str] = (content_type.content_type, content_type.params.get("smime-type", ""))
    return kind == ("application/pkcs7-mime", "enveloped-data")


def opened_by(person: Customer, mail: bytes, world: World) -> EmailMessage:
    """What the openssl program finds in a mail of ours: decrypted if need be, the signature checked."""
    content = person.decrypt(mail) if is_encrypted(mail) else mail
    root = world.data_dir / "ca" / "root.crt"
    return parsed(person.verify(content, root=root, signer=SERVICE))


def text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def now() -> float:
    """The time as files have it."""
    return time.time()


@contextmanager
def office(**environment: str) -> Iterator[Office]:
    """An instance that trusts a directory of roots, for the length of a ``with`` block."""
    with data_directory() as directory:
        copy_prepared(directory)
        roots = directory / "roots"
        roots.mkdir()
        with running(directory, keep=False, SMIME_TRUST_ROOTS=str(roots), **environment) as world:
            yield Office(world, roots)
