"""Where a reader of maturity stands: the cycle, what is wished of it, and the addresses that keep both."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.exceptions import BadRequest
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from keepwell.areas.assessment.models import Benchmark, Cycle
from keepwell.areas.assessment.rules import benchmarks
from keepwell.areas.assessment.rules.reading.cycles import choices, find
from keepwell.areas.assessment.rules.reading.wishes import EVERY, Leads, Spot, Wish, address, at
from keepwell.kernel.refusing import Refused
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.models import Person

TABS = (
    ("maturity", _("Map")), ("maturity-sites", _("Sites")), ("maturity-spread", _("Spread")),
    ("maturity-calibration", _("Calibration")), ("maturity-years", _("Years")), ("maturity-plan", _("Plan")),
    ("maturity-reports", pgettext_lazy("documents", "Reports")),
)  # fmt: skip


@dataclass(frozen=True)
class Stand:
    """A reader at a cycle; `among` are the cycles to choose from, none of them if nothing was opened yet."""

    request: PlacedRequest
    wish: Wish
    among: list[Cycle]
    found: Cycle | None

    @classmethod
    def of(cls, request: PlacedRequest) -> Stand:
        """Where a request stands; absent for a cycle that is not there."""
        try:
            wish = Wish.parse(request.GET)
        except Refused as refusal:
            raise BadRequest(str(refusal)) from refusal
        among = choices(request.person, request.place.number)
        found = find(among, wish.cycle)
        if found is None and wish.cycle:
            raise Http404
        return cls(request, wish, among, found)

    @property
    def person(self) -> Person:
        return self.request.person

    @property
    def cycle(self) -> Cycle:
        """The cycle; absent where none was opened."""
        if self.found is None:
            raise Http404(gettext("No cycle of maturity was opened up to this year."))
        return self.found

    @cached_property
    def kept(self) -> dict[str, str]:
        """What every address keeps: unit and year, and all that is wished."""
        return self.request.place.query() | self.wish.query()

    def link(self, name: str, **changed: str) -> str:
        """The address of a page of maturity with the same state, some of it changed ("" takes it away)."""
        return address(reverse(name), self.request.place.query() | self.wish.query(**changed))

    def cell(self, spot: Spot, **changed: str) -> str:
        """Where a figure opens on a page of its own."""
        return at(self.link("maturity-cell", **changed), spot.unit, spot.scope, spot.code)

    def opens(self, cycle: UUID, spot: Spot) -> str:
        """Where a figure of another cycle opens."""
        return self.cell(spot, cycle=str(cycle))

    @property
    def leads(self) -> Leads:
        """Where what is drawn on a page leads to."""
        return Leads(self.cell, lambda columns: self.link("maturity", columns=columns.value, open=EVERY))

    def on_map(self, spot: Spot) -> str:
        """The map with a figure opened beside it."""
        return at(address(reverse("maturity"), self.kept), spot.unit, spot.scope, spot.code)

    @cached_property
    def offered(self) -> tuple[list[Benchmark], list[str]]:
        """The benchmarks that fit the cycle, and why others do not."""
        return benchmarks.offered(self.cycle, self.person)

    @cached_property
    def against(self) -> benchmarks.Against | None:
        """The benchmark that is laid beside; a wrong one is a bad request."""
        try:
            return benchmarks.against(self.wish.beside, self.cycle, self.offered[0])
        except Refused as refusal:
            raise BadRequest(str(refusal)) from refusal

    def beside(self, present: str, **kept: str) -> dict[str, Any]:
        """What a page that shows benchmarks is told: the choices, the one chosen, and why others do not fit."""
        fitting, why = self.offered
        choices = [(self.link(present, beside="", **kept), gettext("None"), not self.wish.beside)]
        choices += [(self.link(present, beside=one.code, **kept), str(one), one.code == self.wish.beside)
                    for one in fitting]  # fmt: skip
        return {"benchmarks": choices if fitting else [], "against": self.against, "unfit": why}

    @property
    def cells(self) -> str:
        """What stands before `at=…` in the address of every figure."""
        return f"{reverse('maturity-cell')}?{urlencode(self.kept)}{'&' if self.kept else ''}"

    def tabs(self, present: str) -> list[tuple[str, str, bool]]:
        """The pages that read maturity."""
        return [(self.link(name), str(label), name == present) for name, label in TABS]

    def switch(self, name: str, choices: Any, chosen: str) -> list[tuple[str, str, bool]]:
        """The choices of one switch of the map: address, label, whether it is the present one."""
        spot = self.wish.spot
        where = {"at": spot.unit, "scope": spot.scope, "code": spot.code} if spot.unit else {}
        return [
            (self.link("maturity", **{name: value}, **where), str(label), value == chosen)
            for value, label in choices
        ]  # fmt: skip

    def context(self, present: str, **more: Any) -> dict[str, Any]:
        """What every page of maturity is told."""
        beside = [
            one for one in self.among if self.found and one.year == self.found.year and one != self.found
        ]
        cycles = [(self.link(present, cycle=str(one.pk)), one) for one in beside]
        return {"stand": self, "cycle": self.found, "cycles": cycles, "tabs": self.tabs(present), **more}
