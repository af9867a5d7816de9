"""A person with a browser, as far as a program can be one: cookies, the login form, pages."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

TIMEOUT_SECONDS = 20.0


def _opener() -> OpenerDirector:
    return build_opener(HTTPCookieProcessor(CookieJar()))


@dataclass(frozen=True, slots=True)
class Visitor:
    """``site``: the address of the site, as in ``http://localhost:8000``."""

    site: str
    opener: OpenerDirector = field(default_factory=_opener)

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body after redirects. Raises ``urllib.error.HTTPError`` from 400 on."""
        with self.opener.open(urljoin(self.site, path), timeout=TIMEOUT_SECONDS) as response:
            return response.status, response.read()

    def log_in(self, username: str, password: str) -> str:
        """Fill in the login form; the address of the page that follows."""
        address = urljoin(self.site, "/accounts/login/")
        with self.opener.open(address, timeout=TIMEOUT_SECONDS) as response:
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', response.read().decode())
        if token is None:
            raise ValueError("the login page has no form")
        fields = {"login": username, "password": password, "csrfmiddlewaretoken": token[1]}
        with self.opener.open(address, urlencode(fields).encode(), timeout=TIMEOUT_SECONDS) as response:
            return str(response.url)
