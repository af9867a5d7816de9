"""The tables of docs/interop.md: what each program made or read, counted."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

from interfax_site.local.environment import PROJECT
from tests.certificates.smime.peers import gpgsm_cases, nss_cases, openssl_cases
from tests.certificates.smime.peers.cases import OPENED, Case
from tests.certificates.smime.peers.ours import OurCase

DOCUMENT = Path(PROJECT) / "docs" / "interop.md"
MAKERS: dict[str, tuple[tuple[Case, ...], tuple[OurCase, ...]]] = {
    "openssl": (openssl_cases.CASES, openssl_cases.OURS),
    "nss": (nss_cases.CASES, nss_cases.OURS),
    "gpgsm": (gpgsm_cases.CASES, gpgsm_cases.OURS),
}
HEAD = "| {} | tried | opened | refused on purpose |\n|---|--:|--:|--:|\n"


def expected(maker: str) -> list[tuple[str, str]]:
    """Group and outcome of every combination that is collected."""
    cases, ours = MAKERS[maker]
    return [(case.group, case.expected) for case in cases] + [(case.group, OPENED) for case in ours]


def table(title: str, outcomes: Iterable[tuple[str, str]]) -> str:
    """A Markdown table, one row a group in the order given, with the total at the end."""
    groups: dict[str, Counter[bool]] = defaultdict(Counter)
    for group, found in outcomes:
        groups[group][found == OPENED] += 1
        groups["total"][found == OPENED] += 1
    groups["total"] = groups.pop("total", Counter())
    rows = [
        f"| {group} | {count.total()} | {count[True]} | {count[False]} |\n" for group, count in groups.items()
    ]
    return HEAD.format(title) + "".join(rows)


def shown(document: str, maker: str) -> str:
    """The maker's table as it stands in the document."""
    begin, end = _place(document, maker)
    return document[begin:end]


def with_table(document: str, maker: str, made: str) -> str:
    """The document with another table of the maker."""
    begin, end = _place(document, maker)
    return document[:begin] + made + document[end:]


def _place(document: str, maker: str) -> tuple[int, int]:
    found = re.search(rf"(?<=<!-- run: {maker} -->\n).*?(?=<!-- end -->)", document, re.DOTALL)
    assert found is not None, f"no table of {maker}"
    return found.span()
