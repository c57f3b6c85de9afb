"""How much is due from the reader: the number beside Due, reckoned on the pages that list it.

Other pages show what was reckoned last, for a quarter of an hour and until the reader changes something:
a list must not pay for what it does not show, and no number is better than a wrong one.
"""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest
from django.utils import timezone

from keepwell.kernel import moments
from keepwell.platform.people.models import Person
from keepwell.platform.todos.todo import Todo, due_from

LISTING = ("/", "/due/")
KEPT = "due"
KEPT_FOR, FRESH_FOR = timedelta(minutes=15), timedelta(minutes=5)


def due_count(request: HttpRequest, person: Person) -> int | None:
    """How many things are due from `person`; None where that is not known."""
    kept = request.session.get(KEPT)
    age = timezone.now().timestamp() - kept[1] if kept else 0.0
    if request.path not in LISTING:
        return kept[0] if kept and age < KEPT_FOR.total_seconds() else None
    count = len(due_here(request, person))
    if not kept or kept[0] != count or age > FRESH_FOR.total_seconds():
        request.session[KEPT] = [count, timezone.now().timestamp()]
    return count


def due_here(request: HttpRequest, person: Person) -> list[Todo]:
    """All that is due from the reader, reckoned once for a page and the number in its menu."""
    found: list[Todo] | None = getattr(request, "due", None)
    if found is None:
        found = due_from(person, moments.today(person.unit.time_zone))
        request.due = found  # type: ignore[attr-defined]  # Django's class knows no todos
    return found


def forget(request: HttpRequest) -> None:
    """Let the number be reckoned anew: the reader changed something."""
    request.session.pop(KEPT, None)
