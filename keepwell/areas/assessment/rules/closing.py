"""From an open cycle to a frozen year, and on to the next."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.assessment.models import Cycle, Target
from keepwell.areas.assessment.rules.recounting import recount_cycle
from keepwell.areas.assessment.rules.validating import named, unvalidated
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level
from keepwell.platform.records.guards import guards
from keepwell.platform.tree.models import Unit

LOCKED = (
    "unit_id", "year", "framework_version_id", "scale_id", "previous_id", "dimensions", "combining", "policy_share",
    "counting", "method", "weights", "coverage_threshold",
)  # fmt: skip
TYPED = (*LOCKED, "name", "reason_step", "opens_on", "answers_due_on", "validation_due_on", "note")
CARRIED = (
    "unit", "framework_version", "scale", "dimensions", "combining", "policy_share", "counting", "method", "weights",
    "coverage_threshold", "reason_step",
)  # fmt: skip


@guards(Cycle, changes_of=TYPED)
def keep_as_opened(cycle: Cycle, by: Person) -> None:
    """What answers rest on stays as it was when the cycle was opened; a frozen year stays whole."""
    if cycle.is_frozen:
        raise Refused(gettext("“%(cycle)s” is frozen; it stays as it is.") % {"cycle": cycle})
    now = cycle.values()
    moved = any(cycle._loaded[name] != now[name] for name in LOCKED)
    if moved and not cycle.is_draft:
        raise Refused(
            gettext("“%(cycle)s” is open; what its answers rest on stays as it was.") % {"cycle": cycle}
        )
    if (
        cycle._loaded["framework_version_id"] != cycle.framework_version_id
        and cycle.targets.current().exists()
    ):
        raise Refused(gettext("Retire the targets of the other framework version first."))


def is_being_counted(cycle: Cycle) -> bool:
    """Whether its method may still be chosen anew."""
    return cycle.is_running and cycle.retired_at is None


@act(
    Level.DECIDE,
    label=_("Change the method"),
    offered=is_being_counted,
    explains=_("Every figure of the cycle is reckoned anew at once; no answer changes."),
)
def change_method(
    cycle: Cycle, *, by: Person, method: Cycle.Counts, counting: Cycle.Counting, coverage: Decimal
) -> int:
    """Let other scores count, roll up otherwise, or ask for another least coverage (0 to 1)."""
    if not 0 <= coverage <= 1:
        raise Refused(gettext("The least coverage is a share from 0 to 1."))
    cycle.method, cycle.counting, cycle.coverage_threshold = method, counting, coverage
    cycle.save()
    return recount_cycle(cycle)


@act(
    Level.DECIDE,
    label=_("Begin validation"),
    offered=lambda cycle: cycle.state == Cycle.State.OPEN and cycle.retired_at is None,
    explains=_("The cycle is shown as being validated; sites that still owe answers can give them."),
)
def begin_validation(cycle: Cycle, *, by: Person) -> None:
    """Turn from answering to validating."""
    cycle.state = Cycle.State.VALIDATION
    cycle.save()


@act(
    Level.DECIDE,
    label=_("Publish"),
    offered=lambda cycle: cycle.state == Cycle.State.VALIDATION and cycle.retired_at is None,
    explains=_("The figures are told as they are; no score changes unless validation is taken up again."),
)
def publish(cycle: Cycle, *, by: Person) -> None:
    """Tell the figures of a cycle whose assessments are all validated."""
    require_validated(cycle)
    recount_cycle(cycle)
    cycle.state, cycle.published_at = Cycle.State.PUBLISHED, moments.now()
    cycle.save()


@act(
    Level.DECIDE,
    label=_("Take up validation again"),
    offered=lambda cycle: cycle.state == Cycle.State.PUBLISHED and cycle.retired_at is None,
    explains=_("Scores can change again until the cycle is published anew."),
)
def resume_validation(cycle: Cycle, *, by: Person, reason: str) -> None:
    """Go back from published to validating; the reason stays in the history."""
    if not reason.strip():
        raise Refused(gettext("Say why the figures must change."))
    cycle.state, cycle.published_at = Cycle.State.VALIDATION, None
    cycle.save()


@act(
    Level.DECIDE,
    label=_("Roll forward"),
    offered=lambda cycle: not cycle.is_draft and cycle.retired_at is None,
    explains=_(
        "A draft for another year is made with the same rules, sites and targets; you open it when it fits."
    ),
)
def roll_forward(cycle: Cycle, *, by: Person, name: str, year: int, opens: date, due: date) -> Cycle:
    """Draft the next cycle after this one; targets are proposed anew."""
    made = Cycle(name=name.strip(), year=year, previous=cycle, opens_on=opens, answers_due_on=due,
                 **{field: getattr(cycle, field) for field in CARRIED})  # fmt: skip
    made.save(links=_same_sites(cycle, opens))
    for target in cycle.targets.current().approved().select_related("node", "unit").order_by("pk"):
        Target(cycle=made, unit=target.unit, node=target.node, scope=target.scope, criticality=target.criticality,
               value=target.value).save()  # fmt: skip
    return made


def require_validated(cycle: Cycle) -> None:
    """Refuse a cycle in which somebody has still to answer or to validate."""
    waiting = unvalidated(cycle)
    if waiting:
        told = {
            "count": len(waiting),
            "names": named(f"{one.unit.code} {one.get_scope_display()}" for one in waiting),
        }
        raise Refused(
            ngettext(
                "%(count)d assessment is not validated: %(names)s.",
                "%(count)d assessments are not validated: %(names)s.", len(waiting),
            ) % told
        )  # fmt: skip


def _same_sites(cycle: Cycle, day: date) -> dict[str, list[Any]]:
    """The sites of a cycle that still exist on `day`, by how they were chosen."""
    alive = Unit.objects.active(day).current()
    every = {"it_sites": "it", "ot_sites": "ot", "combined_sites": "combined"}
    return {
        name: list(
            alive.filter(assessments__in=cycle.assessments.counted().filter(scope=scope))
            .order_by("code")
            .distinct()
        )
        for name, scope in every.items()
    }
