"""Every request knows its person: `request.person`, None for a stranger."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from keepwell.platform.history.noting import keeping_refusals
from keepwell.platform.jobs.asking import reaching
from keepwell.platform.people.leaving import has_left
from keepwell.platform.people.models import Account, Person
from keepwell.platform.people.noted import keep_refusal
from keepwell.platform.replicas.routing import reading_for, wrote


class PersonRequest(HttpRequest):
    """A request that is answered only to somebody signed in: `person` is there."""

    person: Person


def know(request: HttpRequest, person: Person | None) -> None:
    """Let `request.person` be who asks; None for a stranger."""
    request.person = person  # type: ignore[attr-defined]  # Django's class knows no person


class KnowThePerson:
    """Middleware that sets `request.person` from the account signed in; whoever has left is signed out."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        person = person_of(request)
        if person is not None and has_left(person):
            logout(request)
            person = None
        know(request, person)
        with keeping_refusals(), reaching(None):
            return self.answer(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> None:
        """Keep a refused right in the trail."""
        keep_refusal(request, error)

    def process_view(self, request: HttpRequest, view: Callable[..., HttpResponse], *_: object) -> None:
        """Close what declares no rule: default deny."""
        if not hasattr(view, "operation"):
            raise RuntimeError(f"{view.__module__}.{getattr(view, '__name__', view)} declares no operation.")


class ReadWhatOneWrote:
    """Middleware, where there are replicas, that lets pages and the API read from them, but nobody less than they
    wrote before."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        def asker() -> UUID | None:
            person: Person | None = getattr(request, "person", None)
            return person.pk if person else None

        if request.method in ("GET", "HEAD"):
            with reading_for(asker):
                return self.answer(request)
        try:
            return self.answer(request)
        finally:
            wrote(asker())


def person_of(request: HttpRequest) -> Person | None:
    """The person who is signed in with this request; None for a stranger."""
    account = request.user
    return account.person if isinstance(account, Account) and account.is_authenticated else None
