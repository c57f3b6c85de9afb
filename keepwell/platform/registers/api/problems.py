"""How the API says no: one `application/problem+json` for every refusal (RFC 9457)."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.signals import got_request_exception
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja.errors import HttpError, ValidationError

from keepwell.platform.history.acting import Conflict, Refused
from keepwell.platform.pages.errors import text_megabytes
from keepwell.platform.pages.outage import outage_of
from keepwell.platform.people.handing import TooMuchRead
from keepwell.platform.people.noted import keep_refusal
from keepwell.platform.people.proofs import ProofNeeded
from keepwell.platform.registers.filtering import BadWish
from keepwell.platform.registers.writing import WHOLE, Mistakes

MEDIA = "application/problem+json"
TITLES = {
    400: ("bad-request", gettext_lazy("The request cannot be understood")),
    401: ("unauthorized", gettext_lazy("Nobody is signed in")),
    403: ("forbidden", gettext_lazy("You lack the right")),
    404: ("not-found", gettext_lazy("There is no such thing")),
    405: ("method-not-allowed", gettext_lazy("That cannot be done here")),
    409: ("refused", gettext_lazy("It cannot be done now")),
    413: ("too-large", gettext_lazy("Too much was sent")),
    415: ("unsupported-media-type", gettext_lazy("That form of content is not read here")),
    422: ("mistakes", gettext_lazy("Some values do not fit")),
    429: ("too-many-requests", gettext_lazy("Too many tries failed")),
    500: ("broken", gettext_lazy("Something broke")),
    503: ("unavailable", gettext_lazy("It cannot be answered at the moment")),
    507: ("disk-full", gettext_lazy("There is no room to write")),
}
log = logging.getLogger("django.request")


class Unsupported(HttpError):
    """Content came in a form that is not read here."""

    def __init__(self, expected: str) -> None:
        super().__init__(415, _("Send %(expected)s.") % {"expected": expected})


def problem(status: int, detail: str, **more: Any) -> HttpResponse:
    """A refusal as programs and people read it; `more` are further members, as `errors`."""
    name, title = TITLES.get(status, TITLES[400])
    found = {"type": f"urn:keepwell:problem:{name}", "title": str(title), "status": status, "detail": detail}
    response = HttpResponse(json.dumps(found | more, ensure_ascii=False), status=status, content_type=MEDIA)
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def absent(*_: Any) -> HttpResponse:
    """The one answer for what is not there and for what may not be seen."""
    return problem(404, str(gettext_lazy("Nothing is here, or nothing that you may see.")))


def on_bad_wish(_request: HttpRequest, error: Exception) -> HttpResponse:
    return problem(400, str(error))


def on_forbidden(request: HttpRequest, error: Exception) -> HttpResponse:
    keep_refusal(request, error)
    return problem(403, str(error) or _("You have no right to this."))


def on_proof_needed(_request: HttpRequest, error: Exception) -> HttpResponse:
    return problem(403, str(error), type="urn:keepwell:problem:step-up")


def on_too_much_read(_request: HttpRequest, error: TooMuchRead) -> HttpResponse:
    answer = problem(429, str(error), type="urn:keepwell:problem:too-much-read", title=_("Too much was read"))
    answer["Retry-After"] = str(error.seconds)
    return answer


def on_refused(_request: HttpRequest, error: Exception) -> HttpResponse:
    return problem(409, str(error))


def on_conflict(_request: HttpRequest, error: Conflict) -> HttpResponse:
    changes = [{"by": c.who_name, "at": c.at.isoformat(), "verb": c.verb, "version": c.version,
                "changed": sorted(c.after)} for c in error.changes]  # fmt: skip
    return problem(409, str(error), type="urn:keepwell:problem:conflict", changes=changes)


def on_mistakes(_request: HttpRequest, error: Mistakes) -> HttpResponse:
    """422: sentences by column; those about the whole record stand in the detail."""
    errors = {name: sentences for name, sentences in error.by_field.items() if name != WHOLE}
    whole = " ".join(error.by_field.get(WHOLE, []))
    return problem(422, whole or _("Nothing was written."), errors=errors)


def on_shape(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    """What ninja found: parameters of the address are 400, a body is 422."""
    errors: dict[str, list[str]] = {}
    for one in error.errors:
        errors.setdefault(str(one["loc"][-1]), []).append(str(one["msg"]))
    in_address = all(one["loc"][0] in ("query", "path") for one in error.errors)
    return problem(400 if in_address else 422, _("Some values do not fit."), errors=errors)


def on_http_error(_request: HttpRequest, error: HttpError) -> HttpResponse:
    unknown = _("Sign in, or send a token that has not expired.")
    return problem(error.status_code, unknown if error.status_code == 401 else str(error))


def on_unreadable(_request: HttpRequest, _error: Exception) -> HttpResponse:
    return problem(400, _("What was sent cannot be taken apart; send it as a form with one file."))


def on_too_big(_request: HttpRequest, _error: Exception) -> HttpResponse:
    sentence = _(
        "A request may have %(most)s MB, and its files come in a form of their own; send less at once."
    )
    return problem(413, sentence % {"most": text_megabytes()})


def on_broken(request: HttpRequest, error: Exception) -> HttpResponse:
    """A fault of ours: told to the log in full, to the caller not at all."""
    if outage := outage_of(error):
        log.error("outage", exc_info=error, extra={"path": request.path})
        answer = problem(outage.status, str(outage.sentence))
        if outage.retry_seconds:
            answer["Retry-After"] = str(outage.retry_seconds)
        return answer
    got_request_exception.send(sender=None, request=request)
    log.error("api broken", exc_info=error, extra={"path": request.path})
    return problem(500, _("The operators have been told; try again later."))


Handler = Callable[[HttpRequest, Any], HttpResponse]
HANDLERS: dict[type[Exception], Handler] = {
    BadWish: on_bad_wish,
    BadRequest: on_bad_wish,
    SuspiciousOperation: on_bad_wish,
    MultiPartParserError: on_unreadable,
    RequestDataTooBig: on_too_big,
    ProofNeeded: on_proof_needed,
    TooMuchRead: on_too_much_read,
    PermissionDenied: on_forbidden,
    Http404: absent,
    Refused: on_refused,
    Conflict: on_conflict,
    Mistakes: on_mistakes,
    ValidationError: on_shape,
    HttpError: on_http_error,
    Exception: on_broken,
}
