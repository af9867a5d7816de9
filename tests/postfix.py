"""Debian's Postfix between the world and the gateway, set up with the lines of docs/operations.md."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from interfax_site.local.environment import PROJECT
from interfax_site.local.processes import wait_until
from interfax_site.local.programs import free_port

GATEWAY_IN_THE_DOCUMENT = "[192.0.2.10]:2525"

MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
flush unix n - n 1000? 0 flush
postlog unix-dgram n - n - 1 postlogd
"""
HERE = {
    "compatibility_level": "3.6",
    "command_directory": "/usr/sbin",
    "daemon_directory": "/usr/lib/postfix/sbin",
    "maillog_file": "/dev/stdout",
    "mail_owner": "postfix",
    "setgid_group": "postdrop",
    "myhostname": "mx.example.net",
    "mydestination": "",
    "mynetworks": "127.0.0.0/8",
    "inet_interfaces": "loopback-only",
    "inet_protocols": "ipv4",
    "alias_maps": "",
    "alias_database": "",
    "smtp_host_lookup": "native",
    "smtp_dns_support_level": "disabled",
    # So that the test need not wait a minute.
    "queue_run_delay": "1s",
    "minimal_backoff_time": "1s",
    "maximal_backoff_time": "1s",
}


@dataclass(frozen=True, slots=True)
class Postfix:
    """It takes mail on ``port`` of the loopback, and writes to ``log``."""

    port: int
    log: Path


def lines_of_the_document() -> dict[str, str]:
    """What docs/operations.md tells the operator to write into main.cf."""
    text = (PROJECT / "docs/operations.md").read_text()
    found = re.search(r"^## Behind Postfix$.*?^```\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    assert found is not None
    return dict(line.split(" = ", 1) for line in found[1].splitlines())


@contextmanager
def running_postfix(*, gateway: int, elsewhere: int) -> Iterator[Postfix]:
    """Our domains go to the port ``gateway``, all other mail to the port ``elsewhere``."""
    home = Path(tempfile.mkdtemp(prefix="ifx-postfix-"))  # open to all above: Postfix's user must get there
    try:
        postfix = Postfix(free_port("127.0.0.1"), home / "log")
        _configure(home, postfix.port, gateway, elsewhere)
        with postfix.log.open("wb") as output:
            process = subprocess.Popen(
                ["postfix", "-c", home / "etc", "start-fg"], stdout=output, stderr=subprocess.STDOUT
            )
        try:
            assert wait_until(lambda: listens(postfix.port), seconds=30), postfix.log.read_text()
            yield postfix
        finally:
            subprocess.run(["postfix", "-c", home / "etc", "stop"], check=False, capture_output=True)
            process.wait(timeout=20)
    finally:
        shutil.rmtree(home)


def _configure(home: Path, port: int, gateway: int, elsewhere: int) -> None:
    home.chmod(0o755)
    for name in ("etc", "queue", "data"):
        (home / name).mkdir()
    shutil.chown(home / "data", "postfix")
    document = lines_of_the_document()
    assert GATEWAY_IN_THE_DOCUMENT in document["relay_transport"]
    document["relay_transport"] = f"relay:[127.0.0.1]:{gateway}"
    given = {
        "queue_directory": str(home / "queue"),
        "data_directory": str(home / "data"),
        "default_transport": f"smtp:[127.0.0.1]:{elsewhere}",
    }
    settings = document | HERE | given
    (home / "etc/master.cf").write_text(MASTER.format(port=port))
    (home / "etc/main.cf").write_text("".join(f"{name} = {value}\n" for name, value in settings.items()))


def listens(port: int) -> bool:
    """Whether somebody takes connections there."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
