"""``kill -9`` during real T.30 calls: made again from the start, unless the receiver may have had the last page."""

from __future__ import annotations

import pytest

from tests.e2e.killing import REAL_LINE, killing

MOMENTS = 9


@pytest.mark.line
@pytest.mark.parametrize("moments", [MOMENTS, pytest.param(300, marks=pytest.mark.soak)])
def test_a_real_call_whose_caller_is_killed_brings_its_fax_once_or_nobody_can_know(moments: int) -> None:
    with killing(carrier="spandsp") as ours:
        for _ in range(moments // REAL_LINE.workers):
            ours.kill_at(REAL_LINE, "spandsp")
        ours.ledger.settle()
        assert len(ours.orders["spandsp"]) == moments
        assert ours.ledger.differences() == []
