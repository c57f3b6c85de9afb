"""What is done at its hour about what people tell, and about the rules of notification."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from keepwell.areas.incidents.models import Disclosure, Incident, IncidentNotice
from keepwell.areas.incidents.models.intake import State
from keepwell.areas.incidents.rules import dossier, duty, guessing, intake, letters, posters, schemes, unheard
from keepwell.areas.incidents.rules.claiming import unread_by
from keepwell.areas.incidents.rules.duties import enter_rules
from keepwell.areas.incidents.rules.newcomers import keep_out_of_what_names
from keepwell.areas.incidents.rules.owing import free_orphans, warn
from keepwell.areas.incidents.rules.post import fetching
from keepwell.kernel import moments
from keepwell.platform.exchange.files import keep
from keepwell.platform.jobs.beside import beside
from keepwell.platform.jobs.job import Task, job
from keepwell.platform.notices.telling import Message, tell
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import may
from keepwell.platform.people.roles import Level
from keepwell.platform.tree.models import Unit

UNREAD = gettext_noop("Something was told without a name that nobody has read yet")


@job("incidents.disclosures", every=timedelta(hours=1))
def tell_readers(task: Task) -> dict[str, int]:
    """Tell who may read it that something unread lies there. By the hour, for all sites in one round, once a day to
    each: when a notice came tells nothing of when the reporter wrote (security.md R11). First, whoever is named by then
    and was given a way to sign in since is kept out; where nobody is left who may read it, who could have somebody
    designated is told."""
    places = Disclosure.objects.filter(state=State.NEW).values("unit")
    told = 0
    with transaction.atomic():
        keep_out_of_what_names(Person.objects.all())
        for unit in Unit.objects.filter(pk__in=places).order_by("code"):
            day = moments.today(unit.time_zone)
            message = Message("disclosure.unread", f"disclosure:{day}", UNREAD, url=reverse("disclosures"))
            unread = Disclosure.objects.filter(state=State.NEW, unit=unit).prefetch_related("excluded")
            told += tell(unread_by(intake.readers(unit), unread), message)
        told += unheard.tell_appointers()
    return {"told": told}


@job("incidents.forget", every=timedelta(hours=24))
def forget(task: Task) -> dict[str, int]:
    """Delete what was told without a name and settled two years ago, and what was counted of wrong codes before today.
    Twice is once."""
    day = moments.today()
    return {"forgotten": intake.forget_old(day), "tries": guessing.forget_old(day)}


@job("incidents.rules", every=timedelta(hours=24))
def enter_shipped(task: Task) -> dict[str, int]:
    """Enter rules of notification that a later version ships; those nobody verified stay off. Twice is once."""
    return {"entered": enter_rules()}


@job("incidents.schemes", every=timedelta(minutes=5))
def begin_schemes(task: Task) -> dict[str, int]:
    """Let open rooms show that other rules of severity are in force since the last round. Twice is once."""
    return {"begun": schemes.begin_editions()}


@job("incidents.clocks", every=timedelta(minutes=5))
def warn_in_time(task: Task) -> dict[str, int]:
    """Free clocks of people who left or lost the right; tell who looks after a clock that it is at risk, or was missed.
    Twice is once."""
    freed = free_orphans()
    with transaction.atomic():
        return {"freed": freed, "told": warn(moments.now())}


@job(letters.JOB)
def write_notice(task: Task, *, notice: str, form: str) -> dict[str, Any]:
    """Make a notice as a file, as its asker may see it now. Raises PermissionDenied for who may see it no longer."""
    person = Person.objects.get(pk=str(task.person_id))
    found = (
        IncidentNotice.objects.visible_to(person)
        .select_related("clock__incident__unit", "clock__unit", "clock__clause")
        .filter(pk=notice)
        .first()
    )
    if found is None:
        raise PermissionDenied(gettext("You may see this notice no longer."))
    kept = keep(letters.write(found, form))
    return {"sha256": kept.sha256, "size_bytes": kept.size_bytes}


@job(dossier.JOB)
def write_dossier(task: Task, *, incident: str, language: str, form: str) -> dict[str, Any]:
    """Make a dossier, as its asker may see the incident now. Raises PermissionDenied for who may see it no longer."""
    person = Person.objects.get(pk=str(task.person_id))
    rows = Incident.objects.visible_to(person).select_related("unit", "lead", "material_by")
    found = rows.filter(pk=incident).first()
    if found is None:
        raise PermissionDenied(gettext("You may see this incident no longer."))
    return dossier.made(found, person, language, form)


@beside("incidents.escalate", every=timedelta(seconds=30))
def escalate() -> None:
    """Call whoever is on duty to what nobody has taken up, acknowledged or looked at, then the next one. Twice is once."""
    duty.escalate_all()


@job("incidents.mailbox", every=timedelta(minutes=1), limit=timedelta(hours=1))
def read_mailbox(task: Task) -> dict[str, int]:
    """Take what lies in the mailbox of reports. Twice is once."""
    return dict(fetching.fetch(held=task.progress))


@job(posters.JOB)
def make_poster(task: Task, *, site: str) -> dict[str, Any]:
    """Make the poster of a site, for who still works on incidents there."""
    person = Person.objects.get(pk=str(task.person_id))
    found = Unit.objects.current().filter(pk=site, kind=Unit.Kind.SITE).first()
    if found is None or not may(person, "incidents", Level.EDIT, found):
        raise PermissionDenied(gettext("You may make no poster of this site any longer."))
    kept = keep(posters.write(found))
    return {"sha256": kept.sha256, "size_bytes": kept.size_bytes}
