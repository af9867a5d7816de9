"""A web server on loopback with a file, and with what servers do to those who fetch one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

MOVED = {
    "/moved": "/list",
    "/to-file": "file:///etc/hostname",
    "/to-ftp": "ftp://127.0.0.1/list",
    "/round": "/round",
    **{f"/hop{number}": f"/hop{number - 1}" for number in range(2, 6)},
    "/hop1": "/list",
}
ENDLESS = {"/endless": (65536, 0.0), "/drip": (1, 0.05)}


class _Shelf(BaseHTTPRequestHandler):
    asked: list[str]
    content: bytes

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(302 if self.path in MOVED else 404 if self.path == "/missing" else 200)
        if self.path in MOVED:
            self.send_header("Location", MOVED[self.path])
        self.end_headers()
        if self.path in ENDLESS:
            self._write_on(*ENDLESS[self.path])
        elif self.path == "/list":
            self.wfile.write(self.content)

    def _write_on(self, size: int, pause: float) -> None:
        try:
            while True:
                self.wfile.write(b"x" * size)
                time.sleep(pause)
        except OSError:
            return

    def log_message(self, format: str, *args: object) -> None:
        """Not to the terminal."""


@contextmanager
def shelf(content: bytes) -> Iterator[tuple[str, list[str]]]:
    """``content`` at ``/list``; gives the site's address, and the paths that were asked for so far."""
    asked: list[str] = []
    handler = type("OwnShelf", (_Shelf,), {"asked": asked, "content": content})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
        server.shutdown()
