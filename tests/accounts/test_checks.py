"""What would go wrong in production is told beforehand, by checks with an id and a remedy."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import psycopg
import pytest
from cryptography.fernet import Fernet
from django.core.checks import run_checks
from pytest_django import Settings

from interfax_site.local.environment import PROJECT

KEY = Fernet.generate_key().decode()


def found(*, deploy: bool = False) -> set[str]:
    """The ids of all that is said about the settings; each has its remedy."""
    messages = run_checks(include_deployment_checks=deploy)
    ours = [message for message in messages if not str(message.id).startswith("security.")]
    assert all(message.hint for message in ours)
    return {str(message.id) for message in ours}


@pytest.fixture(autouse=True)
def _production(settings: Settings) -> None:
    """A database of the operator's own, with everything as it should be."""
    settings.EMBEDDED = False
    settings.SITE_URL = "https://fax.example.jp"
    settings.RELAY = settings.RELAY | {"EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend"}
    settings.FAX_CARRIER, settings.HYLAFAX_URL = "hylafax", "hylafax://fax:secret@localhost"


def test_nothing_is_said_about_a_production_that_is_right() -> None:
    assert found(deploy=True) == set()


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("CONTENT_SECRETS", [], "accounts.E001"),
        ("CONTENT_SECRETS", [KEY, "too short"], "accounts.E002"),
        ("KEY_SECRETS", [KEY[:-1]], "accounts.E002"),
        ("DEBUG", True, "accounts.E003"),
        ("METRICS_NETWORKS", ["10.0.0.1/8"], "accounts.E004"),
        ("SITE_URL", "http://fax.example.jp", "accounts.W004"),
        ("FAX_CARRIER", "simulator", "faxsend.W002"),
    ],
)
def test_a_setting_that_is_wrong_in_production_is_told(
    settings: Settings, name: str, value: Any, expected: str
) -> None:
    setattr(settings, name, value)
    assert found() == {expected}


def test_mail_that_becomes_files_is_told(settings: Settings) -> None:
    settings.RELAY = settings.RELAY | {"EMAIL_BACKEND": "notifications.relay.eml"}
    assert found() == {"notifications.W001"}


def test_what_is_right_for_trying_things_out_is_not_told(settings: Settings) -> None:
    settings.EMBEDDED, settings.SITE_URL, settings.FAX_CARRIER = True, "http://localhost", "simulator"
    settings.RELAY = settings.RELAY | {"EMAIL_BACKEND": "notifications.relay.eml"}
    assert found() == set()


def test_missing_key_secrets_are_told_to_those_who_deploy(settings: Settings) -> None:
    settings.KEY_SECRETS = []
    assert (found(), found(deploy=True)) == (set(), {"accounts.W003"})


def test_no_check_shows_a_secret(settings: Settings) -> None:
    settings.CONTENT_SECRETS = ["sesame-open"]
    assert "sesame" not in "".join(map(str, run_checks()))


@pytest.mark.django_db
def test_a_database_that_knows_japanese_letters_is_right() -> None:
    assert "accounts.W002" not in {message.id for message in run_checks(databases=["default"])}


def test_a_database_without_japanese_letters_is_told() -> None:
    """Before there are tables in it, as at an installation."""
    url = os.environ["DATABASE_URL"]
    name = f"letters_{os.getpid()}"
    create = f"CREATE DATABASE {name} ENCODING 'UTF8' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0"
    with psycopg.connect(url, dbname="postgres", autocommit=True) as server:
        server.execute(create)
        try:
            done = subprocess.run(
                [sys.executable, "manage.py", "check", "--database", "default"],
                env=os.environ | {"DATABASE_URL": url.replace("/interfax?", f"/{name}?")},
                cwd=PROJECT,
                capture_output=True,
                text=True,
                check=False,
            )
        finally:
            server.execute(f"DROP DATABASE {name}")
    assert "accounts.W002" in done.stderr, done.stderr
