"""Where a page stands: which unit, which year, as of which day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.http import Http404, HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from keepwell.kernel import moments, periods
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import units_seen
from keepwell.platform.tree.models import Unit

KINDS = list(Unit.Kind.values)
YEARS_BACK = 7


@dataclass(frozen=True)
class Place:
    """The unit one looks at (None: nothing may be seen), the fiscal year, and the as-of day."""

    unit: Unit | None
    number: int
    day: date
    is_past: bool
    this_year: int

    @property
    def year(self) -> periods.Year:
        return periods.year(self.number, end=settings.KEEPWELL_YEAR_END)

    @cached_property
    def years(self) -> list[int]:
        """The years one may switch to, this one first."""
        return list(range(self.this_year, self.this_year - YEARS_BACK, -1))

    def query(self) -> dict[str, str]:
        """What a link needs to stay here."""
        found = {"unit": self.unit.code} if self.unit else {}
        return found | ({"year": str(self.number)} if self.is_past else {})


def place_of(request: HttpRequest, person: Person | None) -> Place:
    """The place an address names, else the one looked at last, else the highest unit one may see, now."""
    unit = _unit(request, person) if person else None
    day = moments.today(unit.time_zone if unit else "UTC")
    present = periods.year_of(day, end=settings.KEEPWELL_YEAR_END)
    number = _year(request, present.number)
    past = number < present.number
    as_of = periods.year(number, end=settings.KEEPWELL_YEAR_END).last if past else day
    return Place(unit, number, as_of, past, present.number)


def _unit(request: HttpRequest, person: Person) -> Unit | None:
    seen = units_seen(person)
    asked = request.GET.get("unit", "")
    if asked:
        unit = seen.filter(code=asked[:20]).first()
        if unit is None:
            raise Http404(_("No unit you may see is called “%(code)s”.") % {"code": asked[:20]})
        request.session["unit"] = unit.code
        return unit
    kept = request.session.get("unit")
    unit = seen.filter(code=kept).first() if kept else None
    return unit or min(seen, key=lambda u: (KINDS.index(u.kind), u.code), default=None)


def _year(request: HttpRequest, present: int) -> int:
    asked = request.GET.get("year", "")
    if asked == "now" or (asked.isdecimal() and int(asked[:6]) >= present):
        request.session.pop("year", None)
        return present
    if asked.isdecimal() and len(asked) == 4 and int(asked) > present - 50:
        request.session["year"] = int(asked)
    elif asked:
        raise Http404(_("“%(year)s” is no year that can be shown.") % {"year": asked[:12]})
    return min(int(request.session.get("year", present)), present)
