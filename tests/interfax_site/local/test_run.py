"""The shim `run`, in a copy of its own whose requirements lock is empty: what it makes, what it tells."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from interfax_site.local.environment import PROJECT

# Stands where the typed code stands in the project: prints how it was called.
CALLED = "import os, sys\nprint('called', sys.argv[1:], sys.flags.utf8_mode, os.getcwd(), sys.dont_write_bytecode)\n"
REAL_PYTHON = os.path.realpath(sys.executable)


def copy_of_project(directory: Path) -> Path:
    """Make a project with the real shim, in a directory that only its owner may enter."""
    package = directory / "interfax_site/local"
    package.mkdir(parents=True)
    directory.chmod(0o700)
    shutil.copy(PROJECT / "run", directory / "run")
    (directory / "requirements.lock").write_text("# nothing\n")
    (directory / "requirements-dev.lock").write_text("# nothing for development\n")
    (package.parent / "__init__.py").touch()
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(CALLED)
    return directory


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a project after its first ./run, which takes seconds."""
    project = copy_of_project(tmp_path_factory.mktemp("finished") / "closed")
    assert "Making .venv" in run(project).stderr
    return project


@pytest.fixture
def project(tmp_path: Path, finished: Path) -> Path:
    """Give a copy of it, to be spoiled."""
    return shutil.copytree(finished, tmp_path / "closed", symlinks=True)


@pytest.fixture
def bare_project(tmp_path: Path) -> Path:
    """Give a project before its first ./run."""
    return copy_of_project(tmp_path / "bare-project")


def run(project: Path, *arguments: str, path: str = os.defpath) -> "subprocess.CompletedProcess[str]":
    """Call it from another directory, with PATH and what images of containers set, but is not to be handed on."""
    command = [REAL_PYTHON, str(project / "run"), *arguments]
    environment = {"PATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, env=environment, cwd="/", capture_output=True, text=True, check=False)


def fake(directory: Path, name: str, script: str) -> None:
    """Put a program of our making on a PATH."""
    directory.mkdir(exist_ok=True)
    (directory / name).write_text(f"#!/bin/sh\n{script}\n")
    (directory / name).chmod(0o755)


def test_python_3_9_can_read_it() -> None:
    ast.parse((PROJECT / "run").read_text(), feature_version=(3, 9))


def test_it_needs_nothing_but_the_standard_library() -> None:
    tree = ast.parse((PROJECT / "run").read_text())
    modules = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert modules <= sys.stdlib_module_names
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]


def test_it_hands_over_its_arguments_from_any_directory(project: Path) -> None:
    done = run(project, "manage", "check", "--deploy")
    assert (done.returncode, done.stdout) == (0, "called ['manage', 'check', '--deploy'] 1 / False\n")


def test_a_second_call_installs_nothing(project: Path) -> None:
    assert run(project).stderr == ""


def test_the_development_lock_serves_the_plain_commands_too(project: Path) -> None:
    assert "Installing requirements-dev.lock" in run(project, "test").stderr
    assert run(project, "manage").stderr == ""


def test_a_changed_lock_is_installed_into_the_venv_that_is_there(project: Path) -> None:
    (project / "requirements.lock").write_text("# changed\n")
    errors = run(project).stderr
    assert ("Installing" in errors, "Making" in errors) == (True, False)


def test_an_interrupted_venv_is_made_anew_by_one_of_the_calls_at_the_same_time(project: Path) -> None:
    (project / ".venv/installed").write_text("unfinished")
    (project / ".venv/leftover").touch()
    command = [REAL_PYTHON, str(project / "run")]
    calls = [subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(3)]
    errors = [call.communicate()[1].decode() for call in calls]
    assert [call.returncode for call in calls] == [0, 0, 0]
    assert sum("Making .venv" in text for text in errors) == 1
    assert not (project / ".venv/leftover").exists()


def test_a_venv_made_by_hand_is_not_emptied(project: Path) -> None:
    (project / ".venv/installed").unlink()
    (project / ".venv/mine").touch()
    assert "Installing" in run(project).stderr
    assert (project / ".venv/mine").exists()


def test_a_python_without_venv_gets_the_command_to_type(bare_project: Path, tmp_path: Path) -> None:
    """As on a bare Debian: `python3 -m venv` says that ensurepip is not available, and exits 1."""
    bare = tmp_path / "bare"
    script = (
        f'case "$*" in *"-m venv"*) echo "ensurepip is not available"; exit 1;; esac\nexec {REAL_PYTHON} "$@"'
    )
    fake(bare, "python3", script)
    source = (
        (bare_project / "run").read_text().replace("sys.executable", "''")
    )  # it finds python3 on the path alone
    (bare_project / "run").write_text(source)
    done = run(bare_project, path=str(bare))
    assert done.returncode == 2
    assert "ensurepip is not available" in done.stderr
    assert "apt-get install python3-venv" in done.stderr


def test_no_python_that_is_new_enough_gets_the_command_to_type(bare_project: Path, tmp_path: Path) -> None:
    old = tmp_path / "old"
    fake(old, "python3", "echo 3 9")
    source = (bare_project / "run").read_text().replace("sys.executable", "''")
    (bare_project / "run").write_text(source)
    done = run(bare_project, path=str(old))
    assert (done.returncode, "apt-get install python3.11 python3.11-venv" in done.stderr) == (2, True)


def test_the_demo_without_openssl_gets_the_command_to_type(project: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    done = run(project, "demo", path=str(empty))
    assert (done.returncode, "apt-get install openssl" in done.stderr) == (2, True)


def test_requirements_that_cannot_be_installed_are_an_error_and_tried_again(project: Path) -> None:
    (project / "requirements.lock").write_text("/nonexistent.whl --hash=sha256:" + "0" * 64 + "\n")
    first = run(project)
    (project / "requirements.lock").write_text("# nothing\n")
    assert (first.returncode, run(project).returncode) == (2, 0)
