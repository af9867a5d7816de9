"""Tasks say "look"; without a broker the edges go on at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from celery import current_app

PROJECT = Path(__file__).resolve().parents[2]

WAKE_WITHOUT_BROKER = """
import django, time; django.setup()
from faxsend.tasks import look_for_mail, wake
start = time.monotonic()
wake(look_for_mail)
print(time.monotonic() - start)
"""


def test_every_task_has_the_queue_of_its_worker() -> None:
    current_app.loader.import_default_modules()
    ours = [name for name in current_app.tasks if not name.startswith("celery.")]
    queues = {name: current_app.amqp.router.route({}, name)["queue"].name for name in ours}
    assert queues == {
        "faxsend.tasks.look_for_mail": "intake",
        "faxsend.tasks.look_for_faxes": "transmit",
        "faxsend.tasks.recover_calls": "transmit",
        "faxsend.tasks.keep_deadlines": "transmit",
        "faxsend.tasks.remove_what_is_due": "mail",
        "faxsend.tasks.look_for_credit": "transmit",
        "notifications.tasks.look_for_outgoing": "mail",
        "certificates.tasks.look_for_requests": "mail",
        "certificates.tasks.fetch_revocation_lists": "mail",
    }


def test_without_a_broker_nobody_waits() -> None:
    environment = os.environ | {"REDIS_URL": "unix:///nonexistent?db=0"}
    done = subprocess.run(
        [sys.executable, "-c", WAKE_WITHOUT_BROKER],
        env=environment,
        cwd=PROJECT,
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert float(done.stdout) < 2.0
    assert b"broker is down" in done.stderr
