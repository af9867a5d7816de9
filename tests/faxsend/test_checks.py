"""Settings that cannot be right are told at the start."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.checks import run_checks
from pytest_django import Settings

from interfax_site.local.environment import PROJECT


def found(*, deploy: bool = False) -> list[str | None]:
    messages = run_checks(include_deployment_checks=deploy)
    return [message.id for message in messages if message.id and message.id.startswith("faxsend.")]


def test_a_resolver_that_is_no_address_is_an_error(settings: Settings) -> None:
    settings.DNS_RESOLVER = ["127.0.0.1:5353", "dns.example.com"]
    assert found() == ["faxsend.E001"]


def test_addresses_are_resolvers(settings: Settings) -> None:
    settings.DNS_RESOLVER = ["127.0.0.1:5353", "[::1]:53"]
    assert found() == []


@pytest.mark.line
def test_an_engine_that_is_installed_can_carry_calls(settings: Settings) -> None:
    settings.FAX_CARRIER = "spandsp"
    assert found() == []


def test_the_start_without_the_engine_says_what_to_install() -> None:
    """The loader finds no library in a process of which no further file can be opened."""
    program = """
import os, resource
import django; django.setup()
from faxsend import checks
lowest = os.open("/dev/null", os.O_RDONLY)
resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, lowest))
[error] = checks.check_line()
print(error.id, error.hint)
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"FAX_CARRIER": "spandsp"},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith("faxsend.E002 Debian, Ubuntu: apt-get install libspandsp2"), done.stderr


@pytest.mark.parametrize("content", ["{", "[]", '{"0081311112222": "bsuy"}', None])
def test_a_file_of_faults_that_is_none_is_an_error(
    settings: Settings, tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "faults.json"
    if content is not None:
        file.write_text(content)
    settings.SPANDSP_FAULTS = str(file)
    assert found() == ["faxsend.E003"]


def test_faults_are_not_for_production(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "faults.json"
    file.write_text(json.dumps({"0081311112222": "busy"}))
    settings.SPANDSP_FAULTS = str(file)
    assert found() == []
    assert found(deploy=True) == ["faxsend.W001"]


def test_hylafax_needs_a_server_that_can_be_named(settings: Settings) -> None:
    settings.FAX_CARRIER = "hylafax"
    assert found() == ["faxsend.E004"]
    settings.HYLAFAX_URL = "hylafax://fax:secret@localhost"
    assert found() == []
