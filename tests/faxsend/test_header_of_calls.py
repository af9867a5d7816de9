"""The header line of a fax as the receiving machine gets it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine

from faxsend import delivery
from faxsend.models import Fax
from faxsend.rendering import tiff
from faxsend.rendering.header_line import with_header
from tests.factories import AuthorizedSenderFactory, FaxFactory, SendingPropertiesFactory, SubmissionFactory
from tests.faxsend.test_intake import SENDER, plain_mail, processed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_line")]

CALLED_AT = datetime(2026, 11, 30, 0, 5, tzinfo=UTC)


def received(fax: Fax, data_dir: Path) -> bytes:
    """What arrives when it is called at ``CALLED_AT``."""
    Fax.objects.update(next_attempt_at=CALLED_AT)
    with time_machine.travel(CALLED_AT, tick=False):
        assert delivery.transmit_next()
    return (data_dir / "received" / fax.number / f"{fax.pk}.tif").read_bytes()


def fax_with(page_header: str, **facts: Any) -> Fax:
    return FaxFactory.create(number="0081311112222", submission__page_header=page_header, **facts)


def test_each_page_has_the_line_with_time_number_sender_and_count(tmp_path: Path) -> None:
    fax = fax_with(
        "{From} → {To} 全{TotalPages}枚", submission__pages__count=3, submission__account__csid="03-3333-4444"
    )
    stored = fax.submission.pages.tiff

    pages = received(fax, tmp_path)

    assert pages == with_header(stored, "2026/11/30 09:05  03-3333-4444 → 03-1111-2222 全3枚")
    assert tiff.count(pages) == 3


def test_the_stored_pages_stay_without_it(tmp_path: Path) -> None:
    fax = fax_with("{From} → {To}")
    before = fax.submission.pages.tiff

    assert received(fax, tmp_path) != before

    fax.submission.pages.refresh_from_db()
    assert fax.submission.pages.tiff == before


def test_the_time_is_that_of_the_accounts_zone(tmp_path: Path) -> None:
    fax = fax_with("{To}", submission__account__time_zone="America/New_York")

    assert received(fax, tmp_path) == with_header(fax.submission.pages.tiff, "2026/11/29 19:05  03-1111-2222")


def test_without_a_csid_the_sender_is_the_company(tmp_path: Path) -> None:
    fax = fax_with("{From}", submission__account__name="株式会社みほん")

    assert received(fax, tmp_path) == with_header(
        fax.submission.pages.tiff, "2026/11/30 09:05  株式会社みほん"
    )


def test_every_fax_of_a_list_names_its_own_number(tmp_path: Path) -> None:
    order = SubmissionFactory.create(open=2, page_header="{To}")
    faxes = [
        FaxFactory.create(submission=order, number=number) for number in ("0081311112222", "0012125550100")
    ]

    pages = {received(fax, tmp_path) for fax in faxes}

    wanted = ["2026/11/30 09:05  03-1111-2222", "2026/11/30 09:05  +1 212-555-0100"]
    assert pages == {with_header(order.pages.tiff, line) for line in wanted}


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ("", "2026/11/30 09:05  本店 → 03-1111-2222"),
        ("/h 経理部 {To}", "2026/11/30 09:05  経理部 03-1111-2222"),
        ("/hn", None),
    ],
)
def test_a_mail_chooses_before_the_account(tmp_path: Path, options: str, line: str | None) -> None:
    account = AuthorizedSenderFactory.create(address=SENDER).account
    SendingPropertiesFactory.create(account=account, page_header="本店 → {To}")
    processed(plain_mail(subject=f"/fax=03-1111-2222 {options}"), account)
    fax = Fax.objects.get()
    stored = fax.submission.pages.tiff

    assert received(fax, tmp_path) == (stored if line is None else with_header(stored, line))
