"""The only way faxes change their state: by the table of ``states``, enforced by the UPDATE."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from faxsend.models import Fax
from faxsend.states import FaxStatus, sources_of


def move(faxes: QuerySet[Fax], target: FaxStatus, **facts: Any) -> int:
    """How many of ``faxes`` went to ``target``; those from whose state no way leads there stay."""
    return faxes.filter(status__in=sources_of(target)).update(status=target, **facts)


def move_one(fax_pk: int, target: FaxStatus, **facts: Any) -> bool:
    """Whether the fax of that key went there."""
    return move(Fax.objects.filter(pk=fax_pk), target, **facts) == 1


def locked(faxes: QuerySet[Fax]) -> list[int]:
    """The keys of ``faxes``, locked in their order: of two who lock many, none waits for the other in a circle."""
    return list(faxes.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
