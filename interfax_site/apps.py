from __future__ import annotations

import gc

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """The last app to be ready: garbage is looked for from here on. The settings have put it off until now."""

    name = "interfax_site"

    def ready(self) -> None:
        gc.freeze()
        gc.enable()
