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

from django.utils.translation import gettext, gettext_noop

MAX_BYTES = 20 * 1024 * 1024
SECONDS_OF_SILENCE = 10.0
SECONDS_IN_ALL = 60.0
SCHEMES = ("http", "https")
_PIECE = 256 * 1024


_ANSWER = gettext_noop("The server answered with an error")
_UNREACHABLE = gettext_noop("The server cannot be reached")
_BROKEN = gettext_noop("The connection broke")
_NOT_HTTP = gettext_noop("The address is not one of http or https")
_TOO_LARGE = gettext_noop("The file is too large")
_TOO_SLOW = gettext_noop("The server is too slow")


class DownloadFailed(Exception):
    """``reason``: a msgid; ``detail``: a status or a class of errors. Neither names the address."""

    def __init__(self, reason: str, detail: object = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = f" ({detail})" if detail else ""

    def __str__(self) -> str:
        return self.reason + self.detail

    @property
    def translated(self) -> str:
        return gettext(self.reason) + self.detail


class _FewRedirects(HTTPRedirectHandler):
    """To http only: the usual one would go on to FTP as well, for which we have no handler."""

    max_redirections = 3

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        if urlsplit(newurl).scheme not in SCHEMES:
            raise DownloadFailed(_NOT_HTTP, "redirect")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def download(url: str, *, max_bytes: int = MAX_BYTES, seconds: float = SECONDS_IN_ALL) -> bytes:
    """The body. Raises ``DownloadFailed``."""
    if urlsplit(url).scheme not in SCHEMES:
        raise DownloadFailed(_NOT_HTTP)
    try:
        with _opener().open(url, timeout=min(SECONDS_OF_SILENCE, seconds)) as response:
            return _read(response, max_bytes, time.monotonic() + seconds)
    except HTTPError as error:
        raise DownloadFailed(_ANSWER, error.code) from None
    except URLError as error:
        raise DownloadFailed(_UNREACHABLE, type(error.reason).__name__) from None
    except (OSError, HTTPException, ValueError) as error:
        raise DownloadFailed(_BROKEN, type(error).__name__) from None


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
            raise DownloadFailed(_TOO_LARGE)
        if time.monotonic() > deadline:
            raise DownloadFailed(_TOO_SLOW)
    return b"".join(pieces)
