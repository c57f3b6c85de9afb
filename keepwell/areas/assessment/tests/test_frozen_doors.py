"""A frozen year refuses scores at every door, and a year with open answers cannot be frozen: one sentence each."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase
from django.urls import reverse

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.models import Cycle, Snapshot, Source
from keepwell.areas.assessment.rules import workbooks
from keepwell.areas.assessment.tests.stories import Open
from keepwell.areas.assessment.tests.test_frozen import Frozen

SENTENCE = "is frozen; a correction is made as a restatement"


class AFrozenYear(Frozen, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.before = self.scores()
        self.sign_in(self.ada)

    def scores(self) -> list[tuple[object, ...]]:
        rows = self.of(self.pen1).answers.order_by("pk")
        return list(rows.values_list("pk", "policy", "practice", "reason", "version"))

    def refuses(self, answer: Any, sentence: str = SENTENCE) -> None:
        """It said so, and wrote nothing."""
        self.assertGreaterEqual(answer.status_code, 400)
        told = answer.content.decode()
        self.assertIn(sentence, told)
        self.assertEqual(self.scores(), self.before)
        self.assertEqual(Snapshot.objects.count(), 1)

    def test_takes_no_answer_on_the_page(self) -> None:
        held = self.of(self.pen1)
        sent = {
            "code": "PR.PS-01",
            "source": "self",
            "policy": "1",
            "practice": "1",
            "reason": "No.",
            "version": "1",
        }
        self.refuses(self.client.post(reverse("answering-keep", args=[held.pk]), sent))
        page = reverse("answering", args=[held.pk])
        self.refuses(self.client.post(f"{page}?at=PR.PS-01", {**sent, "go": "next"}))

    def test_takes_no_answer_by_program(self) -> None:
        base = f"/api/assessments/{self.of(self.pen1).pk}/answers"
        one = {"policy": 1, "practice": 1, "reason": "No.", "version": 1}
        for source in ("self", "validated"):
            many = {"source": source, "answers": [one | {"code": "PR.PS-01"}]}
            self.refuses(self.client.post(base, many, content_type="application/json"))
            asked = f"{base}/PR.PS-01?source={source}"
            self.refuses(self.client.post(asked, one, content_type="application/json"))

    def test_takes_no_workbook(self) -> None:
        held, file = self.of(self.pen1), BytesIO()
        workbooks.take_out(rules.sheet(held, person=self.ada), Source.SELF, file, person=self.ada)
        sent = {"file": SimpleUploadedFile("pen1.xlsx", file.getvalue())}
        self.refuses(self.client.post(reverse("answering-bring-in", args=[held.pk]), sent))

    def test_takes_no_file_of_scores(self) -> None:
        text = b"unit,scope,requirement,source,policy,practice\nPEN1,it,PR.PS-01,validated,1,1\n"
        sent = {"file": SimpleUploadedFile("scores.csv", text)}
        answer = self.client.post(f"/api/cycles/{self.cycle.pk}/scores", sent)
        self.refuses(answer, "takes no scores at present")


class AYearWithOpenAnswers(Open, TestCase):
    def test_is_not_frozen_by_page_or_program(self) -> None:
        for site, scope in ((self.khh1, "it"), (self.khh1, "ot"), (self.khh2, "it")):
            self.validated(self.of(site, scope))
        rules.begin_validation(Cycle.objects.get(), by=self.ada)
        self.sign_in(self.ada)
        seen = {"version": Cycle.objects.get().version}
        page = self.client.post(reverse("cycles-do", args=[self.cycle.pk, "freeze"]), seen)
        told = self.client.post(f"/api/cycles/{self.cycle.pk}/freeze", {}, content_type="application/json")
        for answer in (page, told):
            self.assertGreaterEqual(answer.status_code, 400)
            self.assertIn("1 assessment is not validated: PEN1 IT.", answer.content.decode())
        self.assertEqual((Cycle.objects.get().state, Snapshot.objects.count()), ("validation", 0))
