"""Telling somebody something: in the list at once, and by the way the reader chose."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from keepwell.kernel import moments
from keepwell.platform.history.models import Tracked
from keepwell.platform.notices.kinds import KINDS, Way
from keepwell.platform.notices.models import Letter, Notice, next_digest, way_of
from keepwell.platform.notices.posting import post, wake
from keepwell.platform.people.models import Grant, Person
from keepwell.platform.todos.models import present
from keepwell.platform.tree.models import Unit, on


@dataclass(frozen=True)
class Message:
    """What is to be told: of which kind, on which occasion, in which words, about what.

    `debt_id` and `due_on` say that it holds only while that is still owed.
    """

    kind: str
    key: str
    what: str
    facts: dict[str, Any] = field(default_factory=dict)
    url: str = ""
    record: Tracked | None = None
    record_type: str = ""
    record_id: UUID | None = None
    debt_id: UUID | None = None
    due_on: date | None = None


def tell(people: Iterable[Person], message: Message, *, now: datetime | None = None) -> int:
    """Tell `people` once, in the transaction of the cause; returns how many had not been told."""
    told = [person for person in people if _tell_one(person, message, now)]
    return len(told)


def _tell_one(person: Person, message: Message, now: datetime | None) -> bool:
    with transaction.atomic():
        notice, is_new = _noted(person, message, now)
        if not is_new:
            return False
        way = way_of(person, KINDS[message.kind])
        if way is Way.OFF or not person.mail or not settings.MAIL.is_on:
            return True
        notice.letter = _letter(person, way, now or timezone.now())
        notice.save(update_fields=["letter"])
    return True


def put_on_list(person: Person, message: Message) -> bool:
    """Tell `person` in the site alone, for what a mail of its own tells them; whether it had not been told."""
    return _noted(person, message, None)[1]


def _noted(person: Person, message: Message, now: datetime | None) -> tuple[Notice, bool]:
    return Notice.objects.get_or_create(
        person=person, key=message.key, defaults={**_columns(message), "told_at": now or moments.now()}
    )


def _columns(message: Message) -> dict[str, Any]:
    record = message.record
    return {
        "kind": message.kind, "what": message.what, "facts": message.facts, "url": message.url,
        "record_type": record.type_name() if record else message.record_type,
        "record_id": record.pk if record else message.record_id,
        "debt_id": message.debt_id, "due_on": message.due_on,
    }  # fmt: skip


def _letter(person: Person, way: Way, now: datetime) -> Letter:
    """The letter that will carry a notice: one of its own, or the person's next digest."""
    if way is Way.NOW:
        letter = Letter(person=person, next_at=now, made_at=now)
        post(letter)
        return letter
    at = next_digest(person, now)
    letter, is_new = Letter.objects.get_or_create(
        person=person,
        is_digest=True,
        next_at=at,
        attempts=0,
        state=Letter.State.WAITING,
        defaults={"made_at": now},
    )
    if is_new:
        transaction.on_commit(lambda: wake(at))
    return letter


def withdraw(key: str) -> int:
    """Take what was told under `key` from the lists of those who have not read it: it is over."""
    return Notice.objects.filter(key=key, read_at__isnull=True).update(read_at=timezone.now())


def administrators() -> list[Person]:
    """Who administers the whole group and is still here."""
    day = moments.today()
    given = Grant.objects.current().filter(on(day), standing=Grant.Standing.GIVEN)
    held = given.filter(role="administrator", unit__kind=Unit.Kind.GROUP)
    here = Person.objects.filter(present(day), account__is_active=True, pk__in=held.values("person"))
    return list(here.select_related("unit").order_by("number"))
