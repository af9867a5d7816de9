"""What the receiving machines have got, on disk."""

from __future__ import annotations

import errno
import traceback
from pathlib import Path

import pytest

from faxsend.carriers.received import Received

NUMBER = "0081311112222"


def test_a_disk_that_keeps_nothing_is_told_without_the_number(tmp_path: Path) -> None:
    (tmp_path / NUMBER).write_text("a file where a directory is wanted")
    with pytest.raises(OSError) as error:
        Received(tmp_path).keep(NUMBER, 7, b"II*")
    assert error.value.errno == errno.EEXIST
    assert NUMBER not in "".join(traceback.format_exception(error.value))
