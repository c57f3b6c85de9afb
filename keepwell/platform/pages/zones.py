"""Whose clock a page reads: the reader's own, named by its city."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

GREENWICH = "UTC"
CITIES = {
    "America/Los_Angeles": gettext_noop("Los Angeles"),
    "America/Mexico_City": gettext_noop("Mexico City"),
    "America/New_York": gettext_noop("New York"),
    "America/Phoenix": gettext_noop("Phoenix"),
    "Asia/Bangkok": gettext_noop("Bangkok"),
    "Asia/Ho_Chi_Minh": gettext_noop("Ho Chi Minh City"),
    "Asia/Hong_Kong": gettext_noop("Hong Kong"),
    "Asia/Kuala_Lumpur": gettext_noop("Kuala Lumpur"),
    "Asia/Manila": gettext_noop("Manila"),
    "Asia/Seoul": gettext_noop("Seoul"),
    "Asia/Shanghai": gettext_noop("Shanghai"),
    "Asia/Singapore": gettext_noop("Singapore"),
    "Asia/Taipei": gettext_noop("Taipei"),
    "Asia/Tokyo": gettext_noop("Tokyo"),
    "Europe/Berlin": gettext_noop("Berlin"),
    "Europe/London": gettext_noop("London"),
}
_reader: ContextVar[Callable[[], str] | None] = ContextVar("reader", default=None)


@contextmanager
def read_in(zone: Callable[[], str] | None) -> Iterator[None]:
    """Let every time of day be that of `zone()`, which is asked only when a page shows one."""
    token = _reader.set(zone)
    try:
        yield
    finally:
        _reader.reset(token)


def readers_zone() -> str:
    """The zone in which the present reader reads times; UTC where there is none."""
    zone = _reader.get()
    return zone() if zone else GREENWICH


def city(zone: str) -> str:
    """The name by which a zone is known here: Taipei, 臺北."""
    return _(CITIES[zone]) if zone in CITIES else zone.rpartition("/")[2].replace("_", " ")
