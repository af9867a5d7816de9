"""The service certificate as files, each in the form that some mail client or program wants."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.serialization import Encoding
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from certificates.identity import pem
from certificates.mailing import BUNDLE_FILE, CERTIFICATE_FILE, ROOT_FILE
from certificates.published import PublishedCertificate

PEM_FILE = "secure-interfax.pem"
CHAIN_FILE = "secure-interfax-chain.pem"


@dataclass(frozen=True, slots=True)
class CertificateFile:
    """``content`` gives nothing if there is no such file, as the root of a public authority."""

    name: str
    description: Promise
    media_type: str
    content: Callable[[PublishedCertificate], bytes]


def _certificate(published: PublishedCertificate) -> bytes:
    return published.certificate.public_bytes(Encoding.DER)


def _pem(published: PublishedCertificate) -> bytes:
    return pem(published.certificate).encode()


def _chain(published: PublishedCertificate) -> bytes:
    """From the issuer upwards; the root only if it is the local one, which nobody has yet."""
    return pem(*published.chain, *([published.root] if published.root else [])).encode()


def _bundle(published: PublishedCertificate) -> bytes:
    return published.bundle


def _root(published: PublishedCertificate) -> bytes:
    return published.root.public_bytes(Encoding.DER) if published.root else b""


# RFC 2585, 4.1, for single certificates and RFC 8551, 3.8, for the bundle.
_FILES = (
    CertificateFile(CERTIFICATE_FILE, _("for mail programs (DER)"), "application/pkix-cert", _certificate),
    CertificateFile(PEM_FILE, _("for programs such as openssl (PEM)"), "application/x-pem-file", _pem),
    CertificateFile(CHAIN_FILE, _("the issuing chain (PEM)"), "application/x-pem-file", _chain),
    CertificateFile(
        BUNDLE_FILE, _("the certificate with its chain (PKCS #7)"), "application/pkcs7-mime", _bundle
    ),
    CertificateFile(ROOT_FILE, _("the root certificate (DER)"), "application/pkix-cert", _root),
)


def files_of(published: PublishedCertificate) -> dict[str, CertificateFile]:
    """Those that there are, by name."""
    return {file.name: file for file in _FILES if file.content(published)}
