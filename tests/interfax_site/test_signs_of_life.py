"""Workers and beat say that they live, and a worker that could open no mail does not start."""

from __future__ import annotations

import os
import subprocess
import sys

from faxsend import heartbeats
from interfax_site.beating import say_alive
from interfax_site.local.environment import PROJECT


def test_a_worker_without_the_keys_that_it_needs_does_not_start() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "celery", "-A", "interfax_site", "worker", "-Q", "intake", "-c", "1"],
        env=os.environ | {"KEY_SECRETS": ""},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode != 0
    assert "KEY_SECRETS is empty: the worker of intake needs it" in done.stdout + done.stderr


def test_without_a_cache_nobody_stops() -> None:
    """In a process of its own, whose cache is nowhere."""
    program = """
import django; django.setup()
from interfax_site.beating import say_alive
say_alive(["intake"])
print("went on")
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"REDIS_URL": "unix:///nonexistent?db=0"},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "went on\n", done.stderr
    assert "sign of life not left" in done.stderr


def test_a_sign_of_life_is_heard() -> None:
    say_alive(["transmit"])
    assert heartbeats.last_signs()["transmit"] is not None
