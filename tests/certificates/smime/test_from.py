"""Whom a signed mail is from: every trick with the From field, and which mailbox comes out of it."""

from collections.abc import Callable
from functools import cache

import pytest
from cryptography import x509

from certificates.smime import OpenedMail, SignatureProblem
from certificates.smime.ber import encode
from certificates.smime.mime import single_from
from tests.certificates.smime import forge
from tests.pki import Authority, Person, authority

Open = Callable[[bytes], OpenedMail]
CONTENT = b"Content-Type: text/plain\r\n\r\nhello"
UTF8_MAILBOX = x509.ObjectIdentifier("1.3.6.1.5.5.7.8.9")
ALICE = "alice@example.com"
AMBIGUOUS, MISMATCH = SignatureProblem.AMBIGUOUS_FROM, SignatureProblem.ADDRESS_MISMATCH


@cache
def _signed_by(person: Person) -> bytes:
    signer = forge.signer_info(person, forge.usual_attributes(CONTENT))
    raw = forge.multipart_signed(CONTENT, forge.signed_data([signer], forge.bag(person)))
    return raw.partition(b"\r\n")[2]


def judge(opened: Open, headers: bytes, person: Person | None = None) -> tuple[str, SignatureProblem | None]:
    """The address that the signature was compared to, and what speaks against it."""
    signature = opened(headers + b"\r\n" + _signed_by(person or authority().alice)).signature
    assert signature is not None
    return signature.address, signature.problem


ALICES = {
    "bare": b"From: alice@example.com",
    "in brackets": b"From: <alice@example.com>",
    "a quoted name with an address": b'From: "bob@example.com" <alice@example.com>',
    "a quoted name with brackets": b'From: "Bob <bob@example.com>" <alice@example.com>',
    "a quoted name with a quote": b'From: "Bob \\" <bob@example.com>" <alice@example.com>',
    "an encoded name with an address": b"From: =?utf-8?Q?bob=40example=2Ecom?= <alice@example.com>",
    "an encoded name with brackets": b"From: =?utf-8?B?IjxldmlsQGV4YW1wbGUuY29tPiI=?= <alice@example.com>",
    "a name in raw UTF-8": "From: 佐藤 <alice@example.com>".encode(),
    "a name in raw Shift JIS": "From: 佐藤 <alice@example.com>".encode("shift_jis"),
    "a comment before": b"From: (bob@example.com) alice@example.com",
    "nested comments": b"From: (a (b <bob@example.com>) (c)) alice@example.com (d)",
    "a comment with an escaped end": b"From: alice@example.com (\\) bob@example.com)",
    "folded": b"From:\r\n\t Alice\r\n <alice@example.com>",
    "another sender": b"From: alice@example.com\r\nSender: bob@example.com\r\nReply-To: bob@example.com",
    "sent again by somebody else": b"Resent-From: bob@example.com\r\nFrom: alice@example.com",
}


@pytest.mark.parametrize("headers", ALICES.values(), ids=ALICES)
def test_from_alice_and_nobody_else(opened: Open, headers: bytes) -> None:
    assert judge(opened, headers) == (ALICE, None)


NOBODYS = {
    "two fields": b"From: alice@example.com\r\nFrom: bob@example.com",
    "two fields, one written otherwise": b"FROM : bob@example.com\r\nfrom: alice@example.com",
    "the same twice": b"From: alice@example.com\r\nFrom: alice@example.com",
    "none": b"Sender: alice@example.com",
    "an empty one": b"From: ",
    "two mailboxes": b"From: alice@example.com, bob@example.com",
    "two mailboxes, folded": b"From: alice@example.com,\r\n bob@example.com",
    "a comma behind": b"From: Alice <alice@example.com>,",
    "a name with a comma": b"From: Alice, Bob <alice@example.com>",
    "two in brackets": b"From: <bob@example.com> <alice@example.com>",
    "two without a comma": b"From: bob@example.com alice@example.com",
    "a bare address as name": b"From: bob@example.com <alice@example.com>",
    "words behind": b"From: <alice@example.com> bob",
    "brackets in brackets": b"From: <<alice@example.com>>",
    "an open bracket": b"From: <alice@example.com",
    "an open quote": b'From: Bob "x <alice@example.com>',
    "an open comment": b"From: (bob@example.com alice@example.com",
    "a group": b"From: friends: alice@example.com;",
    "an empty group": b"From: undisclosed-recipients:;",
    "a source route": b"From: <@bob.example:alice@example.com>",
    "a quoted local part": b'From: "alice"@example.com',
    "two signs": b"From: alice@example.com@bob.example",
    "a comment inside": b"From: alice(bob)@example.com",
    "an encoded address": b"From: =?utf-8?Q?alice=40example=2Ecom?=",
    "an encoded address in brackets": b"From: <=?utf-8?Q?alice=40example=2Ecom?=>",
    "an address literal": b"From: alice@[192.0.2.1]",
    "a NUL behind": b"From: alice@example.com\0",
    "a NUL inside": b"From: alice@example.com\0.evil.example",
    "a NUL in the name": b"From: Bob\0 <alice@example.com>",
    "an escape sequence": b"From: \x1b$B\x3a\x34\x46\x23\x1b(B <alice@example.com>) <alice@example.com>",
    "a field hidden by a carriage return": b"X: \rFrom: bob@example.com\r\nFrom: alice@example.com",
    "a very long one": b"From: " + b"x" * 5000 + b" <alice@example.com>",
}


@pytest.mark.parametrize("headers", NOBODYS.values(), ids=NOBODYS)
def test_from_nobody_in_particular(opened: Open, headers: bytes) -> None:
    assert judge(opened, headers) == ("", AMBIGUOUS)


OTHERS = {
    "alice as a name": (b'From: "alice@example.com" <bob@example.com>', "bob@example.com"),
    "alice as an encoded name": (
        b"From: =?utf-8?Q?alice=40example=2Ecom?= <bob@example.com>",
        "bob@example.com",
    ),
    "alice as a comment": (b"From: bob@example.com (alice@example.com)", "bob@example.com"),
    "alice as Sender": (b"From: bob@example.com\r\nSender: alice@example.com", "bob@example.com"),
    "alice as Reply-To": (b"From: bob@example.com\r\nReply-To: alice@example.com", "bob@example.com"),
    "a longer domain": (b"From: alice@example.com.evil.example", "alice@example.com.evil.example"),
    "a trailing dot": (b"From: alice@example.com.", "alice@example.com."),
    "a look-alike": ("From: аlice@example.com".encode(), "аlice@example.com"),
    "an invisible character": ("From: alice@example.com\u200b".encode(), "alice@example.com\u200b"),
    "a tagged address": (b"From: alice+x@example.com", "alice+x@example.com"),
    "a percent hack": (b"From: alice%example.com@bob.example", "alice%example.com@bob.example"),
}


@pytest.mark.parametrize(("headers", "address"), OTHERS.values(), ids=OTHERS)
def test_from_somebody_else(opened: Open, headers: bytes, address: str) -> None:
    assert judge(opened, headers) == (address, MISMATCH)


def test_the_case_of_ascii_letters_does_not_matter(opened: Open) -> None:
    assert judge(opened, b"From: ALICE@Example.COM") == ("ALICE@Example.COM", None)


@pytest.mark.parametrize("certified", ["suzuki@xn--r8jz45g.jp", "suzuki@例え.jp"])
def test_an_internationalised_domain_is_the_same_in_both_spellings(
    pki: Authority, opened: Open, certified: str
) -> None:
    mailbox = x509.OtherName(UTF8_MAILBOX, encode(0x0C, certified.encode()))
    person = pki.issue(extra_names=[x509.RFC822Name(certified) if certified.isascii() else mailbox])
    for sender in ("suzuki@xn--r8jz45g.jp", "suzuki@例え.jp"):
        assert judge(opened, b"From: " + sender.encode(), person) == (sender, None)
    assert judge(opened, b"From: suzuki@xn--zckzah.jp", person)[1] is MISMATCH


def test_an_internationalised_local_part_is_compared_exactly(pki: Authority, opened: Open) -> None:
    mailbox = x509.OtherName(UTF8_MAILBOX, encode(0x0C, "Müller@example.com".encode()))
    person = pki.issue(extra_names=[mailbox])
    assert judge(opened, "From: müller@example.com".encode(), person)[1] is None
    assert judge(opened, "From: MÜLLER@example.com".encode(), person)[1] is MISMATCH
    assert judge(opened, "From: mu\u0308ller@example.com".encode(), person)[1] is MISMATCH


def test_the_subject_speaks_only_where_the_alternative_names_are_silent(pki: Authority, opened: Open) -> None:
    beside = pki.issue("other@example.com", subject_email=ALICE)
    alone = pki.issue(subject_email=ALICE)
    assert judge(opened, b"From: alice@example.com", beside)[1] is MISMATCH
    assert judge(opened, b"From: alice@example.com", alone)[1] is None


def test_a_field_name_behind_a_byte_order_mark_is_another_field() -> None:
    assert single_from(b"\xef\xbb\xbfFrom: alice@example.com\r\n") is None
