"""Words in which the tests of clocks tell their stories."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import Clock, Incident, RuleInForce
from keepwell.areas.incidents.rules import duties
from keepwell.areas.incidents.tests.stories import Reported
from keepwell.areas.organization.models import LegalStanding, NoticeClause
from keepwell.platform.history.acting import acting
from keepwell.platform.tree.models import Unit
from tests.cast import TELLER

DAY_ONE = date(2020, 1, 1)


def utc(day: int, hour: int, minute: int = 0, month: int = 11, year: int = 2025) -> datetime:
    """A moment of November 2025, if not said otherwise, in UTC."""
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


class Ticking(Reported):
    """The cast, an incident at KHH1 of which the site was aware at 02:31 in Taipei, and every shipped rule entered."""

    def scene(self) -> None:
        super().scene()
        duties.enter_rules()
        self.save(self.incident, aware_at=utc(13, 18, 31))

    def save(self, record: Any, **values: Any) -> Any:
        """Write a record as a form would."""
        for name, value in values.items():
            setattr(record, name, value)
        with acting(TELLER, "story.save"):
            record.save()
        return record

    def is_a(self, attribute: str, unit: Unit, **values: Any) -> LegalStanding:
        """Let an entity be something before the law since 2020."""
        facts = {
            "unit": unit,
            "attribute": attribute,
            "basis": "Register of companies",
            "since": DAY_ONE,
        } | values
        return self.save(LegalStanding(**facts))

    def clause(self, counterparty: str, **values: Any) -> NoticeClause:
        """A customer whom MAT tells within four hours of awareness."""
        facts = {"counterparty": counterparty, "clause": "MSA 14.2", "unit": self.mat, "trigger": "Lots held", "term": 4,
                 "contact": "security@c0148.example", "since": DAY_ONE} | values  # fmt: skip
        return self.save(NoticeClause(**facts))

    def confirm(self, rule: str, since: date = DAY_ONE) -> RuleInForce:
        """Let Ada confirm a shipped rule."""
        row = RuleInForce.objects.get(rule=rule, until__isnull=True)
        return duties.confirm(row, by=self.ada, basis="Text of the regime, read by counsel", since=since)

    def classify(self, incident: Incident | None = None, **facts: Any) -> None:
        """Let Ada classify an incident by facts."""
        incident = incident or self.incident
        incident.refresh_from_db()
        rules.classify(incident, by=self.ada, facts=facts)

    def clocks(self, incident: Incident | None = None) -> dict[str, Clock]:
        """The clocks of an incident by rule; of several under one rule the last to end."""
        rows = (incident or self.incident).clocks.select_related("unit", "clause").order_by("ends_at", "pk")
        return {clock.rule: clock for clock in rows}
