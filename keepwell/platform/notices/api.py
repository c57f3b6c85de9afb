"""What is due and what one was told, for programs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from ninja import Field, Router, Schema

from keepwell.kernel import moments
from keepwell.platform.notices import feeds
from keepwell.platform.notices.kinds import KINDS, Way
from keepwell.platform.notices.letters import absolute
from keepwell.platform.notices.models import DIGEST_HOUR, Habit, Notice
from keepwell.platform.notices.passing import colleague, owed_debt
from keepwell.platform.notices.preferences import choose
from keepwell.platform.notices.sight import tellable
from keepwell.platform.people.models import Person
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.todos import rules
from keepwell.platform.todos.models import Debt
from keepwell.platform.todos.todo import Todo, due_from, lent

router = Router(tags=["due"])
LOGIN = {"x-right": "login", "x-access": "login"}
MOST = 200


class Due(Schema):
    """One thing that is due from you."""

    id: UUID = Field(description="Name it to pass it on; the same for as long as it is owed.")
    act: str = Field(description="What is to be done, in your language.")
    url: str = Field(description="The page where it is done.")
    due_on: date | None = Field(description="The last day in time; null: none is set.")
    days_left: int | None = Field(description="Negative when late.")
    context: str
    done_by: str | None = Field(description="Employee number of who does it for you; null: you do.")


class Passing(Schema):
    """To whom a todo goes."""

    to: str = Field(description="Employee number or mail address.", max_length=120)
    note: str = Field("", description="What they should know.", max_length=300)


class Heir(Schema):
    """Who owes it from now on."""

    to: str = Field(description="Employee number or mail address.", max_length=120)


class Told(Schema):
    """One thing you were told."""

    id: int
    kind: str
    text: str = Field(description="In your language.")
    url: str
    told_at: datetime
    is_read: bool


class Preferences(Schema):
    """By which way notices come."""

    digest_hour: int = Field(description="0 to 23, by the clock of your unit.")
    ways: dict[str, Way] = Field(description="By kind of notice: now, digest or off.")


class Wishes(Schema):
    """What to change; what is left out stays."""

    digest_hour: int | None = Field(None, description="0 to 23, by the clock of your unit.")
    ways: dict[str, str] = Field({}, description="By kind of notice: now, digest or off.")


class Link(Schema):
    """The secret link of your calendar."""

    url: str = Field(description="Shown this once.")


class Count(Schema):
    """How many it concerned."""

    count: int


def _here(person: Person) -> date:
    return moments.today(person.unit.time_zone)


@router.get(
    "/due", response=list[Due], operation_id="list_due", summary="What is due from me", openapi_extra=LOGIN
)
def list_due(request: PersonRequest) -> list[dict[str, Any]]:
    """All that is due from you, the most urgent first; then what others do for you."""
    person, day = request.person, _here(request.person)
    own = [_told(todo, day, None) for todo in due_from(person, day)]
    return own + [
        _told(todo, day, debt.delegate.number if debt.delegate else None) for debt, todo in lent(person)
    ]


def _told(todo: Todo, day: date, done_by: str | None) -> dict[str, Any]:
    return {"id": todo.debt, "act": todo.act, "url": absolute(todo.url), "due_on": todo.due_on,
            "days_left": todo.days_left(day), "context": todo.context, "done_by": done_by}  # fmt: skip


def _owed(request: PersonRequest, pk: UUID) -> Debt:
    found = owed_debt(pk, request.person)
    if found is None:
        raise Http404
    return found[0]


@router.post(
    "/due/{uuid:pk}/delegate", response=Count, operation_id="delegate_due", summary="Let a colleague do it",
    openapi_extra={"x-right": "login", "x-access": "object"},
)  # fmt: skip
def delegate_due(request: PersonRequest, pk: UUID, body: Passing) -> dict[str, int]:
    """Let a colleague who can see the record do it; you still answer for it."""
    rules.delegate(_owed(request, pk), by=request.person, to=colleague(body.to), note=body.note)
    return {"count": 1}


@router.post(
    "/due/{uuid:pk}/take-back", response=Count, operation_id="take_back_due", summary="Take it back",
    openapi_extra={"x-right": "login", "x-access": "object"},
)  # fmt: skip
def take_back_due(request: PersonRequest, pk: UUID) -> dict[str, int]:
    """Take a todo back from a colleague, or give it back to who asked."""
    rules.take_back(_owed(request, pk), by=request.person)
    return {"count": 1}


@router.post(
    "/due/{uuid:pk}/hand-over", response=Count, operation_id="hand_over_due", summary="Hand it over for good",
    openapi_extra={"x-right": "login", "x-access": "object"},
)  # fmt: skip
def hand_over_due(request: PersonRequest, pk: UUID, body: Heir) -> dict[str, int]:
    """Let somebody else owe it from now on."""
    rules.hand_over(_owed(request, pk), by=request.person, to=colleague(body.to))
    return {"count": 1}


@router.get(
    "/notices",
    response=list[Told],
    operation_id="list_notices",
    summary="What I was told",
    openapi_extra=LOGIN,
)
def list_notices(request: PersonRequest) -> list[dict[str, Any]]:
    """The latest 200 things you were told, the newest first."""
    own = Notice.objects.filter(person=request.person).order_by("-told_at", "-pk")[:MOST]
    return [
        {"id": notice.pk, "kind": notice.kind, "text": notice.sentence(record), "url": absolute(notice.url),
         "told_at": notice.told_at, "is_read": notice.read_at is not None}
        for notice, record in tellable(own, request.person)
    ]  # fmt: skip


@router.post(
    "/notices/read",
    response=Count,
    operation_id="read_notices",
    summary="Mark all as read",
    openapi_extra=LOGIN,
)
def read_notices(request: PersonRequest) -> dict[str, int]:
    """Mark everything that you were told as read."""
    unread = Notice.objects.filter(person=request.person, read_at__isnull=True)
    return {"count": unread.update(read_at=timezone.now())}


@router.get(
    "/notices/preferences", response=Preferences, operation_id="read_preferences", summary="What comes by mail",
    openapi_extra=LOGIN,
)  # fmt: skip
def read_preferences(request: PersonRequest) -> dict[str, Any]:
    """By which way each kind of notice comes to you."""
    chosen = dict(request.person.preferences.values_list("kind", "way"))
    hour = Habit.objects.filter(person=request.person).values_list("digest_hour", flat=True).first()
    ways = {k.name: chosen.get(k.name) if chosen.get(k.name) in k.ways else k.way for k in KINDS.values()}
    return {"digest_hour": DIGEST_HOUR if hour is None else hour, "ways": ways}


@router.patch(
    "/notices/preferences", response=Preferences, operation_id="change_preferences", summary="Choose what comes by mail",
    openapi_extra=LOGIN,
)  # fmt: skip
def change_preferences(request: PersonRequest, body: Wishes) -> dict[str, Any]:
    """Choose by which way kinds of notices come; some cannot be switched off."""
    choose(request.person, digest_hour=body.digest_hour, ways=body.ways)
    return read_preferences(request)


@router.post(
    "/calendar-link",
    response=Link,
    operation_id="make_calendar",
    summary="Make my calendar link",
    openapi_extra=LOGIN,
)
def make_calendar(request: PersonRequest) -> dict[str, str]:
    """A new secret link to the calendar of what is due from you; the one before ends."""
    return {"url": absolute(reverse("calendar-feed", args=[feeds.make(request.person)]))}


@router.post(
    "/calendar-link/end",
    response=Count,
    operation_id="end_calendar",
    summary="End my calendar link",
    openapi_extra=LOGIN,
)
def end_calendar(request: PersonRequest) -> dict[str, int]:
    """End your calendar link at once."""
    return {"count": int(feeds.end(request.person))}
