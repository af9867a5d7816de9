"""The child's main: import everything, give up every right, then do the one task it was forked for.

A module is imported before the rights go, because afterwards no library can be read. Leaves ``ready.json``
(warnings) once confined and ``result.json`` at the end.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from faxsend.rendering import confinement

READY, RESULT = "ready.json", "result.json"


def begin(task: str, directory: str, stderr: int) -> NoReturn:
    """Do ``module:function`` in the job directory, in a session of its own, and end.

    ``stderr``: where the reason goes if it cannot.
    """
    try:
        os.setsid()
        os.chdir(directory)
        os.dup2(stderr, 2)
        _work(task)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    os._exit(1)


def _work(name: str) -> NoReturn:
    """End without any cleaning up that could hang."""
    here = Path()
    confinement.limit()
    warnings = confinement.leave_network()
    module, _, function = name.partition(":")
    task = getattr(import_module(module), function)
    confinement.drop_rights(here)
    warnings += confinement.leave_files(here)
    (here / READY).write_text(json.dumps(warnings))
    try:
        (here / RESULT).write_text(json.dumps(task(here)))
    except Exception as error:
        print(place_of(error), file=sys.stderr, flush=True)
        os._exit(os.EX_SOFTWARE)
    os._exit(os.EX_OK)


def place_of(error: Exception) -> str:
    """Kind and place of an error, without its message: that may tell of the document."""
    frames = traceback.extract_tb(error.__traceback__)
    last = [frame for frame in frames if "<" not in frame.filename][-1]
    return f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"


def nothing(directory: Path) -> None:
    """The task that only shows what a child can give up on this machine."""
