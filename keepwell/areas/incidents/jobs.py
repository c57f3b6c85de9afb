"""What is done at its hour about what people tell, and about the rules of notification."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_noop

from keepwell.areas.incidents.models import Disclosure
from keepwell.areas.incidents.models.intake import State
from keepwell.areas.incidents.rules import intake
from keepwell.areas.incidents.rules.duties import enter_rules
from keepwell.kernel import moments
from keepwell.platform.jobs.job import Task, job
from keepwell.platform.notices.telling import Message, tell
from keepwell.platform.tree.models import Unit

UNREAD = gettext_noop("Something was told without a name that nobody has read yet")


@job("incidents.disclosures", every=timedelta(hours=1))
def tell_readers(task: Task) -> dict[str, int]:
    """Tell who may read it that something unread lies there. By the hour, for all sites in one round, once a day to
    each: when a notice came tells nothing of when the reporter wrote (security.md R11)."""
    places = Disclosure.objects.filter(state=State.NEW).values("unit")
    told = 0
    with transaction.atomic():
        for unit in Unit.objects.filter(pk__in=places).order_by("code"):
            day = moments.today(unit.time_zone)
            message = Message("disclosure.unread", f"disclosure:{day}", UNREAD, url=reverse("disclosures"))
            told += tell(intake.readers(unit), message)
    return {"told": told}


@job("incidents.forget", every=timedelta(hours=24))
def forget(task: Task) -> dict[str, int]:
    """Delete what was told without a name and settled two years ago. Twice is once."""
    return {"forgotten": intake.forget_old(moments.today())}


@job("incidents.rules", every=timedelta(hours=24))
def enter_shipped(task: Task) -> dict[str, int]:
    """Enter rules of notification that a later version ships; those nobody verified stay off. Twice is once."""
    return {"entered": enter_rules()}
