"""From a site's answers to a frozen year, and what may be corrected then."""

from __future__ import annotations

from decimal import Decimal
from tempfile import TemporaryDirectory

from django.core.exceptions import PermissionDenied
from django.test import TestCase, override_settings

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.models import Answer, Assessment, Cycle, Snapshot, Source
from keepwell.areas.assessment.rules import Mistaken
from keepwell.areas.assessment.rules.freezing import read_snapshot
from keepwell.areas.assessment.tests.stories import CODES, Assessed, Open, given
from keepwell.kernel import moments
from keepwell.kernel.refusing import Refused
from keepwell.platform.exchange.files import path_of
from keepwell.platform.history.acting import acting
from keepwell.platform.history.models import Change
from keepwell.platform.people.models import Person
from keepwell.platform.todos.models import Debt
from tests.cast import NOW


class Submitting(Open, TestCase):
    def test_with_something_to_do_is_refused_and_names_it(self) -> None:
        self.answer_all(self.mine, codes=CODES[:3])
        with self.assertRaisesMessage(
            Refused, "2 requirements are still to be answered: PR.PS-01, PR.PS-02."
        ):
            rules.submit(self.of(self.khh1), by=self.ben)

    def test_hands_the_work_to_who_validates(self) -> None:
        self.answer_all(self.mine)
        rules.submit(self.of(self.khh1), by=self.ben)
        held = self.of(self.khh1)
        self.assertEqual((held.state, held.submitted_by), ("submitted", self.ben))
        (debt,) = Debt.objects.open().filter(record_id=held.pk)
        self.assertEqual(
            (debt.role, debt.unit, debt.by_day.isoformat()), ("secretariat", self.group, "2025-11-30")
        )

    def test_ends_the_answering(self) -> None:
        self.answer_all(self.mine)
        rules.submit(self.of(self.khh1), by=self.ben)
        with self.assertRaisesMessage(Refused, "was submitted; whoever validates it can return it"):
            self.answer(self.of(self.khh1), given("PR.PS-01", "1", "1", version=1), by=self.ben)

    def test_is_for_who_edits_at_the_site(self) -> None:
        self.answer_all(self.mine)
        for who in (self.cleo, self.dan, self.eva, self.sam):
            self.assertRaises(PermissionDenied, rules.submit, self.of(self.khh1), by=who)


class Returning(Open, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.answer_all(self.mine)
        rules.submit(self.of(self.khh1), by=self.ben)

    def test_asks_for_those_requirements_anew(self) -> None:
        rules.send_back(
            self.of(self.khh1), by=self.ada, requirements="PR.PS-01, GV.RR-01", reason="Show the lists."
        )
        waiting = Answer.objects.filter(standing="to_examine").values_list("node__code", flat=True)
        self.assertEqual(sorted(waiting), ["GV.RR-01", "PR.PS-01"])
        with self.assertRaisesMessage(Refused, "2 requirements are still to be answered"):
            rules.submit(self.of(self.khh1), by=self.ben)
        self.answer(
            self.of(self.khh1),
            given("PR.PS-01", "2", "2", version=2),
            given("GV.RR-01", "3", "3", version=2),
            by=self.ben,
        )
        rules.submit(self.of(self.khh1), by=self.ben)
        self.assertEqual(self.of(self.khh1).state, "submitted")

    def test_tells_the_officer_what_and_why(self) -> None:
        rules.send_back(self.of(self.khh1), by=self.ada, requirements="PR.PS-01", reason="Show the lists.")
        (debt,) = Debt.objects.open().filter(record_id=self.mine.pk)
        self.assertEqual(
            (debt.role, debt.about(self.mine)), ("site_officer", "Returned: PR.PS-01. Show the lists.")
        )

    def test_names_requirements_of_the_cycle_and_a_reason(self) -> None:
        for codes, reason, sentence in (
            ("", "Why.", "Name at least one"),
            ("XX", "Why.", "“XX” is nothing"),
            ("PR.PS-01", " ", "Say what"),
        ):
            with self.assertRaisesMessage(Refused, sentence):
                rules.send_back(self.of(self.khh1), by=self.ada, requirements=codes, reason=reason)
        self.assertEqual(self.of(self.khh1).state, "submitted")

    def test_is_for_who_decides(self) -> None:
        with self.assertRaises(PermissionDenied):
            rules.send_back(self.of(self.khh1), by=self.ben, requirements="PR.PS-01", reason="Mine.")


class Validating(Open, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.answer_all(self.mine)
        rules.submit(self.of(self.khh1), by=self.ben)

    def test_takes_the_sites_scores_over_where_the_group_said_nothing(self) -> None:
        self.answer(self.of(self.khh1), given("PR.PS-01", "2.5", "2.5"), source=Source.VALIDATED)
        rules.validate(self.of(self.khh1), by=self.ada)
        found = {a.node.code: (a.practice, a.standing, a.answered_by) for a in
                 Answer.objects.filter(source="validated").select_related("node", "answered_by")}  # fmt: skip
        self.assertEqual(found.pop("PR.PS-01"), (Decimal("2.5"), "changed", self.ada))
        self.assertEqual(set(found.values()), {(Decimal(3), "accepted", self.ada)})
        self.assertEqual(self.of(self.khh1).state, "validated")
        self.assertFalse(Debt.objects.open().filter(record_id=self.mine.pk).exists())

    def test_needs_a_reason_where_it_differs_by_more_than_the_step(self) -> None:
        with self.assertRaisesMessage(Mistaken, "it differs from the site's score by more than 0.5"):
            self.answer(self.of(self.khh1), given("PR.PS-01", "2.4", "3"), source=Source.VALIDATED)
        self.answer(
            self.of(self.khh1),
            given("PR.PS-01", "2.4", "3", reason="No list of servers."),
            source=Source.VALIDATED,
        )

    def test_follows_a_returned_answer_that_it_had_taken_over(self) -> None:
        rules.validate(self.of(self.khh1), by=self.ada)
        rules.send_back(self.of(self.khh1), by=self.ada, requirements="PR.PS-01", reason="Look again.")
        self.answer(self.of(self.khh1), given("PR.PS-01", "2", "2", version=2), by=self.ben)
        rules.submit(self.of(self.khh1), by=self.ben)
        rules.validate(self.of(self.khh1), by=self.ada)
        taken = Answer.objects.get(source="validated", node__code="PR.PS-01")
        self.assertEqual((taken.practice, taken.standing), (Decimal(2), "accepted"))

    def test_before_it_was_submitted_is_refused(self) -> None:
        with self.assertRaisesMessage(Refused, "is not submitted yet"):
            self.answer(self.theirs, given("PR.PS-01", "3", "3"), source=Source.VALIDATED)
        with self.assertRaisesMessage(Refused, "present state"):
            rules.validate(self.theirs, by=self.ada)


class Withdrawing(Open, TestCase):
    def test_takes_the_site_out_of_figures_and_todos(self) -> None:
        self.answer_all(self.mine, "5")
        self.answer_all(self.theirs, "1")
        rules.withdraw(self.of(self.khh1), by=self.ada, reason="Sold in August.")
        shown = rules.heat_map(self.cycle, person=self.ada)
        self.assertEqual(shown.row(self.mat).cell("it").value, 1)
        self.assertFalse(Debt.objects.open().filter(record_id=self.mine.pk).exists())
        with self.assertRaisesMessage(Refused, "was withdrawn"):
            self.answer(self.of(self.khh1), given("PR.PS-01", "1", "1", version=1))

    def test_needs_a_reason(self) -> None:
        with self.assertRaisesMessage(Refused, "Say why the site leaves"):
            rules.withdraw(self.mine, by=self.ada, reason="")


class Publishing(Assessed, TestCase):
    def test_waits_for_every_assessment(self) -> None:
        self.opened()
        for site in (self.khh1, self.khh2):
            self.validated(self.of(site))
        self.validated(self.of(self.khh1, "ot"))
        rules.begin_validation(self.cycle, by=self.ada)
        for act in (rules.publish, rules.freeze):
            with self.assertRaisesMessage(Refused, "1 assessment is not validated: PEN1 IT."):
                act(self.cycle, by=self.ada)

    def test_closes_the_scores_until_validation_is_taken_up_again(self) -> None:
        self.finished(self.cycle)
        rules.publish(self.cycle, by=self.ada)
        with self.assertRaisesMessage(Refused, "takes no scores at present"):
            self.answer(self.of(self.khh1), given("PR.PS-01", "1", "1", version=1), source=Source.VALIDATED)
        rules.resume_validation(self.cycle, by=self.ada, reason="One site found an error.")
        self.assertEqual(Cycle.objects.get().state, "validation")


class Freezing(Assessed, TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.enterClassContext(override_settings(KEEPWELL_DATA=cls.enterClassContext(TemporaryDirectory())))
        super().setUpTestData()
        here = cls()
        with moments.standing_at(NOW):
            here.target("PR", "3")
            here.finished(cls.cycle, "3")
            rules.freeze(cls.cycle, by=cls.ada)

    def test_keeps_everything_under_a_digest_that_the_trail_holds(self) -> None:
        (kept,) = rules.snapshots(self.cycle)
        told = read_snapshot(kept)
        self.assertEqual((told["cycle"]["framework"], told["requirements"]), (self.new.code, CODES))
        self.assertEqual(told["structure"]["PEN1"], ["PEN1", "MSE", "MERIDIAN"])
        self.assertEqual(told["figures"]["MERIDIAN"]["it"][""], "3")
        self.assertEqual(told["targets"], [["MERIDIAN", "PR", "", 0, "3"]])
        self.assertEqual(len(told["assessments"]), 4)
        self.assertIn(["PR.PS-02", "self", "3", "3", False, "", "new"], told["assessments"][0]["answers"])
        self.assertEqual(Change.objects.get(record_id=kept.pk).after["digest"], kept.digest)

    def test_keeps_the_same_bytes_for_the_same_year(self) -> None:
        self.assertTrue(rules.is_as_frozen(self.cycle))

    def test_lets_no_score_target_or_cycle_change(self) -> None:
        for source in (Source.SELF, Source.VALIDATED):
            with self.assertRaisesMessage(Refused, "is frozen; a correction is made as a restatement"):
                self.answer(self.of(self.khh1), given("PR.PS-01", "1", "1", version=1), source=source)
        for act in (rules.take_back,):
            with self.assertRaisesMessage(Refused, "present state"):
                act(self.cycle.targets.get(), by=self.ada, reason="Too high.")
        with self.assertRaisesMessage(Refused, "is frozen; nothing is added to it"):
            rules.comment(self.of(self.khh1), "PR.PS-01", "Late.", by=self.ada)

    def test_stays_when_units_move_afterwards(self) -> None:
        before = rules.heat_map(Cycle.objects.get(), person=self.ada)
        with acting(self.ada, "story.move"):
            self.khh1.parent = self.mse
            self.khh1.save(since=self.khh1.active_from)
        after = rules.heat_map(Cycle.objects.get(), person=self.ada)
        self.assertEqual(
            [(r.unit.code, r.depth) for r in after.rows], [(r.unit.code, r.depth) for r in before.rows]
        )

    def test_is_corrected_only_by_a_restatement_beside_it(self) -> None:
        restated = self.restate(self.ada)
        first, second = rules.snapshots(self.cycle)
        self.assertEqual(
            (first.number, second.number, second.reason), (0, 1, "The scan of PEN1 was misread.")
        )
        self.assertEqual(restated.pk, second.pk)
        self.assertEqual(read_snapshot(first)["figures"]["PEN1"]["it"]["PR"], "3")
        self.assertEqual(read_snapshot(second)["figures"]["PEN1"]["it"]["PR"], "2")
        self.assertEqual(
            rules.heat_map(Cycle.objects.get(), person=self.ada).row(self.pen1).cell("it", "PR").value, 2
        )

    def restate(
        self, by: Person, reason: str = "The scan of PEN1 was misread.", score: str = "1"
    ) -> Snapshot:
        held = self.of(self.pen1)
        answer = held.answers.get(source="validated", node__code="PR.PS-01")
        return rules.restate(held, [given("PR.PS-01", score, score, reason="Misread.", version=answer.version)], by=by,
                             source=Source.VALIDATED, reason=reason)  # fmt: skip

    def test_is_corrected_by_who_decides_for_the_cycle(self) -> None:
        for who in (self.ben, self.cleo, self.dan, self.sam):
            self.assertRaises(PermissionDenied, self.restate, who)

    def test_is_corrected_with_a_reason_and_a_difference(self) -> None:
        self.assertRaisesMessage(Refused, "Write at least one sentence", self.restate, self.ada, "Typo.")
        self.assertRaisesMessage(Refused, "is not frozen", self.restate_open)

    def restate_open(self) -> None:
        with acting(self.ada, "story.cycle"):
            other = self.drafted("Other", 2025)
        self.opened(other)
        rules.restate(
            self.of(self.pen1, cycle=other), [], by=self.ada, source=Source.SELF, reason="Some good reason."
        )

    def test_shows_when_the_kept_file_is_not_what_it_was(self) -> None:
        (kept,) = rules.snapshots(self.cycle)
        path = path_of(kept.digest)
        self.addCleanup(path.write_bytes, path.read_bytes())
        path.write_bytes(b"{}")
        self.assertRaises(ValueError, read_snapshot, kept)


class AWithdrawnAssessment(Open, TestCase):
    def test_is_not_waited_for(self) -> None:
        for one in Assessment.objects.exclude(unit=self.khh1):
            self.validated(self.of(one.unit, one.scope))
        for scope in ("it", "ot"):
            rules.withdraw(self.of(self.khh1, scope), by=self.ada, reason="Sold.")
        rules.begin_validation(self.cycle, by=self.ada)
        rules.publish(self.cycle, by=self.ada)
