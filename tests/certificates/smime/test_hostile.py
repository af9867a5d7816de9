"""What nobody honest sends: it costs little, and ends as a mail or as one of our errors."""

import base64
import math
import random
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from certificates.smime import (
    DecryptionError,
    Identity,
    OpenedMail,
    SignatureError,
    SignatureProblem,
    TrustStore,
    open_mail,
    sign,
)
from certificates.smime.ber import OCTETS, OID, SEQUENCE, encode
from certificates.smime.errors import TOO_MANY_LAYERS
from certificates.smime.limits import MAX_MAIL_BYTES
from certificates.smime.mime import encode_body, split
from certificates.smime.policy import is_strong
from tests.certificates.smime import forge
from tests.certificates.smime.conftest import BODY, ENTITY, Peer, identity_of
from tests.pki import CA_USAGE, Authority, Person, Usage, certify, name

Open = Callable[[bytes], OpenedMail]
LIMIT = 0.3
"""Seconds of CPU a refusal may cost, on a machine that decodes a megabyte of base64 in `DECODING`."""
DECODING = 0.0032
FROM = b"From: alice@example.com\r\n"
CONTENT = b"Content-Type: text/plain\r\n\r\nhello"
KEY = b"k" * 32
TINY_RECIPIENT = encode(
    SEQUENCE,
    forge.integer(0),
    encode(SEQUENCE, encode(SEQUENCE), forge.integer(1)),
    encode(SEQUENCE, forge.oid(forge.RSA)),
    encode(OCTETS, b"x"),
)


def outcome(opened: Open, raw: bytes) -> OpenedMail | Exception:
    try:
        return opened(raw)
    except (DecryptionError, SignatureError) as error:
        return error


@cache
def limit() -> float:
    """On this machine: a slower one is given more, a faster one no less. Nothing is measured under coverage."""
    if sys.gettrace() is not None:
        return math.inf
    text = base64.b64encode(bytes(750_000))
    spent = []
    for _ in range(20):
        began = time.process_time()
        base64.b64decode(text)
        spent.append(time.process_time() - began)
    return LIMIT * max(1.0, min(spent) / DECODING)


def cheap_outcome(opened: Open, raw: bytes) -> OpenedMail | Exception:
    """Within the limit at least once of three times: other processes take the caches away."""
    spent = []
    for _ in range(3):
        began = time.process_time()
        found = outcome(opened, raw)
        spent.append(time.process_time() - began)
        if spent[-1] < limit():
            return found
    raise AssertionError(f"too dear: {spent}")


def refused_cheaply(opened: Open, raw: bytes, *errors: type[Exception]) -> bool:
    return isinstance(cheap_outcome(opened, raw), errors or DecryptionError)


def p7m(body: bytes, encoding: bytes = b"binary") -> bytes:
    head = b"Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: " + encoding + b"\r\n\r\n"
    return FROM + head + body


# --- structures


@pytest.mark.parametrize(
    "der",
    [
        pytest.param(encode(SEQUENCE, encode(OID, b"\x81" * 200_000 + b"\1")), id="OID of 200 kB"),
        pytest.param(encode(SEQUENCE, encode(SEQUENCE) * 500_000), id="500,000 elements"),
        pytest.param(encode(SEQUENCE, encode(0xA0) * 19_999), id="as many [0] as there may be"),
        pytest.param(encode(SEQUENCE, encode(0x24, encode(OCTETS) * 500_000)), id="500,000 segments"),
        pytest.param(encode(SEQUENCE, (b"\x24\x80" + b"\0\0") * 500_000), id="500,000 strings"),
        pytest.param(b"\x30\x80" * 10_000, id="depth of 10,000"),
        pytest.param(b"\x30\x80" + b"\x24\x80" * 10_000, id="depth of 10,000 strings"),
        pytest.param(b"\x30\x84\xff\xff\xff\xff" * 10_000, id="lengths beyond the end"),
        pytest.param(forge.enveloped_data([TINY_RECIPIENT] * 2_000, b"x", KEY), id="2,000 recipients"),
        pytest.param(forge.enveloped_data([TINY_RECIPIENT] * 50_000, b"x", KEY), id="50,000 recipients"),
    ],
)
def test_structures_beyond_the_limits_are_refused_at_once(opened: Open, der: bytes) -> None:
    assert refused_cheaply(opened, p7m(der))
    assert refused_cheaply(opened, p7m(encode_body(der), b"base64"))


def test_certificates_and_signers_without_end_are_refused_at_once(pki: Authority, opened: Open) -> None:
    signer = forge.signer_info(pki.alice, forge.usual_attributes(CONTENT))
    bag = forge.bag(pki.alice)
    for der in (
        forge.signed_data([signer], bag * 50, content=CONTENT),
        forge.signed_data([signer], bag * 5_000, content=CONTENT),
        forge.signed_data([signer] * 300, bag, content=CONTENT),
        forge.signed_data([signer], [bag[0] + b"\0" * 200_000], content=CONTENT),
    ):
        assert refused_cheaply(opened, p7m(der), SignatureError, DecryptionError)


# --- 40 MB


def _huge_mails(pki: Authority) -> Iterator[bytes]:
    recipient = forge.recipient_info(pki.service, forge.wrap_key(pki.service, KEY))
    der = forge.enveloped_data([recipient], b"", KEY, ciphertext=bytes(29 * 1024 * 1024))
    yield p7m(base64.b64encode(der)[:-2_000], b"base64")
    yield p7m(der[:-2_000])
    yield p7m(der[:200] + der)
    size = MAX_MAIL_BYTES - 500
    yield p7m(b"A" * size, b"base64")
    yield p7m(bytes(size))
    yield p7m(b"\x30\x80" + bytes(size))
    yield p7m(b"\x30\x84\x02\x00\x00\x00" + bytes(size))
    yield p7m(b"=41" * (size // 3), b"quoted-printable")
    yield p7m(b"\r\n" * (size // 2), b"base64")


@pytest.mark.parametrize("recipient", ["service", "bob"])
def test_whole_envelopes_of_40_megabytes_are_refused_at_once(
    pki: Authority, opened: Open, recipient: str
) -> None:
    """To somebody else, and to us with a content that is no entity."""
    person = getattr(pki, recipient)
    info = forge.recipient_info(person, forge.wrap_key(person, KEY))
    der = forge.enveloped_data([info], b"\0" * 29_000_000, KEY)
    assert refused_cheaply(opened, p7m(encode_body(der), b"base64"))


def test_40_megabytes_are_refused_at_once(pki: Authority, opened: Open) -> None:
    for raw in _huge_mails(pki):
        assert refused_cheaply(opened, raw), raw[:160]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"--B\r\n", id="boundaries"),
        pytest.param(b"--B x\r\n", id="lines like boundaries"),
        pytest.param(b"--", id="dashes"),
        pytest.param(b" ", id="blanks"),
    ],
)
def test_40_megabytes_that_are_no_two_parts_pass_at_once(opened: Open, body: bytes) -> None:
    head = FROM + b"Content-Type: multipart/signed; boundary=B\r\n\r\n--B"
    raw = head + body * (MAX_MAIL_BYTES // len(body))
    assert cheap_outcome(opened, raw) == OpenedMail(raw, False, None, (), None)


def test_20_megabytes_that_were_not_signed_are_refused_at_once(pki: Authority, opened: Open) -> None:
    line = b"x" * 70
    signed = FROM + sign(CONTENT, identity_of(pki.alice))
    for end in (b"\r\n", b"\n"):
        raw = signed.replace(b"hello", (line + end) * 300_000)
        assert refused_cheaply(opened, raw, SignatureError)


# --- headers and parts


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"X: y\r\n" * 6_000_000 + b"\r\n", id="fields"),
        pytest.param(b"X: " + b"y" * 40_000_000 + b"\r\n\r\n", id="one field"),
        pytest.param(b"X: y\r\n" + b" y\r\n" * 9_000_000 + b"\r\n", id="folded"),
        pytest.param(b"\r" * 10_000_000 + b"\r\n\r\n", id="carriage returns"),
        pytest.param(
            b'Content-Type: multipart/signed; boundary="' + b"(" * 1_000_000 + b"\r\n\r\n", id="open"
        ),
        pytest.param(b"Content-Type: multipart/signed" + b";a*0=b" * 600 + b"\r\n\r\n", id="pieces"),
        pytest.param(b"Content-Type: multipart/signed" + b';a="\\"' * 500 + b"\r\n\r\n", id="quotes"),
        pytest.param(
            b"Content-Type: multipart/signed" + b"; a=b " * 600 + b"\x80\r\n\r\n", id="nearly plain"
        ),
        pytest.param(
            FROM
            + b"".join(
                b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (i, i)
                for i in range(10_000)
            ),
            id="nested multiparts",
        ),
    ],
)
def test_headers_and_parts_without_end_pass_at_once(opened: Open, raw: bytes) -> None:
    assert cheap_outcome(opened, raw) == OpenedMail(raw, False, None, (), None)


@pytest.mark.parametrize(
    "author",
    [
        pytest.param(b"(" * 2_000 + b")" * 2_000, id="nested comments"),
        pytest.param(b"(a)" * 1_300, id="comments"),
        pytest.param(b'"\\' * 2_000, id="quotes"),
        pytest.param(b"<" * 4_000, id="brackets"),
        pytest.param(b"a@" * 2_000, id="signs"),
    ],
)
def test_no_author_is_too_odd_to_be_looked_at_at_once(pki: Authority, opened: Open, author: bytes) -> None:
    raw = b"From: " + author + b"\r\n" + sign(CONTENT, identity_of(pki.alice))
    found = cheap_outcome(opened, raw)
    assert isinstance(found, OpenedMail)
    assert found.signature is not None
    assert not found.signature.valid


# --- real mails, damaged


@pytest.fixture(scope="module")
def mails(pki: Authority, peer: Peer) -> tuple[bytes, ...]:
    """Encrypted in CBC and in GCM, clear-signed, opaque-signed, signed and encrypted, as short as they come."""
    signed = peer.sign(ENTITY, pki.alice, options=("-nodetach", "-nocerts", "-nosmimecap"), headers=False)
    return (
        peer.encrypt(ENTITY, pki.service),
        peer.encrypt(ENTITY, pki.service, options=("-aes-256-gcm",)),
        peer.sign(ENTITY, pki.alice, options=("-nocerts",)),
        peer.sign(ENTITY, pki.alice, options=("-nodetach",)),
        peer.encrypt(signed, pki.service),
    )


@pytest.fixture(scope="module")
def opening(pki: Authority) -> Open:
    """Who sends no certificate is known here."""
    trust = TrustStore((pki.root.certificate,), (pki.intermediate.certificate, pki.alice.certificate))
    identity, now = identity_of(pki.service), datetime.now(UTC)
    return lambda raw: open_mail(raw, [identity], trust, now)


def check(opening: Open, raw: bytes, number: int) -> None:
    """A mail or an error of ours; a valid signature stands for the whole text, and GCM gives the whole or nothing."""
    found = outcome(opening, raw)
    if not isinstance(found, OpenedMail):
        return
    proven = found.signature is not None and found.signature.valid
    if proven or (number == 1 and found.encrypted):
        assert split(found.message)[1].rstrip() == BODY.rstrip(), raw
    if not found.encrypted and found.signature is None:
        assert found.message == raw


def test_the_mails_are_read_while_they_are_whole(mails: tuple[bytes, ...], opening: Open) -> None:
    found = [opening(raw) for raw in mails]
    assert [split(mail.message)[1] for mail in found] == [BODY] * len(mails)
    assert [mail.signature is not None and mail.signature.valid for mail in found] == [False] * 2 + [True] * 3


@pytest.mark.parametrize("number", range(5))
def test_a_mail_cut_off_anywhere_is_refused_or_no_smime_any_more(
    mails: tuple[bytes, ...], opening: Open, number: int
) -> None:
    raw = mails[number]
    for length in range(len(raw)):
        found = outcome(opening, raw[:length])
        if isinstance(found, OpenedMail) and found.message != raw[:length]:
            # Nothing but line ends, padding and the last dashes were cut off.
            assert len(raw) - length < 12
            assert split(found.message)[1] == BODY


def damaged(raw: bytes, chance: random.Random) -> bytes:
    """One to four changes anywhere: a byte, a bit, a piece gone, doubled or moved."""
    data = bytearray(raw)
    for _ in range(chance.randint(1, 4)):
        at, length = chance.randrange(len(data)), chance.choice((1, 2, 4, 16, 64))
        match chance.randrange(5):
            case 0:
                data[at] = chance.randrange(256)
            case 1:
                data[at] ^= 1 << chance.randrange(8)
            case 2:
                del data[at : at + length]
            case 3:
                data[at:at] = data[at : at + length]
            case _:
                data[at:at] = chance.randbytes(length)
    return bytes(data)


def _mutations(mails: tuple[bytes, ...], count: int) -> Iterator[tuple[int, bytes]]:
    """Of the mails, and of the structures in them with the envelope's text around them left alone."""
    for seed in range(count):
        chance = random.Random(seed)
        number = chance.randrange(len(mails))
        raw = mails[number]
        if number == 2 or chance.random() < 0.2:
            yield number, damaged(raw, chance)
        else:
            headers, body = split(raw)
            der = damaged(_decoded(body), chance)
            yield number, headers.replace(b"base64", b"binary") + b"\n" + der


def _decoded(body: bytes) -> bytes:
    return base64.b64decode(body)


def test_whatever_happens_on_the_way_nothing_but_a_mail_or_our_errors_comes_out(
    mails: tuple[bytes, ...], opening: Open
) -> None:
    for number, raw in _mutations(mails, 5_000):
        check(opening, raw, number)


@pytest.mark.soak
def test_the_same_for_an_hour(mails: tuple[bytes, ...], opening: Open) -> None:
    for number, raw in _mutations(mails, 200_000):
        check(opening, raw, number)


# --- what a reviewer with an attacker's eyes found


def certificate_with(pki: Authority, *names: x509.GeneralName, san: bytes | None = None) -> Person:
    """Signed by itself, for alice@example.com and whatever else; `san`: the whole alternative name as DER."""
    value = x509.UnrecognizedExtension(x509.SubjectAlternativeName.oid, san or b"")
    alternative: x509.ExtensionType = x509.SubjectAlternativeName(names) if san is None else value
    builder = x509.CertificateBuilder(
        subject_name=pki.alice.certificate.subject, issuer_name=pki.alice.certificate.subject
    )
    certificate = (
        builder.public_key(pki.alice.certificate.public_key())
        .serial_number(1)
        .not_valid_before(pki.alice.certificate.not_valid_before_utc)
        .not_valid_after(pki.alice.certificate.not_valid_after_utc)
        .add_extension(alternative, critical=False)
        .sign(pki.alice.private_key, hashes.SHA256())
    )
    return Person(certificate, pki.alice.private_key)


def problem_of(opened: Open, raw: bytes) -> SignatureProblem | None:
    found = cheap_outcome(opened, raw)
    assert isinstance(found, OpenedMail)
    assert found.signature is not None
    return found.signature.problem


def test_names_that_the_library_cannot_read_are_no_names(pki: Authority, opened: Open) -> None:
    x400 = encode(SEQUENCE, encode(0xA3, encode(SEQUENCE)))
    person = certificate_with(pki, san=x400)
    assert problem_of(opened, FROM + sign(CONTENT, identity_of(person))) is SignatureProblem.UNTRUSTED


def test_a_boundary_in_another_script_is_none(opened: Open) -> None:
    raw = FROM + b"Content-Type: multipart/signed; boundary*=utf-8''%E3%81%82\r\n\r\n--x\r\n"
    assert opened(raw) == OpenedMail(raw, False, None, (), None)


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(
            lambda: [
                x509.OtherName(
                    x509.ObjectIdentifier("1.3.6.1.5.5.7.8.9"),
                    encode(0x0C, ("a@" + ".".join("é" * 9_000)).encode()),
                )
            ],
            id="a domain of 9,000 labels",
        ),
        pytest.param(
            lambda: [x509.RFC822Name(f"{number}@a.example") for number in range(3_000)], id="3,000 addresses"
        ),
        pytest.param(
            lambda: [x509.RFC822Name(f"{number}@a.example") for number in range(60_000)], id="a megabyte"
        ),
    ],
)
def test_a_certificate_of_endless_names_costs_little(
    pki: Authority, opened: Open, names: Callable[[], list[x509.GeneralName]]
) -> None:
    person = certificate_with(pki, *names())
    found = cheap_outcome(opened, FROM + sign(CONTENT, identity_of(person)))
    problem = isinstance(found, OpenedMail) and found.signature and found.signature.problem
    assert isinstance(found, SignatureError) or problem is SignatureProblem.UNTRUSTED


def test_authorities_that_lead_everywhere_cost_little(pki: Authority, opened: Open) -> None:
    """Eighteen of one name and one key, so that each could have issued each."""
    key = ec.generate_private_key(ec.SECP521R1())
    issuer = certify(name("Loop"), key, None, usage=CA_USAGE)
    loop = [certify(name("Loop"), key, issuer, usage=CA_USAGE).certificate for _ in range(18)]
    person = certify(
        name("Alice"),
        pki.alice.private_key,
        issuer,
        usage=Usage(),
        alternative_names=[x509.RFC822Name("alice@example.com")],
    )
    identity = Identity(person.certificate, person.private_key, tuple(loop))
    assert problem_of(opened, FROM + sign(CONTENT, identity)) is SignatureProblem.UNTRUSTED


def test_an_authority_with_an_enormous_exponent_is_not_asked(pki: Authority, opened: Open) -> None:
    assert isinstance(pki.alice.private_key, rsa.RSAPrivateKey)
    numbers = pki.alice.private_key.public_key().public_numbers()
    heavy = rsa.RSAPublicNumbers((1 << 2_000) + 1, numbers.n).public_key()
    assert not is_strong(heavy)
    assert is_strong(rsa.RSAPublicNumbers(65537, numbers.n).public_key())


def test_content_under_many_layers_is_not_decoded_and_digested_without_end(
    pki: Authority, opened: Open
) -> None:
    content = CONTENT + b"x" * 8_000_000
    der = b""
    for _ in range(5):
        signer = forge.signer_info(pki.alice, forge.usual_attributes(content))
        der = forge.signed_data([signer], forge.bag(pki.alice), content=content)
        content = p7m(encode_body(der), b"base64")
    found = outcome(opened, content)
    assert isinstance(found, SignatureError)
    assert found.reason == TOO_MANY_LAYERS


@pytest.mark.parametrize("inside", [False, True])
def test_hundreds_of_thousands_of_header_fields_cost_little(
    pki: Authority, opened: Open, inside: bool
) -> None:
    fields = b"a:\r\n" * 250_000
    content = b"Content-Type: text/plain; hp=clear\r\n" + (fields if inside else b"") + b"\r\nhello"
    raw = FROM + (b"" if inside else fields) + sign(content, identity_of(pki.alice))
    found = cheap_outcome(opened, raw)
    assert isinstance(found, OpenedMail)
    assert not found.header_protection
    assert (found.signature is not None) is inside  # what is outside makes it no S/MIME that we look into
