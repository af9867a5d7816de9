"""What each process is told by its environment.

Order: the environment that we were given, then `.env` in the project, then the embedded default. The keys
that open private keys go only to processes that decrypt or sign.
"""

import base64
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

import environ

from interfax_site.local.processes import StartError

PROJECT = Path(__file__).resolve().parents[2]
SECRETS = ("SECRET_KEY", "KEY_SECRETS", "CONTENT_SECRETS")
INSTANCE = (*SECRETS, "DATABASE_URL", "REDIS_URL")
SETTINGS_MODULE = "interfax_site.settings"


def given_environment() -> dict[str, str]:
    """Return our own environment completed from `.env`, which never overrides it."""
    if (file := PROJECT / ".env").is_file():
        environ.Env.read_env(file)
    return dict(os.environ)


def data_directory(given: Mapping[str, str]) -> Path:
    """Return DATA_DIR, absolute; a relative one counts from the project's directory."""
    return (PROJECT / (given.get("DATA_DIR") or "var")).resolve()


def is_given(given: Mapping[str, str], name: str) -> bool:
    """Tell whether `NAME` or a file `NAME_FILE` with its value was given."""
    return bool(given.get(name) or given.get(f"{name}_FILE"))


def full_environment(
    given: Mapping[str, str], *, data_dir: Path, database_url: str, redis_url: str
) -> dict[str, str]:
    """Return the environment of a process that may open private keys.

    Empty URLs mean that the given ones hold. With a database of the operator's own its secrets must be
    given too: keys made here would stay on this machine while the rows they open do not.
    """
    embedded = not is_given(given, "DATABASE_URL")
    own = {"DATA_DIR": str(data_dir), "DJANGO_SETTINGS_MODULE": SETTINGS_MODULE, "PYTHONUNBUFFERED": "1"}
    own |= {"EMBEDDED": "on" if embedded else "off"}
    own |= {"DATABASE_URL": database_url} if database_url else {}
    own |= {"REDIS_URL": redis_url} if redis_url else {}
    for name in SECRETS:
        if is_given(given, name):
            continue
        if not embedded:
            raise StartError(f"DATABASE_URL is given, so {name} (or {name}_FILE) must be given too")
        own[name] = stored_secret(data_dir, name)
    return dict(given) | own


def without_keys(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a process that opens no private keys.

    Empty rather than missing: the settings read `.env` too, which fills in only what is missing.
    """
    return dict(environment) | {"KEY_SECRETS": "", "KEY_SECRETS_FILE": ""}


def stored_secret(data_dir: Path, name: str) -> str:
    """Return the secret kept in `secrets/` of the data directory, made at the first call.

    A Fernet key (32 bytes, URL-safe base64) serves as Django's SECRET_KEY as well.
    """
    directory = data_dir / "secrets"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    directory.chmod(0o700)
    file = directory / name
    if not file.exists():
        unfinished = directory / f"{name}.{os.getpid()}"
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as output:
            output.write(base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
            output.flush()
            os.fsync(output.fileno())
        unfinished.rename(file)
    return file.read_text().strip()


def detached_environment(data_dir: Path) -> dict[str, str]:
    """Return an environment of no instance: enough to import the settings, no server behind it.

    Of our own environment nothing that names an instance or its secrets stays.
    """
    ours = {name: value for name, value in os.environ.items() if name.removesuffix("_FILE") not in INSTANCE}
    urls = {
        "database_url": "postgres://postgres@/none?host=/nonexistent",
        "redis_url": "unix:///nonexistent?db=0",
    }
    return full_environment(ours, data_dir=data_dir, **urls)
