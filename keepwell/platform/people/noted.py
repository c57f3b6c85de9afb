"""What a request leaves in the trail beside changes: the right that was refused, the sensitive thing that was read."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from keepwell.kernel import moments
from keepwell.platform.history.models import Change, Tracked
from keepwell.platform.history.noting import note, refused
from keepwell.platform.history.ready import Ready
from keepwell.platform.people.models import Person
from keepwell.platform.people.need_to_know import is_opened_in_view_of_the_trail

LONGEST_QUERY = 500
OPENED, OPENED_AGAIN_AFTER = "record.open", timedelta(hours=1)
LATELY_OPENED = Ready(
    lambda kind, record, by, since: (
        Change.objects.filter(record_type=kind, record_id=record, by=by, at__gt=since)
        .filter(kind=Change.Kind.READ, verb=OPENED)
        .order_by()
        .values_list("pk")[:1]
    ),
    str,
    UUID,
    UUID,
    datetime,
)


def keep_refusal(request: HttpRequest, error: Exception) -> None:
    """Keep that a right was refused, once, whatever became of the request's transaction; other errors are none."""
    who = _asker(request)
    refused(error, who, page_of(request), unit_id=_home(who), **_told(request))


def keep_reading(request: HttpRequest) -> None:
    """Keep that something sensitive was handed out, and what was asked for."""
    who = _asker(request)
    asked = request.META.get("QUERY_STRING", "")[:LONGEST_QUERY]
    note(who, page_of(request), kind="read", unit_id=_home(who), **_told(request), asked=asked)


def keep_opening(request: HttpRequest, record: Any) -> None:
    """Keep that a record was opened which is restricted or a person's; once an hour for each reader of each record,
    so that a page that is looked at again and again fills no trail. One's own is no secret from oneself."""
    who = _asker(request)
    if who is None or record.pk == who.pk or not isinstance(record, Tracked):
        return
    if not is_opened_in_view_of_the_trail(record):
        return
    since = moments.now() - OPENED_AGAIN_AFTER
    if not LATELY_OPENED.rows(record.type_name(), record.pk, who.pk, since):
        note(who, OPENED, kind="read", record=record, page=page_of(request))


def page_of(request: HttpRequest) -> str:
    """The name of the page; of the API the method and address with its parts named."""
    match = request.resolver_match
    if match is None:
        return str(request.method)
    is_page = match.url_name and not match.namespaces
    return str(match.url_name) if is_page else f"{request.method} /{match.route}"


def _asker(request: HttpRequest) -> Person | None:
    return getattr(request, "person", None)


def _home(who: Person | None) -> UUID | None:
    return who.unit_id if who else None


def _told(request: HttpRequest) -> dict[str, Any]:
    """Method and ids; never the whole path, which may hold a secret."""
    given = request.resolver_match.kwargs if request.resolver_match else {}
    ids = {name: str(value) for name, value in given.items() if isinstance(value, UUID | int)}
    return {"method": str(request.method), **ids}
