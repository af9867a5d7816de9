"""The gateway's certificate: made when nothing is there, never instead of one that was named."""

import ssl
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from faxsend.gateway import tls_context


@pytest.fixture(autouse=True)
def directory(tmp_path: Path) -> Iterator[Path]:
    """DATA_DIR, with the two files at their default place."""
    with override_settings(
        DATA_DIR=tmp_path,
        SMTP_TLS_CERTIFICATE=str(tmp_path / "tls" / "smtp.crt"),
        SMTP_TLS_KEY=str(tmp_path / "tls" / "smtp.key"),
    ):
        yield tmp_path / "tls"


def test_a_missing_certificate_is_made_for_the_domain(directory: Path) -> None:
    tls_context()
    certificate = x509.load_pem_x509_certificate((directory / "smtp.crt").read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["fax.tc"]
    assert certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "fax.tc"
    assert certificate.not_valid_after_utc - certificate.not_valid_before_utc == timedelta(days=397)
    key = certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)
    assert stat.S_IMODE((directory / "smtp.key").stat().st_mode) == 0o600


def test_a_certificate_that_is_there_stays(directory: Path) -> None:
    tls_context()
    before = (directory / "smtp.crt").read_bytes()
    tls_context()
    assert (directory / "smtp.crt").read_bytes() == before


def test_processes_that_start_together_get_one_pair(directory: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        contexts = list(threads.map(lambda _: tls_context(), range(8)))
    assert all(isinstance(context, ssl.SSLContext) for context in contexts)
    assert sorted(path.name for path in directory.iterdir()) == [".lock", "smtp.crt", "smtp.key"]


@pytest.mark.parametrize("name", ["SMTP_TLS_CERTIFICATE", "SMTP_TLS_KEY"])
def test_a_named_file_that_is_missing_is_an_error(directory: Path, name: str) -> None:
    tls_context()
    with override_settings(**{name: "/nonexistent/mail.pem"}):
        with pytest.raises(
            ImproperlyConfigured, match=rf"{name} names /nonexistent/mail.pem, which does not"
        ):
            tls_context()


def test_files_that_do_not_fit_are_an_error(directory: Path) -> None:
    tls_context()
    (directory / "smtp.key").write_text("no key")
    with pytest.raises(ImproperlyConfigured, match="cannot be used"):
        tls_context()


@pytest.mark.parametrize("version", ["1.1", "1", "", "TLSv1.3"])
def test_another_maximum_than_the_two_is_an_error(version: str) -> None:
    with override_settings(SMTP_TLS_MAXIMUM=version):
        with pytest.raises(ImproperlyConfigured, match="SMTP_TLS_MAXIMUM"):
            tls_context()
