"""Words in which the tests of splitting tell their stories."""

from __future__ import annotations

from typing import Any

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import Incident, Indicator, Report
from keepwell.areas.incidents.rules import indicators, splitting, tasks
from keepwell.areas.incidents.tests.ticking import Ticking, utc
from keepwell.areas.organization.models import CriticalSystem
from keepwell.kernel import moments
from keepwell.platform.evidence.models import Link, Piece
from keepwell.platform.history.acting import acting
from keepwell.platform.people.models import Person
from tests.cast import NOW, TELLER

Given = dict[str, list[str]]


class Story(Ticking):
    """At KHH1 malware stands on line 3; somewhere in it a phishing mail is told of, which is another matter."""

    def scene(self) -> None:
        super().scene()
        self.mine, self.other = (self.told_by_report(f"Report {n}", utc(13, 18 + n, 10)) for n in (0, 1))
        with moments.standing_at(utc(13, 19, 40)):
            self.first = rules.enter(self.incident, by=self.ben, says="Line 3 stands.")
            self.mail = rules.enter(
                self.incident, by=self.ben, says="A mail asks for passwrods.", source="Eva"
            )
        with moments.standing_at(utc(13, 19, 50)):
            self.mail = rules.correct(self.mail, by=self.ben, says="A mail asks for passwords.")
            self.sender = self.indicator("mail", "pay@evil.example")
        self.task = tasks.add_task(self.incident, by=self.ben, what="Ask who got the mail", until="06:00")
        self.system = CriticalSystem(code="MAIL-01", name="Mail", unit=self.khh1)
        with acting(TELLER, "story.system"):
            self.system.save()
            self.piece = Piece(title="The mail", unit=self.khh1, owner=self.ben, received_on=NOW.date())
            self.piece.save()
            self.proof = Link(
                piece=self.piece, kind=Incident.type_name(), record_id=self.incident.pk, by=self.ben, at=utc(13, 20),
                reason="Its headers",
            )  # fmt: skip
            self.proof.save()
            self.incident.refresh_from_db()
            self.incident.save(links={"systems": [self.system], "affected_units": [self.khh2]})

    def told_by_report(self, says: str, at: Any, to: Incident | None = None) -> Report:
        made = Report(unit=self.khh1, says=says, incident=to or self.incident, received_at=at)
        with acting(TELLER, "story.report"):
            made.save()
        return made

    def indicator(self, kind: str, value: str, **facts: Any) -> Indicator:
        self.incident.refresh_from_db()
        return indicators.add_indicator(
            self.incident, by=self.ben, kind=Indicator.Kind(kind), value=value, **facts
        ).new[0]

    def given(self) -> Given:
        """All that belongs to the mail."""
        every = {
            "reports": self.other, "entries": self.mail, "indicators": self.sender, "evidence": self.proof,
            "tasks": self.task, "systems": self.system, "sites": self.khh2,
        }  # fmt: skip
        return {kind: [str(one.pk)] for kind, one in every.items()}

    def split(self, given: Given | None = None, by: Person | None = None, **facts: Any) -> Incident:
        self.incident.refresh_from_db()
        told = {"title": "Phishing in Kaohsiung", "reason": "Another sender, another aim"} | facts
        return splitting.split(
            self.incident, self.given() if given is None else given, by=by or self.ben, **told
        )

    def told(self, incident: Incident) -> list[str]:
        return [one.told for one in incident.timeline.standing().order_by("number")]
