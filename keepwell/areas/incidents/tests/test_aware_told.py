"""The dossier and the room tell since when each unit was aware, and by whose word."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from keepwell.areas.incidents.models import IncidentEvent
from keepwell.areas.incidents.rules import dossier
from keepwell.areas.incidents.rules.aware import each_awareness
from keepwell.areas.incidents.tests.crawling import text_of
from keepwell.areas.incidents.tests.outside import Outward, faults, stix
from keepwell.areas.incidents.tests.stories import at
from keepwell.areas.incidents.tests.test_aware import Story
from keepwell.areas.incidents.tests.ticking import utc
from keepwell.platform.history.acting import acting
from keepwell.platform.publishing.writers import WRITERS
from tests.cast import TELLER, grant


class Told(Story, TestCase):
    """Ben records that KHH1 and Penang knew at moments of their own; MAT has to tell somebody for KHH1."""

    def setUp(self) -> None:
        super().setUp()
        self.enterContext(self.settings(KEEPWELL_DATA=Path(self.enterContext(TemporaryDirectory()))))
        with acting(self.ada, "story.give"):
            grant(self.ben, "site_officer", self.pen1)
            grant(self.ben, "site_officer", self.khh2)
        self.sign_in(self.ben)
        self.recorded("PEN1", "2025-11-14T04:00+08:00", "Call of the shift")
        self.recorded("KHH1", "2025-11-14T03:15+08:00", "")
        self.incident.refresh_from_db()

    def recorded(self, unit: str, at: str, note: str) -> None:
        told = {
            "incident": self.incident.number,
            "kind": "awareness",
            "at": at,
            "aware_unit": unit,
            "note": note,
        }
        made = self.client.post("/api/incident-events", json.dumps(told), content_type="application/json")
        self.assertEqual(made.status_code, 201, made.content)

    def rows(self, language: str = "en") -> list[tuple[Any, ...]]:
        found = dossier.document(dossier.Dossier(self.incident, self.ben), language)
        tables = [
            one
            for one in found.blocks
            if getattr(one, "caption", "") in ("Since when each unit was aware", "各單位知悉時間")
        ]
        return [tuple(map(str, row)) for row in tables[0].rows]

    def test_stands_in_the_dossier_for_each_unit_with_who_said_so(self) -> None:
        self.assertEqual(self.rows(), [
            ("KHH1 Kaohsiung Assembly 1", "14 Nov 2025, 03:15 · Asia/Taipei", "recorded for it by Ben Tan"),
            ("MAT Meridian Assembly & Test", "14 Nov 2025, 03:15 · Asia/Taipei",
             "as the first of its units that the incident touches"),
            ("PEN1 Penang Assembly 1", "14 Nov 2025, 04:00 · Asia/Kuala_Lumpur", "recorded for it by Ben Tan: Call of the shift"),
        ])  # fmt: skip

    def test_stands_there_in_chinese(self) -> None:
        self.assertEqual([row[2] for row in self.rows("zh-hant")], [
            "由 Ben Tan 為該單位記錄", "即受影響單位中最早知悉者", "由 Ben Tan 為該單位記錄：Call of the shift"])  # fmt: skip

    def test_of_a_unit_without_one_of_its_own_is_since_the_incident_was_known(self) -> None:
        self.touch(self.incident, self.pen1, self.khh2)
        found = {one.unit.code: (one.at, one.whence) for one in each_awareness(self.incident, [self.mat])}
        self.assertEqual(found["KHH2"], (utc(13, 18, 31), "since the incident was known"))
        self.assertEqual(found["MAT"], (utc(13, 18, 31), "since the incident was known"))

    def test_stands_in_the_room(self) -> None:
        room = reverse("incident-room", args=[self.incident.pk])
        self.assertContains(self.client.get(room), "recorded for it by Ben Tan: Call of the shift")
        self.sign_in(self.sam)
        self.assertEqual(self.client.get(room).status_code, 404)

    def test_costs_the_same_for_one_and_for_many(self) -> None:
        with CaptureQueriesContext(connection) as few:
            each_awareness(self.incident)
        self.touch(self.incident, self.pen1, self.khh2)
        self.recorded("KHH2", "2025-11-14T03:45+08:00", "")
        with CaptureQueriesContext(connection) as many:
            each_awareness(self.incident)
        self.assertEqual((len(few), len(many)), (5, 5))

    def test_is_on_paper(self) -> None:
        found = dossier.document(dossier.Dossier(self.incident, self.ben), "en")
        for form in ("pdf", "docx"):
            self.assertIn("Since when each unit was aware", text_of(WRITERS[form].write(found)))


class ToldOutside(Outward, TestCase):
    """KHH1, whose incident it is, and Penang knew at moments of their own; it happened at 01:00 and was detected at 02:00."""

    def scene(self) -> None:
        super().scene()
        facts = {"happened_at": at(1, 0), "detected_at": at(2, 0), "contained_at": at(5, 0)}
        with acting(TELLER, "story.times"):
            for name, told in facts.items():
                setattr(self.incident, name, told)
            self.incident.save(links={"affected_units": [self.pen1]})
            for unit, told in ((self.khh1, at(3, 30)), (self.khh1, at(3, 15)), (self.pen1, at(4, 0))):
                IncidentEvent(incident=self.incident, kind="awareness", at=told, aware_unit=unit).save()

    def test_veris_reckons_from_when_its_own_unit_was_aware(self) -> None:
        told = self.taken("veris", "green")["timeline"]
        self.assertEqual([told[one]["value"] for one in ("discovery", "containment")], [135, 105])
        self.assertEqual(faults(self.taken("veris", "green")), [])

    def test_stix_tells_each_to_who_may_know_the_sites(self) -> None:
        said = {
            audience: [
                (one["name"], one["start_time"])
                for one in self.objects(audience, "event")
                if one["name"].endswith("became aware")
            ]
            for audience in ("green", "amber")
        }
        self.assertEqual(said, {"green": [], "amber": [
            (f"{self.khh1.name} became aware", "2025-11-13T19:15:00.000Z"),
            (f"{self.pen1.name} became aware", "2025-11-13T20:00:00.000Z"),
        ]})  # fmt: skip
        named = {one["event_ref"] for one in self.core("amber")["events"]}
        self.assertLessEqual({one["id"] for one in self.objects("amber", "event")}, named)
        for one in self.objects("amber", "event"):
            stix("event").validate(one)
