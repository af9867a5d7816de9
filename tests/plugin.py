"""Gives every test process a PostgreSQL, a Valkey, a data directory and secrets of its own.

Loaded by `-p tests.plugin`: pytest-django imports the settings before any conftest could set them up.
Tests whose marker needs a part that this machine lacks are deselected, and counted aloud at the end.
"""

import gc
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation
from xdist.scheduler import LoadFileScheduling

from interfax_site.local import parts
from interfax_site.local.environment import detached_environment
from interfax_site.local.services import Services
from interfax_site.local.testing import in_ci

FIXED = {
    "EMAIL_URL": "eml:",
    "SITE_URL": "http://localhost:8000",
    "HTTP_PORT": "0",
    "SMTP_PORT": "0",
    "SMTPS_PORT": "0",
}
LACKING = pytest.StashKey[Counter[str]]()
MEMORY = Path("/dev/shm")
ENOUGH_MEMORY = 2 << 30
"""Bytes: three times what the whole run takes, databases with their logs and mails of 40 MB."""


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """Start the services before pytest-django imports the settings.

    With xdist the workers have their own; the process that hands out the tests runs none.
    """
    early_config.stash[LACKING] = Counter()
    in_memory = "TMPDIR" not in os.environ and _memory_serves_as_disk()
    directory = Path(tempfile.mkdtemp(prefix="ifx-", dir=MEMORY if in_memory else None))
    directory.chmod(0o711)  # run by root, PostgreSQL's user must reach its part
    if in_memory:  # what killed processes leave goes with it, or else memory would fill
        os.environ["TMPDIR"] = tempfile.tempdir = str(directory)
    early_config.add_cleanup(lambda: shutil.rmtree(directory, ignore_errors=True))
    # Made by whoever hands out the tests, and inherited by the workers.
    shared = os.environ.get("SHARED_DIR") or str(directory)
    environment = detached_environment(directory) | FIXED | {"SHARED_DIR": shared}
    if not _hands_out_tests(early_config):
        services = Services.start(directory, durable=False)
        early_config.add_cleanup(services.stop)
        environment |= {"DATABASE_URL": services.database_url, "REDIS_URL": services.redis_url}
    os.environ.clear()
    os.environ.update(environment)
    return (yield)


@pytest.fixture(autouse=True)
def _outbox(settings: Any) -> None:
    """Put our backend back: pytest-django replaces it with one that keeps mail in memory."""
    settings.EMAIL_BACKEND = "notifications.outbox.OutboxBackend"


@pytest.fixture(autouse=True)
def _language() -> Iterator[None]:
    """Forget the language of the last request: a page in English would make the next test English, too."""
    yield
    translation.deactivate()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what this machine cannot run; in CI it stays, and fails."""
    if in_ci():
        return
    lacks = _lacks()
    deselected = [item for item in items if any(item.get_closest_marker(marker) for marker in lacks)]
    for item in deselected:
        items.remove(item)
        config.stash[LACKING].update(marker for marker in lacks if item.get_closest_marker(marker))
    if deselected:
        config.hook.pytest_deselected(items=deselected)


@pytest.hookimpl(tryfirst=True)
def pytest_collection() -> None:
    """Collect no garbage: nearly all that is made now stays."""
    gc.disable()


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Collect garbage from here on, and do not look at all the tests each time."""
    gc.collect()
    gc.freeze()
    gc.enable()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell the process that hands out the tests what this worker could not run."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        lacking: Counter[str] = session.config.stash[LACKING]
        output["lacking"] = dict(lacking)


class FilesOfOneOffice(LoadFileScheduling):
    """A file's tests go to one worker, and so do all files that share a running instance (``ours``)."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return "office" if file.startswith(("tests/e2e/test_guide_14_", "tests/e2e/test_main_job")) else file


class Workers:
    """What the process that hands out the tests hears from its workers; each has collected all of them."""

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> Any:
        """Start one office, not one a worker."""
        return FilesOfOneOffice(config, log) if config.getvalue("dist") == "loadfile" else None

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over a worker's count."""
        lacking = node.config.stash[LACKING]
        lacking |= Counter(getattr(node, "workeroutput", {}).get("lacking", {}))


def pytest_configure(config: pytest.Config) -> None:
    """Listen to workers."""
    config.pluginmanager.register(Workers(), "interfax-workers")


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Count aloud what was not run for want of a part."""
    for marker, count in sorted(config.stash[LACKING].items()):
        terminalreporter.write_line(f"NOT RUN: {count} tests marked {marker}: {_lacks()[marker]}", red=True)


def _lacks() -> dict[str, str]:
    """Return the markers that cannot run here, each with what to do about it."""
    missing = [part for part in parts.missing() if part.marker]
    lacks = {
        part.marker: f"type: {parts.command_for([other for other in missing if other.marker == part.marker])}"
        for part in missing
        if part.marker
    }
    return lacks if os.geteuid() == 0 else lacks | {"root": "needs root"}


def _memory_serves_as_disk() -> bool:
    """Whether there is a file system in memory with room, from which programs can be run: it halves the work."""
    if not MEMORY.is_dir() or not os.access(MEMORY, os.W_OK | os.X_OK):
        return False
    facts = os.statvfs(MEMORY)
    return facts.f_bavail * facts.f_frsize >= ENOUGH_MEMORY and not facts.f_flag & os.ST_NOEXEC


def _hands_out_tests(config: pytest.Config) -> bool:
    if "PYTEST_XDIST_WORKER" in os.environ:
        return False
    options = config.known_args_namespace
    return bool(getattr(options, "numprocesses", None) or getattr(options, "tx", None))
