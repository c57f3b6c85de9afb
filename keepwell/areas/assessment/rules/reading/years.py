"""The years of one unit as a chart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from django.utils.translation import gettext

from keepwell.areas.assessment.models import Cycle, Scope, View
from keepwell.areas.assessment.rules.benchmarks import Against
from keepwell.areas.assessment.rules.outlines import WHOLE
from keepwell.areas.assessment.rules.reading.charts import Peer, Years, over_years
from keepwell.areas.assessment.rules.reading.maps import scope_name
from keepwell.areas.assessment.rules.reading.wishes import Spot
from keepwell.areas.assessment.rules.trends import Point, Trend, trend
from keepwell.platform.people.models import Person
from keepwell.platform.publishing.blocks import Chart
from keepwell.platform.tree.models import Unit

HEIGHT, ON_PAPER = 260, 200
Opens = Callable[[UUID, Spot], str]


def years_chart(cycle: Cycle, unit: Unit, *, person: Person, code: str = WHOLE, view: View = View.COUNTING,
                id: str = "years", against: Against | None = None, height: int = HEIGHT,
                opens: Opens | None = None) -> Chart:  # fmt: skip
    """IT and OT of a unit, and both together where sites assess them so, as far as `person` may see them; what a
    benchmark says beside them; `opens` tells where a figure of a cycle leads to."""
    lines, peers = [], []
    for place, scope in enumerate(Scope):
        found = trend(cycle, unit, person=person, scope=scope, code=code, view=view)
        if _tells(found):
            lines.append(Years(scope_name(scope), found, place, leads(opens, Spot(unit.code, scope, code))))
            value = against.exact(scope, code) if against is not None else None
            if against is not None and value is not None:
                peers.append(Peer(against.benchmark.year, against.benchmark.name, scope_name(scope), value))
    title = gettext("%(unit)s, %(what)s, over the years") % {
        "unit": unit.name_here,
        "what": code or gettext("all requirements"),
    }
    return over_years(id, title, lines, cycle, height=height, peers=peers)


def leads(opens: Opens | None, spot: Spot) -> Callable[[Point], str] | None:
    """Where a point leads: to the figure in its own cycle; one that is estimated to the whole of what it was restated
    from."""
    if opens is None:
        return None
    return lambda point: opens(point.cycle_id, replace(spot, code=WHOLE) if point.is_estimated else spot)


def _tells(found: Trend) -> bool:
    return any(point.value is not None for point in (*found.points, *found.restated))
