"""What signing in has to tell people: the broken glass, and whoever knocks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from keepwell.kernel import moments
from keepwell.platform.history.models import Change
from keepwell.platform.identity.alarm import TELLING, USED
from keepwell.platform.identity.models import Stranger
from keepwell.platform.identity.tending import AREA, sees_strangers
from keepwell.platform.jobs.job import Task, job
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import grants_giving
from keepwell.platform.people.roles import Level
from keepwell.platform.todos.todo import Todo, owed
from keepwell.platform.tree.models import Unit

SHOWN_FOR = timedelta(days=14)
LETTERS = {
    USED: gettext_noop("The break-glass account of %(name)s was used. Find out by whom, and why."),
}


@job(TELLING)
def tell(_task: Task, *, verb: str, person: str) -> dict[str, Any]:
    """Mail what happened with the account of `person` to whoever administers the group."""
    whose = Person.objects.get(pk=person)
    with_mail = [reader for reader in administrators() if reader.mail and settings.MAIL.is_on]
    for reader in with_mail:
        with translation.override(reader.language):
            words = _(LETTERS[verb]) % {"name": whose}
            EmailMessage(_("Signing in to Keepwell"), words, to=[reader.mail]).send()
    return {"sent": len(with_mail)}


def administrators() -> list[Person]:
    """Whoever administers the whole group and can sign in."""
    group = Unit.objects.filter(kind=Unit.Kind.GROUP).first()
    if group is None:
        return []
    grants = grants_giving(AREA, Level.ADMINISTER, group)
    return list(Person.objects.filter(pk__in=grants.values("person")).order_by("pk"))


@owed("identity.break_glass")
def glass_broken(person: Person, day: date) -> Iterator[Todo]:
    """That the break-glass account was used, for a fortnight, for whoever administers the group."""
    since = moments.now() - SHOWN_FOR
    if not sees_strangers(person):
        return
    events = Change.objects.filter(kind="event", verb=USED, at__gt=since)
    # Sealed rows and those that wait each have an index; both together have none.
    for change in events.sealed().union(events.waiting()).order_by("-at", "-id")[:5]:
        yield Todo(
            act=_("Find out who used the break-glass account of %(name)s, and why") % {"name": change.by_name},
            url=reverse("tend"), due_on=day, context=_("Change its password afterwards, and seal it anew."),
        )  # fmt: skip


@owed("identity.strangers")
def knocking(person: Person, day: date) -> Iterator[Todo]:
    """That somebody waits to be linked to a person, for whoever administers the group."""
    count = Stranger.objects.count() if sees_strangers(person) else 0
    if count:
        yield Todo(
            act=ngettext("Say who %(n)d person is that nobody knows here", "Say who %(n)d people are that nobody knows here",
                         count) % {"n": count},
            url=reverse("tend"), due_on=None, context=_("An identity provider vouches for them; they cannot sign in before."),
        )  # fmt: skip
