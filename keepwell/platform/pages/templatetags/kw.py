"""Components every page is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.template import Context
from django.templatetags.static import static
from django.urls import reverse
from django.utils import dateformat
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from keepwell.platform.publishing import format as told

register = template.Library()


@cache
def sprite() -> str:
    """Where the icons are."""
    return static("vendor/icons.svg")


@register.simple_tag
def icon(name: str, *, large: bool = False) -> SafeString:
    """A Tabler outline icon; it never speaks alone."""
    size = " kw-i-l" if large else ""
    return format_html(
        '<svg class="kw-i{}" aria-hidden="true"><use href="{}#{}"></use></svg>', size, sprite(), name
    )


@register.simple_tag(takes_context=True)
def here(context: Context, name: str, *args: Any, **query: Any) -> str:
    """The address of a page that keeps unit and year; further parameters of the query by name."""
    place = context["request"].place
    given = {key: value for key, value in query.items() if value not in (None, "")}
    found = {**place.query(), **given}
    return reverse(name, args=args) + (f"?{urlencode(found)}" if found else "")


@register.simple_tag(takes_context=True)
def stay(context: Context, **query: Any) -> str:
    """The present address with parameters of the query changed ("" takes one away)."""
    request = context["request"]
    kept = request.GET.copy()
    for cursor in ("after", "before"):
        kept.pop(cursor, None)
    for key, value in query.items():
        kept.pop(key, None)
        if value not in (None, ""):
            kept[key] = str(value)
    return request.path + (f"?{kept.urlencode()}" if kept else "")


@register.simple_tag(takes_context=True)
def keeping(context: Context, url: str) -> str:
    """`url` with unit and year kept."""
    found = context["request"].place.query()
    return f"{url}{'&' if '?' in url else '?'}{urlencode(found)}" if found else url


@register.filter
def day(value: date | None) -> str:
    """A day in short."""
    return told.day(value) if value else ""


@register.filter
def long_day(value: date | None) -> str:
    """A day in full."""
    return told.long_day(value) if value else ""


@register.filter
def month(value: date | None) -> str:
    """A month in short: Jun 2028, 2028 年 6 月."""
    return (
        dateformat.format(value, pgettext("a month in short, as Django's date format", "M Y"))
        if value
        else ""
    )


@register.filter
def moment(value: datetime | None, zone: str = "Asia/Taipei") -> str:
    """A moment in a zone."""
    return told.moment(value, zone) if value else ""


@register.filter
def clock(value: datetime | None, zone: str = "Asia/Taipei") -> str:
    """The time of day of a moment in a zone."""
    return f"{value.astimezone(ZoneInfo(zone)):%H:%M}" if value else ""


@register.filter
def number(value: Any) -> str:
    """A number with thousands separated."""
    return (
        told.number(value)
        if isinstance(value, (int, Decimal)) and not isinstance(value, bool)
        else str(value)
    )


@register.filter
def size(value: int) -> str:
    """Bytes for people."""
    return (
        f"{told.number(value / 1024 if value >= 1024 else value)} {'KB' if value >= 1024 else 'B'}"
        if value < 1 << 20
        else f"{value / (1 << 20):.1f} MB"
    )


@register.filter
def code(value: str) -> str:
    """A digest in 3 x 4 characters."""
    return told.code(value)


@register.filter
def yes_no(value: Any) -> str:
    """Yes or no."""
    return told.boolean(bool(value))


TINTS = {"good": "kw-st-good", "warn": "kw-st-warn", "bad": "kw-st-bad", "act": "kw-st-act", "mute": ""}


@register.simple_tag
def badge(word: Any, icon_name: str = "circle", tint: str = "mute") -> SafeString:
    """A state: an icon and a word, always both."""
    return format_html('<span class="kw-st {}">{}{}</span>', TINTS.get(tint, ""), icon(icon_name), word)


STATES = {
    "draft": ("pencil", "warn"), "signed_off": ("signature", "good"), "frozen": ("lock", "mute"),
    "applied": ("check", "good"), "refused": ("alert-triangle", "bad"), "reading": ("circle-dashed", "act"),
    "done": ("check", "good"), "dead": ("alert-triangle", "bad"), "running": ("circle-dashed", "act"), "queued": ("clock", "mute"),
    "planned": ("circle-dashed", "act"), "active": ("check", "good"), "suspended": ("clock", "warn"), "withdrawn": ("x", "mute"),
}  # fmt: skip


@register.simple_tag
def state(value: str, word: Any = "") -> SafeString:
    """The badge of a state kept as a code."""
    icon_name, tint = STATES.get(value, ("circle", "mute"))
    return badge(word or value, icon_name, tint)


@register.inclusion_tag("pages/_cell.html")
def shown(cell: Any, zone: str = "Asia/Taipei") -> dict[str, Any]:
    """A cell of a register, by its kind."""
    return {"cell": cell, "kind": str(cell.column.kind), "zone": zone}


@register.inclusion_tag("pages/_field.html")
def field(bound: Any) -> dict[str, Any]:
    """A field of a form: label, control, help, and what is wrong, each tied to the control."""
    bound.field.widget.attrs.setdefault("class", control_class(bound.field.widget))
    described = [f"{bound.auto_id}-help"] if bound.help_text else []
    if bound.errors:
        described.append(f"{bound.auto_id}-error")
        bound.field.widget.attrs["aria-invalid"] = "true"
    if described:
        bound.field.widget.attrs["aria-describedby"] = " ".join(described)
    kind = type(bound.field.widget).__name__
    return {
        "bound": bound,
        "is_set": kind in ("CheckboxSelectMultiple", "RadioSelect"),
        "is_box": kind == "CheckboxInput",
    }


def control_class(widget: Any) -> str:
    """Tabler's class for a control."""
    kind = type(widget).__name__
    return {
        "Select": "form-select",
        "CheckboxInput": "form-check-input",
        "CheckboxSelectMultiple": "form-check-input",
    }.get(kind, "form-control")


@dataclass(frozen=True)
class Spark:
    """A line of values over years, drawn by the server."""

    points: list[str]
    last: tuple[float, float] | None
    target: float | None
    words: str


WIDTH, HEIGHT, EDGE = 92.0, 22.0, 4.0


@register.inclusion_tag("pages/_spark.html")
def sparkline(values: Sequence[float | None], target: float | None = None) -> dict[str, Any]:
    """A sparkline of up to some dozen values (None: no data, a gap); `target` is dashed."""
    known = [float(v) for v in (*values, target) if v is not None]
    words = ", ".join(
        _("no data") if v is None else told.number(Decimal(str(v)), 0 if float(v).is_integer() else 1)
        for v in values
    )
    if not known:
        return {"spark": Spark([], None, None, words), "width": int(WIDTH), "height": int(HEIGHT)}
    low, high = min(known), max(known)

    def y(value: float) -> float:
        return round(
            HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * ((value - low) / (high - low) if high > low else 0.5), 1
        )

    step = (WIDTH - 2 * EDGE) / max(1, len(values) - 1)
    lines: list[str] = [""]
    last = None
    for number_, value in enumerate(values):
        if value is None:
            lines.append("")
            continue
        last = (round(EDGE + number_ * step, 1), y(float(value)))
        lines[-1] = f"{lines[-1]} {last[0]},{last[1]}".strip()
    spark = Spark([line for line in lines if line], last, None if target is None else y(float(target)), words)
    return {"spark": spark, "width": int(WIDTH), "height": int(HEIGHT)}


@register.simple_tag
def language_names() -> list[tuple[str, str]]:
    """Code and own name of every language."""
    return list(settings.LANGUAGES)


@register.filter
def html_lang(value: str) -> str:
    """A language code as HTML names it."""
    return {"zh-hant": "zh-Hant"}.get(value, value)


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """An item of a mapping."""
    return mapping.get(key) if hasattr(mapping, "get") else None


@register.simple_tag(takes_context=True)
def opened(context: Context, word: Any) -> bool:
    """Whether the present page lies under a word of the menu."""
    return bool(word.holds(context["request"].path))


@register.simple_tag(takes_context=True)
def present(context: Context, item: Any) -> bool:
    """Whether the present page is that of a menu item, or one below it."""
    return bool(item.holds(context["request"].path))


@register.filter
def amount(value: Any, unit: str) -> str:
    """A figure in its unit; words where there is no data."""
    return told.value(value, unit)


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
