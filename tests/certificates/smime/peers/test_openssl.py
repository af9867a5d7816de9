"""The openssl program: its mails are opened by us, ours are read by it."""

from base64 import encodebytes
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from certificates.smime import TrustStore, open_mail
from tests.certificates.smime.conftest import ENTITY
from tests.certificates.smime.peers.cases import OPENED, Case, Encrypt, Step
from tests.certificates.smime.peers.opening import HEADERS, opaque, outcome, to_crlf
from tests.certificates.smime.peers.openssl import LEGACY, OpenSsl
from tests.certificates.smime.peers.openssl_cases import CASES, OURS
from tests.certificates.smime.peers.openssl_envelopes import REFUSED_ENVELOPES
from tests.certificates.smime.peers.ours import OurCase, read_back
from tests.certificates.smime.peers.persons import SERVICES, services


def is_to_us(step: Step) -> bool:
    return isinstance(step, Encrypt) and any(who.name in SERVICES for who in step.to)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.group}: {case.name}")
def test_what_openssl_makes_is_opened_or_refused_on_purpose(
    case: Case, openssl: OpenSsl, record_property: Callable[[str, object], None]
) -> None:
    found = outcome(case, openssl)
    record_property(case.group, found)
    assert found == case.expected


@pytest.mark.parametrize("case", OURS, ids=lambda case: f"{case.group}: {case.name}")
def test_what_we_make_is_read_by_openssl(
    case: OurCase, openssl: OpenSsl, record_property: Callable[[str, object], None]
) -> None:
    assert read_back(case, openssl)
    record_property(case.group, OPENED)


@pytest.mark.parametrize("name", [name for name, step in REFUSED_ENVELOPES.items() if is_to_us(step)])
def test_what_we_refuse_is_no_broken_mail(name: str, openssl: OpenSsl) -> None:
    """OpenSSL opens it with the service's key."""
    step = REFUSED_ENVELOPES[name]
    assert isinstance(step, Encrypt)
    opened = openssl.decrypt(openssl.make(step, ENTITY), step.to[0].name, LEGACY)
    assert to_crlf(opened) == to_crlf(ENTITY)


def test_a_mail_of_nothing_but_certificates_is_left_as_it_is(openssl: OpenSsl, trust: TrustStore) -> None:
    raw = HEADERS + opaque(encodebytes(openssl.certificates_only("alice")), "certs-only")
    mail = open_mail(raw, services(), trust, datetime.now(UTC))
    assert (mail.message, mail.encrypted, mail.signature) == (raw, False, None)
