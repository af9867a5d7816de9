"""gpgsm, GnuPG's S/MIME, with a temporary home and an agent that is ended with it."""

import subprocess
from base64 import encodebytes
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.certificates.smime.peers.cases import Encrypt, Other, Sign, Step
from tests.certificates.smime.peers.opening import decoded, detached, opaque, taken_apart, to_crlf
from tests.certificates.smime.peers.openssl import OpenSsl
from tests.certificates.smime.peers.persons import fingerprint, person, persons
from tests.certificates.smime.peers.pkcs12 import PASSPHRASE, pkcs12
from tests.pki import Person

CONFIGURATION = "disable-crl-checks\ndisable-dirmngr\nbatch\nno-tty\nquiet\nyes\n"
LOOPBACK = ("--pinentry-mode", "loopback", "--passphrase-fd", "0")
CURVE_NAMES = {"secp256r1": b"NIST P-256", "secp384r1": b"NIST P-384", "secp521r1": b"NIST P-521"}


@dataclass(frozen=True, slots=True)
class Gpgsm:
    """A home that trusts the test root. Its path must be short: a socket's is at most 104 bytes long."""

    home: Path

    @classmethod
    def start(cls, home: Path) -> "Gpgsm":
        gpgsm = cls(home)
        openssl = OpenSsl(home)
        (home / "gpgsm.conf").write_text(CONFIGURATION)
        (home / "gpg-agent.conf").write_text("allow-loopback-pinentry\ns2k-count 65536\n")
        (home / "trustlist.txt").write_text(f"{fingerprint(person('root').certificate)} S relax\n")
        gpgsm._run("--import", *(openssl.of(name).certificate for name in persons()))
        for name, owner in persons().items():
            if name in ("service", "alice", "bob"):
                gpgsm._run("--import", pkcs12(openssl, name))
            elif isinstance(owner.private_key, ec.EllipticCurvePrivateKey):
                gpgsm._give_key(owner, owner.private_key)
        return gpgsm

    @staticmethod
    def version() -> str:
        said = subprocess.run(["gpgsm", "--version"], capture_output=True, check=True, text=True).stdout
        return f"gpgsm {said.split()[2]}"

    def stop(self) -> None:
        """End the agent of this home."""
        self._command("gpgconf", "--kill", "gpg-agent")

    def _command(self, *arguments: object) -> bytes:
        command = list(map(str, arguments))
        environment = {"GNUPGHOME": str(self.home), "PATH": "/usr/local/bin:/usr/bin:/bin"}
        done = subprocess.run(
            command,
            env=environment,
            input=f"{PASSPHRASE}\n".encode(),
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, (command, done.stderr)
        return done.stdout

    def _run(self, *arguments: object) -> bytes:
        return self._command("gpgsm", *LOOPBACK, *arguments)

    def _give_key(self, owner: Person, key: ec.EllipticCurvePrivateKey) -> None:
        """To the agent, as a file of its own format: gpgsm 2.2.40 crashes on a PKCS#12 file with such a key."""
        listed = self._run("--with-colons", "--list-keys", fingerprint(owner.certificate)).decode()
        grip = next(line.split(":")[9] for line in listed.splitlines() if line.startswith("grp:"))
        numbers = key.private_numbers()
        point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        secret = numbers.private_value.to_bytes((key.curve.key_size + 7) // 8, "big")
        curve = _list(_atom(b"curve"), _atom(CURVE_NAMES[key.curve.name]))
        values = (_list(_atom(b"q"), _atom(point)), _list(_atom(b"d"), _atom(secret)))
        made = _list(_atom(b"private-key"), _list(_atom(b"ecc"), curve, *values))
        (self.home / "private-keys-v1.d" / f"{grip}.key").write_bytes(made)

    def make(self, step: Step, entity: bytes) -> bytes:
        content = to_crlf(entity)
        given = self._file("given", content)
        match step:
            case Sign(by, options):
                names = [part for who in by for part in ("-u", _named(who.name))]
                encoded = _encoded(self._run(*names, *options, given), options)
                return (
                    detached(content, encoded)
                    if "--detach-sign" in options
                    else opaque(encoded, "signed-data")
                )
            case Encrypt(to, options):
                names = [part for who in to for part in ("-r", _named(who.name))]
                return opaque(
                    _encoded(self._run(*names, *options, "--encrypt", given), options), "enveloped-data"
                )
            case Other(arguments):
                return opaque(encodebytes(self._run(*arguments)), "certs-only")

    def _file(self, name: str, content: bytes) -> Path:
        path = self.home / name
        path.write_bytes(content)
        return path

    def verify(self, entity: bytes) -> bytes:
        """The content of an entity of ours, if gpgsm trusts the signature."""
        content, der = taken_apart(entity)
        self._run("--verify", self._file("signature", der), self._file("given", content))
        return content

    def decrypt(self, entity: bytes, name: str) -> bytes:
        return self._run("--decrypt", self._file("given", decoded(entity)))


def _named(name: str) -> str:
    return fingerprint(person(name).certificate)


def _atom(value: bytes) -> bytes:
    """A value of a canonical S-expression."""
    return b"%d:%s" % (len(value), value)


def _list(*items: bytes) -> bytes:
    """A list of a canonical S-expression, of atoms and lists."""
    return b"(" + b"".join(items) + b")"


def _encoded(made: bytes, options: tuple[str, ...]) -> bytes:
    """In base64, as it stands in a mail: by the program, or by us from its binary form or its PEM."""
    if "--base64" in options:
        return made
    if "--armor" in options:
        return b"".join(line for line in made.splitlines(keepends=True) if not line.startswith(b"-----"))
    return encodebytes(made)
