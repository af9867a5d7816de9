"""Pages of the sending service."""

from __future__ import annotations

from django.urls import include, path

from faxsend.views import (
    billing,
    cancelling,
    forwarding,
    hiding,
    history,
    problem_addresses,
    properties,
    refused,
    resending,
    search,
)

app_name = "faxsend"
urlpatterns = [
    path("history/sent/", history.sent_faxes, name="history"),
    path("history/sent/search/", search.search_faxes, name="search"),
    path("history/sent/hidden/", hiding.hidden, name="hidden"),
    path("history/sent/<slug:token>/", history.submission, name="submission"),
    path("history/sent/<slug:token>/cancel/", cancelling.cancel, name="cancel"),
    path("history/sent/<slug:token>/faxes/<int:pk>/", history.fax, name="fax"),
    path("history/sent/<slug:token>/faxes/<int:pk>/cancel/", cancelling.cancel_fax, name="cancel-fax"),
    path("history/sent/<slug:token>/hide/", hiding.hide, name="hide"),
    path("history/sent/<slug:token>/show/", hiding.show, name="show"),
    path("history/sent/<slug:token>/resend/", resending.resend, name="resend"),
    path("history/sent/<slug:token>/faxes/<int:pk>/resend/", resending.resend_fax, name="resend-fax"),
    path("history/sent/<slug:token>/pages/<int:number>.png", history.page_picture, name="page"),
    path("history/refused/", refused.refused, name="refused"),
    path("billing/", billing.usage, name="usage"),
    path("billing/<int:year>-<int:month>.csv", billing.usage_csv, name="usage-csv"),
    path("lists/", include("faxsend.list_urls")),
    path("properties/fax-sending/", properties.fax_sending, name="fax-sending"),
    path(
        "properties/fax-sending/authentication/",
        properties.authentication,
        name="fax-sending-authentication",
    ),
    path("properties/fax-sending/sending/", properties.sending, name="fax-sending-sending"),
    path("properties/fax-sending/notification/", properties.notification, name="fax-sending-notification"),
    path("properties/fax-sending/senders/", properties.add_sender, name="sender-add"),
    path("properties/fax-sending/senders/<int:pk>/ask/", properties.ask_sender, name="sender-ask"),
    path("properties/fax-sending/senders/<int:pk>/delete/", properties.delete_sender, name="sender-delete"),
    path(
        "properties/fax-sending/problems/<int:pk>/resume/",
        problem_addresses.resume,
        {"page": "faxsend:fax-sending"},
        name="sending-resume",
    ),
    path("properties/certificates/", include("faxsend.certificate_urls")),
    path("properties/fax-receiving/", forwarding.fax_receiving, name="fax-receiving"),
    path("properties/fax-receiving/addresses/", forwarding.add, name="forwarding-add"),
    path(
        "properties/fax-receiving/addresses/<int:pk>/security/",
        forwarding.security,
        name="forwarding-security",
    ),
    path(
        "properties/fax-receiving/problems/<int:pk>/resume/",
        problem_addresses.resume,
        {"page": "faxsend:fax-receiving"},
        name="receiving-resume",
    ),
    path(
        "properties/fax-receiving/addresses/<int:pk>/delete/",
        forwarding.delete,
        name="forwarding-delete",
    ),
]
