"""Awareness of a unit of its own: whose clocks it moves, that they say so, who may record it, and what a merge makes of it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.test import TestCase
from django.urls import reverse

from keepwell.areas.incidents.models import Clock, Incident, IncidentEvent
from keepwell.areas.incidents.rules import duties, merging, notices, splitting
from keepwell.areas.incidents.rules.aware import awareness_of
from keepwell.areas.incidents.tests.ticking import Ticking, utc
from keepwell.kernel import moments
from keepwell.platform.history.acting import acting
from keepwell.platform.tree.models import Unit
from tests.cast import NOW, TELLER, grant

KNOWN = utc(13, 18, 31)


class Story(Ticking):
    """Two controllers: MAT above KHH1 and KHH2, and PEN1 for itself. KHH1 knew at 18:31 UTC on the 13th."""

    def scene(self) -> None:
        super().scene()
        self.is_a("gdpr_controller", self.mat)
        self.is_a("gdpr_controller", self.pen1)
        self.confirm("gdpr-33")
        self.touch(self.incident, self.pen1)
        self.classify(personal_data=True)

    def touch(self, incident: Incident, *units: Unit) -> None:
        incident.refresh_from_db()
        with acting(TELLER, "story.touch"):
            incident.save(links={"affected_units": list(units)})

    def aware(self, unit: Unit | None, at: datetime, **values: Any) -> IncidentEvent:
        facts = {"incident": self.incident, "kind": "awareness", "at": at, "aware_unit": unit} | values
        made: IncidentEvent = self.save(IncidentEvent(**facts))
        return made

    def clock(self, unit: Unit, incident: Incident | None = None) -> Clock:
        rows = Clock.objects.current().select_related("unit", "incident__unit")
        found: Clock = rows.get(incident=incident or self.incident, unit=unit, rule="gdpr-33")
        return found


class Own(Story, TestCase):
    def test_moves_the_clocks_of_its_unit_alone_and_says_so(self) -> None:
        self.assertEqual(self.clock(self.pen1).due_at, utc(16, 18, 31))
        self.aware(self.pen1, utc(13, 20))
        self.assertEqual(self.clock(self.pen1).due_at, utc(16, 20))
        self.assertEqual(self.clock(self.mat).due_at, utc(16, 18, 31))
        says = "PEN1 became aware at a moment of its own, which counts for it instead of the incident's."
        self.assertIn(says, self.clock(self.pen1).why)
        self.assertNotIn("of its own", self.clock(self.mat).why)

    def test_is_the_first_of_several_and_holds_where_it_is_earlier(self) -> None:
        self.aware(self.pen1, utc(13, 20))
        self.aware(self.pen1, utc(13, 12))
        self.assertEqual(self.clock(self.pen1).due_at, utc(16, 12))

    def test_taken_back_lets_that_of_the_incident_count_again(self) -> None:
        event = self.aware(self.pen1, utc(13, 20))
        duties.take_back_event(event, by=self.ben, reason="It was about another matter")
        clock = self.clock(self.pen1)
        self.assertEqual(clock.due_at, utc(16, 18, 31))
        self.assertNotIn("of its own", clock.why)

    def test_of_a_site_is_that_of_the_legal_entity_above_it_as_of_the_first_of_its_sites(self) -> None:
        self.touch(self.incident, self.pen1, self.khh2)
        self.aware(self.khh1, utc(13, 21))
        self.assertEqual(self.clock(self.mat).due_at, utc(16, 18, 31), "KHH2 knew as the incident did")
        self.aware(self.khh2, utc(13, 20))
        self.assertEqual(self.clock(self.mat).due_at, utc(16, 20))
        self.aware(self.mat, utc(13, 21, 5))
        self.assertEqual(self.clock(self.mat).due_at, utc(16, 21, 5), "What is said of MAT itself counts")

    def test_is_what_a_notice_tells(self) -> None:
        self.aware(self.pen1, utc(13, 20))
        known = [filled for filled in notices.filled(self.clock(self.pen1)).values() if "Known: " in filled]
        self.assertIn("Known: 04:00", known[0])


class Recorded(Story, TestCase):
    def refused(self, **values: Any) -> dict[str, list[str]]:
        facts = {"incident": self.incident, "kind": "awareness", "at": utc(13, 20)} | values
        with self.assertRaises(ValidationError) as caught, acting(TELLER, "story.save"):
            IncidentEvent(**facts).save()
        return caught.exception.message_dict

    def test_names_a_unit_that_the_incident_touches_or_one_above(self) -> None:
        self.assertIn("Name the unit that became aware", self.refused()["aware_unit"][0])
        self.assertIn("touches neither", self.refused(aware_unit=self.khh2)["aware_unit"][0])
        said = self.refused(kind="media_discovery", aware_unit=self.pen1)["aware_unit"][0]
        self.assertEqual(said, "Only an awareness is of a unit of its own; leave it empty.")
        self.assertTrue(self.aware(self.group, utc(13, 20)).pk)

    def test_of_two_units_may_be_the_same_moment_and_of_one_not(self) -> None:
        self.aware(self.pen1, utc(13, 20))
        self.aware(self.khh1, utc(13, 20))
        self.assertIn("recorded already", str(self.refused(aware_unit=self.pen1)))

    def test_on_the_page_by_who_may_work_on_it_and_by_nobody_else(self) -> None:
        page = reverse("incident-events-new")
        given = {"incident": self.incident.number, "kind": "awareness", "at": "2025-11-14T04:00+08:00",
                 "aware_unit": "PEN1"}  # fmt: skip
        self.sign_in(self.sam)
        self.assertIn(self.client.post(page, given).status_code, (403, 404))
        self.assertFalse(IncidentEvent.objects.exists())
        self.sign_in(self.ada)
        self.assertEqual(self.client.post(page, given).status_code, 302)
        self.assertEqual(self.clock(self.pen1).due_at, utc(16, 20))

    def test_by_programs(self) -> None:
        self.sign_in(self.ada)
        told = {
            "incident": self.incident.number,
            "kind": "awareness",
            "at": "2025-11-13T20:00:00Z",
            "aware_unit": "PEN1",
        }
        done = self.client.post("/api/incident-events", json.dumps(told), content_type="application/json")
        self.assertEqual((done.status_code, done.json()["aware_unit"]), (201, "PEN1"))
        self.assertEqual(self.clock(self.pen1).due_at, utc(16, 20))


class Merged(Story, TestCase):
    """At KHH2, also under MAT, they knew on the 12th at 23:00 of what turns out to be the same."""

    def scene(self) -> None:
        super().scene()
        with acting(TELLER, "story.grant"):
            grant(self.ben, "site_officer", self.pen1)
        self.twin = self.report(
            "The same in Penang", self.pen1, aware_at=utc(12, 23), detected_at=utc(12, 22)
        )

    def merge(self, into: Incident, what: Incident) -> None:
        what, into = Incident.objects.get(pk=what.pk), Incident.objects.get(pk=into.pk)
        merging.merge(what, by=self.ada, number=into.number, reason="One attack")

    def alone(self) -> None:
        """The incident touches PEN1 no more: it is a matter of MAT alone."""
        self.touch(self.incident)
        self.classify(self.twin, personal_data=True)
        self.assertEqual(self.clock(self.pen1, self.twin).due_at, utc(15, 23))

    def test_each_legal_entity_keeps_its_own_earliest(self) -> None:
        self.alone()
        self.merge(self.incident, self.twin)
        self.assertEqual(self.clock(self.pen1).due_at, utc(15, 23))
        self.assertEqual(self.clock(self.mat).due_at, utc(16, 18, 31))
        self.assertIn("KHH1 counts as aware since 2025-11-14 02:31, for itself.", self.told(self.incident))

    def test_it_is_the_same_whichever_goes_on(self) -> None:
        self.alone()
        self.merge(self.twin, self.incident)
        self.assertEqual(self.clock(self.pen1, self.twin).due_at, utc(15, 23))
        self.assertEqual(self.clock(self.mat, self.twin).due_at, utc(16, 18, 31))

    def test_a_unit_that_both_touch_keeps_the_earlier(self) -> None:
        self.merge(self.incident, self.twin)
        self.assertEqual(self.clock(self.pen1).due_at, utc(15, 23))
        self.assertEqual(self.clock(self.mat).due_at, utc(16, 18, 31))

    def test_what_was_recorded_of_a_unit_goes_with_it(self) -> None:
        self.alone()
        self.aware(self.pen1, utc(13, 20, 30), incident=self.twin)
        self.merge(self.incident, self.twin)
        self.assertEqual(self.clock(self.pen1).due_at, utc(16, 20, 30))

    def test_undone_and_done_again_each_is_as_it_was(self) -> None:
        self.alone()
        self.merge(self.incident, self.twin)
        kept = Incident.objects.get(pk=self.incident.pk)
        splitting.take_apart(
            kept, {"sites": [str(self.pen1.pk)]}, by=self.ada, number=self.twin.number, reason="Two attacks"
        )
        self.assertEqual(awareness_of(Incident.objects.get(pk=kept.pk)).own, {})
        self.assertEqual(self.clock(self.mat).due_at, utc(16, 18, 31))
        self.assertEqual(self.clock(self.pen1, self.twin).due_at, utc(15, 23))
        with moments.standing_at(NOW):
            self.merge(self.incident, self.twin)
        self.assertEqual(self.clock(self.mat).due_at, utc(16, 18, 31))

    def told(self, incident: Incident) -> str:
        return " | ".join(one.told for one in incident.timeline.standing().order_by("number"))
