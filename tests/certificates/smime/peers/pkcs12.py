"""Keys as a file that NSS and gpgsm import."""

import subprocess
from pathlib import Path

from tests.certificates.smime.peers.openssl import OpenSsl

PASSPHRASE = "x"


def pkcs12(openssl: OpenSsl, name: str) -> Path:
    """In the old encryption: gpgsm 2.2 reads no other."""
    files, path = openssl.of(name), openssl.directory / f"{name}.p12"
    command = ["openssl", "pkcs12", "-export", "-legacy", "-name", name, "-passout", f"pass:{PASSPHRASE}"]
    command += ["-in", str(files.certificate), "-inkey", str(files.key), "-out", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    return path
