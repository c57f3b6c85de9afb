"""What has no mark of its own says whose it has: in lists, on pages, in forms, files and to programs."""

from __future__ import annotations

from typing import Any

from django.test import TestCase
from django.urls import reverse
from django.utils.translation import override

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import ExposureAnswer, Incident, Report
from keepwell.areas.incidents.rules import exposure
from keepwell.areas.incidents.tests.outlets import Outlets
from keepwell.areas.incidents.tests.test_own_marks import COST, LISTS, REPORT, REVIEW, TASK, Work
from keepwell.platform.history.acting import acting
from tests.cast import TELLER

Tlp = Incident.Tlp
AS_IT_IS, IN_FORMS = "TLP:AMBER, as the incident", "As the incident: TLP:AMBER"


class WithoutAMark(Outlets, Work, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.sign_in(self.ben)

    def marked(self, what: str, tlp: Tlp) -> Any:
        """That thing, marked so."""
        act = {TASK: rules.mark_task, COST: rules.mark_cost, REVIEW: rules.mark_review}[what]
        record = type(self.made[what]).objects.get(pk=self.made[what].pk)
        act(record, by=self.ben, tlp=tlp, reason="Names in it")
        return record

    def test_lists_and_pages_tell_that_of_the_incident(self) -> None:
        for what, slug in LISTS.items():
            with self.subTest(slug):
                self.assertIn(AS_IT_IS, self.read(f"/{slug}/"))
                self.assertIn(AS_IT_IS, self.read(f"/{slug}/{self.made[what].pk}/"))
        self.assertIn(AS_IT_IS, self.read(reverse("incident-room", args=[self.incident.pk])))
        self.assertIn(AS_IT_IS, self.read(f"/api/incidents/{self.incident.pk}/dossier"))

    def test_one_of_its_own_stands_alone(self) -> None:
        for what in (TASK, COST, REVIEW):
            self.marked(what, Tlp.STRICT)
            page = self.read(f"/{LISTS[what]}/")
            with self.subTest(what):
                self.assertIn("TLP:AMBER+STRICT", page)
                self.assertNotIn(AS_IT_IS, page)

    def test_files_and_programs_tell_both_the_code_and_what_it_means(self) -> None:
        for slug in LISTS.values():
            with self.subTest(slug):
                self.assertIn(AS_IT_IS, self.read(reverse(f"{slug}-take-out", args=["csv"])))
                told = self.client.get(f"/api/{slug}").json()["items"][0]
                self.assertEqual((told["tlp"], told["mark_in_effect"]), ("", AS_IT_IS))

    def test_forms_say_what_an_open_choice_means(self) -> None:
        for act in ("record-cost", "add-task", "add-indicator"):
            with self.subTest(act):
                self.assertIn(IN_FORMS, self.read(f"/incidents/{self.incident.pk}/{act}/"))
        self.assertIn(IN_FORMS, self.read(reverse("incident-meet", args=[self.incident.pk])))
        self.assertIn("None of its own: TLP:AMBER", self.read(reverse("reports-new")))

    def test_a_report_that_belongs_to_none_is_amber(self) -> None:
        alone = Report(unit=self.khh1, says="Line 4 stands")
        with acting(TELLER, "story.report"):
            alone.save()
        self.assertEqual(alone.mark_in_effect.word, "TLP:AMBER, as it has none of its own")
        self.assertEqual(self.made[REPORT].mark_in_effect.word, AS_IT_IS)

    def test_a_question_tells_no_site_how_the_incident_is_marked(self) -> None:
        exposure.ask_sites(self.incident, by=self.ben, says="Any of yours?", until="23:00", sites="KHH1")
        asked = ExposureAnswer.objects.get()
        self.assertEqual(asked.mark_in_effect.word, "No mark of its own")

    def test_is_said_in_chinese(self) -> None:
        with override("zh-hant"):
            self.assertEqual(self.made[COST].mark_in_effect.word, "TLP:AMBER（同事件）")
