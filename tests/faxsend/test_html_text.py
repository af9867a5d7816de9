"""What HTML says, line by line, and how its first lines are cut out."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faxsend.html_text import LOOKED_INTO, bare, is_blank, text_of, without

COMMAND = "!*03-1111-2222*!"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>a</p><p>b</p>", "a\nb\n"),
        ("a<br>b<BR/>c<br/>\n", "a\nb\nc\n"),
        ("<div>a<div>b</div></div>c", "a\nb\nc"),
        ("<div>a</div><div><br></div><div>b</div>", "a\n\nb\n"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</table>", "a b\nc\n"),
        ("<ul><li>a<li>b</ul>", "a\nb\n"),
        ("  a \n\t b  ", "a b "),
        ("<pre>a  b\n\nc\r\nd</pre>e", "a b\n\nc\nd\ne"),
        ("a<b>b</b><span>c</span>", "abc"),
        ("&#33;&ast;1&#x2a;&excl;&nbsp;&lt;p&gt; &amp b&unknown; & c", "!*1*!\xa0<p> & b&unknown; & c"),
        ("<!-- a --><!--[if mso]><p>b</p><![endif]--><![if !mso]>c<![endif]><!--> d<!-- -- > -->", "c d"),
        ("<title>a</title><style>p > b {}</style><script>'</p>' + \"<p>b\"</script>c", "c"),
        ("<?xml version=1?><!DOCTYPE html><html><head></head><body>a", "a"),
        ("<a title='a > b' href=\"c>d\">e</a>", "e"),
        ("<p don't>a</p>", "a\n"),
        ("a < b <3 </ c>d", "a < b <3 d"),
        ("a<p", "a\n"),
        ("a<!--", "a"),
        ("<div style='overflow: hidden'>a</div><p title=hidden>b", "a\nb"),
        ("<div hidden>a<div>b</div><img></div>c", "c"),
        ('<span style="color:red; DISPLAY : none">a<br>b</span>c', "c"),
        ("<div><span style=display:none>a</div>b", "b"),
        ("<div style='visibility:hidden'><p>a<p>b</div>c", "c"),
        ("<td hidden>a", ""),
        ("", ""),
    ],
)
def test_html_says_what_a_screen_shows(html: str, text: str) -> None:
    assert text_of(html) == text


@pytest.mark.parametrize(
    ("html", "remaining"),
    [
        (f"<p>{COMMAND}</p>a", "<p></p>a"),
        (f"{COMMAND}<br>a<br>b", "a<br>b"),
        (f"<br>{COMMAND} &nbsp;<br>\na", "\na"),
        (f"<pre>\n{COMMAND}\na</pre>", "<pre>a</pre>"),
        (f"<p style='x'>!*<b>03</b>-1111-&#50;222*!</p><!-- {COMMAND} -->", "<p style='x'><b></b></p>"),
        (f"<div hidden>a</div>{COMMAND}", "<div hidden>a</div>"),
        (f"<div>\ufeff{COMMAND}\u200b</div>a", "<div></div>a"),
        (COMMAND, ""),
    ],
)
def test_only_the_characters_of_the_first_lines_are_cut_out(html: str, remaining: str) -> None:
    cut = without(html, f"{COMMAND}\n")
    assert cut is not None and cut.replace(f"<!-- {COMMAND} -->", "") == remaining


@pytest.mark.parametrize("html", [f"{COMMAND} a", f"a<br>{COMMAND}", f"{COMMAND}a", "!*03-1111", ""])
def test_html_that_begins_in_another_way_is_not_touched(html: str) -> None:
    assert without(html, COMMAND) is None


def test_no_lines_leave_everything() -> None:
    assert without("<p>\n<br>a", "\n ") == "<p>\n<br>a"


@pytest.mark.parametrize("html", ["", "<p>&nbsp;</p>", "<style>p {}</style><div><br></div>", "<p hidden>a"])
def test_html_without_text_or_picture_is_blank(html: str) -> None:
    assert is_blank(html)


@pytest.mark.parametrize("html", ["a", "<img src=cid:a>", "<svg></svg>", " " * LOOKED_INTO + " <!-- a -->"])
def test_html_with_text_or_a_picture_or_of_great_length_is_not_blank(html: str) -> None:
    assert not is_blank(html)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>!#pass<b>word</b>\n&#49;</p>", "!#password\n1"),
        ("!#pass<b title='>'></b>word<!-- > -->1", "!#password1"),
        ("<style>a</style><i hidden>b</i> < c", "ab < c"),
    ],
)
def test_bare_html_has_neither_tags_nor_comments(html: str, text: str) -> None:
    assert bare(html) == text


@given(st.lists(st.text("ab!*;03-& \n\xa0", min_size=1), min_size=1), st.sampled_from(["p", "div", "tr"]))
def test_what_was_written_line_by_line_is_read_line_by_line(lines: list[str], tag: str) -> None:
    html = "".join(f"<{tag}>{line.replace('&', '&amp;')}</{tag}>" for line in lines)
    said = (" ".join(line.replace("\xa0", "\0").split()).replace("\0", "\xa0") for line in lines)
    read = (
        " ".join(line.replace("\xa0", "\0").split()).replace("\0", "\xa0")
        for line in text_of(html).split("\n")
    )
    assert list(filter(None, read)) == list(filter(None, said))


@given(
    st.lists(
        st.sampled_from(
            ["<p>", "</p>", "<b", " hidden", ">", "<!--", "-->", "a", "!*", "&#", '="', "<pre>", "\n"]
        )
    )
)
def test_no_damaged_html_is_read_without_end_or_loses_what_was_not_cut(pieces: list[str]) -> None:
    html = "".join(pieces)
    text = text_of(html)
    cut = without(html, text)
    assert cut is not None
    assert not text_of(cut).strip()
    assert len(cut) <= len(html)


@pytest.mark.parametrize(
    "piece",
    [
        "<div>",
        "<",
        "<a ",
        '<a ="',
        "&",
        "&a",
        "<!--",
        "<style>",
        "<p hidden ",
        "</",
        "<a x=' ",
        "<pre>\n",
        "\n",
        "<!",
    ],
)
@pytest.mark.parametrize("read", [text_of, is_blank, lambda html: without(html, "!*1*!")])
def test_hostile_html_is_read_in_linear_time(piece: str, read: Callable[[str], object]) -> None:
    """With anything quadratic in it, this would take hours."""
    read(piece * 300_000)


def test_long_lines_of_many_pieces_are_compared_in_linear_time() -> None:
    """If what is left of the lines were copied for each piece, this would take minutes."""
    assert without("&#97;" * 150_000, "a" * 20_000_000) is None
