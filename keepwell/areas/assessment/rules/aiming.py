"""Proposing and approving targets; what holds is reckoned anew at once."""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.assessment.models import Cycle, Target
from keepwell.areas.assessment.rules.results import recount_cycle
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused, act
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
    target.retired_at, target.retired_reason = moments.now(), reason.strip()[:300]
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
