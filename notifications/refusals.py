"""Why an order is refused: one small class per reason, raised where the reason is known.

Each class carries what the edge needs to answer: a stable ``code`` for the site, the enhanced status
code of RFC 3463, the English ``wire_text`` that never gets translated, and an ``explanation`` (a msgid)
for the account holder. The raiser adds only facts: the position of the destination or document, and a
detail that is shown on the site alone, because it may have come encrypted.
"""

from __future__ import annotations

from typing import ClassVar, Literal

Counted = Literal["destination", "document"]


def gettext_noop(message: str) -> str:
    """Mark a msgid for extraction without importing the framework."""
    return message


class Rejection(Exception):
    """An order that cannot become a fax.

    ``position``: which destination or document (``counts`` says which) it was, counted from 1. ``detail``:
    the offending value, for the account's own page only.
    """

    code: ClassVar[str]
    status: ClassVar[str] = "5.6.0"
    wire_text: ClassVar[str]
    explanation: ClassVar[str]
    counts: ClassVar[Counted] = "destination"
    detail_is_msgid: ClassVar[bool] = False
    """Whether ``detail`` is a sentence of ours, for the pages to translate."""

    def __init__(self, *, position: int | None = None, detail: str = "") -> None:
        super().__init__(self.code)
        self.position = position
        self.detail = detail

    def diagnostic(self, *, encrypted: bool) -> str:
        """The sentence that goes over the wire; of a mail that came ``encrypted`` it says nothing but the class."""
        return self.wire_text


class NotAMail(Rejection):
    code = "not-a-mail"
    wire_text = "Message is not valid MIME"
    explanation = gettext_noop("The message could not be read as a mail.")


class NoRecipientsFound(Rejection):
    code = "no-recipients"
    status = "5.1.3"
    wire_text = "No recipients found"
    explanation = gettext_noop(
        "No fax number was found. Write /fax=NUMBER within the first 60 characters of the subject, "
        "or /fax=body there and the destinations as !*NUMBER*! in the first line of the text."
    )


class MixedAddressing(Rejection):
    code = "mixed-addressing"
    status = "5.1.3"
    wire_text = "Destinations named in more than one way"
    explanation = gettext_noop(
        "Name the destinations in one way only: in the subject, in the text, or in the address."
    )


class TooManyRecipients(Rejection):
    code = "too-many-recipients"
    status = "5.5.3"
    wire_text = "Too many recipients"
    explanation = gettext_noop("The mail names more destinations than one mail may have.")


class InvalidNumber(Rejection):
    code = "invalid-number"
    status = "5.1.3"
    wire_text = "Not a valid fax number"
    explanation = gettext_noop("One of the destinations is not a fax number that can be dialled.")


class FullWidthCharacters(Rejection):
    code = "full-width"
    status = "5.1.3"
    wire_text = "Full-width characters where half-width is required"
    explanation = gettext_noop(
        "Commands, options, fax numbers, list names and the password are read in half-width characters only. Write "
        "them half-width: /fax=03-1111-2222, ;, !*NUMBER*!, !*list=NAME*!, !#PASSWORD."
    )


class CountryNotAllowed(Rejection):
    code = "country-not-allowed"
    status = "5.7.1"
    wire_text = "Destination country is not allowed"
    explanation = gettext_noop("The account may not send to the country of one of the destinations.")


class BadOption(Rejection):
    """``detail``: the option's name, then what was written behind it."""

    code = "bad-option"
    status = "5.6.0"
    wire_text = "Option not valid"
    explanation = gettext_noop(
        "An option in the subject has a value that it cannot have, or contradicts another one. Nothing has been sent."
    )

    def diagnostic(self, *, encrypted: bool) -> str:
        name = self.detail.partition(" ")[0]
        return f"{self.wire_text}: {name}" if name and not encrypted else self.wire_text


class OptionTooLate(BadOption):
    """``detail`` as in ``BadOption``."""

    code = "option-too-late"
    wire_text = "Option beyond the first 60 characters of the subject"
    explanation = gettext_noop(
        "Options of the subject are read within its first 60 characters. Write them at its beginning."
    )


class SendTimeTooFar(Rejection):
    code = "send-time-too-far"
    wire_text = "Send time is more than 30 days ahead"
    explanation = gettext_noop("A fax can be sent up to 30 days later, not after that.")


class SendTimePassed(Rejection):
    code = "send-time-passed"
    wire_text = "Send time has passed"
    explanation = gettext_noop(
        "The time at which the fax was to be sent had passed when the mail came. Nothing has been sent."
    )


class ListInSubject(Rejection):
    code = "list-in-subject"
    status = "5.1.3"
    wire_text = "Lists are named in the body"
    explanation = gettext_noop(
        "A list cannot be named in the subject. Write /fax=body in the subject and !*list=NAME*! in the "
        "first line of the text."
    )


class UnknownList(Rejection):
    code = "unknown-list"
    status = "5.1.3"
    wire_text = "Unknown list"
    explanation = gettext_noop("The account has no list of this name.")


class EmptyList(Rejection):
    code = "empty-list"
    status = "5.1.3"
    wire_text = "List is empty"
    explanation = gettext_noop("The list has no entries.")


class PasswordNotFound(Rejection):
    code = "password-not-found"
    status = "5.7.1"
    wire_text = "*** Cannot authenticate - password not found ***"
    explanation = gettext_noop(
        "The account asks for a password. Write !#PASSWORD in the first line of the text."
    )


class WrongPassword(Rejection):
    code = "wrong-password"
    status = "5.7.1"
    wire_text = "*** Cannot authenticate - wrong password ***"
    explanation = gettext_noop("The password in the first line of the text is not the account's.")


class PasswordNotCompared(WrongPassword):
    """After too many wrong ones. Answered in the same words, so that guessing tells nothing, but counted apart:

    mail that comes meanwhile is no guess and does not make the time longer.
    """

    code = "password-not-compared"


class PasswordWouldBeDrawn(Rejection):
    code = "password-would-be-drawn"
    status = "5.7.1"
    wire_text = "Password would appear on the fax"
    explanation = gettext_noop(
        "The password stands in a part of the mail that would be drawn. Write it in the first line only."
    )


class CommandsDiffer(Rejection):
    code = "commands-differ"
    status = "5.1.3"
    wire_text = "Text and HTML name different destinations"
    explanation = gettext_noop(
        "The HTML version of the mail does not begin with the same destinations as its plain text, so that some "
        "would be drawn and not faxed to. Write them in one version only, or the same in both."
    )


class SenderNotAuthorized(Rejection):
    code = "sender-not-authorized"
    status = "5.7.1"
    wire_text = "Sender is not authorized"
    explanation = gettext_noop("The sender address is not among the account's authorized senders.")


class SignatureNotFound(Rejection):
    code = "signature-not-found"
    status = "5.7.1"
    wire_text = "*** Cannot authenticate - signature not found ***"
    explanation = gettext_noop("The account accepts signed mail only, and this mail has no signature.")


class SignatureRejected(Rejection):
    """``detail`` is the reason in English (a fixed text of the S/MIME engine, never content).

    The sender of an encrypted mail does not learn it: what a signature inside looks like is for its owner.
    """

    code = "signature-rejected"
    status = "5.7.1"
    wire_text = "*** Cannot authenticate - signature not valid ***"
    explanation = gettext_noop("The mail has a signature that does not hold.")
    detail_is_msgid = True

    def diagnostic(self, *, encrypted: bool) -> str:
        told = self.detail and not encrypted
        return f"*** Cannot authenticate - {self.detail} ***" if told else self.wire_text


class EncryptedOrderUnproven(Rejection):
    """``detail``: why a signature that came with it counts as none."""

    code = "encrypted-order-unproven"
    status = "5.7.1"
    wire_text = "*** Cannot authenticate - encrypted order is not proven ***"
    explanation = gettext_noop(
        "The account accepts encrypted mail only with a valid signature of an authorized sender, or with its "
        "destinations inside the encryption: /fax=body in the subject and !*NUMBER*! in the first line of the text."
    )
    detail_is_msgid = True


class SenderDomainNotProven(Rejection):
    """``detail``: why no DKIM signature holds. Status of RFC 7372, as of the next two."""

    code = "sender-domain-not-proven"
    status = "5.7.20"
    wire_text = "*** Cannot authenticate - no valid DKIM signature ***"
    explanation = gettext_noop(
        "The account accepts unsigned mail only with a DKIM signature by the domain of its sender address, and "
        "this mail has none that holds. Send through the mail server of your domain, or sign the mail (S/MIME)."
    )
    detail_is_msgid = True


class AuthorNotProven(Rejection):
    """There is a DKIM signature, but not for the author. ``detail``: whose it is not."""

    code = "author-not-proven"
    status = "5.7.22"
    wire_text = "*** Cannot authenticate - DKIM signature does not prove the sender ***"
    explanation = gettext_noop(
        "The account accepts unsigned mail only if the domain of the address in From has signed it (DKIM) and that "
        "address is one of the account's authorized senders."
    )
    detail_is_msgid = True


class DestinationNotProven(Rejection):
    code = "destination-not-proven"
    status = "5.7.21"
    wire_text = "*** Cannot authenticate - destination not covered by DKIM signature ***"
    explanation = gettext_noop(
        "The DKIM signature of this mail does not cover the place where its destinations stand. Write /fax=body in "
        "the subject and !*NUMBER*! in the first line of the text, or, for destinations in the address, name them "
        "in To or Cc and let your mail server sign these."
    )


class SenderDomainNotAnswering(Rejection):
    code = "sender-domain-not-answering"
    status = "5.4.3"
    wire_text = "*** Cannot authenticate - sender domain did not answer ***"
    explanation = gettext_noop(
        "The account accepts unsigned mail only with a DKIM signature by the sender's domain, and the DNS of that "
        "domain did not answer for hours. Please send the mail again later."
    )


class CannotDecrypt(Rejection):
    """Every failure to decrypt, whatever its cause, is this one class with this one text.

    So is a mail whose content key has served another order before.
    """

    code = "cannot-decrypt"
    status = "5.7.5"
    wire_text = "Message cannot be decrypted"
    explanation = gettext_noop(
        "The mail could not be decrypted. Encrypt it with the current certificate of the service."
    )


class DecryptionNotTried(CannotDecrypt):
    """After too many failures. Answered in the same words, but counted apart: no key was used."""

    code = "decryption-not-tried"


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
    explanation = gettext_noop("An attachment is damaged or incomplete and cannot be drawn.")


class DocumentTooLarge(Rejection):
    code = "document-too-large"
    status = "5.3.4"
    wire_text = "Document too large"
    counts = "document"
    explanation = gettext_noop("The attachments are larger than a fax may be.")


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
