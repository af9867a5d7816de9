"""The project: settings, site map, Celery application and what ``./run`` does."""

from interfax_site.celery import app as celery_app

__all__ = ["celery_app"]
