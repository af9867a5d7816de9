"""Whom the service believes: roots, intermediates that mails have brought, revocation lists, a last day of SHA-1."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from socket import create_server
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings

from certificates import intermediates, revocation, smime
from certificates.downloading import DownloadFailed, download
from certificates.identity import fingerprint, pem
from certificates.models import Intermediate, RevocationList, RevocationSource
from certificates.opening import open_inbound
from certificates.roots import trust_store
from certificates.smime import Identity, SignatureProblem, UnusableCrl
from certificates.tasks import fetch_revocation_lists
from tests.pki import Person, authority, revocation_list

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
ENTITY = b"Content-Type: text/plain\r\n\r\nhello\r\n"


@pytest.fixture(autouse=True)
def roots(settings: Settings, tmp_path: Path) -> None:
    """Only the test CA is believed."""
    file = tmp_path / "roots.pem"
    file.write_text(pem(authority().root.certificate))
    settings.SMIME_TRUST_ROOTS = str(file)


def mail_of(person: Person, *, chain: bool = True) -> bytes:
    identity = Identity(person.certificate, person.private_key, person.chain if chain else ())
    return b"From: alice@example.com\r\nMIME-Version: 1.0\r\n" + smime.sign(ENTITY, identity)


def problem_of(mail: bytes) -> SignatureProblem | None:
    signature = open_inbound(mail, at=timezone.now()).signature
    assert signature is not None
    return signature.problem


def test_a_signer_who_forgets_the_intermediate_is_believed_once_another_mail_has_brought_it() -> None:
    alice = authority().alice
    assert problem_of(mail_of(alice, chain=False)) is SignatureProblem.UNTRUSTED
    assert problem_of(mail_of(alice)) is None
    assert problem_of(mail_of(alice, chain=False)) is None
    kept = Intermediate.objects.get()
    assert kept.fingerprint == fingerprint(authority().intermediate.certificate)
    assert kept.not_after == authority().intermediate.certificate.not_valid_after_utc


def test_nothing_is_learned_from_a_signature_that_does_not_count() -> None:
    for person in (authority().stranger, authority().expired, authority().wrong_purpose):
        assert problem_of(mail_of(person)) is not None
    assert not Intermediate.objects.exists()


def test_when_there_are_too_many_an_expired_one_makes_room() -> None:
    now = timezone.now()
    many = [
        Intermediate(certificate="", fingerprint=f"{number:064}", subject="x", not_after=now + DAY)
        for number in range(intermediates.MOST)
    ]
    Intermediate.objects.bulk_create(many)
    problem_of(mail_of(authority().alice))
    assert Intermediate.objects.count() == intermediates.MOST
    assert not Intermediate.objects.filter(subject__contains="Intermediate").exists()

    Intermediate.objects.filter(fingerprint=f"{7:064}").update(not_after=now - DAY)
    problem_of(mail_of(authority().alice))
    assert Intermediate.objects.count() == intermediates.MOST
    assert Intermediate.objects.filter(fingerprint=fingerprint(authority().intermediate.certificate)).exists()


def test_a_revoked_signer_is_named_so_as_soon_as_the_list_is_imported() -> None:
    alice, bob = authority().alice, authority().bob
    assert problem_of(mail_of(alice)) is None
    revocation.import_crl(revocation_list(authority().intermediate, bob), at=timezone.now())
    assert problem_of(mail_of(alice)) is None
    later = timezone.now() - dt.timedelta(minutes=1)
    revocation.import_crl(revocation_list(authority().intermediate, alice, issued=later), at=timezone.now())
    assert problem_of(mail_of(alice)) is SignatureProblem.REVOKED


def test_a_revoked_authority_takes_all_its_certificates_with_it() -> None:
    revocation.import_crl(revocation_list(authority().root, authority().intermediate), at=timezone.now())
    assert problem_of(mail_of(authority().alice)) is SignatureProblem.REVOKED


def test_an_older_list_does_not_take_the_place_of_a_newer_one() -> None:
    now = timezone.now()
    newer = revocation.import_crl(revocation_list(authority().root, issued=now - DAY), at=now)
    with pytest.raises(UnusableCrl, match="newer list"):
        revocation.import_crl(revocation_list(authority().root, issued=now - 2 * DAY), at=now)
    assert RevocationList.objects.get() == newer


def test_the_same_list_again_changes_nothing() -> None:
    data = revocation_list(authority().root)
    first = revocation.import_crl(data, at=timezone.now())
    assert revocation.import_crl(data, at=timezone.now()).imported_at == first.imported_at


def test_a_list_that_nobody_we_know_has_signed_is_refused() -> None:
    for issuer in (authority().unknown_root, authority().intermediate):  # not learned yet
        with pytest.raises(UnusableCrl, match="trust add"):
            revocation.import_crl(revocation_list(issuer), at=timezone.now())
    impostor = Person(authority().root.certificate, authority().unknown_root.private_key)
    with pytest.raises(UnusableCrl, match="trust add"):
        revocation.import_crl(revocation_list(impostor), at=timezone.now())


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "can be read"),
        (b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n", "can be read"),
        (b"x" * (20 * 1024 * 1024 + 1), "too large"),
    ],
)
def test_what_is_no_list_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(UnusableCrl, match=reason):
        revocation.import_crl(data, at=timezone.now())


def test_a_list_from_the_future_is_refused() -> None:
    with pytest.raises(UnusableCrl, match="future"):
        revocation.import_crl(
            revocation_list(authority().root, issued=timezone.now() + DAY), at=timezone.now()
        )


def test_the_command_imports_and_lists(tmp_path: Path) -> None:
    file = tmp_path / "list.crl"
    file.write_bytes(
        revocation_list(authority().root, authority().intermediate, next_update=dt.timedelta(minutes=1))
    )
    told = StringIO()
    call_command("crl", "import", file, stdout=told)
    assert "1 entries" in told.getvalue()
    assert "overdue" in told.getvalue()
    listed = StringIO()
    call_command("crl", "list", stdout=listed)
    assert listed.getvalue() == told.getvalue()


def test_the_command_says_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="missing"):
        call_command("crl", "import", tmp_path / "missing")
    (tmp_path / "text").write_text("hello")
    with pytest.raises(CommandError, match="text"):
        call_command("crl", "import", tmp_path / "text")


@pytest.mark.parametrize("text", ["soon", "2027-02-30", "31.3.2027"])
def test_a_last_day_of_sha1_that_is_no_date_is_said(settings: Settings, text: str) -> None:
    settings.SMIME_SHA1_UNTIL = text
    with pytest.raises(ImproperlyConfigured, match="SMIME_SHA1_UNTIL must be a date"):
        trust_store()


def test_the_last_day_of_sha1_comes_from_the_settings(settings: Settings) -> None:
    assert trust_store().sha1_until is None
    settings.SMIME_SHA1_UNTIL = "2027-03-31"
    assert trust_store().sha1_until == dt.date(2027, 3, 31)


def test_what_has_not_changed_is_not_parsed_again() -> None:
    revocation.import_crl(revocation_list(authority().root), at=timezone.now())
    assert trust_store() is trust_store()
    (before,) = trust_store().revocations
    problem_of(mail_of(authority().alice))  # brings an intermediate
    (after,) = trust_store().revocations
    assert after is before


class Shelf(BaseHTTPRequestHandler):
    """A server on loopback with a list and with what servers do to those who fetch one."""

    asked: list[str]
    crl: bytes

    def do_GET(self) -> None:
        self.asked.append(self.path)
        status = {"/missing": 404, "/moved": 302, "/to-file": 302, "/to-ftp": 302, "/round": 302}.get(
            self.path, 200
        )
        self.send_response(status)
        if status == 302:
            targets = {"/moved": "/list", "/to-file": "file:///etc/hostname", "/round": "/round"}
            targets["/to-ftp"] = "ftp://127.0.0.1/list"
            self.send_header("Location", targets[self.path])
        self.end_headers()
        if self.path in ("/endless", "/drip"):
            self.endless(*((65536, 0.0) if self.path == "/endless" else (1, 0.05)))
        elif status == 200:
            self.wfile.write(self.crl)

    def endless(self, size: int, pause: float) -> None:
        try:
            while True:
                self.wfile.write(b"x" * size)
                time.sleep(pause)
        except OSError:
            return

    def log_message(self, format: str, *args: object) -> None:
        """Not to the terminal."""


@contextmanager
def shelf(crl: bytes) -> Iterator[tuple[str, list[str]]]:
    handler = type("OwnShelf", (Shelf,), {"asked": [], "crl": crl})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", handler.asked
        server.shutdown()


def test_lists_are_fetched_from_the_configured_addresses_once_an_hour(settings: Settings) -> None:
    with shelf(revocation_list(authority().root, authority().intermediate)) as (site, asked):
        settings.CRL_URLS = [f"{site}/missing", f"{site}/moved"]
        fetch_revocation_lists()
        fetch_revocation_lists()
        assert asked == ["/missing", "/moved", "/list"]
        revocation.fetch_due(timezone.now() + revocation.FETCH_EVERY)
        assert len(asked) == 6
    assert RevocationList.objects.get().entries == 1
    missing, moved = RevocationSource.objects.order_by("url")
    assert (missing.error, missing.fetched_at) == ("answered 404", None)
    assert moved.error == ""
    assert moved.fetched_at is not None


def test_a_list_that_cannot_be_used_is_told_to_the_operator(settings: Settings) -> None:
    with shelf(b"<html>") as (site, _):
        settings.CRL_URLS = [f"{site}/list"]
        fetch_revocation_lists()
    assert "失効リスト" in RevocationSource.objects.get().error


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/to-file", "answered 302"),
        ("/to-ftp", "not http"),
        ("/round", "answered 302"),
        ("/endless", "too large"),
    ],
)
def test_servers_cannot_lead_us_astray(path: str, reason: str) -> None:
    with shelf(b"") as (site, _), pytest.raises(DownloadFailed, match=reason):
        download(site + path, max_bytes=1_000_000)


def test_a_server_that_says_nothing_is_left() -> None:
    with create_server(("127.0.0.1", 0)) as server, pytest.raises(DownloadFailed):
        download(f"http://127.0.0.1:{server.getsockname()[1]}/", seconds=0.2)


def test_a_server_that_drips_is_left() -> None:
    with shelf(b"") as (site, _), pytest.raises(DownloadFailed, match="too slow"):
        download(f"{site}/drip", seconds=0.3)


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://127.0.0.1/", "ldap://127.0.0.1/cn=x", "list"])
def test_other_addresses_than_http_are_not_fetched(url: str) -> None:
    with pytest.raises(DownloadFailed, match="not http"):
        download(url)


def test_addresses_in_a_received_certificate_are_never_fetched() -> None:
    with create_server(("127.0.0.1", 0)) as server:
        url = x509.UniformResourceIdentifier(f"http://127.0.0.1:{server.getsockname()[1]}/ca.crt")
        access = x509.AuthorityInformationAccess(
            [
                x509.AccessDescription(x509.oid.AuthorityInformationAccessOID.CA_ISSUERS, url),
                x509.AccessDescription(x509.oid.AuthorityInformationAccessOID.OCSP, url),
            ]
        )
        points = x509.CRLDistributionPoints([x509.DistributionPoint([url], None, None, None)])
        issuer = authority().intermediate
        alice = authority().alice
        builder = (
            x509.CertificateBuilder()
            .subject_name(alice.certificate.subject)
            .issuer_name(issuer.certificate.subject)
            .public_key(alice.certificate.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(alice.certificate.not_valid_before_utc)
            .not_valid_after(alice.certificate.not_valid_after_utc)
        )
        for extension in alice.certificate.extensions:
            builder = builder.add_extension(extension.value, extension.critical)
        for value in (access, points):
            builder = builder.add_extension(value, critical=False)
        person = Person(builder.sign(issuer.private_key, hashes.SHA256()), alice.private_key, alice.chain)
        assert problem_of(mail_of(person)) is None
        assert problem_of(mail_of(person, chain=False)) is None
        server.settimeout(0.05)
        with pytest.raises(TimeoutError):
            server.accept()
