"""What the group leans on, what binds its entities to tell of an incident, and the calendars by which terms are counted."""

from keepwell.areas.organization.models.calendars import (
    BusinessCalendar,
    kept_calendar,
    known_calendar,
    no_calendar,
)
from keepwell.areas.organization.models.leaning import (
    CriticalSystem,
    LegalStanding,
    NoticeClause,
    NoticeClauseQuerySet,
)

__all__ = [
    "BusinessCalendar", "CriticalSystem", "LegalStanding", "NoticeClause", "NoticeClauseQuerySet", "kept_calendar",
    "known_calendar", "no_calendar",
]  # fmt: skip
