"""`./run test`: what the tests need of the system, then pytest."""

import os

import pytest

from interfax_site.local import parts
from interfax_site.local.environment import PROJECT
from interfax_site.local.processes import StartError


def main(arguments: list[str]) -> int:
    """Run pytest with `arguments`; its exit code. StartError when CI lacks a part of the system."""
    lacking = parts.missing()
    if lacking and parts.can_install():
        print(f"run: {parts.command_for(lacking)}", flush=True)
        parts.install(lacking)
        lacking = parts.missing()
    if lacking and in_ci():
        raise StartError(f"the tests lack parts of the system; type:\n    {parts.command_for(lacking)}")
    os.chdir(PROJECT)
    return int(pytest.main([*selection(arguments), *distribution(arguments), *arguments]))


def selection(arguments: list[str]) -> list[str]:
    """Return the choice of tests by marker: CI as root takes those that need root too."""
    chosen = any(argument.startswith("-m") for argument in arguments)
    return ["-m", "not soak"] if in_ci() and os.geteuid() == 0 and not chosen else []


def distribution(arguments: list[str]) -> list[str]:
    """Return how many processes share the tests: one more than cores, for some wait, unless the caller says or debugs."""
    said = any(argument.startswith(("-n", "--numprocesses", "--pdb", "--trace")) for argument in arguments)
    return [] if said else ["-n", str((os.cpu_count() or 1) + 1)]


def in_ci() -> bool:
    """Tell whether a missing part is a failure."""
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}
