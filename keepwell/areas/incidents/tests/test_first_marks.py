"""The mark with which evidence comes: chosen where it is attached or linked, by the same rights as later."""

from __future__ import annotations

import json
from contextlib import redirect_stdout
from io import StringIO
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.exceptions import PermissionDenied
from django.test import TestCase
from django.urls import reverse

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import Incident, TimelineEntry
from keepwell.areas.incidents.tests.test_evidence_marks import Proven
from keepwell.config import cli
from keepwell.platform.acts.act import Refused
from keepwell.platform.evidence import rules as evidence
from keepwell.platform.evidence.marks import Mark
from keepwell.platform.evidence.models import Link, Piece
from keepwell.platform.people.models import Person

Tlp = Incident.Tlp


class AFirstMark(Proven, TestCase):
    def attach(self, by: Person, tlp: str, to: Any = None) -> Link:
        piece = evidence.attach(
            evidence.Facts("Log of the door", self.khh1), by=by, files=[], links=["https://logs.example/2"],
            to=to or self.incident, tlp=tlp,
        )  # fmt: skip
        found: Link = piece.proves.get()
        return found

    def test_keeps_it_from_whom_it_must_from_the_first_moment(self) -> None:
        link = self.attach(self.ben, "red")
        self.assertEqual(link.tlp, "red")
        self.assertEqual(self.seen(Link.objects, pk=link.pk), ["Ada Lin", "Ben Tan"])
        self.assertEqual(self.seen(Piece.objects, pk=link.piece_id), ["Ada Lin", "Ben Tan"])

    def test_asks_for_the_rights_that_marking_later_asks_for(self) -> None:
        with self.assertRaisesMessage(Refused, "What is marked TLP:RED here"):
            self.attach(self.gina, "red")
        with self.assertRaises(PermissionDenied):
            self.attach(self.ben, "green")
        self.assertEqual(self.attach(self.ada, "green").tlp, "green")
        with self.assertRaisesMessage(Refused, "There is no TLP “purple”"):
            self.attach(self.ada, "purple")
        for who in (self.sam, self.eva):
            with self.subTest(who.name), self.assertRaises(PermissionDenied):
                self.attach(who, "strict")
        self.assertFalse(Piece.objects.filter(proves__isnull=True).exists())

    def test_is_for_incidents_alone(self) -> None:
        with self.assertRaisesMessage(Refused, "where it proves something about an incident"):
            self.attach(self.ben, "strict", to=self.khh1)
        with self.assertRaisesMessage(Refused, "where it proves something about an incident"):
            evidence.link(self.log, by=self.ada, record="units:KHH1", tlp=Mark.STRICT)

    def test_opens_no_red_incident(self) -> None:
        rules.mark(Incident.objects.get(pk=self.incident.pk), by=self.ben, tlp=Tlp.RED, reason="Names again.")
        with self.assertRaisesMessage(Refused, "leave the mark empty"):
            self.attach(self.ada, "amber", to=Incident.objects.get(pk=self.incident.pk))
        self.assertEqual(self.attach(self.ada, "", to=Incident.objects.get(pk=self.incident.pk)).tlp, "")


class Doors(Proven, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.sign_in(self.ben)
        self.to = f"incidents:{self.incident.pk}"
        self.told = {
            "title": "Log of the door", "unit": "KHH1", "links": "https://logs.example/3", "classification": "internal",
            "retention": "general", "tlp": "strict", "to": self.to,
        }  # fmt: skip

    def test_the_form_that_attaches_offers_it(self) -> None:
        page = f"{reverse('evidence-add')}?to={self.to}"
        self.assertContains(self.client.get(page), "TLP:AMBER, as the incident")
        self.assertEqual(self.client.post(page, self.told).status_code, 302)
        self.assertEqual(Link.objects.get(piece__title="Log of the door").tlp, "strict")
        self.assertNotContains(self.client.get(reverse("evidence-add")), "id_tlp")

    def test_the_form_of_an_object_offers_it(self) -> None:
        page = f"{reverse('evidence-object')}?to={self.to}"
        told = self.told | {
            "whereabouts": "Safe",
            "purpose": "Imaging",
            "manner": "seized",
            "classification": "confidential",
        }
        self.assertContains(self.client.get(page), "TLP:AMBER, as the incident")
        self.assertEqual(self.client.post(page, told).status_code, 302)
        self.assertEqual(Link.objects.get(piece__title="Log of the door").tlp, "strict")
        said = TimelineEntry.objects.get(
            incident=self.incident, facts__piece=Piece.objects.get(title="Log of the door").reference
        )
        self.assertEqual(said.tlp, "strict")

    def test_the_form_that_links_offers_it(self) -> None:
        piece = evidence.attach(
            evidence.Facts("Photo", self.khh1), by=self.ben, files=[], links=["https://logs.example/4"]
        )
        page = f"{reverse('evidence-link')}?to={self.to}"
        self.assertContains(self.client.get(page), "TLP:AMBER, as the incident")
        sent = {"piece": piece.reference, "tlp": "red"}
        self.assertEqual(self.client.post(page, sent).status_code, 302)
        self.assertEqual(piece.proves.get().tlp, "red")
        refused = self.client.post(page, sent | {"piece": self.log.reference, "tlp": "purple"})
        self.assertEqual(refused.status_code, 422)

    def test_a_mark_where_none_is_taken_is_refused_in_a_sentence(self) -> None:
        pages = (
            (reverse("evidence-link"), {"piece": self.log.reference}), (reverse("evidence-add"), self.told),
        )  # fmt: skip
        self.sign_in(self.ada)
        for (page, sent), tlp in product(pages, ("red", "purple")):
            with self.subTest(page, tlp=tlp):
                told = self.client.post(f"{page}?to=units:KHH1", {**sent, "tlp": tlp, "to": "units:KHH1"})
                self.assertContains(told, "leave it empty here", status_code=422)
        self.assertEqual(Link.objects.filter(kind="tree.unit").count(), 0)

    def test_its_panel_says_whose_mark_it_has(self) -> None:
        self.assertContains(self.client.get(f"/incidents/{self.incident.pk}/"), "TLP:AMBER, as the incident")

    def test_programs_choose_it(self) -> None:
        made = self.client.post("/api/evidence/attach", self.told)
        self.assertEqual(made.status_code, 201, made.content)
        self.assertEqual(Link.objects.get(piece=made.json()["id"]).tlp, "strict")
        wrong = self.client.post("/api/evidence/attach", self.told | {"to": "units:KHH1"})
        self.assertContains(wrong, "leave it empty here", status_code=422)
        body = json.dumps({"record": self.to, "tlp": "red"})
        piece = Piece.objects.get(
            pk=self.client.post("/api/evidence/attach", self.told | {"to": "", "tlp": ""}).json()["id"]
        )
        path = f"/api/evidence/{piece.pk}/link"
        self.assertEqual(self.client.post(path, body, content_type="application/json").status_code, 200)
        self.assertEqual(piece.proves.get().tlp, "red")

    def test_the_command_chooses_it(self) -> None:
        with (
            TemporaryDirectory() as folder,
            self.settings(KEEPWELL_DATA=Path(folder)),
            redirect_stdout(StringIO()) as out,
        ):
            asked = ["evidence", "add", "--title", "By hand", "--link", "https://logs.example/5", "--to", self.to,
                     "--tlp", "strict", "--as", self.ben.number]  # fmt: skip
            self.assertEqual(cli.main(asked), 0)
        self.assertEqual(Link.objects.get(piece__reference=out.getvalue().strip()).tlp, "strict")

    def test_are_not_for_sam(self) -> None:
        self.sign_in(self.sam)
        for name in ("evidence-add", "evidence-object", "evidence-link"):
            self.assertIn(self.client.get(f"{reverse(name)}?to={self.to}").status_code, (403, 404), name)
