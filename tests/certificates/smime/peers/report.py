"""`python -m tests.certificates.smime.peers.report` runs all combinations and rewrites the tables of docs/interop.md."""

import sys
from collections import defaultdict
from pathlib import Path

import pytest

from tests.certificates.smime.peers.gpgsm import Gpgsm
from tests.certificates.smime.peers.interop import DOCUMENT, MAKERS, table, with_table
from tests.certificates.smime.peers.nss import Nss
from tests.certificates.smime.peers.openssl import OpenSsl

VERSIONS = {"openssl": OpenSsl.version, "nss": Nss.version, "gpgsm": Gpgsm.version}


class Tally:
    """Hears from each test what became of its combination."""

    def __init__(self) -> None:
        self.outcomes: dict[str, list[tuple[str, str]]] = defaultdict(list)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            maker = Path(report.location[0]).stem.removeprefix("test_")
            self.outcomes[maker] += [(group, str(found)) for group, found in report.user_properties]


def main() -> int:
    """Leave the document alone unless everything passes."""
    tally = Tally()
    files = [str(Path(__file__).with_name(f"test_{maker}.py")) for maker in MAKERS]
    code = int(pytest.main(["-q", *files], plugins=[tally]))
    if code == 0:
        document = DOCUMENT.read_text()
        for maker in MAKERS:
            made = table(VERSIONS[maker](), tally.outcomes[maker])
            document = with_table(document, maker, made)
        DOCUMENT.write_text(document)
    return code


if __name__ == "__main__":
    sys.exit(main())
