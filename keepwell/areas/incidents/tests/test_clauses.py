"""Clauses of contracts: those that name facts start their clock by themselves, of the others somebody is asked."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.test import TestCase
from django.urls import reverse
from django.utils import translation

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import ClauseQuestion
from keepwell.areas.incidents.rules import questions
from keepwell.areas.incidents.tests.ticking import Ticking
from keepwell.areas.organization.models import NoticeClause
from keepwell.platform.acts.act import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.people.models import Person
from keepwell.platform.registers.files import bring_in
from keepwell.platform.registers.register import REGISTERS
from tests.cast import TELLER, grant
from tests.duties import owed_by

WORDS = "Supplier tells Customer where its lots are at risk."
NO_CUSTOMER = {"customer_data": False, "supply_interrupted": False}


class Clauses(Ticking):
    """A customer whose clause names the level, and one whose clause has words alone."""

    def scene(self) -> None:
        super().scene()
        self.formal = self.clause("C-0148", conditions="level >= 2")
        self.worded = self.clause("C-0031", clause="9", trigger=WORDS)
        self.confirm("customer-contract")

    def running(self) -> list[str]:
        rows = self.incident.clocks.filter(clause__isnull=False, state="running")
        return sorted(rows.values_list("clause__counterparty", flat=True))

    def question(self) -> ClauseQuestion:
        return ClauseQuestion.objects.select_related("incident__unit", "clause").get()

    def owes(self, person: Person) -> list[str]:
        return owed_by(person, "incidents.clauses")

    def touched(self, **facts: Any) -> None:
        self.classify(effect=True, **{**NO_CUSTOMER, **facts})


class WithFacts(Clauses, TestCase):
    def test_starts_its_clock_by_itself_once_they_hold(self) -> None:
        self.touched()
        self.assertEqual(self.running(), [])
        self.touched(core_system=True)
        self.assertEqual(self.running(), ["C-0148"])

    def test_lets_it_lapse_once_they_hold_no_more(self) -> None:
        self.touched(core_system=True)
        self.touched()
        clock = self.incident.clocks.get(clause=self.formal)
        self.assertEqual(
            (clock.state, clock.why), ("lapsed", "The facts of classification 2 no longer ask for it.")
        )

    def test_follows_facts_that_are_written_into_it_later(self) -> None:
        self.touched(core_system=True)
        self.save(self.worded, conditions="level >= 2\ncustomer_data = yes", joined="any")
        self.assertEqual(self.running(), ["C-0031", "C-0148"])
        self.save(self.worded, joined="all")
        self.assertEqual(self.running(), ["C-0148"])

    def test_names_what_does_not_fit_and_its_line(self) -> None:
        with self.assertRaisesMessage(ValidationError, "Line 2, “weather = fine”: write a fact"):
            self.clause("C-0777", conditions="level >= 2\nweather = fine")
        with self.assertRaisesMessage(ValidationError, "Write 20 conditions at most."):
            self.clause("C-0777", conditions="level >= 2\n" * 21)


class WithWordsAlone(Clauses, TestCase):
    def test_asks_who_may_work_on_the_incident_once_something_was_touched(self) -> None:
        self.classify(effect=False, **NO_CUSTOMER)
        self.assertEqual(self.owes(self.ben), [])
        self.touched()
        said = f"Say whether 1 clause applies to {self.incident.number}"
        self.assertEqual([self.owes(one) for one in (self.ben, self.cleo, self.sam)], [[said], [], []])
        self.touched(core_system=True)
        self.assertEqual(ClauseQuestion.objects.count(), 1)

    def test_starts_its_clock_where_somebody_says_that_it_applies(self) -> None:
        self.touched()
        with self.assertRaisesMessage(Refused, "Say by what in the words of the clause you decided it."):
            questions.say_it_applies(self.question(), by=self.ben, reason=" ")
        questions.say_it_applies(self.question(), by=self.ben, reason="Lot 4711 stands")
        self.assertEqual((self.running(), self.owes(self.ben)), (["C-0031"], []))
        questions.say_it_does_not(self.question(), by=self.ada, reason="The lot was released before")
        clock = self.incident.clocks.get(clause=self.worded)
        self.assertEqual((clock.state, clock.why), (
            "lapsed", "Somebody decided that the clause does not apply: The lot was released before",
        ))  # fmt: skip
        told = [entry.told for entry in self.incident.timeline.filter(verb="clause").order_by("number")]
        self.assertEqual(told, ["Decided: C-0031, 9 applies.", "Decided: C-0031, 9 does not apply."])

    def test_is_asked_of_no_more_once_the_usual_rule_decides_it(self) -> None:
        self.touched()
        self.touched(customer_data=True)
        self.assertEqual((self.running(), self.question().state), (["C-0031", "C-0148"], "moot"))
        self.assertEqual(self.owes(self.ben), [])
        self.touched()
        self.assertEqual((self.question().state, len(self.owes(self.ben))), ("open", 1))

    def test_is_asked_of_no_more_once_it_names_facts(self) -> None:
        self.touched()
        self.save(self.worded, conditions="customer_product = yes")
        self.assertEqual(self.question().state, "moot")

    def test_is_for_who_may_work_on_the_incident(self) -> None:
        self.touched()
        with acting(TELLER, "story.grant"):
            grant(self.eva, "site_officer", self.khh2)
        for who in (self.cleo, self.dan, self.eva, self.sam):
            for said in (questions.say_it_applies, questions.say_it_does_not):
                with self.subTest(who.name), self.assertRaises(PermissionDenied):
                    said(self.question(), by=who, reason="So")
        self.assertEqual(self.running(), [])


class ThePages(Clauses, TestCase):
    def test_ask_beside_the_clocks_and_take_the_answer(self) -> None:
        self.touched()
        page = reverse("incident-clocks", args=[self.incident.pk])
        self.sign_in(self.ben)
        shown = self.client.get(page)
        for says in ("Does the clause apply?", WORDS, "say-it-applies", "level &gt;= 2"):
            self.assertContains(shown, says)
        question = self.question()
        do = reverse("clause-questions-do", args=[question.pk, "say-it-applies"])
        self.client.post(do, {"reason": "Lot 4711 stands", "version": question.version})
        self.assertContains(self.client.get(page), "Ben Tan: Lot 4711 stands")
        self.assertEqual(self.running(), ["C-0031"])
        self.sign_in(self.sam)
        self.assertEqual([self.client.get(one).status_code for one in (page, do)], [404, 404])

    def test_take_answers_of_programs(self) -> None:
        self.touched()
        self.sign_in(self.ben)
        told = self.client.get(f"/api/clause-questions/{self.question().pk}").json()
        self.assertEqual(told["state"], "open")
        done = self.client.post(f"/api/clause-questions/{self.question().pk}/say-it-does-not", {"reason": "No lot of theirs"},
                                content_type="application/json")  # fmt: skip
        self.assertEqual((done.status_code, self.question().state), (200, "not"))

    def test_speak_chinese(self) -> None:
        self.touched()
        with translation.override("zh-hant"):
            self.assertNotIn("apply", str(self.question()))

    def test_take_facts_in_the_form_of_a_clause_without_script(self) -> None:
        self.sign_in(self.ada)
        page = self.client.get(reverse("notice-clauses-edit", args=[self.worded.pk]))
        self.assertContains(page, 'name="conditions"')
        self.assertContains(page, 'name="joined"')


class AFile(Clauses, TestCase):
    def bring(self, *conditions: str) -> Any:
        text = StringIO()
        columns = [
            "counterparty",
            "clause",
            "unit",
            "trigger",
            "conditions",
            "joined",
            "term",
            "contact",
            "since",
        ]
        told = csv.DictWriter(text, columns, lineterminator="\n")
        told.writeheader()
        for number, one in enumerate(conditions):
            told.writerow({"counterparty": f"C-2{number}", "clause": "1", "unit": "MAT", "trigger": WORDS, "conditions": one,
                           "joined": "any", "term": "24", "contact": "a@b.example", "since": "2024-01-01"})  # fmt: skip
        with TemporaryDirectory() as folder:
            path = Path(folder) / "clauses.csv"
            path.write_text(text.getvalue(), encoding="utf-8")
            return bring_in(REGISTERS["notice-clauses"], path, self.ada)

    def test_brings_facts_in_and_tells_each_row_that_does_not_fit(self) -> None:
        wrong = self.bring("level >= 2", "level >= 9", "lots = 3")
        self.assertEqual(
            [(one.line, one.column) for one in wrong.errors], [(3, "conditions"), (4, "conditions")]
        )
        self.assertFalse(NoticeClause.objects.filter(counterparty__startswith="C-2").exists())
        self.assertEqual(self.bring("level >= 2\ncustomer_data = yes").errors, [])
        made = NoticeClause.objects.get(counterparty="C-20")
        self.assertEqual((made.joined, len(made.formal_trigger().conditions)), ("any", 2))
        self.touched(core_system=True)
        self.assertIn("C-20", self.running())


class Closing(Clauses, TestCase):
    def test_ends_what_is_asked(self) -> None:
        self.touched()
        rules.withdraw(self.incident, by=self.ada, reason="A drill")
        self.assertEqual(self.owes(self.ben), [])
