"""A frozen year through its doors: looked over, taken out, and corrected by a person, with what was frozen beside it."""

from __future__ import annotations

import json
from contextlib import redirect_stderr
from hashlib import sha256
from io import BytesIO, StringIO, TextIOWrapper
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.test import TestCase, override_settings
from django.urls import reverse

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.models import Answer, Snapshot
from keepwell.areas.assessment.tests.stories import Assessed
from keepwell.config.cli import parser, run
from keepwell.kernel import moments
from keepwell.platform.exchange.files import path_of
from keepwell.platform.history.models import Change
from keepwell.platform.people.models import Person
from tests.cast import NOW

WHY = "The scan of PEN1 was misread."


class Frozen(Assessed):
    """CSF 2025, 3 everywhere, frozen."""

    @classmethod
    def setUpTestData(cls) -> None:
        cls.enterClassContext(override_settings(KEEPWELL_DATA=cls.enterClassContext(TemporaryDirectory())))
        super().setUpTestData()
        with moments.standing_at(NOW):
            cls().finished(cls.cycle, "3")
            rules.freeze(cls.cycle, by=cls.ada)

    def page(self, name: str = "cycle-frozen", *more: Any, who: Person | None = None) -> Any:
        self.sign_in(who or self.ada)
        return self.client.get(reverse(name, args=[self.cycle.pk, *more]))

    def answered(self) -> Answer:
        return self.of(self.pen1).answers.get(source="validated", node__code="PR.PS-01")

    def correct(self, who: Person | None = None, **typed: str) -> Any:
        """What the page answers to a corrected score of PEN1: 1 for PR.PS-01, unless told."""
        self.sign_in(who or self.ada)
        told = {"requirement": "PR.PS-01", "source": "validated", "policy": "1", "practice": "1", "why": "Misread.",
                "reason": WHY, "version": str(self.answered().version)}  # fmt: skip
        return self.client.post(reverse("answering-correct", args=[self.of(self.pen1).pk]), told | typed)

    def spoil(self, kept: Snapshot) -> None:
        path = path_of(kept.digest)
        self.addCleanup(path.write_bytes, path.read_bytes())
        path.write_bytes(b"{}")


class LookingOver(Frozen, TestCase):
    def test_says_that_all_is_as_it_was_kept(self) -> None:
        page = self.page()
        self.assertContains(page, "Checked just now: every kept file has its digest")
        self.assertContains(page, rules.snapshots(self.cycle)[0].digest)
        self.assertContains(page, "No figure was restated.")

    def test_gives_the_very_file_out(self) -> None:
        (kept,) = rules.snapshots(self.cycle)
        answer = self.page("cycle-frozen-file", 0)
        self.assertEqual(sha256(answer.content).hexdigest(), kept.digest)
        self.assertEqual(json.loads(answer.content)["figures"]["PEN1"]["it"]["PR"], "3")
        self.assertEqual(self.page("cycle-frozen-file", 7).status_code, 404)

    def test_says_so_where_a_file_is_not_what_it_was_or_is_missing(self) -> None:
        (kept,) = rules.snapshots(self.cycle)
        self.spoil(kept)
        self.assertContains(self.page(), "cannot be read as it was; restore it from a backup")
        self.assertContains(self.page(), "No longer what was kept")
        self.assertEqual(self.page("cycle-frozen-file", 0).status_code, 302)
        path_of(kept.digest).unlink()
        self.assertContains(self.page(), "The file is missing")

    def test_says_so_where_records_are_not_what_was_kept(self) -> None:
        QuerySet.update(Answer.objects.filter(pk=self.answered().pk), practice="5")  # past the house
        self.assertContains(self.page(), "The records no longer say what was kept last")

    def test_is_for_who_may_view_everything_in_it(self) -> None:
        self.assertEqual(self.page(who=self.cleo).status_code, 200)
        for who, status in ((self.ben, 403), (self.dan, 403), (self.sam, 404)):
            for name, more in (("cycle-frozen", ()), ("cycle-frozen-file", (0,))):
                self.assertEqual(self.page(name, *more, who=who).status_code, status, who)
            self.assertEqual(self.client.get(f"/api/cycles/{self.cycle.pk}/frozen").status_code, status)
            self.assertEqual(self.client.get(f"/api/cycles/{self.cycle.pk}/frozen/0").status_code, status)

    def test_is_for_frozen_years(self) -> None:
        self.cycle = self.drafted_another()
        self.assertEqual(self.page().status_code, 404)
        self.assertEqual(self.client.get(f"/api/cycles/{self.cycle.pk}/frozen").status_code, 404)

    def drafted_another(self) -> Any:
        return rules.roll_forward(
            self.cycle, by=self.ada, name="CSF 2026", year=2026, opens=NOW.date(), due=NOW.date()
        )


class Correcting(Frozen, TestCase):
    def test_begins_with_the_score_as_it_is(self) -> None:
        self.sign_in(self.ada)
        held = self.of(self.pen1)
        answering = self.client.get(reverse("answering", args=[held.pk]))
        self.assertContains(answering, "Correct this score")
        page = self.client.get(
            reverse("answering-correct", args=[held.pk]), {"at": "PR.PS-01", "by": "validated"}
        )
        self.assertContains(page, 'value="3"')

    def test_keeps_the_corrected_year_beside_the_frozen_one(self) -> None:
        answer = self.correct()
        self.assertRedirects(answer, reverse("cycle-frozen", args=[self.cycle.pk]))
        first, second = rules.snapshots(self.cycle)
        self.assertEqual((second.number, second.reason, second.taken_by), (1, WHY, self.ada))
        page = self.page()
        self.assertContains(page, "Checked just now")
        self.assertContains(page, "Restatement 1")
        year = rules.frozen_year(self.cycle, person=self.ada)
        found = {(one.unit, one.code): (one.first, one.last) for one in year.restated}
        # PEN1: PR = (1 + 3) / 2, all = (3 + 2) / 2. KHH1, KHH2 stay at 3: the group's PR = 8 / 3, all = 17 / 6.
        self.assertEqual(found, {
            ("PEN1", ""): ("3.0", "2.5"), ("PEN1", "PR"): ("3.0", "2.0"), ("PEN1", "PR.PS"): ("3.0", "2.0"),
            ("MSE", ""): ("3.0", "2.5"), ("MSE", "PR"): ("3.0", "2.0"), ("MSE", "PR.PS"): ("3.0", "2.0"),
            ("MERIDIAN", ""): ("3.0", "2.8"), ("MERIDIAN", "PR"): ("3.0", "2.7"), ("MERIDIAN", "PR.PS"): ("3.0", "2.7"),
        })  # fmt: skip
        self.assertEqual(
            json.loads(self.page("cycle-frozen-file", 0).content)["figures"]["PEN1"]["it"]["PR"], "3"
        )
        self.assertEqual(
            json.loads(self.page("cycle-frozen-file", 1).content)["figures"]["PEN1"]["it"]["PR"], "2"
        )
        self.assertEqual(first.digest, year.kept[0].snapshot.digest)

    def test_says_what_does_not_fit_and_writes_nothing(self) -> None:
        for typed, sentence in (
            ({"reason": "Typo."}, "Write at least one sentence"), ({"reason": ""}, "This field is required"),
            ({"policy": "3", "practice": "3", "why": ""}, "there is nothing to restate"),
            ({"practice": "5.1"}, "A score runs from 0 to 5"), ({"practice": "2.05"}, "A score runs from 0 to 5"),
            ({"policy": ""}, "Give both scores"), ({"requirement": "XX"}, "XX is not one of the available choices"),
            ({"version": "9"}, "There is no answer of that version"),
            ({"not_applicable": "on"}, "What does not apply has no score."),
            ({"not_applicable": "on", "policy": "", "practice": "", "why": ""}, "Say why it does not apply."),
        ):  # fmt: skip
            with self.subTest(typed):
                self.assertContains(self.correct(**typed), sentence, status_code=422)
        self.assertEqual(Snapshot.objects.count(), 1)
        self.assertEqual(self.answered().practice, 3)

    def test_is_not_done_over_what_somebody_corrected_meanwhile(self) -> None:
        seen = str(self.answered().version)
        self.correct()
        self.assertEqual(self.correct(policy="2", practice="2", version=seen).status_code, 422)
        self.assertEqual(Snapshot.objects.count(), 2)

    def test_is_for_who_decides_for_the_cycle(self) -> None:
        for who, status in ((self.ben, 404), (self.cleo, 403), (self.dan, 403), (self.sam, 404)):
            self.assertEqual(self.correct(who).status_code, status, who)
        self.assertEqual(Snapshot.objects.count(), 1)
        self.sign_in(self.cleo)
        self.assertNotContains(
            self.client.get(reverse("answering", args=[self.of(self.pen1).pk])), "Correct this score"
        )


class ByPrograms(Frozen, TestCase):
    def restate(self, who: Person, **changed: Any) -> Any:
        self.sign_in(who)
        one = {
            "code": "PR.PS-01",
            "policy": 1,
            "practice": 1,
            "reason": "Misread.",
            "version": self.answered().version,
        }
        body = {"source": "validated", "reason": WHY, "answers": [one | changed.pop("one", {})]} | changed
        return self.client.post(f"/api/assessments/{self.of(self.pen1).pk}/restate", body,
                                content_type="application/json")  # fmt: skip

    def test_is_corrected_and_looked_over(self) -> None:
        answer = self.restate(self.ada)
        self.assertEqual(
            (answer.status_code, answer.json()["number"], answer.json()["reason"]), (200, 1, WHY)
        )
        told = self.client.get(f"/api/cycles/{self.cycle.pk}/frozen").json()
        self.assertEqual(
            (told["is_sound"], [one["file"] for one in told["kept"]]), (True, ["whole", "whole"])
        )
        self.assertIn(
            {"unit": "PEN1", "scope": "it", "code": "PR", "first": "3.0", "last": "2.0"}, told["restated"]
        )
        content = self.client.get(f"/api/cycles/{self.cycle.pk}/frozen/1").content
        self.assertEqual(sha256(content).hexdigest(), answer.json()["digest"])
        self.assertEqual(self.client.get(f"/api/cycles/{self.cycle.pk}/frozen/2").status_code, 404)

    def test_is_refused_with_a_sentence(self) -> None:
        for changed, sentence in (({"reason": "Typo."}, "Write at least one sentence"),
                                  ({"one": {"practice": 9}}, "A score runs from 0 to 5"),
                                  ({"one": {"code": "XX"}}, "This is nothing that is answered")):  # fmt: skip
            answer = self.restate(self.ada, **changed)
            self.assertGreaterEqual(answer.status_code, 400)
            self.assertIn(sentence, answer.content.decode())
        for who, status in ((self.ben, 404), (self.cleo, 403), (self.dan, 403), (self.sam, 404)):
            self.assertEqual(self.restate(who).status_code, status, who)
        self.assertEqual(Snapshot.objects.count(), 1)

    def test_is_looked_over_by_command(self) -> None:
        status, content = self.keepwell("frozen", "CSF 2025")
        self.assertEqual((status, json.loads(content)["is_sound"]), (0, True))
        status, content = self.keepwell("frozen", "CSF 2025", "--number", "0")
        (kept,) = rules.snapshots(self.cycle)
        self.assertEqual((status, sha256(content).hexdigest()), (0, kept.digest))
        self.assertEqual(Change.objects.filter(kind="read", verb="cycle-frozen-file").count(), 1)
        self.assertEqual(self.keepwell("frozen", "CSF 2025", "--number", "1")[0], 2)
        self.spoil(kept)
        status, content = self.keepwell("frozen", "CSF 2025")
        self.assertEqual((status, json.loads(content)["kept"][0]["file"]), (1, "changed"))
        self.assertEqual(self.keepwell("frozen", "CSF 2025", "--number", "0")[0], 1)

    def test_is_not_looked_over_by_who_may_not_view_it_all(self) -> None:
        with self.assertRaises(PermissionDenied):
            rules.frozen_year(self.cycle, person=self.ben)
        with self.assertRaises(PermissionDenied):
            rules.kept_file(self.cycle, 0, person=self.dan)

    def keepwell(self, *words: str) -> tuple[int, bytes]:
        """Status and standard output of a command."""
        out = TextIOWrapper(BytesIO())
        with patch("sys.stdout", out), redirect_stderr(StringIO()):
            try:
                status = run(parser().parse_args(words))
            except SystemExit as stop:
                status = int(stop.code or 0)
        out.flush()
        return status, out.buffer.getvalue()
