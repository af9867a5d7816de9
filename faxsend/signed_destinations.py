"""Whether the DKIM signature that proves a mail also proves where it is to be faxed. Pure.

Large providers do not sign Content-Type, and whoever changes it chooses which of the signed bytes are read: a
stranger's words that a customer has quoted would become the text of the order.
Why so: docs/adr/0015-who-stands-behind-a-mail.md.
"""

from __future__ import annotations

import binascii
from collections.abc import Sequence

from certificates.smime import OpenedMail
from faxsend.commands import Instructions, Place, read_commands
from faxsend.domain_proof import DomainProof
from faxsend.domain_proof.header_fields import fields_of, split
from faxsend.mail import read_mail
from faxsend.mime_tree import parse
from notifications.refusals import Rejection

_WITHOUT_CHOICE = {"", "7bit", "8bit", "binary", "quoted-printable"}
"""Transfer encodings under which the text begins with what the bytes begin with. An uuencoded one may begin anywhere."""


def are_signed(
    raw: bytes, recipients: Sequence[str], proof: DomainProof, opened: OpenedMail, instructions: Instructions
) -> bool:
    """Whether the destinations of ``instructions`` are what the author has signed.

    ``raw``: the mail as it came, to the envelope's ``recipients``; ``proof`` is aligned; ``opened`` is what was read.
    """
    if instructions.place is Place.ADDRESS:
        return {each.lower() for each in recipients} <= proof.recipients
    if not (opened.subject_protected or b"subject" in proof.covers):
        return False
    has_layers = opened.content_digest is not None
    if instructions.place is Place.SUBJECT and not has_layers:
        return True
    if not _encoding_is_certain(raw, proof.covers):
        return False
    if b"content-type" in proof.covers:
        return True
    return not has_layers and _names_in_plain_text(raw, instructions)


def _encoding_is_certain(raw: bytes, covers: frozenset[bytes]) -> bool:
    """Content-Transfer-Encoding is signed, or the body can be meant in no other way."""
    if b"content-transfer-encoding" in covers:
        return True
    head, body = split(raw)
    encoding = str(parse(head + b"\r\n").get("Content-Transfer-Encoding", "")).lower()
    return encoding in _WITHOUT_CHOICE or (encoding == "base64" and _is_base64(body))


def _is_base64(body: bytes) -> bool:
    """Nothing but whole lines of it: what people write to each other has blanks."""
    try:
        binascii.a2b_base64(body.replace(b"\r\n", b""), strict_mode=True)
    except binascii.Error:
        return False
    return True


def _names_in_plain_text(raw: bytes, instructions: Instructions) -> bool:
    """Whether the mail names the same destinations without its Content-Type."""
    head, body = split(raw)
    kept = b"".join(field.raw for field in fields_of(head) if field.name != b"content-type")
    try:
        return read_commands(read_mail(kept + b"\r\n" + body), ()).targets == instructions.targets
    except Rejection:
        return False
