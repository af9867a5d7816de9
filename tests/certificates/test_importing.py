"""``serviceidentity import``: what is taken from which files, and what is refused with which remedy."""

from __future__ import annotations

import re
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID
from django.core.management import CommandError
from django.utils import timezone
from pytest_django import Settings

from certificates.identity import destroy_key, fingerprint, pem, signing_identity
from certificates.models import ServiceIdentity
from tests.certificates.commanding import run
from tests.certificates.issued import issued, kept, key_of
from tests.pki import SERVICE_ADDRESS, Person, Usage, authority, rsa_key

pytestmark = pytest.mark.django_db

PASSWORD = "ひらけごま"
ENCRYPTED = BestAvailableEncryption(PASSWORD.encode())


@pytest.fixture(autouse=True)
def _trust(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path / "data"
    roots = tmp_path / "roots.pem"
    roots.write_text(pem(authority().root.certificate))
    settings.SMIME_TRUST_ROOTS = str(roots)


def key_pem(person: Person, encryption: BestAvailableEncryption | NoEncryption | None = None) -> str:
    return person.private_key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption()
    ).decode()


def written(directory: Path, *texts: str) -> str:
    path = directory / "identity.pem"
    path.write_text("\n".join(texts))
    return str(path)


def refusal(directory: Path, *texts: str) -> str:
    """The sentence with which a PEM file is refused; the database stays as it was."""
    before = ServiceIdentity.objects.count()
    with pytest.raises(CommandError) as caught:
        run("import", written(directory, *texts))
    assert ServiceIdentity.objects.count() == before
    assert "PRIVATE" not in str(caught.value)
    return str(caught.value)


def refusal_of(directory: Path, person: Person) -> str:
    return refusal(directory, pem(person.certificate, *person.chain), key_pem(person))


def pkcs12(directory: Path, person: Person, *options: str) -> str:
    """A PKCS #12 file as the openssl program makes it."""
    files = person.write_pem(directory, "service")
    paths = ["-in", str(files.certificate), "-inkey", str(files.key), "-certfile", str(files.chain)]
    password = ["-passout", f"pass:{PASSWORD}"]
    target = directory / "identity.p12"
    subprocess.run(
        ["openssl", "pkcs12", "-export", *paths, *password, *options, "-out", str(target)], check=True
    )
    return str(target)


@pytest.mark.parametrize("options", [(), ("-legacy",)], ids=["today", "2000s"])
def test_a_pkcs12_file_is_imported_with_its_chain_and_signs(tmp_path: Path, options: tuple[str, ...]) -> None:
    kept("two", created=-10)
    person = issued()
    output = run("import", pkcs12(tmp_path, person, *options), "--password-stdin", stdin=f"{PASSWORD}\n")
    signing = signing_identity(timezone.now())

    assert (signing.certificate, signing.chain) == (person.certificate, person.chain)
    assert signing.private_key.private_numbers() == key_of("one").private_numbers()
    assert f"{fingerprint(person.certificate)}  from" in output and "days left  signs" in output
    assert "Note" not in output and PASSWORD not in output and "PRIVATE" not in output


def test_pem_is_imported_whatever_its_order_and_without_root_and_strangers(tmp_path: Path) -> None:
    person, ca = issued(), authority()
    chain = [ca.unknown_root.certificate, ca.root.certificate, ca.bob.certificate, *person.chain]
    run("import", written(tmp_path, pem(*chain), key_pem(person), pem(person.certificate)))

    assert signing_identity(timezone.now()).chain == person.chain == (ca.intermediate.certificate,)


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_an_encrypted_key_is_opened_with_the_password_from_stdin(tmp_path: Path, form: PrivateFormat) -> None:
    person = issued()
    key = person.private_key.private_bytes(Encoding.PEM, form, ENCRYPTED).decode()
    file = written(tmp_path, pem(person.certificate, *person.chain), key)

    with pytest.raises(CommandError, match=r"is encrypted.*--password-stdin"):
        run("import", file)
    with pytest.raises(CommandError, match="password does not open"):
        run("import", file, "--password-stdin", stdin="wrong\n")
    assert "signs" in run("import", file, "--password-stdin", stdin=f"{PASSWORD}\r\n")


def test_a_wrong_password_of_a_pkcs12_file_is_told(tmp_path: Path) -> None:
    file = pkcs12(tmp_path, issued())

    with pytest.raises(CommandError, match=r"needs a password.*--password-stdin"):
        run("import", file)
    with pytest.raises(CommandError, match="or the password does not open it"):
        run("import", file, "--password-stdin", stdin="wrong\n")


def test_a_certificate_from_the_future_waits(tmp_path: Path) -> None:
    kept("two", created=-10)
    person = issued(days=(3, 700))
    output = run("import", written(tmp_path, pem(person.certificate, *person.chain), key_pem(person)))

    assert [line.split()[-1] for line in output.splitlines()] == ["signs", "waits"]
    assert signing_identity(timezone.now() + timedelta(days=4)).certificate == person.certificate


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"days": (-30, -1)}, "ended on .* Have it renewed"),
        ({"usage": Usage(extended=(ExtendedKeyUsageOID.SERVER_AUTH,))}, "not for mail"),
        ({"usage": Usage(extended=None)}, "not for mail"),
        ({"usage": Usage(key_usage=frozenset({"digital_signature"}))}, "signing and encrypting"),
        ({"usage": Usage(key_usage=frozenset({"key_encipherment"}))}, "signing and encrypting"),
        ({"usage": Usage(key_usage=None)}, "signing and encrypting"),
        ({"usage": Usage(is_ca=True)}, "an authority's"),
    ],
)
def test_a_certificate_that_clients_could_not_use_is_refused(
    tmp_path: Path, facts: dict[str, Any], sentence: str
) -> None:
    person = authority().issue(SERVICE_ADDRESS, private_key=key_of("one"), **facts)

    assert re.search(sentence, refusal_of(tmp_path, person))


def test_the_address_must_stand_in_the_san_in_any_case_and_is_missed_in_the_subject(tmp_path: Path) -> None:
    only_subject = authority().issue(private_key=key_of("one"), subject_email=SERVICE_ADDRESS)
    other = authority().issue("other@fax.tc", private_key=key_of("one"))
    capital = authority().issue("send@FAX.tc", private_key=key_of("one"))

    assert "does not name send@fax.tc" in refusal_of(tmp_path, only_subject)
    assert "does not name send@fax.tc" in refusal_of(tmp_path, other)
    output = run("import", written(tmp_path, pem(capital.certificate, *capital.chain), key_pem(capital)))
    assert "Note: The subject has no emailAddress" in output


def test_a_short_key_and_one_that_is_not_rsa_are_refused(tmp_path: Path) -> None:
    short = authority().issue(SERVICE_ADDRESS, private_key=rsa_key(1024))
    elliptic = authority().issue(SERVICE_ADDRESS, private_key=ec.generate_private_key(ec.SECP256R1()))

    assert "2048 to 8192 bits" in refusal_of(tmp_path, short)
    assert "not RSA" in refusal_of(tmp_path, elliptic)


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    person = authority().issue("other@fax.tc", private_key=key_of("one"), days=(-30, -1))

    assert len(refusal_of(tmp_path, person).splitlines()) == 3


def test_a_file_without_what_is_needed_is_refused_with_a_remedy(tmp_path: Path) -> None:
    person, other = issued(), issued("two")
    certificate = pem(person.certificate)
    damaged = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"

    assert "no private key" in refusal(tmp_path, certificate)
    assert "several private keys" in refusal(tmp_path, certificate, key_pem(person), key_pem(other))
    assert "no readable certificate" in refusal(tmp_path, key_pem(person))
    assert "belongs to no certificate" in refusal(tmp_path, certificate, key_pem(other))
    assert "key cannot be read" in refusal(tmp_path, certificate, damaged)
    assert "more than 50" in refusal(tmp_path, certificate * 51, key_pem(person))
    assert "larger than 1 MB" in refusal(tmp_path, certificate, key_pem(person), " " * (1 << 20))
    assert "neither PEM nor PKCS #12" in refusal(tmp_path, "anything")
    assert "needs a password" in refusal(tmp_path, "0, which begins as DER does")


def test_other_files_are_refused(tmp_path: Path) -> None:
    bare = tmp_path / "service.cer"
    bare.write_bytes(issued().certificate.public_bytes(Encoding.DER))
    files = issued().write_pem(tmp_path, "service")
    keyless = tmp_path / "keyless.p12"
    export = ["openssl", "pkcs12", "-export", "-nokeys", "-in", str(files.certificate), "-passout", "pass:"]
    subprocess.run([*export, "-out", str(keyless)], check=True)

    for file, sentence in [
        (bare, "without its key"),
        (keyless, "no private key"),
        (tmp_path / "none", "No such"),
    ]:
        with pytest.raises(CommandError, match=sentence):
            run("import", str(file))


def test_an_incomplete_chain_is_noted(tmp_path: Path) -> None:
    person = issued()
    output = run("import", written(tmp_path, pem(person.certificate), key_pem(person)))

    assert "Note: Its chain ends at no root that is known here" in output


def test_the_same_certificate_is_not_imported_twice_nor_after_its_destruction(tmp_path: Path) -> None:
    person = issued()
    texts = [pem(person.certificate, *person.chain), key_pem(person)]
    run("import", written(tmp_path, *texts))

    assert "is here already" in refusal(tmp_path, *texts)
    destroy_key(ServiceIdentity.objects.get(), at=timezone.now(), force=True)
    assert "destroyed on purpose" in refusal(tmp_path, *texts)
    assert ServiceIdentity.objects.get().private_key == b""
