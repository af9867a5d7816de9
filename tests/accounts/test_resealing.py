"""After a rotation of secrets the old key is needed no more."""

from __future__ import annotations

from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from pytest_django import Settings

from certificates.models import ServiceIdentity
from faxsend.models import Content, InboundMessage, Pages
from tests.certificates.issued import kept
from tests.factories import ContentFactory, InboundMessageFactory, PagesFactory

pytestmark = pytest.mark.django_db


def test_after_a_rotation_the_new_keys_alone_open_everything(settings: Settings) -> None:
    message = ContentFactory.create(raw=b"a mail").message
    tiff = bytes(PagesFactory.create().tiff)
    key = bytes(kept().private_key)
    new = {name: Fernet.generate_key().decode() for name in ("CONTENT_SECRETS", "KEY_SECRETS")}
    for name, secret in new.items():
        setattr(settings, name, [secret, *getattr(settings, name)])

    call_command("reseal", stdout=StringIO())

    for name, secret in new.items():
        setattr(settings, name, [secret])
    assert bytes(Content.objects.get(message=message).raw) == b"a mail"
    assert bytes(Pages.objects.get().tiff) == tiff
    assert bytes(ServiceIdentity.objects.get().private_key) == key


def test_what_no_key_opens_stays_as_it_is_and_is_told(settings: Settings) -> None:
    lost = ContentFactory.create(raw=b"a mail")
    old = settings.CONTENT_SECRETS
    settings.CONTENT_SECRETS = [Fernet.generate_key().decode()]
    with pytest.raises(CommandError, match="No key opens"):
        call_command("reseal", stdout=StringIO())
    settings.CONTENT_SECRETS = old
    assert bytes(Content.objects.get(pk=lost.pk).raw) == b"a mail"


def test_what_is_empty_stays_empty(settings: Settings) -> None:
    message = InboundMessageFactory.create(rejection_detail=b"")
    call_command("reseal", stdout=StringIO())
    assert bytes(InboundMessage.objects.get(pk=message.pk).rejection_detail) == b""
