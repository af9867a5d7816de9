"""Gpgsm: its mails are opened by us, ours are read by it."""

import pytest

from tests.certificates.smime.peers.cases import Case
from tests.certificates.smime.peers.gpgsm import Gpgsm
from tests.certificates.smime.peers.gpgsm_cases import CASES
from tests.certificates.smime.peers.opening import outcome

pytestmark = pytest.mark.gpgsm


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.group}: {case.name}")
def test_what_gpgsm_makes_is_opened_or_refused_on_purpose(case: Case, gpgsm: Gpgsm) -> None:
    assert outcome(case, gpgsm) == case.expected
