"""What speaks against a signature that matches its content, as one word and as a sentence."""

from enum import StrEnum


def gettext_noop(message: str) -> str:
    """Mark a msgid for extraction without importing the framework."""
    return message


class SignatureProblem(StrEnum):
    """Why a signature that does match its content still proves nothing."""

    UNTRUSTED = "untrusted"
    REVOKED = "revoked"
    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    WRONG_PURPOSE = "wrong-purpose"
    WEAK_KEY = "weak-key"
    WEAK_ALGORITHM = "weak-algorithm"
    AMBIGUOUS_FROM = "ambiguous-from"
    ADDRESS_MISMATCH = "address-mismatch"

    @property
    def sentence(self) -> str:
        """A short English sentence, fit for the wire; also a msgid, for the pages."""
        return _SENTENCES[self]


_SENTENCES = {
    SignatureProblem.UNTRUSTED: gettext_noop("certificate is not trusted"),
    SignatureProblem.REVOKED: gettext_noop("certificate has been revoked"),
    SignatureProblem.EXPIRED: gettext_noop("certificate has expired"),
    SignatureProblem.NOT_YET_VALID: gettext_noop("certificate is not yet valid"),
    SignatureProblem.WRONG_PURPOSE: gettext_noop("certificate is not meant for signing mail"),
    SignatureProblem.WEAK_KEY: gettext_noop("certificate has an unsuitable key"),
    SignatureProblem.WEAK_ALGORITHM: gettext_noop("signature uses a weak algorithm"),
    SignatureProblem.AMBIGUOUS_FROM: gettext_noop("mail has not exactly one From address"),
    SignatureProblem.ADDRESS_MISMATCH: gettext_noop("certificate belongs to another address"),
}
