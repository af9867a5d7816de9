"""Mail addresses as people type them."""

from __future__ import annotations

import pytest

from accounts.addresses import is_address


@pytest.mark.parametrize("address", ["a@example.jp", "a..b.@docomo.example.jp", "A.B+c@example.co.jp"])
def test_addresses_that_people_have_are_taken(address: str) -> None:
    assert is_address(address)


@pytest.mark.parametrize(
    "text",
    ["", "a", "a@", "@example.jp", "a@@example.jp", "あ@example.jp", "a@example.jp,b@example.jp"]
    + [f'"{chr(code)}"@example.jp' for code in (1, 8, 28, 127)]
    + ["a" * 250 + "@example.jp"],
)
def test_what_no_mail_system_can_deliver_is_not(text: str) -> None:
    assert not is_address(text)
