"""What ends by itself: proposals nobody approved, rights of those who left; and what rules give."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop

from keepwell.kernel import moments
from keepwell.platform.history.acting import Machine, acting
from keepwell.platform.jobs.job import Task, job
from keepwell.platform.people.groups import follow_rules, members_of
from keepwell.platform.people.leaving import AT_ONCE, leavers, part
from keepwell.platform.people.models import Grant, GroupRule

HOURLY = timedelta(hours=1)


@job("administration.end_leavers", every=HOURLY)
def end_leavers(task: Task) -> dict[str, Any]:
    """End what people may still do whose last day is over."""
    people, grants = 0, 0
    while found := list(leavers()[:AT_ONCE]):
        reason = "The last day is over."
        with (
            transaction.atomic(),
            acting(Machine(gettext_noop("the end of employment")), "grant.leave", reason=reason),
        ):
            grants += part(found)
        people += len(found)
        task.progress(people, message=f"people: {people}, grants ended: {grants}")
    return {"people": people, "grants": grants}


@job("administration.expire_proposals", atomic=True, every=HOURLY)
def expire_proposals(task: Task) -> dict[str, Any]:
    """End proposals that nobody approved within 14 days."""
    ended = 0
    with acting(Machine(gettext_noop("the expiry of proposals")), "proposal.expire"):
        for model in (Grant, GroupRule):
            for found in model.objects.current().filter(standing="proposed").select_related("unit"):
                if not found.is_waiting:
                    found.retired_at = moments.now()
                    found.retired_reason = "Nobody approved it within 14 days."
                    found.save()
                    ended += 1
    return {"ended": ended}


@job("administration.follow_rules", atomic=True, every=HOURLY)
def settle_rules(task: Task) -> dict[str, Any]:
    """Give and end what group rules say, after they were written."""
    changed = 0
    with acting(Machine(gettext_noop("group rules")), "rule.follow"):
        for rule in GroupRule.objects.all():
            changed += follow_rules(members_of(rule))
    return {"changed": changed}
