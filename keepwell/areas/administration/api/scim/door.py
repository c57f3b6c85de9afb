"""The door of SCIM: service accounts with a token, nobody else; every refusal in SCIM's own words."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import override
from pydantic import ValidationError as Malformed
from scim2_models import Error, SCIMException

from keepwell.areas.administration.api.scim.shapes import MOST_BYTES
from keepwell.areas.administration.rules.provisioning import Taken
from keepwell.platform.acts.act import Refused
from keepwell.platform.history.acting import Conflict
from keepwell.platform.people.bearing import TooManyWrong, UnknownToken, bearer
from keepwell.platform.people.handing import TooMuchRead
from keepwell.platform.people.models import Person
from keepwell.platform.people.operations import Access, Operation
from keepwell.platform.people.permissions import may_anywhere
from keepwell.platform.people.requests import PersonRequest, know
from keepwell.platform.people.roles import Level

MEDIA = "application/scim+json"
View = Callable[..., HttpResponse]
SCHEME = "bearer "


class Failed(Exception):
    """An answer other than success: status, scimType, one sentence, and after how many seconds to try again."""

    def __init__(self, status: int, detail: str, kind: str = "", *, retry: int = 0) -> None:
        super().__init__(detail)
        self.status, self.detail, self.kind, self.retry = status, detail, kind, retry


def scim(**methods: View) -> View:
    """One address of SCIM, with a view for each method; `edit people` opens it."""

    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        view = methods.get(str(request.method))
        if view is None:
            return _refusal(
                Failed(405, f"This address takes {', '.join(methods)}."), Allow=", ".join(methods)
            )
        with override("en"):
            try:
                enter(request)
                return view(request, *args, **kwargs)
            except REFUSALS as error:
                return _refusal(failure(error))

    answer.operation = Operation(Access.PERMISSION, "people", Level.EDIT)  # type: ignore[attr-defined]  # a mark
    answer.login_required = False  # type: ignore[attr-defined]  # the token is asked for above
    answer.csrf_exempt = True  # type: ignore[attr-defined]  # no cookie opens it
    return answer


def enter(request: HttpRequest) -> None:
    """Know the service account that asks; raises Failed."""
    header = request.headers.get("Authorization", "")
    if not header.lower().startswith(SCHEME):
        raise Failed(401, "Send the token of a service account as `Authorization: Bearer kw_…`.")
    try:
        client = bearer(request, header[len(SCHEME) :].strip())
    except UnknownToken as unknown:
        raise Failed(401, "This token opens nothing.") from unknown
    except TooManyWrong as many:
        raise Failed(429, "Wait 15 minutes, then try again.") from many
    if client.kind != Person.Kind.MACHINE:
        raise Failed(403, "Only a service account provisions people.")
    if not may_anywhere(client, "people", Level.EDIT):
        raise Failed(403, "This service account may edit people nowhere.")
    know(request, client)


REFUSALS = (
    Failed, SCIMException, Malformed, ValidationError, Taken, IntegrityError, Http404, PermissionDenied, Refused,
)  # fmt: skip


def failure(error: Exception) -> Failed:
    """How SCIM says what one of REFUSALS refused."""
    if isinstance(error, Failed):
        return error
    if isinstance(error, SCIMException):
        return Failed(error.status, str(error.detail), error.scim_type)
    if isinstance(error, Malformed):
        found = Error.from_validation_errors(error)[0]
        return Failed(found.status or 400, str(found.detail), found.scim_type or "invalidValue")
    if isinstance(error, ValidationError):
        taken = any(one.code in ("unique", "unique_together") for one in _errors(error))
        sentence = " ".join(error.messages)
        return Failed(409, sentence, "uniqueness") if taken else Failed(400, sentence, "invalidValue")
    if isinstance(error, (Taken, IntegrityError)):
        sentence = str(error) if isinstance(error, Taken) else "Somebody wrote the same at this moment."
        return Failed(409, sentence, "uniqueness")
    if isinstance(error, Conflict):
        return Failed(412, str(error))
    if isinstance(error, Http404):
        return Failed(404, "There is none with this id that you may see.")
    if isinstance(error, TooMuchRead):
        return Failed(429, str(error), retry=error.seconds)
    if isinstance(error, PermissionDenied):
        return Failed(403, str(error))
    return Failed(400, str(error), "invalidValue")


def _errors(error: ValidationError) -> list[ValidationError]:
    if hasattr(error, "error_dict"):
        return [one for errors in error.error_dict.values() for one in errors]
    return list(error.error_list)


def told(failed: Failed) -> dict[str, Any]:
    """A refusal as SCIM writes it."""
    return Error(status=failed.status, detail=failed.detail, scim_type=failed.kind or None).model_dump()


def _refusal(failed: Failed, **headers: str) -> HttpResponse:
    answer = reply(told(failed), failed.status, **headers)
    if failed.status == 401:
        answer["WWW-Authenticate"] = "Bearer"
    if failed.retry:
        answer["Retry-After"] = str(failed.retry)
    return answer


def reply(body: Any, status: int = 200, **headers: str) -> HttpResponse:
    """A body as SCIM's JSON; never kept by anybody between."""
    content = b"" if status in (204, 304) else json.dumps(body, ensure_ascii=False).encode()
    answer = HttpResponse(content, status=status, content_type=MEDIA, headers=headers)
    answer["Cache-Control"] = "private, no-store"
    return answer


def body_of(request: HttpRequest) -> dict[str, Any]:
    """The JSON object that was sent; raises Failed."""
    if len(request.body) > MOST_BYTES:
        raise Failed(413, f"A request has {MOST_BYTES} bytes at most.", "tooMany")
    try:
        found = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise Failed(400, "The body is no JSON.", "invalidSyntax") from error
    if not isinstance(found, dict):
        raise Failed(400, "The body is no JSON object.", "invalidSyntax")
    return found


def client_of(request: HttpRequest) -> Person:
    """The service account that asks; the door let nobody else in."""
    asking: PersonRequest = request  # type: ignore[assignment]  # the door knows the person
    return asking.person


__all__ = ["Failed", "body_of", "client_of", "failure", "reply", "scim", "told"]
