"""Header protection on sending (RFC 9788 5.2): the header fields inside, a subject that says nothing outside.

Only for receivers whose own client has written protected headers: the others would see no subject at all.
"""

from certificates.smime import mime

HARMLESS_SUBJECT = b"Subject: [...]\r\n"
_STRUCTURAL = (b"mime-version",)
_REMOVED = (b"comments", b"keywords")


def hide_subject(headers: bytes, entity: bytes) -> tuple[bytes, bytes]:
    """The header block for outside, and `entity` with the fields of `headers` inside, marked `hp="cipher"`.

    `headers`: fields with CRLF; `entity`: MIME headers, blank line, body. To be signed next, then encrypted. By the
    policy hcp_baseline (RFC 9788 3.2.1): the subject becomes `[...]`, Comments and Keywords vanish. Each field that
    stays outside is noted inside as HP-Outer, so that a reader sees what was visible on the way.
    """
    fields = mime.fields(headers)
    outside = b"".join(_visible(field) for field in fields)
    protected = [field for field in fields if mime.field_name(field) not in _STRUCTURAL]
    noted = [
        b"HP-Outer: " + field for field in mime.fields(outside) if mime.field_name(field) not in _STRUCTURAL
    ]
    own, body = mime.split(entity)
    return outside, b"".join((*protected, *noted, _marked(own), b"\r\n", body))


def _visible(field: bytes) -> bytes:
    if mime.field_name(field) in _REMOVED:
        return b""
    return HARMLESS_SUBJECT if mime.field_name(field) == b"subject" else field


def _marked(headers: bytes) -> bytes:
    """The MIME headers with the parameter at their Content-Type, which every entity of ours has."""
    marked = [
        field.rstrip(b"; \t\r\n") + b';\r\n hp="cipher"\r\n'
        if mime.field_name(field) == b"content-type"
        else field
        for field in mime.fields(headers)
    ]
    return b"".join(marked)
