"""Opening a cycle: in one act every site gets what is due, with last year's answers to examine anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from uuid import UUID

from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from keepwell.areas.assessment.models import Answer, Assessment, Cycle, Scope
from keepwell.areas.assessment.rules.carrying import Carrying
from keepwell.areas.assessment.rules.outlines import Outline, outline
from keepwell.areas.assessment.rules.places import answering
from keepwell.areas.assessment.rules.recounting import restate_earlier
from keepwell.areas.assessment.rules.weighing import require_weight, weights_of
from keepwell.areas.frameworks.models import Node
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.history.bulk import create_all
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level
from keepwell.platform.todos.owing import Owed, owe_all
from keepwell.platform.tree.models import Unit

ANSWERED_BY = "site_officer"
ANSWER = gettext_noop("Answer %(record)s")
Place = tuple[Unit, Scope]


@act(
    Level.DECIDE,
    label=_("Open the cycle"),
    offered=lambda cycle: cycle.is_draft and cycle.retired_at is None,
    explains=_(
        "Each site gets its assessment, with the answers of the cycle before to examine anew, and its security "
        "officer what is due. Framework, scale and sites stay as they are from then on."
    ),
)
def open_cycle(cycle: Cycle, *, by: Person) -> int:
    """Open a drafted cycle for every site chosen; returns how many assessments were made."""
    lines = outline(cycle.framework_version)
    if not cycle.framework_version.is_in_use or not lines.leaves:
        raise Refused(
            gettext("%(version)s is not in use; take it into use, then open the cycle.")
            % {"version": cycle.framework_version}
        )
    places = list(chosen(cycle))
    if not places:
        raise Refused(gettext("No site is chosen yet; choose the sites of IT, of OT or of both."))
    _require_below(cycle, [site for site, _scope in places])
    made = assess(cycle, places, lines, due_on=cycle.answers_due_on)
    cycle.state, cycle.opened_at = Cycle.State.OPEN, moments.now()
    cycle.save()
    restate_earlier(cycle)
    return len(made)


@act(
    Level.DECIDE,
    label=_("Take every site"),
    offered=lambda cycle: cycle.is_draft and cycle.retired_at is None,
    explains=_("Every site that exists on the opening day is assessed in IT, and in OT where it has OT."),
)
def take_every_site(cycle: Cycle, *, by: Person) -> int:
    """Choose every site below the cycle's unit; returns how many."""
    sites = list(
        Unit.objects.below(cycle.unit, cycle.opens_on)
        .sites()
        .active(cycle.opens_on)
        .current()
        .order_by("code")
    )
    cycle.save(links={"it_sites": sites, "ot_sites": [site for site in sites if site.has_ot]})
    return len(sites)


@act(
    Level.DECIDE,
    label=_("Add a site"),
    offered=lambda cycle: cycle.is_running and cycle.retired_at is None,
    explains=_("The site gets its assessment and what is due; nobody else is disturbed."),
)
def add_site(cycle: Cycle, *, by: Person, site: Unit, scope: Scope, until: date) -> None:
    """Let a site join an open cycle, its answers due on `until`."""
    scope = Scope(scope)
    if Assessment.objects.filter(cycle=cycle, unit=site, scope=scope).exists():
        raise Refused(gettext("%(site)s is assessed in %(cycle)s already.") % {"site": site, "cycle": cycle})
    if until < cycle.opens_on:
        raise Refused(gettext("Answers cannot be due before the cycle opened."))
    _require_below(cycle, [site])
    assess(cycle, [(site, scope)], outline(cycle.framework_version), due_on=until, is_late=True)


def chosen(cycle: Cycle) -> Iterator[Place]:
    """The sites chosen for a cycle, with their scope."""
    for scope, sites in (
        (Scope.IT, cycle.it_sites),
        (Scope.OT, cycle.ot_sites),
        (Scope.COMBINED, cycle.combined_sites),
    ):
        for site in sites.order_by("code"):
            yield site, scope


def assess(
    cycle: Cycle, places: Sequence[Place], lines: Outline, *, due_on: date, is_late: bool = False
) -> list[Assessment]:
    """Make the assessments of some sites, carry over what the cycle before said, and let their officers owe it."""
    weights = weights_of(cycle, [site for site, _scope in places])
    before = _before(cycle)
    made = []
    for site, scope in places:
        one = Assessment(
            cycle=cycle, unit=site, scope=scope, weight=weights[site.pk], due_on=due_on, is_late=is_late,
        )  # fmt: skip
        one.previous_id = before.get((site.pk, scope.value))
        made.append(one)
    present = [] if not is_late else list(Assessment.objects.counted().filter(cycle=cycle))
    every = [*made, *present]
    require_weight(cycle, [one.scope for one in every], [one.weight for one in every])
    create_all(made)
    create_all(list(_carried_over(cycle, made, lines)))
    owe_all(ANSWERED_BY, ANSWER, [Owed(one, one.unit, due_on, answering(one)) for one in made])
    return made


def _before(cycle: Cycle) -> dict[tuple[UUID, str], UUID]:
    """The assessments of the cycle before, by site and scope."""
    rows = (
        Assessment.objects.counted().filter(cycle=cycle.previous_id)
        if cycle.previous_id
        else Assessment.objects.none()
    )
    return {(unit, scope): pk for unit, scope, pk in rows.values_list("unit", "scope", "pk")}


def _carried_over(cycle: Cycle, made: Iterable[Assessment], lines: Outline) -> Iterator[Answer]:
    """Last year's answers of some new assessments, to be examined."""
    if cycle.previous is None:
        return
    carrying = Carrying(cycle, lines)
    nodes = {
        node.pk: node
        for node in Node.objects.filter(framework_version=cycle.framework_version)
        .select_related(None)
        .only("code")
    }
    given = carrying.before(Assessment.objects.filter(cycle=cycle.previous_id).values("pk"))
    for one in made:
        if one.previous_id in given:
            yield from carrying.copy(one, carrying.carried(given[one.previous_id]), nodes)


def _require_below(cycle: Cycle, sites: Iterable[Unit]) -> None:
    """Refuse what is no site of the cycle's unit."""
    known = set(Unit.objects.below(cycle.unit).sites().current().values_list("pk", flat=True))
    foreign = [site for site in sites if site.pk not in known]
    if foreign:
        raise Refused(gettext("%(site)s is no site of %(unit)s.") % {"site": foreign[0], "unit": cycle.unit})
