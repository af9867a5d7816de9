"""Entities out: a signed one, an encrypted one. The counterpart of `layers`."""

import secrets
from collections.abc import Sequence

from cryptography import x509

from certificates.smime import mime
from certificates.smime.ciphers import GcmCipher
from certificates.smime.cms_envelope import auth_enveloped_data, enveloped_data
from certificates.smime.cms_write import signed_data
from certificates.smime.errors import EncryptionError, failing_as
from certificates.smime.policy import choose_cipher
from certificates.smime.trust import Identity


def sign(entity: bytes, identity: Identity) -> bytes:
    """A multipart/signed entity (RFC 8551 3.5.3) around `entity`: MIME headers, blank line, body.

    The first part is byte by byte what was signed: `entity` with CRLF, 8-bit parts turned into base64.
    """
    content = mime.to_crlf(mime.to_seven_bit(entity))
    boundary = f"----={secrets.token_hex(16)}".encode()
    signature = mime.encode_body(signed_data(content, identity))
    return b"".join(
        (
            b'Content-Type: multipart/signed; protocol="application/pkcs7-signature";\r\n',
            b' micalg=sha-256; boundary="' + boundary + b'"\r\n\r\n',
            b"This is a cryptographically signed message in MIME format.\r\n\r\n",
            b"--" + boundary + b"\r\n" + content + b"\r\n--" + boundary + b"\r\n",
            b'Content-Type: application/pkcs7-signature; name="smime.p7s"\r\n',
            b"Content-Transfer-Encoding: base64\r\n",
            b'Content-Disposition: attachment; filename="smime.p7s"\r\n\r\n',
            signature + b"\r\n--" + boundary + b"--\r\n",
        )
    )


def can_encrypt_to(certificate: x509.Certificate) -> bool:
    """Whether `encrypt` would take the certificate."""
    try:
        encrypt(b"\r\n", certificate)
    except EncryptionError:
        return False
    return True


def encrypt(entity: bytes, certificate: x509.Certificate, *, capabilities: Sequence[str] = ()) -> bytes:
    """An application/pkcs7-mime entity (RFC 8551 3.3) that only the owner of `certificate` can open.

    `capabilities`: OIDs of the recipient's sMIMECapabilities; the best cipher among them is used, AES-256-CBC if
    they name none of ours. Raises EncryptionError if nothing may be encrypted to the certificate.
    """
    content, cipher = mime.to_crlf(entity), choose_cipher(capabilities)
    with failing_as(lambda: EncryptionError("certificate cannot be read")):
        if isinstance(cipher, GcmCipher):
            kind, der = b"authEnveloped-data", auth_enveloped_data(content, certificate, cipher)
        else:
            kind, der = b"enveloped-data", enveloped_data(content, certificate, cipher)
    return b"".join(
        (
            b"Content-Type: application/pkcs7-mime; smime-type=" + kind + b";\r\n",
            b' name="smime.p7m"\r\n',
            b"Content-Transfer-Encoding: base64\r\n",
            b'Content-Disposition: attachment; filename="smime.p7m"\r\n\r\n',
            mime.encode_body(der),
        )
    )
