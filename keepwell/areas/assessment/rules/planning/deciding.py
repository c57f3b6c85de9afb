"""Deciding about recommendations: accepted ones become actions, and the same gap at many sites one initiative."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.assessment.models import Cycle, Recommendation, Scope
from keepwell.areas.assessment.models.recommendations import RecommendationQuerySet
from keepwell.areas.assessment.rules.planning.recommending import is_opened
from keepwell.areas.improvement import rules as improvement
from keepwell.areas.improvement.models import Action, Initiative
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.history.bulk import update_all
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import require, who_may
from keepwell.platform.people.roles import Level
from keepwell.platform.todos.models import seated_at
from keepwell.platform.tree.models import Unit

OWNED_BY = "site_officer"
LONGEST_TITLE = 200


class Of(models.TextChoices):
    """Of which scope sites take part in an initiative."""

    ALL = "all", _("IT and OT")
    IT = "it", _("IT")
    OT = "ot", _("OT")


@dataclass(frozen=True)
class Wanted:
    """What is wanted of the actions that are made: due on `until`; without an owner, each site's security officer's.

    Each costs `cost`, or `step_cost` for each step of its effort; None where that is not known.
    """

    until: date
    owner: Person | None = None
    initiative: Initiative | None = None
    cost: Decimal | None = None
    step_cost: Decimal | None = None
    currency: str = ""

    def cost_of(self, recommendation: Recommendation) -> Decimal | None:
        """What the action of a recommendation costs."""
        return self.cost if self.step_cost is None else self.step_cost * recommendation.effort


def is_proposed(recommendation: Recommendation) -> bool:
    """Whether it is still to be decided about."""
    return recommendation.is_proposed


@act(
    Level.EDIT,
    for_many=True,
    label=_("Accept"),
    offered=is_proposed,
    explains=_(
        "It becomes an action of the site with its expected uplift. Without an owner, the site security officer owns it."
    ),
)
def accept(recommendation: Recommendation, *, by: Person, until: date, owner: Person | None = None,
           cost: Decimal | None = None, currency: str = "") -> Action:  # fmt: skip
    """Let a recommendation become an action, due on `until`, at `cost` in `currency` if that is known."""
    held = Recommendation.objects.with_place().get(pk=recommendation.pk)
    require(by, improvement.AREA, Level.EDIT, held.assessment.unit)
    plan = Wanted(until, owner, cost=cost, currency=currency.strip().upper())
    return accept_all([held], plan, by=by)[0]


@act(
    Level.EDIT,
    for_many=True,
    label=_("Decline"),
    offered=is_proposed,
    explains=_("Nothing follows from it; the reason stays with it."),
)
def decline(recommendation: Recommendation, *, by: Person, reason: str) -> None:
    """Decide against a recommendation."""
    _decide(recommendation, Recommendation.State.DECLINED, by)
    recommendation.reason = reason.strip()[:1000]
    recommendation.save()


@act(
    Level.EDIT,
    for_many=True,
    label=_("Retire"),
    offered=lambda recommendation: recommendation.is_proposed,
    explains=_("The record was a mistake: it leaves every list and every figure; its history stays."),
)
def retire_recommendation(recommendation: Recommendation, *, by: Person, reason: str) -> None:
    """Take a recommendation that was a mistake out of lists."""
    recommendation.retire(reason)
    recommendation.save()


@act(
    Level.DECIDE,
    label=_("Accept the foremost"),
    offered=is_opened,
    explains=_(
        "Every proposed recommendation of that priority or more becomes an action, owned by the site security officer. "
        "If you say what one step of effort costs, each action costs that by its effort, 1 to 5."
    ),
)
def accept_foremost(
    cycle: Cycle,
    *,
    by: Person,
    priority: Decimal,
    until: date,
    step_cost: Decimal | None = None,
    currency: str = "",
) -> int:
    """Accept every proposed recommendation of a cycle from `priority` on, each at `step_cost` in `currency` for each
    step of its effort if that is known; returns how many actions were made."""
    require(by, improvement.AREA, Level.EDIT, cycle.unit)
    rows = _of(cycle).proposed().filter(priority__gte=priority)
    held = list(rows.order_by("-priority", "pk"))
    if not held:
        raise Refused(gettext("No proposed recommendation has that priority."))
    plan = Wanted(until, step_cost=step_cost, currency=currency.strip().upper())
    return len(accept_all(held, plan, by=by))


@dataclass(frozen=True)
class SharedGap:
    """A gap in one requirement at several sites: what is still proposed there, and the open actions that belong to no
    initiative yet; each by site."""

    waiting: list[Recommendation]
    accepted: list[Recommendation]

    @property
    def joining(self) -> list[Action]:
        return [one.action for one in self.accepted if one.action is not None]

    @property
    def every(self) -> list[Recommendation]:
        return sorted(
            [*self.waiting, *self.accepted], key=lambda one: (one.assessment.unit.code, str(one.pk))
        )

    @property
    def is_one_programme(self) -> bool:
        """Whether more than one site would take part."""
        return len(self.waiting) + len(self.accepted) > 1


def shared_gap(cycle: Cycle, requirement: str, scope: Of) -> SharedGap:
    """The gap in a requirement, by its code, of all sites of a cycle: two queries."""
    rows = _of(cycle).current().filter(node__code=requirement.strip()).select_related("action__owner")
    if scope is not Of.ALL:
        rows = rows.filter(assessment__scope=Scope(scope))
    held = rows.exclude(state=Recommendation.State.DECLINED).order_by("assessment__unit__code", "pk")
    free = [
        one for one in held
        if one.action is not None and one.action.is_open and one.action.initiative_id is None
    ]  # fmt: skip
    return SharedGap([one for one in held if one.is_proposed], free)


@act(
    Level.DECIDE,
    label=_("Make an initiative"),
    offered=is_opened,
    leads=True,
    explains=_(
        "Every site that is recommended something for this requirement gets an action, and all of them are one "
        "programme of the group. What was accepted already joins it."
    ),
)
def make_initiative(
    cycle: Cycle, *, by: Person, requirement: str, scope: Of, until: date, title: str = "",
    cost: Decimal | None = None, currency: str = "",
) -> Initiative:  # fmt: skip
    """Make one initiative of the same gap at all sites of a cycle, led by `by`, with an action for each, of which each
    costs `cost` in `currency` if that is known."""
    require(by, improvement.AREA, Level.DECIDE, cycle.unit)
    gap = shared_gap(cycle, requirement, Of(scope))
    if not gap.is_one_programme:
        raise Refused(gettext("Fewer than two sites are recommended something for “%(code)s”.") % {
            "code": requirement.strip()[:60]})  # fmt: skip
    initiative = _initiative(cycle, gap.every[0], by=by, scope=Of(scope), until=until, title=title)
    plan = Wanted(until, initiative=initiative, cost=cost, currency=currency.strip().upper())
    accept_all(gap.waiting, plan, by=by)
    for action in gap.joining:
        action.initiative = initiative
    update_all(gap.joining)
    return initiative


def _of(cycle: Cycle) -> RecommendationQuerySet:
    found: RecommendationQuerySet = Recommendation.objects.with_place().filter(assessment__cycle=cycle)
    return found


def _initiative(
    cycle: Cycle, first: Recommendation, *, by: Person, scope: Of, until: date, title: str
) -> Initiative:
    """The programme for a requirement, called by cycle and requirement."""
    tail = "" if scope is Of.ALL else f"-{scope.upper()}"
    code = _free({f"GI-{cycle.year}-{first.node.code}{tail}"}, Initiative)[0]
    made = Initiative(
        code=code, title=title.strip()[:LONGEST_TITLE] or first.text[:LONGEST_TITLE], unit=cycle.unit, lead=by,
        title_zh="" if title.strip() else first.text_zh[:LONGEST_TITLE], due_on=until,
        purpose=(first.node.statement or first.node.title)[:2000],
    )  # fmt: skip
    made.save()
    return made


def accept_all(held: Sequence[Recommendation], wanted: Wanted, *, by: Person) -> list[Action]:
    """Let proposed recommendations, each with its place, become actions in one set. Stands inside an act that asked
    for the rights."""
    day = moments.today(by.unit.time_zone)
    if wanted.until < day:
        raise Refused(gettext("The day has passed; choose one that lies ahead."))
    owners = owners_of(held, wanted.owner or by, is_given=wanted.owner is not None)
    codes = _free([code_of(one) for one in held], Action)
    actions = [
        _action(one, code, wanted, owner=owners[one.assessment.unit_id], day=day)
        for one, code in zip(held, codes, strict=True)
    ]
    improvement.raise_all(actions)
    for one, action in zip(held, actions, strict=True):
        _decide(one, Recommendation.State.ACCEPTED, by)
        one.action = action
    update_all(held)
    return actions


def _action(one: Recommendation, code: str, wanted: Wanted, *, owner: Person, day: date) -> Action:
    """The action that a recommendation becomes, checked and not saved yet."""
    action = Action(
        code=code, title=one.text[:LONGEST_TITLE], title_zh=one.text_zh[:LONGEST_TITLE], task=one.text,
        task_zh=one.text_zh, unit=one.assessment.unit, owner=owner, raised_on=day, due_on=wanted.until,
        uplift=one.uplift, initiative=wanted.initiative, cost=wanted.cost_of(one),
        currency=wanted.currency,
    )  # fmt: skip
    improvement.come_from(action, one)
    action.clean_fields(exclude=("unit", "owner", "initiative"))
    action.clean()
    return action


def code_of(recommendation: Recommendation) -> str:
    """What the action of a recommendation is called: site, scope, year and requirement, as KHH1-OT-2025-PR.PS-02."""
    held = recommendation.assessment
    return f"{held.unit.code}-{held.scope}-{held.cycle.year}-{recommendation.node.code}".upper()[:56]


def _free(codes: Iterable[str], model: type[Action] | type[Initiative]) -> list[str]:
    """`codes`, each with a number behind it where it is taken already."""
    wanted = list(codes)
    taken = set(model._base_manager.filter(code__in=wanted).values_list("code", flat=True))
    found = []
    for code in wanted:
        number, free = 2, code
        while free in taken or (free != code and model._base_manager.filter(code=free).exists()):
            free, number = f"{code}-{number}", number + 1
        found.append(free)
    return found


def owners_of(held: Sequence[Recommendation], otherwise: Person, *, is_given: bool) -> dict[UUID, Person]:
    """Who owns the actions at each site: who was named, else its security officer, else who decides; in the same
    number of queries whatever the number of sites."""
    units: dict[UUID, Unit] = {one.assessment.unit_id: one.assessment.unit for one in held}
    officers = {} if is_given else seated_at(OWNED_BY, units)
    able = who_may(improvement.AREA, Level.EDIT, units)
    found = {key: officers[key][0] if key in officers else otherwise for key in units}
    for key, unit in units.items():
        if found[key].pk not in able[key]:
            raise Refused(improvement.no_owner(found[key], unit))
    return found


def _decide(one: Recommendation, state: Recommendation.State, by: Person) -> None:
    one.state, one.decided_by, one.decided_at = state, by, moments.now()
