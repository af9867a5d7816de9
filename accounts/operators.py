"""What the operators' pages of all apps are built on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db.models import Model
from django.http import HttpRequest

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin, TabularInline
    from django.contrib.auth.admin import UserAdmin
    from django.forms import ModelForm
else:
    # Generic for the type checker only: Django's own classes take no [Model] at run time.

    class Subscriptable:
        def __class_getitem__(cls, item: object) -> type:
            return cls

    class ModelAdmin(Subscriptable, admin.ModelAdmin):
        pass

    class TabularInline(Subscriptable, admin.TabularInline):
        pass

    class UserAdmin(Subscriptable, DjangoUserAdmin):
        pass

    class ModelForm(Subscriptable, forms.ModelForm):
        pass


class LookOnly:
    """Mixed into an admin, in front: nothing is added, changed or deleted."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


__all__ = ["LookOnly", "ModelAdmin", "ModelForm", "TabularInline", "UserAdmin"]
