"""Words in which the tests of incidents tell their stories."""

from __future__ import annotations

from typing import Any

from keepwell.areas.incidents.models import Incident
from keepwell.kernel import moments
from keepwell.platform.history.acting import acting
from keepwell.platform.tree.models import Unit
from tests.cast import NOW, TELLER, Cast


class Reported(Cast):
    """The cast at 05:12 in Taipei on 14 November 2025, and an incident just reported at KHH1."""

    def setUp(self) -> None:
        self.enterContext(moments.standing_at(NOW))
        self.incident = self.report("Malware on the controllers of line 3", self.khh1, kind="infected-system")

    def report(self, title: str, at: Unit, **facts: Any) -> Incident:
        """An incident as its first report tells it."""
        made = Incident(title=title, unit=at, **facts)
        with acting(TELLER, "story.report"):
            made.save()
        return made
