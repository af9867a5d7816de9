"""Who is told which secret."""

import os
from pathlib import Path
from urllib.parse import unquote

import environ
import pytest
from cryptography.fernet import Fernet

from interfax_site.local.environment import (
    PROJECT,
    data_directory,
    detached_environment,
    full_environment,
    stored_secret,
    without_keys,
)
from interfax_site.local.processes import StartError

GIVEN = {"DATABASE_URL": "postgres://db/x", "REDIS_URL": "redis://db/0"}
SECRETS = {"SECRET_KEY": "s", "KEY_SECRETS": "k", "CONTENT_SECRETS": "c"}


def full(given: dict[str, str], data_dir: Path) -> dict[str, str]:
    return full_environment(given, data_dir=data_dir, database_url="", redis_url="")


def test_a_secret_is_made_once_and_is_a_fernet_key(tmp_path: Path) -> None:
    first = stored_secret(tmp_path, "KEY_SECRETS")
    assert stored_secret(tmp_path, "KEY_SECRETS") == first
    assert Fernet(first).decrypt(Fernet(first).encrypt(b"x")) == b"x"


def test_only_the_owner_reads_the_secrets(tmp_path: Path) -> None:
    stored_secret(tmp_path, "KEY_SECRETS")
    modes = [path.stat().st_mode & 0o777 for path in (tmp_path / "secrets", tmp_path / "secrets/KEY_SECRETS")]
    assert modes == [0o700, 0o600]


def test_the_embedded_default_makes_all_three_secrets(tmp_path: Path) -> None:
    environment = full({}, tmp_path)
    assert len({environment[name] for name in SECRETS}) == 3


def test_a_given_secret_is_not_replaced(tmp_path: Path) -> None:
    assert full({"SECRET_KEY": "mine"}, tmp_path)["SECRET_KEY"] == "mine"


@pytest.mark.parametrize("name", SECRETS)
def test_a_database_of_the_operator_needs_secrets_of_the_operator(name: str, tmp_path: Path) -> None:
    incomplete = {key: value for key, value in SECRETS.items() if key != name}
    with pytest.raises(StartError, match=name):
        full(GIVEN | incomplete, tmp_path)
    assert not (tmp_path / "secrets").exists()


def test_a_secret_can_be_given_as_a_file(tmp_path: Path) -> None:
    environment = full(GIVEN | SECRETS | {"SECRET_KEY": "", "SECRET_KEY_FILE": "/run/secrets/key"}, tmp_path)
    assert (environment["SECRET_KEY"], environment["SECRET_KEY_FILE"]) == ("", "/run/secrets/key")


def test_given_urls_stay(tmp_path: Path) -> None:
    environment = full(GIVEN | SECRETS, tmp_path)
    assert GIVEN.items() <= environment.items()


def test_a_process_without_keys_cannot_get_them_from_a_file_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The settings read `.env`, and django-environ prefers NAME_FILE to NAME."""
    key, dotenv = tmp_path / "key", tmp_path / ".env"
    key.write_text("private")
    dotenv.write_text(f"KEY_SECRETS=private\nKEY_SECRETS_FILE={key}\n")
    for name, value in without_keys({"KEY_SECRETS": "private", "KEY_SECRETS_FILE": str(key)}).items():
        monkeypatch.setenv(name, value)
    env = environ.FileAwareEnv()
    env.read_env(dotenv)
    assert env.list("KEY_SECRETS", default=[]) == []


@pytest.mark.parametrize(
    ("given", "directory"),
    [
        ({}, PROJECT / "var"),
        ({"DATA_DIR": "there"}, PROJECT / "there"),
        ({"DATA_DIR": "/srv/x"}, Path("/srv/x")),
    ],
)
def test_a_relative_data_directory_counts_from_the_project(given: dict[str, str], directory: Path) -> None:
    assert data_directory(given) == directory


def test_tests_and_checks_know_no_instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://production/x")
    monkeypatch.setenv("KEY_SECRETS_FILE", "/production/keys")
    environment = detached_environment(tmp_path)
    assert "production" not in " ".join(environment.values())


def test_this_run_has_a_data_directory_of_its_own() -> None:
    assert Path(os.environ["DATA_DIR"]).name.startswith("ifx-")
    assert os.environ["DATA_DIR"] in unquote(os.environ["DATABASE_URL"])
    assert os.environ["DATA_DIR"] in unquote(os.environ["REDIS_URL"])
