"""Giving scores: who may, what fits, when a reason is due, and that nobody overwrites anybody."""

from __future__ import annotations

from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.test import TestCase

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.models import Answer, Assessment, Cycle, Source
from keepwell.areas.assessment.rules import Mistaken
from keepwell.areas.assessment.tests.stories import Assessed, Open, given
from keepwell.kernel.refusing import Refused
from keepwell.platform.history.acting import Conflict, acting
from keepwell.platform.history.models import Change
from keepwell.platform.history.noting import keeping_refusals
from tests.cast import TELLER, grant


class Writing(Open, TestCase):
    def test_keeps_score_reason_person_and_moment(self) -> None:
        (answer,) = self.answer(
            self.mine, given("PR.PS-02", "1.6", "0.6", reason="Two of five lines."), by=self.ben
        )
        kept = Answer.objects.get(pk=answer.pk)
        self.assertEqual(
            (kept.policy, kept.practice, kept.reason), (Decimal("1.6"), Decimal("0.6"), "Two of five lines.")
        )
        self.assertEqual(
            (kept.answered_by, kept.standing, kept.source, kept.version), (self.ben, "new", "self", 1)
        )
        told = Change.objects.get(record_id=answer.pk)
        self.assertEqual((told.verb, told.by, told.after["practice"]), ("answer.save", self.ben.pk, "0.6"))

    def test_lets_the_assessment_be_answered(self) -> None:
        self.answer(self.mine, given("PR.PS-02", "1", "1"))
        self.assertEqual(self.of(self.khh1).state, "answering")

    def test_brings_the_results_in_line_at_once(self) -> None:
        self.answer(
            self.mine, given("PR.PS-01", "1", "2"), given("PR.PS-02", "3", "3"), given("GV.RR-01", "5", "5")
        )
        self.assertEqual(
            (self.mean(self.mine, "PR.PS"), self.mean(self.mine, "PR")), (Decimal("2.25"), Decimal("2.25"))
        )
        self.assertEqual((self.mean(self.mine, "GV"), self.mean(self.mine)), (Decimal(5), Decimal("3.625")))

    def test_of_the_same_again_writes_nothing(self) -> None:
        self.answer(self.mine, given("PR.PS-02", "1", "1"))
        before = Change.objects.count()
        self.answer(self.mine, given("PR.PS-02", "1", "1", version=1))
        self.assertEqual(Change.objects.count(), before)

    def test_that_a_requirement_does_not_apply_takes_it_out(self) -> None:
        self.answer(
            self.mine,
            given("PR.PS-01", "1", "1"),
            given("PR.PS-02", not_applicable=True, reason="No software here."),
        )
        result = self.mine.results.get(view="counting", code="PR")
        self.assertEqual((result.rolled.mean, result.answered, result.applicable), (Decimal(1), 1, 1))

    def test_counts_one_score_by_the_rule_of_the_cycle(self) -> None:
        for combining, share, wanted in (
            ("practice", None, "1"),
            ("minimum", None, "1"),
            ("weighted", "0.25", "1.5"),
            ("mean", None, "2"),
        ):
            with acting(TELLER, "story.combine"):
                self.cycle.combining, self.cycle.policy_share = combining, share and Decimal(share)
                self.cycle.save()
            held = self.of(self.khh1)
            version = Answer.objects.filter(assessment=held).values_list("version", flat=True).first()
            self.answer(held, given("PR.PS-01", "3", "1", version=version, reason=combining))
            self.assertEqual(self.mean(held), Decimal(wanted), combining)


class WhatDoesNotFit(Open, TestCase):
    def assert_mistaken(self, sentence: str, *answers: object) -> None:
        with self.assertRaisesMessage(Mistaken, sentence):
            self.answer(self.mine, given("PR.PS-01", "2", "2"), *answers)
        self.assertFalse(Answer.objects.exists())

    def test_lies_outside_the_scale(self) -> None:
        for score in ("-0.1", "5.1", "1000000", "NaN", "Infinity"):
            self.assert_mistaken("A score runs from 0 to 5 in steps of 0.1.", given("PR.PS-02", "2", score))

    def test_is_finer_than_a_tenth(self) -> None:
        self.assert_mistaken("in steps of 0.1", given("PR.PS-02", "2.05", "2"))

    def test_may_be_the_ends_of_the_scale(self) -> None:
        self.answer(self.mine, given("PR.PS-01", "0", "5"), given("PR.PS-02", "5.0", "0.0"))
        self.assertEqual(Answer.objects.count(), 2)

    def test_does_not_apply_without_a_reason(self) -> None:
        self.assert_mistaken(
            "Say why it does not apply.", given("PR.PS-02", not_applicable=True, reason="  ")
        )

    def test_does_not_apply_and_has_a_score(self) -> None:
        self.assert_mistaken(
            "What does not apply has no score.",
            given("PR.PS-02", "2", "2", not_applicable=True, reason="No."),
        )

    def test_lacks_one_of_two_scores(self) -> None:
        self.assert_mistaken("Give both scores", given("PR.PS-02", None, "2"))

    def test_is_nothing_that_is_answered(self) -> None:
        for code in ("PR", "PR.PS", "ID.GV-1", "", "\x00", "x" * 500):
            self.assert_mistaken("This is nothing that is answered in this cycle.", given(code, "2", "2"))

    def test_comes_twice(self) -> None:
        self.assert_mistaken("answered twice", given("PR.PS-01", "2", "2"))

    def test_holds_what_no_database_keeps(self) -> None:
        self.assert_mistaken("a character that no text has", given("PR.PS-02", "2", "2", reason="a\x00b"))
        self.assert_mistaken("4000 characters at most", given("PR.PS-02", "2", "2", reason="x" * 4001))

    def test_is_told_all_at_once(self) -> None:
        with self.assertRaises(Mistaken) as caught:
            self.answer(
                self.mine,
                given("PR.PS-01", "9", "2"),
                given("PR.PS-02", not_applicable=True),
                given("GV.RR-01", "2", "2"),
            )
        self.assertEqual(set(caught.exception.by_code), {"PR.PS-01", "PR.PS-02"})

    def test_is_more_than_can_be_sent_at_once(self) -> None:
        with self.assertRaisesMessage(Refused, "2000 answers at once"):
            self.answer(self.mine, *(given(f"X-{n}", "1", "1") for n in range(2_001)))

    def test_has_two_scores_in_a_cycle_of_one(self) -> None:
        with acting(TELLER, "story.one"):
            self.cycle.dimensions = "one"
            self.cycle.save()
        self.mine = self.of(self.khh1)
        with self.assertRaisesMessage(Mistaken, "This cycle has one score; send it as practice."):
            self.answer(self.mine, given("PR.PS-01", "2", "2"))
        self.answer(self.mine, given("PR.PS-01", None, "2"))
        self.assertEqual(self.mean(self.mine), Decimal(2))


class AReason(Assessed, TestCase):
    """PR.PS-01 was 2.0 in both dimensions in the cycle before, for the reason "Lists are kept."."""

    def setUp(self) -> None:
        super().setUp()
        with acting(TELLER, "story.last_year"):
            last = self.drafted("CSF 2024", 2024)
        self.opened(last)
        self.answer(self.of(self.khh1, cycle=last), given("PR.PS-01", "2", "2", reason="Lists are kept."))
        with acting(TELLER, "story.follow"):
            self.cycle.previous = last
            self.cycle.save()
        self.opened()
        self.mine = self.of(self.khh1)

    def test_is_due_when_a_score_moved_by_more_than_the_step(self) -> None:
        for policy, practice in (("2.6", "2"), ("2", "1.4")):
            with self.assertRaisesMessage(Mistaken, "it moved by more than 0.5 since the cycle before"):
                self.answer(self.mine, given("PR.PS-01", policy, practice, version=1))

    def test_is_not_due_at_the_step_itself(self) -> None:
        (answer,) = self.answer(self.mine, given("PR.PS-01", "2.5", "1.5", version=1))
        self.assertEqual(answer.standing, "changed")

    def test_of_last_year_is_no_reason_for_a_move(self) -> None:
        with self.assertRaises(Mistaken):
            self.answer(self.mine, given("PR.PS-01", "3", "3", reason="Lists are kept.", version=1))
        (answer,) = self.answer(
            self.mine, given("PR.PS-01", "3", "3", reason="Lists are checked monthly.", version=1)
        )
        self.assertEqual((answer.standing, answer.version), ("changed", 2))

    def test_is_not_due_for_what_stays(self) -> None:
        (answer,) = self.answer(self.mine, given("PR.PS-01", "2", "2", version=1))
        self.assertEqual(answer.standing, "unchanged")


class TwoPeople(Open, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.answer(self.mine, given("PR.PS-01", "2", "2"), by=self.ada)

    def test_cannot_overwrite_each_other(self) -> None:
        self.answer(self.mine, given("PR.PS-01", "3", "3", version=1), by=self.ada)
        for seen in (1, 0, None):
            with self.assertRaisesMessage(Conflict, "Ada Lin changed this record while you were writing."):
                self.answer(self.mine, given("PR.PS-01", "4", "4", version=seen), by=self.ben)
        self.assertEqual(Answer.objects.get().practice, Decimal(3))

    def test_may_say_the_same(self) -> None:
        self.answer(self.mine, given("PR.PS-01", "2", "2", version=0), by=self.ben)
        self.assertEqual(Answer.objects.get().answered_by, self.ada)

    def test_write_nothing_at_all_when_one_answer_clashes(self) -> None:
        with self.assertRaises(Conflict):
            self.answer(
                self.mine, given("PR.PS-02", "4", "4"), given("PR.PS-01", "4", "4", version=0), by=self.ben
            )
        self.assertEqual(Answer.objects.count(), 1)

    def test_cannot_have_seen_a_version_that_never_was(self) -> None:
        with self.assertRaisesMessage(Mistaken, "There is no answer of that version."):
            self.answer(self.mine, given("PR.PS-01", "4", "4", version=9))
        with self.assertRaisesMessage(Mistaken, "There is no answer of that version."):
            self.answer(self.mine, given("PR.PS-02", "4", "4", version=1))


class Sources(Open, TestCase):
    def test_stand_side_by_side(self) -> None:
        self.validated(self.theirs, "3")
        self.answer(self.of(self.khh2), given("PR.PS-01", "2", "2"), by=self.dan, source=Source.CONSULTANT)
        found = dict(Answer.objects.filter(node__code="PR.PS-01").values_list("source", "practice"))
        self.assertEqual(found, {"self": Decimal(3), "validated": Decimal(3), "consultant": Decimal(2)})

    def test_count_by_the_rule_of_the_cycle(self) -> None:
        self.answer(self.theirs, given("PR.PS-01", "3", "3"), given("PR.PS-02", "3", "3"))
        self.answer(self.theirs, given("PR.PS-01", "1", "1"), by=self.dan, source=Source.CONSULTANT)
        self.assertEqual(self.mean(self.theirs), Decimal(3))
        cycle = Cycle.objects.get()
        rules.change_method(cycle, by=self.ada, method=Cycle.Counts.MEAN_OF_MEANS, counting=Cycle.Counting.CONSULTANT_FIRST,
                            coverage=cycle.coverage_threshold)  # fmt: skip
        self.assertEqual(
            (self.mean(self.theirs), self.mean(self.theirs, view="consultant")), (Decimal(2), Decimal(1))
        )

    def assert_may_not(self, who: object, assessment: Assessment, source: Source) -> None:
        with self.assertRaises(PermissionDenied):
            self.answer(assessment, given("PR.PS-01", "3", "3"), by=who, source=source)
        self.assertFalse(Answer.objects.filter(source=source).exists())

    def test_of_a_site_are_written_by_its_officer_and_who_stands_above(self) -> None:
        self.answer(self.mine, given("PR.PS-01", "3", "3"), by=self.ben)
        self.answer(self.theirs, given("PR.PS-01", "3", "3"), by=self.ada)

    def test_of_a_site_are_written_by_nobody_else(self) -> None:
        for who in (self.cleo, self.dan, self.eva, self.sam):
            self.assert_may_not(who, self.of(self.pen1), Source.SELF)
        self.assert_may_not(self.ben, self.theirs, Source.SELF)

    def test_that_validate_are_written_by_who_decides(self) -> None:
        for who in (self.ben, self.cleo, self.dan, self.eva, self.sam):
            self.assert_may_not(who, self.mine, Source.VALIDATED)

    def test_of_a_consultant_are_written_for_the_sites_given(self) -> None:
        self.answer(self.of(self.pen1), given("PR.PS-01", "3", "3"), by=self.dan, source=Source.CONSULTANT)
        Answer.objects.get()
        with self.assertRaises(PermissionDenied):
            self.answer(self.mine, given("PR.PS-01", "3", "3"), by=self.dan, source=Source.CONSULTANT)
        with self.assertRaises(PermissionDenied):
            self.answer(self.mine, given("PR.PS-01", "3", "3"), by=self.ada, source=Source.CONSULTANT)

    def test_of_an_audit_are_written_by_the_auditor_of_that_very_assessment(self) -> None:
        with acting(TELLER, "story.auditor"):
            grant(self.cleo, "auditor", self.group)
        self.assert_may_not(self.cleo, self.mine, Source.AUDIT)
        with acting(TELLER, "story.auditor"):
            grant(
                self.cleo, "auditor", self.khh1, only_register="assessment.assessment", only_id=self.mine.pk
            )
        self.answer(self.mine, given("PR.PS-01", "3", "3"), by=self.cleo, source=Source.AUDIT)
        with self.assertRaises(PermissionDenied):
            self.answer(self.theirs, given("PR.PS-01", "3", "3"), by=self.cleo, source=Source.AUDIT)

    def test_that_are_refused_leave_a_row_in_the_trail(self) -> None:
        with keeping_refusals():
            self.assert_may_not(self.sam, self.mine, Source.SELF)
        self.assertTrue(Change.objects.filter(kind="refusal", by=self.sam.pk, verb="answer.save").exists())
