"""What operators see of outgoing mail: its way, never its words."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.operators import LookOnly, ModelAdmin
from notifications.models import ForwardingAddress, NotificationPreference, OutgoingMail


@admin.register(OutgoingMail)
class OutgoingMailAdmin(LookOnly, ModelAdmin[OutgoingMail]):
    list_display = [
        "key",
        "recipient",
        "state",
        "protection",
        "tries",
        "next_try_at",
        "created_at",
        "sent_at",
    ]
    list_filter = ["state", "protection"]
    search_fields = ["key", "recipient", "message_id"]
    date_hierarchy = "created_at"
    ordering = ["-created_at", "-id"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[OutgoingMail]:
        return super().get_queryset(request).defer("content", "wire")


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
