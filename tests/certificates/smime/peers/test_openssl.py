"""The openssl program: its mails are opened by us, ours are read by it."""

import pytest

from tests.certificates.smime.peers.cases import Case
from tests.certificates.smime.peers.opening import outcome
from tests.certificates.smime.peers.openssl import OpenSsl
from tests.certificates.smime.peers.openssl_cases import CASES


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.group}: {case.name}")
def test_what_openssl_makes_is_opened_or_refused_on_purpose(case: Case, openssl: OpenSsl) -> None:
    assert outcome(case, openssl) == case.expected
