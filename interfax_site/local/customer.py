"""A customer as they really are: somebody with a key pair and the openssl program, knowing nothing of us."""

from __future__ import annotations

import email
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from email import policy
from pathlib import Path

DAYS = "30"
RSA = ("rsa:2048",)
EC = ("ec", "-pkeyopt", "ec_paramgen_curve:P-256")

_CERTIFICATE_EXTENSIONS = """\
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature, keyEncipherment
extendedKeyUsage = emailProtection
subjectAltName = email:{address}
"""


class OpensslError(Exception):
    """The openssl program refused; the text is what it wrote."""


@dataclass(frozen=True, slots=True)
class Customer:
    """Keys and certificates lie as PEM files in ``directory``: root.crt, own.key, own.crt.

    Once the service's certificate has been installed: service.crt, and service-root.crt to check it by.
    """

    directory: Path
    address: str

    @classmethod
    def create(cls, directory: Path, address: str, *, key: Sequence[str] = RSA) -> Customer:
        """Make a root of the customer's own and a certificate for ``address`` from it.

        ``key``: the kind of the customer's key, ``RSA`` or ``EC``.
        """
        customer = cls(directory, address)
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "extensions").write_text(_CERTIFICATE_EXTENSIONS.format(address=address))
        new_root = [
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-noenc",
            "-days",
            DAYS,
            "-subj",
            "/CN=Customer root",
        ]
        customer.openssl(*new_root, "-keyout", "root.key", "-out", "root.crt")
        request = ["req", "-newkey", *key, "-noenc", "-subj", f"/CN=Customer/emailAddress={address}"]
        customer.openssl(*request, "-keyout", "own.key", "-out", "own.csr")
        issue = ["x509", "-req", "-days", DAYS, "-CA", "root.crt", "-CAkey", "root.key", "-CAcreateserial"]
        customer.openssl(*issue, "-extfile", "extensions", "-in", "own.csr", "-out", "own.crt")
        # Whoever had this key could be anybody to those who believe the root.
        (directory / "root.key").unlink()
        return customer

    @property
    def root(self) -> Path:
        return self.directory / "root.crt"

    @property
    def certificate(self) -> Path:
        return self.directory / "own.crt"

    @property
    def service(self) -> Path:
        return self.directory / "service.crt"

    @property
    def service_root(self) -> Path:
        return self.directory / "service-root.crt"

    def install(self, mail: bytes, *, signer: str) -> None:
        """Take the service's certificate out of the signature of its mail, its root out of the bundle attached.

        Raises ``OpensslError`` if the signature does not hold by that root, or is not ``signer``'s.
        """
        (self.directory / "service.p7c").write_bytes(_attached(mail, "p7c"))
        bundle = self.openssl("pkcs7", "-inform", "DER", "-in", "service.p7c", "-print_certs")
        roots = [each for each in _certificates(bundle) if self._is_self_signed(each)]
        self.service_root.write_bytes(b"".join(roots))
        self.verify(mail, root=self.service_root, signer=signer)
        shutil.copy(self.directory / "signer.crt", self.service)

    def fingerprint(self, certificate: Path) -> str:
        """SHA-256, as ``AB:CD:…``."""
        told = self.openssl("x509", "-in", str(certificate), "-noout", "-fingerprint", "-sha256")
        return told.decode().strip().rpartition("=")[2]

    def _is_self_signed(self, certificate: bytes) -> bool:
        names = self.openssl("x509", "-noout", "-subject_hash", "-issuer_hash", data=certificate).split()
        return names[0] == names[1]

    def sign(self, entity: bytes, *options: str) -> bytes:
        """A MIME entity, signed: multipart/signed, or opaque with ``-nodetach``."""
        return self.openssl("cms", "-sign", "-signer", "own.crt", "-inkey", "own.key", *options, data=entity)

    def encrypt(self, entity: bytes, *options: str, subject: str, to: str, recipient: Path) -> bytes:
        """A whole mail from this customer, its content encrypted for the certificate ``recipient``."""
        headers = ["-from", self.address, "-to", to, "-subject", subject]
        return self.openssl(
            "cms", "-encrypt", "-aes-256-cbc", *headers, *options, str(recipient), data=entity
        )

    def decrypt(self, mail: bytes) -> bytes:
        """The MIME entity inside a mail that was encrypted for this customer."""
        return self.openssl("cms", "-decrypt", "-recip", "own.crt", "-inkey", "own.key", data=mail)

    def verify(self, entity: bytes, *, root: Path, signer: str) -> bytes:
        """The content of a signed entity, after checking chain, purpose and the signer's address."""
        (self.directory / "signer.crt").unlink(missing_ok=True)
        check = ["cms", "-verify", "-purpose", "smimesign", "-CAfile", str(root), "-signer", "signer.crt"]
        content = self.openssl(*check, data=entity)
        names = self.openssl("x509", "-in", "signer.crt", "-noout", "-email").decode().split()
        if signer not in names:
            raise OpensslError(f"signed by {names}, not by {signer}")
        return content

    def openssl(self, *arguments: str, data: bytes = b"") -> bytes:
        """Run the openssl program in the customer's directory. Raises ``OpensslError``."""
        done = subprocess.run(
            ["openssl", *arguments], input=data, capture_output=True, cwd=self.directory, check=False
        )
        if done.returncode != 0:
            raise OpensslError(f"openssl {arguments[0]}: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout


def _attached(mail: bytes, suffix: str) -> bytes:
    """The file whose name ends so. Raises ``OpensslError`` if none does."""
    for part in email.message_from_bytes(mail, policy=policy.default).walk():
        if (part.get_filename() or "").endswith(f".{suffix}"):
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            return content
    raise OpensslError(f"no .{suffix} came with the mail")


def _certificates(pem: bytes) -> list[bytes]:
    return re.findall(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n", pem, re.DOTALL)
