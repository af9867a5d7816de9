"""A peer's mail through `open_mail`; the parts of the MIME entities that NSS and gpgsm leave to the mail client."""

import re
from base64 import b64decode, encodebytes
from datetime import UTC, datetime
from typing import Protocol

from certificates.smime import OpenedMail, SmimeError, TrustStore, open_mail
from certificates.smime.mime import split
from tests.certificates.smime.conftest import BODY, ENTITY
from tests.certificates.smime.peers.cases import OPENED, Case, Encrypt, Sign, Step
from tests.certificates.smime.peers.persons import person, services

HEADERS = b"From: Alice <alice@example.com>\nTo: send@fax.tc\nSubject: /fax=body\n"


class Program(Protocol):
    """A driver: carries out one step and returns a MIME entity."""

    def make(self, step: Step, entity: bytes) -> bytes: ...


def outcome(case: Case, program: Program) -> str:
    """Make the mail, open it: OPENED, or the text of the refusal. What is opened must be what was put in."""
    entity = ENTITY
    for step in case.steps:
        entity = program.make(step, entity)
    roots = (person("root").certificate,)
    known = (person("intermediate").certificate,) if case.intermediate_known else ()
    try:
        mail = open_mail(HEADERS + entity, services(), TrustStore(roots, known), datetime.now(UTC))
    except SmimeError as error:
        return str(error)
    assert to_crlf(split(mail.message)[1]) == BODY
    keys = sum(len(step.to) for step in case.steps if isinstance(step, Encrypt))
    assert (mail.encrypted, len(set(mail.encrypted_keys))) == (keys > 0, keys)
    return _judgement(case, mail)


def _judgement(case: Case, mail: OpenedMail) -> str:
    """Also checks that the innermost signature is the one that counts, and what it says about its maker."""
    signing = next((step for step in case.steps if isinstance(step, Sign)), None)
    if signing is None:
        assert mail.signature is None
        return OPENED
    assert mail.signature is not None
    assert mail.signature.certificate in [person(who.name).certificate for who in signing.by]
    if mail.signature.problem:
        return mail.signature.problem.value
    assert mail.signature.chain == (person("intermediate").certificate,)
    return OPENED


def to_crlf(text: bytes) -> bytes:
    """Line ends as they travel."""
    return text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def opaque(encoded: bytes, kind: str) -> bytes:
    """An application/pkcs7-mime entity around base64; `kind` is its smime-type."""
    return _part(f'application/pkcs7-mime; smime-type={kind}; name="smime.p7m"', encoded)


def by_name_only(der: bytes) -> bytes:
    """As mail programs send it that know nothing but the file's name."""
    return _part('application/octet-stream; name="smime.p7m"', encodebytes(der))


def detached(content: bytes, encoded: bytes) -> bytes:
    """A multipart/signed entity; `encoded` is the signature in base64."""
    boundary = b"----peer"
    top = (
        b'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; boundary="----peer"\r\n\r\n'
    )
    signature = _part('application/pkcs7-signature; name="smime.p7s"', encoded)
    mark = b"--" + boundary
    return b"\r\n".join((top + mark, content, mark, signature, mark + b"--\r\n"))


def taken_apart(entity: bytes) -> tuple[bytes, bytes]:
    """The content and the DER of a multipart/signed entity of ours."""
    found = re.search(rb'boundary="(.+?)"', entity)
    assert found is not None
    _, content, signature, _ = entity.split(b"--" + found[1])
    return content[2:-2], decoded(signature[2:])


def decoded(entity: bytes) -> bytes:
    """The DER of an entity in base64."""
    return b64decode(entity.partition(b"\r\n\r\n")[2])


def _part(content_type: str, encoded: bytes) -> bytes:
    return f"Content-Type: {content_type}\r\nContent-Transfer-Encoding: base64\r\n\r\n".encode() + encoded
