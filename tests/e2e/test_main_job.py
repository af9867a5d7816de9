"""The demo's way as a test: an encrypted mail becomes a fax, and its report comes back encrypted.

``./run demo --json`` runs as a program of its own, exactly as a newcomer types it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.e2e.office import Office
from tests.e2e.world import FREE_PORTS, OWN_SERVICES, World, data_directory, order, wait_for

PROJECT = Path(__file__).resolve().parents[2]

STEPS = [
    "services up",
    "certificate asked for on the site and taken from the mail",
    "certificate registered by a signed mail",
    "mail encrypted and signed by openssl",
    "mail sent over STARTTLS",
    "mail sent over TLS",
    "fax accepted",
    "received page equal to the page as dialled",
    "notification encrypted and opened by openssl",
    "history row OK over HTTP",
]


def demo(
    data_dir: Path, given: Mapping[str, str] = OWN_SERVICES | FREE_PORTS
) -> tuple[int, dict[str, object]]:
    environment = {**os.environ, **given, "DATA_DIR": str(data_dir)}
    done = subprocess.run(
        [sys.executable, "-m", "interfax_site.local", "demo", "--json"],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        check=False,
    )
    assert done.stdout, done.stderr.decode()
    return done.returncode, json.loads(done.stdout)


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A 0700 directory, as mktemp -d makes them: PostgreSQL's user cannot pass through it."""
    with data_directory(private=True) as directory:
        yield directory


def test_the_demo_holds_every_step_twice(data_dir: Path) -> None:
    for _ in range(2):
        code, told = demo(data_dir)
        assert (code, told["ok"]) == (0, True), told
        assert isinstance(told["steps"], list)
        assert [step["name"] for step in told["steps"]] == STEPS
        assert all(step["ok"] and step["detail"] for step in told["steps"])


@pytest.fixture
def world(ours: Office) -> World:
    return ours.world


def test_the_demo_uses_an_instance_that_is_running(world: World) -> None:
    [(before,)] = world.ask("SELECT count(*) FROM faxsend_submission")
    code, told = demo(world.data_dir, world.given)
    assert (code, told["ok"]) == (0, True), told
    assert world.ask("SELECT count(*) FROM faxsend_submission") == [(before + 2,)]


def test_a_mail_of_41_megabytes_is_refused_at_once(world: World) -> None:
    code, text = world.send(order("03-1111-2222", "x" * 70 + "\r\n") * (41 * 1024 * 1024 // 200))
    assert code == 552, text


def test_bad_input_comes_back_as_a_mail_with_its_reason(world: World) -> None:
    token = world.accept(order("03-abc", "bad number"))
    wait_for(
        lambda: world.ask(
            "SELECT 1 FROM faxsend_inboundmessage WHERE token = %s AND rejection_code = 'invalid-number'",
            token,
        ),
        "the refusal",
    )
    answer = wait_for(
        lambda: next(
            (mail for mail in world.outbox() if b"Undelivered Mail Returned to Sender" in mail), None
        ),
        "the answer",
    )
    assert answer.startswith(b"Return-Path: <>")


def test_a_running_instance_logs_neither_numbers_nor_texts(world: World) -> None:
    token = world.accept(order("03-9876-5432", "confidential-words"))
    wait_for(lambda: world.mails_to_inbound(token), "the notification")
    log = "\n".join(world.log)
    assert token in log
    assert not [secret for secret in ("9876-5432", "398765432", "confidential-words") if secret in log]
