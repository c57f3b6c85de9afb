"""Filters that say values for people: days, moments, numbers, sizes, what is left."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.utils import dateformat, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from keepwell.platform.pages import zones
from keepwell.platform.publishing import format as told

register = template.Library()
MOST_PLACES = 4
KIB, MIB = 1 << 10, 1 << 20


@register.filter
def day(value: date | None) -> str:
    """A day in short: 14 Nov 2025, 2025 年 11 月 14 日."""
    return told.day(value) if value else ""


@register.filter
def long_day(value: date | None) -> str:
    """A day in full: 14 November 2025."""
    return told.long_day(value) if value else ""


@register.filter
def short_day(value: date | None, present: date | None = None) -> str:
    """A day in the year of `present` without its year: 18 Nov, 11/18; in another year as `day`."""
    if value is None or present is None or value.year != present.year:
        return day(value)
    return dateformat.format(value, pgettext("a day without its year, as Django's date format", "j M"))


@register.filter
def weekday(value: date | None) -> str:
    """A day in full with its weekday: Friday 14 November 2025, 2025 年 11 月 14 日（五）."""
    return (
        dateformat.format(value, pgettext("a weekday and day, as Django's date format", "l j F Y"))
        if value
        else ""
    )


@register.filter
def month(value: date | None) -> str:
    """A month in short: Jun 2028, 2028 年 6 月."""
    return (
        dateformat.format(value, pgettext("a month in short, as Django's date format", "M Y"))
        if value
        else ""
    )


@register.filter
def moment(value: datetime | None, zone: str = "") -> str:
    """A moment in `zone`, else in the reader's: 14 Nov 2025, 05:12."""
    return told.moment(value, zone or zones.readers_zone()) if value else ""


@register.filter
def local(value: datetime | None, zone: str = "") -> datetime | None:
    """A moment moved to `zone`, else to the reader's, so that its day is the right one."""
    return value.astimezone(ZoneInfo(zone or zones.readers_zone())) if value else None


@register.filter
def clock(value: datetime | None, zone: str = "") -> str:
    """The time of day of a moment in `zone`, else in the reader's: 05:12."""
    return f"{value.astimezone(ZoneInfo(zone or zones.readers_zone())):%H:%M}" if value else ""


@register.filter
def place_time(value: datetime | None, zone: str = "") -> str:
    """The time of day with the city whose time it is: 05:12 Taipei, 05:12 臺北."""
    if value is None:
        return ""
    zone = zone or zones.readers_zone()
    return _("%(time)s %(city)s") % {"time": clock(value, zone), "city": zones.city(zone)}


@register.filter
def city(zone: str) -> str:
    """The name by which a time zone is known here."""
    return zones.city(zone or zones.readers_zone())


@register.filter
def number(value: Any) -> str:
    """A number with thousands separated; anything else as it is."""
    return (
        told.number(value)
        if isinstance(value, (int, Decimal)) and not isinstance(value, bool)
        else str(value)
    )


@register.filter
def decimal(value: Any) -> str:
    """A number with its own decimals, four at most, without noughts behind: 2.5, 1,015."""
    if not isinstance(value, Decimal):
        return number(value)
    exponent = value.normalize().as_tuple().exponent
    return told.number(value, min(max(-exponent, 0), MOST_PLACES) if isinstance(exponent, int) else 0)


@register.filter
def size(value: int) -> str:
    """Bytes for people: 820 B, 14 KB, 3.2 MB."""
    if value < KIB:
        return f"{value} B"
    return (
        f"{told.number(Decimal(value) / KIB)} KB"
        if value < MIB
        else f"{told.number(Decimal(value) / MIB, 1)} MB"
    )


@register.filter
def code(value: str) -> str:
    """A digest in 3 x 4 characters."""
    return told.code(value)


@register.filter
def yes_no(value: Any) -> str:
    """Yes or no."""
    return told.boolean(bool(value))


@register.filter
def amount(value: Any, unit: str) -> str:
    """A figure in its unit; words where there is no data."""
    return told.value(value, unit)


@register.filter
def measure(unit: str) -> str:
    """The word of a figure's unit, as a column heads it."""
    return told.unit(unit)


@register.filter
def is_late(todo: Any, day: date) -> bool:
    """Whether a todo's day is past."""
    return todo.due_on is not None and todo.due_on < day


@register.filter
def is_today(todo: Any, day: date) -> bool:
    """Whether a todo is due today."""
    return bool(todo.due_on == day)


@register.filter
def left(todo: Any, day: date) -> str:
    """How many days a todo has left, or how late it is."""
    days = (todo.due_on - day).days
    if days < 0:
        return ngettext("%(days)d day late", "%(days)d days late", -days) % {"days": -days}
    if days == 0:
        return _("today")
    return ngettext("%(days)d day", "%(days)d days", days) % {"days": days}


@register.filter
def late_count(todos: Any, day: date) -> int:
    """How many of `todos` are late."""
    return sum(is_late(todo, day) for todo in todos)


@register.filter
def time_left(job: Any) -> str:
    """About how long a running job still takes, from how long it took so far; empty while nobody can say."""
    if not job.total or not job.done or job.done >= job.total:
        return ""
    spent: timedelta = timezone.now() - job.created_at
    seconds = int(spent.total_seconds() * (job.total - job.done) / job.done)
    if seconds < 1:
        return ""
    if seconds < 90:
        return ngettext("About %(n)d second left.", "About %(n)d seconds left.", seconds) % {"n": seconds}
    minutes = round(seconds / 60)
    return ngettext("About %(n)d minute left.", "About %(n)d minutes left.", minutes) % {"n": minutes}


@register.filter
def html_lang(value: str) -> str:
    """A language code as HTML names it."""
    return {"zh-hant": "zh-Hant"}.get(value, value)


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """An item of a mapping."""
    return mapping.get(key) if hasattr(mapping, "get") else None
