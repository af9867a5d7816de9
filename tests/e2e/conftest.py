"""One running instance for all tests of the user guide that a worker gets: it takes longer to start than most of them."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import pytest

from tests.e2e.debian import debian_office
from tests.e2e.office import Office, office
from tests.e2e.world import LOGS

OFFICES = {"embedded": office, "debian": debian_office}
ON_DEBIAN = [pytest.mark.soak, pytest.mark.root, pytest.mark.debian, pytest.mark.postfix]

LINES = 200


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that fails shows what the instances have said last."""
    report = yield
    if report.failed:
        report.sections += [("log of an instance", "\n".join(log[-LINES:])) for log in LOGS.values()]
        for log in LOGS.values():
            log.clear()
    return report


@pytest.fixture(scope="session", params=["embedded", pytest.param("debian", marks=ON_DEBIAN)])
def ours(request: pytest.FixtureRequest) -> Iterator[Office]:
    """A customer's office. What a test switches on in the account it switches off again."""
    with OFFICES[request.param]() as ours:
        yield ours
