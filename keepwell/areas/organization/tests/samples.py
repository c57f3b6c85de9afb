"""Sample records for the house tests."""

from __future__ import annotations

from datetime import date

from keepwell.areas.organization.models import BusinessCalendar, CriticalSystem, LegalStanding, NoticeClause
from keepwell.platform.people.models import Person
from keepwell.platform.tree.models import Unit


def units(unit: Unit, person: Person) -> Unit:
    """A unit below a site."""
    return Unit(
        code="KHH1-QA", name="Quality", kind="unit", parent=unit, country="TW", time_zone="Asia/Taipei",
        active_from=date(2019, 1, 1),
    )  # fmt: skip


def people(unit: Unit, person: Person) -> Person:
    """Somebody employed since 2020."""
    return Person(number="B0000001", name="Mei Chen", mail="mei.chen@meridian.example", unit=unit,
                  unit_since=date(2020, 1, 1), employed_from=date(2020, 1, 1))  # fmt: skip


def critical_systems(unit: Unit, person: Person) -> CriticalSystem:
    """The system that steers production."""
    return CriticalSystem(code="MES-1", name="Manufacturing execution", unit=unit, technology="ot", is_core=True,
                          tolerable_hours=2, rto_hours=1, rpo_hours=0)  # fmt: skip


def notice_clauses(unit: Unit, person: Person) -> NoticeClause:
    """A customer who wants to know within four hours."""
    return NoticeClause(counterparty="C-0148", clause="MSA 14.2", unit=unit, trigger="Lots held or data touched", term=4,
                        contact="security@c0148.example", since=date(2024, 1, 1))  # fmt: skip


def legal_standings(unit: Unit, person: Person) -> LegalStanding:
    """A listed company."""
    return LegalStanding(unit=unit, attribute="listed_on_TWSE", basis="Listing 9412", since=date(2020, 1, 1))


def business_calendars(unit: Unit, person: Person) -> BusinessCalendar:
    """The days on which a plant in China works."""
    return BusinessCalendar(
        code="SUZ-WORKS", name="Suzhou works", name_zh="蘇州廠工作日", unit=unit, based_on="CN"
    )
