"""What many requirements or sites get in one act, by page: evidence, words that ask again, one initiative, a whole draft."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import TestCase

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.models import Answer, Comment, Recommendation, Source
from keepwell.areas.assessment.rules.reading.drills import drill
from keepwell.areas.assessment.rules.reading.wishes import Wish
from keepwell.areas.assessment.tests.stories import CODES, Open
from keepwell.areas.assessment.tests.test_planning import SPRING, Planned
from keepwell.areas.improvement.models import Action, Initiative
from keepwell.kernel.refusing import Refused
from keepwell.platform.evidence.models import Link, Piece

FIRST, *OTHERS = CODES


class Proven(Open, TestCase):
    """KHH1 answered everything, and keeps a list that proves its first answer."""

    def setUp(self) -> None:
        super().setUp()
        self.answer_all(self.mine, "2")
        self.sign_in(self.ben)
        self.client.post(f"/assessments/{self.mine.pk}/answer/evidence/?at={FIRST}",
                         {"file": SimpleUploadedFile("list.txt", b"Line 3"), "title": "Patch list"})  # fmt: skip
        self.piece = Piece.objects.get(title="Patch list")

    def page(self, of: Any = None) -> str:
        return f"/assessments/{(of or self.mine).pk}/answer/evidence/{self.piece.pk}/more/?at={FIRST}"

    def proved(self) -> set[str]:
        keys = Link.objects.current().filter(piece=self.piece).values("record_id")
        return set(Answer.objects.filter(pk__in=keys).values_list("node__code", flat=True))

    def test_for_several_requirements_in_one_act(self) -> None:
        page = self.client.get(self.page())
        offered = [code for code, _words in page.context["form"].fields["requirements"].choices]
        self.assertEqual(offered, OTHERS)
        self.client.post(self.page(), {"requirements": OTHERS[2::-1]})
        self.assertEqual(self.proved(), {FIRST, *OTHERS[:3]})
        self.assertContains(self.client.get(f"/assessments/{self.mine.pk}/answer/?at={FIRST}"),
                            f"also proves {', '.join(OTHERS[:3])}")  # fmt: skip

    def test_for_all_of_them_or_none(self) -> None:
        Answer.objects.filter(node__code=OTHERS[1])._raw_delete("default")
        with self.assertRaisesMessage(Refused, f"{OTHERS[1]} has no score yet"):
            rules.prove(self.mine, self.piece, OTHERS[:2], by=self.ben, source=Source.SELF)
        self.assertEqual(self.proved(), {FIRST})
        answer = self.client.post(self.page(), {"requirements": OTHERS[:2]})
        self.assertEqual((answer.status_code, self.proved()), (422, {FIRST}))

    def test_only_by_who_may_change_the_answers_and_sees_the_piece(self) -> None:
        self.answer_all(self.theirs, "2")
        for who, of, status in (
            (self.sam, self.mine, 404), (self.eva, self.mine, 404), (self.dan, self.mine, 404),
            (self.ben, self.theirs, 404), (self.dan, self.theirs, 404), (self.cleo, self.mine, 404),
        ):  # fmt: skip
            self.sign_in(who)
            for answer in (
                self.client.get(self.page(of)),
                self.client.post(self.page(of), {"requirements": OTHERS}),
            ):
                self.assertEqual(answer.status_code, status, (who, of))
        self.assertEqual(self.proved(), {FIRST})

    def test_says_where_nothing_is_left(self) -> None:
        self.client.post(self.page(), {"requirements": OTHERS})
        self.assertContains(
            self.client.get(self.page()), "It proves every answer of this assessment already."
        )


class AskedAgain(Open, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.answer_all(self.mine, "2")
        rules.submit(self.of(self.khh1), by=self.ben)
        self.mine = self.of(self.khh1)
        self.sign_in(self.ada)

    def form(self, at: str = "") -> Any:
        page = self.client.get(f"/assessments/{self.mine.pk}/answer/return/{at}")
        return page.context["form"]

    def test_about_what_was_said_and_not_settled(self) -> None:
        for code in ("PR.PS-02", "GV.OC-02"):
            rules.comment(self.mine, code, f"Is {code} so at line 4?", by=self.ada)
        rules.comment(self.mine, "GV.OC-01", "An older question.", by=self.ada)
        rules.settle(Comment.objects.get(node__code="GV.OC-01"), by=self.ada)
        rules.comment(self.mine, "GV.RR-01", "Of the site itself.", by=self.ben)
        form = self.form("?at=GV.RR-01")
        self.assertEqual(form["requirements"].value(), ["GV.OC-02", "PR.PS-02"])
        self.assertEqual(
            form["reason"].value(), "GV.OC-02: Is GV.OC-02 so at line 4?\nPR.PS-02: Is PR.PS-02 so at line 4?"
        )
        first = [code for code, _words in form.fields["requirements"].choices][:2]
        self.assertEqual(first, ["GV.OC-02", "PR.PS-02"])

    def test_about_where_one_stands_where_nothing_was_said(self) -> None:
        form = self.form("?at=GV.RR-01")
        self.assertEqual((form["requirements"].value(), form["reason"].value()), (["GV.RR-01"], ""))
        self.assertIn("Title of GV.RR-01", dict(form.fields["requirements"].choices)["GV.RR-01"])


class OneInitiative(Planned, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.recommended()
        self.page = f"/cycles/{self.cycle.pk}/initiative/?code=PR.PS-02&scope=it"

    def ask(self, **sent: str) -> HttpResponse:
        return self.client.post(self.page, {"until": SPRING.isoformat(), **sent})

    def test_shows_who_takes_part_before_it_is_begun(self) -> None:
        rules.accept(self.one(), by=self.ben, until=SPRING)
        self.sign_in(self.ada)
        page = self.client.get(self.page)
        told = [(one.gap.assessment.unit.code, one.owner) for one in page.context["parts"]]
        self.assertEqual(told, [("KHH1", self.ben), ("KHH2", self.ada)])
        self.assertContains(page, "its action joins", count=1)
        answer = self.ask(cost="90000", currency="twd", title="Patch the lines")
        made = Initiative.objects.get()
        self.assertRedirects(answer, f"/initiatives/{made.pk}/", fetch_redirect_response=False)
        costs = dict(made.actions.values_list("unit__code", "cost"))
        self.assertEqual((made.title, costs), ("Patch the lines", {"KHH1": None, "KHH2": Decimal(90000)}))

    def test_leads_there_from_the_plan_and_from_there_to_what_was_begun(self) -> None:
        self.sign_in(self.ada)
        offered = f"/cycles/{self.cycle.pk}/initiative/?unit=MERIDIAN&amp;code=PR.PS-02&amp;scope=it"
        self.assertContains(self.client.get("/maturity/plan/"), offered)
        self.ask()
        plan = self.client.get("/maturity/plan/")
        self.assertContains(plan, f"/initiatives/{Initiative.objects.get().pk}/")
        self.assertNotContains(plan, offered)

    def test_says_what_is_wrong_and_begins_nothing(self) -> None:
        self.sign_in(self.ada)
        for sent in ({"until": "2025-11-13"}, {"cost": "5"}):
            self.assertEqual(self.ask(**sent).status_code, 422)
        self.assertEqual((Initiative.objects.count(), Action.objects.count()), (0, 0))
        self.assertEqual(self.client.get(self.page.replace("PR.PS-02", "PR.PS")).status_code, 404)

    def test_is_for_who_decides_about_the_cycle(self) -> None:
        for who in (self.sam, self.eva):
            self.sign_in(who)
            self.assertIn(self.client.get(self.page).status_code, (403, 404))
        for who in (self.ben, self.dan, self.cleo):
            self.sign_in(who)
            self.assertEqual((self.client.get(self.page).status_code, self.ask().status_code), (403, 403))
        self.assertEqual(Initiative.objects.count(), 0)

    def test_prices_the_foremost_by_their_effort(self) -> None:
        rules.accept_foremost(self.cycle, by=self.ada, priority=Decimal(0), until=SPRING, step_cost=Decimal(1000),
                              currency="twd")  # fmt: skip
        for one in Recommendation.objects.select_related("action"):
            self.assertEqual((one.action and one.action.cost, one.action and one.action.currency),
                             (Decimal(1000) * one.effort, "TWD"))  # fmt: skip

    def test_stands_where_a_single_answer_is_opened(self) -> None:
        rules.accept(self.one(), by=self.ben, until=SPRING)
        wish = Wish.parse({"at": "KHH1", "scope": "it", "code": "PR.PS-02"})
        opened = drill(self.cycle, wish, person=self.ben)
        assert opened is not None
        assert opened.advice is not None
        self.assertEqual((opened.value, opened.target, opened.look.mark), ("2.0", "3.0", "▼"))
        self.assertEqual(opened.advice.action, Action.objects.get())
        self.sign_in(self.ben)
        page = self.client.get("/maturity/cell/?at=KHH1&scope=it&code=PR.PS-02")
        self.assertContains(page, "KHH1-IT-2025-PR.PS-02")


class EverySite(Open, TestCase):
    def test_of_a_draft_is_ticked_by_one_button(self) -> None:
        self.sign_in(self.ada)
        sent = {
            "name": "CSF 2026",
            "unit": "MERIDIAN",
            "year": "2026",
            "opens_on": "2026-07-01",
            "do": "every",
        }
        form = self.client.post("/cycles/draft/", sent).context["form"]
        self.assertEqual(sorted(form["it_sites"].value()), ["KHH1", "KHH2", "PEN1"])
        self.assertEqual(
            (form["ot_sites"].value(), form["name"].value(), form.errors), (["KHH1"], "CSF 2026", {})
        )

    def test_that_exists_on_its_day(self) -> None:
        self.sign_in(self.ada)
        for day, expected in (("2017-01-01", []), ("no day", ["KHH1", "KHH2", "PEN1"])):
            form = self.client.post("/cycles/draft/", {"do": "every", "opens_on": day}).context["form"]
            self.assertEqual(sorted(form["it_sites"].value()), expected)

    def test_that_joins_late_moves_nothing(self) -> None:
        self.answer_all(self.mine, "3")
        self.answer_all(self.theirs, "3")
        before = Answer.objects.count()
        rules.add_site(self.cycle, by=self.ada, site=self.khh2, scope="ot", until=date(2025, 12, 1))
        self.assertEqual((Answer.objects.count(), self.mean(self.of(self.khh1))), (before, 3))
        with self.assertRaises(Refused):
            rules.add_site(self.cycle, by=self.ada, site=self.khh2, scope="ot", until=date(2025, 12, 1))
