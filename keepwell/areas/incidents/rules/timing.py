"""When the tasks of an incident are due: so long after an event of it, or before or after a clock of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Protocol

from keepwell.areas.incidents.models import Clock, Incident
from keepwell.areas.incidents.models.tasks import BY_CLOCK, After, moment_by


class Timed(Protocol):
    """What is due so many `minutes` from a moment that `after` names, of a clock also by `rule` and `stage`."""

    @property
    def after(self) -> str: ...
    @property
    def minutes(self) -> Any: ...  # Any: a number of minutes, None of what was added by hand
    @property
    def rule(self) -> str: ...
    @property
    def stage(self) -> str: ...


@dataclass
class Bases:
    """The moments of an incident from which the time of its tasks runs, each asked for once."""

    incident: Incident

    @cached_property
    def _clocks(self) -> list[Clock]:
        return list(Clock.objects.binding().filter(incident=self.incident))

    @cached_property
    def _level_since(self) -> datetime | None:
        return level_since(self.incident)

    def due(self, one: Timed) -> datetime | None:
        """When `one` is due; None: what it waits for has not come."""
        if one.after in BY_CLOCK:
            return moment_by(self._clocks, one)
        base = {
            After.AWARENESS: lambda: self.incident.awareness, After.LEVEL: lambda: self._level_since,
            After.CONTAINMENT: lambda: self.incident.contained_at,
        }[After(one.after)]()  # fmt: skip
        return base + timedelta(minutes=one.minutes or 0) if base else None


def level_since(incident: Incident) -> datetime | None:
    """Since when it has had its present level; None: it has none."""
    since: datetime | None = None
    for level, at in incident.classifications.order_by("-revision").values_list("level", "at"):
        if level != incident.level:
            break
        since = at
    return since
