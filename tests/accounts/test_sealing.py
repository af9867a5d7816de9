"""Content and private keys at rest."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from accounts.sealing import Ring, SealedField, seal, unseal
from faxsend.models import Content, InboundMessage

CLEAR = "/fax=03-1111-2222 御見積書".encode()


def stored(message: InboundMessage) -> bytes:
    """The bytes that stand in the table, past the field."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT raw FROM faxsend_content WHERE message_id = %s", [message.pk])
        (value,) = cursor.fetchone()
    return bytes(value)


@pytest.fixture
def message(db: None) -> InboundMessage:
    return InboundMessage.objects.create(sender="taro@example.jp", recipients=["send@fax.tc"], size=1)


@pytest.mark.parametrize("ring", Ring)
@given(data=st.binary())
def test_what_is_sealed_is_unsealed_as_it_was(ring: Ring, data: bytes) -> None:
    assert unseal(seal(data, ring), ring) == data


def test_nothing_clear_is_left_and_no_two_seals_are_alike() -> None:
    first, second = seal(CLEAR), seal(CLEAR)
    assert CLEAR not in first
    assert first != second


def test_a_ring_does_not_open_what_the_other_sealed() -> None:
    with pytest.raises(InvalidToken):
        unseal(seal(CLEAR, Ring.CONTENT), Ring.KEYS)


def test_content_is_sealed_by_the_content_ring_unless_said_otherwise() -> None:
    assert unseal(seal(CLEAR), Ring.CONTENT) == unseal(seal(CLEAR, Ring.CONTENT)) == CLEAR


def test_the_newest_secret_seals_and_the_older_ones_still_unseal(settings: Settings) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.CONTENT_SECRETS = [old]
    before = seal(CLEAR)
    settings.CONTENT_SECRETS = [new, old]
    assert unseal(before) == CLEAR
    assert Fernet(new).decrypt(seal(CLEAR)) == CLEAR


def test_a_secret_that_was_taken_away_unseals_no_more(settings: Settings) -> None:
    sealed = seal(CLEAR)
    settings.CONTENT_SECRETS = [Fernet.generate_key().decode()]
    with pytest.raises(InvalidToken):
        unseal(sealed)


@pytest.mark.parametrize("token", [b"", b"clear text", CLEAR, b"gAAAAA"])
def test_what_was_never_sealed_is_no_token(token: bytes) -> None:
    with pytest.raises(InvalidToken):
        unseal(token)


@pytest.mark.parametrize("place", [0, 10, -1])
def test_a_token_that_was_changed_is_no_token(place: int) -> None:
    changed = bytearray(seal(CLEAR))
    changed[place] ^= 4
    with pytest.raises(InvalidToken):
        unseal(bytes(changed))


def test_a_process_without_the_keys_says_so(settings: Settings) -> None:
    sealed = seal(b"key", Ring.KEYS)
    settings.KEY_SECRETS = []
    with pytest.raises(ImproperlyConfigured):
        seal(b"key", Ring.KEYS)
    with pytest.raises(ImproperlyConfigured):
        unseal(sealed, Ring.KEYS)


def test_a_field_gives_back_what_it_was_given(message: InboundMessage) -> None:
    Content.objects.create(message=message, raw=CLEAR)
    assert Content.objects.get().raw == CLEAR
    assert Content.objects.values_list("raw", flat=True).get() == CLEAR


def test_the_database_holds_no_clear_text(message: InboundMessage) -> None:
    Content.objects.create(message=message, raw=CLEAR)
    assert unseal(stored(message)) == CLEAR
    assert not any(word in stored(message) for word in CLEAR.split())


def test_an_update_seals_as_an_insert_does(message: InboundMessage) -> None:
    Content.objects.create(message=message, raw=b"before")
    Content.objects.update(raw=CLEAR)
    assert unseal(stored(message)) == CLEAR


def test_nothing_stays_nothing_and_can_be_asked_for(message: InboundMessage) -> None:
    assert message.rejection_detail == b""
    assert InboundMessage.objects.filter(rejection_detail=b"").get() == message


def test_a_migration_keeps_the_ring_of_a_field() -> None:
    _, path, _, options = SealedField(ring=Ring.KEYS, default=b"").deconstruct()
    assert path == "accounts.sealing.SealedField"
    assert (options["ring"], options["default"]) == (Ring.KEYS, b"")
