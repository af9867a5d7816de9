"""Documents to pages through the real child."""

from __future__ import annotations

import numpy as np
import pytest

from faxsend.mail import Document
from faxsend.rendering import PageFormat, Resolution, render, tiff
from notifications import refusals
from tests.faxsend.rendering import pdfs
from tests.faxsend.rendering.drawn import cut, likeness, lines, page, pages, pdf_document, read, text


def refusal(*documents: Document) -> refusals.Rejection:
    with pytest.raises(refusals.Rejection) as caught:
        render(documents, PageFormat())
    return caught.value


@pytest.mark.parametrize(
    "resolution,size", [(Resolution.FINE, 12.0), (Resolution.FINE, 8.0), (Resolution.STANDARD, 9.0)]
)
def test_japanese_text_can_be_read(resolution: Resolution, size: float) -> None:
    drawn = page(text("注文書"), resolution=resolution, font_size=size)
    assert read(drawn) == "注文書"


def test_pages_have_the_size_of_their_resolution() -> None:
    for resolution, height in ((Resolution.FINE, 2280), (Resolution.STANDARD, 1140)):
        rendered = render([text("本文")], PageFormat(resolution))
        assert [each.shape for each in tiff.pages(rendered.tiff)] == [(height, 1728)]
        assert (rendered.count, rendered.resolution) == (1, resolution)


def test_a_character_that_the_font_lacks_is_the_only_box() -> None:
    here, there, box = pages(text("鬱\f猫\f\ue000"))
    assert likeness(here, there) < 0.6
    assert likeness(here, box) < 0.6
    assert likeness(there, box) < 0.6


def test_a_form_feed_starts_a_page_and_blank_pages_are_left_out() -> None:
    assert len(pages(text("一\f二\f\n \f三\f"))) == 3


def test_a_full_page_of_text_goes_on_on_the_next() -> None:
    full = "行\n" * 45
    assert len(pages(text(full))) == 1
    assert len(pages(text(full + "末尾"))) == 2


def test_long_lines_are_wrapped_inside_the_margins() -> None:
    drawn = page(text("x" * 300 + "\n" + "あ" * 100))
    assert lines(drawn) == 4 + 3
    assert not drawn[:, :100].any()
    assert not drawn[:, -100:].any()


def test_half_width_characters_are_half_as_wide() -> None:
    half, full = pages(text("HHHH|\fＨＨ|"))
    assert abs(int(np.flatnonzero(half.any(axis=0))[-1]) - int(np.flatnonzero(full.any(axis=0))[-1])) <= 20


def test_documents_are_joined_in_order() -> None:
    first, second, third = pages(
        text("注文書"), pdf_document(pdfs.pdf(pdfs.words("PDF"))), text("請求額", "a.txt")
    )
    assert [read(first), read(second), read(third)] == ["注文書", "PDF", "請求額"]


def test_a_landscape_page_is_turned() -> None:
    drawn = page(pdf_document(pdfs.pdf(pdfs.words("LANDSCAPE", y=300), size=(842, 595))))
    assert read(np.rot90(drawn)) == "LANDSCAPE"


def test_japanese_fonts_that_a_pdf_does_not_embed_are_replaced() -> None:
    drawn = page(pdf_document(pdfs.without_embedded_font("注文書")))
    assert read(drawn) == "注文書"


def test_what_is_filled_in_in_a_form_is_on_the_page() -> None:
    assert lines(page(pdf_document(pdfs.filled_form()))) == 2


def test_grey_between_black_and_white_becomes_as_many_dots() -> None:
    grey = bytes([0] * 50 + [128] * 100 + [255] * 50) * 200
    drawn = page(pdf_document(pdfs.with_picture(200, 200, grey, box=(100, 400, 200, 200))))
    middle = cut(drawn)[20:-20, 160:400]
    assert 0.4 < middle.mean() < 0.6
    assert (middle[:, 1:] != middle[:, :-1]).mean() > 0.5


def test_a_document_of_unknown_type_is_refused_by_position() -> None:
    refused = refusal(text("一", "a.txt"), Document("a.exe", "application/x-msdownload", b"MZ"))
    assert (refused.code, refused.position) == ("unsupported-document", 2)


def test_the_body_is_not_counted_among_the_attachments() -> None:
    unknown = Document("a.exe", "application/x-msdownload", b"MZ")
    assert refusal(text("本文"), unknown).position == 1
    assert refusal(text("本文"), pdf_document(b"")).position == 1
    refused = refusal(text("\f".join(["頁"] * 101)), text("一", "a.txt"))
    assert (refused.code, refused.position) == ("too-many-pages", None)


@pytest.mark.parametrize(
    "content,code",
    [
        (pdfs.encrypted(b"secret"), "protected-document"),
        (b"", "broken-document"),
        (b"%PDF-1.7\nnot one\n%%EOF", "broken-document"),
        (pdfs.pdf(), "broken-document"),
        (pdfs.pdf(b"", count=3), "broken-document"),
        (pdfs.pdf(*[b""] * 101), "too-many-pages"),
        (pdfs.pdf(b"", size=(20_000, 100)), "document-too-large"),
        (pdfs.pdf(b"", size=(9, 9)), "broken-document"),
        (pdfs.bomb(), "document-too-large"),
    ],
    ids=[
        "password",
        "empty",
        "garbage",
        "no-pages",
        "lost-pages",
        "101-pages",
        "huge-page",
        "tiny-page",
        "bomb",
    ],
)
def test_a_pdf_that_cannot_be_drawn_is_refused_by_name(content: bytes, code: str) -> None:
    refused = refusal(text("一", "a.txt"), pdf_document(content))
    assert (refused.code, refused.position) == (code, 2)


def test_an_attachment_whose_pages_would_say_the_password_is_refused_by_position() -> None:
    pdf = pdf_document(pdfs.pdf(b"", pdfs.words("!#SECRET\\0612")))
    with pytest.raises(refusals.PasswordWouldBeDrawn) as caught:
        render([text("本文"), text("一", "a.txt"), pdf], PageFormat(), never="!#secret12")
    assert (caught.value.position, caught.value.counts) == (2, "document")


def test_a_pdf_that_only_restricts_editing_is_drawn() -> None:
    assert len(pages(pdf_document(pdfs.encrypted(b"")))) == 1


def test_a_pdf_that_kills_its_child_is_a_broken_document() -> None:
    refused = refusal(text("一", "a.txt"), pdf_document(pdfs.swollen()))
    assert (refused.code, refused.position) == ("broken-document", 2)


def test_a_hundred_pages_are_the_limit_over_all_documents() -> None:
    fifty = text("\f".join(["頁"] * 50), "a.txt")
    refused = refusal(fifty, fifty, text("一枚", "b.txt"))
    assert (refused.code, refused.position) == ("too-many-pages", 3)


def test_a_text_far_too_long_is_refused_before_it_is_laid_out() -> None:
    assert refusal(text("あ" * 2_000_000)).code == "too-many-pages"


@pytest.mark.parametrize("documents", [[], [text(" \n\f\n")], [text("\u200b\f　", "blank.txt")]])
def test_without_anything_to_see_there_is_nothing_to_fax(documents: list[Document]) -> None:
    assert refusal(*documents).code == "nothing-to-fax"


def test_a_blank_body_beside_a_document_adds_no_page() -> None:
    assert len(pages(text("\n"), text("注文書", "a.txt"))) == 1
