"""The Celery application. PostgreSQL holds all work; a task only says "look"."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "interfax_site.settings")

app = Celery("interfax_site")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add("interfax_site.beating:KeySecretsNeeded")
app.steps["consumer"].add("interfax_site.beating:Heartbeat")
