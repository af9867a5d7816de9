"""HTML on fax pages: pictures of the same mail and nothing else from anywhere, whole pages, hostile sources."""

from __future__ import annotations

import io
import socket
from base64 import b64encode
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from faxsend.mail import Document, Related
from faxsend.rendering import PageFormat, Resolution, render
from faxsend.rendering.typesetting import Enclosed, laid_out
from notifications.refusals import BrokenDocument, DocumentTooLarge, PasswordWouldBeDrawn, TooManyPages
from tests.faxsend.rendering.drawn import Black, page, pages, read, text

OUTLOOK_PAPER = (
    "<style>@page WordSection1 {size:612.0pt 792.0pt; margin:99.25pt 85.05pt 85.05pt 85.05pt}"
    "div.WordSection1 {page:WordSection1}</style><div class=WordSection1>{}</div>"
)


def html(source: str, *related: Related) -> Document:
    return Document("", "text/html", source.encode(), related, is_body=True)


def black_square(side: int = 100) -> bytes:
    output = io.BytesIO()
    Image.new("1", (side, side), 0).save(output, "PNG")
    return output.getvalue()


def inches_of_ink(black: Black) -> tuple[float, float]:
    """How wide and how high what is drawn on a fine page is."""
    rows, columns = np.flatnonzero(black.any(axis=1)), np.flatnonzero(black.any(axis=0))
    return (columns[-1] - columns[0]) / 204, (rows[-1] - rows[0]) / 196


@pytest.mark.parametrize("resolution", list(Resolution))
def test_japanese_html_can_be_read(resolution: Resolution) -> None:
    source = (
        "<meta charset=shift_jis><title>題</title><p style='font-family:\"MS PGothic\"'>注文<b>書</b></p>"
    )
    assert read(page(html(source), resolution=resolution)) == "注文書"


def test_letters_have_the_size_and_the_place_of_a_text() -> None:
    html_ink, text_ink = (np.argwhere(page(document("本文"))) for document in (html, text))
    assert abs(html_ink.min(axis=0) - text_ink.min(axis=0)).max() < 12
    assert abs(np.ptp(html_ink, axis=0) - np.ptp(text_ink, axis=0)).max() < 3


def test_the_font_size_that_was_asked_for_is_that_of_html_without_its_own() -> None:
    small, large = (inches_of_ink(page(html("本文"), font_size=size))[0] for size in (12, 24))
    assert large == pytest.approx(2 * small, rel=0.1)


PAGE_BREAK = "<p style='break-after:page'>"


@pytest.mark.parametrize(
    "source",
    [
        '!#sec<b title=">"></b>ret12',
        "!#sec<!-- > -->ret12",
        "!#sec&lrm;ret\ufe0f12",
        "!#sec<i style='display:none'>zz</i>ret12",
        "!#sec<style>a{}</style>re<script>1</script>t1<title>q</title>2",
        '<style>p::before{content:"\\21 #secret12"}</style><p>x',
        "<style>p::before{content:attr(data-x)}</style><p data-x='&#33;#secret12'>x",
        "<p style='text-transform:uppercase'>!#Secret12",
        "<p style='width:3em;letter-spacing:1em'>!#secret12",
        f"<p>!#sec{PAGE_BREAK}ret12",
    ],
)
def test_a_page_that_would_say_the_password_is_refused_however_html_makes_it(source: str) -> None:
    with pytest.raises(PasswordWouldBeDrawn) as refusal:
        render([html(f"<p>本文</p>{source}")], PageFormat(), never="!#secret12")
    assert (refusal.value.position, refusal.value.detail) == (None, "")


@pytest.mark.parametrize(
    "source", ["!#secret", "secret12", "!# 0123456789", "<i style='display:none'>!#secret12</i>"]
)
def test_a_page_that_says_something_else_is_drawn(source: str) -> None:
    assert len(pages(html(f"<p>本文</p>{source}"), never="!#secret12")) == 1


@pytest.mark.parametrize("address", ["cid:Logo%40x", "CID:Logo@x", "{data}"])
def test_pictures_come_from_the_mail_alone(address: str) -> None:
    data = "data:image/png;base64," + b64encode(black_square()).decode()
    source = f"<img src='{address.format(data=data)}' width=192 height=96>"
    picture = Related("Logo@x", "image/png", black_square())
    assert inches_of_ink(page(html(source, picture))) == pytest.approx((1, 1), abs=0.02)


@pytest.mark.parametrize("address", ["cid:logo@x", "cid:", "logo.png", "http://127.0.0.1/logo.png"])
def test_a_picture_that_did_not_come_along_is_left_out(address: str) -> None:
    picture = Related("Logo@x", "image/png", black_square())
    assert read(page(html(f"注文書<img src='{address}'>", picture))) == "注文書"


def test_nothing_is_fetched_over_the_network() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        here = f"http://127.0.0.1:{server.getsockname()[1]}/"
        source = (
            f"<link rel=stylesheet href={here}><style>@import url({here}); @font-face {{font-family:x; src:url({here})}}"
            f"p {{font-family:x; background:url({here}); list-style-image:url({here})}}</style><base href={here}>"
            f"<body background={here}><p>x<img src={here}><img src=/x><img srcset={here}><svg><image href={here} /></svg>"
            f"<object data={here}></object><iframe src={here}></iframe><script src={here}></script>"
        )
        # Laid out here, where the network is in reach, unlike in a child.
        assert laid_out(source, "", Enclosed()).get_page_count() == 1
        with pytest.raises(TimeoutError):
            server.accept()


def test_no_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "square.png").write_bytes(black_square(1000))
    source = "<img src='{}'>"
    missing, there = (
        laid_out(source.format(f"file://{tmp_path}/{name}"), "", Enclosed())
        for name in ("none", "square.png")
    )
    assert there.get_document_height() == missing.get_document_height()


def test_scripts_do_not_run_and_what_is_hidden_is_not_drawn() -> None:
    source = "<script>document.write('x')</script><p hidden>x</p><p style='display:none'>x</p><p>注文書</p>"
    assert read(page(html(source))) == "注文書"


def test_the_paper_that_the_author_thought_of_does_not_count() -> None:
    assert np.array_equal(page(html(OUTLOOK_PAPER.replace("{}", "本文"))), page(html("<div>本文</div>")))


def test_what_is_wider_than_the_paper_is_drawn_smaller() -> None:
    source = "<div style='width:1363px; height:96px; background:#000'></div>"
    assert inches_of_ink(page(html(source))) == pytest.approx((7.1, 0.5), abs=0.1)


def test_what_is_much_wider_than_the_paper_is_refused_by_its_position() -> None:
    with pytest.raises(DocumentTooLarge) as refusal:
        render([text("x"), replace(html("<div style='width:2100px'>x</div>"), is_body=False)], PageFormat())
    assert refusal.value.position == 1


def test_a_large_picture_fits_on_the_paper_in_its_own_shape() -> None:
    picture = Related("a", "image/png", black_square(2000))
    width, height = inches_of_ink(page(html("<p>x</p><img src=cid:a>", picture)))
    assert (width, height) == pytest.approx((7.1, 7.4), abs=0.1)


def test_every_page_comes_out() -> None:
    breaks = "<p style='break-after:page'>本文</p>" * 2
    assert [black.any() for black in pages(html(breaks + "<p>end"))] == [True] * 3


def test_a_table_goes_on_on_the_next_page_row_by_row() -> None:
    rows = "".join(f"<tr><td>{number}<td>品名" for number in range(120))
    assert len(pages(html(f"<table border=1>{rows}</table>"))) > 2


def test_more_than_a_hundred_pages_are_refused() -> None:
    with pytest.raises(TooManyPages):
        render([html("<p style='break-after:page'>x</p>" * 101)], PageFormat())


@pytest.mark.parametrize(
    "source",
    ["<b>" * 200_000 + "x", "x<div style='height:99999999px'></div>"],
    ids=["nested", "high"],
)
def test_html_that_breaks_the_engine_is_refused(source: str) -> None:
    with pytest.raises((BrokenDocument, TooManyPages)):
        render([html(source)], PageFormat())
