"""Nss: its mails are opened by us, ours are read by it."""

import pytest

from tests.certificates.smime.peers.cases import Case
from tests.certificates.smime.peers.nss import Nss
from tests.certificates.smime.peers.nss_cases import CASES
from tests.certificates.smime.peers.opening import outcome

pytestmark = pytest.mark.nss


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.group}: {case.name}")
def test_what_nss_makes_is_opened_or_refused_on_purpose(case: Case, nss: Nss) -> None:
    assert outcome(case, nss) == case.expected
