"""What operators see of certificates. Private keys are never read here: this process could not unseal them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from cryptography import x509
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.operators import LookOnly, ModelAdmin, ModelForm
from certificates.identity import pem, signing_rows
from certificates.models import (
    CertificateRequest,
    Intermediate,
    RegisteredCertificate,
    RevocationList,
    RevocationSource,
    SeenEnvelope,
    ServiceIdentity,
    TrustedRoot,
    UsedRegistration,
)
from certificates.registration import register
from certificates.smime import address_in, can_encrypt_to
from certificates.standing import Standing, ends_soon, last_day, standing_of

MAX_PEM_LENGTH = 20_000


@admin.register(ServiceIdentity)
class ServiceIdentityAdmin(LookOnly, ModelAdmin[ServiceIdentity]):
    """To look at; ``serviceidentity`` creates, imports and destroys."""

    list_display = ["__str__", "state", "days_left", "not_before", "not_after", "created_at"]
    search_fields = ["fingerprint"]
    date_hierarchy = "created_at"
    ordering = ["-created_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ServiceIdentity]:
        signs = signing_rows(timezone.now()).values("pk")[:1]
        return super().get_queryset(request).defer("private_key").annotate(signs=Subquery(signs))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method == "GET":
            _warn_of_end(request)
        return super().changelist_view(request, extra_context)

    @admin.display(description=_("State"))
    def state(self, obj: ServiceIdentity) -> Promise:
        return self._standing(obj).state.label

    @admin.display(description=_("Days left"), ordering="not_after")
    def days_left(self, obj: ServiceIdentity) -> int:
        return self._standing(obj).days_left

    def _standing(self, obj: ServiceIdentity) -> Standing:
        return standing_of(obj, signs=getattr(obj, "signs", None), at=timezone.now())


@admin.register(CertificateRequest)
class CertificateRequestAdmin(LookOnly, ModelAdmin[CertificateRequest]):
    """Who has asked for the service certificate; what became of its mail stands in the outgoing mail."""

    list_display = ["address", "account", "requested_at", "mailed_at"]
    list_filter = [("mailed_at", admin.EmptyFieldListFilter)]
    list_select_related = ["account"]
    search_fields = ["address", "account__name"]
    date_hierarchy = "requested_at"
    ordering = ["-requested_at", "-id"]
    show_full_result_count = False


@admin.register(TrustedRoot)
class TrustedRootAdmin(ModelAdmin[TrustedRoot]):
    """To look at and to stop trusting; ``trust add`` adds, after looking at what it is given."""

    list_display = ["subject", "fingerprint", "created_at"]
    search_fields = ["subject", "fingerprint"]
    date_hierarchy = "created_at"
    ordering = ["subject"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: TrustedRoot | None = None) -> bool:
        return False


@admin.register(Intermediate)
class IntermediateAdmin(ModelAdmin[Intermediate]):
    """What valid mails have brought: to look at and to delete. A root decides whether one counts."""

    list_display = ["subject", "is_valid", "not_after", "learned_at"]
    search_fields = ["subject", "fingerprint"]
    date_hierarchy = "learned_at"
    ordering = ["subject", "id"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Intermediate | None = None) -> bool:
        return False

    @admin.display(description=_("Still valid"), boolean=True)
    def is_valid(self, obj: Intermediate) -> bool:
        return obj.not_after > timezone.now()


@admin.register(RevocationList)
class RevocationListAdmin(LookOnly, ModelAdmin[RevocationList]):
    """To look at; ``crl import`` and the fetching of ``CRL_URLS`` add."""

    list_display = ["issuer", "is_current", "entries", "this_update", "next_update"]
    search_fields = ["issuer"]
    date_hierarchy = "imported_at"
    ordering = ["issuer", "id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[RevocationList]:
        return super().get_queryset(request).defer("content")

    @admin.display(description=_("Up to date"), boolean=True)
    def is_current(self, obj: RevocationList) -> bool:
        return obj.next_update is None or obj.next_update > timezone.now()


@admin.register(RevocationSource)
class RevocationSourceAdmin(LookOnly, ModelAdmin[RevocationSource]):
    """What came of fetching each of ``CRL_URLS``."""

    list_display = ["web_address", "error", "tried_at", "fetched_at"]
    fields = ["web_address", "error", "tried_at", "fetched_at"]
    readonly_fields = ["web_address"]
    search_fields = ["url"]
    ordering = ["url"]

    @admin.display(description=_("Web address"), ordering="url")
    def web_address(self, obj: RevocationSource) -> str:
        return obj.url


@admin.register(SeenEnvelope)
class SeenEnvelopeAdmin(LookOnly, ModelAdmin[SeenEnvelope]):
    """Content keys of accepted orders: for looking up why a mail was taken for a captured one."""

    list_display = ["__str__", "account", "seen_at"]
    list_select_related = ["account"]
    search_fields = ["encrypted_key"]
    date_hierarchy = "seen_at"
    ordering = ["-seen_at", "-id"]
    show_full_result_count = False


@admin.register(UsedRegistration)
class UsedRegistrationAdmin(LookOnly, ModelAdmin[UsedRegistration]):
    """Signed mails that have registered a certificate once and will not again."""

    list_display = ["__str__", "used_at"]
    search_fields = ["content_digest"]
    date_hierarchy = "used_at"
    ordering = ["-used_at", "-id"]
    show_full_result_count = False


class RegisteredCertificateForm(ModelForm[RegisteredCertificate]):
    """One pasted certificate; everything else that the row needs is read from it."""

    address = forms.EmailField(
        label=_("Address"),
        max_length=254,
        required=False,
        help_text=_("May be left empty if the certificate is for one address only."),
    )
    certificate = forms.CharField(
        label=_("Certificate"),
        max_length=MAX_PEM_LENGTH,
        widget=forms.Textarea(attrs={"rows": 20, "cols": 70, "spellcheck": "false"}),
        help_text=_("PEM, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----."),
    )

    class Meta:
        model = RegisteredCertificate
        fields: ClassVar = ["address", "certificate"]

    def clean_certificate(self) -> str:
        text: str = self.cleaned_data["certificate"]
        if "PRIVATE KEY" in text:
            self.data = {**self.data, "certificate": ""}  # the page must not show it again
            raise ValidationError(_("This text holds a private key. Paste the certificate alone."))
        certificate = read_certificate(text)
        if certificate.not_valid_after_utc <= timezone.now():
            raise ValidationError(_("This certificate has expired."))
        if not can_encrypt_to(certificate):
            raise ValidationError(_("This certificate is not for encryption."))
        if not address_in(certificate):
            raise ValidationError(_("This certificate names no mail address."))
        return pem(certificate)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "certificate" in cleaned and "address" in cleaned:
            named = address_in(read_certificate(cleaned["certificate"]))
            try:
                cleaned["address"] = choose_address(cleaned["address"], named)
            except ValidationError as error:
                self.add_error("address", error)
        return cleaned


@admin.register(RegisteredCertificate)
class RegisteredCertificateAdmin(ModelAdmin[RegisteredCertificate]):
    """An operator may add a certificate or remove one; an existing one is never edited."""

    form = RegisteredCertificateForm
    list_display = ["address", "not_after", "short_fingerprint", "registered_at"]
    list_filter = ["not_after", "registered_at"]
    search_fields = ["address", "fingerprint"]
    date_hierarchy = "registered_at"
    ordering = ["address", "-registered_at"]

    def get_fields(self, request: HttpRequest, obj: RegisteredCertificate | None = None) -> Any:
        added = ["fingerprint", "not_after", "capabilities", "registered_at"] if obj else []
        return ["address", "certificate", *added]

    def has_change_permission(self, request: HttpRequest, obj: RegisteredCertificate | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: RegisteredCertificate, form: Any, change: bool) -> None:
        """The same way as a registration by mail: a certificate that is known already is renewed."""
        obj.pk = register(read_certificate(obj.certificate), address=obj.address).pk
        obj.refresh_from_db()

    @admin.display(description=_("Fingerprint (SHA-256)"), ordering="fingerprint")
    def short_fingerprint(self, obj: RegisteredCertificate) -> str:
        return f"{obj.fingerprint[:16]}…"


def _warn_of_end(request: HttpRequest) -> None:
    """On top of the list: customers need some weeks to take up a successor."""
    now = timezone.now()
    if last_day(now) is None:
        messages.error(request, _("There is no valid service certificate: no mail can be signed."))
    elif (end := ends_soon(now)) is not None:
        text = _(
            "The service certificate ends on %(day)s, in %(count)d days. Make its successor with "
            "“serviceidentity create” or “serviceidentity import”; holders of this one get it by mail."
        )
        messages.warning(
            request, text % {"day": date_format(timezone.localtime(end), "Y/m/d"), "count": (end - now).days}
        )


def read_certificate(text: str) -> x509.Certificate:
    """The one certificate of a PEM text. Raises ``ValidationError`` for anything else."""
    try:
        certificates = x509.load_pem_x509_certificates(text.encode("ascii"))
    except ValueError as error:
        raise ValidationError(_("This is not a certificate in PEM.")) from error
    if len(certificates) != 1:
        raise ValidationError(_("Paste one certificate, not several."))
    return certificates[0]


def choose_address(wanted: str, named: Sequence[str]) -> str:
    """The address to register. Raises ``ValidationError`` if the certificate is not for it."""
    if wanted and wanted.casefold() not in {address.casefold() for address in named}:
        raise ValidationError(
            _("The certificate is for %(addresses)s."), params={"addresses": ", ".join(named)}
        )
    if not wanted and len(named) > 1:
        raise ValidationError(
            _("The certificate is for several addresses. Choose one: %(addresses)s."),
            params={"addresses": ", ".join(named)},
        )
    return wanted or named[0]
