"""gpgsm: its mails are opened by us, ours are read by it."""

from collections.abc import Callable

import pytest

from tests.certificates.smime.peers.cases import OPENED, Case
from tests.certificates.smime.peers.gpgsm import Gpgsm
from tests.certificates.smime.peers.gpgsm_cases import CASES, OURS
from tests.certificates.smime.peers.opening import outcome
from tests.certificates.smime.peers.ours import OurCase, read_back

pytestmark = pytest.mark.gpgsm


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.group}: {case.name}")
def test_what_gpgsm_makes_is_opened_or_refused_on_purpose(
    case: Case, gpgsm: Gpgsm, record_property: Callable[[str, object], None]
) -> None:
    found = outcome(case, gpgsm)
    record_property(case.group, found)
    assert found == case.expected


@pytest.mark.parametrize("case", OURS, ids=lambda case: f"{case.group}: {case.name}")
def test_what_we_make_is_read_by_gpgsm(
    case: OurCase, gpgsm: Gpgsm, record_property: Callable[[str, object], None]
) -> None:
    assert read_back(case, gpgsm)
    record_property(case.group, OPENED)
