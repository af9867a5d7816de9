"""``crl import FILE`` and ``crl list``, as an operator types them."""

from __future__ import annotations

import datetime as dt
from io import StringIO
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.core.management import CommandError, call_command
from django.utils import timezone

from certificates.models import RevocationList
from tests.pki import authority, revocation_list

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("only_the_test_ca")]


def run(*arguments: object) -> str:
    told = StringIO()
    call_command("crl", *map(str, arguments), stdout=told)
    return told.getvalue()


def test_a_list_is_imported_and_listed(tmp_path: Path) -> None:
    file = tmp_path / "list.crl"
    file.write_bytes(revocation_list(authority().root, authority().intermediate))
    told = run("import", file)
    next_update = timezone.now() + dt.timedelta(days=1, minutes=-5)
    assert "CN=Test Root CA" in told
    assert "1 entries" in told
    assert f"next update {next_update:%Y-%m-%d}" in told
    assert "overdue" not in told
    assert run("list") == told


def test_pem_will_do(tmp_path: Path) -> None:
    file = tmp_path / "list.pem"
    der = revocation_list(authority().root)
    file.write_bytes(x509.load_der_x509_crl(der).public_bytes(Encoding.PEM))
    run("import", file)
    assert bytes(RevocationList.objects.get().content) == der


def test_a_list_whose_successor_is_late_is_called_overdue(tmp_path: Path) -> None:
    file = tmp_path / "list.crl"
    file.write_bytes(revocation_list(authority().root, next_update=dt.timedelta(minutes=1)))
    assert "(overdue)" in run("import", file)


def test_without_lists_nothing_is_listed() -> None:
    assert run("list") == ""


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="missing"):
        run("import", tmp_path / "missing")


def test_what_is_no_list_is_said_with_the_name_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello")
    with pytest.raises(CommandError, match=r"text: 証明書失効リストとして読み取れません"):
        run("import", tmp_path / "text")
    assert not RevocationList.objects.exists()


def test_an_unknown_issuer_is_said_with_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "list.crl"
    file.write_bytes(revocation_list(authority().unknown_root))
    with pytest.raises(CommandError, match="trust add"):
        run("import", file)
