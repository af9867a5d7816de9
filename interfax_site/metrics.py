"""What Prometheus reads: gauges that are counted in the database when it asks, the same from every process.

Names and label values are parts of the product (queues, states, classes of refusals): no address, no number, nothing
of a customer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from django.conf import settings
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from accounts.installation import is_held
from certificates.identity import opening_rows
from faxsend import workload
from interfax_site.readiness import recent
from notifications.relay_state import is_down

DAY_SECONDS = 86_400.0


def exposition(at: datetime) -> bytes:
    """All gauges in the text format of Prometheus; without a database those that need none."""
    registry = CollectorRegistry()
    registry.register(Gauges(at))
    return generate_latest(registry)


class Gauges(Collector):
    """One look at ``at``."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def describe(self) -> list[Metric]:
        """Nothing: to register must not look."""
        return []

    def collect(self) -> Iterator[Metric]:
        parts = recent().parts
        yield _by("interfax_ready", "1: this part can do its work", "part", parts)
        if parts["database"] and parts["migrations"]:
            yield from self._of_the_database()

    def _of_the_database(self) -> Iterator[Metric]:
        yield _one("interfax_held", "1: nothing is dialled or mailed until it is released", is_held())
        yield from self._of_the_queues()
        yield from self._of_faxes()
        yield from self._of_mails()
        days = {
            row.fingerprint[:16]: self._days_until(row.not_after)
            for row in opening_rows().defer("private_key")
        }
        yield _by("interfax_certificate_days", "Days until a service certificate ends", "fingerprint", days)

    def _of_the_queues(self) -> Iterator[Metric]:
        depths = {depth.queue: depth for depth in workload.depths(self.at)}
        waiting = {name: depth.waiting for name, depth in depths.items()}
        due = {name: depth.due for name, depth in depths.items()}
        lags = {name: depth.lag(self.at).total_seconds() for name, depth in depths.items()}
        yield _by("interfax_queue_waiting", "Work that waits, also for later", "queue", waiting)
        yield _by("interfax_queue_due", "Work that is due and not done", "queue", due)
        yield _by("interfax_queue_lag_seconds", "How long the first of it has been due", "queue", lags)

    def _of_faxes(self) -> Iterator[Metric]:
        ended, not_dialled = workload.ended_faxes(self.at), workload.faxes_not_dialled(self.at)
        yield _by("interfax_faxes", "Faxes in states that are not final", "status", workload.open_faxes())
        yield _by("interfax_faxes_ended_last_day", "Faxes that ended in the last 24 hours", "status", ended)
        yield _one("interfax_faxes_not_dialled", "Faxes for which no carrier can place a call", not_dialled)
        yield _one("interfax_lines", "Calls that are made at the same time", settings.FAX_LINES)
        yield _one("interfax_lines_in_use", "Calls under way", workload.calls_under_way())

    def _of_mails(self) -> Iterator[Metric]:
        refused = workload.recent_refusals(self.at)
        yield _one("interfax_mails_parked", "Mails that wait for an operator", workload.parked_mails())
        yield _by("interfax_mails_refused_last_day", "Mails refused in the last 24 hours", "code", refused)
        yield _one("interfax_relay_down", "1: the mail relay cannot be reached", is_down())

    def _days_until(self, moment: datetime) -> float:
        return (moment - self.at).total_seconds() / DAY_SECONDS


def _one(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


def _by(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=[label])
    for key, value in sorted(values.items()):
        family.add_metric([key], value)
    return family
