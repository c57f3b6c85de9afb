"""The answering page: opened, saved by a plain form and as one types, shared, submitted, returned, validated."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.models import Answer, Assessment, Comment, Source
from keepwell.areas.assessment.tests.stories import CODES, Assessed, given
from keepwell.areas.frameworks.models import Guidance
from keepwell.platform.evidence.models import Link
from keepwell.platform.history.acting import acting
from tests.cast import TELLER


class Opened(Assessed):
    """CSF 2025, opened; `mine` is KHH1 in IT, `theirs` KHH2 in IT."""

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        rules.open_cycle(cls.cycle, by=cls.ada)

    def setUp(self) -> None:
        super().setUp()
        self.mine, self.theirs = self.of(self.khh1), self.of(self.khh2)

    def page(self, part: str = "", of: Assessment | None = None) -> str:
        return f"/assessments/{(of or self.mine).pk}/answer/{part}"

    def post(self, page: str = "", of: Assessment | None = None, **sent: Any) -> HttpResponse:
        return self.client.post(self.page(page, of), sent)

    def keep(self, code: str, of: Assessment | None = None, **sent: Any) -> HttpResponse:
        return self.post("keep/", of, code=code, **({"source": "self", "version": 0} | sent))


class ThePage(Opened, TestCase):
    def test_shows_the_first_requirement_to_do_with_the_tree(self) -> None:
        self.answer(self.mine, given("GV.OC-01", "2", "2"), by=self.ben)
        self.sign_in(self.ben)
        answer = self.client.get(self.page())
        self.assertContains(answer, '<h2 class="mt-1">GV.OC-02 Title of GV.OC-02</h2>', html=True)
        self.assertEqual(answer.context["desk"].counts, {"todo": 4, "changed": 0, "all": 5})
        self.assertEqual([(one.code, one.done, one.total) for one in answer.context["desk"].branches],
                         [("GV", 1, 3), ("PR", 0, 2)])  # fmt: skip

    def test_marks_the_highest_level_reached_and_says_what_the_next_one_asks(self) -> None:
        with acting(TELLER, "story.guidance"):
            for level in (1, 2):
                node = self.new.nodes.get(code="PR.PS")
                Guidance(node=node, scale=self.scale, level=level, text=f"Lists of level {level}.").save()
        self.answer(self.mine, given("PR.PS-01", "1.6", "0.6"), by=self.ben)
        self.sign_in(self.ben)
        answer = self.client.get(self.page("?at=PR.PS-01"))
        policy, practice = answer.context["dials"]
        self.assertEqual([key.value for key in policy.keys if key.is_reached], [1])
        self.assertEqual([key.value for key in practice.keys if key.is_reached], [0])
        shown = [guide.text for dial in (policy, practice) for guide in dial.guides if guide.is_shown]
        self.assertEqual(
            shown, ["Level 1 is reached. Level 2 asks: Lists of level 2.", "Level 1 asks: Lists of level 1."]
        )

    def test_saves_and_goes_on_without_a_script(self) -> None:
        self.sign_in(self.ben)
        answer = self.post("?at=PR.PS-01", policy="2,5", practice="2", version="0", go="next")
        self.assertRedirects(answer, self.page("?at=PR.PS-02"), fetch_redirect_response=False)
        kept = Answer.objects.get(node__code="PR.PS-01")
        self.assertEqual(
            (kept.policy, kept.practice, kept.answered_by), (Decimal("2.5"), Decimal(2), self.ben)
        )

    def test_keeps_what_was_typed_when_it_does_not_fit(self) -> None:
        self.sign_in(self.ben)
        answer = self.post("?at=PR.PS-01", policy="9", practice="x", reason="Two of five lines.", version="0")
        self.assertContains(answer, "Two of five lines.", status_code=422)
        self.assertContains(answer, "A score is a number, as 2.5.", status_code=422)
        self.assertFalse(Answer.objects.exists())

    def test_shows_both_when_somebody_answered_in_between(self) -> None:
        self.answer(self.mine, given("PR.PS-01", "2", "2", reason="By Ada."))
        self.sign_in(self.ben)
        sent = {"policy": "4", "practice": "4", "reason": "By Ben."}
        answer = self.post("?at=PR.PS-01", **sent, version="0")
        for text in ("Ada Lin changed this record", "By Ada.", "By Ben."):
            self.assertContains(answer, text, status_code=409)
        self.post("?at=PR.PS-01", **sent, version=str(answer.context["typed"].version))
        self.assertEqual(Answer.objects.get().reason, "By Ben.")

    def test_costs_the_same_for_one_answer_as_for_all(self) -> None:
        self.sign_in(self.ben)
        self.answer(self.mine, given("PR.PS-01", "2", "2"))
        few = self.queries()
        self.answer(self.mine, *(given(code, "2", "2") for code in CODES if code != "PR.PS-01"))
        self.validated(self.theirs)
        self.assertEqual(self.queries(), few)

    def queries(self) -> int:
        with CaptureQueriesContext(connection) as caught:
            self.client.get(self.page("?at=PR.PS-01&show=all"))
        return len(caught)

    def test_is_absent_for_who_sees_nothing_of_it(self) -> None:
        parts = ("", "submit/", "return/", "share/", "workbook/", "workbook.xlsx")
        for who, of in (
            (self.sam, self.mine),
            (self.eva, self.mine),
            (self.ben, self.theirs),
            (self.dan, self.mine),
        ):
            self.sign_in(who)
            self.assertEqual({self.client.get(self.page(part, of)).status_code for part in parts}, {404})
            posts = ("keep/", "say/", "evidence/", "accept/", "validate/")
            self.assertEqual({self.post(part, of).status_code for part in posts}, {404})

    def test_is_read_only_for_who_only_reads(self) -> None:
        self.answer(self.mine, given("PR.PS-01", "2", "2", reason="Lists are kept."))
        self.sign_in(self.cleo)
        answer = self.client.get(self.page("?at=PR.PS-01"))
        self.assertContains(answer, "Lists are kept.")
        self.assertNotContains(answer, 'id="answer"')
        self.assertEqual(self.keep("PR.PS-01", policy="3", practice="3", version=1).status_code, 403)
        self.assertEqual(
            {self.client.get(self.page(part)).status_code for part in ("submit/", "return/", "share/")}, {403}
        )


class Typing(Opened, TestCase):
    def test_is_saved_and_told_with_its_version(self) -> None:
        self.sign_in(self.ben)
        told = self.keep("PR.PS-01", policy="3", practice="1").json()
        self.assertEqual((told["version"], told["state"], told["said"]), (1, "done", "2.0"))
        self.assertEqual(self.keep("PR.PS-01", policy="3", practice="1.1", version=1).json()["version"], 2)

    def test_that_is_half_done_is_told_what_is_missing(self) -> None:
        self.sign_in(self.ben)
        answer = self.keep("PR.PS-01", policy="3")
        self.assertEqual(answer.status_code, 422)
        self.assertIn("Give both scores", answer.json()["problem"])

    def test_that_clashes_is_told_with_both_sides(self) -> None:
        self.answer(self.mine, given("PR.PS-01", "2", "2", reason="By Ada."))
        self.sign_in(self.ben)
        answer = self.keep("PR.PS-01", policy="3", practice="3", reason="By Ben.")
        self.assertEqual((answer.status_code, answer.json()["version"]), (409, 1))
        for text in ("By Ada.", "By Ben."):
            self.assertIn(text, answer.json()["html"])

    def test_of_what_does_not_apply_drops_the_scores(self) -> None:
        self.sign_in(self.ben)
        self.keep("PR.PS-01", policy="3", practice="3", not_applicable="on", reason="No software here.")
        self.assertEqual((Answer.objects.get().not_applicable, Answer.objects.get().practice), (True, None))


class AConsultant(Opened, TestCase):
    def test_gives_own_scores_beside_those_of_the_site(self) -> None:
        self.answer(self.theirs, given("PR.PS-01", "3", "3"))
        self.sign_in(self.dan)
        self.post("?at=PR.PS-01", self.theirs, policy="2", practice="1.5", version="0", go="next")
        self.assertEqual(Answer.objects.get(source=Source.CONSULTANT).practice, Decimal("1.5"))
        answer = self.client.get(self.page("?at=PR.PS-01", self.theirs))
        said = {mark.label: mark.said for mark in answer.context["strips"][1].marks}
        self.assertEqual(said, {"This answer, now": "1.5", "Site": "3.0"})


class AColleague(Opened, TestCase):
    def test_is_asked_on_a_page_and_answers_that_part(self) -> None:
        self.sign_in(self.ben)
        self.post("share/", requirement="PR.PS", to=str(self.eva.pk), note="You run the lines.")
        self.sign_in(self.eva)
        answer = self.client.get(self.page())
        self.assertEqual([leaf.code for leaf in answer.context["desk"].leaves], ["PR.PS-01", "PR.PS-02"])
        self.assertEqual(self.keep("PR.PS-01", policy="3", practice="3").status_code, 200)
        self.assertEqual(self.keep("GV.RR-01", policy="3", practice="3").status_code, 403)
        self.sign_in(self.ben)
        self.post("share/", unshare=str(self.mine.shares.get().pk))
        self.sign_in(self.eva)
        self.assertEqual(self.client.get(self.page()).status_code, 404)


class Around(Opened, TestCase):
    def test_comments_are_answered_and_settled(self) -> None:
        self.sign_in(self.ada)
        self.post("say/?at=PR.PS-01", text="Does line 4 count?")
        said = Comment.objects.get()
        self.sign_in(self.ben)
        self.post("say/?at=PR.PS-01", text="It does.", answers=str(said.pk))
        self.post(f"said/{said.pk}/settle/?at=PR.PS-01")
        answer = self.client.get(self.page("?at=PR.PS-01"))
        self.assertContains(answer, "It does.")
        self.assertContains(answer, "settled by Ben Tan")

    def test_evidence_is_added_once_and_used_again(self) -> None:
        self.answer(self.mine, given("PR.PS-01", "2", "2"), given("PR.PS-02", "2", "2"), by=self.ben)
        self.sign_in(self.ben)
        self.post("evidence/?at=PR.PS-01", file=SimpleUploadedFile("list.txt", b"Line 3"), title="Patch list")
        piece = Link.objects.get().piece
        self.post("evidence/?at=PR.PS-02", piece=str(piece.pk))
        answer = self.client.get(self.page("?at=PR.PS-02"))
        ((proof, others),) = answer.context["proofs"].found
        self.assertEqual((proof.piece.title, others), ("Patch list", "PR.PS-01"))


class OnItsWay(Opened, TestCase):
    def test_an_assessment_is_submitted_once_nothing_is_missing(self) -> None:
        self.answer_all(self.mine, codes=CODES[1:])
        self.sign_in(self.ben)
        self.assertContains(self.client.get(self.page("submit/")), CODES[0])
        self.assertEqual(self.post("submit/").status_code, 422)
        self.answer(self.mine, given(CODES[0], "3", "3"))
        self.post("submit/")
        self.assertEqual(self.of(self.khh1).state, "submitted")

    def test_the_group_accepts_a_category_changes_one_and_returns_two(self) -> None:
        self.answer_all(self.mine)
        rules.submit(self.of(self.khh1), by=self.ben)
        self.sign_in(self.ada)
        self.assertEqual(self.client.get(self.page()).context["desk"].seat.source, Source.VALIDATED)
        self.post("?at=PR.PS-01", policy="2", practice="2", reason="No proof.", version="0", go="next")
        self.post("accept/", part="PR.PS")
        found = dict(Answer.objects.filter(source="validated").values_list("node__code", "standing"))
        self.assertEqual(found, {"PR.PS-01": "changed", "PR.PS-02": "accepted"})
        self.post("return/", requirements=CODES[:2], reason="Show the lists.")
        self.assertEqual((self.of(self.khh1).state, self.of(self.khh1).note), ("returned", "Show the lists."))
        self.sign_in(self.ben)
        answer = self.client.get(self.page())
        self.assertEqual(answer.context["desk"].counts["todo"], 2)
        self.assertContains(answer, "Show the lists.")
        for code in CODES[:2]:
            version = Answer.objects.get(node__code=code, source="self").version
            self.post(f"?at={code}", policy="3", practice="3", version=version, go="hold")
        self.post("submit/")
        self.sign_in(self.ada)
        self.post("validate/")
        self.assertEqual(self.of(self.khh1).state, "validated")
