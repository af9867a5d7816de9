from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        from accounts import checks

        register(checks.check_installation, Tags.database)
        register(checks.check_letters, Tags.database)
        register(checks.check_secrets)
        register(checks.check_site)
        register(checks.check_key_secrets_are_there, deploy=True)
