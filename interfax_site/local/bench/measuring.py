"""How a benchmark measures and what it says."""

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import cycle, permutations


@dataclass(frozen=True, slots=True)
class Measure:
    """`value` beside its `limit`, both in `unit`. The goal is about their ratio; None: there is none."""

    name: str
    value: float
    unit: str
    limit: float
    at_least: float | None = None
    at_most: float | None = None

    @property
    def ratio(self) -> float:
        return self.value / self.limit

    @property
    def holds(self) -> bool:
        """Whether the ratio meets its goal."""
        enough = self.at_least is None or self.ratio >= self.at_least
        return enough and (self.at_most is None or self.ratio <= self.at_most)

    def as_json(self) -> dict[str, str | float]:
        return {
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "limit": self.limit,
            "ratio": self.ratio,
        }

    def line(self) -> str:
        """For a person."""
        bounds = ((self.at_least, "at least"), (self.at_most, "at most"))
        goals = [f"{words} {bound:g}" for bound, words in bounds if bound is not None]
        verdict = f"  ({', '.join(goals)}: {'ok' if self.holds else 'MISSED'})" if goals else ""
        return f"{self.name}: {self.value:,.1f} / {self.limit:,.1f} {self.unit} = {self.ratio:.3f}{verdict}"


def medians(candidates: Mapping[str, Callable[[int], object]], *, rounds: int) -> dict[str, float]:
    """The median seconds of one call of each candidate, which gets the number of the round.

    They take turns, in another order each round, so that whatever slows the machine down, or follows a particular
    neighbour, meets all of them alike.
    """
    orders = cycle(permutations(candidates))
    seconds: dict[str, list[float]] = {name: [] for name in candidates}
    gc.collect()
    gc.disable()
    try:
        for number in range(rounds):
            for name in next(orders):
                begun = time.perf_counter()
                candidates[name](number)
                seconds[name].append(time.perf_counter() - begun)
    finally:
        gc.enable()
    return {name: statistics.median(values) for name, values in seconds.items()}


def middle_medians(
    candidates: Mapping[str, Callable[[int], object]], *, runs: int, rounds: int
) -> dict[str, float]:
    """The `medians` of that run whose ratio of the first two candidates is in the middle of all runs.

    What slows the machine down for longer than a run changes no ratio; calls that take about as long as each other
    are interrupted as often.
    """
    first, second, *_ = candidates
    found = [medians(candidates, rounds=rounds) for _ in range(runs)]
    return sorted(found, key=lambda seconds: seconds[first] / seconds[second])[runs // 2]
