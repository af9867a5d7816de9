"""All mails there are."""

from __future__ import annotations

from tests.mails import by_program, codings, subjects

ALL = (*by_program.CASES, *codings.CASES, *subjects.CASES)
