"""Words in which the tests of improvement tell their stories."""

from __future__ import annotations

from datetime import date
from typing import Any

from keepwell.areas.improvement.models import Action, Initiative
from keepwell.kernel import moments
from keepwell.platform.history.acting import acting
from keepwell.platform.tree.models import Unit
from tests.cast import NOW, TELLER, Cast, account, grant, person

TODAY = date(2025, 11, 14)


class Improved(Cast):
    """The cast on 14 November 2025; Ben owns an action at KHH1, due at the end of the month; Ned is officer of PEN1."""

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        with acting(TELLER, "story.improvement"):
            cls.ned = person("A0000009", "Ned Ong", cls.pen1)
            account(cls.ned, "ned")
            grant(cls.ned, "site_officer", cls.pen1)
            cls.action = cls.raised("IA-1", cls.khh1)
            cls.initiative = cls.programme("GI-1")

    def setUp(self) -> None:
        self.enterContext(moments.standing_at(NOW))

    @classmethod
    def raised(cls, code: str, at: Unit, **facts: Any) -> Action:
        """An action raised on 1 October 2025, due on 30 November, unless told."""
        values = {
            "title": "Keep logs for a year", "owner": cls.ben, "raised_on": date(2025, 10, 1),
            "due_on": date(2025, 11, 30),
        } | facts  # fmt: skip
        made = Action(code=code, unit=at, **values)
        made.save()
        return made

    @classmethod
    def programme(cls, code: str) -> Initiative:
        """An initiative of the group, led by Ada."""
        made = Initiative(code=code, title="Logs", unit=cls.group, lead=cls.ada, due_on=date(2026, 6, 30))
        made.save()
        return made

    def tell(self, code: str, at: Unit, **facts: Any) -> Action:
        """An action raised within a story."""
        with acting(TELLER, "story.action"):
            return self.raised(code, at, **facts)
