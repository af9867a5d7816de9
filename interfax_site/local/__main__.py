"""The commands of `./run`: `python -m interfax_site.local [command] [arguments]`."""

import importlib
import sys

from interfax_site.local.environment import PROJECT
from interfax_site.local.locks import InUseError
from interfax_site.local.processes import StartError

# Modules, imported only when asked for; each has `main(arguments) -> exit code`.
COMMANDS = {
    "serve": "serving",
    "demo": "demo",
    "test": "testing",
    "check": "check",
    "bench": "bench",
    "manage": "managing",
    "backup": "backing_up",
    "restore": "restoring",
    "prepare": "preparing",
    "translations": "translations",
}
SHOWN = ("demo", "test", "check", "bench", "manage", "backup", "restore")


def main(arguments: list[str]) -> int:
    """Run one command, `serve` by default; 2 for a command that does not exist or cannot start."""
    command, rest = (arguments[0], arguments[1:]) if arguments else ("serve", [])
    if command not in COMMANDS:
        print(f"No such command: {command}\nUsage: ./run [{' | '.join(SHOWN)}] [arguments]", file=sys.stderr)
        return 2
    try:
        if command != "translations":
            _compile_translations()
        code: int = importlib.import_module(f"interfax_site.local.{COMMANDS[command]}").main(rest)
    except (StartError, InUseError) as error:
        print(f"run: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return code


def _compile_translations() -> None:
    """Compile when a catalogue is newer than what Django reads; Babel is not imported without need."""
    for source in PROJECT.glob("locale/*/LC_MESSAGES/*.po"):
        compiled = source.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime:
            importlib.import_module("interfax_site.local.translations").compile_all()
            return


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
