"""Asking once more for answers that are still owed."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.assessment.models import Assessment, Cycle
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.notices.due import chase
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level
from keepwell.platform.todos.models import Debt


class Whom(models.TextChoices):
    """Which sites are reminded."""

    LATE = "late", _("Those that are late")
    OWING = "owing", _("All that still owe answers")


@act(
    Level.DECIDE,
    label=_("Remind sites"),
    offered=lambda cycle: cycle.is_running and cycle.retired_at is None,
    explains=_("Whoever owes the answers of such a site gets a notice; once a day at most."),
)
def remind(cycle: Cycle, *, by: Person, whom: Whom) -> int:
    """Remind the sites of a cycle that owe answers; returns how many people were told."""
    day = moments.today(cycle.unit.time_zone)
    owing = Assessment.objects.unanswered().filter(cycle=cycle)
    if Whom(whom) is Whom.LATE:
        owing = owing.filter(due_on__lt=day)
    debts = Debt.objects.open().filter(record_type=Assessment.type_name(), record_id__in=owing.values("pk"))
    held = list(debts.select_related("unit", "debtor").order_by("by_day", "pk"))
    if not held:
        raise Refused(gettext("No site owes such answers."))
    told = sum(chase(debt, by=by, day=day) for debt in held)
    if not told:
        raise Refused(gettext("Everybody concerned was reminded today already, or nobody holds the role."))
    return told
