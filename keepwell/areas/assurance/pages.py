"""Certificates seen site by standard, and those that end soon."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from keepwell.areas.assurance.models import Certificate, Standard, Standing
from keepwell.platform.metrics.metric import METRICS
from keepwell.platform.people.models import Person
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.permissions import units_granted
from keepwell.platform.tree.models import Ancestry, Unit, on

SOON = 90
WINDOWS = (30, 90, 180)


@dataclass(frozen=True)
class Square:
    """One site and standard: what holds there on the day, and how it is shown (valid, ending, lapsed, planned)."""

    certificate: Certificate | None
    look: str
    day: date | None


@dataclass(frozen=True)
class Row:
    """A site with its squares in the order of the standards."""

    site: Unit
    squares: list[Square]


NOTHING = Square(None, "v0", None)


def matrix(
    person: Person, unit: Unit, day: date
) -> tuple[list[Standard], list[tuple[Unit | None, list[Row]]], list[int]]:
    """Standards, sites grouped by company in the structure of `day`, and how many sites hold each standard."""
    seen = units_granted(person, "assurance")
    sites = list(Unit.objects.sites().active(day).below(unit, day).filter(pk__in=seen).order_by("code"))
    squares = _squares(person, day)
    standards = [
        s
        for s in Standard.objects.current().order_by("code")
        if any((site.pk, s.pk) in squares for site in sites)
    ]
    companies = _companies(sites, day)
    groups: dict[Unit | None, list[Row]] = defaultdict(list)
    for site in sites:
        groups[companies.get(site.pk)].append(
            Row(site, [squares.get((site.pk, s.pk), NOTHING) for s in standards])
        )
    totals = [
        sum(squares.get((site.pk, s.pk), NOTHING).look in ("v1", "v2") for site in sites) for s in standards
    ]
    ordered = sorted(groups.items(), key=lambda pair: (pair[0] is None, pair[0].code if pair[0] else ""))
    return standards, ordered, totals


def _companies(sites: list[Unit], day: date) -> dict[UUID, Unit]:
    """The company above each site on `day`."""
    rows = Ancestry.objects.filter(
        on(day), descendant__in=[s.pk for s in sites], ancestor__kind=Unit.Kind.COMPANY
    )
    return {row.descendant_id: row.ancestor for row in rows.select_related("ancestor")}


def _squares(person: Person, day: date) -> dict[tuple[UUID, UUID], Square]:
    """The square of each site and standard: the certificate that holds longest, else planned, else lapsed."""
    rank = {"v1": 3, "v2": 3, "v4": 2, "v3": 1}
    found: dict[tuple[UUID, UUID], Square] = {}
    rows = (
        Certificate.objects.visible_to(person)
        .current()
        .exclude(withdrawn_on__lte=day)
        .prefetch_related("sites")
    )
    for certificate in rows.order_by("valid_until", "pk"):
        square = square_of(certificate, day)
        if square.look == "v0":
            continue
        for site in certificate.sites.all():
            key = (site.pk, certificate.standard_id)
            if key not in found or rank[square.look] >= rank[found[key].look]:
                found[key] = square
    return found


def square_of(certificate: Certificate, day: date) -> Square:
    """How a certificate looks on `day`; empty before it was issued unless its audit is planned."""
    if certificate.counts_on(day):
        assert certificate.valid_until is not None  # noqa: S101  # it counts
        ending = certificate.valid_until <= day + timedelta(days=SOON)
        return Square(certificate, "v2" if ending else "v1", certificate.valid_until)
    if (
        certificate.status == Certificate.Status.PLANNED
        and certificate.planned_on
        and certificate.planned_on >= day
    ):
        return Square(certificate, "v4", certificate.planned_on)
    if certificate.valid_until and certificate.valid_until < day <= certificate.valid_until + timedelta(
        days=365
    ):
        return Square(certificate, "v3", certificate.valid_until)
    return NOTHING


def figure_of(standard: Standard) -> str:
    """The figure that counts the sites certified to a standard; empty if none is published."""
    name = f"certificates.sites.{standard.code}"
    return name if name in METRICS else ""


@operation(Access.PERMISSION, "assurance")
def show_matrix(request: HttpRequest) -> HttpResponse:
    """Site by standard, as of the day of the place."""
    place: Any = request.place  # type: ignore[attr-defined]
    standards, groups, totals = matrix(request.person, place.unit, place.day)  # type: ignore[attr-defined]
    rows = [row for _company, rows in groups for row in rows]
    looks = [{square.look for square in row.squares} for row in rows]
    context = {
        "heads": [(s, total, figure_of(s)) for s, total in zip(standards, totals, strict=True)], "groups": groups, "sites": len(rows), "width": len(standards) + 1,
        "holding": sum(bool(look & {"v1", "v2"}) for look in looks), "ending": sum("v2" in look for look in looks),
        "lapsed": sum("v3" in look for look in looks),
    }  # fmt: skip
    return render(request, "assurance/matrix.html", context)


def stood(certificates: list[Certificate], day: date) -> list[tuple[Certificate, Standing]]:
    """Each certificate with how it stands on `day`."""
    return [(certificate, certificate.standing_on(day)) for certificate in certificates]


@operation(Access.PERMISSION, "assurance")
def show_ending(request: HttpRequest) -> HttpResponse:
    """Certificates that end within 30, 90 and 180 days, and those that lapsed."""
    place: Any = request.place  # type: ignore[attr-defined]
    rows = (
        Certificate.objects.visible_to(request.person)
        .select_related("standard", "unit")
        .prefetch_related("sites")
    )  # type: ignore[attr-defined]
    here = rows.filter(sites__in=Unit.objects.below(place.unit, place.day)).distinct()
    soon = list(here.ending(place.day, timedelta(days=max(WINDOWS))).order_by("valid_until", "pk"))
    parts, past = [], place.day
    for days in WINDOWS:
        until = place.day + timedelta(days=days)
        parts.append(
            (days, stood([c for c in soon if c.valid_until and past <= c.valid_until <= until], place.day))
        )
        past = until + timedelta(days=1)
    lapsed = list(
        here.lapsed(place.day)
        .filter(valid_until__gte=place.day - timedelta(days=365))
        .order_by("-valid_until", "pk")
    )
    context = {"parts": parts, "lapsed": stood(lapsed, place.day), "total": len(soon), "today": place.day}
    return render(request, "assurance/ending.html", context)


urlpatterns = [
    path("certificates/matrix/", show_matrix, name="certificates-matrix"),
    path("certificates/ending/", show_ending, name="certificates-ending"),
]
