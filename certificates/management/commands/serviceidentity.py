"""``serviceidentity create | import FILE | list | destroy FINGERPRINT | export``: the service's own certificates."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Any, TextIO

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from certificates import identity, standing
from certificates.importable import UnusableCertificate, names_address_in_subject
from certificates.importing import PasswordNeeded, read_identity
from certificates.models import ServiceIdentity
from certificates.published import published_certificate
from certificates.roots import trust_store
from certificates.smime import Identity

SHORTEST_FINGERPRINT = 16
LONGEST_PASSWORD = 1024
GONE_FOR_GOOD = (
    "Mail that is encrypted to this certificate can never be opened again, by nobody. "
    "Copies of the database made before now still hold the key."
)
NEEDED = (
    "This key signs, or it is the last one that opens mail. Create or import its successor first, "
    "or give --force. Nothing was destroyed."
)


class Command(BaseCommand):
    help = "The service's own certificates. Several may be valid at once: the newest signs, every one opens mail."
    stealth_options = ("stdin",)

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("create", help="issue a new one from the local root; from then on it signs")
        taken = actions.add_parser(
            "import", help="take one from an authority: PKCS #12, or PEM with key and chain"
        )
        taken.add_argument("file", type=Path)
        taken.add_argument(
            "--password-stdin", action="store_true", help="read the file's password from stdin"
        )
        actions.add_parser("list", help="fingerprint, validity and state of each")
        gone = actions.add_parser("destroy", help="destroy a key: what is encrypted to it is lost")
        gone.add_argument("fingerprint", help="whole, or its first 16 digits or more")
        gone.add_argument("--yes", action="store_true", help="do not ask")
        gone.add_argument(
            "--force", action="store_true", help="even the one that signs or the last that opens mail"
        )
        actions.add_parser("export", help="the certificate that customers encrypt to, as PEM")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdin: TextIO = options.get("stdin") or sys.stdin
        match options["action"]:
            case "create":
                self._create()
            case "import":
                self._import(options["file"], options["password_stdin"])
            case "destroy":
                self._destroy(options["fingerprint"], yes=options["yes"], force=options["force"])
            case "export":
                self._export()
            case _:
                self._list()

    def _create(self) -> None:
        now = timezone.now()
        authority = identity.load_or_create_authority(settings.DATA_DIR / "ca", at=now)
        identity.create_identity(authority, address=settings.SERVICE_ADDRESS, at=now)
        self._list()

    def _import(self, file: Path, password_stdin: bool) -> None:
        try:
            taken = self._read(file.read_bytes(), password_stdin)
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from error
        except UnusableCertificate as error:
            raise CommandError(f"{file}: nothing was imported.\n{error}") from error
        row = ServiceIdentity.objects.filter(fingerprint=identity.fingerprint(taken.certificate)).first()
        if row is not None:
            raise CommandError(
                f"{file}: this certificate's key was destroyed on purpose and is not taken back. Import another one."
                if row.destroyed_at
                else f"{file}: this certificate is here already; nothing was changed."
            )
        identity.keep(taken)
        self._warn(taken)
        self._list()

    def _read(self, data: bytes, password_stdin: bool) -> Identity:
        """The password comes from stdin or, if the file turns out to need one, from whoever sits there."""
        address, now = settings.SERVICE_ADDRESS, timezone.now()
        if password_stdin:
            password = self.stdin.readline(LONGEST_PASSWORD).rstrip("\r\n").encode()
            return read_identity(data, password, address=address, at=now)
        try:
            return read_identity(data, None, address=address, at=now)
        except PasswordNeeded as error:
            if not self.stdin.isatty():
                raise UnusableCertificate(f"{error} It is read from stdin with --password-stdin.") from error
            return read_identity(data, getpass.getpass().encode(), address=address, at=now)

    def _warn(self, taken: Identity) -> None:
        """What mail clients may stumble over, though the certificate can be used."""
        certificate = taken.certificate
        if not names_address_in_subject(certificate):
            self._note(
                "The subject has no emailAddress: mail clients from before 2005 may not find the certificate."
            )
        at = max(timezone.now(), certificate.not_valid_before_utc)
        if trust_store().chain(certificate, taken.chain, at) is None:
            self._note(
                "Its chain ends at no root that is known here. If mail clients do not know that root either, "
                "or if the file lacked a certificate of the chain, they will not believe the signature."
            )

    def _note(self, text: str) -> None:
        self.stderr.write(self.style.WARNING(f"Note: {text}"))

    def _list(self) -> None:
        lines = standing.standings(
            ServiceIdentity.objects.defer("private_key").order_by("pk"), timezone.now()
        )
        for each in lines:
            row = each.row
            state = "key destroyed" if each.state is standing.State.DESTROYED else each.state.value
            if each.state is standing.State.EXPIRED:
                state = "expired, opens"
            self.stdout.write(
                f"{row.fingerprint}  from {row.not_before:%Y-%m-%d} until {row.not_after:%Y-%m-%d}"
                f"  {each.days_left} days left  {state}"
            )

    def _destroy(self, typed: str, *, yes: bool, force: bool) -> None:
        row = self._find(typed)
        if row.destroyed_at:
            raise CommandError("This key has been destroyed already.")
        now = timezone.now()
        if not force and identity.is_needed(row, now):
            raise CommandError(NEEDED)
        self.stdout.write(f"{row.fingerprint}\n{GONE_FOR_GOOD}")
        if not yes and not self._is_sure():
            raise CommandError("Nothing was destroyed.")
        try:
            identity.destroy_key(row, at=now, force=force)
        except identity.KeyIsNeeded as error:
            raise CommandError(NEEDED) from error
        self.stdout.write("Destroyed. Running workers forget the key when they are started again.")

    def _is_sure(self) -> bool:
        self.stdout.write('Type "destroy" to go on: ', ending="")
        self.stdout.flush()
        return self.stdin.readline(LONGEST_PASSWORD).strip() == "destroy"

    def _find(self, typed: str) -> ServiceIdentity:
        """Written as shown by ``list``, or as mail clients show it: capitals, colons, blanks."""
        digits = "".join(typed.replace(":", "").split()).lower()
        if len(digits) < SHORTEST_FINGERPRINT:
            raise CommandError(
                f"Give at least {SHORTEST_FINGERPRINT} digits of the fingerprint; `list` shows it."
            )
        found = list(ServiceIdentity.objects.defer("private_key").filter(fingerprint__startswith=digits)[:2])
        if len(found) != 1:
            what = "No certificate has" if not found else "Several certificates have"
            raise CommandError(f"{what} a fingerprint that begins so; `list` shows them.")
        return found[0]

    def _export(self) -> None:
        try:
            published = published_certificate(timezone.now())
        except identity.NoServiceIdentity as error:
            raise CommandError(
                "There is no valid service certificate. Make one: serviceidentity create, or import."
            ) from error
        self.stdout.write(identity.pem(published.certificate), ending="")
