"""The door of the API: who asks, with which right, and in which form.

An operation without a declared right cannot be bound; `x-right` in its OpenAPI says "public", "login" or
a level and an area ("edit assurance"), `x-access` says "object" where the record itself decides, and
`x-step-up` where a session must have been proved anew within ten minutes, `x-step-up-where` where that goes by the record.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import URLPattern, re_path
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import HttpError
from ninja.security import APIKeyCookie, HttpBearer
from ninja.utils import check_csrf

from keepwell.platform.people.bearing import TooManyWrong, UnknownToken, bearer
from keepwell.platform.people.models import Person
from keepwell.platform.people.noted import keep_reading
from keepwell.platform.people.operations import Access, Operation
from keepwell.platform.people.permissions import may_anywhere
from keepwell.platform.people.proofs import require_fresh
from keepwell.platform.people.requests import PersonRequest, know, person_of
from keepwell.platform.people.roles import Level
from keepwell.platform.registers.api.problems import HANDLERS, Unsupported, absent, problem
from keepwell.platform.registers.writing import lacks_everywhere

View = Callable[..., Any]
WRITES = ("POST", "PATCH", "PUT")
SAFE = ("GET", "HEAD")
BODIES = ("application/json", "multipart/form-data")
SENSITIVE = "x-sensitive"
KEPT = "x-reading-kept"
"""Stands where the trail is told what a list hands out about people, once a minute."""
log = logging.getLogger("keepwell.sign_in")


def right(
    rule: str, *, access: Access = Access.PERMISSION, step_up: bool = False, **more: Any
) -> dict[str, Any]:
    """The `openapi_extra` of an operation with this rule, as "edit assurance"; `step_up` asks a session for a
    proof within ten minutes; `more` goes beside it."""
    told = {"x-right": rule, "x-access": str(access if rule not in ("public", "login") else rule)}
    return told | ({"x-step-up": True} if step_up else {}) | more


LATER = {
    202: {
        "description": "Accepted",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/JobState"}}},
    }
}
"""The answer of what a job does: how the job stands, and where to ask again."""


def level_of(level: Level, area: str) -> str:
    """The rule of a level in an area, as "edit assurance"."""
    return f"{level.name.lower()} {area}"


def caller(request: PersonRequest) -> Person:
    """Whose rights this request has; the door let nobody else in."""
    return request.person


class Bearer(HttpBearer):
    """A token of a person. Only wrong ones are counted, so that nobody is locked out by a stranger."""

    def authenticate(self, request: HttpRequest, token: str) -> Person | None:
        try:
            person = bearer(request, token)
        except TooManyWrong as many:
            raise HttpError(429, _("Wait 15 minutes, then try again.")) from many
        except UnknownToken as unknown:
            raise HttpError(401, "") from unknown
        know(request, person)
        return person


class Session(APIKeyCookie):
    """The session of somebody signed in; what changes something needs the CSRF token too."""

    param_name = "keepwell"

    def __call__(self, request: HttpRequest) -> Person | None:
        return self.authenticate(request, None)

    def authenticate(self, request: HttpRequest, key: str | None) -> Person | None:
        person = person_of(request)
        if person is not None and check_csrf(request):
            raise PermissionDenied(_("Send the CSRF token of your session with what changes something."))
        know(request, person)
        return person


class Api(NinjaAPI):
    """The API of the house: every operation guarded, every refusal a problem."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(auth=[Bearer(), Session()], docs_url=None, openapi_url=None, **arguments)
        self.add_decorator(guarded, mode="operation")
        for kind, handler in HANDLERS.items():
            self.add_exception_handler(kind, handler)

    @property
    def urls(self) -> tuple[list[Any], str, str]:
        patterns, app, namespace = super().urls
        views = (p for p in patterns if isinstance(p, URLPattern) and p.name != "api-root")
        return [*map(opened, views), re_path(r"", _public(absent), name="absent")], app, namespace


def guarded(view: View) -> View:
    """`view` behind its declared right; one that declares none is a mistake of ours."""
    rule = (view._ninja_operation.openapi_extra or {}).get("x-right")  # type: ignore[attr-defined]  # ninja marks it
    if rule is None:
        raise RuntimeError(f"{view.__module__}.{view.__name__} declares no x-right.")
    if view._ninja_operation.openapi_extra.get("x-step-up"):  # type: ignore[attr-defined]  # ninja marks it
        view = proved(view)
    view = watched(view) if view._ninja_operation.openapi_extra.get(SENSITIVE) else view  # type: ignore[attr-defined]  # ninja marks it
    if rule in ("public", "login"):
        return view
    name, area = rule.split(" ")
    level = Level[name.upper()]
    access = view._ninja_operation.openapi_extra.get("x-access")  # type: ignore[attr-defined]  # ninja marks it
    if access == Access.OBJECT:
        return view

    @wraps(view)
    def held(request: PersonRequest, *args: Any, **kwargs: Any) -> Any:
        if not may_anywhere(request.person, area, level):
            raise PermissionDenied(lacks_everywhere(area, level))
        return view(request, *args, **kwargs)

    return held


def proved(view: View) -> View:
    """`view` for who proved within ten minutes who they are; a token reads, if it was made for exports."""

    @wraps(view)
    def asked(request: PersonRequest, *args: Any, **kwargs: Any) -> Any:
        require_proof(request)
        return view(request, *args, **kwargs)

    return asked


def require_proof(request: PersonRequest) -> None:
    """Refuse a session that was not proved anew within ten minutes, and a token but to read, if it was made for exports."""
    token = getattr(request, "token", None)
    if token is None:
        require_fresh(request)
    elif request.method not in SAFE or not token.may_export:
        raise PermissionDenied(
            _("A token may not do this. Somebody does it who is signed in.")
            if request.method not in SAFE
            else _("This token may not take data out; make one that may.")
        )


def watched(view: View) -> View:
    """`view`, each of whose answers is kept in the trail."""

    @wraps(view)
    def seen(request: PersonRequest, *args: Any, **kwargs: Any) -> Any:
        answer = view(request, *args, **kwargs)
        if getattr(answer, "status_code", 200) < 400:
            keep_reading(request)
        return answer

    return seen


def opened(pattern: URLPattern) -> URLPattern:
    """A path of the API, known to the site as one that asks for a person itself."""
    inner = pattern.callback

    @wraps(inner)
    def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        kind = (request.content_type or "").lower()
        if (
            request.method in ("POST", "PATCH", "PUT")
            and kind not in BODIES
            and request.headers.get("Content-Length", "0") != "0"
        ):
            return problem(415, str(Unsupported(BODIES[0])))
        answer: HttpResponse = inner(request, *args, **kwargs)
        if isinstance(answer, HttpResponseNotAllowed):
            refusal = problem(405, _("This address takes %(methods)s.") % {"methods": answer["Allow"]})
            refusal["Allow"] = answer["Allow"]
            return refusal
        answer["Cache-Control"] = "private, no-store"
        return answer

    view.operation = Operation(Access.LOGIN)  # type: ignore[attr-defined]  # a mark
    view.login_required = False  # type: ignore[attr-defined]  # a mark
    view.csrf_exempt = True  # type: ignore[attr-defined]  # sessions are checked at the door
    pattern.callback = view
    return pattern


def is_strange(request: HttpRequest) -> bool:
    """Whether content comes in a form that no operation reads."""
    is_empty = request.headers.get("Content-Length", "0") in ("", "0")
    return request.method in WRITES and not is_empty and request.content_type not in BODIES


def _public(answer: View) -> View:
    @wraps(answer)
    def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return answer(request)

    view.operation = Operation(Access.PUBLIC)  # type: ignore[attr-defined]  # a mark
    view.login_required = False  # type: ignore[attr-defined]  # a mark
    view.csrf_exempt = True  # type: ignore[attr-defined]  # it does nothing
    return view
