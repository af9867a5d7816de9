"""What operators see of accounts, the people who log in and the addresses that may fax."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.calling_codes import CallingCodesField
from accounts.models import Account, AuthorizedSender, User
from accounts.operators import ModelAdmin, ModelForm, TabularInline
from accounts.operators import UserAdmin as BaseUserAdmin


class SenderInline(TabularInline[AuthorizedSender, Account]):
    model = AuthorizedSender
    extra = 0
    fields = ["address", "verified_at"]


class UserInline(TabularInline[User, Account]):
    """Who logs in for the account; to add a person or set a password, open the user."""

    model = User
    extra = 0
    fields = ["username", "email", "is_active", "last_login"]
    readonly_fields = ["username", "email", "is_active", "last_login"]
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class AccountForm(ModelForm[Account]):
    allowed_countries = CallingCodesField(
        label=_("Allowed countries"),
        help_text=_("Calling codes, separated by commas: 81, 1, 44. Empty: all countries."),
        required=False,
    )

    class Meta:
        model = Account
        fields = "__all__"


@admin.register(Account)
class AccountAdmin(ModelAdmin[Account]):
    """An account is never deleted here: with it would go the proof of what it has sent."""

    form = AccountForm
    list_display = ["name", "language", "time_zone", "credit_limit", "signature_required", "created_at"]
    list_filter = ["signature_required", "encrypted_proof_required", "language"]
    search_fields = ["name", "senders__address", "users__username"]
    date_hierarchy = "created_at"
    ordering = ["name"]
    readonly_fields = ["created_at"]
    inlines = [UserInline, SenderInline]

    def has_delete_permission(self, request: HttpRequest, obj: Account | None = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(BaseUserAdmin[User]):
    """People of accounts, and operators, who have none."""

    list_display = ["username", "account", "email", "is_active", "is_staff", "last_login"]
    list_filter = ["is_staff", "is_active"]
    list_select_related = ["account"]
    search_fields = ["username", "email", "account__name"]
    autocomplete_fields = ["account"]
    fieldsets = (
        (None, {"fields": ("username", "password", "account")}),
        (_("Person"), {"fields": ("last_name", "first_name", "email")}),
        (
            _("Permissions"),
            {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")},
        ),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "classes": ("wide",),
                "fields": ("username", "account", "email", "usable_password", "password1", "password2"),
            },
        ),
    )
    readonly_fields = ["last_login", "date_joined"]


class AuthorizedSenderForm(ModelForm[AuthorizedSender]):
    class Meta:
        model = AuthorizedSender
        fields: ClassVar = ["account", "address", "verified_at"]
        help_texts: ClassVar = {
            "verified_at": _("Mail from this address is accepted once this is set."),
        }


@admin.register(AuthorizedSender)
class AuthorizedSenderAdmin(ModelAdmin[AuthorizedSender]):
    form = AuthorizedSenderForm
    list_display = ["address", "account", "verified_at", "created_at"]
    list_filter = [("verified_at", admin.EmptyFieldListFilter)]
    list_select_related = ["account"]
    search_fields = ["address", "account__name"]
    autocomplete_fields = ["account"]
    date_hierarchy = "created_at"
    ordering = ["address"]
