"""The units in docs/systemd: systemd takes them, they confine what they start, and keys go only where they must."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from faxsend.heartbeats import QUEUES
from interfax_site.beating import OPEN_KEYS
from interfax_site.local.environment import PROJECT

UNITS = sorted((PROJECT / "docs" / "systemd").glob("*.service"))
TARGET = PROJECT / "docs" / "systemd" / "interfax.target"
NAMES = {"web", "gateway", "beat", *QUEUES}
CONFINED = {
    "NoNewPrivileges=yes",
    "ProtectSystem=strict",
    "ProtectHome=yes",
    "PrivateTmp=yes",
    "PrivateDevices=yes",
    "RestrictSUIDSGID=yes",
}


def name_of(unit: Path) -> str:
    return unit.stem.removeprefix("interfax-")


def test_every_process_has_a_unit_that_the_target_wants() -> None:
    assert {name_of(unit) for unit in UNITS} == NAMES
    [wants] = [line for line in TARGET.read_text().splitlines() if line.startswith("Wants=")]
    assert set(wants.removeprefix("Wants=").split()) == {unit.name for unit in UNITS}


@pytest.mark.parametrize("unit", UNITS, ids=name_of)
def test_a_unit_confines_what_it_starts(unit: Path) -> None:
    lines = set(unit.read_text().splitlines())
    assert CONFINED - lines == set()
    assert "User=interfax" in lines


def test_private_keys_are_given_to_those_who_open_mail_or_sign() -> None:
    given = {name_of(unit) for unit in UNITS if "EnvironmentFile=/etc/interfax/keys" in unit.read_text()}
    assert given == OPEN_KEYS


@pytest.mark.parametrize("queue", QUEUES)
def test_a_worker_takes_its_own_queue(queue: str) -> None:
    unit = (PROJECT / "docs" / "systemd" / f"interfax-{queue}.service").read_text()
    assert f" worker -Q {queue} " in unit


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    """With the programs of this environment in place of those of an installation."""
    here = Path(sys.executable).parent
    for unit in [*UNITS, TARGET]:
        text = unit.read_text().replace("/opt/interfax/.venv/bin", str(here))
        (tmp_path / unit.name).write_text(text.replace("/opt/interfax", str(PROJECT)))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *sorted(tmp_path.iterdir())],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
