"""What operators see of outgoing mail: its way, never its words."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.operators import LookOnly, ModelAdmin
from notifications import outgoing, problem_addresses
from notifications.models import (
    AddressProblem,
    ForwardingAddress,
    NotificationPreference,
    OutgoingMail,
    Relay,
)
from notifications.tasks import wake


@admin.register(OutgoingMail)
class OutgoingMailAdmin(LookOnly, ModelAdmin[OutgoingMail]):
    """Mail that has not left is tried now or given up by those who may change it; the log of actions says who did it."""

    actions = ["try_now", "give_up"]
    list_display = [
        "key",
        "recipient",
        "state",
        "created_at",
        "error",
        "tries",
        "next_try_at",
        "put_off_since",
        "sent_at",
        "bounced_at",
        "bounce_status",
        "account",
    ]
    list_filter = ["state", "protection", ("bounced_at", admin.EmptyFieldListFilter)]
    list_select_related = ["account"]
    search_fields = ["key", "recipient", "message_id", "account__name"]
    date_hierarchy = "created_at"
    ordering = ["-created_at", "-id"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[OutgoingMail]:
        return super().get_queryset(request).defer("content", "wire")

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """What ``LookOnly`` takes from all, these actions give back to those who had it."""
        return request.user.has_perm("notifications.change_outgoingmail")

    @admin.action(description=_("Try to send now"), permissions=["decide"])
    def try_now(self, request: HttpRequest, chosen: QuerySet[OutgoingMail]) -> None:
        self._decide(request, chosen, outgoing.try_now, gettext("Tried now"))
        wake()

    @admin.action(description=_("Give up: the mail is not sent"), permissions=["decide"])
    def give_up(self, request: HttpRequest, chosen: QuerySet[OutgoingMail]) -> None:
        self._decide(request, chosen, outgoing.give_up, gettext("Sending given up"))

    def _decide(
        self,
        request: HttpRequest,
        chosen: QuerySet[OutgoingMail],
        decision: Callable[[OutgoingMail], bool],
        name: str,
    ) -> None:
        decided = [mail for mail in chosen if decision(mail)]
        for mail in decided:
            self.log_change(request, mail, name)
        done = ngettext(
            "%(count)s outgoing mail: %(what)s", "%(count)s outgoing mails: %(what)s", len(decided)
        )
        self.message_user(request, done % {"count": len(decided), "what": name})


@admin.register(AddressProblem)
class AddressProblemAdmin(LookOnly, ModelAdmin[AddressProblem]):
    """Customers clear these themselves; operators can do it for them."""

    actions = ["clear"]
    list_display = ["address", "account", "status", "since", "cleared_at"]
    list_filter = ["status", ("cleared_at", admin.EmptyFieldListFilter)]
    list_select_related = ["account"]
    search_fields = ["address", "account__name"]
    ordering = ["-since"]

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("notifications.change_addressproblem")

    @admin.action(description=_("Send mail to the address again"), permissions=["decide"])
    def clear(self, request: HttpRequest, chosen: QuerySet[AddressProblem]) -> None:
        for problem in chosen.select_related("account"):
            problem_addresses.clear(problem.account, problem.pk)
            self.log_change(request, problem, gettext("Cleared"))
        wake()


@admin.register(Relay)
class RelayAdmin(LookOnly, ModelAdmin[Relay]):
    list_display = ["name", "failures", "down_since", "next_probe_at", "error"]
    search_fields = ["name", "error"]
    ordering = ["name"]


@admin.register(ForwardingAddress)
class ForwardingAddressAdmin(LookOnly, ModelAdmin[ForwardingAddress]):
    """Customers keep these themselves."""

    list_display = ["address", "account", "sign", "encrypt", "created_at"]
    list_filter = ["sign", "encrypt"]
    list_select_related = ["account"]
    search_fields = ["address", "account__name"]
    ordering = ["address"]


@admin.register(NotificationPreference)
class NotificationPreferenceAdmin(ModelAdmin[NotificationPreference]):
    list_display = ["account", "when", "format", "default_address"]
    list_filter = ["when", "format"]
    list_select_related = ["account"]
    search_fields = ["account__name", "default_address"]
    autocomplete_fields = ["account"]
    ordering = ["account__name"]
