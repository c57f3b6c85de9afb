"""Every operation says who may use it; one that says nothing is not answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from keepwell.platform.people.models import Person
from keepwell.platform.people.noted import keep_reading
from keepwell.platform.people.permissions import may_anywhere
from keepwell.platform.people.proofs import require_fresh
from keepwell.platform.people.roles import Level

View = Callable[..., HttpResponseBase]


class Access(StrEnum):
    """Who may use an operation."""

    PUBLIC = "public"
    """Anybody, signed in or not."""
    LOGIN = "login"
    """Anybody who is signed in; what they see depends on their rights."""
    PERMISSION = "permission"
    """Who holds a level in an area at some unit; what they see depends on where."""
    OBJECT = "object"
    """Who may do this with this very record; what may not be seen is answered as absent."""


@dataclass(frozen=True)
class Operation:
    """The rule of one operation, read by the house tests and by the guard."""

    access: Access
    area: str = ""
    level: Level = Level.VIEW
    sensitive: bool = False
    step_up: bool = False


def operation(
    access: Access,
    area: str = "",
    level: Level = Level.VIEW,
    *,
    sensitive: bool = False,
    step_up: bool = False,
) -> Callable[[View], View]:
    """Declare who may use a view; `sensitive` reads are kept in the trail, and for `step_up` the person must
    have proved within ten minutes who they are."""
    rule = Operation(access, area, level, sensitive, step_up)

    def keep(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            check(rule, request)
            answer = view(request, *args, **kwargs)
            if sensitive and answer.status_code < 400:
                keep_reading(request)
            return answer

        guarded.operation = rule  # type: ignore[attr-defined]  # the mark that the house tests read
        return login_not_required(guarded) if access is Access.PUBLIC else guarded

    return keep


def check(rule: Operation, request: HttpRequest) -> None:
    """Refuse a person who holds the right nowhere, and one whose proof is too old for this."""
    person: Person | None = getattr(request, "person", None)
    if rule.access is Access.PERMISSION and (
        person is None or not may_anywhere(person, rule.area, rule.level)
    ):
        raise PermissionDenied(_("You have no right to this page."))
    if rule.step_up:
        require_fresh(request)


public = operation(Access.PUBLIC)
signed_in = operation(Access.LOGIN)
