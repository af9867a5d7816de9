"""What an HTML body says, line by line, and where in its source each piece stands. Pure.

HTML is read as a screen shows it, as far as a command line needs it: tokens after the HTML standard (13.2.5), blocks
and ``<br>`` as line ends, blanks collapsed (CSS 2.2, 16.6.1), comments, styles and hidden elements left out. Style
sheets are not read. Only the beginning of a long source is looked into; no pattern looks at a character twice.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from html import unescape
from itertools import islice
from typing import NamedTuple

LOOKED_INTO = 1_000_000
"""Characters of the source: ten times what Outlook writes in front of the first line."""
MAX_PIECES = 100_000
"""Tags, words and blanks."""
READ = 50_000
"""Characters of text: ten times the longest command lines."""

_TOKEN = re.compile(
    r"""
    <!--(?:-?>|.*?(?:--!?>|\Z))
    | <(?P<end>/?)(?P<name>[a-z][^\s/>]*+)
      (?P<attributes>(?:[^>"'=]++|=\s*+(?:"[^"]*+"|'[^']*+')|[="'])*+)(?:>|\Z)
    | <[!?/][^>]*+(?:>|\Z)
    | (?P<text>[^<]++|<)
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_PIECE = re.compile(r"(?P<blank>[ \t\n\r\f]++)|&(?:\#x?)?[0-9a-z]{1,31}+;?|[^ \t\n\r\f&]++|&", re.IGNORECASE)
_LINE_END = re.compile(r"\r\n|\n|\r")
_ATTRIBUTE = re.compile(r"""([^\s=/>]++)(?:\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s>]*+))?+""")
_HIDING = re.compile(r"display\s*+:\s*+none|visibility\s*+:\s*+hidden", re.IGNORECASE)
_UNSEEN = re.compile(r"[\s\u00ad\u200b-\u200d\u2060\ufeff]+")

_WITHOUT_TEXT = {"iframe", "noembed", "noframes", "script", "style", "title"}
"""Whatever stands between their tags is no markup."""
_END_OF = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in _WITHOUT_TEXT}
_WITHOUT_END = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
_CELLS = {"td", "th"}
_BLOCKS = {
    *("address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog"),
    *("dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4"),
    *("h5", "h6", "head", "header", "hgroup", "hr", "html", "legend", "li", "listing", "main", "menu", "nav"),
    *("ol", "optgroup", "option", "p", "plaintext", "pre", "search", "section", "summary", "table", "tbody"),
    *("tfoot", "thead", "tr", "ul"),
}
_PREFORMATTED = {"pre", "listing", "textarea"}
_PICTURES = {"hr", "img", "input", "object", "svg"}


class Piece(NamedTuple):
    """Text without markup, and where it stands in the source; a line end by a block stands nowhere (0, 0)."""

    text: str
    start: int
    end: int


def text_of(html: str) -> str:
    """The beginning of the text, at least 50,000 characters if it has them, with ``\\n`` line ends."""
    found, length = [], 0
    for piece in pieces(html):
        found.append(piece.text)
        length += len(piece.text)
        if length > READ:
            break
    return "".join(found)


def is_blank(html: str) -> bool:
    """Whether it shows neither text nor a picture. A very long one is never taken for blank."""
    if len(html) > LOOKED_INTO or any(_squeezed(piece.text) for piece in pieces(html)):
        return False
    names = [(token["name"] or "").lower() for token in _tokens(html)]
    return len(names) < MAX_PIECES and _PICTURES.isdisjoint(names)


def without(html: str, lines: str) -> str | None:
    """``html`` without its first lines, which must say ``lines``; blanks and line ends may differ within them.

    Nothing but their characters and their line end is cut out. None if it begins in another way.
    """
    wanted, read = _squeezed(lines), 0
    if not wanted:
        return html
    cut: list[tuple[int, int]] = []
    for piece in pieces(html):
        seen = _squeezed(piece.text)
        if not wanted.startswith(seen, read):
            return None
        read += len(seen)
        cut.append((piece.start, piece.end))
        if read == len(wanted) and piece.text == "\n":
            break
    return _cut(html, cut) if read == len(wanted) else None


def bare(html: str) -> str:
    """All of it, however long, without tags and comments. Styles and hidden elements are taken for text too."""
    return unescape(_TOKEN.sub(r"\g<text>", html))


def pieces(html: str) -> Iterator[Piece]:
    """What it shows, in order: words, single blanks, and ``\\n``."""
    line_began = False
    preformatted = 0
    for token in _seen(html):
        name = (token["name"] or "").lower()
        if token["text"]:
            for piece in _of_text(token["text"], token.start(), preformatted=preformatted > 0):
                if piece.text != " " or line_began:
                    yield piece
                    line_began = piece.text != "\n"
        elif name == "br":
            yield Piece("\n", *token.span())
            line_began = False
        elif name in _BLOCKS and line_began:
            yield Piece("\n", 0, 0)
            line_began = False
        elif name in _CELLS and line_began and not token["end"]:
            yield Piece(" ", 0, 0)
        if name in _PREFORMATTED:
            preformatted = max(0, preformatted + (-1 if token["end"] else 1))


def _of_text(text: str, start: int, *, preformatted: bool) -> Iterator[Piece]:
    for match in _PIECE.finditer(text):
        begin, end = start + match.start(), start + match.end()
        if not match["blank"]:
            shown = unescape(match[0])
            yield Piece(shown if shown != "\n" else " ", begin, end)
        elif preformatted and _LINE_END.search(match[0]):
            for line_end in _LINE_END.finditer(match[0]):
                yield Piece("\n", begin + line_end.start(), begin + line_end.end())
        else:
            yield Piece(" ", begin, end)


def _seen(html: str) -> Iterator[re.Match[str]]:
    """The tokens outside hidden elements."""
    open_: list[str] = []  # from the hidden element inwards
    number: Counter[str] = Counter()
    for token in _tokens(html):
        name = (token["name"] or "").lower()
        if not open_ and (not name or token["end"] or not _hides(token["attributes"])):
            yield token
            continue
        if not name or name in _WITHOUT_END:
            continue
        if not token["end"]:
            open_.append(name)
            number[name] += 1
            continue
        if not number[name] and name in _BLOCKS:  # it closes what is around the hidden element
            open_, number = [], Counter()
            yield token
        while number[name]:
            closed = open_.pop()
            number[closed] -= 1
            if closed == name:
                break


def _hides(attributes: str) -> bool:
    for name, value in _ATTRIBUTE.findall(attributes):
        if name.lower() == "hidden" or (name.lower() == "style" and _HIDING.search(value)):
            return True
    return False


def _tokens(html: str) -> Iterator[re.Match[str]]:
    return islice(_all_tokens(html), MAX_PIECES)


def _all_tokens(html: str) -> Iterator[re.Match[str]]:
    position = 0
    while token := _TOKEN.match(html, position, LOOKED_INTO):
        yield token
        position = token.end()
        name = (token["name"] or "").lower()
        if name in _WITHOUT_TEXT and not token["end"]:
            end = _END_OF[name].search(html, position, LOOKED_INTO)
            position = end.start() if end else len(html)


def _squeezed(text: str) -> str:
    return _UNSEEN.sub("", text)


def _cut(html: str, spans: list[tuple[int, int]]) -> str:
    kept, position = [], 0
    for start, end in spans:
        if end > position:
            kept.append(html[position:start])
            position = end
    return "".join([*kept, html[position:]])
