"""Which mailbox a recipient names."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faxsend.mailboxes import (
    ORDER_KINDS,
    Domains,
    MailboxKind,
    bounce_token_in,
    destinations_in,
    kind_of,
)

DOMAINS = Domains("fax.tc", "send@fax.tc", "digitalid@interfax.net")


@pytest.mark.parametrize("address", ["send@fax.tc", "SEND@FAX.TC", "Send@Fax.tc"])
def test_the_service_address_takes_orders_by_subject(address: str) -> None:
    """TO、CC、BCCに send@fax.tc と送信先を指定します。"""
    assert kind_of(address, DOMAINS) is MailboxKind.SERVICE


@pytest.mark.parametrize(
    "address",
    ["0311112222@fax.tc", "03-1111-2222@FAX.TC", "+81-3-1111-2222@fax.tc", "00999-9999-0000@fax.tc"],
)
def test_a_number_at_the_fax_domain_is_a_mailbox(address: str) -> None:
    """fax番号@fax.tc"""
    assert kind_of(address, DOMAINS) is MailboxKind.NUMBER


@pytest.mark.parametrize("address", ["119@fax.tc", "03-1111@fax.tc", "3abc@fax.tc"])
def test_a_number_that_cannot_be_dialled_is_refused_later_with_its_reason(address: str) -> None:
    assert kind_of(address, DOMAINS) is MailboxKind.NUMBER


@pytest.mark.parametrize("address", ["list=members@fax.tc", "LIST=Members@FAX.TC"])
def test_a_list_at_the_fax_domain_is_a_mailbox_of_the_same_kind_so_that_both_can_be_mixed(
    address: str,
) -> None:
    assert kind_of(address, DOMAINS) is MailboxKind.NUMBER


@pytest.mark.parametrize("name", ["", "a.b", "mem%62ers", "会員", "a@b", "x" * 10_000])
def test_a_list_that_cannot_be_is_refused_later_with_its_reason(name: str) -> None:
    assert kind_of(f"list={name}@fax.tc", DOMAINS) is MailboxKind.NUMBER


@pytest.mark.parametrize(
    "address",
    [
        "",
        "@",
        "list@fax.tc",
        "lists=members@fax.tc",
        " list=members@fax.tc",
        '"list=members"@fax.tc',
        "list%3Dmembers@fax.tc",
        "ｌｉｓｔ=members@fax.tc",
        "list=members@example.jp",
        "@fax.tc",
        "send",
        "fax.tc",
        "0311112222",
        "sender@fax.tc",
        "taro@fax.tc",
        "０３@fax.tc",
        "0311112222@example.jp",
        "0311112222@mail.fax.tc",
        "0311112222@fax.tc.example.jp",
        "0311112222@fax.tc@example.jp",
        "send@example.jp",
    ],
)
def test_any_other_address_is_no_mailbox(address: str) -> None:
    assert kind_of(address, DOMAINS) is None


def test_the_domains_are_the_operators_own() -> None:
    domains = Domains("fax.example.jp", "order@example.jp", "id@example.jp")
    assert kind_of("order@example.jp", domains) is MailboxKind.SERVICE
    assert kind_of("03@fax.example.jp", domains) is MailboxKind.NUMBER
    assert kind_of("send@fax.tc", domains) is None


@pytest.mark.parametrize("address", ["digitalid@interfax.net", "DigitalID@InterFAX.net"])
def test_certificates_are_registered_at_an_address_of_their_own(address: str) -> None:
    """電子署名付メールを digitalid@interfax.net へ送信します。"""
    assert kind_of(address, DOMAINS) is MailboxKind.DIGITALID


TOKEN = "0123456789abcdef" * 2


@pytest.mark.parametrize("address", [f"bounces+{TOKEN}@fax.tc", f"Bounces+{TOKEN.upper()}@FAX.TC"])
def test_our_own_mail_comes_back_to_an_address_of_its_own_in_any_case(address: str) -> None:
    assert kind_of(address, DOMAINS) is MailboxKind.BOUNCE
    assert bounce_token_in(address, DOMAINS) == UUID(TOKEN)


@pytest.mark.parametrize(
    "address",
    [
        "bounces@fax.tc",
        "bounces+@fax.tc",
        f"bounces+{TOKEN[1:]}@fax.tc",
        f"bounces+{TOKEN}0@fax.tc",
        f"bounces+{TOKEN[:-1]}g@fax.tc",
        f"bounces-{TOKEN}@fax.tc",
        f"bounces+{TOKEN}@example.jp",
    ],
)
def test_what_has_no_whole_token_is_no_mailbox(address: str) -> None:
    assert kind_of(address, DOMAINS) is None


def test_orders_ask_for_the_sender_and_what_is_no_order_does_not() -> None:
    assert frozenset(MailboxKind) - {MailboxKind.DIGITALID, MailboxKind.BOUNCE} == ORDER_KINDS


def test_destinations_stand_in_the_order_of_the_recipients_as_they_were_written() -> None:
    recipients = [
        "06-1111-2222@fax.tc",
        "send@fax.tc",
        "+81311112222@FAX.TC",
        "taro@example.jp",
        "list=members@fax.tc",
        "119@fax.tc",
    ]
    assert destinations_in(recipients, DOMAINS) == ("06-1111-2222", "+81311112222", "list=members", "119")


@given(st.text(), st.sampled_from(["fax.tc", "FAX.TC", "example.jp", ""]))
def test_every_address_has_one_kind_or_none(local_part: str, domain: str) -> None:
    address = f"{local_part}@{domain}"
    is_destination = kind_of(address, DOMAINS) is MailboxKind.NUMBER
    assert destinations_in([address], DOMAINS) == ((local_part,) if is_destination else ())
    assert not is_destination or domain.lower() == "fax.tc"
