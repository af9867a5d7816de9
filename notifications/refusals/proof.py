"""Who sent it, and what could not be opened: senders, passwords, signatures, domains, decryption."""

from __future__ import annotations

from notifications.refusals.rejection import Rejection, gettext_noop


class SenderNotAuthorized(Rejection):
    code = "sender-not-authorized"
    status = "5.7.1"
    wire_text = "Sender is not authorized"
    explanation = gettext_noop("The sender address is not among the account's authorized senders.")


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
    counts = "document"
    explanation = gettext_noop(
        "The password stands in a part of the mail that would be drawn. Write it in the first line only."
    )


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


class SignatureUsed(Rejection):
    """Told to the senders of encrypted mail as well: who sends it has seen the signed text."""

    code = "signature-used"
    status = "5.7.1"
    wire_text = "*** Cannot authenticate - signature was used before ***"
    explanation = gettext_noop(
        "The signature of this mail has proven another order already. Anybody who has seen that mail could have sent "
        "it again, so each signature counts once: write the order as a new mail. Where a mail has several numbers in "
        "its addresses, name them in To or Cc."
    )


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
        "The DKIM signature of this mail does not cover the place where its destinations stand. Name them in the "
        "subject and let your mail server sign Subject. With /fax=body let it sign Content-Type too, or send plain "
        "text. For destinations in the address, name them in To or Cc and let it sign these."
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
