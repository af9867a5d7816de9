"""The one Japanese font of all pages, so that a page looks the same on every machine.

Fonts of the system are not used at all. The parent copies the font into the job directory, in which
the child works; the child cannot read anything else. All paths are relative to that directory.
"""

from __future__ import annotations

import shutil
from importlib.resources import as_file, files
from pathlib import Path

FONT = files("noto_cjk_sans_jp_regular") / "NotoSansCJKjp-Regular.otf"
DIRECTORY = "fonts"
CONFIGURATION = f"""<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig><dir>/proc/self/cwd/{DIRECTORY}</dir></fontconfig>
"""


def provide(job: Path) -> None:
    """Put the font and a configuration of fontconfig that knows only it into the job directory."""
    target = job / DIRECTORY
    target.mkdir()
    with as_file(FONT) as font:
        shutil.copyfile(font, target / "sans.otf")
    (target / "fonts.conf").write_text(CONFIGURATION)
