"""The WSGI application (not ASGI: measured 5 to 20 times slower under Django)."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "interfax_site.settings")

application = get_wsgi_application()
