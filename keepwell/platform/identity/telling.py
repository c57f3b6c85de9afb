"""What signing in has to tell people: the broken glass, and whoever knocks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keepwell.kernel import moments
from keepwell.platform.history.models import Change
from keepwell.platform.identity.alarm import USED
from keepwell.platform.identity.models import Stranger
from keepwell.platform.identity.tending import sees_strangers
from keepwell.platform.people.models import Person
from keepwell.platform.todos.todo import Todo, owed

SHOWN_FOR = timedelta(days=14)


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
