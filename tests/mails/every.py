"""All mails there are."""

from __future__ import annotations

from tests.mails import (
    addressing,
    attachments,
    automatic,
    by_program,
    codings,
    refused_attachments,
    secured,
    subjects,
)

ALL = (
    *by_program.CASES,
    *codings.CASES,
    *subjects.CASES,
    *addressing.CASES,
    *attachments.CASES,
    *refused_attachments.CASES,
    *automatic.CASES,
    *secured.CASES,
)
