"""How CMS names things: object identifiers, and certificates by issuer and serial number or by key identifier."""

from dataclasses import dataclass
from functools import lru_cache

from asn1crypto import cms, core
from cryptography import x509

from certificates.smime.ber import CONTEXT_0, INTEGER, SEQUENCE, Element, children, only
from certificates.smime.errors import MalformedError


def oid_contents(dotted: str) -> bytes:
    """The contents octets of an OBJECT IDENTIFIER."""
    contents: bytes = core.ObjectIdentifier(dotted).contents
    return contents


@lru_cache(maxsize=256)
def dotted(contents: bytes) -> str:
    """The other way round; ValueError if they are none."""
    return str(core.ObjectIdentifier(contents=contents).dotted)


_KEY_IDENTIFIER = 0x80
DATA = oid_contents("1.2.840.113549.1.7.1")


@dataclass(frozen=True, slots=True)
class CertificateReference:
    """How CMS names a certificate: DER of the issuer and serial number, or the subject key identifier."""

    issuer: bytes = b""
    serial: int = -1
    key_id: bytes = b""

    def names(self, certificate: x509.Certificate) -> bool:
        """Whether it is this certificate."""
        if self.issuer:
            return self.serial == certificate.serial_number and self.issuer == issuer_of(certificate)
        return self.key_id == _key_id(certificate)


@lru_cache(maxsize=64)
def issuer_of(certificate: x509.Certificate) -> bytes:
    """The issuer's name exactly as it is encoded in the certificate. Asked of our own by every mail."""
    fields = children(children(certificate.tbs_certificate_bytes)[0].contents)
    return fields[3 if fields[0].tag == CONTEXT_0 else 2].whole


def _key_id(certificate: x509.Certificate) -> bytes:
    """The certificate's own subject key identifier, else the usual SHA-1 of its key (RFC 5280 4.2.1.2)."""
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except Exception:  # no such extension, or others that cannot be read
        return x509.SubjectKeyIdentifier.from_public_key(certificate.public_key()).digest


def reference_of(identifier: cms.RecipientIdentifier | cms.SignerIdentifier) -> CertificateReference:
    """Read either choice of a RecipientIdentifier or SignerIdentifier (RFC 5652 5.3, 6.2.1)."""
    if identifier.name == "subject_key_identifier":
        return CertificateReference(key_id=bytes(identifier.chosen.native))
    chosen = identifier.chosen
    return CertificateReference(issuer=chosen["issuer"].dump(), serial=chosen["serial_number"].native)


def reference_in(identifier: Element) -> CertificateReference:
    """The same from the bare element: IssuerAndSerialNumber, or an implicit [0] with the key identifier."""
    if identifier.tag == _KEY_IDENTIFIER:
        return CertificateReference(key_id=identifier.contents)
    if identifier.tag != SEQUENCE:
        raise MalformedError
    issuer, serial = only(identifier.contents, SEQUENCE, INTEGER)
    return CertificateReference(issuer.whole, int.from_bytes(serial.contents, "big", signed=True))
