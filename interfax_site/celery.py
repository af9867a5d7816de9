"""The Celery application. PostgreSQL holds all work; a task only says "look"."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "interfax_site.settings")


@setup_logging.connect
def leave_logging_alone(**_kwargs: Any) -> None:
    """Celery would set the level of everything to WARNING: LOG_LEVEL is what operators set."""


app = Celery("interfax_site")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add("interfax_site.beating:KeySecretsNeeded")
app.steps["consumer"].add("interfax_site.beating:Heartbeat")
