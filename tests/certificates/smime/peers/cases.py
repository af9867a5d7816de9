"""A combination of what a program offers: who signs, to whom it is encrypted, how, and what becomes of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

OPENED = "opened"


@dataclass(frozen=True, slots=True)
class Who:
    """One of `persons`, and how the key is used (OpenSSL's -keyopt)."""

    name: str
    key_options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sign:
    """Sign what there is, with the program's own options."""

    by: tuple[Who, ...]
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Encrypt:
    """Encrypt what there is."""

    to: tuple[Who, ...]
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Other:
    """Another operation of the program, by its arguments."""

    arguments: tuple[str, ...]


Step = Sign | Encrypt | Other


@dataclass(frozen=True, slots=True)
class Case:
    """A mail to be made by `steps`, the innermost first.

    `group`: the row of the table it counts in. `refused`: the text of the refusal, "" if it is opened.
    `intermediate_known`: the intermediate CA stands in our store.
    """

    group: str
    name: str
    steps: tuple[Step, ...]
    refused: str = ""
    intermediate_known: bool = False

    @property
    def expected(self) -> str:
        """What `opening.outcome` must say."""
        return self.refused or OPENED


Way = tuple[str, ...]


def spread(ways: list[Way], forms: list[Way], times: int = 1) -> list[tuple[Way, Way]]:
    """Every way `times` times, each with the form that shows the most pairs of choices not seen yet.

    A full product would be ways x forms. `test_spreading` asserts that no pair of choices is missing.
    """
    seen: set[tuple[tuple[int, str], tuple[int, str]]] = set()
    rows = []
    for turn, way in enumerate(ways * times):
        first = turn % len(forms)
        offered = (*forms[first:], *forms[:first])
        news = [len(pairs(way + form) - seen) for form in offered]
        form = offered[news.index(max(news))]
        seen |= pairs(way + form)
        rows.append((way, form))
    return rows


def pairs(row: Way) -> set[tuple[tuple[int, str], tuple[int, str]]]:
    """The pairs of choices in a row, each choice with the place of its question."""
    return set(combinations(enumerate(row), 2))


def speaking(words: Iterable[str]) -> str:
    """The id of a test from option words."""
    return "-".join(word.strip("-").replace(":", "=") for word in words if word) or "plain"


def words(options: Way) -> tuple[str, ...]:
    """The arguments of a row's options."""
    return tuple(word for option in options for word in option.split())
