"""The next version of one's own framework: drafted from the present one, requirements withdrawn with what takes their
place, and taken up again; what becomes of answers is shown before and done so when a cycle opens."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.rules.outlines import outline
from keepwell.areas.assessment.tests.stories import CODES, Assessed
from keepwell.areas.frameworks.models import Guidance, Mapping, Node, Version
from keepwell.areas.frameworks.registers import Nodes
from keepwell.areas.frameworks.rules import acts
from keepwell.areas.frameworks.rules.comparing import Change, Fate, compare
from keepwell.areas.frameworks.rules.drafting import draft_next
from keepwell.areas.frameworks.rules.withdrawing import Became, ask_again, withdraw
from keepwell.kernel.refusing import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.registers.writing import change, create
from tests.cast import NOW, TELLER


class Drafted(Assessed):
    """Version 3 of the framework, drafted from version 2.0."""

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        with acting(TELLER, "story.guidance"):
            Guidance(node=cls.new.nodes.get(code="GV.OC"), scale=cls.scale, level=2, text="By plan.").save()
        cls.draft = draft_next(cls.new, by=cls.ada, code="csf-3", label="3")

    def node(self, code: str) -> Node:
        rows = Node.objects.select_related("framework_version__framework__unit", "parent__framework_version")
        return rows.get(framework_version=self.draft, code=code)

    def fates(self) -> dict[str, tuple[Change, Fate, list[str]]]:
        found = compare(self.new, self.draft)
        return {line.node.code: (line.change, line.fate, [a.node.code for a in line.ancestors])
                for line in (*found.lines, *found.gone)}  # fmt: skip


class TheNextVersion(Drafted, TestCase):
    def test_asks_what_the_present_one_asks_in_the_same_order(self) -> None:
        self.assertEqual(self.draft.state, Version.State.DRAFT)
        told = [
            list(version.nodes.in_order().values_list("code", "depth", "is_scored", "title", "parent__code"))
            for version in (self.new, self.draft)
        ]
        self.assertEqual(*told)
        self.assertEqual(Guidance.objects.get(node=self.node("GV.OC")).text, "By plan.")

    def test_leads_every_answer_to_its_own_requirement(self) -> None:
        self.assertEqual(self.fates(), {code: (Change.KEPT, Fate.CARRIED, [code]) for code in CODES})

    def test_takes_a_code_and_a_label_that_are_free(self) -> None:
        for code, label, said in (("csf-2.0", "4", "There is a framework version “csf-2.0” already."),
                                  ("csf-4", "2.0", "has a version of that name already")):  # fmt: skip
            with self.assertRaisesMessage(Refused, said):
                draft_next(self.new, by=self.ada, code=code, label=label)

    def test_is_drafted_by_who_edits_frameworks_from_what_is_no_draft(self) -> None:
        with self.assertRaisesMessage(PermissionDenied, "You need the right to edit frameworks"):
            draft_next(self.new, by=self.ben, code="csf-4", label="4")
        with self.assertRaisesMessage(Refused, "cannot be done in the present state"):
            draft_next(self.draft, by=self.ada, code="csf-4", label="4")

    def test_costs_the_same_queries_however_much_is_asked(self) -> None:
        few = self.queries("csf-4", "4")
        with acting(TELLER, "story.more"):
            for number in range(6):
                Node(framework_version=self.new, parent=self.new.nodes.get(code="PR.PS"), code=f"PR.PS-1{number}",
                     title="More", position=50 + number, is_scored=True).save()  # fmt: skip
        self.assertEqual(self.queries("csf-5", "5"), few)

    def queries(self, code: str, label: str) -> int:
        with CaptureQueriesContext(connection) as caught:
            draft_next(self.new, by=self.ada, code=code, label=label)
        return len(caught)


class Withdrawing(Drafted, TestCase):
    def test_takes_a_requirement_out_of_what_is_asked(self) -> None:
        withdraw(self.node("PR.PS-02"), by=self.ada)
        self.assertNotIn("PR.PS-02", [line.code for line in outline(self.draft).leaves])
        self.assertEqual(self.fates()["PR.PS-02"], (Change.GONE, Fate.LEFT, []))

    def test_leads_answers_to_what_takes_its_place(self) -> None:
        withdraw(self.node("PR.PS-02"), by=self.ada, successors="PR.PS-01, GV.RR-01")
        told = self.fates()
        self.assertEqual(told["PR.PS-01"], (Change.KEPT, Fate.RESTATED, ["PR.PS-01", "PR.PS-02"]))
        self.assertEqual(told["GV.RR-01"], (Change.KEPT, Fate.RESTATED, ["GV.RR-01", "PR.PS-02"]))
        self.assertNotIn("PR.PS-02", told)

    def test_carries_an_answer_whole_to_where_a_requirement_moved(self) -> None:
        create(Nodes, {"framework_version": "csf-3", "code": "GV.RR-02", "parent": "csf-3|GV.RR", "title": "Moved here",
                       "is_scored": True, "position": 90}, by=self.ada)  # fmt: skip
        withdraw(self.node("PR.PS-02"), by=self.ada, successors="GV.RR-02", relation=Became.MOVED)
        self.assertEqual(self.fates()["GV.RR-02"], (Change.MOVED, Fate.CARRIED, ["PR.PS-02"]))

    def test_takes_all_below_with_it(self) -> None:
        withdraw(self.node("GV"), by=self.ada)
        self.assertEqual(
            [line.code for line in outline(self.draft).lines], ["PR", "PR.PS", "PR.PS-01", "PR.PS-02"]
        )
        gone = self.draft.nodes.filter(withdrawn=True, is_scored=False).values_list("code", flat=True)
        self.assertEqual(sorted(gone), ["GV", "GV.OC", "GV.OC-01", "GV.OC-02", "GV.RR", "GV.RR-01"])

    def test_names_a_code_that_cannot_take_its_place(self) -> None:
        for code in ("PR.XX", "GV.OC-01", "GV"):
            with self.subTest(code), self.assertRaisesMessage(Refused, f"“{code}” cannot take its place"):
                withdraw(self.node("GV"), by=self.ada, successors=f"PR.PS-01; {code}")
        self.assertFalse(self.draft.nodes.filter(withdrawn=True).exists())
        self.assertFalse(Mapping.objects.successions(self.draft).exists())

    def test_can_be_taken_back_with_what_it_lies_below(self) -> None:
        withdraw(self.node("GV"), by=self.ada, successors="PR.PS")
        ask_again(self.node("GV.RR-01"), by=self.ada)
        self.assertEqual(
            [line.code for line in outline(self.draft).leaves], ["GV.RR-01", "PR.PS-01", "PR.PS-02"]
        )
        self.assertFalse(Mapping.objects.successions(self.draft).exists())
        withdraw(self.node("GV"), by=self.ada, successors="PR.PS")  # the same line is taken up
        self.assertEqual(Mapping.objects.successions(self.draft).count(), 1)

    def test_is_for_drafts_and_for_who_edits_frameworks(self) -> None:
        for who in (self.ben, self.sam):
            with self.assertRaisesMessage(PermissionDenied, "You need the right to edit frameworks"):
                withdraw(self.node("GV"), by=who)
        acts.take_into_use(self.draft, by=self.ada)
        with self.assertRaisesMessage(Refused, "cannot be done in the present state"):
            withdraw(self.node("GV"), by=self.ada)

    def test_leaves_nothing_asked_below_what_a_form_withdraws(self) -> None:
        with self.assertRaisesMessage(Exception, "What lies below it is still asked"):
            change(Nodes, self.node("GV.RR"), {"withdrawn": True}, version=1, by=self.ada)
        withdraw(self.node("GV.RR"), by=self.ada)
        with self.assertRaisesMessage(Exception, "It hangs below something that is withdrawn."):
            change(
                Nodes, self.node("GV.RR-01"), {"withdrawn": False, "is_scored": True}, version=2, by=self.ada
            )

    def test_is_done_by_page_and_program_and_shown_in_the_tree(self) -> None:
        self.sign_in(self.ada)
        deed = reverse("requirements-do", args=[self.node("PR.PS-02").pk, "withdraw"])
        self.assertContains(self.client.get(deed), "What takes its place (codes, divided by commas)")
        answer = self.client.post(deed, {"successors": "PR.PS-01", "relation": "incorporated"})
        self.assertEqual(answer.status_code, 302)
        page = self.client.get(reverse("frameworks-tree", args=[self.draft.pk]))
        self.assertContains(page, 'Incorporated <a href="#PR.PS-01">')
        answer = self.client.post(f"/api/requirements/{self.node('GV.RR-01').pk}/withdraw", {},
                                  content_type="application/json")  # fmt: skip
        self.assertEqual(answer.status_code, 200, answer.content)
        self.assertTrue(self.node("GV.RR-01").withdrawn)
        self.sign_in(self.sam)
        self.assertEqual(self.client.get(deed).status_code, 404)


class ACycleOnTheNextVersion(Drafted, TestCase):
    def test_carries_over_what_the_comparison_said(self) -> None:
        withdraw(self.node("PR.PS-02"), by=self.ada, successors="PR.PS-01")
        self.assertEqual(
            self.carried(self.draft),
            {"GV.OC-01": "1.0", "GV.OC-02": "2.0", "GV.RR-01": "3.0", "PR.PS-01": "4.5"},
        )

    def test_goes_by_equal_codes_where_there_is_no_crosswalk(self) -> None:
        with acting(TELLER, "story.bare"):
            bare = Version(
                framework=self.new.framework, code="bare", label="Bare", state=Version.State.IN_USE
            )
            bare.save()
            for place, code in enumerate(("GV.OC-01", "GV.NEW", "PR.PS-02")):
                Node(framework_version=bare, code=code, title=code, is_scored=True, position=place).save()
        told = {line.node.code: line.fate for line in compare(self.new, bare).lines}
        self.assertEqual(told, {"GV.OC-01": Fate.CARRIED, "GV.NEW": Fate.ANEW, "PR.PS-02": Fate.CARRIED})
        self.assertEqual(self.carried(bare), {"GV.OC-01": "1.0", "PR.PS-02": "5.0"})

    def carried(self, version: Version) -> dict[str, str]:
        """The practice scores that KHH2 finds in a cycle on `version` after 1, 2, 3, 4 and 5 the year before."""
        self.opened()
        held = self.of(self.khh2)
        for number, code in enumerate(CODES, 1):
            self.answer_all(held, str(number), [code])
        if version.state == Version.State.DRAFT:
            acts.take_into_use(version, by=self.ada)
        with acting(TELLER, "story.next"):
            after = self.drafted("CSF 2026", 2026, framework_version=version, previous=self.cycle,
                                 opens_on=date(NOW.year, 11, 1))  # fmt: skip
        rules.open_cycle(after, by=self.ada)
        rows = self.of(self.khh2, cycle=after).answers.filter(practice__isnull=False)
        return {
            row.node.code: f"{row.practice:.1f}"
            for row in rows.select_related("node").order_by("node__position")
        }
