"""How a content key travels to one certificate: RSA key transport, or ECDH with a key made for this mail only.

RSA goes by PKCS#1 v1.5 (RFC 5652 6.2.1), which every client can open. Elliptic certificates get ephemeral-static
ECDH (RFC 5753 3.1): a digest that suits the curve, and of the AES key wraps the two that every client has.
"""

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF
from cryptography.hazmat.primitives.keywrap import aes_key_wrap
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certificates.smime.ber import CONTEXT_0, OCTETS, SEQUENCE, SET, encode
from certificates.smime.cms_parts import NO_PARAMETERS, algorithm, integer, issuer_and_serial
from certificates.smime.errors import EncryptionError
from certificates.smime.key_agreement import shared_info
from certificates.smime.policy import KEY_AGREEMENTS, RSA_ENCRYPTION, is_strong
from certificates.smime.trust import may_receive

_EC_PUBLIC_KEY = "1.2.840.10045.2.1"
_AGREEMENTS = {"secp256r1": "1.3.132.1.11.1", "secp384r1": "1.3.132.1.11.2", "secp521r1": "1.3.132.1.11.3"}
"""dhSinglePass-stdDH with the KDF of X9.63 and a digest as long as the recipient's curve (RFC 5753 8)."""
_AES_128_WRAP, _AES_256_WRAP = ("2.16.840.1.101.3.4.1.5", 16), ("2.16.840.1.101.3.4.1.45", 32)
_UNFIT = "certificate has neither an RSA key of 2048 to 8192 bits nor a key on P-256, P-384 or P-521"
_BIT_STRING, _KEY_AGREEMENT, _ORIGINATOR_KEY = 0x03, 0xA1, 0xA1


def recipient_infos(key: bytes, certificate: x509.Certificate) -> tuple[int, bytes]:
    """The version that the EnvelopedData gets by it (RFC 5652 6.1), and the RecipientInfos for this one.

    EncryptionError if nothing may be encrypted to the certificate.
    """
    public_key = certificate.public_key()
    if not isinstance(public_key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey) or not is_strong(public_key):
        raise EncryptionError(_UNFIT)
    if not may_receive(certificate):
        raise EncryptionError("certificate is not meant for encryption")
    if isinstance(public_key, rsa.RSAPublicKey):
        return 0, encode(SET, _key_transport(key, certificate, public_key))
    return 2, encode(SET, _key_agreement(key, certificate, public_key))


def _key_transport(key: bytes, certificate: x509.Certificate, public_key: rsa.RSAPublicKey) -> bytes:
    return encode(
        SEQUENCE,
        integer(0),
        issuer_and_serial(certificate),
        algorithm(RSA_ENCRYPTION, NO_PARAMETERS),
        encode(OCTETS, public_key.encrypt(key, padding.PKCS1v15())),
    )


def _key_agreement(key: bytes, certificate: x509.Certificate, public_key: ec.EllipticCurvePublicKey) -> bytes:
    agreement = _AGREEMENTS[public_key.curve.name]
    digest = KEY_AGREEMENTS[agreement]()
    wrap, size = _AES_128_WRAP if len(key) == 16 else _AES_256_WRAP
    ephemeral = ec.generate_private_key(public_key.curve)
    secret = ephemeral.exchange(ec.ECDH(), public_key)
    wrapping_key = X963KDF(digest, size, shared_info(algorithm(wrap), size)).derive(secret)
    point = ephemeral.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    originator = encode(_ORIGINATOR_KEY, algorithm(_EC_PUBLIC_KEY), encode(_BIT_STRING, b"\0", point))
    encrypted_key = encode(OCTETS, aes_key_wrap(wrapping_key, key))
    return encode(
        _KEY_AGREEMENT,
        integer(3),
        encode(CONTEXT_0, originator),
        algorithm(agreement, algorithm(wrap)),
        encode(SEQUENCE, encode(SEQUENCE, issuer_and_serial(certificate), encrypted_key)),
    )
