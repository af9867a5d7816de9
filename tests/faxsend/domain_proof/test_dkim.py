"""DKIM signatures that hold, and those that do not: printed ones, by dkimpy, by Perl's Mail::DKIM, by hand."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, utils
from cryptography.hazmat.primitives.hashes import SHA256

from faxsend.domain_proof import DomainProof, errors, prove
from faxsend.domain_proof.canonical import relaxed_body_hash, simple_body_hash
from faxsend.domain_proof.dkim import Verified, verify
from faxsend.domain_proof.header_fields import fields_of, split
from faxsend.domain_proof.key_record import holds
from tests.faxsend.domain_proof.signing import (
    AT,
    DOMAIN,
    MAIL,
    ed25519_key,
    key_record,
    key_record_of_bits,
    pem,
    rsa_key,
    signed_by_dkimpy,
    signed_by_hand,
)

PRINTED = Path(__file__).with_name("rfc8463.eml").read_bytes().replace(b"\n", b"\r\n")
PRINTED_KEYS = {
    "brisbane._domainkey.football.example.com": b"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
    "test._domainkey.football.example.com": b"v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6Np"
    b"P3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZy"
    b"VYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB",
}
FORMS = [b"simple", b"relaxed"]


def proof_of(mail: bytes, record: bytes | None = None, *, selector: str = "s1") -> DomainProof:
    """With one key in the world, that of ``DOMAIN``."""
    key = key_record(rsa_key()) if record is None else record

    def ask(name: str) -> Sequence[bytes]:
        return [key] if name == f"{selector}._domainkey.{DOMAIN}" else []

    return prove(mail, ask, at=AT)


def verified(mail: bytes, keys: dict[str, bytes]) -> Verified:
    head, body = split(mail)
    return verify(fields_of(head), body, lambda name: [keys[name]] if name in keys else [], at=AT)


def test_both_signatures_that_rfc_8463_prints_hold() -> None:
    found = verified(PRINTED, PRINTED_KEYS)
    assert [signed.domain for signed in found.signed] == ["football.example.com"] * 2
    assert found.problem == ""


@pytest.mark.parametrize("name", sorted(PRINTED_KEYS))
def test_each_printed_signature_fails_with_a_changed_text(name: str) -> None:
    changed = PRINTED.replace(b"We lost", b"We won")
    assert verified(changed, {name: PRINTED_KEYS[name]}).signed == ()


@pytest.mark.parametrize("header", FORMS)
@pytest.mark.parametrize("body", FORMS)
def test_what_dkimpy_signs_holds_in_every_form(header: bytes, body: bytes) -> None:
    proof = proof_of(signed_by_dkimpy(form=(header, body)))
    assert (proof.domains, proof.author, proof.problem) == ((DOMAIN,), f"fax@{DOMAIN}", "")


@pytest.mark.dkim
@pytest.mark.parametrize("form", ["simple", "relaxed", "simple/relaxed", "relaxed/simple"])
def test_what_mail_dkim_signs_holds_in_every_form(tmp_path: Path, form: str) -> None:
    key = tmp_path / "key"
    key.write_bytes(b"".join(pem(rsa_key()).splitlines(keepends=True)[1:-1]))
    options = ["--domain", DOMAIN, "--selector", "s1", "--key", str(key), "--method", form, "--binary"]
    done = subprocess.run(["dkimproxy-sign", *options], input=MAIL, capture_output=True, check=True)
    field = done.stdout.strip().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    assert proof_of(field + b"\r\n" + MAIL).aligned
    assert not proof_of(field + b"\r\n" + MAIL.replace(b"the quote", b"the quota")).aligned


def test_ed25519_is_accepted() -> None:
    mail = signed_by_hand(key=ed25519_key(), algorithm=b"ed25519-sha256")
    assert proof_of(mail, key_record(ed25519_key())).aligned


def test_relays_may_fold_anew_and_add_lines_above() -> None:
    mail = signed_by_dkimpy().replace(b"To: send@fax.tc,\r\n\tother", b"To:  send@fax.tc, \r\n   other")
    assert proof_of(b"Received: from a by b;\r\n\tnow\r\n" + mail).aligned


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"1111-2222", b"1111-3333"),
        (b"the quote", b"the quota"),
        (b"To: send@", b"To: sand@"),
        (b"fax@s", b"fox@s"),
    ],
)
def test_a_changed_mail_proves_nothing(old: bytes, new: bytes) -> None:
    proof = proof_of(signed_by_hand().replace(old, new))
    assert (proof.domains, proof.aligned, proof.problem) == ((), False, errors.CHANGED)


def test_a_mail_without_signatures_asks_nobody() -> None:
    def ask(name: str) -> Sequence[bytes]:
        raise AssertionError(name)

    assert prove(MAIL, ask, at=AT) == DomainProof(problem=errors.NO_SIGNATURE)
    changed = prove(signed_by_hand().replace(b"quote\r\n", b"quota\r\n"), lambda name: [], at=AT)
    assert changed.problem == errors.CHANGED


@pytest.mark.parametrize(
    ("tags", "problem"),
    [
        (b"l=5; ", errors.IN_PART),
        (b"x=%d; " % AT.timestamp(), errors.OUT_OF_TIME),
        (b"t=%d; " % (AT + timedelta(hours=1, seconds=1)).timestamp(), errors.OUT_OF_TIME),
        (b"t=%d; x=%d; " % (AT.timestamp() + 60, AT.timestamp() + 50), errors.OUT_OF_TIME),
        (b"x=%s; " % (b"9" * 5000), errors.UNREADABLE),
        (b"t=soon; ", errors.UNREADABLE),
        (b"q=http; ", errors.UNREADABLE),
        (b"i=@example.jp; ", errors.UNREADABLE),
        (b"i=@evilsakura.example.jp; ", errors.UNREADABLE),
        (b"s=s2; ", errors.UNREADABLE),
        (b"z=a\0b; ", errors.UNREADABLE),
        (b"; ", errors.UNREADABLE),
        (b"z=" + b"a" * 8192 + b"; ", errors.UNREADABLE),
        (b"".join(b"z%d=; " % number for number in range(60)), errors.UNREADABLE),
    ],
    # What is said of times is another in each process, but tests have one name in all of them.
    ids=[
        "part",
        "expired",
        "future",
        "expired before signing",
        "long number",
        "no number",
        "query",
        "other author",
        "domain that only ends alike",
        "no such selector",
        "null",
        "empty",
        "long",
        "many",
    ],
)
def test_tags_that_spoil_a_signature_which_holds_otherwise(tags: bytes, problem: str) -> None:
    assert proof_of(signed_by_hand(tags=tags)).problem == problem


@pytest.mark.parametrize(
    "tags",
    [
        b"x=%d; " % (AT.timestamp() + 1),
        b"t=%d; " % (AT + timedelta(hours=1)).timestamp(),
        b"q=dns/txt; ",
        b"i=fax@mail.sakura.example.jp; ",
        b"unknown=tag; ",
    ],
    ids=["expires later", "clock ahead", "query", "author", "unknown"],
)
def test_tags_that_do_not(tags: bytes) -> None:
    assert proof_of(signed_by_hand(tags=tags)).aligned


@pytest.mark.parametrize("algorithm", [b"rsa-sha1", b"rsa-md5", b"RSA-SHA256x"])
def test_other_algorithms_are_refused(algorithm: bytes) -> None:
    assert proof_of(signed_by_hand(algorithm=algorithm)).problem == errors.NOT_ACCEPTED


def test_a_signature_over_a_part_of_the_text_does_not_count_though_dkimpy_would_let_it_hold() -> None:
    proof = proof_of(signed_by_dkimpy(length=True) + b"something added\r\n")
    assert proof.problem == errors.IN_PART


def test_from_must_be_signed() -> None:
    assert proof_of(signed_by_hand(names=b"to:subject")).problem == errors.WITHOUT_FROM


def test_two_from_fields_name_no_author() -> None:
    twice = b"From: fax@other.example.com\r\n" + MAIL
    proof = proof_of(signed_by_hand(twice, names=b"from:from:to:subject"))
    assert (proof.domains, proof.aligned, proof.problem) == ((DOMAIN,), False, errors.NO_AUTHOR)


@pytest.mark.parametrize(
    ("names", "covered"), [(b"from:to:subject", False), (b"from:to:subject:subject", True)]
)
def test_a_field_is_covered_only_in_all_its_instances(names: bytes, covered: bool) -> None:
    mail = (
        signed_by_hand(names=names) if not covered else signed_by_hand(b"Subject: 1\r\n" + MAIL, names=names)
    )
    proof = proof_of(mail if covered else b"Subject: /fax=03-9999-9999\r\n" + mail)
    assert (proof.aligned, b"subject" in proof.covers) == (True, covered)


def test_a_signature_that_names_signature_fields_does_not_sign_itself() -> None:
    assert proof_of(signed_by_hand(names=b"from:to:subject:dkim-signature")).aligned


def test_recipients_are_those_of_fields_that_are_signed() -> None:
    assert proof_of(signed_by_hand()).recipients == {"send@fax.tc", "other@example.com"}
    assert proof_of(signed_by_hand(names=b"from:subject")).recipients == frozenset()
    added = b"Cc: 0399999999@fax.tc\r\n" + signed_by_hand(names=b"from:to:subject")
    assert proof_of(added).recipients == {"send@fax.tc", "other@example.com"}


@pytest.mark.parametrize(
    ("record", "problem"),
    [
        (b"", errors.NO_KEY),
        (b"v=DKIM1; p=", errors.NO_KEY),
        (b"k=rsa; v=DKIM1; p=AAAA", errors.NO_KEY),
        (b"v=DKIM2; p=AAAA", errors.NO_KEY),
        (b"v=DKIM1; p=!!!!", errors.UNREADABLE),
        (b"v=DKIM1; p=AAAA", errors.UNUSABLE_KEY),
        (b"\xff\xfe\0 not a key at all", errors.NO_KEY),
        (b"v=DKIM1; k=rsa; p=" + base64.b64encode(b"\x30\x84\xff\xff\xff\xff" * 100), errors.UNUSABLE_KEY),
    ],
)
def test_what_is_no_key(record: bytes, problem: str) -> None:
    assert proof_of(signed_by_hand(), record).problem == problem


@pytest.mark.parametrize(
    "tags", [b"", b"v=DKIM1; t=y; ", b"v=DKIM1; h=sha1:sha256; ", b"v=DKIM1; s=email; t=s; "]
)
def test_flags_under_which_a_key_counts(tags: bytes) -> None:
    assert proof_of(signed_by_hand(), key_record(rsa_key(), tags)).aligned


@pytest.mark.parametrize("tags", [b"v=DKIM1; h=sha1; ", b"v=DKIM1; s=tlsrpt; "])
def test_flags_under_which_a_key_does_not_count(tags: bytes) -> None:
    assert proof_of(signed_by_hand(), key_record(rsa_key(), tags)).problem == errors.UNUSABLE_KEY


def test_a_key_for_the_very_domain_does_not_count_for_an_identity_below_it() -> None:
    mail = signed_by_hand(tags=b"i=@mail.sakura.example.jp; ")
    assert proof_of(mail, key_record(rsa_key(), b"v=DKIM1; t=s; ")).problem == errors.UNUSABLE_KEY


def test_a_key_of_another_kind_than_the_signature_does_not_count() -> None:
    assert proof_of(signed_by_hand(), key_record(ed25519_key())).problem == errors.UNUSABLE_KEY


def test_a_key_of_1024_bits_holds() -> None:
    assert proof_of(signed_by_hand(key=rsa_key(1024)), key_record(rsa_key(1024))).aligned


@pytest.mark.parametrize(
    ("bits", "problem"), [(1016, errors.UNUSABLE_KEY), (4096, errors.CHANGED), (4104, errors.UNUSABLE_KEY)]
)
def test_keys_of_more_than_4096_bits_and_less_than_1024_are_not_used(bits: int, problem: str) -> None:
    assert proof_of(signed_by_hand(), key_record_of_bits(bits)).problem == problem


def test_a_key_of_512_bits_is_refused() -> None:
    """PKCS#1, as some publish it; the library that makes the other keys makes none so short."""
    modulus = rsa_key(1024).public_key().public_numbers().n >> 512 | 1
    der = bytes.fromhex("3048024100") + modulus.to_bytes(64, "big") + bytes.fromhex("0203010001")
    record = b"v=DKIM1; p=" + base64.b64encode(der)
    assert proof_of(signed_by_hand(), record).problem == errors.UNUSABLE_KEY


def test_a_signature_of_the_wrong_size_does_not_hold() -> None:
    mail = signed_by_hand()
    head, _, rest = mail.partition(b"\r\n")
    assert proof_of(head + b"AAAA" * 1000 + b"\r\n" + rest).problem in (errors.CHANGED, errors.UNREADABLE)


def test_only_the_first_five_signatures_are_looked_at_and_more_prove_nothing() -> None:
    junk = b"DKIM-Signature: v=1\r\n"
    field = signed_by_hand().removesuffix(MAIL)
    assert proof_of(junk * 4 + field + MAIL).aligned
    assert not proof_of(junk * 5 + field + MAIL).aligned
    assert proof_of(field + junk * 5 + MAIL).problem == errors.TOO_MANY


def test_nobody_makes_a_second_signature_out_of_one() -> None:
    """Each is remembered by its bytes once it has proven an order."""
    data = b"signed"
    digest = hashlib.sha256(data).digest()
    rsa_made = rsa_key().sign(digest, padding.PKCS1v15(), utils.Prehashed(SHA256()))
    modulus = rsa_key().public_key().public_numbers().n
    for made in (b"\0" + rsa_made, (int.from_bytes(rsa_made) + modulus).to_bytes(257)):
        assert not holds(rsa_key().public_key(), made, data)
    ed25519_made = ed25519_key().sign(digest)
    order = 2**252 + 27742317777372353535851937790883648493
    scalar = int.from_bytes(ed25519_made[32:], "little") + order
    again = ed25519_made[:32] + scalar.to_bytes(32, "little")
    assert holds(rsa_key().public_key(), rsa_made, data)
    assert holds(ed25519_key().public_key(), ed25519_made, data)
    assert not holds(ed25519_key().public_key(), again, data)


def test_a_proof_names_its_signatures_and_all_others_of_the_mail() -> None:
    other = signed_by_hand(domain="example.net").removesuffix(MAIL)
    proof = proof_of(other + b"DKIM-Signature: v=1; b=!\r\n" + signed_by_hand())
    value = base64.b64decode(signed_by_hand().partition(b" b=")[2].partition(b"\r\n")[0])
    assert proof.proven_by == {hashlib.sha256(value).digest()}
    assert proof.proven_by < proof.signatures
    assert len(proof.signatures) == 2


@pytest.mark.parametrize(
    "hidden", [b"X: a\nFrom: b@c.example\r\n", b"X: a\rFrom: b\r\n", b"X: \0\r\n", b"no field\r\n"]
)
def test_a_header_that_readers_cut_differently_proves_nothing(hidden: bytes) -> None:
    assert proof_of(hidden + signed_by_hand()).problem == errors.UNREADABLE


@pytest.mark.parametrize(
    ("body", "canonical"),
    [
        (b"", b""),
        (b"\r\n\r\n", b""),
        (b" C \r\nD \t E\r\n\r\n\r\n", b" C\r\nD E\r\n"),  # RFC 6376 3.4.5
        (b"a", b"a\r\n"),
        (b"a \t", b"a\r\n"),
        (b"a\n\r\n", b"a\n\r\n"),
        (b"a\r\r\n\r\n", b"a\r\r\n"),
        (b"a \t \r\n \r\n", b"a\r\n"),
    ],
)
def test_the_relaxed_form_of_a_body(body: bytes, canonical: bytes) -> None:
    assert relaxed_body_hash(body) == hashlib.sha256(canonical).digest()


@pytest.mark.parametrize(
    ("body", "canonical"),
    [
        (b"", b"\r\n"),
        (b" C \r\nD \t E\r\n\r\n\r\n", b" C \r\nD \t E\r\n"),
        (b"a\n\r\n\r\n", b"a\n\r\n"),
        (b"a\r", b"a\r\r\n"),
    ],
)
def test_the_simple_form_of_a_body(body: bytes, canonical: bytes) -> None:
    assert simple_body_hash(body) == hashlib.sha256(canonical).digest()


@pytest.mark.parametrize("text", [b" ", b"a ", b"a  \t", b"\r\n", b"\r"])
def test_canonical_forms_are_linear(text: bytes) -> None:
    """A loop or a pattern over these would take minutes."""
    body = text * (8 * 1024 * 1024 // len(text)) + b"\r\n"
    begun = time.process_time()
    simple_body_hash(body)
    relaxed_body_hash(body)
    assert time.process_time() - begun < 2
