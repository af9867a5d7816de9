"""One running instance for all tests of the user guide that a worker gets: it takes longer to start than most of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.office import Office, office


@pytest.fixture(scope="session")
def ours() -> Iterator[Office]:
    """A customer's office. What a test switches on in the account it switches off again."""
    with office() as ours:
        yield ours
