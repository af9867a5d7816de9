"""For each class of ``Rejection`` the mail that causes it, in clear and encrypted.

Everything that such a mail says is one of the ``SECRETS``, so that an answer can be searched for them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any

from accounts.mail_password import set_mail_password
from accounts.models import Account, AuthorizedSender
from faxsend.authentication import DNS_WAITED_FOR, MAX_WRONG_PASSWORDS
from faxsend.commands import MAX_TARGETS
from faxsend.models import InboundStatus
from faxsend.rendering.pages import MAX_PAGES
from faxsend.replay import MAX_FAILURES
from faxsend.size_limits import MAX_ATTACHED_SIGNED
from notifications import refusals
from notifications.refusals import Rejection
from tests.factories import ContactListFactory, InboundMessageFactory
from tests.faxsend.domain_proof.signing import key_record, rsa_key, signed_by_hand
from tests.faxsend.encrypting import order, processed
from tests.faxsend.rendering import pdfs
from tests.faxsend.test_replay import broken
from tests.mails.writing import base64_lines, multipart, words
from tests.name_server import NameServer, failing
from tests.notifications.signing import ALICE, encrypted, signed
from tests.pki import authority

NUMBER, LIST, FILE, TEXT, PASSWORD = "03-9876-5432", "gokuhi", "極秘見積書.pdf", "社外秘の本文", "aikotoba7"
SECRETS = ("98765432", LIST, "極秘", "社外秘", PASSWORD)
"""Of everything above something that stands in it in whatever form."""

ADDRESSED = f"!*{NUMBER}*!;!*list={LIST}*!"
BY_BODY = "/fax=body 社外秘の件"
BLANK = pdfs.pdf(b"")


def letter(
    first_line: str = ADDRESSED,
    *files: bytes,
    name: str = FILE,
    media_type: str = "application/pdf",
    text: str = TEXT,
) -> bytes:
    """An entity of a body and files; without any, the body alone."""
    body = f"Content-Type: text/plain; charset=utf-8\r\n\r\n{first_line}\r\n{text}\r\n".encode()
    head = (
        f"Content-Type: {media_type}; name={words(name, 'utf-8')}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    ).encode()
    return multipart("mixed", "part", body, *(head + base64_lines(file) for file in files)) if files else body


def _in_two_wordings() -> bytes:
    """An entity whose HTML names other destinations than its text."""
    other = f"<p>!*{NUMBER}*!;!*{NUMBER}*!</p><p>{TEXT}</p>".encode()
    return multipart(
        "alternative", "part", letter(), b"Content-Type: text/html; charset=utf-8\r\n\r\n" + other
    )


def _in_one_line(size: int) -> bytes:
    """An entity with so many bytes attached that takes no time to write or to read."""
    file = b"Content-Type: application/octet-stream; name=x.pdf\r\n\r\n" + b"x" * size
    return multipart("mixed", "part", letter(), file)


def _unreadable(entity: bytes) -> bytes:
    return broken()


def _signed_by_a_stranger(entity: bytes) -> bytes:
    return signed(authority().stranger, entity=entity)


def _signed(entity: bytes) -> bytes:
    return signed(authority().alice, entity=entity)


@cache
def _signed_letter() -> bytes:
    """With the same signature each time."""
    return _signed(letter())


def publish_keys(names: NameServer) -> None:
    """What the domains of these mails say by DNS."""
    names.zone["s1._domainkey.example.com"] = names.zone["s1._domainkey.example.net"] = [
        key_record(rsa_key())
    ]
    names.zone["s1._domainkey.silent.example.com"] = failing


def _by_domain(domain: str, names: bytes = b"from:to:subject") -> Callable[[bytes], bytes]:
    """With a DKIM signature of this domain over these header fields."""
    return lambda mail: signed_by_hand(mail, domain=domain, names=names)


def _as_it_is(entity: bytes) -> bytes:
    return entity


def _nothing(account: Account) -> None:
    pass


def _with_password(account: Account) -> None:
    set_mail_password(account, "another1")


def _after(count: int, code: str) -> Callable[[Account], None]:
    """After so many refusals of this kind; the password of the account is another one."""

    def happened(account: Account) -> None:
        _with_password(account)
        facts = {"status": InboundStatus.REJECTED, "rejection_code": code, "sender": ALICE}
        InboundMessageFactory.create_batch(count, account=account, **facts)

    return happened


def _with_an_empty_list(account: Account) -> None:
    ContactListFactory.create(account=account, name=f"{LIST}-2")


def _with_an_order_of_the_same_signature(account: Account) -> None:
    first = order(_signed_letter(), message_id="<2@example.com>")
    assert processed(first, account).status == InboundStatus.ACCEPTED


def _no_sender_any_more(account: Account) -> None:
    AuthorizedSender.objects.filter(account=account).delete()


@dataclass(frozen=True, slots=True)
class Cause:
    """A mail of alice@example.com around ``entity``, and what has to be so before it comes.

    ``account``: fields of the account. ``wrap``: what is done to the entity before it is encrypted, or in place of it;
    ``finish``: what is done to the whole mail in the end. ``waited``: how long ago it came. ``given_up``: it was parked,
    and no intake has refused it but an operator.
    """

    subject: str = BY_BODY
    entity: Callable[[], bytes] = letter
    wrap: Callable[[bytes], bytes] = _as_it_is
    finish: Callable[[bytes], bytes] = _as_it_is
    account: Mapping[str, Any] = field(default_factory=dict)
    before: Callable[[Account], None] = _nothing
    in_clear: bool = True
    subject_outside: bool = False
    waited: timedelta = timedelta()
    given_up: bool = False

    def mail(self) -> bytes:
        """In clear."""
        return self.finish(order(self.wrap(self.entity()), subject=words(self.subject, "utf-8")))

    def encrypted_mail(self) -> bytes:
        """Encrypted with its subject (RFC 9788), so that nothing but addresses stands outside."""
        if self.subject_outside:
            return self.finish(order(self.wrap(encrypted(self.entity())), subject=self.subject))
        marked = re.sub(rb"\A(Content-Type: [^\r\n]*)", rb'\1; hp="cipher"', self.entity())
        fields = f"From: {ALICE}\r\nSubject: {words(self.subject, 'utf-8')}\r\n".encode()
        return self.finish(order(encrypted(self.wrap(fields + marked)), subject="[...]"))


def _by_text(first_line: str, **facts: Any) -> Cause:
    return Cause(entity=lambda: letter(first_line), **facts)


def _by_subject(subject: str, **facts: Any) -> Cause:
    return Cause(subject=f"/fax={NUMBER} {subject}", **facts)


def _by_file(content: bytes, **facts: Any) -> Cause:
    return Cause(entity=lambda: letter(ADDRESSED, BLANK, content, **facts))


def _proven_by(finish: Callable[[bytes], bytes], **facts: Any) -> Cause:
    return Cause(finish=finish, account={"alignment_required": True}, **facts)


CAUSES: dict[type[Rejection], Cause] = {
    refusals.NotAMail: Cause(entity=lambda: b"Content-Type: multipart/mixed\r\n\r\n" + TEXT.encode()),
    refusals.NoRecipientsFound: Cause(subject="社外秘の件"),
    refusals.MixedAddressing: Cause(subject=f"/fax={NUMBER};body 社外秘の件"),
    refusals.TooManyRecipients: _by_text(";".join([ADDRESSED] * (MAX_TARGETS // 2 + 1))),
    refusals.InvalidNumber: _by_text(f"{ADDRESSED};!*{NUMBER}-5555*!"),
    refusals.FullWidthCharacters: _by_text(f"！＊{NUMBER}＊！"),
    refusals.CountryNotAllowed: Cause(account={"allowed_countries": ["1"]}),
    refusals.BadOption: _by_subject("/rt 99 社外秘の件"),
    refusals.OptionTooLate: _by_subject("社外秘の件" * 9 + " /rt 3"),
    refusals.SendTimeTooFar: _by_subject("/d 2199-01-01 10:00 社外秘の件"),
    refusals.SendTimePassed: _by_subject("/d 2020-01-01 10:00 社外秘の件"),
    refusals.ListInSubject: Cause(subject=f"/fax=list={LIST} 社外秘の件"),
    refusals.UnknownList: _by_text(f"{ADDRESSED};!*list={LIST}-1*!"),
    refusals.EmptyList: _by_text(f"{ADDRESSED};!*list={LIST}-2*!", before=_with_an_empty_list),
    refusals.PasswordNotFound: Cause(before=_with_password),
    refusals.WrongPassword: _by_text(f"!#{PASSWORD}\r\n{ADDRESSED}", before=_with_password),
    refusals.PasswordNotCompared: _by_text(
        f"!#{PASSWORD}\r\n{ADDRESSED}", before=_after(MAX_WRONG_PASSWORDS, "wrong-password")
    ),
    refusals.PasswordWouldBeDrawn: _by_text(f"!#{PASSWORD} {PASSWORD}\r\n{ADDRESSED}"),
    refusals.CommandsDiffer: Cause(entity=_in_two_wordings),
    refusals.SenderNotAuthorized: Cause(before=_no_sender_any_more),
    refusals.SignatureNotFound: Cause(account={"signature_required": True}),
    refusals.SignatureRejected: Cause(wrap=_signed_by_a_stranger, account={"signature_required": True}),
    refusals.SignatureUsed: Cause(
        entity=_signed_letter,
        account={"signature_required": True},
        before=_with_an_order_of_the_same_signature,
        subject="/fax=03-1111-2222",
        subject_outside=True,
    ),
    refusals.EncryptedOrderUnproven: Cause(
        subject="/fax=03-1111-2222",
        account={"encrypted_proof_required": True},
        in_clear=False,
        subject_outside=True,
    ),
    refusals.SenderDomainNotProven: _proven_by(_as_it_is),
    refusals.AuthorNotProven: _proven_by(_by_domain("example.net")),
    refusals.DestinationNotProven: _proven_by(
        _by_domain("example.com", b"from:to"), subject="/fax=03-1111-2222", subject_outside=True
    ),
    refusals.SenderDomainNotAnswering: _proven_by(
        _by_domain("silent.example.com"), waited=DNS_WAITED_FOR + timedelta(minutes=1)
    ),
    refusals.CannotDecrypt: Cause(wrap=_unreadable, in_clear=False, subject="[...]", subject_outside=True),
    refusals.DecryptionNotTried: Cause(before=_after(MAX_FAILURES, "cannot-decrypt"), in_clear=False),
    refusals.NotProcessed: Cause(given_up=True),
    refusals.NothingToFax: Cause(entity=lambda: letter(text=" ")),
    refusals.UnsupportedDocument: _by_file(
        b"MZ", name="極秘見積書.exe", media_type="application/x-msdownload"
    ),
    refusals.ProtectedDocument: _by_file(pdfs.encrypted(b"secret")),
    refusals.BrokenDocument: _by_file(b"%PDF-"),
    refusals.DocumentTooLarge: _by_file(pdfs.pdf(b"", size=(20_000, 100))),
    refusals.AttachmentsTooLarge: Cause(entity=lambda: _in_one_line(MAX_ATTACHED_SIGNED + 1), wrap=_signed),
    refusals.TooManyPages: _by_file(
        b"\f".join([b"x"] * (MAX_PAGES + 1)), name="極秘見積書.txt", media_type="text/plain"
    ),
}
"""By the class. Whoever adds a class adds the mail that causes it."""
