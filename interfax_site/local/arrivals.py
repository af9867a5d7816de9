"""What has come for the customer: mail as it left the outbox."""

from __future__ import annotations

from django.conf import settings


def notification(token: str) -> bytes | None:
    """The mail that tells about the submission of that token, as it left."""
    return _mail_with_key(f"notify:{token}")


def certificate_mail(address: str) -> bytes | None:
    """The mail of the newest request for the address: one that is repeated within a minute is no new one."""
    from certificates.models import CertificateRequest

    request = CertificateRequest.objects.filter(address=address).order_by("-requested_at").first()
    return None if request is None else _mail_with_key(request.mail_key)


def _mail_with_key(key: str) -> bytes | None:
    from notifications.models import MailState, OutgoingMail

    told = OutgoingMail.objects.filter(key=key, state=MailState.SENT).first()
    return None if told is None else _in_the_outbox(told.message_id)


def answer_to(identity: str) -> bytes | None:
    """The answer to the mail of that Message-ID."""
    return _in_the_outbox(f"In-Reply-To: {identity}")


def _in_the_outbox(text: str) -> bytes | None:
    """The mail that has left with ``text`` in it."""
    mails = (path.read_bytes() for path in settings.OUTBOX_DIR.glob("*.eml"))
    return next((mail for mail in mails if text.encode() in mail), None)
