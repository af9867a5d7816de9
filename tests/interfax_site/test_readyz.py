"""What /readyz says when everything works, and when one part does not."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone

from faxsend import heartbeats
from interfax_site import readiness
from interfax_site.local.environment import PROJECT
from tests.certificates.issued import kept

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _working(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that is migrated, a certificate that signs, and workers that have just been heard of."""
    monkeypatch.setattr(readiness, "_latest", None)
    kept()
    heartbeats.note(heartbeats.PARTS, timezone.now())


def failed(client: Client) -> set[str]:
    """The parts that /readyz says have failed; its status is as they are."""
    response = client.get("/readyz")
    parts = {part for part, word in response.json()["parts"].items() if word != "ok"}
    assert response.status_code == (503 if parts else 200)
    assert response.json()["ready"] is (not parts)
    return parts


def test_it_is_ready_when_every_part_is(client: Client) -> None:
    assert failed(client) == set()
    assert set(client.get("/readyz").json()["parts"]) == {
        "database",
        "migrations",
        "service_certificate",
        "broker",
        "intake",
        "transmit",
        "mail",
        "beat",
    }


@pytest.mark.parametrize("part", heartbeats.PARTS)
def test_a_worker_that_has_been_silent_for_half_a_minute_has_failed(client: Client, part: str) -> None:
    heartbeats.note([part], timezone.now() - heartbeats.SILENT_AFTER)
    assert failed(client) == {part}


def test_workers_of_which_nobody_has_heard_have_failed(client: Client) -> None:
    cache.clear()
    assert failed(client) == set(heartbeats.PARTS)


def test_without_a_valid_service_certificate_it_is_not_ready(client: Client) -> None:
    at = timezone.now() + timedelta(days=701)
    assert not readiness.look(at).parts["service_certificate"]


def test_a_migration_that_has_not_been_applied_is_told(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """DELETE FROM django_migrations WHERE app = 'faxsend' AND name =
               (SELECT max(name) FROM django_migrations WHERE app = 'faxsend')"""
        )
    assert failed(client) == {"migrations"}


def test_many_who_ask_cost_one_look(client: Client) -> None:
    assert failed(client) == set()
    cache.clear()
    assert failed(client) == set()


def test_without_servers_it_answers_all_the_same() -> None:
    """In a process of its own, whose database and broker are nowhere."""
    program = """
import django; django.setup()
from django.test import Client
response = Client().get("/readyz", headers={"host": "localhost"})
print(response.status_code, sorted({*response.json()["parts"].values()}))
print(Client().get("/livez", headers={"host": "localhost"}).status_code)
print(b"interfax_ready{part=\\"database\\"} 0.0" in Client().get("/metrics", headers={"host": "localhost"}).content)
"""
    nowhere = {
        "DATABASE_URL": "postgres://nobody@/none?host=/nonexistent",
        "REDIS_URL": "unix:///nonexistent?db=0",
    }
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | nowhere,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.splitlines() == ["503 ['failed']", "200", "True"], done.stderr
