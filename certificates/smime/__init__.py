"""S/MIME, pure: bytes in, frozen results out. See docs/adr/0003-own-smime-engine.md."""

from certificates.smime.errors import DecryptionError, EncryptionError, SignatureError, SmimeError
from certificates.smime.layers import OpenedMail, Signature, open_mail
from certificates.smime.protect import can_encrypt_to, encrypt, sign
from certificates.smime.trust import Identity, SignatureProblem, TrustStore, address_in

__all__ = [
    "DecryptionError",
    "EncryptionError",
    "Identity",
    "OpenedMail",
    "Signature",
    "SignatureError",
    "SignatureProblem",
    "SmimeError",
    "TrustStore",
    "address_in",
    "can_encrypt_to",
    "encrypt",
    "open_mail",
    "sign",
]
