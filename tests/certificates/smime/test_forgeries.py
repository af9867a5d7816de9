"""Hand-made signatures: each breaks one rule, and all but that one hold."""

import hashlib
from collections.abc import Callable

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from certificates.smime import DecryptionError, OpenedMail, SignatureError
from certificates.smime.ber import CONTEXT_0, OCTETS, OID, SEQUENCE, SET, encode
from certificates.smime.limits import MAX_CERTIFICATES
from certificates.smime.policy import SHA256
from tests.certificates.smime import forge
from tests.pki import CA_USAGE, Authority, Usage, certify, name, rsa_key

Open = Callable[[bytes], OpenedMail]
CONTENT = b"Content-Type: text/plain\r\n\r\nhello"
MALFORMED = "signature is malformed"
MISMATCH = "signature does not match the content"
PROTECTION = "1.2.840.113549.1.9.52"
CAPABILITIES = "1.2.840.113549.1.9.15"
PREFERENCE = "1.2.840.113549.1.9.16.2.11"
MICROSOFT_PREFERENCE = "1.3.6.1.4.1.311.16.4"
SIGNING_TIME = "1.2.840.113549.1.9.5"


def _detached(
    pki: Authority,
    attributes: list[forge.Attribute],
    *,
    signed: bytes | None = None,
    digest: bytes = forge.algorithm(SHA256),
    signature_algorithm: bytes = forge.algorithm(forge.RSA),
) -> bytes:
    signer = forge.signer_info(
        pki.alice, attributes, signed=signed, digest=digest, signature_algorithm=signature_algorithm
    )
    return forge.multipart_signed(CONTENT, forge.signed_data([signer], forge.bag(pki.alice)))


def refuse(opened: Open, raw: bytes, reason: str = MALFORMED) -> None:
    with pytest.raises(SignatureError) as caught:
        opened(raw)
    assert caught.value.reason == reason == str(caught.value)


def accept(opened: Open, raw: bytes) -> OpenedMail:
    mail = opened(raw)
    assert mail.signature is not None
    assert mail.signature.valid
    return mail


def test_the_honest_structure_by_the_same_means_is_accepted(pki: Authority, opened: Open) -> None:
    mail = accept(opened, _detached(pki, forge.usual_attributes(CONTENT)))
    assert mail.message.endswith(CONTENT)


def test_the_attributes_of_somebody_cannot_be_passed_off_as_signed_content(
    pki: Authority, opened: Open
) -> None:
    """Attribute confusion: a real signature over attributes is one over "content" without attributes."""
    attributes = encode(SET, forge.attributes_der(forge.usual_attributes(CONTENT)))
    signer = forge.signer_info(pki.alice, None, signed=attributes)
    der = forge.signed_data([signer], forge.bag(pki.alice), content=attributes)
    refuse(opened, forge.p7m(der, "signed-data"))


def test_content_inside_the_signature_of_a_multipart_is_refused(pki: Authority, opened: Open) -> None:
    other = b"Content-Type: text/plain\r\n\r\nwhat alice did sign"
    for content in (other, CONTENT):
        signer = forge.signer_info(pki.alice, forge.usual_attributes(content))
        der = forge.signed_data([signer], forge.bag(pki.alice), content=content)
        refuse(opened, forge.multipart_signed(CONTENT, der))


def test_an_opaque_signature_without_content_is_refused(pki: Authority, opened: Open) -> None:
    signer = forge.signer_info(pki.alice, forge.usual_attributes(CONTENT))
    refuse(opened, forge.p7m(forge.signed_data([signer], forge.bag(pki.alice)), "signed-data"))


def test_content_signed_by_nobody_is_refused(pki: Authority, opened: Open) -> None:
    der = forge.signed_data([], forge.bag(pki.alice), content=CONTENT)
    refuse(opened, forge.p7m(der, "signed-data"))
    refuse(opened, forge.multipart_signed(CONTENT, forge.signed_data([], forge.bag(pki.alice))))


def test_other_content_types_than_data_are_refused(pki: Authority, opened: Open) -> None:
    kind = "1.2.840.113549.1.9.16.1.4"
    attributes = [(forge.CONTENT_TYPE, [forge.oid(kind)]), forge.usual_attributes(CONTENT)[1]]
    signer = forge.signer_info(pki.alice, attributes)
    der = forge.signed_data([signer], forge.bag(pki.alice), content=CONTENT, content_type=kind)
    refuse(opened, forge.p7m(der, "signed-data"))
    refuse(opened, forge.p7m(der, "enveloped-data"))


def test_the_content_type_outside_must_be_the_signed_one(pki: Authority, opened: Open) -> None:
    signer = forge.signer_info(pki.alice, forge.usual_attributes(CONTENT))
    der = forge.signed_data([signer], forge.bag(pki.alice), content=CONTENT, content_type=forge.SIGNED_DATA)
    refuse(opened, forge.p7m(der, "signed-data"))


def _bad_attributes() -> dict[str, list[forge.Attribute]]:
    kind, digest = forge.usual_attributes(CONTENT)
    other = encode(OCTETS, hashlib.sha256(b"other").digest())
    right = digest[1][0]
    wrong_protection = encode(
        SEQUENCE,
        forge.algorithm("2.16.840.1.101.3.4.2.3"),
        encode(CONTEXT_0 + 1, forge.algorithm(forge.RSA)[2:]),
    )
    return {
        "none": [],
        "no content type": [digest],
        "no digest": [kind],
        "another content type": [(forge.CONTENT_TYPE, [forge.oid(forge.SIGNED_DATA)]), digest],
        "two content types": [kind, kind, digest],
        "two values of the content type": [(forge.CONTENT_TYPE, [*kind[1], *kind[1]]), digest],
        "two digests": [kind, digest, (forge.MESSAGE_DIGEST, [other])],
        "two digests, the right one last": [kind, (forge.MESSAGE_DIGEST, [other]), digest],
        "two values of the digest": [kind, (forge.MESSAGE_DIGEST, [right, other])],
        "no value of the digest": [kind, (forge.MESSAGE_DIGEST, [])],
        "a digest of another type": [kind, (forge.MESSAGE_DIGEST, [b"\x0c" + right[1:]])],
        "a duplicate of any type": [kind, digest, ("1.2.3", [right]), ("1.2.3", [right])],
        "another protected algorithm": [kind, digest, (PROTECTION, [wrong_protection])],
        "an unreadable protection": [kind, digest, (PROTECTION, [encode(SEQUENCE)])],
    }


@pytest.mark.parametrize("name", sorted(_bad_attributes()))
def test_signed_attributes_follow_the_rules(pki: Authority, opened: Open, name: str) -> None:
    refuse(opened, _detached(pki, _bad_attributes()[name]))


def test_a_digest_of_other_content_does_not_match(pki: Authority, opened: Open) -> None:
    refuse(opened, _detached(pki, forge.usual_attributes(b"other")), MISMATCH)


def test_a_signature_over_other_attributes_does_not_match(pki: Authority, opened: Open) -> None:
    refuse(opened, _detached(pki, forge.usual_attributes(CONTENT), signed=b"something else"), MISMATCH)


def test_the_signature_of_somebody_else_does_not_match(pki: Authority, opened: Open) -> None:
    signer = forge.signer_info(
        pki.bob, forge.usual_attributes(CONTENT), identifier=forge.issuer_and_serial(pki.alice)
    )
    raw = forge.multipart_signed(CONTENT, forge.signed_data([signer], forge.bag(pki.alice)))
    refuse(opened, raw, MISMATCH)


@pytest.mark.parametrize(
    ("digest", "signature"),
    [
        ("2.16.840.1.101.3.4.2.2", "1.2.840.113549.1.1.11"),
        (SHA256, "1.2.840.113549.1.1.13"),
        ("1.2.840.113549.2.5", forge.RSA),
        (SHA256, "1.2.840.10040.4.3"),
    ],
)
def test_digest_and_signature_algorithm_must_agree_and_be_known(
    pki: Authority, opened: Open, digest: str, signature: str
) -> None:
    raw = _detached(
        pki,
        forge.usual_attributes(CONTENT),
        digest=forge.algorithm(digest),
        signature_algorithm=forge.algorithm(signature),
    )
    refuse(opened, raw, "signature algorithm is not supported")


@pytest.mark.parametrize("signature", ["1.2.840.10045.4.3.2", "1.2.840.113549.1.1.10"])
def test_an_algorithm_that_does_not_fit_the_key_or_its_parameters_is_refused(
    pki: Authority, opened: Open, signature: str
) -> None:
    attributes = forge.usual_attributes(CONTENT)
    raw = _detached(pki, attributes, signature_algorithm=forge.algorithm(signature, encode(SEQUENCE)))
    refuse(opened, raw, MISMATCH)


def test_an_rsa_signature_in_the_name_of_an_elliptic_certificate_does_not_match(
    pki: Authority, opened: Open
) -> None:
    elliptic = pki.issue("alice@example.com", private_key=ec.generate_private_key(ec.SECP256R1()))
    named = forge.issuer_and_serial(elliptic)
    signer = forge.signer_info(pki.alice, forge.usual_attributes(CONTENT), identifier=named)
    refuse(
        opened, forge.multipart_signed(CONTENT, forge.signed_data([signer], forge.bag(elliptic))), MISMATCH
    )


def test_protected_algorithms_that_agree_are_accepted_with_or_without_null(
    pki: Authority, opened: Open
) -> None:
    for parameters in (encode(0x05), b""):
        protection = encode(
            SEQUENCE,
            forge.algorithm(SHA256, parameters),
            encode(CONTEXT_0 + 1, forge.oid(forge.RSA), parameters),
        )
        accept(opened, _detached(pki, [*forge.usual_attributes(CONTENT), (PROTECTION, [protection])]))


def test_attributes_signed_sorted_but_sent_unsorted_are_accepted(pki: Authority, opened: Open) -> None:
    attributes = [*reversed(forge.usual_attributes(CONTENT))]
    in_order = sorted(forge.attributes_der([attribute]) for attribute in attributes)
    assert in_order != [forge.attributes_der([attribute]) for attribute in attributes]
    accept(opened, _detached(pki, attributes, signed=encode(SET, *in_order)))


def test_unknown_attributes_of_any_shape_are_no_obstacle(pki: Authority, opened: Open) -> None:
    values = [encode(OCTETS, b"1"), encode(SEQUENCE), encode(0x85, b"x")]
    accept(opened, _detached(pki, [*forge.usual_attributes(CONTENT), ("1.2.3.4", values)]))


@pytest.mark.parametrize(
    "value", [encode(OCTETS, b"x"), encode(SEQUENCE, encode(OCTETS)), encode(SEQUENCE, encode(SEQUENCE))]
)
def test_unreadable_capabilities_and_preferences_count_as_absent(
    pki: Authority, opened: Open, value: bytes
) -> None:
    extra: list[forge.Attribute] = [(CAPABILITIES, [value]), (PREFERENCE, [value])]
    mail = accept(opened, _detached(pki, [*forge.usual_attributes(CONTENT), *extra]))
    assert mail.signature is not None
    assert mail.signature.capabilities == ()
    assert mail.signature.encryption_certificate == pki.alice.certificate


@pytest.mark.parametrize("form", ["issuer and serial", "key id", "subject key id", "Microsoft", "nobody"])
def test_the_preferred_certificate_is_encrypted_to(pki: Authority, opened: Open, form: str) -> None:
    other = pki.issue("alice@example.com")
    reference = forge.issuer_and_serial(other)
    key_id = other.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    attribute = {
        "issuer and serial": (PREFERENCE, [b"\xa0" + reference[1:]]),
        "key id": (PREFERENCE, [encode(CONTEXT_0 + 1, encode(OCTETS, key_id))]),
        "subject key id": (PREFERENCE, [encode(0x82, key_id)]),
        "Microsoft": (MICROSOFT_PREFERENCE, [reference]),
        "nobody": (PREFERENCE, [encode(0x82, b"12345678")]),
    }[form]
    signer = forge.signer_info(pki.alice, [*forge.usual_attributes(CONTENT), attribute])
    certificates = [*forge.bag(pki.alice), other.certificate.public_bytes(Encoding.DER)]
    raw = forge.multipart_signed(CONTENT, forge.signed_data([signer], certificates))
    signature = accept(opened, raw).signature
    assert signature is not None
    expected = pki.alice if form == "nobody" else other
    assert signature.encryption_certificate == expected.certificate


def test_a_preference_for_the_certificate_of_another_address_is_ignored(pki: Authority, opened: Open) -> None:
    attribute = (MICROSOFT_PREFERENCE, [forge.issuer_and_serial(pki.bob)])
    signer = forge.signer_info(pki.alice, [*forge.usual_attributes(CONTENT), attribute])
    certificates = [*forge.bag(pki.alice), pki.bob.certificate.public_bytes(Encoding.DER)]
    raw = forge.multipart_signed(CONTENT, forge.signed_data([signer], certificates))
    signature = accept(opened, raw).signature
    assert signature is not None
    assert signature.encryption_certificate == pki.alice.certificate


def test_an_unreadable_certificate_beside_the_signers_is_no_obstacle(pki: Authority, opened: Open) -> None:
    signer = forge.signer_info(pki.alice, forge.usual_attributes(CONTENT))
    certificates = [encode(SEQUENCE, encode(OID, b"\x2a")), *forge.bag(pki.alice)]
    accept(opened, forge.multipart_signed(CONTENT, forge.signed_data([signer], certificates)))


def test_too_many_certificates_are_refused(pki: Authority, opened: Open) -> None:
    signer = forge.signer_info(pki.alice, forge.usual_attributes(CONTENT))
    certificates = forge.bag(pki.alice) * (MAX_CERTIFICATES // 2)
    accept(opened, forge.multipart_signed(CONTENT, forge.signed_data([signer], certificates)))
    raw = forge.multipart_signed(CONTENT, forge.signed_data([signer], [*certificates, certificates[0]]))
    refuse(opened, raw)


@pytest.mark.parametrize("der", [b"", b"junk", encode(SEQUENCE), encode(OCTETS, b"x")])
def test_a_signature_that_cannot_be_read_is_malformed(opened: Open, der: bytes) -> None:
    refuse(opened, forge.multipart_signed(CONTENT, der))
    refuse(opened, forge.p7m(der, "signed-data"))


def test_an_envelope_in_the_place_of_a_signature_is_malformed(pki: Authority, opened: Open) -> None:
    info = forge.recipient_info(pki.service, b"x" * 256)
    refuse(opened, forge.multipart_signed(CONTENT, forge.enveloped_data([info], CONTENT, b"k" * 32)))


def test_an_oid_bomb_is_refused_at_once(pki: Authority, opened: Open) -> None:
    """One long OID takes asn1crypto seconds; the cap in `ber` keeps it away."""
    bomb = encode(SEQUENCE, encode(OID, b"\x81" * 200_000 + b"\x01"), encode(CONTEXT_0, encode(SEQUENCE)))
    refuse(opened, forge.p7m(bomb, "signed-data"))
    with pytest.raises(DecryptionError):
        opened(forge.p7m(bomb))


def test_the_chain_of_the_certificate_to_encrypt_to_is_told_too(pki: Authority, opened: Open) -> None:
    """Some authorities sign and encrypt below different intermediates."""
    issuer = certify(name("Encryption CA"), rsa_key(), pki.root, usage=CA_USAGE)
    names = [x509.RFC822Name("alice@example.com")]
    usage = Usage(frozenset({"key_encipherment"}))
    other = certify(name("Alice"), rsa_key(), issuer, usage=usage, alternative_names=names)
    preference = (PREFERENCE, [b"\xa0" + forge.issuer_and_serial(other)[1:]])
    signer = forge.signer_info(pki.alice, [*forge.usual_attributes(CONTENT), preference])
    raw = forge.multipart_signed(
        CONTENT, forge.signed_data([signer], [*forge.bag(pki.alice), *forge.bag(other)])
    )
    signature = accept(opened, raw).signature
    assert signature is not None
    assert signature.encryption_certificate == other.certificate
    assert signature.chain == (pki.intermediate.certificate, issuer.certificate)
