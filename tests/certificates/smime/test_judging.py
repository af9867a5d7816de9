"""What is said about a signature that matches: its chain, revocation, and the certificate to encrypt answers to."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from certificates.smime import (
    Crl,
    OpenedMail,
    Signature,
    SignatureError,
    SignatureProblem,
    TrustStore,
    open_mail,
)
from tests.certificates.smime import forge
from tests.pki import CA_USAGE, Authority, Person, Usage, certify, name, revocation_list

Open = Callable[[bytes], OpenedMail]
CONTENT = b"Content-Type: text/plain\r\n\r\nhello"
ALICE = "alice@example.com"
PREFERENCE = "1.2.840.113549.1.9.16.2.11"
MICROSOFT_PREFERENCE = "1.3.6.1.4.1.311.16.4"


def signed_by(
    *signers: Person, others: Sequence[Person] = (), extra: Sequence[forge.Attribute] = ()
) -> bytes:
    attributes = [*forge.usual_attributes(CONTENT), *extra]
    infos = [forge.signer_info(signer, attributes) for signer in signers]
    bag = [der for person in (*signers, *others) for der in forge.bag(person)]
    return forge.multipart_signed(CONTENT, forge.signed_data(infos, list(dict.fromkeys(bag))))


def judged(raw: bytes, pki: Authority, *lists: bytes, intermediates: Sequence[Person] = ()) -> Signature:
    trust = TrustStore(
        (pki.root.certificate,),
        tuple(person.certificate for person in intermediates),
        tuple(map(Crl.parse, lists)),
    )
    signature = open_mail(raw, [], trust, datetime.now(UTC)).signature
    assert signature is not None
    return signature


def test_the_chain_is_what_lies_between_signer_and_root(pki: Authority) -> None:
    assert judged(signed_by(pki.alice), pki).chain == (pki.intermediate.certificate,)
    lower = certify(name("Lower"), ec.generate_private_key(ec.SECP256R1()), pki.intermediate, usage=CA_USAGE)
    key = pki.alice.private_key
    deep = certify(name("A", ALICE), key, lower, usage=Usage())
    assert judged(signed_by(deep, others=[pki.bob]), pki).chain == (
        lower.certificate,
        pki.intermediate.certificate,
    )
    direct = certify(name("A", ALICE), key, pki.root, usage=Usage())
    assert judged(signed_by(direct), pki).chain == ()


def test_the_chain_holds_intermediates_that_were_known_already(pki: Authority) -> None:
    alone = Person(pki.alice.certificate, pki.alice.private_key)
    found = judged(signed_by(alone), pki, intermediates=[pki.intermediate])
    assert found.chain == (pki.intermediate.certificate,)


def test_a_signature_that_proves_nothing_has_no_chain(pki: Authority) -> None:
    for person in (pki.bob, pki.expired, pki.stranger):
        found = judged(signed_by(person), pki)
        assert (found.valid, found.chain) == (False, ())


def test_a_revoked_signer_proves_nothing(pki: Authority) -> None:
    revoked = revocation_list(pki.intermediate, pki.alice)
    found = judged(signed_by(pki.alice), pki, revoked)
    assert found.problem is SignatureProblem.REVOKED
    assert judged(signed_by(pki.alice), pki, revocation_list(pki.intermediate, pki.bob)).valid


def test_a_second_signer_who_is_revoked_spoils_the_first(pki: Authority) -> None:
    revoked = revocation_list(pki.intermediate, pki.bob)
    for signers in ((pki.alice, pki.bob), (pki.bob, pki.alice)):
        assert judged(signed_by(*signers), pki).valid
        assert judged(signed_by(*signers), pki, revoked).problem is SignatureProblem.REVOKED


def test_one_signature_that_does_not_match_spoils_the_other(pki: Authority, opened: Open) -> None:
    right = forge.signer_info(pki.alice, forge.usual_attributes(CONTENT))
    other_content = forge.signer_info(pki.bob, forge.usual_attributes(b"other"))
    other_bytes = forge.signer_info(pki.bob, forge.usual_attributes(CONTENT), signed=b"other")
    bag = list(dict.fromkeys((*forge.bag(pki.alice), *forge.bag(pki.bob))))
    for wrong in (other_content, other_bytes):
        for signers in ([right, wrong], [wrong, right]):
            with pytest.raises(SignatureError, match="does not match"):
                opened(forge.multipart_signed(CONTENT, forge.signed_data(signers, bag)))


SIGNING, ENCRYPTING = (Usage(frozenset({usage})) for usage in ("digital_signature", "key_encipherment"))


def _preferring(person: Person, kind: str = MICROSOFT_PREFERENCE) -> list[forge.Attribute]:
    reference = forge.issuer_and_serial(person)
    return [(kind, [reference if kind == MICROSOFT_PREFERENCE else b"\xa0" + reference[1:]])]


def test_the_preferred_certificate_need_not_be_for_signing(pki: Authority) -> None:
    other = pki.issue(ALICE, usage=ENCRYPTING)
    found = judged(signed_by(pki.alice, others=[other], extra=_preferring(other)), pki)
    assert found.encryption_certificate == other.certificate


UNFIT: dict[str, Callable[[Authority], Person]] = {
    "expired": lambda pki: pki.expired,
    "untrusted": lambda pki: pki.stranger,
    "of another address": lambda pki: pki.bob,
    "for signing only": lambda pki: pki.issue(ALICE, usage=SIGNING),
    "for TLS servers": lambda pki: pki.wrong_purpose,
}


@pytest.mark.parametrize("made", UNFIT.values(), ids=UNFIT)
def test_a_preferred_certificate_that_does_not_fit_is_passed_over(
    pki: Authority, made: Callable[[Authority], Person]
) -> None:
    other = made(pki)
    found = judged(signed_by(pki.alice, others=[other], extra=_preferring(other)), pki)
    assert found.valid
    assert found.encryption_certificate == pki.alice.certificate


def test_a_preferred_certificate_that_was_revoked_is_passed_over(pki: Authority) -> None:
    other = pki.issue(ALICE)
    raw = signed_by(pki.alice, others=[other], extra=_preferring(other))
    assert judged(raw, pki).encryption_certificate == other.certificate
    revoked = revocation_list(pki.intermediate, other)
    assert judged(raw, pki, revoked).encryption_certificate == pki.alice.certificate


def test_the_standard_preference_goes_before_microsofts(pki: Authority) -> None:
    one, two = pki.issue(ALICE), pki.issue(ALICE)
    extra = [*_preferring(one), *_preferring(two, PREFERENCE)]
    found = judged(signed_by(pki.alice, others=[one, two], extra=extra), pki)
    assert found.encryption_certificate == two.certificate


def test_a_preferred_certificate_that_did_not_come_along_is_passed_over(pki: Authority) -> None:
    found = judged(signed_by(pki.alice, extra=_preferring(pki.issue(ALICE))), pki)
    assert found.encryption_certificate == pki.alice.certificate


def test_an_invalid_signature_chooses_nothing(pki: Authority) -> None:
    other = pki.issue(ALICE)
    found = judged(signed_by(pki.stranger, others=[other], extra=_preferring(other)), pki)
    assert found.encryption_certificate == pki.stranger.certificate
