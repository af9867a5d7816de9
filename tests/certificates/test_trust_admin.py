"""What operators see of intermediates, revocation lists and where these are fetched from."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from certificates.models import Intermediate, RevocationList, RevocationSource
from certificates.revocation import import_crl
from certificates.roots import trust_store
from tests.certificates.trusting import mail_of, problem_of
from tests.factories import OperatorFactory
from tests.pki import authority, revocation_list

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("only_the_test_ca")]

PAGES = "/admin/certificates"


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(OperatorFactory.create())
    return client


def test_a_deleted_intermediate_is_used_no_longer_and_learned_again(operator: Client) -> None:
    problem_of(mail_of(authority().alice))
    kept = Intermediate.objects.get()
    page = f"{PAGES}/intermediate/{kept.pk}"

    assert "CN=Test Mail CA" in operator.get(f"{PAGES}/intermediate/").content.decode()
    assert operator.post(f"{page}/delete/", {"post": "yes"}).status_code == 302
    assert trust_store().intermediates == ()
    problem_of(mail_of(authority().alice))
    assert Intermediate.objects.exists()


def test_an_intermediate_is_neither_added_nor_changed(operator: Client) -> None:
    problem_of(mail_of(authority().alice))
    kept = Intermediate.objects.get()

    assert operator.get(f"{PAGES}/intermediate/add/").status_code == 403
    changed = operator.post(f"{PAGES}/intermediate/{kept.pk}/change/", {"certificate": "x", "subject": "x"})
    assert changed.status_code == 403


@pytest.mark.parametrize(("minutes", "mark"), [(1, "icon-no"), (10, "icon-yes")])
def test_a_list_whose_successor_is_late_is_marked(operator: Client, minutes: int, mark: str) -> None:
    issued = timezone.now() - timedelta(minutes=5)
    data = revocation_list(authority().root, issued=issued, next_update=timedelta(minutes=minutes))
    import_crl(data, at=timezone.now())

    with CaptureQueriesContext(connection) as queries:
        page = operator.get(f"{PAGES}/revocationlist/").content.decode()

    assert "CN=Test Root CA" in page
    assert mark in page
    assert not any('"content"' in query["sql"] for query in queries)  # it may have 10 MB


def test_a_source_is_shown_with_its_last_error(operator: Client) -> None:
    RevocationSource.objects.create(url="http://crl.example.jp/list", error="answered 404")
    page = operator.get(f"{PAGES}/revocationsource/").content.decode()
    assert "http://crl.example.jp/list" in page
    assert "answered 404" in page


def test_a_list_is_not_changed_by_hand(operator: Client) -> None:
    row = import_crl(revocation_list(authority().root), at=timezone.now())
    assert operator.post(f"{PAGES}/revocationlist/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert RevocationList.objects.exists()
