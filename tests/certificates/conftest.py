"""A service that can sign: one certified from outside, one certified by its own local root."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from certificates.identity import keep, pem
from certificates.issuing import Authority, create_authority, issue_service_certificate
from certificates.smime import Identity
from tests.pki import SERVICE_ADDRESS, authority


@pytest.fixture
def service(db: None, settings: Settings, tmp_path: Path) -> None:
    """Certified below a root that mail clients may know."""
    settings.DATA_DIR = tmp_path
    person = authority().service
    keep(Identity(person.certificate, person.private_key, person.chain))


@pytest.fixture(scope="session")
def local_authority() -> Authority:
    return create_authority("interfax local root", at=timezone.now())


@pytest.fixture
def local_service(db: None, settings: Settings, tmp_path: Path, local_authority: Authority) -> Path:
    """Certified by the local root; gives the file that the root lies in."""
    settings.DATA_DIR = tmp_path
    root = tmp_path / "ca" / "root.crt"
    root.parent.mkdir()
    root.write_text(pem(local_authority.certificate))
    keep(
        issue_service_certificate(
            local_authority, common_name="secure interfax", address=SERVICE_ADDRESS, at=timezone.now()
        )
    )
    return root


@pytest.fixture
def only_the_test_ca(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The root of the test CA is believed, and no other."""
    file = tmp_path_factory.mktemp("roots") / "roots.pem"
    file.write_text(pem(authority().root.certificate))
    settings.SMIME_TRUST_ROOTS = str(file)
