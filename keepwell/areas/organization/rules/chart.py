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
HEAD, WIDTH, HEIGHT, GAP, INDENT, DROP = 252, 180, 44, 12, 14, 32
STEP = HEIGHT + GAP // 2
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
    """The chart of `top` for a page, in the active language: six columns a band; a large one folded."""
    return laid_out(top, PAGE, folded=top.is_large).svg()


def units_below(one: Branch, depth: int = 1) -> Iterator[tuple[Branch, int]]:
    """Every unit shown below `one` with how deep it lies, each before what lies below it."""
    for found in one.below:
        yield found, depth
        yield from units_below(found, depth + 1)


@dataclass(frozen=True)
class Grid:
    """How a chart is spread: so many units to a column at most, so many columns to a band."""

    rows: int
    columns: int


PAGE = Grid(rows=10_000, columns=6)


@dataclass(frozen=True)
class Head:
    """A unit right below the top, with the columns of what lies below it."""

    branch: Branch
    lanes: list[list[tuple[Branch, int]]]

    @property
    def width(self) -> int:
        """How wide its box is: as all its columns."""
        return len(self.lanes) * (WIDTH + GAP) - GAP

    @property
    def height(self) -> int:
        """How high it and its longest column are."""
        return HEIGHT + max(map(len, self.lanes)) * STEP


@dataclass(frozen=True)
class Layout:
    """A chart with the place of everything in it, before it is drawn."""

    top: Branch
    bands: list[list[Head]]

    @property
    def left(self) -> int:
        """Room for the trunk where it must pass several bands."""
        return GAP if len(self.bands) > 1 else 0

    @property
    def width(self) -> int:
        wide = [sum(head.width + GAP for head in band) - GAP for band in self.bands]
        return max(self.left + max(wide, default=0), HEAD)

    @property
    def height(self) -> int:
        return HEIGHT + sum(DROP + max(head.height for head in band) for band in self.bands)

    def svg(self) -> SafeString:
        """The chart in the active language."""
        trunk = self.width // 2 if len(self.bands) < 2 else GAP // 2
        parts, lines = [_box(self.top, max(0, trunk - HEAD // 2), 0, HEAD)], []
        y = HEIGHT
        for band in self.bands:
            x, y = self.left, y + DROP
            for head in band:
                lines.append(f"M{trunk} {HEIGHT}V{y - DROP // 2}H{x + head.width // 2}V{y}")
                parts.append(_box(head.branch, x, y, head.width))
                _below(head, x, y, parts, lines)
                x += head.width + GAP
            y += max(head.height for head in band)
        return _svg(self.top, self.width, self.height, lines, parts)


def laid_out(top: Branch, grid: Grid, *, folded: bool) -> Layout:
    """`top` spread by `grid`; `folded` shows nothing below its heads."""
    bands: list[list[Head]] = []
    for one in top.below:
        below = [] if folded else list(units_below(one))
        head = Head(one, [below[n : n + grid.rows] for n in range(0, len(below), grid.rows)] or [[]])
        taken = sum(len(other.lanes) for other in bands[-1]) if bands else grid.columns
        if taken + len(head.lanes) > grid.columns:
            bands.append([])
        bands[-1].append(head)
    return Layout(top, bands)


def _below(head: Head, x: int, y: int, parts: list[SafeString], lines: list[str]) -> None:
    """Draw what lies below `head` into `parts` and `lines`, column by column."""
    for lane in head.lanes:
        for place, (one, depth) in enumerate(lane):
            top, step = y + HEIGHT + GAP // 2 + place * STEP, INDENT * depth
            lines.append(f"M{x + step - INDENT // 2} {y + HEIGHT}V{top + HEIGHT // 2}H{x + step}")
            parts.append(_box(one, x + step, top, WIDTH - step))
        x += WIDTH + GAP


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
