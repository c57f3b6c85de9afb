"""What a page may ask of its request: the person, the place, and whether htmx wants a part alone."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django_htmx.middleware import HtmxDetails

from keepwell.platform.pages.place import Place
from keepwell.platform.people.requests import PersonRequest


class PlacedRequest(PersonRequest):
    """A request of somebody signed in, who stands at a place."""

    place: Place
    htmx: HtmxDetails


def stand(request: HttpRequest, find: Callable[[], Place]) -> None:
    """Let `request.place` be what `find` says, asked when first needed."""
    request.place = SimpleLazyObject(find)  # type: ignore[attr-defined]  # Django's class knows no place
