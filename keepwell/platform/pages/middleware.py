"""Every request knows its place, `request.place`, and every answer what browsers may do with it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, JsonResponse
from django.http.request import split_domain_port
from django.utils import translation

from keepwell.platform.jobs.job import TooMuchWork
from keepwell.platform.pages.due import forget
from keepwell.platform.pages.errors import not_now
from keepwell.platform.pages.place import place_of
from keepwell.platform.pages.requests import stand
from keepwell.platform.pages.zones import read_in
from keepwell.platform.people.permissions import reading_once

FOR_PROGRAMS = ("/api/", "/scim/")
FOR_STRANGERS = ("/report/",)
"""Where nobody is known, not even who is signed in: anybody may report without a name (security.md R11)."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class ForThisSiteAlone:
    """Middleware that lets no other site embed an answer, no cache keep it, and takes no method nobody needs.

    An answer that says itself how long it may be kept is left as it is.
    """

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in METHODS:
            return HttpResponseNotAllowed(sorted(METHODS))
        answer = self.answer(request)
        answer.headers.setdefault("Cache-Control", "private, no-store")
        answer.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return answer


class NoPlainPrograms:
    """Middleware that refuses programs over plain http where people would be led on to https.

    A program that is led on goes on sending its token in clear; one that is refused gets mended.
    """

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SECURE_SSL_REDIRECT and not request.is_secure() and request.path.startswith(FOR_PROGRAMS):
            told = {"type": "about:blank", "title": "https is needed", "status": 403}
            return JsonResponse(told, status=403, content_type="application/problem+json")
        return self.answer(request)


class OnlyReportsThere:
    """Middleware that lets the host of the report page answer with the report page and nothing else."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        host = urlsplit(settings.KEEPWELL_REPORTS_URL).hostname
        if host is None or split_domain_port(request.get_host())[0] != host:
            return self.answer(request)
        if request.path == "/":
            return HttpResponseRedirect(FOR_STRANGERS[0])
        if request.path.startswith(FOR_STRANGERS):
            return self.answer(request)
        return HttpResponse(
            "Incidents are reported here at /report/.\n", status=404, content_type="text/plain"
        )


class NobodyIsKnown:
    """Middleware that forgets who is signed in where nobody may be known; it stands before the session's own."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(FOR_STRANGERS):
            request.COOKIES.pop(settings.SESSION_COOKIE_NAME, None)
        return self.answer(request)


class KnowThePlace:
    """Middleware that sets `request.place`, the reader's zone, and the person's own language where none was chosen."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        person = getattr(request, "person", None)
        stand(request, lambda: place_of(request, person))
        if person and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            translation.activate(person.language)
            request.LANGUAGE_CODE = translation.get_language() or "en"
        if person and request.method == "POST":
            forget(request)
        reading = reading_once() if request.method in ("GET", "HEAD") else nullcontext()
        with reading, read_in((lambda: person.unit.time_zone) if person else None):
            return self.answer(request)


class NotTooMuchAtOnce:
    """Middleware that says in one sentence that somebody has as much background work unfinished as they may."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.answer(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer for a page that did not; None leaves every other error alone."""
        return not_now(request, error) if isinstance(error, TooMuchWork) else None
