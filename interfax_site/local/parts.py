"""What the tests need of the system beside the locked requirements: the one list of it."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Part:
    """One Debian or Ubuntu package; `marker` names the tests that cannot run without it.

    It is present when `program` is on the path or a file matches `files` (below /). `answer`: what debconf is
    told before the package is installed.
    """

    package: str
    marker: str | None = None
    program: str | None = None
    files: str | None = None
    answer: str | None = None

    def is_present(self) -> bool:
        """Look for it on this machine."""
        if self.program is not None:
            return shutil.which(self.program) is not None
        return self.files is not None and any(Path("/").glob(self.files))


PARTS = (
    Part("openssl", program="openssl"),
    Part("chromium", marker="browser", program="chromium"),
    Part("libmail-dkim-perl", marker="dkim", program="dkimproxy-sign"),
    Part("gpgsm", marker="gpgsm", program="gpgsm"),
    Part("gpg-agent", marker="gpgsm", program="gpg-agent"),
    Part("libnss3-tools", marker="nss", program="cmsutil"),
    Part(
        "postfix",
        marker="postfix",
        program="postfix",
        # Without a main.cf of its own the system's service does not start.
        answer="postfix postfix/main_mailer_type select No configuration",
    ),
    Part("postgresql", marker="debian", files="usr/lib/postgresql/*/bin/postgres"),
    Part("redis-server", marker="debian", program="redis-server"),
    Part("libspandsp2", marker="line", files="usr/lib/*/libspandsp.so.2"),
    Part("hylafax-server", marker="hylafax", program="hfaxd"),
    Part("iaxmodem", marker="hylafax", program="iaxmodem"),
    Part("libfaketime", marker="hylafax", files="usr/lib/*/faketime/libfaketime.so.1"),
    Part("libfaketime", marker="clock", files="usr/lib/*/faketime/libfaketime.so.1"),
    Part("fonts-noto-cjk", marker="browser", files="usr/share/fonts/*/noto/NotoSansCJK*"),
)


def missing(parts: Sequence[Part] = PARTS) -> list[Part]:
    """Return the parts that this machine lacks."""
    return [part for part in parts if not part.is_present()]


def can_install() -> bool:
    """Tell whether we may and can install packages."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def command_for(parts: Sequence[Part]) -> str:
    """Return the command that a person types to get the parts."""
    return f"apt-get install {' '.join(part.package for part in parts)}"


def install(parts: Sequence[Part]) -> None:
    """Install with apt-get, which fetches its lists first when it does not know a package."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    answers = "".join(f"{part.answer}\n" for part in parts if part.answer)
    if answers:
        subprocess.run(["debconf-set-selections"], input=answers, text=True, env=environment, check=False)
    command = [
        "apt-get",
        "install",
        "-qq",
        "-y",
        "--no-install-recommends",
        *(part.package for part in parts),
    ]
    if subprocess.run(command, env=environment, check=False, capture_output=True).returncode != 0:
        subprocess.run(["apt-get", "update", "-qq"], env=environment, check=False)
        subprocess.run(command, env=environment, check=False)
