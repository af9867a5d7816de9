"""SMTP on the wire: paths, line ends, dots and reply codes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faxsend.smtp_syntax import enhanced, has_bare_line_ends, read_path, without_transparency


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("<a@example.jp>", ("a@example.jp", "")),
        (" <a@example.jp> SIZE=3 BODY=8BITMIME ", ("a@example.jp", "SIZE=3 BODY=8BITMIME")),
        ("<>", ("<>", "")),
        ("a@example.jp", ("a@example.jp", "")),
        ("<@relay.example,@b.example:a@example.jp>", ("a@example.jp", "")),
        ('<"a b"@example.jp>', ('"a b"@example.jp', "")),
        ("<list=members@fax.tc>", ("list=members@fax.tc", "")),
        ("<postmaster>", ("postmaster", "")),
        ("<注文@例え.jp> SMTPUTF8", ("注文@例え.jp", "SMTPUTF8")),
        ("<a@[192.0.2.1]>", ("a@[192.0.2.1]", "")),
    ],
)
def test_paths_are_read(text: str, path: tuple[str, str]) -> None:
    assert read_path(text) == path


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<",
        "<a@example.jp",
        "<a@b@example.jp>",
        "<a\rb@example.jp>",
        "<a\x00@example.jp>",
        "<a\udc83@example.jp>",
        "<a b@example.jp>",
        "<a@example.jp>x",
        '<"a@example.jp>',
        "<" + "a" * 244 + "@example.jp>",
    ],
)
def test_what_is_no_path_is_refused(text: str) -> None:
    assert read_path(text) is None


@given(st.text())
def test_an_address_that_was_read_can_be_stored(text: str) -> None:
    address, _ = read_path(f"<{text}>") or ("", "")
    assert len(address) <= 254
    assert not set("\x00\r\n") & set(address.encode().decode())


@given(st.lists(st.from_regex(rb"[.a]{0,4}", fullmatch=True)))
def test_transparency_is_undone_line_by_line(lines: list[bytes]) -> None:
    """RFC 5321 4.5.2."""
    sent = b"".join((b"." if line.startswith(b".") else b"") + line + b"\r\n" for line in lines)
    assert without_transparency(sent) == b"".join(line + b"\r\n" for line in lines)


@given(st.lists(st.sampled_from([b"\r\n", b"\r", b"\n", b"a"])))
def test_lone_line_ends_are_found(parts: list[bytes]) -> None:
    data = b"".join(parts)
    rest = data.replace(b"\r\n", b"")
    assert has_bare_line_ends(data) == (b"\r" in rest or b"\n" in rest)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("250 OK", "250 2.0.0 OK"),
        ("250 2.1.5 Recipient ok", "250 2.1.5 Recipient ok"),
        ("550 5.1.1 No such mailbox here", "550 5.1.1 No such mailbox here"),
        ("354 End data", "354 End data"),
        ("503 Error: nested MAIL command", "503 5.5.1 Error: nested MAIL command"),
        ("552 Error: message size", "552 5.3.4 Error: message size"),
        ("421 Bye", "421 4.0.0 Bye"),
        ('500 Error: command "X\r250 OK\udc80" not', '500 5.5.2 Error: command "X?250 OK?" not'),
    ],
)
def test_replies_get_an_enhanced_status_code_and_lose_control_characters(reply: str, said: str) -> None:
    assert enhanced(reply) == said
