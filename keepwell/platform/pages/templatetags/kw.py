"""Components every page is made of: `{% load kw %}` brings these, the filters and the drawings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.template import Context
from django.templatetags.static import static
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from keepwell.platform.pages import frame
from keepwell.platform.pages.markup import markup, together
from keepwell.platform.pages.templatetags import kw_drawings, kw_words
from keepwell.platform.publishing import format as told

register = template.Library()
register.filters.update(kw_words.register.filters)
register.tags.update(kw_drawings.register.tags)

CURSORS = ("after", "before", "page")
MANY_CHOICES = 12


@register.simple_tag(takes_context=True)
def here(context: Context, name: str, *args: Any, **query: Any) -> str:
    """The address of a page that keeps unit and year; further parameters of the query by name."""
    place = context["request"].place
    given = {key: value for key, value in query.items() if value not in (None, "")}
    found = {**place.query(), **given}
    return reverse(name, args=args) + (f"?{urlencode(found)}" if found else "")


@register.simple_tag(takes_context=True)
def stay(context: Context, **query: Any) -> str:
    """The present address with parameters of the query changed ("" takes one away), from the first page on."""
    request = context["request"]
    kept = request.GET.copy()
    for name in {*CURSORS, *query}:
        kept.pop(name, None)
    for name, value in query.items():
        if value not in (None, ""):
            kept[name] = str(value)
    return request.path + (f"?{kept.urlencode()}" if kept else "")


@register.simple_tag(takes_context=True)
def keeping(context: Context, url: str) -> str:
    """`url` with unit and year kept."""
    found = context["request"].place.query()
    return f"{url}{'&' if '?' in url else '?'}{urlencode(found)}" if found else url


@register.simple_tag
def hole(name: str) -> SafeString:
    """Where the frame differs with each address."""
    return together([frame.hole(name)])


@register.simple_tag
def unchanging(template: str) -> SafeString:
    """A part that is the same on every page of one language."""
    return frame.unchanging(template)


@register.simple_tag(takes_context=True)
def menu(context: Context) -> SafeString:
    """The menu of the present page."""
    return frame.menu(context["request"], context["menu"](), context["due_count"]())


@register.simple_tag(takes_context=True)
def top(context: Context) -> SafeString:
    """The top of the present page."""
    return frame.top(context["request"], context["chapter"](), context["unread_count"]())


@cache
def sprite() -> str:
    """Where the icons are."""
    return static("vendor/icons.svg")


@register.simple_tag
def icon(name: str, *, large: bool = False) -> SafeString:
    """A Tabler outline icon of icons.txt; it never speaks alone."""
    size = " kw-i-l" if large else ""
    return markup(
        '<svg class="kw-i%s" aria-hidden="true"><use href="%s#%s"></use></svg>', size, sprite(), name
    )


TINTS = {"good": " kw-st-good", "warn": " kw-st-warn", "bad": " kw-st-bad", "act": " kw-st-act"}


@register.simple_tag
def badge(word: Any, icon_name: str = "circle", tint: str = "mute") -> SafeString:
    """A state: an icon and a word, always both; tints are good, warn, bad, act and mute."""
    return markup('<span class="kw-st%s">%s%s</span>', TINTS.get(tint, ""), icon(icon_name), word)


NOTHING = markup('<span class="kw-3"></span>')
STATES = {
    "draft": ("pencil", "warn"), "signed_off": ("signature", "good"), "frozen": ("lock", "mute"),
    "applied": ("check", "good"), "refused": ("alert-triangle", "bad"), "reading": ("circle-dashed", "act"),
    "done": ("check", "good"), "dead": ("alert-triangle", "bad"), "running": ("circle-dashed", "act"),
    "queued": ("clock", "mute"),
    "change": ("pencil", "mute"), "refusal": ("ban", "warn"), "read": ("file-text", "mute"),
    "planned": ("circle-dashed", "act"), "active": ("check", "good"), "suspended": ("clock", "warn"), "withdrawn": ("x", "mute"),
}  # fmt: skip


@register.simple_tag
def state(value: str, word: Any = "") -> SafeString:
    """The badge of a state kept as a code."""
    icon_name, tint = STATES.get(value, ("circle", "mute"))
    return badge(word or value, icon_name, tint)


@register.inclusion_tag("pages/_figure.html")
def figure(value: Any, unit: str = "count", says: Any = "", *, url: str = "", records: Any = "", digest: str = "",
           hidden: int = 0) -> dict[str, Any]:  # fmt: skip
    """A counted number with its proof: what it says, the records behind it, their digest, how many are hidden.

    None is "no data" in words, never 0.
    """
    shown = "" if value is None else told.value(value, unit)
    return {"shown": shown, "says": says, "url": url, "records": records, "digest": digest, "hidden": hidden}


@register.inclusion_tag("pages/_empty.html")
def empty(
    sentence: Any, why: Any = "", *, url: str = "", act: Any = "", is_first: bool = False
) -> dict[str, Any]:
    """Nothing here: what is missing, why, and the one act that helps (filled if it is the page's first)."""
    return {"sentence": sentence, "why": why, "url": url, "act": act, "is_first": is_first}


@register.inclusion_tag("pages/_tabs.html")
def tabs(views: list[tuple[str, Any, bool]], label: Any = "") -> dict[str, Any]:
    """The views of one subject: (address, label, whether it is the present one) each."""
    return {"views": views, "label": label}


@dataclass(frozen=True)
class Chip:
    """A filter as a chip: what it narrows, by what it is narrowed now, and the address without it."""

    name: str
    label: str
    type: str
    options: tuple[tuple[str, str], ...]
    chosen: tuple[str, ...]
    chosen_text: str
    without_url: str


@dataclass(frozen=True)
class Filters:
    """All that the filters of a list say, but for the address of the list itself."""

    language: str
    chips: tuple[Chip, ...]
    search: str
    hint: str
    kept: tuple[tuple[str, str], ...]
    clear_url: str

    @property
    def typed(self) -> list[Chip]:
        """Those still to be typed."""
        return [one for one in self.chips if not one.options and not one.chosen]

    @property
    def open(self) -> list[Chip]:
        """Those that offer a choice, or were typed."""
        return [one for one in self.chips if one.options or one.chosen]


@register.simple_tag(takes_context=True)
def chips(context: Context, filters: Sequence[Any], search: str | None = None, hint: str = "") -> SafeString:
    """The filters of a list (name, label, type, options, chosen) as chips, those still to be typed behind one.

    A search box stands before them if `hint` says what it finds.
    """
    request = context["request"]
    told = tuple(chip(context, one) for one in filters)
    narrowed = bool(search) or any(one.chosen for one in told)
    said = Filters(
        language=get_language() or "", chips=told, search=search or "", hint=str(hint),
        kept=tuple((name, value) for name, values in request.GET.lists() if name not in CURSORS for value in values),
        clear_url=stay(context, **{"q": "", **{one.name: "" for one in told}}) if narrowed else "",
    )  # fmt: skip
    # What somebody searched is hardly asked again in the same words.
    return frame.drawn("pages/_filters.html", said, {"filters": said}, {"path": request.path}, (), kept=not narrowed)  # fmt: skip


def _day_said(value: str) -> str:
    """A chosen day as days are told; what is none stays as it was typed."""
    try:
        return told.day(date.fromisoformat(value))
    except ValueError:
        return value


def chip(context: Context, one: Any) -> Chip:
    """One filter as a chip on the present page."""
    options = tuple((str(code), str(label)) for code, label in one.options)
    said = [
        _day_said(value) if one.type == "date" else dict(options).get(value, value) for value in one.chosen
    ]
    without = stay(context, **{one.name: ""}) if one.chosen else ""
    return Chip(one.name, str(one.label), one.type, options, tuple(one.chosen), ", ".join(said), without)


OPTION, CHOSEN = '<option value="%s">%s</option>', '<option value="%s" selected>%s</option>'


@register.simple_tag
def chip_options(chip: Chip) -> SafeString:
    """What can be chosen of a filter; in Python, for all units of a group may be among it."""
    chosen = frozenset(chip.chosen)
    return together(markup(CHOSEN if code in chosen else OPTION, code, label) for code, label in chip.options)


SAID: dict[object, Callable[[Any, str], Any]] = {
    "day": lambda value, _zone: kw_words.day(value),
    "moment": lambda value, zone: kw_words.moment(value, zone),
    "number": lambda value, _zone: kw_words.number(value),
    "decimal": lambda value, _zone: kw_words.decimal(value),
    "yes_no": lambda value, _zone: kw_words.yes_no(value),
}


@register.simple_tag
def shown(cell: Any, zone: str = "") -> SafeString:
    """A cell of a register, by its kind; in Python, for a list has hundreds of them."""
    if cell.is_empty:
        return NOTHING
    if cell.badge:
        return badge(cell.badge.word, cell.badge.icon, cell.badge.tint)
    is_year = cell.column.name.rpartition("__")[2] == "year"  # no amount: 2025, never 2,025
    say = None if is_year else SAID.get(cell.column.kind)
    words = say(cell.value, zone) if say else cell.text
    if cell.url:
        return markup('<a href="%s">%s</a>', cell.url, words)
    if say is None and cell.column.name in ("state", "status"):
        return state(cell.value, cell.text)
    return together([words])


@register.inclusion_tag("pages/_field.html")
def field(bound: Any) -> dict[str, Any]:
    """A field of a form: label, control, help, and what is wrong, each tied to the control."""
    widget = bound.field.widget
    kind = type(widget).__name__
    widget.attrs.setdefault("class", CONTROLS.get(kind, "form-control"))
    described = [f"{bound.auto_id}-help"] if bound.help_text else []
    if bound.errors:
        described.append(f"{bound.auto_id}-error")
        widget.attrs["aria-invalid"] = "true"
    if described:
        widget.attrs["aria-describedby"] = " ".join(described)
    choices = len(getattr(bound.field, "choices", ())) if kind in SETS else 0
    return {
        "bound": bound,
        "is_set": kind in SETS,
        "is_box": kind == "CheckboxInput",
        "are_many": choices > MANY_CHOICES,
    }


SETS = ("CheckboxSelectMultiple", "RadioSelect")
CONTROLS = {"Select": "form-select", "SelectMultiple": "form-select", "CheckboxInput": "form-check-input",
            "CheckboxSelectMultiple": "form-check-input", "RadioSelect": "form-check-input"}  # fmt: skip


@register.simple_tag
def language_names() -> list[tuple[str, str]]:
    """Code and own name of every language."""
    return list(settings.LANGUAGES)
