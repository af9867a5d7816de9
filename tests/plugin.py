"""Gives every test process a PostgreSQL, a Valkey, a data directory and secrets of its own.

Loaded by `-p tests.plugin`: pytest-django imports the settings before any conftest could set them up.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from interfax_site.local.environment import full_environment
from interfax_site.local.services import Services

ISOLATED = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "KEY_SECRETS", "CONTENT_SECRETS")
FIXED = {
    "EMAIL_URL": "eml:",
    "SITE_URL": "http://localhost:8000",
    "HTTP_PORT": "0",
    "SMTP_PORT": "0",
    "SMTPS_PORT": "0",
}


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """Start the services before pytest-django imports the settings.

    With xdist the workers have their own; the process that hands out the tests runs none.
    """
    directory = Path(tempfile.mkdtemp(prefix="ifx-"))
    directory.chmod(0o711)  # run by root, PostgreSQL's user must reach its part
    early_config.add_cleanup(lambda: shutil.rmtree(directory, ignore_errors=True))
    if _hands_out_tests(early_config):
        _set_environment(directory, "postgres://postgres@/none?host=/nonexistent", "unix:///nonexistent?db=0")
    else:
        services = Services.start(directory, durable=False)
        early_config.add_cleanup(services.stop)
        _set_environment(directory, services.database_url, services.redis_url)
    return (yield)


@pytest.fixture(autouse=True)
def _outbox(settings: Any) -> None:
    """Put our backend back: pytest-django replaces it with one that keeps mail in memory."""
    settings.EMAIL_BACKEND = "notifications.outbox.OutboxBackend"


def _hands_out_tests(config: pytest.Config) -> bool:
    if "PYTEST_XDIST_WORKER" in os.environ:
        return False
    options = config.known_args_namespace
    return bool(getattr(options, "numprocesses", None) or getattr(options, "tx", None))


def _set_environment(directory: Path, database_url: str, redis_url: str) -> None:
    """Replace whatever the caller's environment says about an instance."""
    base = {name: value for name, value in os.environ.items() if name.removesuffix("_FILE") not in ISOLATED}
    wanted = full_environment(
        base | FIXED, data_dir=directory, database_url=database_url, redis_url=redis_url
    )
    os.environ.clear()
    os.environ.update(wanted)
