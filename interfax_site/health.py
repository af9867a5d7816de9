"""What a supervisor or load balancer asks."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse


def livez(request: HttpRequest) -> HttpResponse:
    """200 as soon as this process can answer at all."""
    return HttpResponse("ok\n", content_type="text/plain")
