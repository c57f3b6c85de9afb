"""The calendar of what is due from a person, read by a secret link that its owner can end."""

from __future__ import annotations

import secrets
from datetime import UTC, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation

from keepwell.kernel import moments
from keepwell.platform.notices.letters import absolute
from keepwell.platform.notices.models import Feed
from keepwell.platform.people.models import Person
from keepwell.platform.todos.todo import Todo, due_from

if TYPE_CHECKING:
    from icalendar import Event

SECRET_BYTES = 32


def make(person: Person) -> str:
    """A new secret of `person`'s calendar, seen this once; the one before ends."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    with transaction.atomic():
        Feed.objects.update_or_create(
            person=person, defaults={"digest": digest_of(secret), "made_at": timezone.now()}
        )
    return secret


def end(person: Person) -> bool:
    """End the calendar of `person`; whether there was one."""
    return bool(Feed.objects.filter(person=person).delete()[0])


def reader_of(secret: str) -> Person | None:
    """Whose calendar `secret` opens; None for an unknown or ended one, and for who left or cannot sign in."""
    found = (
        Feed.objects.filter(digest=digest_of(secret))
        .select_related("person__unit", "person__account")
        .first()
    )
    if found is None:
        return None
    person = found.person
    account = getattr(person, "account", None)
    day = moments.today(person.unit.time_zone)
    is_gone = person.retired_at is not None or (person.employed_until or day) < day
    return None if is_gone or account is None or not account.is_active else person


def calendar(person: Person) -> bytes:
    """What is due from `person` by a day, as all-day events with the same identity every time."""
    from icalendar import Calendar  # some 40 ms, and few processes write a calendar

    with translation.override(person.language):
        whole = Calendar()
        whole.add("prodid", "-//Keepwell//due//EN")
        whole.add("version", "2.0")
        whole.add("method", "PUBLISH")
        whole.add("x-wr-calname", translation.gettext("Keepwell: due from me"))
        whole.add("x-wr-timezone", person.unit.time_zone)
        for todo in due_from(person, moments.today(person.unit.time_zone)):
            if todo.due_on:
                whole.add_component(_event(todo))
        return bytes(whole.to_ical())


def _event(todo: Todo) -> Event:
    from icalendar import Event

    event = Event()
    event.add("uid", f"{name_of(todo)}@{urlsplit(settings.KEEPWELL_URL).hostname}")
    # The same as long as nothing changed, so that the whole calendar has one ETag.
    event.add("dtstamp", moments.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0))
    event.add("dtstart", todo.due_on)
    event.add("dtend", todo.due_on + timedelta(days=1) if todo.due_on else None)
    event.add("summary", todo.act)
    event.add("description", todo.context)
    event.add("url", absolute(todo.url))
    event.add("transp", "TRANSPARENT")
    return event


def name_of(todo: Todo) -> str:
    """What a todo is called for ever, in whatever language: its debt."""
    return str(todo.debt)


def digest_of(secret: str) -> str:
    """What is kept of a secret."""
    return sha256(secret.encode()).hexdigest()
