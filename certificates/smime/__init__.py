"""S/MIME, pure: bytes in, frozen results out. See docs/adr/0003-own-smime-engine.md."""

from certificates.smime.addresses import address_in
from certificates.smime.crl import Crl, UnusableCrl
from certificates.smime.errors import DecryptionError, EncryptionError, SignatureError, SmimeError
from certificates.smime.hidden_subject import hide_subject
from certificates.smime.layers import OpenedMail, Signature, open_mail
from certificates.smime.problems import SignatureProblem
from certificates.smime.protect import can_encrypt_to, encrypt, sign
from certificates.smime.trust import Identity, TrustStore

__all__ = [
    "Crl",
    "DecryptionError",
    "EncryptionError",
    "Identity",
    "OpenedMail",
    "Signature",
    "SignatureError",
    "SignatureProblem",
    "SmimeError",
    "TrustStore",
    "UnusableCrl",
    "address_in",
    "can_encrypt_to",
    "encrypt",
    "hide_subject",
    "open_mail",
    "sign",
]
