"""Where a page stands: which unit, which year, as of which day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.conf import settings
from django.db.models import Case, Value, When
from django.http import Http404, HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from keepwell.kernel import moments, periods
from keepwell.platform.history.ready import Ready
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import sees, units_above, units_seen
from keepwell.platform.tree.models import Unit

LARGER_FIRST = Case(*(When(kind=kind, then=Value(number)) for number, kind in enumerate(Unit.Kind.values)))
OLDEST = 50
LONGEST_CODE = 20
KEPT_UNIT = "unit"
CALLED = Ready(lambda code: Unit.objects.filter(code=code), str)
KNOWN = Ready(lambda pk: Unit.objects.filter(pk=pk), UUID)


@dataclass(frozen=True)
class Place:
    """The unit one looks at (None: nothing may be seen), the fiscal year, and the as-of day."""

    unit: Unit | None
    number: int
    day: date
    is_past: bool
    this_year: int

    @property
    def here(self) -> Unit:
        """The unit one looks at, for pages that are about one; absent for who may see none."""
        if self.unit is None:
            raise Http404
        return self.unit

    @property
    def year(self) -> periods.Year:
        return periods.year(self.number, end=settings.KEEPWELL_YEAR_END)

    @property
    def language(self) -> str:
        """The language of the page: en or zh-hant."""
        return get_language() or "en"

    @cached_property
    def years(self) -> list[int]:
        """The years one may switch to, this one first; the one looked at is always among them."""
        recent = range(self.this_year, self.this_year - periods.SHOWN, -1)
        return sorted({*recent, self.number}, reverse=True)

    def query(self) -> dict[str, str]:
        """What a link needs to stay here; an address without a year means now."""
        found = {"unit": self.unit.code} if self.unit else {}
        return found | ({"year": str(self.number)} if self.is_past else {})


def place_of(request: HttpRequest, person: Person | None) -> Place:
    """The place an address names; without a unit the one looked at last, else the highest one may see."""
    unit = _unit(request, person) if person else None
    return _place(unit, request.GET.get("year", ""))


def place_without_asking(request: HttpRequest, person: Person | None) -> Place:
    """The place of a page whose address names none that there is: the kept unit, now."""
    return _place(_kept(request, person) if person else None, "")


def _place(unit: Unit | None, asked: str) -> Place:
    day = moments.today(unit.time_zone if unit else "UTC")
    present = periods.year_of(day, end=settings.KEEPWELL_YEAR_END).number
    number = _year(asked, present)
    past = number < present
    return Place(
        unit,
        number,
        periods.year(number, end=settings.KEEPWELL_YEAR_END).last if past else day,
        past,
        present,
    )


def _unit(request: HttpRequest, person: Person) -> Unit | None:
    asked = request.GET.get("unit", "")[:LONGEST_CODE]
    if not asked:
        return _kept(request, person)
    unit = None if "\x00" in asked else _seen(person, asked)
    if unit is None:
        raise Http404(_("No unit you may see is called “%(code)s”.") % {"code": asked})
    if request.session.get(KEPT_UNIT) != unit.code:
        request.session[KEPT_UNIT] = unit.code
    return unit


def _kept(request: HttpRequest, person: Person) -> Unit | None:
    """The unit looked at last, if it may still be seen, else the highest one may see."""
    kept = request.session.get(KEPT_UNIT)
    return (_seen(person, kept) if kept else None) or _highest(person)


def _seen(person: Person, code: str) -> Unit | None:
    """The unit called `code`, if it may be seen."""
    unit: Unit | None = CALLED.record(code)
    return unit if unit is not None and sees(person, unit.pk) else None


def _highest(person: Person) -> Unit | None:
    """The highest unit that `person` may see, the first by its code."""
    above = units_above(person)
    only: Unit | None = None
    if len(above) == 1:  # mostly where they belong, which came with the person
        only = person.unit if person.unit_id == above[0] else KNOWN.record(above[0])
    if only is not None and only.retired_at is None:
        return only
    seen = units_seen(person).filter(retired_at__isnull=True)
    return seen.order_by(LARGER_FIRST, "code").first()


def _year(asked: str, present: int) -> int:
    """The year an address asks for; none, `now` and what lies ahead are the present one."""
    if not asked or asked == "now":
        return present
    if asked.isascii() and asked.isdecimal() and len(asked) == 4 and int(asked) > present - OLDEST:
        return min(int(asked), present)
    raise Http404(_("“%(year)s” is no year that can be shown.") % {"year": asked[:12]})
