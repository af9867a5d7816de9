"""NSS: its mails are opened by us, ours are read by it."""

from collections.abc import Callable

import pytest

from tests.certificates.smime.peers.cases import OPENED, Case
from tests.certificates.smime.peers.nss import Nss
from tests.certificates.smime.peers.nss_cases import CASES, OURS
from tests.certificates.smime.peers.opening import outcome
from tests.certificates.smime.peers.ours import OurCase, read_back

pytestmark = pytest.mark.nss


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.group}: {case.name}")
def test_what_nss_makes_is_opened_or_refused_on_purpose(
    case: Case, nss: Nss, record_property: Callable[[str, object], None]
) -> None:
    found = outcome(case, nss)
    record_property(case.group, found)
    assert found == case.expected


@pytest.mark.parametrize("case", OURS, ids=lambda case: f"{case.group}: {case.name}")
def test_what_we_make_is_read_by_nss(
    case: OurCase, nss: Nss, record_property: Callable[[str, object], None]
) -> None:
    assert read_back(case, nss)
    record_property(case.group, OPENED)
