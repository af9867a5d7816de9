"""What the system checks say to the operator."""

from __future__ import annotations

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from certificates.identity import destroy_key
from tests.certificates.issued import kept


def found(*, databases: tuple[str, ...] = ("default",)) -> list[str]:
    ids = [message.id or "" for message in run_checks(databases=databases)]
    return [each for each in ids if each.startswith("certificates.")]


@pytest.mark.django_db
def test_without_a_valid_service_certificate_there_is_an_error_with_the_remedy() -> None:
    kept(days=(-400, -1))
    destroy_key(kept("two"), at=timezone.now(), force=True)

    with pytest.raises(SystemCheckError, match="serviceidentity create"):
        call_command("check", databases=["default"])


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "expected"), [(59, ["certificates.W001"]), (61, [])])
def test_an_end_within_sixty_days_is_a_warning(days: int, expected: list[str]) -> None:
    kept(days=(-30, days))

    assert found() == expected


@pytest.mark.django_db
def test_a_check_without_a_database_asks_none() -> None:
    assert found(databases=()) == []


@pytest.mark.django_db
def test_a_database_without_tables_is_no_error_for_migrate_makes_them() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE certificates_serviceidentity RENAME TO elsewhere")

    assert found() == []


@pytest.mark.parametrize(
    ("name", "good", "bad", "code"),
    [
        ("SMIME_SHA1_UNTIL", "2027-03-31", "31.3.2027", "E002"),
        ("SMIME_SHA1_UNTIL", "", "2027-02-30", "E002"),
        ("SMIME_SHA1_UNTIL", "2027-03-31", "2027-W01-1", "E002"),
        ("SMIME_TRUST_ROOTS", "/", "/nowhere/roots.pem", "E003"),
        (
            "CRL_URLS",
            ["http://crl.example.jp/a.crl", "https://crl.example.jp/b"],
            ["ftp://crl.example.jp"],
            "E004",
        ),
        ("CRL_URLS", [], ["https://"], "E004"),
        ("CRL_URLS", [], ["http://[crl.example.jp/"], "E004"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_an_error(
    settings: Settings, name: str, good: object, bad: object, code: str
) -> None:
    setattr(settings, name, good)
    assert found(databases=()) == []

    setattr(settings, name, bad)
    assert found(databases=()) == [f"certificates.{code}"]
