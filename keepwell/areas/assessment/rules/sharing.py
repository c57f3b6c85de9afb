"""What of a cycle may leave the house without a name: quartiles of one's own sites, and sites by an alias."""

from __future__ import annotations

import csv
import io
import json
from base64 import b32encode
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from django.utils.translation import gettext

from keepwell.areas.assessment.models import Cycle, Scope
from keepwell.areas.assessment.rules.comparing import HeatMap, heat_map
from keepwell.areas.assessment.rules.outlines import WHOLE
from keepwell.areas.assessment.rules.results import shown
from keepwell.areas.assessment.rules.working import LEAST_FOR_QUARTILES, LEAST_PEERS
from keepwell.kernel.refusing import Refused
from keepwell.kernel.rollup.means import exact_mean
from keepwell.kernel.rollup.spread import spread
from keepwell.kernel.rollup.tree import Method
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import require
from keepwell.platform.people.roles import Level
from keepwell.platform.tree.models import Unit

LEAST_SITES = LEAST_PEERS
"""The fewest sites of which a mean and a median are given, so that they tell no single site's score."""
FORM = "keepwell.benchmark/1"
FORMS = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
HEADINGS = ("benchmark", "code", "scope", "sample", "mean", "first_quartile", "median", "third_quartile")
SHORT, LONG = 5, 13


@dataclass(frozen=True)
class Quartiles:
    """How one's own sites lie at a requirement in a scope: printed values, one decimal, halves up."""

    code: str
    scope: str
    sites: int
    mean: Decimal | None
    first_quartile: Decimal | None
    median: Decimal | None
    third_quartile: Decimal | None


def own_quartiles(cycle: Cycle, *, person: Person) -> list[Quartiles]:
    """The quartiles of all sites of a cycle by function and over all, IT and OT apart, five sites at least; of
    fewer than nine only mean and median, since their quartiles would tell single scores.

    It needs the right to view the cycle's unit whole. Every site counts alike. Raises PermissionDenied, or Refused
    where there is nothing to tell.
    """
    require(person, "assessment", Level.VIEW, cycle.unit)
    if cycle.method == Method.SHARE_AT_TARGET:
        raise Refused(
            gettext("%(cycle)s tells shares at target; a benchmark tells scores.") % {"cycle": cycle}
        )
    found = list(_quartiles(heat_map(cycle, person=person)))
    if not found:
        raise Refused(
            gettext("Fewer than %(least)d sites have a score; nothing is given of so few.")
            % {"least": LEAST_SITES}
        )
    return found


def _quartiles(shown_map: HeatMap) -> Iterator[Quartiles]:
    above = {row.parent for row in shown_map.rows}
    sites = [row for row in shown_map.rows if row.unit.pk not in above]
    for code in (*(line.code for line in shown_map.columns), WHOLE):
        for scope in Scope:
            cells = (row.cell(scope, code) for row in sites)
            values = [cell.value for cell in cells if cell is not None and cell.value is not None]
            lies = spread((value, None) for value in values)
            if lies is not None and lies.count >= LEAST_SITES:
                has_quartiles = lies.count >= LEAST_FOR_QUARTILES
                first, third = (lies.first_quartile, lies.third_quartile) if has_quartiles else (None, None)
                five = (exact_mean(values), first, lies.median, third)
                yield Quartiles(code, scope.value, lies.count, *map(shown, five))


def quartiles_file(cycle: Cycle, form: str, *, person: Person) -> bytes:
    """The same as a file, "csv" or "json": what a register of benchmarks elsewhere takes in. Nobody is named."""
    found = own_quartiles(cycle, person=person)
    if form == "json":
        return (json.dumps(_document(cycle, found), ensure_ascii=False, indent=2) + "\n").encode()
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\r\n")
    out.writerow(HEADINGS)
    out.writerows([_name(cycle), *_cells(one)] for one in found)
    return text.getvalue().encode()


def _document(cycle: Cycle, found: Iterable[Quartiles]) -> dict[str, Any]:
    return {
        "form": FORM, "benchmark": _name(cycle), "year": cycle.year, "framework": cycle.framework_version.code,
        "scale": cycle.scale.code, "lowest": str(cycle.scale.lowest), "highest": str(cycle.scale.highest),
        "method": cycle.method, "sites_count": "alike", "least_sites": LEAST_SITES,
        "least_for_quartiles": LEAST_FOR_QUARTILES,
        "quartiles": "Hyndman and Fan 1996, type 7", "rounding": "one decimal, halves away from zero",
        "figures": [dict(zip(HEADINGS[1:], _cells(one), strict=True)) for one in found],
    }  # fmt: skip


def _name(cycle: Cycle) -> str:
    """What the file calls itself: year and framework, and nothing of whose it is."""
    return f"peer-{cycle.year}-{cycle.framework_version.code}"


def _cells(one: Quartiles) -> list[str]:
    numbers = (one.sites, one.mean, one.first_quartile, one.median, one.third_quartile)
    return [one.code, one.scope, *("" if number is None else str(number) for number in numbers)]


def aliases(cycle: Cycle, sites: Iterable[Unit]) -> dict[UUID, str]:
    """What each site is called where it is not to be named: the same within a cycle, another in the next.

    It follows from the ids of cycle and site, which no file with aliases holds: who knows both can tell.
    """
    names = {site.pk: b32encode(uuid5(cycle.pk, str(site.pk)).bytes).decode() for site in sites}
    taken = Counter(name[:SHORT] for name in names.values())
    return {
        pk: gettext("Site %(alias)s") % {"alias": name[: SHORT if taken[name[:SHORT]] == 1 else LONG]}
        for pk, name in names.items()
    }
