"""One line an event, in logfmt: ours are rendered where they happen, those of libraries when they are written."""

from __future__ import annotations

import logging
from typing import Any

import structlog
from django.core.exceptions import ImproperlyConfigured
from structlog.typing import EventDict, Processor, WrappedLogger

RENDERED = "rendered"
"""Set in the records of our own events, whose message is the whole line."""

STAMPS: list[Processor] = [structlog.stdlib.add_log_level, structlog.processors.TimeStamper(fmt="iso")]
KEYS = ["timestamp", "level", "event"]
_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))}
_ESCAPES = _CONTROLS | {0x2028: "\\u2028", 0x2029: "\\u2029"}
_render = structlog.processors.LogfmtRenderer(key_order=KEYS)


def _line(logger: WrappedLogger, name: str, event: EventDict) -> str:
    """On one line, and harmless on a terminal, whatever a stranger has sent."""
    return _render(logger, name, event).translate(_ESCAPES)


class LineFormatter(structlog.stdlib.ProcessorFormatter):
    """The formatter of the one handler."""

    def __init__(self, **options: Any) -> None:
        processors: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, _line]
        super().__init__(processors=processors, foreign_pre_chain=STAMPS, **options)

    def format(self, record: logging.LogRecord) -> str:
        return record.getMessage() if hasattr(record, RENDERED) else super().format(record)


def configure(level: str) -> None:
    """Events of structlog go to the loggers of ``logging``, if they are of that level at least.

    Raises ``ImproperlyConfigured`` for what is no level.
    """
    levels = logging.getLevelNamesMapping()
    if level not in levels:
        raise ImproperlyConfigured(f"LOG_LEVEL must be one of {', '.join(levels)}, not {level!r}.")
    structlog.configure(
        processors=[*STAMPS, structlog.processors.format_exc_info, _rendered],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(levels[level]),
        cache_logger_on_first_use=True,
    )


def _rendered(logger: WrappedLogger, name: str, event: EventDict) -> tuple[tuple[str], dict[str, Any]]:
    """A line that cannot be made must not stop what it tells of."""
    try:
        line = _line(logger, name, dict(event))  # which it empties
    except Exception as error:
        kept = {key: event[key] for key in KEYS if key in event}
        line = _line(logger, name, kept | {"not_rendered": type(error).__name__})
    return (line,), {"extra": {RENDERED: True}}
