"""Debian's HylaFAX with a modem, and the machine that it calls: two iaxmodem joined without an exchange.

All but hfaxd, whose clients are in our time, runs on a clock that is ``SPEED`` times as fast.
"""

from __future__ import annotations

import os
import secrets
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import TiffImagePlugin

from faxsend.carriers.hylafax import HylafaxCarrier, Server
from interfax_site.local.programs import free_port

SPEED = 16
PASSWORD = secrets.token_hex(8)
USER = "faxer"
ABILITIES = "(0,1),(0-5),(0-4),(0-2),(0-3),(0-2),(0),(0-7)"
PROGRAMS = Path("/usr/lib/hylafax/bin")
ETC = Path("/etc/hylafax")
DIRECTORIES = {
    "archive": 0o755,
    "client": 0o755,
    "config": 0o755,
    "dev": 0o755,
    "docq": 0o700,
    "doneq": 0o700,
    "info": 0o755,
    "locks": 0o755,
    "log": 0o755,
    "pollq": 0o700,
    "recvq": 0o755,
    "sendq": 0o700,
    "status": 0o755,
    "tmp": 0o700,
}
SCHEDULER = """
SendFaxCmd: {spool}/bin/faxsend
UUCPLockDir: {spool}/locks
LogFileMode: 0644
"""
MODEM = """
ModemType: Class1
ModemResetCmds: AT+VCID=1
Class1AdaptRecvCmd: AT+FAR=1
Class1TMConnectDelay: 400
FAXNumber: {number}
LocalIdentifier: {ident}
UseJobTSI: yes
UUCPLockDir: {spool}/locks
LogFileMode: 0644
RecvFileMode: 0644
SessionTracing: 0x0F
RingsBeforeAnswer: {rings}
"""
IAXMODEM = """
device /dev/{device}
owner uucp:uucp
mode 660
port {port}
refresh 0
server 127.0.0.1:{peer}
peername {device}
cidname {device}
cidnumber 1000
codec slinear
"""


@dataclass
class Machines:
    """``home`` has the spools ``here`` (HylaFAX) and ``there`` (the machine called)."""

    home: Path
    server: Server
    fast: dict[str, str]
    modems: dict[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, *command: str | Path, fast: bool = True) -> None:
        with (self.home / f"{name}.log").open("ab") as output:
            self.processes[name] = subprocess.Popen(
                command,
                cwd=self.home,
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"} | (self.fast if fast else {}),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def stop(self, *names: str) -> None:
        for name in names:
            self.processes[name].terminate()
        for name in names:
            try:
                self.processes[name].wait(timeout=5)
            except subprocess.TimeoutExpired:
                self.processes[name].kill()
                self.processes[name].wait()
            del self.processes[name]

    def kill(self, name: str) -> None:
        """With all that it has started."""
        os.killpg(self.processes[name].pid, signal.SIGKILL)
        self.processes.pop(name).wait()

    def answer(self) -> None:
        """From now on somebody takes calls at the machine called."""
        if "getty" in self.processes:
            return
        self.start("getty", "faxgetty", "-q", self.home / "there", self.modems["there"])
        status = self.home / "there/status" / self.modems["there"]
        wait_for(lambda: status.exists() and "Running and idle" in status.read_text())

    @contextmanager
    def unanswered(self, command: str) -> Iterator[None]:
        """Nobody takes calls at the machine called, whose modem has been told ``command``."""
        if "getty" in self.processes:
            self.stop("getty")
        line = os.open(Path("/dev", self.modems["there"]), os.O_RDWR | os.O_NOCTTY)
        try:
            tty.setraw(line)
            os.write(line, f"{command}\r".encode())
            assert select.select([line], [], [], 5)[0]
            yield
        finally:
            os.close(line)

    def offer_modem(self) -> None:
        """Tell the scheduler that there is a modem, and what it can; otherwise pages are coded anew, by rows of MH."""
        self._tell_scheduler("faxmodem", "-c", ABILITIES)

    def withdraw_modem(self) -> None:
        self._tell_scheduler("faxstate", "-n", "-s", "down")

    def _tell_scheduler(self, program: str, *options: str) -> None:
        command: list[str | Path] = [
            PROGRAMS / program,
            *options,
            "-q",
            self.home / "here",
            self.modems["here"],
        ]
        subprocess.run(command, check=True, capture_output=True)

    def carrier(self, data_dir: Path) -> HylafaxCarrier:
        """As an installation of its own: with a user of its own, to whom the jobs of others are not known."""
        server = replace(self.server, user=USER + secrets.token_hex(4))
        return HylafaxCarrier(data_dir, server, poll_seconds=0.1, settle_seconds=0.5)

    def received(self) -> list[Path]:
        return sorted((self.home / "there/recvq").glob("*.tif"))


@contextmanager
def machines() -> Iterator[Machines]:
    """All of it up, with the scheduler and without anybody who takes calls."""
    home = Path(tempfile.mkdtemp(prefix="ifx-hylafax-"))  # below /tmp: HylaFAX's user must get there
    home.chmod(0o755)
    code = secrets.token_hex(3)
    modems = {"here": f"ttyF{code}a", "there": f"ttyF{code}b"}
    ports = dict(zip(modems, free_ports(2), strict=True))
    port = free_port("127.0.0.1")
    library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    fast = {"LD_PRELOAD": str(library), "FAKETIME": f"+0 x{SPEED}"}
    ours = Machines(home, Server("127.0.0.1", USER, port=port, password=PASSWORD, timeout=10), fast, modems)
    configured = [Path("/etc/iaxmodem") / device for device in modems.values()]
    try:
        for name, peer in (("here", "there"), ("there", "here")):
            make_spool(home / name, modems[name], fast, rings=int(name == "there"))
            settings = IAXMODEM.format(device=modems[name], port=ports[name], peer=ports[peer])
            (Path("/etc/iaxmodem") / modems[name]).write_text(settings)
            ours.start(f"modem-{name}", "iaxmodem", modems[name])
        ours.start("faxq", "faxq", "-q", home / "here", "-D")
        ours.start(
            "hfaxd", "hfaxd", "-d", "-q", home / "here", "-l", "127.0.0.1", "-i", str(port), fast=False
        )
        wait_for(lambda: all(Path("/dev", device).is_symlink() for device in modems.values()))
        wait_for(lambda: (home / "here/FIFO").exists() and listens(port))
        yield ours
    finally:
        ours.stop(*ours.processes)
        for path in [*configured, *(Path("/dev", device) for device in modems.values())]:
            path.unlink(missing_ok=True)
        shutil.rmtree(home)


def make_spool(spool: Path, device: str, fast: dict[str, str], *, rings: int) -> None:
    """What Debian's package has in /var/spool/hylafax and /etc/hylafax, with places of its own."""
    for directory, mode in DIRECTORIES.items():
        (spool / directory).mkdir(parents=True, mode=mode)
    etc = spool / "etc"
    etc.mkdir()
    shutil.copytree("/var/spool/hylafax/bin", spool / "bin", symlinks=True)
    for script in ("notify", "faxrcvd"):
        (spool / "bin" / script).write_text("#!/bin/sh\nexit 0\n")
    # The shell gives up the user it runs as, without which the loader would drop LD_PRELOAD.
    clock = " ".join(f"{name}='{value}'" for name, value in fast.items())
    faxsend = spool / "bin/faxsend"
    faxsend.write_text(f'#!/bin/sh\n{clock} exec {PROGRAMS}/faxsend "$@"\n')
    faxsend.chmod(0o755)
    for name in ("setup.modem", "pagesizes", "hfaxd.conf", "lutRS18.pcf"):
        shutil.copy(ETC / name, etc)
    cache = (ETC / "setup.cache").read_text().replace("/var/spool/hylafax", str(spool))
    (etc / "setup.cache").write_text(f"{cache}\nSBIN={PROGRAMS}\nUUCP_LOCKDIR={spool}/locks\n")
    (etc / "config").write_text(SCHEDULER.format(spool=spool))
    ident = "CALLED" if rings else "CALLER"
    (etc / f"config.{device}").write_text(MODEM.format(spool=spool, number=1000, ident=ident, rings=rings))
    hashed = subprocess.run(["openssl", "passwd", "-5", PASSWORD], check=True, capture_output=True, text=True)
    hosts = etc / "hosts.hfaxd"
    hosts.write_text(f"^{USER}.*@:100:{hashed.stdout.strip()}\n")
    hosts.chmod(0o600)
    for path in [spool, hosts, *(spool / directory for directory in DIRECTORIES)]:
        shutil.chown(path, "uucp", "uucp")


def pages_in(path: Path) -> list[NDArray[np.bool_]]:
    """Each page of a received file, black is true."""
    image = TiffImagePlugin.TiffImageFile(path)
    pages = []
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        pages.append(~np.asarray(image.convert("1"), dtype=bool))
    return pages


def wait_for(condition: Callable[[], bool], *, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def free_ports(count: int) -> list[int]:
    """Of UDP."""
    sockets = [socket.socket(type=socket.SOCK_DGRAM) for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports: list[int] = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
