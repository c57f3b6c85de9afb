"""Words in which own rules of notification are brought in and confirmed."""

from __future__ import annotations

from datetime import date
from typing import Any

from keepwell.areas.incidents.models import (
    Incident,
    OwnRule,
    RuleInForce,
)
from keepwell.areas.incidents.rules import own_rules
from keepwell.areas.incidents.tests.ticking import DAY_ONE, Ticking, utc
from keepwell.kernel import moments
from keepwell.kernel.clocks.written import put
from keepwell.platform.tree.models import Unit

POLICY: dict[str, Any] = {
    "id": "own-policy", "regime": "Group policy 12.3", "jurisdiction": "group", "recipient": "CISO of the group",
    "when": [{"factor": "level", "is": ">=", "value": 3}], "audience": "own",
    "stages": [{"stage": "word", "start": "awareness", "deadline": {"n": 4, "unit": "hours"}, "duty": "internal"}],
}  # fmt: skip
GDPR: dict[str, Any] = {
    "id": "gdpr-33", "replaces": True, "regime": "GDPR art. 33, amended", "jurisdiction": "EU", "binds": "gdpr_controller",
    "when": [{"factor": "personal_data", "value": True}], "recipient": "lead supervisory authority",
    "stages": [{"stage": "notification", "start": "awareness", "deadline": {"n": 96, "unit": "hours"}}],
}  # fmt: skip
FIRST_DAY = date(2025, 11, 15)
"""The first day that has begun nowhere yet at 05:12 in Taipei on 14 November, which is 11:12 on Kiritimati."""


def within(row: dict[str, Any], hours: int) -> dict[str, Any]:
    """The rule with another term."""
    return row | {"stages": [row["stages"][0] | {"deadline": {"n": hours, "unit": "hours"}}]}


class Writing(Ticking):
    """Words in which own rules are brought in and confirmed."""

    def draft(self, *rows: dict[str, Any], at: Unit | None = None, by: Any = None) -> OwnRule:
        """Let Ada bring in rules; the last of them."""
        return own_rules.bring_in(put(rows), unit=at or self.group, by=by or self.ada)[-1]

    def own(self, *rows: dict[str, Any], since: date | None = DAY_ONE, at: Unit | None = None) -> RuleInForce:
        """Let Ada bring in a rule and confirm it."""
        return own_rules.confirm(self.draft(*rows, at=at), by=self.ada, basis="Read by counsel", since=since)

    def later(self, title: str, day: int, at: Unit | None = None) -> Incident:
        """An incident of another day of November, at 02:31 in Taipei, classified as S3."""
        with moments.standing_at(utc(day, 21)):
            incident = self.report(title, at or self.khh1, kind="infected-system")
            self.save(incident, aware_at=utc(day, 18, 31))
            self.classify(incident, plant=2)
        return Incident.objects.get(pk=incident.pk)
