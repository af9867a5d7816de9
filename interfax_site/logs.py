"""One line an event, in logfmt: ours are rendered where they happen, those of libraries when they are written."""

from __future__ import annotations

import logging
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

RENDERED = "rendered"
"""Set in the records of our own events, whose message is the whole line."""

STAMPS: list[Processor] = [structlog.stdlib.add_log_level, structlog.processors.TimeStamper(fmt="iso")]
_line = structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"])


class LineFormatter(structlog.stdlib.ProcessorFormatter):
    """The formatter of the one handler."""

    def __init__(self, **options: Any) -> None:
        processors: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, _line]
        super().__init__(processors=processors, foreign_pre_chain=STAMPS, **options)

    def format(self, record: logging.LogRecord) -> str:
        return record.getMessage() if hasattr(record, RENDERED) else super().format(record)


def configure(level: str) -> None:
    """Events of structlog go to the loggers of ``logging``, if they are of that level at least."""
    structlog.configure(
        processors=[*STAMPS, structlog.processors.format_exc_info, _rendered],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        cache_logger_on_first_use=True,
    )


def _rendered(logger: WrappedLogger, name: str, event: EventDict) -> tuple[tuple[str], dict[str, Any]]:
    return (_line(logger, name, event),), {"extra": {RENDERED: True}}
