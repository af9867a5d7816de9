"""The kinds of notification (通知メールの種類): one line each here, one module beside."""

from __future__ import annotations

from collections.abc import Callable

from notifications.formats.composed import Composed
from notifications.formats.html import compose_ja
from notifications.reports import SubmissionReport

__all__ = ["DEFAULT_FORMAT", "FORMATS", "Composed"]

DEFAULT_FORMAT = "html-ja"
FORMATS: dict[str, Callable[[SubmissionReport], Composed]] = {
    "html-ja": compose_ja,
}
