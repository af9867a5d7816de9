"""PROOF AND SECRECY: the service's own keys, the certificates to encrypt to, the roots to believe."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from accounts.sealing import Ring, SealedField
from accounts.tokens import new_token


class ServiceIdentity(models.Model):
    """A key of the service and its certificate (InterFAXの電子証明書).

    Every identity ever issued can open mail until it is destroyed on purpose, which empties
    ``private_key``; the newest valid one signs.
    """

    certificate = models.TextField(
        _("Certificate"), help_text=_("PEM, followed by its chain without the root.")
    )
    fingerprint = models.CharField(_("Fingerprint (SHA-256)"), max_length=64, unique=True)
    private_key = SealedField(ring=Ring.KEYS, default=b"", editable=False)
    not_before = models.DateTimeField(_("Valid from"))
    not_after = models.DateTimeField(_("Valid until"))
    created_at = models.DateTimeField(_("Created"), auto_now_add=True)
    destroyed_at = models.DateTimeField(_("Key destroyed"), null=True, blank=True)

    class Meta:
        verbose_name = _("Service certificate")
        verbose_name_plural = _("Service certificates")

    def __str__(self) -> str:
        return self.fingerprint[:16]


class CertificateRequest(models.Model):
    """Somebody asked for the service certificate to be mailed to ``address`` (証明書の取得).

    The page writes the row; a worker writes the mail, whose outbox key ``mail_key`` names, and sets
    ``mailed_at`` and ``mailed_certificate`` (the fingerprint). What became of the mail stands in the outbox.
    ``replaces``: nobody asked, a new service certificate takes the place of the one with this fingerprint.
    """

    account = models.ForeignKey(
        Account, verbose_name=_("Account"), on_delete=models.CASCADE, related_name="certificate_requests"
    )
    address = models.EmailField(_("Address"), max_length=254)
    token = models.CharField(max_length=32, unique=True, default=new_token, editable=False)
    requested_at = models.DateTimeField(_("Requested"), default=timezone.now)
    mailed_at = models.DateTimeField(_("Mailed"), null=True, blank=True)
    mailed_certificate = models.CharField(
        _("Mailed certificate (SHA-256)"), max_length=64, blank=True, editable=False
    )
    replaces = models.CharField(_("Replaces (SHA-256)"), max_length=64, blank=True, editable=False)

    class Meta:
        verbose_name = _("Certificate request")
        verbose_name_plural = _("Certificate requests")
        indexes = [
            models.Index(fields=["account", "-requested_at"], name="certificate_request_latest"),
            models.Index(
                fields=["requested_at"],
                name="certificate_request_waiting",
                condition=models.Q(mailed_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.address

    @property
    def mail_key(self) -> str:
        """The key of its mail in the outbox."""
        return f"certificate:{self.token}"


class TrustedRoot(models.Model):
    """A root accepted for customers' certificates, beside those of ``SMIME_TRUST_ROOTS``."""

    certificate = models.TextField(_("Certificate"), help_text=_("PEM."))
    fingerprint = models.CharField(_("Fingerprint (SHA-256)"), max_length=64, unique=True)
    subject = models.CharField(_("Issued to"), max_length=500)
    created_at = models.DateTimeField(_("Created"), auto_now_add=True)

    class Meta:
        verbose_name = _("Trusted root")
        verbose_name_plural = _("Trusted roots")

    def __str__(self) -> str:
        return self.subject


class Intermediate(models.Model):
    """A certificate of an issuing authority, learned from a valid mail: for signers who forget to send theirs."""

    certificate = models.TextField(_("Certificate"), help_text=_("PEM."))
    fingerprint = models.CharField(_("Fingerprint (SHA-256)"), max_length=64, unique=True)
    subject = models.CharField(_("Issued to"), max_length=500)
    not_after = models.DateTimeField(_("Valid until"))
    learned_at = models.DateTimeField(_("Learned"), default=timezone.now)

    class Meta:
        verbose_name = _("Intermediate certificate")
        verbose_name_plural = _("Intermediate certificates")

    def __str__(self) -> str:
        return self.subject


class RevocationList(models.Model):
    """The newest CRL of an issuer, one for each of its ``scope`` (SHA-256 of the issuing distribution point)."""

    issuer = models.CharField(_("Issuer"), max_length=500)
    issuer_digest = models.CharField(_("Issuer (SHA-256 of the name)"), max_length=64)
    scope = models.CharField(_("Scope"), max_length=64, blank=True)
    content = models.BinaryField(_("Content"), editable=False)
    entries = models.PositiveIntegerField(_("Entries"))
    this_update = models.DateTimeField(_("Issued"))
    next_update = models.DateTimeField(_("Next update"), null=True, blank=True)
    imported_at = models.DateTimeField(_("Imported"), default=timezone.now)

    class Meta:
        verbose_name = _("Revocation list")
        verbose_name_plural = _("Revocation lists")
        constraints = [
            models.UniqueConstraint(fields=["issuer_digest", "scope"], name="revocation_list_newest_only")
        ]

    def __str__(self) -> str:
        return self.issuer


class RevocationSource(models.Model):
    """What came of fetching one of the configured ``CRL_URLS``."""

    url = models.CharField(_("Address"), max_length=500, unique=True)
    tried_at = models.DateTimeField(_("Last try"), null=True, blank=True)
    fetched_at = models.DateTimeField(_("Last success"), null=True, blank=True)
    error = models.CharField(_("Last error"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("Revocation source")
        verbose_name_plural = _("Revocation sources")

    def __str__(self) -> str:
        return self.url


class SeenEnvelope(models.Model):
    """A content key that an accepted order was encrypted with: whoever sends it again is not its owner.

    All but the account are SHA-256 in hexadecimal, what names fax numbers keyed. ``recipients``: the envelope
    recipients of all accepted parts of the same mail, for relays split it.
    """

    encrypted_key = models.CharField(max_length=64, unique=True)
    account = models.ForeignKey(
        Account, verbose_name=_("Account"), on_delete=models.SET_NULL, null=True, related_name="+"
    )
    content_digest = models.CharField(max_length=64)
    subject_digest = models.CharField(max_length=64)
    message_id_digest = models.CharField(max_length=64)
    recipients = models.JSONField(default=list)
    seen_at = models.DateTimeField(_("Seen"), default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("Seen envelope")
        verbose_name_plural = _("Seen envelopes")

    def __str__(self) -> str:
        return self.encrypted_key[:16]


class UsedRegistration(models.Model):
    """A signed mail that has registered a certificate: the same one again, from whomever, registers nothing.

    ``content_digest``: SHA-256, in hexadecimal, of what was signed. The structure around it can be changed by
    whoever brings it.
    """

    content_digest = models.CharField(max_length=64, unique=True)
    used_at = models.DateTimeField(_("Used"), default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("Used registration")
        verbose_name_plural = _("Used registrations")

    def __str__(self) -> str:
        return self.content_digest[:16]


class RegisteredCertificate(models.Model):
    """A row present means: mail to this address leaves encrypted. Of several the newest that works is used."""

    address = models.EmailField(_("Address"), max_length=254)
    certificate = models.TextField(
        _("Certificate"), help_text=_("PEM, followed by its chain without the root.")
    )
    fingerprint = models.CharField(_("Fingerprint (SHA-256)"), max_length=64, editable=False)
    capabilities = models.JSONField(_("Capabilities"), default=list, blank=True)
    header_protection = models.BooleanField(
        _("Reads protected headers"), default=False, help_text=_("Its client wrote them itself (RFC 9788).")
    )
    not_after = models.DateTimeField(_("Valid until"), editable=False)
    registered_at = models.DateTimeField(_("Registered"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("Registered certificate")
        verbose_name_plural = _("Registered certificates")
        indexes = [models.Index(Lower("address"), name="registered_address")]
        constraints = [
            models.UniqueConstraint(Lower("address"), "fingerprint", name="registered_certificate_unique")
        ]

    def __str__(self) -> str:
        return self.address
