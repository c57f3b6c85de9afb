"""On what it rests that somebody who asks may do so: their session, their account and their grants, by one statement.

Whoever asks again with the same of all this may do what they might before; so what was decided once for a page that
asks again and again is found again by it (ADR 66). It is read anew each time: what ended gives other rows, or none.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest

from keepwell.platform.history.ready import Ready
from keepwell.platform.identity.sessions import BEGUN, IDLE, LONGEST, SEEN, digest_of
from keepwell.platform.people.models import Grant

Facts = tuple[tuple[Any, ...], ...]

STANDING = Ready(
    lambda key: (
        Grant.objects.in_force()
        .filter(person__account__sessions=key)
        .order_by("pk")
        .values_list(
            "person", "person__version", "person__unit__version", "person__account__password",
            "person__account__epoch", "person__account__sessions__session_data",
            "person__account__sessions__expire_date", "role", "unit", "unit__kind", "only_register", "only_id",
        )
    ),
    str,
)  # fmt: skip


def standing(request: HttpRequest) -> Facts:
    """All on which the rights of who asks rest, a row for each grant in force; none where nobody is known."""
    name = session_name(request)
    return tuple(STANDING.rows(name)) if name else ()


def session_name(request: HttpRequest) -> str:
    """What the session of `request` is called where it is kept, from which the browser's key cannot be found."""
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    return digest_of(key) if key else ""


def person_in(facts: Facts) -> UUID:
    """Who stands on `facts`, of which there is at least one row."""
    found: UUID = facts[0][0]
    return found


def ends_by_itself(request: HttpRequest) -> float:
    """When the session of `request` ends if it is not used (seconds since 1970)."""
    told = request.session
    return min(float(told[BEGUN]) + LONGEST.total_seconds(), float(told[SEEN]) + float(told[IDLE]))
