"""Words in which the tests of indicators tell their stories."""

from __future__ import annotations

from keepwell.areas.incidents.models import Incident, Indicator, TimelineEntry
from keepwell.areas.incidents.rules import indicators
from keepwell.areas.incidents.tests.stories import Reported
from keepwell.platform.history.acting import acting
from tests.cast import TELLER, account, grant, person

Kind = Indicator.Kind
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
TEXT = f"From billing[@]evil[.]example\ninvoice.exe {DIGEST}\nvia 203.0.113.9 and 10.1.2.3, version 3.2.1.4"


class Story(Reported):
    def scene(self) -> None:
        super().scene()
        with acting(TELLER, "story.enter"):
            self.faye = person("X0000008", "Faye Roth", self.group, kind="external", responsible=self.ada)
            account(self.faye, "faye")
            grant(self.faye, "site_officer", self.khh1)

    def add(
        self, value: str, kind: Kind = Kind.DOMAIN, to: Incident | None = None, **told: object
    ) -> Indicator:
        to = to or self.incident
        indicators.add_indicator(Incident.objects.get(pk=to.pk), by=self.ada, kind=kind, value=value, **told)
        return Indicator.objects.get(incident=to, value=indicators.spelled(kind, value))

    def told(self) -> list[str]:
        """What acts told of indicators in the timeline, the latest first."""
        rows = TimelineEntry.objects.filter(incident=self.incident, verb__in=["indicator", "retracted"])
        return [one.told for one in rows.order_by("-number")]
