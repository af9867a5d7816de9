"""Write all mails out as files: ``python -m tests.mails DIRECTORY``."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from tests.mails.every import ALL


def main() -> None:
    directory = Path(sys.argv[1])
    directory.mkdir(parents=True, exist_ok=True)
    for number, case in enumerate(ALL, 1):
        name = re.sub(r"\W+", "-", case.name).strip("-")
        (directory / f"{number:03}-{name}.eml").write_bytes(case.written())


main()
