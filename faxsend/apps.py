from __future__ import annotations

from django.apps import AppConfig


class FaxsendConfig(AppConfig):
    name = "faxsend"
