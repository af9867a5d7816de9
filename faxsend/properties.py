"""プロパティ → FAX送信: what an account has chosen, and keeping what it chooses, section by section."""

from __future__ import annotations

from django.db import transaction

from accounts.mail_password import clear_mail_password, set_mail_password
from accounts.models import Account
from faxsend.models import SendingProperties
from notifications.models import NotificationPreference


def sending_properties_of(account: Account) -> SendingProperties:
    """What the account chose; an account that never chose has the defaults."""
    chosen = SendingProperties.objects.filter(account=account).first()
    return chosen or SendingProperties(account=account)


def is_address_all_the_proof(account: Account) -> bool:
    """Whether whoever writes an authorized sender's address into a mail may fax for the account."""
    return not (account.signature_required or account.mail_password or account.alignment_required)


@transaction.atomic
def save_authentication(
    account: Account,
    *,
    signature_required: bool,
    encrypted_proof_required: bool,
    alignment_required: bool,
    mail_password: str,
    remove_mail_password: bool,
) -> None:
    """An empty ``mail_password`` leaves the one there is, unless it is to be removed."""
    account.signature_required = signature_required
    account.encrypted_proof_required = encrypted_proof_required
    account.alignment_required = alignment_required
    account.save(update_fields=["signature_required", "encrypted_proof_required", "alignment_required"])
    if remove_mail_password:
        clear_mail_password(account)
    elif mail_password:
        set_mail_password(account, mail_password)


@transaction.atomic
def save_sending(
    account: Account,
    *,
    resolution: str,
    font_size: int,
    page_header: str,
    body_with_attachments: bool,
    max_attempts: int,
    retry_interval: int,
    keep_pages: bool,
) -> None:
    """Holds for the mails that arrive from now on; ``keep_pages`` for the pages that are not yet removed."""
    chosen = {
        "resolution": resolution,
        "font_size": font_size,
        "page_header": page_header,
        "body_with_attachments": body_with_attachments,
        "max_attempts": max_attempts,
        "retry_interval": retry_interval,
    }
    SendingProperties.objects.update_or_create(account=account, defaults=chosen)
    account.keep_pages = keep_pages
    account.save(update_fields=["keep_pages"])


def save_notification(
    account: Account, *, when: str, format: str, default_address: str, number_in_subject: bool
) -> None:
    """Holds for the submissions that end from now on."""
    chosen = {
        "when": when,
        "format": format,
        "default_address": default_address,
        "number_in_subject": number_in_subject,
    }
    NotificationPreference.objects.update_or_create(account=account, defaults=chosen)
