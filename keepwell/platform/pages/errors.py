"""Pages for what went wrong: one sentence, what stays safe, one way on, a reference to quote."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.defaults import bad_request

from keepwell.platform.pages.context import THEME_COOKIE
from keepwell.platform.pages.outage import Outage, outage_of
from keepwell.platform.pages.place import place_without_asking
from keepwell.platform.pages.requests import stand
from keepwell.platform.people.operations import public

log = logging.getLogger("keepwell.pages")
INSIDE, OUTSIDE = "pages/base.html", "pages/outside.html"
TOO_LARGE = 413
TOLD_THERE: dict[str, Callable[[HttpRequest], HttpResponse]] = {}
"""Where pages speak words of their own, by the beginning of their addresses: how they say that too much was sent."""


def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, or 413 where the words of a form are more than are read at once."""
    if not isinstance(exception, RequestDataTooBig):
        return bad_request(request, exception)
    for beginning, told in TOLD_THERE.items():
        if request.path.startswith(beginning):
            return told(request)
    return too_large(request)


def too_large(request: HttpRequest) -> HttpResponse:
    """413: how much is taken, and what to do; needs neither database nor session."""
    context = {
        "theme": "dark" if request.COOKIES.get(THEME_COOKIE) == "dark" else "light",
        "most_text": text_megabytes(),
        "most_file": settings.KEEPWELL_EVIDENCE_FILE_MB,
    }
    return render(request, "pages/too_large.html", context, status=TOO_LARGE)


def text_megabytes() -> str:
    """How many megabytes of words a form or a program may send at once."""
    return f"{settings.DATA_UPLOAD_MAX_MEMORY_SIZE / 2**20:g}"


@public
def show_too_large(request: HttpRequest) -> HttpResponse:
    """What a proxy shows in place of its own words where it let nothing through."""
    return too_large(request)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: what right is missing where."""
    return _told(request, 403, str(exception or ""))


def absent(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: the same for what is not there and for what may not be seen."""
    words = exception.args[0] if isinstance(exception, Http404) and exception.args else None
    sentence = words if isinstance(words, str) and "matches the given query" not in words else ""
    return _told(request, 404, sentence)


def not_now(request: HttpRequest, exception: Exception) -> HttpResponse:
    """409: what stands against it at the moment."""
    return _told(request, 409, str(exception))


def broken(request: HttpRequest) -> HttpResponse:
    """500: a reference instead of a stack; needs neither database nor session."""
    if outage := outage_of(sys.exc_info()[1]):
        return _away(request, outage)
    reference = _reference()
    log.error("page broken", extra={"reference": reference, "path": request.path})
    theme = "dark" if request.COOKIES.get(THEME_COOKIE) == "dark" else "light"
    context = {"reference": reference, "theme": theme, "LANGUAGE_CODE": get_language()}
    return render(None, "pages/broken.html", context, status=500)


def _away(request: HttpRequest, outage: Outage) -> HttpResponse:
    """503 or 507: what is the matter, and when to ask again; needs neither database nor session."""
    log.error("outage", extra={"path": request.path, "status": outage.status}, exc_info=True)
    theme = "dark" if request.COOKIES.get(THEME_COOKIE) == "dark" else "light"
    context = {"sentence": outage.sentence, "theme": theme, "LANGUAGE_CODE": get_language()}
    answer = render(None, "pages/outage.html", context, status=outage.status)
    if outage.retry_seconds:
        answer["Retry-After"] = str(outage.retry_seconds)
    return answer


def _told(request: HttpRequest, status: int, sentence: str) -> HttpResponse:
    """A page in the shell for who is signed in, without it for strangers."""
    person = getattr(request, "person", None)
    reference = _reference()
    log.info("page refused", extra={"reference": reference, "path": request.path, "status": status})
    # The address may name a unit or year that is not there; the page that says so stands elsewhere.
    stand(request, lambda: place_without_asking(request, person))
    context = {
        "status": status,
        "sentence": sentence,
        "reference": reference,
        "layout": INSIDE if person else OUTSIDE,
    }
    return render(request, "pages/error.html", context, status=status)


def _reference() -> str:
    return uuid4().hex[:8]
