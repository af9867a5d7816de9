"""Why an order is refused: one small class per reason, raised where the reason is known.

Each class carries what the edge needs to answer: a stable ``code`` for the site, the enhanced status
code of RFC 3463, the English ``wire_text`` that never gets translated, and an ``explanation`` (a msgid)
for the account holder. The raiser adds only facts: the position of the destination or document, and a
detail that is shown on the site alone, because it may have come encrypted.
"""

from types import ModuleType

from notifications.refusals import destinations, documents, options, proof
from notifications.refusals.destinations import (
    CountryNotAllowed,
    EmptyList,
    FullWidthCharacters,
    InvalidNumber,
    ListInSubject,
    MixedAddressing,
    NoRecipientsFound,
    TooManyRecipients,
    UnknownList,
)
from notifications.refusals.documents import (
    AttachmentsTooLarge,
    BrokenDocument,
    CommandsDiffer,
    DocumentTooLarge,
    NotAMail,
    NothingToFax,
    NotProcessed,
    ProtectedDocument,
    TooManyPages,
    UnsupportedDocument,
)
from notifications.refusals.options import BadOption, OptionTooLate, SendTimePassed, SendTimeTooFar
from notifications.refusals.proof import (
    AuthorNotProven,
    CannotDecrypt,
    DecryptionNotTried,
    DestinationNotProven,
    EncryptedOrderUnproven,
    PasswordNotCompared,
    PasswordNotFound,
    PasswordWouldBeDrawn,
    SenderDomainNotAnswering,
    SenderDomainNotProven,
    SenderNotAuthorized,
    SignatureNotFound,
    SignatureRejected,
    SignatureUsed,
    WrongPassword,
)
from notifications.refusals.rejection import Counted, Rejection, gettext_noop

FAMILIES: tuple[ModuleType, ...] = (destinations, options, proof, documents)
"""In the order in which people are told of them."""

__all__ = [
    "FAMILIES",
    "AttachmentsTooLarge",
    "AuthorNotProven",
    "BadOption",
    "BrokenDocument",
    "CannotDecrypt",
    "CommandsDiffer",
    "Counted",
    "CountryNotAllowed",
    "DecryptionNotTried",
    "DestinationNotProven",
    "DocumentTooLarge",
    "EmptyList",
    "EncryptedOrderUnproven",
    "FullWidthCharacters",
    "InvalidNumber",
    "ListInSubject",
    "MixedAddressing",
    "NoRecipientsFound",
    "NotAMail",
    "NotProcessed",
    "NothingToFax",
    "OptionTooLate",
    "PasswordNotCompared",
    "PasswordNotFound",
    "PasswordWouldBeDrawn",
    "ProtectedDocument",
    "Rejection",
    "SendTimePassed",
    "SendTimeTooFar",
    "SenderDomainNotAnswering",
    "SenderDomainNotProven",
    "SenderNotAuthorized",
    "SignatureNotFound",
    "SignatureRejected",
    "SignatureUsed",
    "TooManyPages",
    "TooManyRecipients",
    "UnknownList",
    "UnsupportedDocument",
    "WrongPassword",
    "gettext_noop",
]
