"""The SMTP gateway's side of TLS: which versions it speaks, and a certificate when there is none yet."""

from __future__ import annotations

import fcntl
import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

log: structlog.typing.FilteringBoundLogger = structlog.get_logger(__name__)

MAXIMUM_VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
LIFETIME = timedelta(days=397)
CLOCK_SKEW = timedelta(hours=1)


def tls_context() -> ssl.SSLContext:
    """Return the context of both ports: TLS 1.2 to ``SMTP_TLS_MAXIMUM``, with the operator's certificate.

    A certificate is made if the settings name the default place and nothing is there. Raises
    ImproperlyConfigured for an unknown version and for files that are missing or do not fit.
    """
    maximum = MAXIMUM_VERSIONS.get(settings.SMTP_TLS_MAXIMUM)
    if maximum is None:
        raise ImproperlyConfigured(f"SMTP_TLS_MAXIMUM must be 1.2 or 1.3, not {settings.SMTP_TLS_MAXIMUM!r}.")
    certificate, key = _certificate_files()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.maximum_version = maximum
    context.options |= ssl.OP_NO_RENEGOTIATION
    try:
        context.load_cert_chain(certificate, key)
    except (ssl.SSLError, OSError) as error:
        raise ImproperlyConfigured(
            f"SMTP_TLS_CERTIFICATE {certificate} and SMTP_TLS_KEY {key} cannot be used: {error}"
        ) from error
    return context


def _certificate_files() -> tuple[Path, Path]:
    """The files that the settings name; both exist."""
    named = {
        "SMTP_TLS_CERTIFICATE": Path(settings.SMTP_TLS_CERTIFICATE),
        "SMTP_TLS_KEY": Path(settings.SMTP_TLS_KEY),
    }
    certificate, key = named.values()
    directory = Path(settings.DATA_DIR) / "tls"
    if (certificate, key) == (directory / "smtp.crt", directory / "smtp.key"):
        ensure_self_signed(certificate, key, settings.FAX_DOMAIN)
    for name, path in named.items():
        if not path.is_file():
            raise ImproperlyConfigured(f"{name} names {path}, which does not exist.")
    return certificate, key


def ensure_self_signed(certificate: Path, key: Path, domain: str) -> None:
    """Make an ECDSA P-256 key and its self-signed certificate for ``domain`` unless both files exist.

    Processes that do this at the same time end up with one pair: the first makes it, the others wait.
    """
    certificate.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked(certificate.parent / ".lock"):
        if certificate.is_file() and key.is_file():
            return
        private_key = ec.generate_private_key(ec.SECP256R1())
        _write(
            key,
            private_key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ),
            mode=0o600,
        )
        made = _self_signed(private_key, domain, datetime.now(UTC))
        _write(certificate, made.public_bytes(serialization.Encoding.PEM), mode=0o644)
    log.info("self-signed certificate made", domain=domain, file=str(certificate))


def _self_signed(key: ec.EllipticCurvePrivateKey, domain: str, at: datetime) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, domain)])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - CLOCK_SKEW)
        .not_valid_after(at - CLOCK_SKEW + LIFETIME)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(domain)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the lock of the file ``path``; it goes with the process, so a crash leaves nothing behind."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _write(path: Path, content: bytes, *, mode: int) -> None:
    """Put ``content`` at ``path`` in one step, never readable by more than ``mode`` says."""
    unfinished = path.with_name(f".{path.name}.new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as output:
        output.write(content)
        output.flush()
        os.fsync(output.fileno())
    unfinished.replace(path)
