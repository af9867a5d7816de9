"""A person with a browser, as far as a program can be one: cookies, the login form, pages."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
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
        return self.fill_in("/accounts/login/", "login", login=username, password=password)[0]

    def fill_in(self, path: str, form: str, **fields: str) -> tuple[str, str]:
        """Fill in the form of that id on a page and send it; address and text of the page that follows.

        Raises ``ValueError`` if the page has no such form.
        """
        _, page = self.get(path)
        found = re.search(rf'<form id="{form}"[^>]* action="([^"]+)".*?</form>', page.decode(), re.DOTALL)
        token = found and re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', found[0])
        if not found or not token:
            raise ValueError(f"{path} has no form {form}")
        data = urlencode({**fields, "csrfmiddlewaretoken": token[1]}).encode()
        with self.opener.open(
            urljoin(self.site, unescape(found[1])), data, timeout=TIMEOUT_SECONDS
        ) as response:
            return str(response.url), response.read().decode()
