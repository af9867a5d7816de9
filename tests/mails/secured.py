"""Signed and encrypted orders, as programs write them and as relays leave them; made by the openssl program."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, partial

from notifications.refusals import (
    CannotDecrypt,
    EncryptedOrderUnproven,
    SignatureNotFound,
    SignatureRejected,
    UnsupportedDocument,
)
from tests.faxsend.test_replay import broken
from tests.mails.attaching import QUOTE, entity, pdf_document, with_text
from tests.mails.case import NUMBER, Case, Faxed, Refused, text
from tests.mails.japanese_programs import BECKY
from tests.mails.programs import OUTLOOK_365, OUTLOOK_EXPRESS, THUNDERBIRD
from tests.mails.writing import SENDER, body, multipart, part
from tests.notifications import signing
from tests.pki import Person, authority

ORDER = "/fax=03-1111-2222 御見積書"
KEPT = "御見積書"
TEXT = "機密の見積書です。①\n"
LETTER = body(TEXT, "iso-2022-jp", transfer="7bit")
BY_BODY = body(f"!#password123\n!*03-1111-2222*!\n{TEXT}", "utf-8", transfer="base64")
SIGNED = {"signed": True, "signature_problem": ""}
UNTRUSTED = {"signed": False, "signature_problem": "certificate is not trusted"}
DEMANDING = {"signature_required": True}


@cache
def taro() -> Person:
    """The sender, certified by an authority that is trusted."""
    return authority().issue(SENDER, common_name="Taro")


@cache
def outsider() -> Person:
    """Certified for another address."""
    return authority().issue("someone@example.net")


def _signed(content: bytes = LETTER, who: Callable[[], Person] = taro, *options: str) -> bytes:
    return signing.signed(who(), entity=content, options=options)


def _mail(make: Callable[[], bytes], subject: str = ORDER) -> Callable[[], bytes]:
    return lambda: THUNDERBIRD.around(subject, _crlf(make()))


def _crlf(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _encrypted(content: Callable[[], bytes]) -> bytes:
    return signing.encrypted(content())


def _renamed(content_type: str) -> Callable[[], bytes]:
    """Encrypted, under header fields that another program writes, or a relay has left."""

    def make() -> bytes:
        head, _, packed = _crlf(signing.encrypted(LETTER)).partition(b"\r\n\r\n")
        assert b"pkcs7-mime" in head
        fields = 'Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename="smime.p7m"'
        return f"Content-Type: {content_type}\r\n{fields}\r\n\r\n".encode() + packed

    return make


def _tampered() -> bytes:
    content = _signed(body("Pay 100\n", "utf-8", transfer="7bit"))
    assert b"Pay 100" in content
    return content.replace(b"Pay 100", b"Pay 999")


def _with_footer() -> bytes:
    """A mailing list wraps what it passes on."""
    return multipart("mixed", "list", _crlf(_signed()), part("text/plain", b"-- \r\nlist footer\r\n"))


def _with_a_line_of_a_relay() -> bytes:
    """A relay that folds and renames: header fields of the outer entity change, the signed part does not."""
    return re.sub(rb"^MIME-Version: 1.0\n", b"X-Relay: yes\nMIME-Version: 1.0\n", _signed())


CASES = (
    Case("signed: Thunderbird", _mail(_signed), Faxed(text(TEXT), KEPT, options=SIGNED), account=DEMANDING),
    Case(
        "signed: opaque, as Outlook can",
        _mail(partial(_signed, LETTER, taro, "-nodetach")),
        Faxed(text(TEXT), KEPT, options=SIGNED),
        account=DEMANDING,
    ),
    Case(
        "signed: with a PDF",
        _mail(partial(_signed, with_text(entity("application/pdf; name=q.pdf", QUOTE)))),
        Faxed(pdf_document(QUOTE), KEPT, options=SIGNED),
    ),
    Case(
        "signed: destinations and a password in the body",
        _mail(partial(_signed, BY_BODY), "/fax=body"),
        Faxed(text(TEXT), options=SIGNED),
    ),
    Case(
        "signed: a relay has added a field",
        _mail(_with_a_line_of_a_relay),
        Faxed(text(TEXT), KEPT, options=SIGNED),
        account=DEMANDING,
    ),
    Case(
        "signed: by an authority that nobody trusts, where no signature is asked for",
        _mail(partial(_signed, LETTER, lambda: authority().stranger)),
        Faxed(text(TEXT), KEPT, options=UNTRUSTED),
    ),
    Case(
        "signed, refused: the same where one is asked for",
        _mail(partial(_signed, LETTER, lambda: authority().stranger)),
        Refused(SignatureRejected),
        account=DEMANDING,
    ),
    Case(
        "signed, refused: the certificate has expired",
        _mail(partial(_signed, LETTER, lambda: authority().expired)),
        Refused(SignatureRejected),
        account=DEMANDING,
    ),
    Case(
        "signed, refused: by somebody else",
        _mail(partial(_signed, LETTER, outsider)),
        Refused(SignatureRejected, detail="certificate belongs to another address"),
        account=DEMANDING,
    ),
    Case("signed, refused: changed on the way", _mail(_tampered), Refused(SignatureRejected)),
    Case(
        "signed, refused: a mailing list has put a footer around it",
        _mail(_with_footer),
        Refused(SignatureNotFound),
        account=DEMANDING,
    ),
    Case(
        "signed: the same where no signature is asked for",
        _mail(_with_footer),
        Faxed(text(f"{TEXT}\n-- \nlist footer\n"), KEPT, options={"signed": False}),
    ),
    Case(
        "signed, refused: there is none",
        BECKY.write(ORDER, TEXT),
        Refused(SignatureNotFound),
        account=DEMANDING,
    ),
    Case(
        "encrypted: unsigned, from somebody without a certificate",
        _mail(partial(signing.encrypted, LETTER)),
        Faxed(text(TEXT), KEPT, options={"encrypted": True, "signed": False}),
    ),
    Case(
        "encrypted: destinations and a password inside",
        _mail(partial(signing.encrypted, BY_BODY), "/fax=body"),
        Faxed(text(TEXT), options={"encrypted": True}),
        account={"encrypted_proof_required": True},
    ),
    Case(
        "encrypted: a PDF inside",
        _mail(lambda: signing.encrypted(with_text(entity("application/pdf; name=q.pdf", QUOTE)))),
        Faxed(pdf_document(QUOTE), KEPT),
    ),
    Case(
        "encrypted: signed inside",
        _mail(partial(_encrypted, _signed)),
        Faxed(text(TEXT), KEPT, options={"encrypted": True, **SIGNED}),
        account={**DEMANDING, "encrypted_proof_required": True},
    ),
    Case(
        "encrypted: signed outside",
        _mail(lambda: _signed(signing.encrypted(LETTER))),
        Faxed(text(TEXT), KEPT, options={"encrypted": True, **SIGNED}),
        account=DEMANDING,
    ),
    Case(
        "encrypted: in the words of Outlook Express",
        lambda: OUTLOOK_EXPRESS.around(
            ORDER, _renamed('application/x-pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"')()
        ),
        Faxed(text(TEXT), KEPT, options={"encrypted": True}),
    ),
    Case(
        "encrypted: in the words of Outlook",
        lambda: OUTLOOK_365.around(
            ORDER, _renamed('application/pkcs7-mime;\r\n\tname="smime.p7m";\r\n\tsmime-type=enveloped-data')()
        ),
        Faxed(text(TEXT), KEPT, options={"encrypted": True}),
    ),
    Case(
        "encrypted: a relay has made a file of it",
        _mail(_renamed('application/octet-stream; name="smime.p7m"')),
        Faxed(text(TEXT), KEPT, options={"encrypted": True}),
    ),
    Case(
        "encrypted: to a number's mailbox",
        _mail(partial(signing.encrypted, LETTER), KEPT),
        Faxed(text(TEXT), KEPT, (NUMBER,), options={"encrypted": True}),
        to=("0311112222@fax.tc",),
    ),
    Case("encrypted, refused: for somebody else", _mail(broken), Refused(CannotDecrypt)),
    Case(
        "encrypted, refused: cut off on the way",
        lambda: _mail(partial(signing.encrypted, LETTER))()[:-400],
        Refused(CannotDecrypt),
    ),
    Case(
        "encrypted, refused: its destinations outside, where they have to be proven",
        _mail(partial(signing.encrypted, LETTER)),
        Refused(EncryptedOrderUnproven),
        account={"encrypted_proof_required": True},
    ),
    Case(
        "encrypted, refused: beside a text, which nobody may have added",
        _mail(lambda: with_text(_crlf(signing.encrypted(LETTER)))),
        Refused(UnsupportedDocument, 1),
    ),
)
