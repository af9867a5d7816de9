"""Whose domain signed: DMARC's policy and alignment with From."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from faxsend.domain_proof import DmarcResult, DomainProof, NotAnswered, errors, prove
from faxsend.domain_proof.dmarc import is_aligned, organizational_domain
from tests.faxsend.domain_proof.signing import AT, DOMAIN, MAIL, key_record, rsa_key, signed_by_hand

MAIL_BELOW = MAIL.replace(b"fax@sakura", b"fax@mail.sakura")
PARENT = "example.jp"


def proof_of(mail: bytes, policies: dict[str, Sequence[bytes] | None]) -> DomainProof:
    """Every domain has our key; ``policies`` by domain, None: no answer."""

    def ask(name: str) -> Sequence[bytes]:
        if not name.startswith("_dmarc."):
            return [key_record(rsa_key())]
        found = policies.get(name.removeprefix("_dmarc."), ())
        if found is None:
            raise NotAnswered
        return found

    return prove(mail, ask, at=AT)


@pytest.mark.parametrize(
    ("domain", "organization"),
    [
        ("example.jp", "example.jp"),
        ("a.b.example.co.jp", "example.co.jp"),
        ("co.jp", ""),
        ("jp", ""),
        ("a.b.c.kobe.jp", "b.c.kobe.jp"),
        ("customer.github.io", "customer.github.io"),
    ],
)
def test_the_organizational_domain_is_one_below_the_public_suffix(domain: str, organization: str) -> None:
    assert organizational_domain(domain) == organization


@pytest.mark.parametrize(
    ("signing", "author", "strict", "aligned"),
    [
        ("example.co.jp", "example.co.jp", True, True),
        ("mail.example.co.jp", "example.co.jp", True, False),
        ("mail.example.co.jp", "example.co.jp", False, True),
        ("example.co.jp", "fax.example.co.jp", False, True),
        ("evil.co.jp", "example.co.jp", False, False),
        ("co.jp", "example.co.jp", False, False),
        ("evilexample.co.jp", "example.co.jp", False, False),
    ],
)
def test_alignment(signing: str, author: str, strict: bool, aligned: bool) -> None:
    assert is_aligned(signing, author, strict=strict) is aligned


@pytest.mark.parametrize(
    ("policies", "dmarc"),
    [
        ({}, DmarcResult.NONE),
        ({DOMAIN: [b"v=DMARC1; p=reject"]}, DmarcResult.PASS),
        ({PARENT: [b"v=DMARC1; p=none; adkim=s"]}, DmarcResult.PASS),
        ({DOMAIN: [b"other", b"v=DMARC1; p=none"]}, DmarcResult.PASS),
        ({DOMAIN: [b"v=DMARC1; p=none", b"v=DMARC1; p=none"]}, DmarcResult.NONE),
        ({DOMAIN: [b"v=DMARC1"]}, DmarcResult.NONE),
        ({DOMAIN: [b"v=DMARC1; p=none; \xff\xfe=\0"]}, DmarcResult.NONE),
        ({DOMAIN: None}, DmarcResult.TEMPERROR),
    ],
)
def test_the_very_domain_in_from_is_aligned_whatever_the_policy(
    policies: dict[str, Sequence[bytes] | None], dmarc: DmarcResult
) -> None:
    proof = proof_of(signed_by_hand(), policies)
    assert (proof.aligned, proof.dmarc, proof.temporary) == (True, dmarc, False)


@pytest.mark.parametrize(
    ("policies", "aligned", "dmarc"),
    [
        ({}, True, DmarcResult.NONE),
        ({PARENT: [b"v=DMARC1; p=reject; adkim=r"]}, True, DmarcResult.PASS),
        ({PARENT: [b"v=DMARC1; p=reject; adkim=s"]}, False, DmarcResult.FAIL),
        ({"mail." + DOMAIN: None}, False, DmarcResult.TEMPERROR),
    ],
)
def test_a_domain_above_counts_unless_the_policy_is_strict_or_unknown(
    policies: dict[str, Sequence[bytes] | None], aligned: bool, dmarc: DmarcResult
) -> None:
    proof = proof_of(signed_by_hand(MAIL_BELOW), policies)
    assert (proof.aligned, proof.dmarc, proof.temporary) == (aligned, dmarc, dmarc == "temperror")


def test_a_foreign_signature_proves_its_own_domain_only() -> None:
    proof = proof_of(signed_by_hand(domain="bulk.example.com"), {DOMAIN: [b"v=DMARC1; p=none"]})
    assert (proof.domains, proof.author, proof.dmarc) == (("bulk.example.com",), "", DmarcResult.FAIL)
    assert (proof.problem, proof.temporary) == (errors.OTHER_DOMAIN, False)


def test_the_aligned_domain_stands_first() -> None:
    mail = signed_by_hand(domain="bulk.example.com")
    field = mail.partition(b"From:")[0]
    assert proof_of(field + signed_by_hand(), {}).domains == (DOMAIN, "bulk.example.com")


@pytest.mark.parametrize(
    "author", ["fax@[192.0.2.1]", "fax@localhost", "fax", "a@b.example, c@d.example", "a@ü..example"]
)
def test_an_author_without_a_domain_of_its_own_is_not_proven(author: str) -> None:
    mail = signed_by_hand(MAIL.replace(b"fax@sakura.example.jp", author.encode()))
    assert proof_of(mail, {}).problem == errors.NO_AUTHOR
