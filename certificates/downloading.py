"""Fetching a file from an address that an operator configured: HTTP only, of limited size, time and patience."""

from __future__ import annotations

import time
from http.client import HTTPException, HTTPMessage, HTTPResponse
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

MAX_BYTES = 20 * 1024 * 1024
SECONDS_OF_SILENCE = 10.0
SECONDS_IN_ALL = 60.0
SCHEMES = ("http", "https")
_PIECE = 256 * 1024


class DownloadFailed(Exception):
    """The text says why, without the address."""


class _FewRedirects(HTTPRedirectHandler):
    """To http only: the usual one would go on to FTP as well, for which we have no handler."""

    max_redirections = 3

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        if urlsplit(newurl).scheme not in SCHEMES:
            raise DownloadFailed("redirected to something that is not http")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def download(url: str, *, max_bytes: int = MAX_BYTES, seconds: float = SECONDS_IN_ALL) -> bytes:
    """The body. Raises ``DownloadFailed``."""
    if urlsplit(url).scheme not in SCHEMES:
        raise DownloadFailed("address is not http")
    try:
        with _opener().open(url, timeout=min(SECONDS_OF_SILENCE, seconds)) as response:
            return _read(response, max_bytes, time.monotonic() + seconds)
    except HTTPError as error:
        raise DownloadFailed(f"answered {error.code}") from None
    except URLError as error:
        raise DownloadFailed(f"no connection ({type(error.reason).__name__})") from None
    except (OSError, HTTPException, ValueError) as error:
        raise DownloadFailed(f"connection failed ({type(error).__name__})") from None


def _opener() -> OpenerDirector:
    """Without the handlers for files and FTP that the usual one has."""
    opener = OpenerDirector()
    for handler in (
        ProxyHandler(),
        HTTPHandler(),
        HTTPSHandler(),
        HTTPDefaultErrorHandler(),
        HTTPErrorProcessor(),
        _FewRedirects(),
    ):
        opener.add_handler(handler)
    return opener


def _read(response: HTTPResponse, max_bytes: int, deadline: float) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while piece := response.read1(_PIECE):
        pieces.append(piece)
        size += len(piece)
        if size > max_bytes:
            raise DownloadFailed("too large")
        if time.monotonic() > deadline:
            raise DownloadFailed("too slow")
    return b"".join(pieces)
