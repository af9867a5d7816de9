"""NSS, the library of Thunderbird, by its cmsutil program and a temporary database."""

import subprocess
from base64 import encodebytes
from dataclasses import dataclass
from pathlib import Path

from tests.certificates.smime.peers.cases import Encrypt, Other, Sign, Step
from tests.certificates.smime.peers.opening import decoded, detached, opaque, taken_apart, to_crlf
from tests.certificates.smime.peers.openssl import OpenSsl
from tests.certificates.smime.peers.persons import persons
from tests.certificates.smime.peers.pkcs12 import PASSPHRASE, pkcs12


@dataclass(frozen=True, slots=True)
class Nss:
    """A database below `directory` that trusts the test root and holds everybody's key."""

    directory: Path

    @staticmethod
    def version() -> str:
        """There is no option for it; the package says."""
        command = ["dpkg-query", "-W", "-f", "NSS ${source:Upstream-Version}", "libnss3-tools"]
        return subprocess.run(command, capture_output=True, check=True, text=True).stdout

    @classmethod
    def start(cls, directory: Path) -> "Nss":
        nss = cls(directory)
        openssl = OpenSsl(directory)
        nss._run("certutil", "-N", "--empty-password")
        for name, trust in (("root", "C,C,C"), ("intermediate", ",,")):
            certificate = openssl.of(name).certificate
            nss._run("certutil", "-A", "-n", name, "-t", trust, "-a", "-i", certificate)
        for name in persons().keys() - {"root", "intermediate"}:
            nss._run("pk12util", "-i", pkcs12(openssl, name), "-W", PASSPHRASE)
        return nss

    def _run(self, program: str, *arguments: object) -> bytes:
        command = [program, "-d", f"sql:{self.directory}", *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, check=False)
        assert done.returncode == 0, (command, done.stderr)
        return done.stdout

    def _file(self, name: str, content: bytes) -> Path:
        path = self.directory / name
        path.write_bytes(content)
        return path

    def make(self, step: Step, entity: bytes) -> bytes:
        content = to_crlf(entity)
        given = ("-i", self._file("given", content))
        match step:
            case Sign(by, options):
                der = self._run("cmsutil", "-S", "-N", by[0].name, *options, *given)
                if "-T" in options:
                    return detached(content, encodebytes(der))
                return opaque(encodebytes(der), "signed-data")
            case Encrypt(to, options):
                names = ",".join(who.name for who in to)
                der = self._run("cmsutil", "-E", "-r", names, *options, *given)
                return opaque(encodebytes(der), "enveloped-data")
            case Other(arguments):
                return opaque(encodebytes(self._run("cmsutil", *arguments)), "certs-only")

    def verify(self, entity: bytes) -> bytes:
        """The content of an entity of ours, if NSS says that every signature is good."""
        content, der = taken_apart(entity)
        given = ("-i", self._file("given", der), "-c", self._file("content", content))
        said = self._run("cmsutil", "-D", "-h", "1", "-n", *given)
        assert said.count(b"status=GoodSignature") == said.count(b".status=") == 1, said
        return content

    def decrypt(self, entity: bytes, name: str) -> bytes:
        """The key is found by the recipient info, whoever's it is."""
        return self._run("cmsutil", "-D", "-i", self._file("given", decoded(entity)))
