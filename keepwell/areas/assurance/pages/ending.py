"""Which certificates end soon, how soon, and which have lapsed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from keepwell.areas.assurance.models import LAPSED_LATELY, Certificate, CertificateQuerySet
from keepwell.platform.history.labels import Standing
from keepwell.platform.people.models import Person
from keepwell.platform.tree.models import Ancestry, Unit

WINDOWS = (30, 90, 180)


@dataclass(frozen=True)
class Line:
    """A certificate and how it stands on the day."""

    certificate: Certificate
    standing: Standing

    @property
    def sites(self) -> str:
        """Codes of the sites in scope."""
        return ", ".join(sorted(site.code for site in self.certificate.sites.all()))


@dataclass(frozen=True)
class Part:
    """Certificates that end within one span of days."""

    title: str
    lines: list[Line]


@dataclass(frozen=True)
class Ending:
    """All that ends within 180 days, the nearest first, in parts; and what lapsed as lately."""

    parts: list[Part]
    lapsed: Part

    @property
    def total(self) -> int:
        """How many end within 180 days."""
        return sum(len(part.lines) for part in self.parts)


def ending(person: Person, unit: Unit, day: date) -> Ending:
    """What ends or lapsed at sites under `unit` by `day`, as far as `person` may see it."""
    here = Ancestry.objects.under(unit, day)
    rows = Certificate.objects.visible_to(person).filter(sites__in=here).distinct()
    soon = list(shown(rows.ending(day, timedelta(days=max(WINDOWS)))).order_by("valid_until", "pk"))
    lapsed = shown(rows.lapsed(day)).filter(valid_until__gte=day - LAPSED_LATELY)
    late = [Line(c, c.standing_on(day)) for c in lapsed.order_by("-valid_until", "pk")]
    parts = [
        Part(title, [Line(c, c.standing_on(day)) for c in soon if after < (c.valid_until - day).days <= upto])
        for title, after, upto in spans()
    ]
    return Ending(parts, Part(_("Lapsed within 180 days"), late))


def shown(rows: CertificateQuerySet) -> CertificateQuerySet:
    """`rows` with all that a line shows, fetched before the loop."""
    return rows.select_related("standard", "unit").prefetch_related("sites", "suspensions")


def spans() -> list[tuple[str, int, int]]:
    """Each window: its title, and the days left it begins after and goes up to."""
    near, middle, far = WINDOWS
    later = _("From %(first)d to %(last)d days")
    return [
        (_("Within %(days)d days") % {"days": near}, -1, near),
        (later % {"first": near + 1, "last": middle}, near, middle),
        (later % {"first": middle + 1, "last": far}, middle, far),
    ]
