"""Mail to digitalid@ whose author stands inside the signature."""

from __future__ import annotations

import pytest

from certificates.models import RegisteredCertificate
from tests.notifications.signing import ALICE, answers, handle, mail, signed, trusted_service
from tests.pki import authority


@pytest.mark.django_db
def test_a_certificate_is_registered_for_the_author_whom_the_signature_proves_not_for_the_outer_one() -> None:
    trusted_service()
    entity = b'From: alice@example.com\r\nContent-Type: text/plain; hp="clear"\r\n\r\n\r\n'
    handle(mail(signed(authority().alice, entity=entity), sender="bob@example.com"))
    assert list(RegisteredCertificate.objects.values_list("address", flat=True)) == [ALICE]
    assert answers()
