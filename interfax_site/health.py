"""What a supervisor, a load balancer and a monitoring system ask."""

from __future__ import annotations

import hmac
import ipaddress

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from interfax_site import metrics
from interfax_site.readiness import recent

_FORWARDED = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Via")
"""With one of these header fields the address is a proxy's, whoever asked it."""


def livez(request: HttpRequest) -> HttpResponse:
    """200 as soon as this process can answer at all."""
    return HttpResponse("ok\n", content_type="text/plain")


def readyz(request: HttpRequest) -> HttpResponse:
    """Each part and whether it can do its work, as JSON; 503 unless all can. It tells nothing else."""
    readiness = recent()
    answer = {
        "ready": readiness.ready,
        "parts": {part: "ok" if ok else "failed" for part, ok in readiness.parts.items()},
    }
    return _fresh(JsonResponse(answer, status=200 if readiness.ready else 503))


def metrics_page(request: HttpRequest) -> HttpResponse:
    """The text format of Prometheus, 0.0.4; 403 for whoever may not read it, 503 without a database."""
    if not may_read_metrics(request):
        return HttpResponse("forbidden\n", status=403, content_type="text/plain")
    text = metrics.exposition(timezone.now())
    return _fresh(HttpResponse(text, content_type=CONTENT_TYPE_PLAIN_0_0_4))


def may_read_metrics(request: HttpRequest) -> bool:
    """By the token, or by an address in ``METRICS_NETWORKS`` that asks without a proxy.

    Without ``METRICS_NETWORKS`` and token nobody may.
    """
    kind, _, shown = request.headers.get("Authorization", "").partition(" ")
    if settings.METRICS_TOKEN and kind.lower() == "bearer":
        return hmac.compare_digest(shown.encode(), settings.METRICS_TOKEN.encode())
    if any(name in request.headers for name in _FORWARDED):
        return False
    return _is_in_networks(request.META.get("REMOTE_ADDR", ""))


def _is_in_networks(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:  # a Unix socket: whoever stands before us there
        return False
    return any(address in ipaddress.ip_network(network) for network in settings.METRICS_NETWORKS)


def _fresh(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    return response
