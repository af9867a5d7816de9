"""What a call is and what came of it, as the two processes tell each other."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Task:
    """``pages`` and ``received`` are paths of files, ``last_page_sent`` of one that says so once it exists.

    ``parent``: the process that waits, with which this one ends.
    """

    pages: str
    received: str
    last_page_sent: str
    first_page: int
    csid: str
    fault: str
    parent: int

    def as_json(self) -> str:
        return json.dumps(asdict(self))


@dataclass(frozen=True, slots=True)
class Report:
    """``answered``: a ``machine.Answer``. ``result``: the engine's, None where it was not asked.

    ``confirmed`` and ``received`` count pages of this call, ``whole`` those of them from its first on that came
    with all their rows. ``seconds`` are line time. ``remote_ident`` is what the other end said, as text of
    single octets. ``receives_fine``: whether the other end can take 196 lines an inch, None where it never said so.
    """

    answered: str
    result: int | None = None
    words: str = ""
    cut: bool = False
    confirmed: int = 0
    received: int = 0
    whole: int = 0
    last_page_sent: bool = False
    seconds: float = 0.0
    remote_ident: str = ""
    bits_per_second: int | None = None
    error_correction: bool | None = None
    receives_fine: bool | None = None
    bytes_on_the_line: int = 0

    def as_json(self) -> str:
        return json.dumps(asdict(self))
