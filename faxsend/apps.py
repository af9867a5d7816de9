from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import register
from django.utils.translation import gettext_lazy as _


class FaxsendConfig(AppConfig):
    name = "faxsend"
    verbose_name = _("Fax sending")

    def ready(self) -> None:
        from faxsend import checks

        register(checks.check_dns_resolver)
        register(checks.check_line)
        register(checks.check_carrier_is_real)
        register(checks.check_faults_are_for_tests, deploy=True)
