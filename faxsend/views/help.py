"""ヘルプ: how to encrypt, sign and register, and what a mail can ask for. Nothing secret is in it,
so it is read without a login too.

The prose has one template per language, ``help/<language>/<page>.html``; titles are in the catalogue.
Source: user guide.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from notifications import delivery_status, refusals


@dataclass(frozen=True, slots=True)
class HelpPage:
    """``name``: of the template, of the url and in the address."""

    name: str
    title: str | Promise
    summary: str | Promise


@dataclass(frozen=True, slots=True)
class RefusalLine:
    """One reason to refuse an order: what the mail says, and what it means in the reader's language."""

    wire_text: str
    explanation: str


PAGES = (
    HelpPage(
        "encryption",
        _("Sending encrypted mail"),
        _("Get and install the certificate; name the destinations in the subject or in the text."),
    ),
    HelpPage(
        "signatures",
        _("Digital signatures"),
        _("Prove who sent the mail, and accept signed mail only."),
    ),
    HelpPage(
        "notifications",
        _("Encrypted notifications"),
        _("Register your certificate, so that results reach you encrypted."),
    ),
    HelpPage(
        "options",
        _("What the subject can say"),
        _("Options of a mail, send later, lists, limits, test numbers."),
    ),
    HelpPage(
        "undelivered",
        _("Undelivered mail"),
        _("What the answers to an order that was not faxed mean."),
    ),
    HelpPage(
        "transport",
        _("Encrypted connections"),
        _("STARTTLS and SMTPS between your mail server and the service."),
    ),
)


def index(request: HttpRequest) -> HttpResponse:
    return render(request, "help/index.html", {"pages": PAGES})


def page(request: HttpRequest, name: str) -> HttpResponse:
    """``name`` is one of ``PAGES``: the routes are made of them."""
    context = {
        "pages": PAGES,
        "page": next(each for each in PAGES if each.name == name),
        "fax_domain": settings.FAX_DOMAIN,
        "service_address": settings.SERVICE_ADDRESS,
        "digitalid_address": settings.DIGITALID_ADDRESS,
        "smtp_port": settings.SMTP_PORT,
        "smtps_port": settings.SMTPS_PORT,
        "tls_maximum": settings.SMTP_TLS_MAXIMUM,
        "tls_required": settings.SMTP_REQUIRE_TLS,
        "bounce_subject": delivery_status.SUBJECT,
        "bounce_first_line": delivery_status.FIRST_LINE,
        "signature_not_found": refusals.SignatureNotFound.wire_text,
        "refusals": refusal_lines(),
    }
    return render(request, f"help/{get_language()}/{name}.html", context)


def refusal_lines() -> list[RefusalLine]:
    """What ``notifications.refusals`` says, family by family, in the active language; the same words once."""
    lines = (
        RefusalLine(kind.wire_text, gettext(kind.explanation))
        for family in refusals.FAMILIES
        for kind in vars(family).values()
        if isinstance(kind, type) and issubclass(kind, refusals.Rejection) and kind is not refusals.Rejection
    )
    return list(dict.fromkeys(lines))
