"""Every request knows its person: `request.person`, None for a stranger."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from keepwell.platform.people.models import Account, Person


class KnowThePerson:
    """Middleware that sets `request.person` from the account signed in."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.person = person_of(request)  # type: ignore[attr-defined]
        return self.answer(request)

    def process_view(self, request: HttpRequest, view: Callable[..., HttpResponse], *_: object) -> None:
        """Close what declares no rule: default deny."""
        if not hasattr(view, "operation"):
            raise RuntimeError(f"{view.__module__}.{getattr(view, '__name__', view)} declares no operation.")


def person_of(request: HttpRequest) -> Person | None:
    """The person who is signed in with this request; None for a stranger."""
    account = request.user
    return account.person if isinstance(account, Account) and account.is_authenticated else None
