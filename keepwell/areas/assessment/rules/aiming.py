"""Proposing and approving targets; what holds is reckoned anew at once."""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.assessment.models import Cycle, Target
from keepwell.areas.assessment.models.targets import EVERY
from keepwell.areas.assessment.rules.recounting import recount_cycle
from keepwell.areas.frameworks.models import Profile, ProfileLine
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.history.bulk import create_all
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level
from keepwell.platform.records.guards import guards


@guards(Target)
def keep_approved(target: Target, by: Person) -> None:
    """An approved target stays as it was approved; a year that was told takes no other."""
    if target.is_approved:
        raise Refused(gettext("This target is approved; take the approval back, then change it."))
    _require_untold(target.cycle)


def may_change(target: Target) -> bool:
    """Whether it may be approved, or its approval taken back."""
    return target.retired_at is None and not (target.cycle.is_frozen or target.cycle.published_at)


@act(
    Level.DECIDE,
    label=_("Approve"),
    offered=lambda target: may_change(target) and not target.is_approved,
    explains=_("The target holds from now on; gaps and shares at target follow at once."),
)
def approve(target: Target, *, by: Person) -> None:
    """Let a proposed target hold."""
    _approve(target, by)
    _reckon(target.cycle)


@act(
    Level.DECIDE,
    label=_("Take the approval back"),
    offered=lambda target: may_change(target) and target.is_approved,
    explains=_("The target holds no more and can be changed."),
)
def take_back(target: Target, *, by: Person, reason: str) -> None:
    """Let an approved target be a proposal again."""
    target.approved_by, target.approved_at = None, None
    target.save()
    _reckon(target.cycle)


@act(
    Level.EDIT,
    label=_("Retire"),
    offered=lambda target: may_change(target) and not target.is_approved,
    explains=_("The proposal leaves the list; its history stays."),
)
def retire_target(target: Target, *, by: Person, reason: str) -> None:
    """Take a proposed target back."""
    target.retire(reason)
    target.save()


@act(
    Level.DECIDE,
    label=_("Approve the targets"),
    offered=lambda cycle: not (cycle.is_frozen or cycle.published_at) and cycle.retired_at is None,
    explains=_("Every proposed target of the cycle holds from now on."),
)
def approve_targets(cycle: Cycle, *, by: Person) -> int:
    """Approve every proposed target of a cycle; returns how many."""
    proposed = list(
        cycle.targets.current().filter(approved_at__isnull=True).select_related("node", "cycle__scale")
    )
    for target in proposed:
        _approve(target, by)
    if proposed:
        _reckon(cycle)
    return len(proposed)


@act(
    Level.EDIT,
    label=_("Take targets from a profile"),
    offered=lambda cycle: not (cycle.is_frozen or cycle.published_at) and cycle.retired_at is None,
    explains=_(
        "Every requirement for which the profile sets a target gets it as a proposal, here and below, in IT and OT; "
        "what has a target for that already keeps it. Nothing holds before it is approved."
    ),
)
def take_profile(cycle: Cycle, *, by: Person, profile: Profile) -> int:
    """Propose the targets that a profile sets, as a community published them; returns how many."""
    if profile.framework_version_id != cycle.framework_version_id:
        raise Refused(
            gettext("“%(profile)s” speaks of another framework version than “%(cycle)s”.")
            % {"profile": profile, "cycle": cycle}
        )
    lines = list(
        profile.lines.current().filter(target__isnull=False).select_related("node").order_by("node__position")
    )
    if not lines:
        raise Refused(gettext("“%(profile)s” sets no target.") % {"profile": profile})
    wrong = [line.node.code for line in lines if line.target is None or not cycle.scale.holds(line.target)]
    if wrong:
        raise Refused(gettext("The target of %(code)s lies off the scale of the cycle.") % {"code": wrong[0]})
    own = cycle.targets.current().filter(unit=cycle.unit, scope="", criticality=EVERY)
    there = set(own.values_list("node", flat=True))
    made = [
        Target(cycle=cycle, unit=cycle.unit, node=line.node, value=line.target, note=_noted(profile, line))
        for line in lines if line.node_id not in there
    ]  # fmt: skip
    create_all(made)
    return len(made)


def _noted(profile: Profile, line: ProfileLine) -> str:
    """Whence a target comes, and what the profile says of it."""
    return " · ".join(filter(None, (profile.name, line.priority, line.rationale)))[:300]


def _approve(target: Target, by: Person) -> None:
    target.approved_by, target.approved_at = by, moments.now()
    target.save()


def _reckon(cycle: Cycle) -> None:
    if not cycle.is_draft:
        recount_cycle(cycle)


def _require_untold(cycle: Cycle) -> None:
    if cycle.is_frozen or cycle.published_at:
        raise Refused(
            gettext("The figures of “%(cycle)s” are published; its targets stay as they are.")
            % {"cycle": cycle}
        )
