"""The openssl program: what it is told, and the MIME that it writes itself."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.certificates.smime.peers.cases import Encrypt, Other, Sign, Step, Who
from tests.certificates.smime.peers.opening import by_name_only, to_crlf
from tests.certificates.smime.peers.persons import person
from tests.pki import PemFiles

LEGACY = ("-provider", "default", "-provider", "legacy")


@dataclass(frozen=True, slots=True)
class OpenSsl:
    """`openssl cms` with everybody's certificates as files below `directory`."""

    directory: Path
    files: dict[str, PemFiles] = field(default_factory=dict)

    @staticmethod
    def version() -> str:
        words = subprocess.run(["openssl", "version"], capture_output=True, check=True).stdout.split()
        return b" ".join(words[:2]).decode()

    def of(self, name: str) -> PemFiles:
        """Written when first asked for."""
        if name not in self.files:
            self.files[name] = person(name).write_pem(self.directory, name)
        return self.files[name]

    def run(self, content: bytes, *arguments: object) -> bytes:
        command = ["openssl", "cms", *map(str, arguments)]
        done = subprocess.run(command, input=content, capture_output=True, check=False)
        assert done.returncode == 0, (command, done.stderr)
        return done.stdout

    def make(self, step: Step, entity: bytes) -> bytes:
        match step:
            case Sign(by, options):
                content = to_crlf(entity) if "-binary" in options else entity
                made = self.run(content, "-sign", *self._signers(by), *self._chain(by, options))
            case Encrypt(to, options):
                made = self.run(entity, *_provider(options), "-encrypt", *options, *self._recipients(to))
            case Other(options):
                made = self.run(entity, *options)
        return by_name_only(made) if "DER" in options else made

    def _signers(self, people: Sequence[Who]) -> list[object]:
        arguments: list[object] = []
        for who in people:
            files = self.of(who.name)
            arguments += ["-signer", files.certificate, "-inkey", files.key, *_key_options(who)]
        return arguments

    def _chain(self, people: Sequence[Who], options: Sequence[str]) -> list[object]:
        """`-certfile` without a file means the signer's chain."""
        given: list[object] = []
        for option in options:
            given += [option, self.of(people[0].name).chain] if option == "-certfile" else [option]
        return given

    def _recipients(self, people: Sequence[Who]) -> list[object]:
        arguments: list[object] = []
        for who in people:
            arguments += ["-recip", self.of(who.name).certificate, *_key_options(who)]
        return arguments

    def verify(self, entity: bytes) -> bytes:
        """The content of a signed entity that holds up to the root; AssertionError if it does not."""
        root = self.of("root").certificate
        return self.run(
            b"MIME-Version: 1.0\r\n" + entity, "-verify", "-CAfile", root, "-purpose", "smimesign"
        )

    def decrypt(self, entity: bytes, name: str, providers: Sequence[str] = ()) -> bytes:
        files = self.of(name)
        key = ("-recip", files.certificate, "-inkey", files.key)
        return self.run(entity, *providers, "-decrypt", *key)

    def certificates_only(self, name: str) -> bytes:
        """The DER of a SignedData that holds somebody's certificate, no content and no signature."""
        command = ["openssl", "crl2pkcs7", "-nocrl", "-outform", "DER"]
        command += ["-certfile", str(self.of(name).certificate)]
        return subprocess.run(command, capture_output=True, check=True).stdout


def _provider(options: Sequence[str]) -> Sequence[str]:
    return LEGACY if {"-rc2-128", "-rc2-64", "-rc2-40", "-des-cbc", "-seed"}.intersection(options) else ()


def _key_options(who: Who) -> list[object]:
    return [part for option in who.key_options for part in ("-keyopt", option)]
