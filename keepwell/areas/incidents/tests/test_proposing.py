"""What critical systems say of the factors of an incident: proposed with the reason, never set over what was typed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.test import TestCase
from django.urls import reverse

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import Incident
from keepwell.areas.incidents.rules import proposing
from keepwell.areas.incidents.tests.stories import Reported
from keepwell.areas.organization.models import CriticalSystem
from keepwell.platform.history.acting import acting
from keepwell.platform.tree.models import Unit
from tests.cast import TELLER


class Story(Reported):
    """MES-01 is core and tolerates 4 hours, PLC-03 tolerates 2.5; HIS-02 says nothing."""

    def scene(self) -> None:
        super().scene()
        self.mes = self.system("MES-01", is_core=True, tolerable_hours=Decimal(4))
        self.plc = self.system("PLC-03", technology="ot", tolerable_hours=Decimal("2.5"))
        self.his = self.system("HIS-02")

    def system(self, code: str, at: Unit | None = None, **facts: Any) -> CriticalSystem:
        made = CriticalSystem(code=code, name=code, unit=at or self.khh1, **facts)
        with acting(TELLER, "story.system"):
            made.save()
        return made

    def touch(self, *systems: CriticalSystem) -> None:
        self.incident.refresh_from_db()
        with acting(TELLER, "story.touch"):
            self.incident.save(links={"systems": list(systems)})

    def said(self) -> dict[str, tuple[object, tuple[str, ...]]]:
        return {
            name: (one.value, one.systems)
            for name, one in proposing.proposals(self.incident, self.ben).items()
        }

    def classify(self, **facts: Any) -> Incident:
        self.incident.refresh_from_db()
        rules.classify(self.incident, by=self.ben, facts=facts)
        return self.incident

    def sentences(self) -> str:
        return " ".join(one.sentence for one in self.incident.why_here.group)


class Systems(Story, TestCase):
    def test_say_nothing_where_none_is_touched_or_none_knows(self) -> None:
        self.assertEqual(self.said(), {})
        self.touch(self.his)
        self.assertEqual(self.said(), {})

    def test_say_the_shortest_outage_that_any_of_them_tolerates(self) -> None:
        self.touch(self.mes)
        self.assertEqual(
            self.said(), {"core_system": (True, ("MES-01",)), "tolerable_hours": (4, ("MES-01",))}
        )
        self.touch(self.mes, self.plc, self.his)
        self.assertEqual(self.said()["tolerable_hours"], (2.5, ("PLC-03",)))
        self.touch(self.mes, self.system("MES-02", tolerable_hours=Decimal(4)))
        self.assertEqual(self.said()["tolerable_hours"], (4, ("MES-01", "MES-02")))

    def test_say_nothing_to_who_may_not_see_them_and_nothing_once_retired(self) -> None:
        away = self.system("DCS-09", self.pen1, is_infrastructure=True, tolerable_hours=Decimal(1))
        self.touch(away)
        self.assertEqual(self.said(), {})
        self.assertEqual(
            set(proposing.proposals(self.incident, self.ada)), {"critical_infrastructure", "tolerable_hours"}
        )
        self.assertEqual(proposing.proposals(self.incident, self.sam), {})
        self.touch(self.mes)
        with acting(TELLER, "story.retire"):
            self.mes.retired_at = self.incident.reported_at
            self.mes.save()
        self.assertEqual(self.said(), {})


class TheLevel(Story, TestCase):
    def test_names_the_system_whose_tolerable_outage_was_exceeded(self) -> None:
        """Four hours down of four tolerated is not longer; four and a half are."""
        self.touch(self.mes)
        self.classify(core_system=True, outage_hours=4, tolerable_hours=4)
        self.assertEqual(self.incident.level, 2)
        self.assertEqual(self.sentences(), "A core system is touched. MES-01 is a core system.")
        self.classify(core_system=True, outage_hours=4.5, tolerable_hours=4)
        self.assertEqual(self.incident.level, 3)
        self.assertEqual(
            self.sentences(),
            "A core system has been down for 4.5 h, longer than the tolerable 4 h. MES-01 is a core system. "
            "MES-01 tolerates 4 hours.",
        )  # fmt: skip
        self.assertNotIn("MES-01", " ".join(one.sentence for one in self.incident.why.group))

    def test_names_none_where_somebody_typed_otherwise(self) -> None:
        self.touch(self.mes)
        self.classify(core_system=True, outage_hours=5, tolerable_hours=6)
        self.assertEqual(self.incident.grounds, {"core_system": ["MES-01"]})
        self.assertEqual((self.incident.level, self.incident.factors["tolerable_hours"]), (2, 6))
        self.assertNotIn("tolerates", self.sentences())

    def test_keeps_what_was_said_then_whatever_the_register_says_later(self) -> None:
        self.touch(self.mes)
        self.classify(core_system=True, outage_hours=5, tolerable_hours=4)
        with acting(TELLER, "story.change"):
            self.mes.tolerable_hours = Decimal(8)
            self.mes.save()
        self.incident.refresh_from_db()
        self.assertIn("MES-01 tolerates 4 hours.", self.sentences())
        (one,) = proposing.open_ones(proposing.proposals(self.incident, self.ben), self.incident.factors)
        self.assertEqual((one.value, one.why), (8, "MES-01 tolerates 8 hours."))


class ThePage(Story, TestCase):
    def scene(self) -> None:
        super().scene()
        self.address = reverse("incident-classify", args=[self.incident.pk])

    def test_proposes_with_the_reason_what_nobody_said_yet(self) -> None:
        self.touch(self.mes)
        self.sign_in(self.ben)
        page = self.client.get(self.address)
        self.assertContains(page, "Proposed from the systems touched: MES-01 tolerates 4 hours.")
        self.assertContains(page, 'name="tolerable_hours" value="4"')
        self.incident.refresh_from_db()
        self.assertEqual(self.incident.factors, {})

    def test_leaves_what_somebody_typed_and_says_what_the_systems_say(self) -> None:
        self.touch(self.mes)
        self.classify(core_system=False, tolerable_hours=6)
        self.sign_in(self.ben)
        page = self.client.get(self.address)
        self.assertContains(page, 'name="tolerable_hours" value="6"')
        self.assertContains(page, "The systems touched say: MES-01 tolerates 4 hours.")
        self.assertNotContains(page, "Proposed from")
        room = self.client.get(reverse("incident-room", args=[self.incident.pk]))
        self.assertContains(room, "MES-01 tolerates 4 hours.")
        sent = {"version": self.incident.version, "core_system": "", "level": "9"}
        again = self.client.post(self.address, sent)
        self.assertContains(again, 'name="tolerable_hours" value=""', status_code=422)

    def test_is_answered_for_programs_too_and_not_for_sam(self) -> None:
        self.touch(self.mes)
        self.classify(core_system=True)
        self.sign_in(self.ben)
        path = f"/api/incidents/{self.incident.pk}/proposed-facts"
        self.assertEqual(self.client.get(path).json(), [
            {"factor": "core_system", "value": True, "systems": ["MES-01"], "why": "MES-01 is a core system.", "stands": True},
            {"factor": "tolerable_hours", "value": 4, "systems": ["MES-01"], "why": "MES-01 tolerates 4 hours.", "stands": None},
        ])  # fmt: skip
        self.sign_in(self.sam)
        self.assertEqual(self.client.get(path).status_code, 404)
        self.assertEqual(self.client.get(self.address).status_code, 404)
