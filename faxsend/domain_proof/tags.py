"""Lists of tags, as signatures, key records and policies are written (RFC 6376 3.2). Pure."""

from __future__ import annotations

import re

MAX_TAGS = 50

_NAME = re.compile(rb"[A-Za-z][A-Za-z0-9_]*")
_BLANKS = b" \t\r\n"


def read_tags(text: bytes) -> dict[bytes, bytes] | None:
    """The values by their names, in the order of the list, without the white space around them.

    None if it is no such list, names a tag twice or has more than ``MAX_TAGS``.
    """
    specs = text.rstrip(_BLANKS).removesuffix(b";").split(b";", MAX_TAGS)
    if len(specs) > MAX_TAGS:
        return None
    tags: dict[bytes, bytes] = {}
    for spec in specs:
        name, equals, value = spec.partition(b"=")
        name = name.strip(_BLANKS)
        if not equals or not _NAME.fullmatch(name) or name in tags:
            return None
        tags[name] = value.strip(_BLANKS)
    return tags


def listed(value: bytes) -> list[bytes]:
    """The items of a list with colons, in lower case."""
    return [item.strip(_BLANKS).lower() for item in value.split(b":")]


def unbroken(value: bytes) -> bytes:
    """A value within which white space means nothing, without it."""
    return value.translate(None, _BLANKS)
