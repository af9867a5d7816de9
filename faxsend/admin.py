"""What operators see of the sending service: the way of a message, never what stands in it.

Everything that moves is read-only: states change through the services alone. Pages are not shown;
an operator's look at a customer's pages would have to be written down.
"""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.operators import LookOnly, ModelAdmin
from faxsend import billing_admin as billing_admin  # registers its pages
from faxsend import fax_admin as fax_admin
from faxsend import installation_admin as installation_admin
from faxsend import parked
from faxsend.forms.properties import SendingPropertiesForm
from faxsend.models import (
    Contact,
    ContactList,
    Content,
    InboundMessage,
    InboundStatus,
    Pages,
    SeenSignature,
    SendingProperties,
    Submission,
)
from faxsend.tasks import look_for_mail, wake
from notifications.tasks import look_for_outgoing


@admin.register(InboundMessage)
class InboundMessageAdmin(LookOnly, ModelAdmin[InboundMessage]):
    """Parked mail is run again or given up by those who may change messages; the log of actions says who did it."""

    actions = ["run_again", "give_up"]
    list_display = [
        "token",
        "received_at",
        "status",
        "account",
        "sender",
        "size",
        "encrypted",
        "dmarc",
        "tries",
        "last_error",
        "rejection_code",
    ]
    list_filter = ["status", "last_error", "encrypted", "dmarc", "rejection_code"]
    list_select_related = ["account"]
    search_fields = ["token", "sender", "account__name"]
    date_hierarchy = "received_at"
    ordering = ["-received_at", "-id"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[InboundMessage]:
        return super().get_queryset(request).defer("rejection_detail")

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """What ``LookOnly`` takes from all, these actions give back to those who had it."""
        return request.user.has_perm("faxsend.change_inboundmessage")

    @admin.action(description=_("Run parked mail again"), permissions=["decide"])
    def run_again(self, request: HttpRequest, chosen: QuerySet[InboundMessage]) -> None:
        self._decide(request, chosen, parked.run_again, gettext("Run again"))
        wake(look_for_mail)

    @admin.action(description=_("Give up parked mail: its sender is told"), permissions=["decide"])
    def give_up(self, request: HttpRequest, chosen: QuerySet[InboundMessage]) -> None:
        self._decide(request, chosen, parked.give_up, gettext("Given up"))
        wake(look_for_outgoing)

    def _decide(
        self,
        request: HttpRequest,
        chosen: QuerySet[InboundMessage],
        decision: Callable[[InboundMessage], bool],
        name: str,
    ) -> None:
        decided = [message for message in chosen.filter(status=InboundStatus.PARKED) if decision(message)]
        for message in decided:
            self.log_change(request, message, name)
        done = ngettext("%(count)s parked mail: %(what)s", "%(count)s parked mails: %(what)s", len(decided))
        self.message_user(request, done % {"count": len(decided), "what": name})


@admin.register(Content)
class ContentAdmin(LookOnly, ModelAdmin[Content]):
    """Which messages still have their bytes."""

    list_display = ["message", "received_at"]
    list_select_related = ["message"]
    search_fields = ["message__token"]
    date_hierarchy = "message__received_at"
    ordering = ["-message__received_at"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Content]:
        found = super().get_queryset(request).select_related("message")
        return found.defer("raw", "message__rejection_detail")

    @admin.display(description=_("Received"), ordering="message__received_at")
    def received_at(self, obj: Content) -> object:
        return obj.message.received_at


@admin.register(Pages)
class PagesAdmin(LookOnly, ModelAdmin[Pages]):
    list_display = ["id", "account", "count", "resolution", "created_at"]
    list_filter = ["resolution"]
    list_select_related = ["account"]
    search_fields = ["account__name", "submissions__token"]
    date_hierarchy = "created_at"
    ordering = ["-id"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Pages]:
        return super().get_queryset(request).defer("tiff")


@admin.register(Submission)
class SubmissionAdmin(LookOnly, ModelAdmin[Submission]):
    """``subject`` and ``page_header`` may have come encrypted, and are the customer's: they are not shown."""

    list_display = [
        "token",
        "created_at",
        "account",
        "sender",
        "encrypted",
        "signed",
        "open",
        "ok",
        "failed",
        "completed_at",
        "its_faxes",
    ]
    list_filter = ["encrypted", "signed", ("completed_at", admin.EmptyFieldListFilter)]
    search_fields = ["token", "sender", "account__name"]
    date_hierarchy = "created_at"
    ordering = ["-created_at", "-id"]
    exclude = ["subject", "page_header"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Submission]:
        found = super().get_queryset(request).select_related("account", "pages", "message")
        return found.defer("subject", "page_header", "pages__tiff", "message__rejection_detail")

    @admin.display(description=_("Faxes"))
    def its_faxes(self, obj: Submission) -> str:
        url = reverse("admin:faxsend_fax_changelist")
        return format_html('<a href="{}?submission__id__exact={}">{}</a>', url, obj.pk, obj.total)


@admin.register(ContactList)
class ContactListAdmin(LookOnly, ModelAdmin[ContactList]):
    list_display = ["name", "account", "created_at", "its_entries"]
    list_select_related = ["account"]
    search_fields = ["name", "account__name"]
    ordering = ["account__name", "name"]

    @admin.display(description=_("List entries"))
    def its_entries(self, obj: ContactList) -> str:
        url = reverse("admin:faxsend_contact_changelist")
        return format_html('<a href="{}?contact_list__id__exact={}">{}</a>', url, obj.pk, gettext("Show"))


@admin.register(Contact)
class ContactAdmin(LookOnly, ModelAdmin[Contact]):
    list_display = ["number", "name", "company", "contact_list", "created_at"]
    list_select_related = ["contact_list"]
    search_fields = ["number", "contact_list__name", "contact_list__account__name"]
    ordering = ["-id"]
    show_full_result_count = False


@admin.register(SendingProperties)
class SendingPropertiesAdmin(ModelAdmin[SendingProperties]):
    form = SendingPropertiesForm
    list_display = ["account", "max_attempts", "retry_interval", "resolution"]
    list_filter = ["resolution"]
    list_select_related = ["account"]
    search_fields = ["account__name"]
    autocomplete_fields = ["account"]
    ordering = ["account__name"]


@admin.register(SeenSignature)
class SeenSignatureAdmin(LookOnly, ModelAdmin[SeenSignature]):
    """Signatures that have proven an order: for looking up why a mail was taken for a captured one."""

    list_display = ["__str__", "account", "seen_at"]
    list_select_related = ["account"]
    search_fields = ["digest", "account__name"]
    date_hierarchy = "seen_at"
    ordering = ["-seen_at", "-id"]
    show_full_result_count = False
