"""Messages are found where they are marked, and nothing untranslated passes the check."""

import io
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from interfax_site.local.translations import (
    merge,
    problems_of,
    python_messages,
    read,
    template_messages,
    to_po,
)


def catalogue(*messages: tuple[str, str], fuzzy: str = "") -> Catalog:
    made = Catalog(locale="ja", domain="django", fuzzy=False)
    for text, translation in messages:
        made.add(text, translation, flags={"fuzzy"} if text == fuzzy else ())
    return made


def source(*texts: str) -> Catalog:
    return catalogue(*((text, "") for text in texts))


@pytest.mark.parametrize(
    ("line", "message", "context"),
    [
        ("x = _('Send')", "Send", None),
        ("x = gettext_lazy('Send' ' now')", "Send now", None),
        ("x = gettext_noop('Send')", "Send", None),
        ("x = ngettext('%d page', '%d pages', n)", ("%d page", "%d pages"), None),
        ("x = pgettext('button', 'Send')", "Send", "button"),
        ("x = pgettext_lazy('button', 'Send')", "Send", "button"),
    ],
)
def test_python_marks_are_found(line: str, message: str | tuple[str, str], context: str | None) -> None:
    assert [found[:2] for found in python_messages(line)] == [(message, context)]


def test_a_comment_for_translators_comes_along() -> None:
    assert next(python_messages("# Translators: a verb\nx = _('Fax')"))[2] == ["Translators: a verb"]


@pytest.mark.parametrize(
    ("template", "message", "context"),
    [
        ("{% translate 'Send' %}", "Send", None),
        ("{% trans 'Send' context 'button' %}", "Send", "button"),
        ("{{ _('Send') }}", "Send", None),
        ("{% if a %}\n  <p title='it''s'>\n    {% translate \"It's\" %}\n{% endif %}", "It's", None),
        ("{% blocktranslate %}Hello {{ name }}{% endblocktranslate %}", "Hello %(name)s", None),
        ("{% blocktranslate trimmed %}\n  Hello\n  you\n{% endblocktranslate %}", "Hello you", None),
        (
            "{% blocktranslate count n=p %}{{ n }} page{% plural %}{{ n }} pages{% endblocktranslate %}",
            ("%(n)s page", "%(n)s pages"),
            None,
        ),
    ],
)
def test_template_marks_are_found(template: str, message: str | tuple[str, str], context: str | None) -> None:
    assert [found[:2] for found in template_messages("{% load i18n %}" + template)] == [(message, context)]


def test_a_complete_catalogue_has_no_problems() -> None:
    assert problems_of(catalogue(("Send %(n)s", "%(n)s送信")), source("Send %(n)s")) == []


@pytest.mark.parametrize(
    ("old", "problem"),
    [
        (catalogue(), "missing"),
        (catalogue(("Send %(n)s", "")), "not translated"),
        (catalogue(("Send %(n)s", "%(n)s送信"), fuzzy="Send %(n)s"), "fuzzy"),
        (catalogue(("Send %(n)s", "%(m)s送信")), "other placeholders"),
        (catalogue(("Send %(n)s", "送信")), "other placeholders"),
        (catalogue(("Send %(n)s", "%(n)s送信"), ("Gone", "x")), "no longer in the source"),
    ],
)
def test_what_a_translator_has_left_to_do_is_named(old: Catalog, problem: str) -> None:
    (line,) = problems_of(old, source("Send %(n)s"))
    assert line.startswith(problem)


def test_an_obsolete_entry_is_a_problem() -> None:
    old = catalogue(("Send", "送信"), ("Gone", "x"))
    old.update(source("Send"))
    assert problems_of(old, source("Send")) == ["obsolete: 'Gone'"]


def test_an_update_keeps_translations_adds_what_is_new_and_drops_what_is_gone() -> None:
    merged = merge(catalogue(("Send", "送信"), ("Gone", "x")), source("Send", "Resend"))
    assert {message.id: message.string for message in merged if message.id} == {"Send": "送信", "Resend": ""}


def test_an_update_does_not_guess_a_translation_from_a_similar_message() -> None:
    merged = merge(catalogue(("Send the fax", "FAXを送信")), source("Send a fax"))
    assert [message.fuzzy for message in merged if message.id] == [False]


def test_a_second_update_changes_nothing() -> None:
    once = to_po(merge(catalogue(("B", "b"), ("A", "a")), source("A", "B", "C")))
    again = merge(read_po(io.BytesIO(once), locale="ja", domain="django"), source("C", "B", "A"))
    assert to_po(again) == once


@given(st.dictionaries(st.text("abc %", min_size=1), st.text("あいう", min_size=1), max_size=5))
def test_a_catalogue_survives_its_file(translations: dict[str, str]) -> None:
    written = to_po(catalogue(*translations.items()))
    found = read_po(io.BytesIO(written), locale="ja", domain="django")
    assert {message.id: message.string for message in found if message.id} == translations


def test_a_locale_without_a_file_is_empty() -> None:
    assert not Path("locale/fr/LC_MESSAGES/django.po").exists()
    assert len(read("fr")) == 0
