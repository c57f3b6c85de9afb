"""Site by standard: until when each site holds a certificate, as of a day."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import dateformat
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from keepwell.areas.assurance.models import ENDING_SOON, LAPSED_LATELY, Certificate, Standard
from keepwell.platform.metrics.metric import METRICS
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import units_granted
from keepwell.platform.publishing import format as told
from keepwell.platform.tree.models import Ancestry, Unit, on

A_YEAR = timedelta(days=365)
LAST = 9_999
# How a square looks (a class of the component), its icon, and which square wins where two certificates meet.
VALID, ENDING, PLANNED, LAPSED, EMPTY = "v1", "v2", "v4", "v3", "v0"
ICONS = {ENDING: "clock", PLANNED: "circle-dashed", LAPSED: "alert-triangle"}
RANK = {VALID: 3, ENDING: 3, PLANNED: 2, LAPSED: 1}


@dataclass(frozen=True)
class Square:
    """One site and one standard: the certificate that tells most there, how it looks, and its words."""

    look: str = EMPTY
    certificate: Certificate | None = None
    text: str = ""

    @property
    def icon(self) -> str:
        """The icon beside the words; empty for what is simply valid."""
        return ICONS.get(self.look, "")

    @property
    def counts(self) -> bool:
        """Whether a certificate is in force there."""
        return self.look in (VALID, ENDING)


@dataclass(frozen=True)
class Row:
    """A site with its squares in the order of the standards."""

    site: Unit
    squares: list[Square]

    def has(self, *looks: str) -> bool:
        """Whether one of its squares looks like one of `looks`."""
        return any(square.look in looks for square in self.squares)


@dataclass(frozen=True)
class Head:
    """A standard, how many sites hold it, and the figure that proves it (empty: none is published)."""

    standard: Standard
    total: int
    figure: str


@dataclass(frozen=True)
class Matrix:
    """The whole: heads, and rows by company (None: sites without one)."""

    heads: list[Head]
    groups: list[tuple[Unit | None, list[Row]]]

    @property
    def rows(self) -> list[Row]:
        return [row for _company, rows in self.groups for row in rows]

    @property
    def width(self) -> int:
        """How many columns a line has, the name of the site included."""
        return len(self.heads) + 1

    @property
    def sites(self) -> int:
        return len(self.rows)

    @property
    def holding(self) -> int:
        """Sites with a certificate in force."""
        return sum(row.has(VALID, ENDING) for row in self.rows)

    @property
    def ending(self) -> int:
        """Sites where one ends within 90 days."""
        return sum(row.has(ENDING) for row in self.rows)

    @property
    def lapsed(self) -> int:
        """Sites where one has lapsed and nothing replaced it."""
        return sum(row.has(LAPSED) for row in self.rows)


def matrix(person: Person, unit: Unit, day: date) -> Matrix:
    """The sites under `unit` by the structure of `day`, and what `person` may see of their certificates."""
    seen = units_granted(person, "assurance")
    sites = list(Unit.objects.sites().active(day).below(unit, day).filter(pk__in=seen).order_by("code"))
    squares = _squares(person, {site.pk for site in sites}, day)
    standards = _standards({standard for _site, standard in squares})
    rows = [Row(site, [squares.get((site.pk, s.pk), Square()) for s in standards]) for site in sites]
    heads = [
        Head(standard, sum(row.squares[place].counts for row in rows), figure_of(standard))
        for place, standard in enumerate(standards)
    ]
    return Matrix(heads, _by_company(rows, day))


def figure_of(standard: Standard) -> str:
    """The figure that counts the sites certified to a standard; empty if none is published."""
    name = f"certificates.sites.{standard.code}"
    return name if name in METRICS else ""


def _standards(wanted: set[UUID]) -> list[Standard]:
    """Standards in the order of their figures, then by code."""

    def place(standard: Standard) -> tuple[int, str]:
        figure = figure_of(standard)
        return (METRICS[figure].order if figure else LAST, standard.code)

    return sorted(Standard.objects.filter(pk__in=wanted), key=place)


def _squares(person: Person, sites: set[UUID], day: date) -> dict[tuple[UUID, UUID], Square]:
    """The square of each site and standard where there is something to tell."""
    found: dict[tuple[UUID, UUID], Square] = {}
    rows = Certificate.objects.current().visible_to(person)
    rows = rows.filter(Q(withdrawn_on__isnull=True) | Q(withdrawn_on__gt=day))
    for certificate in rows.prefetch_related("sites", "suspensions").order_by("valid_until", "pk"):
        square = square_of(certificate, day)
        for site in certificate.sites.all() if square.certificate else ():
            key = (site.pk, certificate.standard_id)
            if site.pk in sites and (key not in found or RANK[square.look] >= RANK[found[key].look]):
                found[key] = square
    return found


def square_of(certificate: Certificate, day: date) -> Square:
    """How a certificate looks on `day`: a month while it is valid, a full date when that is near."""
    until, planned = certificate.valid_until, certificate.planned_on
    if until and certificate.counts_on(day):
        if until <= day + ENDING_SOON:
            return Square(ENDING, certificate, told.day(until))
        return Square(VALID, certificate, _month(until))
    if certificate.status == Certificate.Status.PLANNED and planned and abs(planned - day) <= A_YEAR:
        return Square(PLANNED, certificate, _("audit %(month)s") % {"month": _month(planned)})
    if until and until < day <= until + LAPSED_LATELY:
        return Square(LAPSED, certificate, _("lapsed %(day)s") % {"day": _near(until)})
    return Square()


def _near(day: date) -> str:
    """A day of the last half year: 2 Nov, 11 月 2 日."""
    return dateformat.format(day, pgettext("a day without its year, as Django's date format", "j M"))


def _month(day: date) -> str:
    """The month of a day: Jun 2028, 2028 年 6 月."""
    return dateformat.format(day, pgettext("a month in short, as Django's date format", "M Y"))


def _by_company(rows: list[Row], day: date) -> list[tuple[Unit | None, list[Row]]]:
    """Rows under the company above each site on `day`; those without one last."""
    above = Ancestry.objects.filter(
        on(day), descendant__in=Unit.objects.sites(), ancestor__kind=Unit.Kind.COMPANY
    )
    company = {step.descendant_id: step.ancestor for step in above.select_related("ancestor")}
    groups: dict[Unit | None, list[Row]] = defaultdict(list)
    for row in rows:
        groups[company.get(row.site.pk)].append(row)
    return sorted(groups.items(), key=lambda pair: (pair[0] is None, pair[0].code if pair[0] else ""))
