"""What shall be faxed: the mail itself and its documents."""

from __future__ import annotations

from notifications.refusals.rejection import Rejection, gettext_noop


class NotAMail(Rejection):
    code = "not-a-mail"
    wire_text = "Message is not valid MIME"
    explanation = gettext_noop("The message could not be read as a mail.")


class CommandsDiffer(Rejection):
    code = "commands-differ"
    status = "5.1.3"
    wire_text = "Text and HTML name different destinations"
    explanation = gettext_noop(
        "The HTML version of the mail does not begin with the same destinations as its plain text, so that some "
        "would be drawn and not faxed to. Write them in one version only, or the same in both."
    )


class NothingToFax(Rejection):
    code = "nothing-to-fax"
    wire_text = "Message has no content to fax"
    explanation = gettext_noop("The mail has neither text nor an attachment that could be faxed.")


class UnsupportedDocument(Rejection):
    code = "unsupported-document"
    status = "5.6.1"
    wire_text = "Document type not supported"
    counts = "document"
    explanation = gettext_noop("An attachment has a type that cannot be faxed.")


class ProtectedDocument(Rejection):
    code = "protected-document"
    wire_text = "Document is protected by a password"
    counts = "document"
    explanation = gettext_noop("An attachment is protected by a password. Remove it and send again.")


class BrokenDocument(Rejection):
    code = "broken-document"
    wire_text = "Document cannot be read"
    counts = "document"
    explanation = gettext_noop(
        "An attachment, or the text of the mail, is damaged or incomplete and cannot be drawn."
    )


class DocumentTooLarge(Rejection):
    code = "document-too-large"
    status = "5.3.4"
    wire_text = "Document too large"
    counts = "document"
    explanation = gettext_noop("An attachment, or the text of the mail, is larger than a fax may be.")


class AttachmentsTooLarge(Rejection):
    code = "attachments-too-large"
    status = "5.3.4"
    wire_text = "Attachments too large"
    counts = "document"
    explanation = gettext_noop("Attachments may have 20 MB in all, and 10 MB in signed mail.")


class TooManyPages(Rejection):
    code = "too-many-pages"
    status = "5.3.4"
    wire_text = "Too many pages"
    counts = "document"
    explanation = gettext_noop("The documents have more pages than a fax may have.")


class NotProcessed(Rejection):
    """Parked after errors of ours, and given up by an operator or by retention."""

    code = "not-processed"
    status = "5.3.0"
    wire_text = "Message could not be processed"
    explanation = gettext_noop(
        "The mail could not be processed because of an error in the service. Nothing has been faxed. Please send it "
        "again, or ask the service."
    )
