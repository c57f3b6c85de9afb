"""Sample records for the house tests."""

from __future__ import annotations

from datetime import date

from keepwell.areas.assurance.models import Certificate, Standard
from keepwell.platform.people.models import Person
from keepwell.platform.tree.models import Unit


def standards(unit: Unit, person: Person) -> Standard:
    """A standard."""
    return Standard(code="iso-27001", name="ISO/IEC 27001", unit=unit, validity_months=36)


def certificates(unit: Unit, person: Person) -> Certificate:
    """A certificate to a standard of the same unit, which is made with it."""
    standard = Standard.objects.filter(code="iso-22301").first()
    if standard is None:
        standard = Standard(code="iso-22301", name="ISO 22301", unit=unit)
        standard.save()
    return Certificate(standard=standard, number="NM-22-1", body="Nordmark Cert", scope="Assembly", unit=unit,
                       issued_on=date(2024, 1, 1), valid_until=date(2026, 12, 31))  # fmt: skip
