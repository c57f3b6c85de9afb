"""How much is due from the reader: the number beside Due, reckoned anew on the pages that list it."""

from __future__ import annotations

from django.core.cache import cache
from django.http import HttpRequest

from keepwell.kernel import moments
from keepwell.platform.people.models import Person
from keepwell.platform.todos.todo import due_from

KEPT_SECONDS = 30
LISTING = ("/", "/due/")


def due_count(request: HttpRequest, person: Person) -> int:
    """How many things are due from `person`; up to half a minute old where they are not listed."""
    day = moments.today(person.unit.time_zone)
    key = f"keepwell.due.{person.pk}.{day}"
    kept: int | None = None if request.path in LISTING else cache.get(key)
    if kept is None:
        kept = len(due_from(person, day))
        cache.set(key, kept, KEPT_SECONDS)
    return kept
