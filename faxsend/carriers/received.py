"""What the machines of our own that receive faxes have received: ``DATA_DIR/received/<number>/<fax id>.tif``."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import TiffImagePlugin

from faxsend.carriers.journal import write_atomically
from faxsend.rendering import Resolution, tiff


@dataclass(frozen=True, slots=True)
class Received:
    root: Path

    def path(self, number: str, fax_id: int) -> Path:
        return self.root / number / f"{fax_id}.tif"

    def keep(self, number: str, fax_id: int, pages: bytes) -> None:
        """Keep the pages of a fax (TIFF class F) instead of what there was. Raises ``OSError``, without the number."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.path(number, fax_id)
        with self._without_number():
            path.parent.mkdir(exist_ok=True)
            write_atomically(path, pages)

    def keep_from(self, first_page: int, number: str, fax_id: int, pages: bytes) -> None:
        """Keep the pages behind those before ``first_page`` (from 1), as far as earlier calls have brought these."""
        strips, path = tiff.read(pages), self.path(number, fax_id)
        if first_page > 1 and path.exists():
            with self._without_number():
                before = path.read_bytes()
            strips = tiff.read(before)[: first_page - 1] + strips
        self.keep(number, fax_id, tiff.assemble(strips, tiff.resolution(pages)))

    @contextmanager
    def _without_number(self) -> Iterator[None]:
        """Errors of files name their path, and logs have no numbers."""
        try:
            yield
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self.root)) from None


def first_pages(stored: bytes, count: int, resolution: Resolution) -> bytes:
    """The first pages of a file that the engine has written, as one of ours. Raises ``ValueError``, ``EOFError``."""
    image = TiffImagePlugin.TiffImageFile(io.BytesIO(stored))
    strips = []
    for number in range(count):
        image.seek(number)
        strips.append(tiff.encode(~np.asarray(image)))
    return tiff.assemble(strips, resolution)
