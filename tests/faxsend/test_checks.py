"""Settings that cannot be right are told at the start."""

from __future__ import annotations

from django.core.checks import run_checks
from pytest_django import Settings


def found() -> list[str | None]:
    return [message.id for message in run_checks() if message.id and message.id.startswith("faxsend.")]


def test_a_resolver_that_is_no_address_is_an_error(settings: Settings) -> None:
    settings.DNS_RESOLVER = ["127.0.0.1:5353", "dns.example.com"]
    assert found() == ["faxsend.E001"]


def test_addresses_are_resolvers(settings: Settings) -> None:
    settings.DNS_RESOLVER = ["127.0.0.1:5353", "[::1]:53"]
    assert found() == []
