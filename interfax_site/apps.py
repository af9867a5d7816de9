from __future__ import annotations

import gc

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """The last app to be ready: from here on there may be garbage. The settings are its first line."""

    name = "interfax_site"

    def ready(self) -> None:
        gc.freeze()
        gc.enable()
