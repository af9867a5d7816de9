"""Which layers are opened, and which mail passes through as it is."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certificates.smime import (
    DecryptionError,
    OpenedMail,
    SignatureError,
    SmimeError,
    TrustStore,
    encrypt,
    open_mail,
    sign,
)
from certificates.smime.mime import split
from tests.certificates.smime import forge
from tests.certificates.smime.conftest import BODY, ENTITY, Peer, identity_of
from tests.pki import Authority, authority

Open = Callable[[bytes], OpenedMail]
FROM = b"From: alice@example.com\r\n"
CONTENT = b"Content-Type: text/plain\r\n\r\nhello"


def unchanged(opened: Open, raw: bytes) -> None:
    mail = opened(raw)
    assert mail == OpenedMail(raw, False, None, (), None)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n\r\n",
        b"no header at all",
        b"\x00\xff\xfe",
        b"Subject: /fax=03-1111-2222\nFrom: a@example.com\n\nhello\n",
        b"Content-Type: multipart/signed\r\n\r\nno boundary",
        b"Content-Type: multipart/signed; boundary=x\r\n\r\n--x\r\n\r\nhello\r\n--x--\r\n",
        b"Content-Type: multipart/signed; boundary=x\r\n\r\n--x\r\n\r\na\r\n--x\r\n\r\nb\r\n",
        b"Content-Type: multipart/signed; boundary=x\r\n\r\n--x\r\n\r\na\r\n--x\r\n"
        b"Content-Type: application/pgp-signature\r\n\r\nb\r\n--x--\r\n",
        b"Content-Type: application/octet-stream; name=order.pdf\r\n\r\nx",
        b"Content-Type: \xff\xfe; name=\xe3\x81\x82.p7m\r\n\r\nx",
        b"Content-Type: text/plain; name=smime.p7m\r\n\r\nx",
        b"Content-Type: application/pkcs7-signature\r\n\r\nx",
        b"Content-Type: application/pkcs7-mime\r\nContent-Type: text/plain\r\n\r\nhello",
        b" folded: from nothing\r\n\r\n",
    ],
)
def test_what_is_no_smime_passes_through_unchanged(opened: Open, raw: bytes) -> None:
    unchanged(opened, raw)


@given(raw=st.binary(max_size=300))
def test_no_junk_disturbs(raw: bytes) -> None:
    """It stays as it is, unless it calls itself S/MIME, as a lucky one does."""
    try:
        mail = open_mail(raw, [], TrustStore(()), authority().alice.certificate.not_valid_before_utc)
    except (DecryptionError, SignatureError):
        assert b"pkcs7" in raw.lower() or b"signed" in raw.lower() or b".p7" in raw.lower()
    else:
        assert mail.message == raw


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_whatever_happens_to_an_smime_mail_the_answer_is_a_mail_or_one_of_our_errors(
    data: st.DataObject,
) -> None:
    pki = authority()
    raw = bytearray(data.draw(st.sampled_from(_samples(pki))))
    for _ in range(data.draw(st.integers(1, 3))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    trust = TrustStore((pki.root.certificate,))
    try:
        mail = open_mail(
            bytes(raw), [identity_of(pki.service)], trust, pki.alice.certificate.not_valid_before_utc
        )
    except SmimeError as error:
        assert isinstance(error, DecryptionError | SignatureError)
    else:
        assert isinstance(mail.message, bytes)


def _samples(pki: Authority) -> list[bytes]:
    key = b"k" * 32
    info = forge.recipient_info(pki.service, forge.wrap_key(pki.service, key))
    head = FROM + b"Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    signer = forge.signer_info(pki.alice, forge.usual_attributes(CONTENT))
    return [
        head + forge.enveloped_data([info], CONTENT, key),
        head + forge.signed_data([signer], forge.bag(pki.alice), content=CONTENT),
        FROM + sign(CONTENT, identity_of(pki.alice)),
    ]


def test_a_bag_of_certificates_passes_through_unchanged(pki: Authority, opened: Open) -> None:
    unchanged(opened, forge.p7m(forge.signed_data([], forge.bag(pki.alice)), "certs-only"))
    unchanged(opened, forge.p7m(forge.signed_data([], []), "certs-only"))


def _signed(pki: Authority, *, extra: bytes = b"", trailer: bytes = b"") -> bytes:
    signer = forge.signer_info(pki.alice, forge.usual_attributes(CONTENT))
    der = forge.signed_data([signer], forge.bag(pki.alice))
    return forge.multipart_signed(CONTENT, der, extra=extra, trailer=trailer)


def test_a_third_part_or_trailing_text_means_not_signed(pki: Authority, opened: Open) -> None:
    assert opened(_signed(pki)).signature is not None
    assert opened(_signed(pki, trailer=b" \r\n\r\n")).signature is not None
    unchanged(opened, _signed(pki, extra=b"\r\n--XX\r\nContent-Type: text/plain\r\n\r\nalso!"))
    unchanged(opened, _signed(pki, trailer=b"P.S. also to 03-9999-9999\r\n"))
    unchanged(opened, _signed(pki).replace(b"--XX--", b"--XX"))


def test_text_before_the_parts_is_not_part_of_the_mail(pki: Authority, opened: Open) -> None:
    mail = opened(_signed(pki).replace(b"--XX", b"This is signed.\r\n--XX", 1))
    assert mail.signature is not None
    assert mail.message.endswith(CONTENT)


def test_a_boundary_that_only_begins_like_the_outer_one_is_content(pki: Authority, opened: Open) -> None:
    content = b"Content-Type: multipart/mixed; boundary=XXX\r\n\r\n--XXX\r\n\r\na\r\n--XXX--\r\n"
    signer = forge.signer_info(pki.alice, forge.usual_attributes(content))
    raw = forge.multipart_signed(content, forge.signed_data([signer], forge.bag(pki.alice)))
    assert opened(raw).message.endswith(content)


@pytest.mark.parametrize("layer", ["signed", "encrypted"])
def test_a_part_beside_others_is_neither_decrypted_nor_believed(
    pki: Authority, opened: Open, layer: str
) -> None:
    identity = identity_of(pki.alice)
    part = sign(ENTITY, identity) if layer == "signed" else encrypt(ENTITY, pki.service.certificate)
    for before, after in ((b"", b"\r\n--YY\r\n\r\nfooter"), (b"--YY\r\n\r\n<img src='\r\n", b""), (b"", b"")):
        raw = (
            FROM + b"Content-Type: multipart/mixed; boundary=YY\r\n\r\n" + before + b"--YY\r\n" + part + after
        )
        unchanged(opened, raw + b"\r\n--YY--\r\n")


def test_an_encrypted_part_in_a_signed_mail_with_a_third_part_stays_closed(
    pki: Authority, opened: Open
) -> None:
    inner = encrypt(ENTITY, pki.service.certificate)
    raw = FROM + sign(inner, identity_of(pki.alice))
    assert opened(raw).encrypted
    boundary = raw.split(b'boundary="')[1].split(b'"')[0]
    unchanged(
        opened,
        raw.replace(b"--" + boundary + b"--", b"--" + boundary + b"\r\n\r\nx\r\n--" + boundary + b"--"),
    )


@pytest.mark.parametrize(
    "content_type", [b"application/octet-stream; name=smime.p7s", b"application/x-pkcs7-signature"]
)
def test_the_signature_part_is_known_by_type_or_by_name(
    pki: Authority, opened: Open, content_type: bytes
) -> None:
    raw = _signed(pki).replace(b"application/pkcs7-signature\r\n", content_type + b"\r\n")
    assert opened(raw).signature is not None


def test_six_layers_are_opened_and_a_seventh_is_refused(pki: Authority, opened: Open) -> None:
    entity = ENTITY
    for number in range(6):
        signs = number % 2 == 0
        identity = identity_of(pki.alice)
        entity = sign(entity, identity) if signs else encrypt(entity, pki.service.certificate)
    mail = opened(FROM + entity)
    assert split(mail.message)[1] == BODY
    assert len(mail.encrypted_keys) == 3
    assert mail.signature is not None
    with pytest.raises(SignatureError, match="signature is nested too deep") as caught:
        opened(FROM + _outer(pki, 6, innermost_signed=True))
    assert caught.value.encrypted
    with pytest.raises(DecryptionError):
        opened(FROM + _outer(pki, 6, innermost_signed=False))


def _outer(pki: Authority, layers: int, *, innermost_signed: bool) -> bytes:
    """One layer too many below `layers` encrypted ones."""
    seal = pki.service.certificate
    entity = sign(ENTITY, identity_of(pki.alice)) if innermost_signed else encrypt(ENTITY, seal)
    for _ in range(layers):
        entity = encrypt(entity, seal)
    return entity


def test_the_digest_is_that_of_the_outermost_structure(pki: Authority, opened: Open) -> None:
    inner = sign(ENTITY, identity_of(pki.alice))
    one, two = (FROM + encrypt(inner, pki.service.certificate) for _ in range(2))
    assert opened(one).content_digest == opened(one).content_digest
    assert opened(one).content_digest != opened(two).content_digest
    assert opened(one).content_digest != opened(FROM + inner).content_digest


def test_opaque_content_that_is_no_entity_becomes_the_body(pki: Authority, peer: Peer, opened: Open) -> None:
    mail = opened(peer.sign(b"!*03-1111-2222*!\nhello", pki.alice, options=("-nodetach",)))
    assert split(mail.message)[1] == b"!*03-1111-2222*!\r\nhello"
    assert b"Content-Type" not in mail.message


def test_a_header_without_a_line_end_is_completed(pki: Authority, opened: Open) -> None:
    signer = forge.signer_info(pki.alice, forge.usual_attributes(b"Content-Type: text/html"))
    der = forge.signed_data([signer], forge.bag(pki.alice), content=b"Content-Type: text/html")
    assert opened(forge.p7m(der, "signed-data")).message.endswith(b"\r\nContent-Type: text/html\r\n\r\n")
