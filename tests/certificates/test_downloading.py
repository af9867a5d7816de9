"""Fetching a file from a configured address: no server leads us elsewhere, fills the memory or keeps us waiting."""

from __future__ import annotations

from socket import create_server

import pytest

from certificates.downloading import DownloadFailed, download
from tests.certificates.shelf import shelf


@pytest.mark.parametrize("path", ["/list", "/moved", "/hop3"])
def test_a_file_is_fetched_over_up_to_three_redirects(path: str) -> None:
    with shelf(b"content") as (site, _):
        assert download(site + path) == b"content"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/missing", r"error \(404\)"),
        ("/to-file", r"error \(302\)"),
        ("/to-ftp", "not one of http"),
        ("/round", r"error \(302\)"),
        ("/hop4", r"error \(302\)"),
        ("/endless", "too large"),
    ],
)
def test_servers_cannot_lead_us_astray(path: str, reason: str) -> None:
    with shelf(b"content") as (site, _), pytest.raises(DownloadFailed, match=reason):
        download(site + path, max_bytes=1_000_000)


def test_a_file_of_just_the_size_that_is_allowed_is_fetched() -> None:
    with shelf(b"x" * 1000) as (site, _):
        assert len(download(f"{site}/list", max_bytes=1000)) == 1000


def test_a_server_that_says_nothing_is_left() -> None:
    with (
        create_server(("127.0.0.1", 0)) as server,
        pytest.raises(DownloadFailed, match=r"connection broke \(TimeoutError\)"),
    ):
        download(f"http://127.0.0.1:{server.getsockname()[1]}/", seconds=0.2)


def test_a_server_that_drips_is_left() -> None:
    with shelf(b"") as (site, _), pytest.raises(DownloadFailed, match="too slow"):
        download(f"{site}/drip", seconds=0.3)


def test_a_server_that_is_not_there_is_said() -> None:
    with create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(DownloadFailed, match=r"cannot be reached \(ConnectionRefusedError\)"):
        download(f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://127.0.0.1/", "ldap://127.0.0.1/cn=x", "list"])
def test_other_addresses_than_http_are_not_fetched(url: str) -> None:
    with pytest.raises(DownloadFailed, match="not one of http"):
        download(url)


def test_a_reason_names_no_password_of_the_address() -> None:
    with pytest.raises(DownloadFailed) as failure:
        download("http://user:secret@127.0.0.1:port/list")
    assert "secret" not in str(failure.value)
