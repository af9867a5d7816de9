"""Header fields inside the protection (RFC 9788): they count, the outer ones do not."""

from collections.abc import Callable
from email import message_from_bytes
from email.message import Message

import pytest

from certificates.smime import (
    DecryptionError,
    OpenedMail,
    SignatureError,
    SignatureProblem,
    encrypt,
    sign,
)
from certificates.smime.mime import MAX_HEADER_BYTES, encode_body, split
from tests.certificates.smime import forge
from tests.certificates.smime.conftest import Peer, identity_of
from tests.pki import Authority

Open = Callable[[bytes], OpenedMail]
Wrap = Callable[[bytes], bytes]
OUTER = (
    b"Received: from a by b\r\nFrom: Alice <alice@example.com>\r\nTo: send@fax.tc\r\nCc: c@example.com\r\n"
    b"Reply-To: thief@example.com\r\nSubject: 03-9999-9999\r\nDate: outer\r\nMessage-ID: <outer@example.com>\r\n"
)
FROM = b"From: Alice <alice@example.com>\r\n"
INNER = FROM + (
    b"To: inner@fax.tc\r\nSubject: 03-1111-2222\r\nDate: inner\r\nMessage-ID: <inner@example.com>\r\n"
    b"HP-Outer: Subject: [...]\r\nReceived: from nowhere\r\n"
)
BODY = b"hello\r\n"
REFUSED = "protected header fields do not fit the mail"


def entity(fields: bytes = INNER, parameter: bytes = b'hp="cipher"', body: bytes = BODY) -> bytes:
    return fields + b"Content-Type: text/plain; " + parameter + b"\r\n\r\n" + body


@pytest.fixture(scope="session")
def signing(pki: Authority) -> Wrap:
    return lambda content: sign(content, identity_of(pki.alice))


@pytest.fixture(scope="session")
def sealing(pki: Authority) -> Wrap:
    return lambda content: encrypt(content, pki.service.certificate)


def message_of(mail: OpenedMail) -> Message:
    return message_from_bytes(mail.message)


def subjects(mail: OpenedMail) -> list[str] | None:
    return message_of(mail).get_all("Subject")


@pytest.mark.parametrize("layers", [("sign",), ("seal",), ("sign", "seal"), ("seal", "sign")])
@pytest.mark.parametrize("hp", [b'hp="clear"', b'HP="Cipher"', b"hp=cipher; format=flowed"])
def test_the_inner_fields_replace_the_outer_ones(
    opened: Open, signing: Wrap, sealing: Wrap, layers: tuple[str, ...], hp: bytes
) -> None:
    content = entity(parameter=hp)
    for layer in layers:
        content = {"sign": signing, "seal": sealing}[layer](content)
    mail = opened(OUTER + content)
    message = message_of(mail)
    counting = ("Subject", "To", "Date", "Message-ID", "Cc", "Reply-To", "HP-Outer")
    assert [message.get_all(name) for name in counting] == [
        ["03-1111-2222"],
        ["inner@fax.tc"],
        ["inner"],
        ["<inner@example.com>"],
        None,
        None,
        None,
    ]
    assert message.get_all("Received") == ["from a by b"]
    assert split(mail.message)[1] == BODY
    assert mail.header_protection
    assert mail.subject_protected == ("seal" in layers)
    assert "sign" not in layers or (mail.signature and mail.signature.valid)


def test_a_mail_of_openssl_with_protected_fields_is_read(peer: Peer, pki: Authority, opened: Open) -> None:
    signed = peer.sign(entity(), pki.alice, headers=False)
    mail = opened(peer.encrypt(signed, pki.service))
    assert (subjects(mail), mail.subject_protected, mail.header_protection) == (["03-1111-2222"], True, True)


def test_a_subject_that_is_missing_inside_is_not_taken_from_outside(opened: Open, sealing: Wrap) -> None:
    mail = opened(OUTER + sealing(entity(FROM)))
    assert (subjects(mail), mail.subject_protected) == (None, False)


def test_without_a_from_inside_the_outer_one_stays(opened: Open, signing: Wrap) -> None:
    mail = opened(OUTER + signing(entity(b"Subject: x\r\n")))
    assert mail.signature is not None
    assert mail.signature.valid
    assert subjects(mail) == ["x"]


def test_no_field_added_outside_stands_before_the_inner_one(opened: Open, signing: Wrap) -> None:
    """To the email package a carriage return alone ends a line."""
    for smuggled in (
        b"X: a\rSubject: 03-9999-9999\r\n",
        b"Subject : 03-9999-9999\r\n",
        b"subject:\r\n x\r\n",
    ):
        assert subjects(opened(smuggled + OUTER + signing(entity()))) == ["03-1111-2222"]


# --- the author


@pytest.mark.parametrize("inner", [b"ALICE@example.com", b'"A. B." <alice@EXAMPLE.COM>'])
def test_the_same_author_may_be_written_differently(opened: Open, sealing: Wrap, inner: bytes) -> None:
    mail = opened(OUTER + sealing(entity(b"From: " + inner + b"\r\n")))
    assert message_of(mail).get_all("From") == [inner.decode()]


def test_an_author_who_is_no_single_one_is_the_same_if_written_the_same(opened: Open, sealing: Wrap) -> None:
    both = b"From: alice@example.com, bob@example.com\r\n"
    assert message_of(opened(both + sealing(entity(both)))).get_all("From") == [both[6:].strip().decode()]
    with pytest.raises(DecryptionError):
        opened(OUTER + sealing(entity(both)))


@pytest.mark.parametrize("old", [False, True])
def test_another_author_inside_is_refused(opened: Open, signing: Wrap, sealing: Wrap, *, old: bool) -> None:
    content = entity(b"From: bob@example.com\r\n", b"protected-headers=v1" if old else b"hp=clear")
    with pytest.raises(SignatureError, match=REFUSED) as caught:
        opened(OUTER + signing(content))
    assert not caught.value.encrypted
    with pytest.raises(SignatureError, match=REFUSED) as caught:
        opened(OUTER + sealing(signing(content)))
    assert caught.value.encrypted
    assert len(caught.value.encrypted_keys) == 1
    with pytest.raises(DecryptionError):
        opened(OUTER + sealing(content))


def test_another_author_inside_counts_if_he_signed(opened: Open, signing: Wrap, sealing: Wrap) -> None:
    outer = OUTER.replace(b"alice@", b"thief@")
    for content in (signing(entity()), sealing(signing(entity()))):
        mail = opened(outer + content)
        assert mail.signature is not None
        assert (mail.signature.valid, mail.signature.address) == (True, "alice@example.com")
        assert message_of(mail).get_all("From") == ["Alice <alice@example.com>"]


def test_a_signature_that_proves_nothing_does_not_make_another_author(pki: Authority, opened: Open) -> None:
    content = sign(entity(), identity_of(pki.stranger))
    with pytest.raises(SignatureError, match=REFUSED):
        opened(OUTER.replace(b"alice@", b"thief@") + content)
    signature = opened(OUTER + content).signature
    assert signature is not None
    assert signature.problem is SignatureProblem.UNTRUSTED


def test_the_signature_is_compared_with_the_inner_author_even_where_the_outer_one_would_fit(
    pki: Authority, opened: Open
) -> None:
    content = sign(entity(b"From: bob@example.com\r\n"), identity_of(pki.alice))
    with pytest.raises(SignatureError, match=REFUSED):
        opened(OUTER + content)


# --- who may claim it


def test_a_mail_without_any_layer_cannot_claim_it(opened: Open) -> None:
    raw = OUTER + entity()
    assert opened(raw) == OpenedMail(raw, False, None, (), None)


@pytest.mark.parametrize(
    "content",
    [
        entity(parameter=b"hp=no"),
        entity(parameter=b"x=hp"),
        entity(parameter=b'protected-headers="v2"'),
        INNER + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + entity() + b"\r\n--b--\r\n",
        INNER + b"Content-Type: text/plain; hp=clear\r\nContent-Type: text/html\r\n\r\n",
        INNER + b"Content-Type: text\r\n\r\nhello",
    ],
)
def test_only_the_root_of_the_innermost_layer_can_claim_it(
    opened: Open, signing: Wrap, sealing: Wrap, content: bytes
) -> None:
    for mail in (opened(OUTER + signing(content)), opened(OUTER + sealing(content))):
        assert subjects(mail) == ["03-9999-9999"]
        assert not mail.subject_protected
        assert not mail.header_protection


def test_what_stands_at_a_layer_in_between_does_not_count(opened: Open, signing: Wrap, sealing: Wrap) -> None:
    inner = signing(b"Content-Type: text/plain\r\n\r\nhello")
    between = b"Subject: between\r\n" + inner.replace(
        b"multipart/signed;", b"multipart/signed; hp=cipher;", 1
    )
    mail = opened(OUTER + sealing(between))
    assert subjects(mail) == ["03-9999-9999"]
    assert not mail.subject_protected


@pytest.mark.parametrize(
    "fields",
    [
        INNER + b"Subject: again\r\n",
        INNER + b"SUBJECT : again\r\n",
        INNER + FROM,
        INNER + b"To: again@example.com\r\n",
        INNER + b"X: a\rSubject: b\r\n",
        INNER + b"X: \0\r\n",
        INNER + b"no field\r\n",
        INNER + b"X: \x93\xfa\r\n",
        INNER + b"X: " + b"y" * MAX_HEADER_BYTES + b"\r\n",
    ],
)
def test_what_two_readers_could_read_differently_is_refused(
    opened: Open, signing: Wrap, sealing: Wrap, fields: bytes
) -> None:
    with pytest.raises(DecryptionError):
        opened(OUTER + sealing(entity(fields)))
    if len(fields) <= MAX_HEADER_BYTES and fields.isascii():
        with pytest.raises(SignatureError, match=REFUSED):
            opened(OUTER + signing(entity(fields)))


def test_signed_fields_of_excessive_length_do_not_count(opened: Open, signing: Wrap) -> None:
    mail = opened(OUTER + signing(entity(INNER + b"X: " + b"y" * MAX_HEADER_BYTES + b"\r\n")))
    assert subjects(mail) == ["03-9999-9999"]
    assert not mail.header_protection


def test_fields_in_utf8_are_read(opened: Open, sealing: Wrap) -> None:
    fields = FROM + "Subject: 御見積書\r\n".encode()
    assert "Subject: 御見積書\r\n".encode() in opened(OUTER + sealing(entity(fields))).message


# --- older forms


def test_older_programs_protect_some_fields_and_the_others_stay(
    opened: Open, signing: Wrap, sealing: Wrap
) -> None:
    content = entity(b"Subject: 03-1111-2222\r\n", b'protected-headers="v1"')
    mail = opened(OUTER + sealing(signing(content)))
    assert subjects(mail) == ["03-1111-2222"]
    assert message_of(mail).get_all("Message-ID") == ["<outer@example.com>"]
    assert mail.subject_protected
    assert not mail.header_protection


def wrapper(
    inner: bytes = INNER + b"MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n" + BODY,
    parameters: bytes = b"",
    encoding: bytes = b"",
) -> bytes:
    field = b"Content-Transfer-Encoding: " + encoding + b"\r\n" if encoding else b""
    return b"Content-Type: message/rfc822" + parameters + b"\r\n" + field + b"\r\n" + inner


@pytest.mark.parametrize(
    ("parameters", "encoding"), [(b"", b""), (b"; forwarded=no", b"7bit"), (b'; forwarded="NO"', b"8bit")]
)
def test_a_whole_mail_inside_is_the_mail(
    opened: Open, signing: Wrap, sealing: Wrap, parameters: bytes, encoding: bytes
) -> None:
    mail = opened(OUTER + sealing(signing(wrapper(parameters=parameters, encoding=encoding))))
    message = message_of(mail)
    assert subjects(mail) == ["03-1111-2222"]
    assert message.get_all("Cc") == ["c@example.com"]
    assert message.get_content_type() == "text/plain"
    assert split(mail.message)[1] == BODY
    assert mail.subject_protected
    assert not mail.header_protection


@pytest.mark.parametrize(
    "content",
    [
        wrapper(parameters=b"; forwarded=yes"),
        wrapper(encoding=b"base64", inner=encode_body(INNER)),
        wrapper(inner=entity()),
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + wrapper() + b"\r\n--b--\r\n",
    ],
)
def test_a_mail_that_is_passed_on_is_content(opened: Open, sealing: Wrap, content: bytes) -> None:
    mail = opened(OUTER + sealing(content))
    assert subjects(mail) == ["03-9999-9999"]
    assert mail.message.endswith(split(content)[1])


def test_a_mail_of_another_author_is_not_taken_for_the_sender_s_own(opened: Open, sealing: Wrap) -> None:
    with pytest.raises(DecryptionError):
        opened(OUTER + sealing(wrapper(inner=b"From: bob@example.com\r\n\r\nhello")))
    with pytest.raises(DecryptionError):
        opened(OUTER + sealing(wrapper(inner=b"no mail")))


# --- a captured mail


@pytest.mark.parametrize(
    "added",
    [
        b"!*03-9999-9999*!\r\n",
        b"X-A : b\r\n!*03-9999-9999*!\r\n",
        b"X: a\r!*03-9999-9999*!\r\n",
        b"X: a\r\r!*03-9999-9999*!\r\n",
    ],
)
def test_nobody_writes_the_body_of_a_signed_mail_by_its_outer_header(
    pki: Authority, opened: Open, added: bytes
) -> None:
    content = b"Content-Type: text/plain\r\n\r\n" + BODY
    signer = forge.signer_info(pki.alice, forge.usual_attributes(content))
    der = forge.signed_data([signer], forge.bag(pki.alice))
    raw = added + forge.multipart_signed(content, der)
    mail = opened(raw)
    assert mail.signature is not None
    message = message_of(mail)
    assert (message.get_content_type(), message.get_payload()) == ("text/plain", BODY.decode())
