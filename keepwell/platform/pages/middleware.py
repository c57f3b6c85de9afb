"""Every request knows its place, `request.place`, and every answer what browsers may do with it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils import translation

from keepwell.platform.pages.due import forget
from keepwell.platform.pages.place import place_of
from keepwell.platform.pages.requests import stand
from keepwell.platform.pages.zones import read_in
from keepwell.platform.people.permissions import reading_once

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
