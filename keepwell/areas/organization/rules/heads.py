"""How many people there are: recorded one by one, or else counted by head."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext, ngettext

from keepwell.kernel.periods import year_of
from keepwell.platform.metrics.reading import read
from keepwell.platform.metrics.scope import Scope
from keepwell.platform.people.models import Person, Posting
from keepwell.platform.publishing.format import number
from keepwell.platform.tree.models import Ancestry, Headcount, Unit, UnitQuerySet, on


def facts(unit: Unit, day: date) -> str:
    """What a unit is made of on a day, as "6 companies, 25 sites in 8 countries, 92,140 people"."""
    is_site = Q(kind=Unit.Kind.SITE)
    below = Unit.objects.below(unit, day).active(day).exclude(pk=unit.pk).aggregate(
        companies=Count("pk", filter=Q(kind=Unit.Kind.COMPANY)), sites=Count("pk", filter=is_site),
        countries=Count("country", filter=is_site, distinct=True),
    )  # fmt: skip
    told = {
        "companies": counted_companies(below["companies"]),
        "sites": counted_sites(below["sites"]),
        "countries": counted_countries(below["countries"]),
        "people": counted_people(heads(unit, day)),
    }
    if below["companies"]:
        return gettext("%(companies)s, %(sites)s in %(countries)s, %(people)s") % told
    return gettext("%(sites)s in %(countries)s, %(people)s") % told if below["sites"] else told["people"]


def counted_companies(count: int) -> str:
    """As "6 companies"."""
    return ngettext("%(count)s company", "%(count)s companies", count) % {"count": number(count)}


def counted_sites(count: int) -> str:
    """As "25 sites"."""
    return ngettext("%(count)s site", "%(count)s sites", count) % {"count": number(count)}


def counted_countries(count: int) -> str:
    """As "8 countries"."""
    return ngettext("%(count)s country", "%(count)s countries", count) % {"count": number(count)}


def counted_people(count: int) -> str:
    """As "92,140 people"."""
    return ngettext("%(count)s person", "%(count)s people", count) % {"count": number(count)}


def heads(unit: Unit, day: date) -> int:
    """How many people work at a unit and below it on a day."""
    return heads_by_unit(day).get(unit.pk, 0)


def heads_by_unit(day: date) -> dict[UUID, int]:
    """How many people work in each unit and below it on a day, by its id: the figure's own readings."""
    scope = Scope(day, year_of(day, end=settings.KEEPWELL_YEAR_END))
    return {unit: int(found.numerator or 0) for unit, found in read("organization.people", scope).items()}


def postings(day: date) -> QuerySet[Posting]:
    """The posting of each employee on a day."""
    return Posting.objects.filter(on(day), person__kind=Person.Kind.EMPLOYEE)


def employed_below(unit: Unit, *, after: date) -> int:
    """How many employees work at a unit or below it on some day after `after`."""
    still = Q(until__isnull=True) | Q(until__gt=after)
    there = Posting.objects.filter(still, person__kind=Person.Kind.EMPLOYEE)
    return there.filter(unit__in=Ancestry.objects.under(unit)).values("person").distinct().count()


def counted_heads(day: date) -> UnitQuerySet:
    """Units whose dated headcount holds on a day, as `heads`: none is recorded there one by one.

    Where a headcount is kept for a unit and for one below it, the lower one counts.
    """
    latest = Headcount.objects.current().filter(unit=OuterRef("pk"), since__lte=day).order_by("-since")
    below = Ancestry.objects.filter(on(day), ancestor=OuterRef("pk"))
    recorded = below.filter(Exists(postings(day).filter(unit=OuterRef("descendant"))))
    lower = below.filter(
        Exists(Headcount.objects.current().filter(unit=OuterRef("descendant"), since__lte=day)), depth__gt=0
    )
    found = Unit.objects.active(day).annotate(heads=Subquery(latest.values("people")[:1]))
    return found.filter(~Exists(recorded), ~Exists(lower), heads__isnull=False)
