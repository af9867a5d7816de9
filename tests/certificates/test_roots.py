"""Whom the service believes: what has changed counts at once, what has not is not read again."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from certificates import revocation
from certificates.identity import pem
from certificates.models import RevocationList, TrustedRoot
from certificates.roots import add_root, trust_store
from certificates.smime import SignatureProblem
from tests.certificates.trusting import mail_of, problem_of
from tests.pki import authority, revocation_list

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("only_the_test_ca")]


@pytest.mark.parametrize("text", ["soon", "2027-02-30", "31.3.2027"])
def test_a_last_day_of_sha1_that_is_no_date_is_said(settings: Settings, text: str) -> None:
    settings.SMIME_SHA1_UNTIL = text
    with pytest.raises(ImproperlyConfigured, match="SMIME_SHA1_UNTIL must be a date"):
        trust_store()


def test_the_last_day_of_sha1_comes_from_the_settings(settings: Settings) -> None:
    assert trust_store().sha1_until is None
    settings.SMIME_SHA1_UNTIL = "2027-03-31"
    assert trust_store().sha1_until == dt.date(2027, 3, 31)


def test_a_root_counts_from_the_moment_it_is_added_until_it_is_removed() -> None:
    stranger = mail_of(authority().stranger)
    assert problem_of(stranger) is SignatureProblem.UNTRUSTED
    add_root(pem(authority().unknown_root.certificate).encode())
    assert problem_of(stranger) is None
    TrustedRoot.objects.all().delete()
    assert problem_of(stranger) is SignatureProblem.UNTRUSTED


def test_roots_are_read_from_a_directory_again_when_a_file_has_changed(
    settings: Settings, tmp_path: Path
) -> None:
    settings.SMIME_TRUST_ROOTS = str(tmp_path)
    (tmp_path / "a.pem").write_text(pem(authority().unknown_root.certificate))
    assert problem_of(mail_of(authority().alice)) is SignatureProblem.UNTRUSTED
    (tmp_path / "b.crt").write_text(pem(authority().root.certificate))
    assert problem_of(mail_of(authority().alice)) is None
    (tmp_path / "b.crt").write_text(pem(authority().unknown_root.certificate))
    assert problem_of(mail_of(authority().alice)) is SignatureProblem.UNTRUSTED


def test_a_missing_place_of_roots_is_said(settings: Settings, tmp_path: Path) -> None:
    settings.SMIME_TRUST_ROOTS = str(tmp_path / "missing")
    with pytest.raises(ImproperlyConfigured, match="SMIME_TRUST_ROOTS"):
        trust_store()


def test_a_root_that_cannot_be_read_does_not_hide_the_others(settings: Settings, tmp_path: Path) -> None:
    broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    (tmp_path / "roots.pem").write_text(broken + pem(authority().root.certificate))
    settings.SMIME_TRUST_ROOTS = str(tmp_path / "roots.pem")
    assert problem_of(mail_of(authority().alice)) is None


def test_a_mail_costs_one_query_while_nothing_has_changed(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    problem_of(mail_of(authority().alice))
    revocation.import_crl(revocation_list(authority().intermediate), at=timezone.now())
    before = trust_store()
    with django_assert_num_queries(1):
        assert trust_store() is before


def test_a_list_that_has_not_changed_is_not_parsed_again_when_another_thing_has() -> None:
    revocation.import_crl(revocation_list(authority().root), at=timezone.now())
    (before,) = trust_store().revocations
    problem_of(mail_of(authority().alice))  # brings an intermediate
    assert trust_store().intermediates
    assert trust_store().revocations[0] is before


def test_a_stored_list_that_is_no_longer_understood_says_nothing_and_stops_nothing() -> None:
    revocation.import_crl(revocation_list(authority().root, authority().intermediate), at=timezone.now())
    assert problem_of(mail_of(authority().alice)) is SignatureProblem.REVOKED
    RevocationList.objects.update(content=b"damaged", imported_at=timezone.now())
    assert problem_of(mail_of(authority().alice)) is None
    assert trust_store().revocations == ()


def test_the_command_says_which_file_holds_no_root(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello")
    with pytest.raises(CommandError, match="text"):
        call_command("trust", "add", tmp_path / "text")
