"""The mail addresses in a certificate, and when two addresses are the same."""

from contextlib import suppress

from asn1crypto import core
from cryptography import x509
from cryptography.x509.oid import NameOID

from certificates.smime.limits import MAX_ADDRESS, MAX_ADDRESSES

_SMTP_UTF8_MAILBOX = x509.ObjectIdentifier("1.3.6.1.5.5.7.8.9")


def address_in(certificate: x509.Certificate) -> tuple[str, ...]:
    """The mailbox addresses of a certificate; () if it has none or its names cannot be read.

    rfc822Name and SmtpUTF8Mailbox of the subjectAltName; the subject's emailAddress only if that has none
    (RFC 8550 3, RFC 9598).
    """
    try:
        names = _alternative_names(certificate)
        found = [address for name in names for address in _mailboxes(name)]
        if not found:
            attributes = certificate.subject.get_attributes_for_oid(NameOID.EMAIL_ADDRESS)
            found = [str(attribute.value) for attribute in attributes]
    except Exception:  # the library has a class of its own for each way to be unreadable
        return ()
    possible = [address for address in dict.fromkeys(found) if len(address) <= MAX_ADDRESS]
    return tuple(possible) if len(possible) <= MAX_ADDRESSES else ()


def _alternative_names(certificate: x509.Certificate) -> list[x509.GeneralName]:
    try:
        return list(certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except x509.ExtensionNotFound:
        return []


def _mailboxes(name: x509.GeneralName) -> list[str]:
    if isinstance(name, x509.RFC822Name):
        return [name.value]
    if isinstance(name, x509.OtherName) and name.type_id == _SMTP_UTF8_MAILBOX:
        return [str(core.UTF8String.load(name.value, strict=True).native)]
    return []


def canonical_address(address: str) -> str:
    """For comparison: ASCII lower case, the domain in A-labels. An impossible domain stays as it is."""
    local, at, domain = _ascii_lower(address).rpartition("@")
    return f"{local}{at}{_a_labels(domain)}"


def _a_labels(domain: str) -> str:
    """The domain, in lower case, in A-labels (RFC 3490), as it is if it cannot be, or if it would be another one by then.

    The old rules of the codec map "straße.de" to "strasse.de" and drop invisible characters: whoever owns the
    one domain need not own the other.
    """
    with suppress(UnicodeError):
        encoded = domain.encode("idna")
        if encoded.decode("idna") == domain:
            return encoded.decode("ascii")
    return domain


def _ascii_lower(text: str) -> str:
    return "".join(c.lower() if c.isascii() else c for c in text)


def belongs_to(certificate: x509.Certificate, address: str) -> bool:
    """Whether `address` is one of the certificate's."""
    return canonical_address(address) in map(canonical_address, address_in(certificate))
