"""What a HylaFAX server could say: a script at the other end of a real socket."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from faxsend.carriers.hylafax import HylafaxCarrier, Server

PASSWORD = "correct horse"
JOB = {
    "STATE": "DONE",
    "STATUSCODE": "000",
    "STATUS": "",
    "JOBINFO": "interfax 1 pages 1-1",
    "OWNER": "faxer",
    "TOTDIALS": "1",
    "NPAGES": "1",
    "COMMID": "",
}
REPLIES = {
    "USER": "331 Password required.",
    "PASS": "230 Logged in.",
    "TYPE": "200 Type set.",
    "FORM": "200 Format set.",
    "JNEW": "200 New job created: jobid: 12 groupid: 12.",
    "JPARM": "213 Set.",
    "JSUBM": "200 Job 12 submitted.",
    "JOB": "200 Current job: jobid: 12 groupid: 12.",
    "JOBFMT": "200 Job format set.",
    "JSUSP": "200 Job 12 suspended.",
    "JDELE": "200 Job 12 deleted; current job: (default).",
}
BREAK_OFF = "break off"
SAY_NOTHING = "say nothing"
NO_SUCH_JOB = "500 Cannot set job 12; job does not exist (No such file or directory)."


@dataclass
class Script:
    """What is said to each command; ``jobs`` is the listing of both queues; ``heard`` all commands.

    ``pause``: seconds between two octets of a listing.
    """

    port: int
    replies: dict[str, str] = field(default_factory=lambda: dict(REPLIES))
    job: dict[str, str] = field(default_factory=lambda: dict(JOB))
    jobs: str = ""
    heard: list[str] = field(default_factory=list)
    pause: float = 0.0

    def reply(self, command: str) -> str:
        self.heard.append(command)
        verb = command.split(" ", 1)[0]
        if command == "JPARM":
            facts = "".join(f"    {name}: {value}\r\n" for name, value in self.job.items())
            return self.replies.get("the job", f"217-Job state\r\n{facts}217 End of job state.")
        said = self.replies.get(verb, "500 Command not recognized.")
        if command.startswith("JSUSP") and said.startswith("200"):
            self.job["STATE"] = "SUSPENDED"
        if command.startswith("JDELE") and said.startswith("200"):
            self.replies["JOB"] = NO_SUCH_JOB
        return said

    def carrier(self, data_dir: Path) -> HylafaxCarrier:
        server = Server("127.0.0.1", "faxer", self.port, PASSWORD, timeout=0.5, session_seconds=1.5)
        return HylafaxCarrier(data_dir, server, poll_seconds=0.01, settle_seconds=0.05)


def serve(listener: socket.socket, script: Script) -> None:
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            threading.Thread(target=converse, args=[client, script], daemon=True).start()


def converse(client: socket.socket, script: Script) -> None:
    with (
        suppress(OSError),
        client,
        client.makefile("rb") as lines,
        socket.create_server(("127.0.0.1", 0)) as data,
    ):
        client.sendall(b"220 server ready.\r\n")
        for line in lines:
            command = line.decode().strip()
            if command == "PASV":
                high, low = divmod(data.getsockname()[1], 256)
                said = f"227 Entering passive mode (192,0,2,1,{high},{low})"
            elif command.startswith(("STOT", "LIST")):
                client.sendall(b"150 FILE: /tmp/doc1.tif (Opening new data connection).\r\n")
                with data.accept()[0] as connection:
                    if command.startswith("LIST"):
                        for octet in script.jobs.encode():
                            time.sleep(script.pause)
                            connection.sendall(bytes([octet]))
                    else:
                        while connection.recv(65536):
                            pass
                said = script.replies.get("STOT", "226 Transfer complete (FILE: /tmp/doc1.tif).")
                script.heard.append(command)
            else:
                said = script.reply(command)
            if said == BREAK_OFF:
                return
            if said == SAY_NOTHING:
                continue
            client.sendall(said.encode() + b"\r\n")
