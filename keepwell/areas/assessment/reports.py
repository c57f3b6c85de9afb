"""The sections of a report on maturity: one page for who decides, the map, the years, the gaps, how the sites lie."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.assessment.models import Recommendation
from keepwell.areas.assessment.rules.comparing import TOGETHER
from keepwell.areas.assessment.rules.outlines import WHOLE, Line
from keepwell.areas.assessment.rules.planning.sheets import Plan, plan_of
from keepwell.areas.assessment.rules.planning.simulating import simulate
from keepwell.areas.assessment.rules.reading import beside
from keepwell.areas.assessment.rules.reading.drawing import drawn
from keepwell.areas.assessment.rules.reading.maps import name_of, scope_name
from keepwell.areas.assessment.rules.reading.reports import Report
from keepwell.areas.assessment.rules.reading.shades import told
from keepwell.areas.assessment.rules.reading.sheets import table_on_paper
from keepwell.areas.assessment.rules.reading.walks import label
from keepwell.areas.assessment.rules.reading.years import ON_PAPER, years_chart
from keepwell.kernel.rounding import half_up
from keepwell.platform.publishing.blocks import Block, Cell, Column, Table, Text
from keepwell.platform.publishing.format import number, signed
from keepwell.platform.publishing.section import section

MOST_CATEGORIES, MOST_DRAWN, MOST_PLANNED = 10, 40, 15
"""The categories that a report of a site names; the lines that a drawing of the map holds and can be read on paper;
the gaps and actions of the plan that it names."""


@section("assessment.executive", _("At a glance"))
def tell_executive(report: Report) -> list[Block]:
    """How the unit stands by function, beside its target and the cycle before; how complete the cycle is."""
    if report.row is None:
        return [Text((gettext("Nothing here was assessed in this cycle."),))]
    every, validated = report.states()
    words = {"validated": validated, "all": every, "method": report.cycle.get_method_display(),
             "weights": report.cycle.get_weights_display(), "scale": report.cycle.scale,
             "counting": report.cycle.get_counting_display()}  # fmt: skip
    basis = gettext(
        "%(validated)d of %(all)d assessments are validated. Scale: %(scale)s. Reckoned by %(method)s; weights: %(weights)s. "
        "Which score counts: %(counting)s."
    )
    return [_standing(report), Text((basis % words,))]


def _standing(report: Report) -> Table:
    columns = [Column(gettext("Function"), weight=3), Column(gettext("Scope"), weight=3)]
    columns += [
        Column(head, "number", places=1) for head in (gettext("Score"), gettext("Target"), gettext("Gap"))
    ]
    if report.cycle.previous is not None:
        columns += [
            Column(str(report.cycle.previous.year), "number", places=1),
            Column(pgettext("assessment", "Change"), "number"),
        ]
    heads = [(line.code, name_of(line)) for line in report.shown.columns] + [(WHOLE, gettext("All"))]
    rows = [
        _line(report, code, name, scope)
        for code, name in heads for scope in report.scopes if scope != TOGETHER or code == WHOLE
    ]  # fmt: skip
    return Table(gettext("Score, target and year before"), tuple(columns), tuple(row for row in rows if row))


def _line(report: Report, code: str, name: str, scope: str) -> tuple[Cell, ...]:
    cell = report.row.cell(scope, code) if report.row is not None else None
    if cell is None:
        return ()
    found: list[Cell] = [name, scope_name(scope), cell.shown, cell.shown_target, cell.gap]
    if report.cycle.previous is not None:
        before = told(cell.last, report.cycle.method)
        found += [Decimal(before) if before and not before.endswith("%") else None,
                  signed(cell.change, 1) if cell.change is not None else None]  # fmt: skip
    return tuple(found)


@section("assessment.map", _("Units by function"))
def tell_map(report: Report) -> list[Block]:
    """The map: drawn in its colours where it can be read so, else as a table."""
    if report.is_of_site or not report.shown.rows:
        return []
    if len(report.sheet.lines) <= MOST_DRAWN:
        return [drawn(report.sheet, _noticed(report))]
    above = report.sheet.only_above()
    return [drawn(above, _noticed(report)), table_on_paper(report.sheet, gettext("Every site"))]


def _noticed(report: Report) -> tuple[str, ...]:
    """What lies furthest below its target, under a head; nothing where nothing does."""
    found = beside.concerns(report.shown)
    said = [
        gettext("%(site)s, %(what)s %(scope)s: %(value)s, %(amount)s below") % {
            "site": pick.row.unit.name_here, "what": pick.name, "scope": pick.scope,
            "value": report.value(pick.cell), "amount": pick.amount}
        for pick in found
    ]  # fmt: skip
    return (gettext("Furthest below target"), *said) if said else ()


@section("assessment.years", _("Over the years"))
def tell_years(report: Report) -> list[Block]:
    """The trend over the versions of the framework; a sentence where no year has enough answers."""
    chart = years_chart(report.cycle, report.unit, person=report.person, height=ON_PAPER)
    if not chart.spec["layer"]:
        return [Text((gettext("No year of this unit may be seen, or none has enough answers."),))]
    return [chart]


@section("assessment.gaps", _("Gaps"))
def tell_gaps(report: Report) -> list[Block]:
    """What lies furthest below its target, what rose most, and what is missed most; of a site by category."""
    blocks: list[Block] = []
    concerns, improved = beside.concerns(report.shown), beside.improved(report.shown)
    if concerns:
        blocks.append(_picked(report, gettext("Furthest below target"), concerns, gettext("Below")))
    if improved:
        blocks.append(
            _picked(report, gettext("Risen most since the cycle before"), improved, gettext("More"))
        )
    if report.is_of_site:
        fine = beside.concerns(report.fine, MOST_CATEGORIES)
        return (
            [*blocks, _picked(report, gettext("Categories furthest below target"), fine, gettext("Below"))]
            if fine
            else _or_none(blocks)
        )
    missed = beside.missed(report.fine)
    if missed:
        columns = (Column(gettext("Category"), weight=6), Column(gettext("Scope"), weight=2),
                   Column(gettext("Sites below"), "number"), Column(gettext("Sites with a target"), "number"))  # fmt: skip
        rows = tuple((one.name, one.scope_here, one.below, one.sites) for one in missed)
        blocks.append(Table(gettext("Missed at most sites"), columns, rows))
    return _or_none(blocks)


def _or_none(blocks: list[Block]) -> list[Block]:
    return blocks or [Text((gettext("Nothing lies below its target."),))]


def _picked(report: Report, caption: str, picks: list[beside.Pick], what: str) -> Table:
    """Figures by themselves; the report of a site need not name it in each line."""
    site = () if report.is_of_site else (Column(gettext("Site"), weight=2),)
    columns = (*site, Column(gettext("Requirement"), weight=3), Column(gettext("Scope"), weight=2),
               Column(gettext("Score"), "number", places=1), Column(gettext("Target"), "number", places=1),
               Column(what, "number", places=1))  # fmt: skip
    rows = [(pick.row.unit.name_here, pick.name, pick.scope, pick.cell.shown, pick.cell.shown_target, pick.amount)
            for pick in picks]  # fmt: skip
    return Table(caption, columns, tuple(row[1:] if report.is_of_site else row for row in rows))


@section("assessment.plan", _("Plan"))
def tell_plan(report: Report) -> list[Block]:
    """What is to be done about the gaps, the foremost first, and what the year after would come to by it; of a site
    its actions with who carries them out and by when."""
    plan = plan_of(
        report.cycle, report.shown.outline, person=report.person, day=report.day, below=report.unit
    )
    if not plan.groups:
        return [Text((gettext("Nothing was recommended in this cycle yet."),))]
    blocks: list[Block] = [Text(tuple(_planned(report, plan))), _by_priority(report, plan)]
    actions = _actions(report) if report.is_of_site else None
    return [*blocks, actions] if actions is not None else blocks


def _planned(report: Report, plan: Plan) -> Iterator[str]:
    counts = {
        "gaps": number(plan.gaps), "proposed": number(plan.proposed), "planned": number(plan.planned),
        "done": number(plan.done), "late": number(plan.late),
    }  # fmt: skip
    yield gettext("%(gaps)s gaps: %(proposed)s to be decided, %(planned)s as open actions, %(late)s of them late, "
                  "%(done)s done.") % counts  # fmt: skip
    if plan.costs:
        costs = ", ".join(f"{currency} {number(half_up(cost))}" for currency, cost in plan.costs)
        yield gettext("What is planned and done costs %(costs)s.") % {"costs": costs}
    row = simulate(report.cycle, person=report.person).shown.row(report.unit)
    cells = [row.cell(scope) for scope in reversed(report.scopes)] if row is not None else []
    cell = next(
        (one for one in cells if one is not None and one.value is not None and one.last is not None), None
    )
    if cell is not None:  # IT and OT together, or what of them has a score
        method = report.cycle.method
        yield gettext("Simulated: once the plan is carried out, %(now)s becomes %(then)s.") % {
            "now": told(cell.last, method), "then": told(cell.value, method)}  # fmt: skip


def _by_priority(report: Report, plan: Plan) -> Table:
    columns = [
        Column(gettext("Requirement"), weight=5), Column(gettext("Scope")), Column(gettext("Sites"), "number"),
        Column(gettext("Priority"), "number", places=2), Column(gettext("Gap"), "number", places=1),
        Column(gettext("To decide"), "number"), Column(gettext("Open"), "number"), Column(gettext("Done"), "number"),
    ]  # fmt: skip
    rows: list[tuple[Cell, ...]] = [
        (_part_of(report, one.line), scope_name(one.scope), one.shared_by, one.priority, one.largest, one.proposed,
         one.planned, one.done)
        for one in plan.groups[:MOST_PLANNED]
    ]  # fmt: skip
    if report.is_of_site:
        del columns[2]
        rows = [(*row[:2], *row[3:]) for row in rows]
    return Table(gettext("Gaps by priority"), tuple(columns), tuple(rows))


def _part_of(report: Report, line: Line) -> str:
    """A requirement by its code and the name of what it belongs to: it has no name of its own."""
    parent = report.shown.outline.by_code.get(line.parent)
    return label(line) if parent is None or line.title else f"{line.code} {name_of(parent)}"


def _actions(report: Report) -> Table | None:
    """The actions of a site for its gaps, by the day they are due; None without any."""
    rows = Recommendation.objects.current().visible_to(report.person).filter(
        assessment__cycle=report.cycle, assessment__unit=report.unit, action__isnull=False
    )  # fmt: skip
    held = rows.select_related("node", "action__owner", "action__unit").order_by("action__due_on", "pk")
    columns = (Column(gettext("Requirement"), weight=2), Column(gettext("Action"), weight=6),
               Column(gettext("Owner"), weight=3), Column(gettext("Due"), "date"),
               Column(gettext("State"), weight=2))  # fmt: skip
    told_of = tuple(
        (one.node.code, one.action.title_here, str(one.action.owner), one.action.due_on,
         gettext("Overdue") if one.action.is_late(report.day) else one.action.get_state_display())
        for one in held[:MOST_PLANNED]
    )  # fmt: skip
    return Table(gettext("Actions"), columns, told_of) if told_of else None


@section("assessment.spread", _("How the sites lie"))
def tell_spread(report: Report) -> list[Block]:
    """The distribution of the sites, and OT beside IT; nothing for a site by itself, or where no site has a score."""
    if report.is_of_site or not beside.distribution(report.shown):
        return []
    blocks: list[Block] = [beside.distribution_chart(report.shown, report.cycle)]
    return [*blocks, beside.twins_chart(report.shown)] if beside.twins(report.shown) else blocks
