"""What operators have to look at now, in words: the same facts as the gauges of monitoring, with their bounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from redis.exceptions import RedisError

from accounts.installation import is_held
from certificates.standing import ends_soon, last_day
from faxsend import heartbeats, workload
from faxsend.states import FaxStatus
from notifications.relay_state import is_down

LATE = {"intake": timedelta(minutes=5), "mail": timedelta(minutes=15), "transmit": timedelta(minutes=15)}
"""How long work that is due may wait for a worker. Faxes may wait longer while all lines call."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """``url``: where something can be done about it, or empty."""

    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class QueueState:
    """A queue as operators see it; ``alive``: its workers have been heard of."""

    depth: workload.Depth
    alive: bool
    lag: timedelta


@dataclass(frozen=True, slots=True)
class Overview:
    """Of one moment."""

    queues: Sequence[QueueState]
    alarms: Sequence[Alarm]
    calls: int
    lines: int


def overview(at: datetime) -> Overview:
    """Everything on one page; a broker that does not answer is one of the alarms."""
    signs = _signs()
    alive = {part: heartbeats.is_alive((signs or {}).get(part), at) for part in heartbeats.PARTS}
    depths, calls = workload.depths(at), workload.calls_under_way()
    alarms = [*_of_the_processes(signs, alive), *_of_the_service_certificate(at), *_of_decisions()]
    if not is_held():  # what waits then waits as it should, and the notice of the hold tells of it
        alarms += _of_late_work(depths, at, lines_are_free=calls < settings.FAX_LINES)
        alarms += [*_of_the_carrier(at), *_of_the_relay()]
    queues = [QueueState(depth, alive[depth.queue], depth.lag(at)) for depth in depths]
    return Overview(queues, alarms, calls, settings.FAX_LINES)


def _signs() -> Mapping[str, datetime | None] | None:
    try:
        return heartbeats.last_signs()
    except (RedisError, OSError):
        return None


def _of_the_processes(
    signs: Mapping[str, datetime | None] | None, alive: Mapping[str, bool]
) -> Iterator[Alarm]:
    if signs is None:
        yield Alarm(_("The broker does not answer: work stands still. Nothing is lost."))
        return
    for queue in heartbeats.QUEUES:
        if not alive[queue]:
            yield Alarm(_("No worker of this queue has been heard of: %(queue)s.") % {"queue": queue})
    if not alive[heartbeats.BEAT]:
        yield Alarm(_("Beat has not been heard of: retries and deadlines stand still."))


def _of_late_work(depths: Sequence[workload.Depth], at: datetime, *, lines_are_free: bool) -> Iterator[Alarm]:
    texts = {
        "intake": _("Mails have been waiting for %(minutes)d minutes to be read."),
        "transmit": _("Faxes have been due for %(minutes)d minutes although lines are free."),
        "mail": _("Mails have been waiting for %(minutes)d minutes to be sent."),
    }
    for depth in depths:
        lag = depth.lag(at)
        if lag > LATE[depth.queue] and (depth.queue != "transmit" or lines_are_free):
            yield Alarm(texts[depth.queue] % {"minutes": lag // timedelta(minutes=1)})


def _of_the_carrier(at: datetime) -> Iterator[Alarm]:
    if count := workload.faxes_not_dialled(at):
        text = ngettext(
            "For %(count)d fax no call can be placed: is the carrier's server there, and its modems?",
            "For %(count)d faxes no call can be placed: is the carrier's server there, and its modems?",
            count,
        )
        yield Alarm(text % {"count": count}, f"{reverse('admin:faxsend_fax_changelist')}?state=queued")


def _of_the_relay() -> Iterator[Alarm]:
    if is_down():
        text = _("The mail relay cannot be reached: mail waits, and none is given up.")
        yield Alarm(text, reverse("admin:notifications_relay_changelist"))


def _of_the_service_certificate(at: datetime) -> Iterator[Alarm]:
    url = reverse("admin:certificates_serviceidentity_changelist")
    if last_day(at) is None:
        yield Alarm(_("There is no valid service certificate: no mail can be signed."), url)
    elif (end := ends_soon(at)) is not None:
        text = _("The service certificate ends on %(day)s: make a successor.")
        yield Alarm(text % {"day": f"{end:%Y-%m-%d}"}, url)


def _of_decisions() -> Iterator[Alarm]:
    if parked := workload.parked_mails():
        text = ngettext(
            "%(count)d parked mail waits for your decision.",
            "%(count)d parked mails wait for your decision.",
            parked,
        )
        url = reverse("admin:faxsend_inboundmessage_changelist")
        yield Alarm(text % {"count": parked}, f"{url}?status__exact=parked")
    if uncertain := workload.open_faxes()[FaxStatus.UNCERTAIN]:
        text = ngettext(
            "Of %(count)d fax nobody knows whether it arrived.",
            "Of %(count)d faxes nobody knows whether they arrived.",
            uncertain,
        )
        url = reverse("admin:faxsend_fax_changelist")
        yield Alarm(text % {"count": uncertain}, f"{url}?state=uncertain")
