"""Messages from the source to `django.po` and `django.mo`, by Babel: a bare machine has no gettext.

`update` merges what the source says into the catalogue, `check` finds what a translator has left to do,
`compile` writes what Django reads. Msgids are English.
"""

import io
import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from interfax_site.local.environment import PROJECT

LOCALES = ("ja",)
APPS = ("interfax_site", "accounts", "certificates", "notifications", "faxsend")
PLAIN, PLURAL, CONTEXT, CONTEXT_PLURAL = None, (1, 2), ((1, "c"), 2), ((1, "c"), 2, 3)
KEYWORDS = {
    "_": PLAIN,
    "gettext": PLAIN,
    "gettext_lazy": PLAIN,
    "gettext_noop": PLAIN,
    "ngettext": PLURAL,
    "ngettext_lazy": PLURAL,
    "pgettext": CONTEXT,
    "pgettext_lazy": CONTEXT,
    "npgettext": CONTEXT_PLURAL,
    "npgettext_lazy": CONTEXT_PLURAL,
}
TRANSLATOR_COMMENTS = ("Translators:",)
PLACEHOLDER = re.compile(r"%\(\w+\)[sdrf]|%[sd]|\{\w*\}")
WIDTH = 110
USAGE = "Usage: python -m interfax_site.local translations update|check|compile"
Key = tuple[str, str | None]
Found = tuple[str | tuple[str, ...], str | None, list[str]]


def main(arguments: list[str]) -> int:
    """Run one of the three; `check` returns 1 when something is left to do."""
    actions = {"update": update, "check": check, "compile": compile_all}
    if len(arguments) != 1 or arguments[0] not in actions:
        print(USAGE, file=sys.stderr)
        return 2
    return actions[arguments[0]]()


def catalogue_file(locale: str) -> Path:
    """Return the path of a locale's messages."""
    return PROJECT / "locale" / locale / "LC_MESSAGES" / "django.po"


def update() -> int:
    """Merge the source's messages into each catalogue: translations stay, what is gone leaves."""
    messages = extract_project()
    for locale in LOCALES:
        merged = merge(read(locale), messages)
        file = catalogue_file(locale)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(to_po(merged))
        print(f"{file.relative_to(PROJECT)}: {len(merged)} messages")
    return 0


def check() -> int:
    """Print what is left to do; 0 when nothing is."""
    messages = extract_project()
    problems = [f"{locale}: {line}" for locale in LOCALES for line in problems_of(read(locale), messages)]
    print("\n".join(problems) or "all messages are translated")
    return 1 if problems else 0


def compile_all() -> int:
    """Write `django.mo` beside each catalogue, whole or not at all."""
    for locale in LOCALES:
        target = catalogue_file(locale).with_suffix(".mo")
        unfinished = target.with_name(f"{target.name}.{os.getpid()}")
        with unfinished.open("wb") as output:
            write_mo(output, read(locale))
        unfinished.rename(target)
    return 0


def read(locale: str) -> Catalog:
    """Return a locale's catalogue, an empty one when there is no file."""
    file = catalogue_file(locale)
    if not file.exists():
        return Catalog(locale=locale, domain="django", project="interfax-site", version="1", fuzzy=False)
    with file.open("rb") as source:
        return read_po(source, locale=locale, domain="django", abort_invalid=True)


def extract_project() -> Catalog:
    """Return the messages of all Python files of the apps and of all templates."""
    messages = Catalog(domain="django", fuzzy=False)
    for app in APPS:
        for file in sorted((PROJECT / app).rglob("*.py")):
            _add(messages, python_messages(file.read_text()))
    for file in sorted((PROJECT / "templates").rglob("*.*")):
        if file.suffix in {".html", ".txt"}:
            _add(messages, template_messages(file.read_text()))
    return messages


def python_messages(source: str) -> Iterator[Found]:
    """Yield what a Python source marks."""
    lines = io.BytesIO(source.encode())
    found = extract("python", lines, keywords=KEYWORDS, comment_tags=TRANSLATOR_COMMENTS)
    for _line, message, comments, context in found:
        yield message, context, list(comments)


def template_messages(source: str) -> Iterator[Found]:
    """Yield what a Django template marks.

    Django turns it into something with gettext calls in it; on one line, for Python's rules of indentation.
    """
    return python_messages(templatize(source).replace("\n", " ").strip())


def merge(old: Catalog, messages: Catalog) -> Catalog:
    """Return `old` with exactly the messages of the source; translations of those that stay are kept."""
    messages.creation_date = old.creation_date  # no change of the file without a change of a message
    old.update(messages, no_fuzzy_matching=True)
    old.obsolete.clear()
    return old


def to_po(catalogue: Catalog) -> bytes:
    """Return the file: sorted, without line numbers, so that a change shows only what changed."""
    output = io.BytesIO()
    write_po(output, catalogue, width=WIDTH, sort_output=True, no_location=True)
    return output.getvalue()


def problems_of(catalogue: Catalog, messages: Catalog) -> list[str]:
    """Return, in words, where the catalogue and the source's messages differ or a translation is wrong."""
    known, wanted = _by_key(catalogue), _by_key(messages)
    problems = [f"missing, run `translations update`: {key[0]!r}" for key in wanted if key not in known]
    problems += [f"no longer in the source: {key[0]!r}" for key in known if key not in wanted]
    problems += [f"obsolete: {key!r}" for key in catalogue.obsolete]
    for key, message in known.items():
        problems += [f"{problem}: {key[0]!r}" for problem in _faults(message)]
    return problems


def _faults(message: Message) -> Iterator[str]:
    ids, strings = _texts(message.id), _texts(message.string)
    if message.fuzzy:
        yield "fuzzy"
    if not strings or not all(strings):
        yield "not translated"
    elif any(_placeholders(text) != _placeholders(ids[-1]) for text in strings):
        yield "other placeholders in the translation"


def _placeholders(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text))


def _by_key(catalogue: Catalog) -> dict[Key, Message]:
    return {_key(message): message for message in catalogue if message.id}


def _key(message: Message) -> Key:
    return _texts(message.id)[0], message.context


def _texts(value: str | Sequence[str] | None) -> tuple[str, ...]:
    """Return the forms of a message or translation: one, or singular and plural."""
    return (value,) if isinstance(value, str) else tuple(value or ())


def _add(messages: Catalog, found: Iterator[Found]) -> None:
    for message, context, comments in found:
        messages.add(message, context=context, auto_comments=comments)
