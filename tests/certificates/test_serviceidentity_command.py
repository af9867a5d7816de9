"""``serviceidentity create``, ``list``, ``export`` and ``destroy``."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509
from django.core.management import CommandError
from django.utils import timezone
from pytest_django import Settings

from certificates.identity import destroy_key, fingerprint
from certificates.models import ServiceIdentity
from tests.certificates.commanding import run
from tests.certificates.issued import kept

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_directory(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


def test_create_issues_one_that_signs_and_export_gives_it() -> None:
    with pytest.raises(CommandError, match="serviceidentity create"):
        run("export")
    output = run("create")
    exported = x509.load_pem_x509_certificate(run("export").encode())

    assert output.startswith(fingerprint(exported)) and output.rstrip().endswith("days left  signs")
    assert "1094 days left" in output


def test_list_says_what_each_one_does() -> None:
    kept("one", days=(-400, -10), created=-400)
    kept("two", days=(-300, 30), created=-300)
    destroy_key(kept("one", days=(-200, 40), created=-200), at=timezone.now(), force=True)
    kept("one", days=(-100, 50), created=-100)

    assert [line.partition("days left  ")[2] for line in run("list").splitlines()] == [
        "expired, opens",
        "opens",
        "key destroyed",
        "signs",
    ]


def test_destroy_asks_and_leaves_everything_unless_answered() -> None:
    old = kept("one", created=-2)
    kept("two")

    with pytest.raises(CommandError, match=r"Nothing was destroyed\."):
        run("destroy", old.fingerprint, stdin="yes\n")
    old.refresh_from_db()
    assert old.private_key and old.destroyed_at is None
    output = run("destroy", old.fingerprint, stdin="destroy\n")
    old.refresh_from_db()
    assert (old.private_key, old.destroyed_at is not None) == (b"", True)
    assert "can never be opened again" in output


def test_destroy_takes_sixteen_digits_as_mail_clients_show_them_and_not_fewer() -> None:
    old = kept("one", created=-2)
    kept("two")
    shown = ":".join(old.fingerprint[number : number + 2] for number in range(0, 16, 2)).upper()

    with pytest.raises(CommandError, match="at least 16 digits"):
        run("destroy", shown[:-1], "--yes")
    run("destroy", shown, "--yes")
    with pytest.raises(CommandError, match="destroyed already"):
        run("destroy", shown, "--yes")


def test_destroy_wants_one_certificate() -> None:
    first, second = kept("one", created=-2), kept("two")
    for number, row in enumerate((first, second)):
        ServiceIdentity.objects.filter(pk=row.pk).update(fingerprint=f"{number:064x}")

    with pytest.raises(CommandError, match="Several certificates"):
        run("destroy", "0" * 16, "--yes")
    with pytest.raises(CommandError, match="No certificate"):
        run("destroy", "%" * 16, "--yes")
    assert not ServiceIdentity.objects.exclude(destroyed_at=None).exists()


def test_destroy_refuses_the_one_that_signs_unless_forced() -> None:
    kept("one", created=-2)
    signing = kept("two")

    with pytest.raises(CommandError, match="Create or import its successor first"):
        run("destroy", signing.fingerprint, "--yes")
    run("destroy", signing.fingerprint, "--yes", "--force")
    signing.refresh_from_db()
    assert signing.private_key == b""
