"""Answering together: colleagues who were asked a part, what is said about an answer, and what lies beside it."""

from __future__ import annotations

from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.models import Answer, Assessment, Source
from keepwell.areas.assessment.tests.stories import CODES, Open, given
from keepwell.kernel.refusing import Refused


class AColleague(Open, TestCase):
    """Eva was asked to answer PR.PS of KHH1 in IT."""

    def setUp(self) -> None:
        super().setUp()
        rules.share(self.mine, by=self.ben, requirement="PR.PS", to=self.eva, note="You run the lines.")
        self.mine = self.of(self.khh1)

    def test_answers_that_part_and_no_other(self) -> None:
        self.answer(self.mine, given("PR.PS-01", "3", "3"), by=self.eva)
        with self.assertRaisesMessage(PermissionDenied, "You were asked to answer PR.PS, not GV.RR-01."):
            self.answer(self.mine, given("GV.RR-01", "3", "3"), by=self.eva)

    def test_sees_that_part_and_no_other(self) -> None:
        self.answer(self.mine, given("PR.PS-01", "3", "3"), given("GV.RR-01", "1", "1"))
        seen = Answer.objects.visible_to(self.eva).values_list("node__code", flat=True)
        self.assertEqual(list(seen), ["PR.PS-01"])
        self.assertEqual(list(Assessment.objects.visible_to(self.eva)), [self.mine])
        self.assertEqual(
            [e.line.code for e in rules.sheet(self.mine, person=self.eva).entries], ["PR.PS-01", "PR.PS-02"]
        )
        self.assertEqual(rules.heat_map(self.cycle, person=self.eva).rows, ())

    def test_finds_it_under_what_is_due(self) -> None:
        (debt,) = self.eva.debts.open()
        self.assertEqual(debt.sentence(self.mine), "Answer PR.PS of KHH1 IT, CSF 2025")
        rules.unshare(self.mine, by=self.ben, requirement="PR.PS", to=self.eva)
        self.assertFalse(self.eva.debts.open().exists())

    def test_loses_it_when_the_part_is_taken_back(self) -> None:
        rules.unshare(self.mine, by=self.ben, requirement="PR.PS", to=self.eva)
        with self.assertRaises(PermissionDenied):
            self.answer(self.of(self.khh1), given("PR.PS-01", "3", "3"), by=self.eva)
        self.assertFalse(Assessment.objects.visible_to(self.eva).exists())

    def test_works_at_the_site_and_can_sign_in(self) -> None:
        for who in (self.sam, self.dan):
            with self.assertRaisesMessage(Refused, f"{who.name} does not work at"):
                rules.share(self.mine, by=self.ben, requirement="PR.PS", to=who)

    def test_is_asked_for_a_part_once(self) -> None:
        with self.assertRaisesMessage(Refused, "Eva Chen answers PR.PS already."):
            rules.share(self.mine, by=self.ben, requirement="PR.PS", to=self.eva)
        with self.assertRaisesMessage(Refused, "This cycle has no requirement “XX”."):
            rules.share(self.mine, by=self.ben, requirement="XX", to=self.eva)


class Comments(Open, TestCase):
    def test_are_open_until_they_are_settled(self) -> None:
        said = rules.comment(self.mine, "PR.PS-01", "Does line 4 count?", by=self.ben)
        rules.comment(self.mine, "PR.PS-01", "It does.", by=self.ada, answers=said)
        self.assertEqual(rules.sheet(self.mine, person=self.ben).entry("PR.PS-01").open_comments, 2)
        rules.settle(said, by=self.ben)
        found = {c.text: c.is_settled for c in rules.comments(self.mine, "PR.PS-01", person=self.ben)}
        self.assertEqual(found, {"Does line 4 count?": True, "It does.": False})
        with self.assertRaisesMessage(Refused, "This is settled already."):
            rules.settle(said, by=self.ada)

    def test_are_for_who_sees_the_assessment(self) -> None:
        for who in (self.eva, self.sam, self.dan):
            with self.assertRaises(PermissionDenied):
                rules.comment(self.mine, "PR.PS-01", "Hello", by=who)
        rules.comment(self.mine, "PR.PS-01", "Not yet seen.", by=self.ada)
        self.assertEqual(rules.comments(self.mine, "PR.PS-01", person=self.dan), [])

    def test_say_something(self) -> None:
        for text in ("", "  ", "x" * 2001, "a\x00"):
            with self.assertRaisesMessage(Refused, "in 2000 characters at most"):
                rules.comment(self.mine, "PR.PS-01", text, by=self.ben)

    def test_are_settled_by_who_wrote_them_or_edits_the_site(self) -> None:
        said = rules.comment(self.mine, "PR.PS-01", "Look here.", by=self.ada)
        with self.assertRaises(PermissionDenied):
            rules.settle(said, by=self.cleo)
        rules.settle(said, by=self.ben)


class WhatIsBeside(Open, TestCase):
    def test_is_last_year_target_consultant_and_the_group_if_it_is_large_enough(self) -> None:
        self.target("PR", "3")
        self.answer(self.theirs, given("PR.PS-01", "2", "1"))
        self.answer(self.theirs, given("PR.PS-01", "3", "2"), by=self.dan, source=Source.CONSULTANT)
        found = rules.beside(self.of(self.khh2), "PR.PS-01", person=self.ada)
        self.assertEqual((found["policy"].now, found["practice"].now), (Decimal(2), Decimal(1)))
        self.assertEqual(
            (found["policy"].consultant, found["policy"].target, found["policy"].before),
            (Decimal(3), 3, None),
        )
        self.assertIsNone(found["policy"].peers)  # two others only: a median would tell a site's score

    def test_counts_what_is_to_do(self) -> None:
        self.answer(
            self.mine, given("PR.PS-01", "2", "2"), given("PR.PS-02", not_applicable=True, reason="No lines.")
        )
        found = rules.sheet(self.of(self.khh1), person=self.ben)
        self.assertEqual(
            found.counts, {"todo": 3, "changed": 0, "done": 1, "not_applicable": 1, "all": 5, "answered": 2}
        )
        self.assertEqual((found.progress("PR"), found.progress("GV.OC")), ((2, 2), (0, 2)))
        self.assertEqual(
            (found.next_todo("PR.PS-02").line.code, found.next_todo("GV.OC-01").line.code),
            ("GV.OC-01", "GV.OC-02"),
        )
        self.assertEqual(set(found.writable), {Source.SELF})

    def test_is_read_in_as_many_queries_for_one_answer_as_for_all(self) -> None:
        self.answer(self.mine, given("PR.PS-01", "2", "2"))
        few = self.queries()
        self.answer(self.mine, *(given(code, "2", "2") for code in CODES if code != "PR.PS-01"))
        self.assertEqual(self.queries(), few)

    def queries(self) -> int:
        held = self.of(self.khh1)
        with CaptureQueriesContext(connection) as caught:
            rules.sheet(held, person=self.ben)
        return len(caught)
