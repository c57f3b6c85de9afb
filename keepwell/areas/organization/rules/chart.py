"""The organization chart of a day as SVG: a page colours it by its classes, documents by its attributes."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import override

from keepwell.areas.organization.rules.heads import counted_people, counted_sites, heads_by_unit
from keepwell.platform.people.models import Person
from keepwell.platform.publishing.format import number
from keepwell.platform.records.models import visible_to
from keepwell.platform.tree.models import Ancestry, Unit, on

SHOWN = (Unit.Kind.GROUP, Unit.Kind.COMPANY, Unit.Kind.SITE)
INNER = (Unit.Kind.SITE, Unit.Kind.UNIT)  # below these, the chart shows every unit
MOST_SITES = 60  # above that, companies are drawn folded
COLUMNS = 6
HEAD, WIDTH, HEIGHT, GAP, INDENT, DROP = 252, 180, 44, 12, 14, 32
COLOURS = {"group": ("#e6f0f9", "#0a5a9c"), "company": ("#e9ecf0", "#7d8794"), "site": ("#ffffff", "#7d8794")}
INK, QUIET, EDGE = "#17212b", "#46525f", "#7d8794"


@dataclass
class Branch:
    """A unit of the chart: what is below it, and how many people work there and below."""

    unit: Unit
    people: int = 0
    below: list[Branch] = field(default_factory=list)

    @property
    def is_large(self) -> bool:
        """Whether so many sites lie below that companies are drawn, and listed, folded."""
        return sites_below(self) > MOST_SITES and any(one.below for one in self.below)


def branch(unit: Unit, day: date, person: Person | None = None) -> Branch:
    """`unit`, companies and sites below it on `day` (below a site its units), with their people.

    Only what `person` may see, if given.
    """
    kinds = Unit.Kind.values if unit.kind in INNER else SHOWN
    rows = Unit.objects.below(unit, day).active(day).filter(kind__in=kinds).order_by("code")
    people = heads_by_unit(day)
    shown = visible_to(rows, person) if person else rows
    found = {one.pk: Branch(one, people.get(one.pk, 0)) for one in shown}
    top = found.setdefault(unit.pk, Branch(unit, people.get(unit.pk, 0)))
    above = dict(Ancestry.objects.filter(on(day), depth=1).values_list("descendant", "ancestor"))
    for pk, one in found.items():
        if pk != unit.pk:
            home = next((found[up] for up in _upwards(above.get(pk), above) if up in found), top)
            home.below.append(one)
    return top


def _upwards(pk: UUID | None, above: dict[UUID, UUID]) -> Iterator[UUID]:
    """A unit and all above it."""
    while pk is not None:
        yield pk
        pk = above.get(pk)


def sites_below(top: Branch) -> int:
    """How many sites are shown below `top`."""
    return sum((one.unit.kind == Unit.Kind.SITE) + sites_below(one) for one in top.below)


def chart_svg(unit: Unit, day: date, language: str, *, person: Person | None = None) -> str:
    """The chart of `unit` on `day` in `language` ("en", "zh-hant"); only what `person` may see, if given.

    It has attributes and no style; a page's own CSS classes go before them.
    """
    with override(language):
        return drawn(branch(unit, day, person))


def drawn(top: Branch) -> SafeString:
    """The chart of `top` in the active language: six columns a band, each with what lies below its head."""
    bands = [top.below[n : n + COLUMNS] for n in range(0, len(top.below), COLUMNS)]
    left = GAP if len(bands) > 1 else 0
    width = left + max((len(band) for band in bands), default=1) * (WIDTH + GAP) - GAP
    width = max(width, HEAD)
    trunk = width // 2 if len(bands) < 2 else GAP // 2
    parts, lines = [_box(top, max(0, trunk - HEAD // 2), 0, HEAD)], []
    bottom, start = HEIGHT, HEIGHT
    for band in bands:
        y = bottom + DROP
        for place, head in enumerate(band):
            x = left + place * (WIDTH + GAP)
            lines.append(f"M{trunk} {start}V{y - DROP // 2}H{x + WIDTH // 2}V{y}")
            parts.append(_box(head, x, y, WIDTH))
            bottom = max(bottom, _column(head, x, y, parts, lines, folded=top.is_large))
    return _svg(top, width, bottom, lines, parts)


def _column(head: Branch, x: int, y: int, parts: list[SafeString], lines: list[str], *, folded: bool) -> int:
    """Draw what lies below `head` into `parts` and `lines`; returns where it ends."""
    bottom = y + HEIGHT
    for one in () if folded else head.below:
        middle = bottom + GAP // 2 + HEIGHT // 2
        lines.append(f"M{x + INDENT // 2} {y + HEIGHT}V{middle}H{x + INDENT}")
        parts.append(_box(one, x + INDENT, bottom + GAP // 2, WIDTH - INDENT))
        bottom += GAP // 2 + HEIGHT
    return bottom


def _svg(top: Branch, width: int, height: int, lines: list[str], parts: list[SafeString]) -> SafeString:
    paths = format_html_join("", '<path d="{}" fill="none" stroke="{}"/>', ((line, EDGE) for line in lines))
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" width="{}" height="{}" viewBox="-1 -1 {} {}" role="img"'
        ' aria-label="{}" font-family="Inter, Noto Sans TC, sans-serif">{}{}</svg>',
        width + 2, height + 2, width + 2, height + 2,
        _("Chart of %(unit)s: %(facts)s") % {"unit": top.unit, "facts": _line(top)},
        paths, format_html_join("", "{}", ((part,) for part in parts)),
    )  # fmt: skip


def _box(one: Branch, x: int, y: int, width: int) -> SafeString:
    """One unit: its name, and below it what it consists of."""
    kind = one.unit.kind if one.unit.kind in COLOURS else "site"
    fill, edge = COLOURS[kind]
    return format_html(
        '<g class="o-{}" transform="translate({} {})"><title>{}</title>'
        '<rect width="{}" height="{}" rx="4" fill="{}" stroke="{}"/>'
        '<text class="t-ink" x="10" y="18" font-size="12" font-weight="600" fill="{}">{}</text>'
        '<text x="10" y="35" font-size="11" fill="{}">{}</text></g>',
        kind, x, y, one.unit.name_here, width, HEIGHT, fill, edge,
        INK, fitted(one.unit.name_here, width - 20), QUIET, _line(one),
    )  # fmt: skip


def _line(one: Branch) -> str:
    """What a unit consists of, in a line."""
    sites = sites_below(one)
    if sites:
        return _("%(sites)s · %(people)s") % {
            "sites": counted_sites(sites),
            "people": counted_people(one.people),
        }
    return _("%(code)s · %(country)s · %(people)s") % {
        "code": one.unit.code, "country": one.unit.country, "people": number(one.people)}  # fmt: skip


def fitted(text: str, width: int) -> str:
    """`text` cut to about `width` pixels at 12 px, with … if something was cut."""
    room = float(width)
    for place, sign in enumerate(text):
        room -= 12.5 if unicodedata.east_asian_width(sign) in "WF" else 6.6
        if room < 0:
            return text[: place - 1].rstrip() + "…"
    return text
