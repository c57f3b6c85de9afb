"""Sites beside each other, and how all of them lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.assessment.pages.reading.places import Stand
from keepwell.areas.assessment.rules.comparing import Cell, HeatMap, Row, heat_map
from keepwell.areas.assessment.rules.reading import beside, radar
from keepwell.areas.assessment.rules.reading.charts import Scaled
from keepwell.areas.assessment.rules.reading.maps import NOWHERE, Head, laid_out, narrowed
from keepwell.areas.assessment.rules.reading.shades import Colouring, Shade, shade, told
from keepwell.areas.assessment.rules.reading.wishes import Spot
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.operations import Access, operation

BAR, LINE = 132.0, 22
PRESETS = ((beside.BEST, _("Three best")), (beside.WORST, _("Three worst")), ("", _("Both ends")))


@dataclass(frozen=True)
class Bar:
    """A figure of one site as a number and a bar; lengths are pixels of a drawing."""

    head: Head
    text: str
    shade: Shade
    length: str
    target: str
    y: int
    url: str
    peer: str = ""


@dataclass(frozen=True)
class Column:
    """A site with its figures."""

    row: Row
    bars: list[Bar]
    radar: radar.Radar | None

    @property
    def height(self) -> int:
        return LINE * len(self.bars)


@operation(Access.PERMISSION, "assessment")
def show_beside(request: PlacedRequest) -> HttpResponse:
    """Chosen sites beside each other, requirement by requirement: a table, and the same as small bars."""
    stand = Stand.of(request)
    if stand.found is None:
        return render(request, "assessment/reading/nothing.html", stand.context("maturity-sites"))
    shown = _shown(stand)
    scopes = beside.scopes_of(shown)
    scope = next(
        (name for name, _label in scopes if name == request.GET.get("scope")),
        scopes[0][0] if scopes else "it",
    )
    asked = [code[:60] for code in request.GET.getlist("site")][: beside.MOST_SITES]
    rows = beside.chosen(shown, asked, scope)
    heads = laid_out(shown, stand.wish).heads
    chosen_sites = "".join(f"&site={quote(code)}" for code in asked)
    columns = [Column(row, _bars(stand, row, scope, heads), _radar(stand, row, scope, heads)) for row in rows]
    context = stand.context(
        "maturity-sites", columns=columns, table=_table(columns, _peers(stand, scope, heads)), sites=beside.sites_of(shown),
        scopes=[(stand.link("maturity-sites", scope=name) + chosen_sites, label, name == scope) for name, label in scopes],
        chosen={row.unit.code for row in rows}, most=beside.MOST_SITES, kept=stand.kept, scope=scope,
        presets=[(stand.link("maturity-sites", scope=scope, site=name), label, asked == [name]) for name, label in PRESETS],
        **_beside(stand, scope, chosen_sites),
    )  # fmt: skip
    return render(request, "assessment/reading/sites.html", context)


@operation(Access.PERMISSION, "assessment")
def show_spread(request: PlacedRequest) -> HttpResponse:
    """How the sites lie at each requirement, OT beside IT, what rose most, and what is missed most."""
    stand = Stand.of(request)
    if stand.found is None:
        return render(request, "assessment/reading/nothing.html", stand.context("maturity-spread"))
    shown, fine = _shown(stand), _shown(stand, depth=1)
    missed = [(one, stand.link("maturity", by="category")) for one in beside.missed(fine)]
    improved = linked(stand, beside.improved(shown), gettext("%(amount)s more"))
    concerns = linked(stand, beside.concerns(shown), gettext("%(amount)s below"))
    context = stand.context(
        "maturity-spread", boxes=beside.distribution_chart(shown, stand.cycle, stand.against, stand.leads),
        twins=beside.twins(shown), twins_chart=beside.twins_chart(shown, stand.leads),
        improved=improved, concerns=concerns, missed=missed, sites=len(beside.sites_of(shown)), **stand.beside("maturity-spread"),
    )  # fmt: skip
    return render(request, "assessment/reading/spread.html", context)


def _shown(stand: Stand, depth: int = 0) -> HeatMap:
    shown = heat_map(stand.cycle, person=stand.person, view=stand.wish.score, depth=depth)
    return narrowed(shown, stand.request.place.unit)


def linked(stand: Stand, picks: list[beside.Pick], words: str) -> list[tuple[beside.Pick, str, str, str]]:
    """Each with its score, by how much it stands out, and where it opens."""
    return [
        (
            pick,
            told(pick.cell.value, pick.cell.method),
            words % {"amount": pick.amount},
            stand.cell(pick.spot),
        )
        for pick in picks
    ]


def _bars(stand: Stand, row: Row, scope: str, heads: tuple[Head, ...]) -> list[Bar]:
    scaled = Scaled.of(stand.cycle)
    found = []
    for place, head in enumerate(heads):
        cell = row.cell(scope, head.code)
        url = stand.cell(Spot(row.unit.code, scope, head.code)) if cell is not None else ""
        text = told(cell.value, cell.method) if cell is not None else ""
        look = shade(cell, Colouring.GAP, stand.cycle) if cell is not None else Shade()
        exact = stand.against.exact(scope, head.code) if stand.against is not None else None
        peer = _at(scaled.drawn(exact), scaled)
        found.append(
            Bar(
                head,
                text or NOWHERE,
                look,
                _length(cell, scaled),
                _aim(cell, scaled),
                place * LINE,
                url,
                peer,
            )
        )
    return found


def _radar(stand: Stand, row: Row, scope: str, heads: tuple[Head, ...]) -> radar.Radar | None:
    """The same figures around a middle; the whole is no axis of its own."""
    scaled, parts = Scaled.of(stand.cycle), [head for head in heads if head.code]
    cells = [row.cell(scope, head.code) for head in parts]
    against = stand.against
    return radar.drawn(
        [head.code for head in parts], scaled,
        values=[scaled.drawn(cell.value) if cell is not None else None for cell in cells],
        targets=[scaled.drawn(cell.target) if cell is not None else None for cell in cells],
        peers=[scaled.drawn(against.exact(scope, head.code)) if against is not None else None for head in parts],
    )  # fmt: skip


def _beside(stand: Stand, scope: str, chosen_sites: str) -> dict[str, Any]:
    """The benchmarks to choose from, the sites kept."""
    told = stand.beside("maturity-sites", scope=scope)
    told["benchmarks"] = [(url + chosen_sites, label, on) for url, label, on in told["benchmarks"]]
    return told


def _peers(stand: Stand, scope: str, heads: tuple[Head, ...]) -> list[tuple[Head, str]]:
    """Each requirement with what the chosen benchmark says there, "" without one."""
    against = stand.against
    if against is None:
        return [(head, "") for head in heads]
    values = ((head, against.value(scope, head.code)) for head in heads)
    return [(head, NOWHERE if value is None else str(value)) for head, value in values]


def _length(cell: Cell | None, scaled: Scaled) -> str:
    return _at(scaled.drawn(cell.value) if cell is not None else None, scaled)


def _aim(cell: Cell | None, scaled: Scaled) -> str:
    return _at(scaled.drawn(cell.target) if cell is not None else None, scaled)


def _at(value: float | None, scaled: Scaled) -> str:
    """Where a value lies on the bar; "" for none."""
    return "" if value is None else f"{(value - scaled.low) / (scaled.high - scaled.low) * BAR:.1f}"


def _table(columns: list[Column], peers: list[tuple[Head, str]]) -> list[tuple[Head, list[Bar], str]]:
    """Requirement by site, and what others came to."""
    return [
        (head, [column.bars[place] for column in columns], peer) for place, (head, peer) in enumerate(peers)
    ]
