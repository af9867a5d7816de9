"""Revocation lists: which are kept, what they do to mail, and how they are fetched."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from django.db import connections
from django.utils import timezone
from pytest_django import Settings

from certificates import revocation
from certificates.models import RevocationList, RevocationSource
from certificates.smime import SignatureProblem, UnusableCrl
from certificates.tasks import fetch_revocation_lists
from interfax_site.celery import app
from tests.certificates.shelf import shelf
from tests.certificates.trusting import mail_of, problem_of
from tests.pki import Person, authority, revocation_list

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("only_the_test_ca")]

DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)


def imported(data: bytes) -> RevocationList:
    return revocation.import_crl(data, at=timezone.now())


def test_a_revoked_signer_is_named_so_as_soon_as_the_list_is_imported() -> None:
    alice, bob = authority().alice, authority().bob
    assert problem_of(mail_of(alice)) is None
    imported(revocation_list(authority().intermediate, bob))
    assert problem_of(mail_of(alice)) is None
    imported(revocation_list(authority().intermediate, alice, issued=timezone.now() - MINUTE))
    assert problem_of(mail_of(alice)) is SignatureProblem.REVOKED


def test_a_revoked_authority_takes_all_its_certificates_with_it() -> None:
    imported(revocation_list(authority().root, authority().intermediate))
    assert problem_of(mail_of(authority().alice)) is SignatureProblem.REVOKED


def test_an_older_list_does_not_take_the_place_of_a_newer_one() -> None:
    now = timezone.now()
    newer = imported(revocation_list(authority().root, issued=now - DAY))
    with pytest.raises(UnusableCrl, match="newer list"):
        imported(revocation_list(authority().root, issued=now - 2 * DAY))
    assert RevocationList.objects.get() == newer


def test_a_newer_list_takes_the_place_of_an_older_one() -> None:
    now = timezone.now()
    older = imported(revocation_list(authority().root, issued=now - DAY))
    newer = imported(revocation_list(authority().root, authority().intermediate, issued=now - HOUR))
    assert newer.pk == older.pk
    row = RevocationList.objects.get()
    assert (row.entries, row.this_update) == (1, (now - HOUR).replace(microsecond=0))
    assert row.next_update == row.this_update + DAY


def test_lists_of_different_scope_stand_beside_each_other() -> None:
    for scope in ("only_contains_user_certs", "only_contains_ca_certs"):
        imported(scoped_list(scope))
        imported(scoped_list(scope))
    imported(revocation_list(authority().root))
    assert RevocationList.objects.count() == 3


def scoped_list(scope: str) -> bytes:
    """A list of the root about users or about authorities only."""
    others = {
        name: name == scope
        for name in (
            "only_contains_user_certs",
            "only_contains_ca_certs",
            "only_contains_attribute_certs",
            "indirect_crl",
        )
    }
    point = x509.IssuingDistributionPoint(
        full_name=None, relative_name=None, only_some_reasons=None, **others
    )
    root, at = authority().root, timezone.now() - MINUTE
    builder = x509.CertificateRevocationListBuilder(root.certificate.subject, at, at + DAY)
    signed = builder.add_extension(point, critical=True).sign(root.private_key, hashes.SHA256())
    return signed.public_bytes(Encoding.DER)


def test_the_same_list_again_changes_nothing() -> None:
    data = revocation_list(authority().root)
    assert imported(data).imported_at == imported(data).imported_at


def test_a_list_that_nobody_we_know_has_signed_is_refused() -> None:
    for issuer in (authority().unknown_root, authority().intermediate):  # not learned yet
        with pytest.raises(UnusableCrl, match="trust add"):
            imported(revocation_list(issuer))
    impostor = Person(authority().root.certificate, authority().unknown_root.private_key)
    with pytest.raises(UnusableCrl, match="trust add"):
        imported(revocation_list(impostor))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "can be read"),
        (b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n", "can be read"),
        (b"x" * (20 * 1024 * 1024 + 1), "too large"),
    ],
)
def test_what_is_no_list_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(UnusableCrl, match=reason):
        imported(data)


def test_a_list_from_the_future_is_refused() -> None:
    with pytest.raises(UnusableCrl, match="future"):
        imported(revocation_list(authority().root, issued=timezone.now() + DAY))


def test_lists_are_fetched_from_the_configured_addresses_once_an_hour(settings: Settings) -> None:
    with shelf(revocation_list(authority().root, authority().intermediate)) as (site, asked):
        settings.CRL_URLS = [f"{site}/missing", f"{site}/moved"]
        fetch_revocation_lists()
        fetch_revocation_lists()
        assert asked == ["/missing", "/moved", "/list"]
        revocation.fetch_due(timezone.now() + HOUR)
        assert len(asked) == 6
    assert RevocationList.objects.get().entries == 1
    missing, moved = RevocationSource.objects.order_by("url")
    assert (missing.error, missing.fetched_at) == ("サーバからエラーが返されました (404)", None)
    assert moved.error == ""
    assert moved.fetched_at is not None


def test_a_list_that_has_run_out_is_fetched_anew_before_the_hour_is_over(settings: Settings) -> None:
    now = timezone.now()
    issued = now - HOUR
    data = revocation_list(authority().root, issued=issued, next_update=HOUR + 5 * MINUTE)
    with shelf(data) as (site, asked):
        settings.CRL_URLS = [f"{site}/list"]
        for minutes in (0, 4, 9, 11, 30, 59):
            revocation.fetch_due(now + minutes * MINUTE)
            assert len(asked) == (1 if minutes < 10 else 2)


def test_an_address_that_is_configured_no_longer_is_shown_no_longer(settings: Settings) -> None:
    with shelf(revocation_list(authority().root)) as (site, _):
        for path in ("missing", "list"):
            settings.CRL_URLS = [f"{site}/{path}"]
            fetch_revocation_lists()
            assert RevocationSource.objects.get().url == f"{site}/{path}"


@pytest.mark.parametrize(
    ("content", "reason"), [(b"<html>", "読み取れません"), (None, "既知の認証局によって署名されていません")]
)
def test_a_list_that_cannot_be_used_is_told_to_the_operator(
    settings: Settings, content: bytes | None, reason: str
) -> None:
    with shelf(content or revocation_list(authority().unknown_root)) as (site, _):
        settings.CRL_URLS = [f"{site}/list"]
        fetch_revocation_lists()
    source = RevocationSource.objects.get()
    assert reason in source.error
    assert source.fetched_at is None


def test_an_error_is_gone_once_the_list_has_come(settings: Settings) -> None:
    with shelf(revocation_list(authority().root)) as (site, _):
        settings.CRL_URLS = [f"{site}/list"]
        RevocationSource.objects.create(url=f"{site}/list", error="answered 503")
        fetch_revocation_lists()
    assert RevocationSource.objects.get().error == ""


@pytest.mark.django_db(transaction=True)
def test_of_several_workers_at_the_same_moment_one_fetches(settings: Settings) -> None:
    together = Barrier(4)

    def work(at: dt.datetime) -> None:
        together.wait(5)
        try:
            revocation.fetch_due(at)
        finally:
            connections.close_all()

    with shelf(revocation_list(authority().root)) as (site, asked), ThreadPoolExecutor(4) as pool:
        settings.CRL_URLS = [f"{site}/list"]
        for hours in range(3):
            list(pool.map(work, [timezone.now() + hours * HOUR] * 4))
            assert len(asked) == hours + 1


def test_the_task_has_the_name_that_queues_and_sweep_know() -> None:
    assert app.conf.task_routes[fetch_revocation_lists.name] == {"queue": "mail"}
    assert fetch_revocation_lists.name in {entry["task"] for entry in app.conf.beat_schedule.values()}
