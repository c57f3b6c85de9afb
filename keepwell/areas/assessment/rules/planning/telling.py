"""The plan of a cycle taken out: for programs as plain values, for people as a workbook."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext, pgettext

from keepwell.areas.assessment.models import Cycle
from keepwell.areas.assessment.rules.planning.sheets import Group, Plan, plan_of
from keepwell.areas.assessment.rules.planning.simulating import Simulation, simulate
from keepwell.areas.assessment.rules.reading.maps import name_of, scope_name
from keepwell.areas.assessment.rules.results import shown
from keepwell.platform.people.models import Person
from keepwell.platform.publishing.blocks import Column, Document, Table
from keepwell.platform.publishing.excel import write_excel
from keepwell.platform.tree.models import Unit

Told = dict[str, Any]


def told(simulation: Simulation, plan: Plan) -> Told:
    """The groups of a plan by priority, and each unit as it is and as it would be."""
    return {
        "cycle": plan.cycle.name, "groups": [_group(one) for one in plan.groups],
        "simulated": [
            {"unit": row.unit.code, "scope": scope, "code": code, "now": shown(cell.last), "then": cell.shown,
             "exact": None if cell.value is None else str(cell.value), "target": cell.shown_target}
            for row in simulation.shown.rows for (scope, code), cell in row.cells.items()
        ],
    }  # fmt: skip


def plan_told(cycle: Cycle, *, person: Person, day: date, at_target: bool = False, depth: int = 0) -> Told:
    """The plan of a cycle as far as `person` may see it."""
    found = simulate(cycle, person=person, depth=depth, at_target=at_target)
    return told(found, plan_of(cycle, found.shown.outline, person=person, day=day))


def plan_as_xlsx(
    cycle: Cycle, at: Unit, *, person: Person, day: date, language: str, at_target: bool = False
) -> bytes:
    """The same as a workbook in the present language: gaps by priority, and what the plan would come to, a sheet each."""
    found = simulate(cycle, person=person, at_target=at_target)
    plan = plan_of(cycle, found.shown.outline, person=person, day=day)
    document = Document(
        title=gettext("Plan, %(cycle)s") % {"cycle": cycle.name}, subtitle=str(cycle.framework_version),
        group=cycle.unit.name_here, language=language, as_of=day, state="current",
        blocks=(_gaps(plan), _simulated(found)),
    )  # fmt: skip
    return write_excel(document)


def _gaps(plan: Plan) -> Table:
    """A row for each requirement and scope."""
    heads = (gettext("Sites"), gettext("Priority"), gettext("Largest gap"), gettext("Uplift"), gettext("Proposed"),
             gettext("Planned"), gettext("Late"), gettext("Done"))  # fmt: skip
    places = (0, 2, 1, 1, 0, 0, 0, 0)
    columns = (
        Column(pgettext("requirement", "Code")), Column(gettext("Requirement"), weight=3), Column(gettext("Scope")),
        *(Column(head, "number", places=many) for head, many in zip(heads, places, strict=True)),
        Column(gettext("Cost of one level")),
    )  # fmt: skip
    rows = tuple(
        (one.line.code, name_of(one.line), scope_name(one.scope), one.shared_by, one.priority, one.largest, one.uplift,
         one.proposed, one.planned, one.late, one.done,
         ", ".join(f"{currency} {cost:,f}" for currency, cost in one.cost_per_level))
        for one in plan.groups
    )  # fmt: skip
    return Table(gettext("Gaps by priority"), columns, rows, empty=gettext("Nothing is recommended yet."))


def _simulated(found: Simulation) -> Table:
    """A row for each figure that there is."""
    columns = (
        Column(gettext("Unit")), Column(gettext("Scope")), Column(gettext("Requirement"), weight=2),
        Column(gettext("Now"), "number", places=1), Column(gettext("Simulated"), "number", places=1),
        Column(gettext("Target"), "number", places=1),
    )  # fmt: skip
    names = {line.code: name_of(line) for line in found.shown.columns}
    rows: list[tuple[str | Decimal | None, ...]] = [
        (row.unit.code, scope_name(scope), names.get(code, gettext("All")), shown(cell.last), cell.shown, cell.shown_target)
        for row in found.shown.rows for (scope, code), cell in row.cells.items()
    ]  # fmt: skip
    empty = gettext("There is no site here whose maturity you may see.")
    return Table(gettext("Simulated"), columns, tuple(rows), empty=empty)


def _group(one: Group) -> Told:
    return {
        "code": one.line.code, "scope": one.scope, "sites": one.shared_by, "priority": one.priority,
        "largest_gap": one.largest, "uplift": one.uplift, "cost_per_level": dict(one.cost_per_level),
        "proposed": one.proposed, "declined": one.declined, "planned": one.planned, "late": one.late,
        "done": one.done, "dropped": one.dropped, "initiatives": len(one.initiatives),
    }  # fmt: skip
