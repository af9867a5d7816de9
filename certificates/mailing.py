"""The mail that brings the service certificate (証明書の取得): signed, so that mail clients take it from there.

Never encrypted, even for a registered address: its signature is what it is for.
Source: user guide, chapter 14, 1-1, steps 4 to 6.
"""

from __future__ import annotations

from email.mime.application import MIMEApplication
from email.mime.base import MIMEBase
from email.utils import formataddr

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from accounts.confirming import SignedMail
from certificates.identity import SERVICE_NAME
from certificates.installing import CLIENTS, ROOT_STEPS
from certificates.models import CertificateRequest
from certificates.published import PublishedCertificate
from certificates.rollover import Change

CERTIFICATE_FILE = "secure-interfax.cer"
BUNDLE_FILE = "secure-interfax.p7c"
ROOT_FILE = "interfax-root.cer"


class CertificateMail(EmailMultiAlternatives):
    """A mail that the outbox signs."""

    outbox: SignedMail


def certificate_mail(
    request: CertificateRequest, published: PublishedCertificate, change: Change | None = None
) -> CertificateMail:
    """The mail for one request, in the language and time zone of its account, not yet sent.

    ``change``: nobody asked for it, the certificate takes the place of an older one.
    """
    account = request.account
    with translation.override(account.language), timezone.override(account.time_zone):
        context = _context(published) | {"change": change}
        mail = CertificateMail(
            subject=render_to_string("mail/certificate/subject.txt", context).strip(),
            body=render_to_string("mail/certificate/body.txt", context),
            from_email=formataddr((SERVICE_NAME, settings.SERVICE_ADDRESS)),
            to=[request.address],
            headers={"Auto-Submitted": "auto-generated"},
        )
        mail.attach_alternative(render_to_string("mail/certificate/body.html", context), "text/html")
    for part in _attachments(published):
        mail.attach(part)
    mail.outbox = SignedMail(key=request.mail_key, account=account)
    return mail


def _context(published: PublishedCertificate) -> dict[str, object]:
    return {
        "shown": published.shown,
        "root": published.shown_root,
        "clients": CLIENTS,
        "root_steps": ROOT_STEPS,
        "certificate_file": CERTIFICATE_FILE,
        "bundle_file": BUNDLE_FILE,
        "root_file": ROOT_FILE,
        "page": settings.SITE_URL + reverse("certificates:request"),
        "help": settings.SITE_URL + reverse("help:encryption"),
    }


def _attachments(published: PublishedCertificate) -> list[MIMEBase]:
    bundle = _attachment(published.bundle, "pkcs7-mime", BUNDLE_FILE)
    # RFC 8551, 3.8: by this parameter clients offer the file instead of trying to decrypt it.
    bundle.set_param("smime-type", "certs-only")
    parts = [_certificate(published.certificate, CERTIFICATE_FILE), bundle]
    if published.root is not None:
        parts.append(_certificate(published.root, ROOT_FILE))
    return parts


def _certificate(certificate: x509.Certificate, name: str) -> MIMEBase:
    """RFC 2585, 4.1."""
    return _attachment(certificate.public_bytes(Encoding.DER), "pkix-cert", name)


def _attachment(data: bytes, kind: str, name: str) -> MIMEBase:
    """``name`` is ASCII: it stands in the header as it is."""
    part = MIMEApplication(data, kind, name=name)
    part.add_header("Content-Disposition", "attachment", filename=name)
    return part
