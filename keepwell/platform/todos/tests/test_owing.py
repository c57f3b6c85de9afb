"""What is owed: once, by a person or by whoever holds a role, until the thing is done."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from keepwell.kernel import moments
from keepwell.platform.exchange.models import Source
from keepwell.platform.history.acting import Refused, acting
from keepwell.platform.history.models import Change
from keepwell.platform.notices.models import Notice
from keepwell.platform.people.models import Person
from keepwell.platform.todos import rules
from keepwell.platform.todos.falling import holders
from keepwell.platform.todos.models import Debt, seated
from keepwell.platform.todos.owing import Owed as About
from keepwell.platform.todos.owing import all_settled, follow, owe, owe_all, settled
from keepwell.platform.todos.todo import due_from, lent
from keepwell.platform.tree.models import Unit
from tests.cast import NOW, TELLER, Cast, account, grant, person

DAY = date(2025, 11, 14)
LOOK = "Study %(record)s"


class Owed(Cast, TestCase):
    def setUp(self) -> None:
        self.enterContext(moments.standing_at(NOW))
        self.enterContext(acting(TELLER, "test.owe"))
        self.enterContext(override("en"))

    def due(self, who: Person) -> list[str]:
        return [todo.act for todo in due_from(who, DAY) if todo.debt]

    def of_ben(self, **facts: Any) -> Debt:
        return owe(self.ben, LOOK, record=self.khh1, by_day=date(2025, 12, 1), **facts)


class Owing(Owed):
    def test_shows_the_thing_to_who_owes_it_and_to_nobody_else(self) -> None:
        self.of_ben()
        self.assertEqual(self.due(self.ben), ["Study Kaohsiung Assembly 1"])
        self.assertEqual([self.due(who) for who in (self.eva, self.sam, self.dan)], [[], [], []])

    def test_twice_is_once_and_the_later_day_holds(self) -> None:
        self.of_ben()
        owe(self.ben, LOOK, record=self.khh1, by_day=date(2025, 12, 24))
        self.assertEqual([t.due_on for t in due_from(self.ben, DAY) if t.debt], [date(2025, 12, 24)])

    def test_outside_an_act_is_a_mistake_of_ours(self) -> None:
        from keepwell.platform.history.acting import _current

        token = _current.set(None)
        self.addCleanup(_current.reset, token)
        with self.assertRaisesMessage(RuntimeError, "outside"):
            self.of_ben()

    def test_reads_in_the_language_of_the_reader(self) -> None:
        self.of_ben(context="%(n)s rows", n=3)
        with override("zh-hant"):
            self.assertEqual(self.due(self.ben), ["Study 高雄封裝一廠"])

    def test_is_ended_by_doing_it(self) -> None:
        debt = self.of_ben()
        self.assertEqual(settled(self.khh1, LOOK), 1)
        self.assertEqual((self.due(self.ben), settled(self.khh1)), ([], 0))
        told = Change.objects.filter(record_id=debt.pk).order_by("id").values_list("version", flat=True)
        self.assertEqual(list(told), [1, 2])

    def test_is_ended_for_many_records_at_the_cost_of_one(self) -> None:
        counts = []
        for codes in (["KHH1"], ["KHH1", "KHH2", "PEN1"]):
            units = Unit.objects.filter(code__in=codes)
            for unit in units:
                owe(self.ben, LOOK, record=unit, by_day=None)
                owe(("site_officer", unit), "Count %(record)s", record=unit, by_day=None)
            with CaptureQueriesContext(connection) as caught:
                self.assertEqual(all_settled(units, LOOK), len(codes))
            counts.append(len(caught))
            self.assertEqual(
                (self.due(self.ben), all_settled(units)), (["Count Kaohsiung Assembly 1"], len(codes))
            )
        self.assertEqual(counts[0], counts[1])
        self.assertEqual(Change.objects.filter(record_type="todos.debt", version=2).count(), 8)

    def test_may_come_again_once_it_was_done(self) -> None:
        self.of_ben()
        settled(self.khh1)
        self.of_ben()
        self.assertEqual(len(self.due(self.ben)), 1)

    def test_tells_nobody_of_a_record_they_may_not_see(self) -> None:
        owe(self.eva, LOOK, record=Source.objects.create(**self.source()), by_day=None)
        self.assertEqual(self.due(self.eva), [])

    def source(self) -> dict[str, Any]:
        return {"name": "lms", "register": "completions", "unit": self.khh1, "time_zone": "Asia/Taipei"}

    def test_costs_the_same_for_one_and_for_many(self) -> None:
        due_from(self.ben, DAY)  # what is asked once for a process is asked
        counts = []
        for last in (1, 9):
            for number in range(last):
                owe(self.ben, f"Look again at %(record)s, {number}", record=self.khh1, by_day=None)
                owe(("site_officer", self.khh1), f"Count %(record)s, {number}", record=self.khh1, by_day=None)
            with CaptureQueriesContext(connection) as caught:
                due_from(self.ben, DAY)
            counts.append(len(caught))
        self.assertEqual(counts[0], counts[1])


class ARole(Owed):
    def of_officer(self) -> Debt:
        return owe(("site_officer", self.khh1), LOOK, record=self.khh1, by_day=None)

    def test_owes_by_whoever_holds_it(self) -> None:
        debt = self.of_officer()
        self.assertEqual((self.due(self.ben), self.due(self.eva)), (["Study Kaohsiung Assembly 1"], []))
        self.assertEqual(list(holders(debt)), [self.ben])

    def test_owes_about_many_new_records_at_the_cost_of_one(self) -> None:
        counts, sites = [], [self.khh1, self.khh2, self.pen1]
        for what, units in (("Weigh %(record)s", sites[:1]), (LOOK, sites)):
            with CaptureQueriesContext(connection) as caught:
                owe_all("site_officer", what, [About(unit, unit, DAY) for unit in units])
            counts.append(len(caught))
        self.assertEqual(counts[0], counts[1])
        owed = Debt.objects.open().filter(what=LOOK).values_list("unit__code", flat=True)
        self.assertEqual(set(owed), {site.code for site in sites})
        self.assertEqual(
            sorted(self.due(self.ben)), ["Study Kaohsiung Assembly 1", "Weigh Kaohsiung Assembly 1"]
        )
        self.assertEqual([self.due(who) for who in (self.eva, self.sam)], [[], []])
        told = Notice.objects.filter(record_id=self.khh1.pk).values_list("person", "facts__what__en")
        self.assertEqual(sorted(told), [(self.ben.pk, act) for act in sorted(self.due(self.ben))])

    def test_falls_to_the_next_unit_up_where_nobody_holds_it(self) -> None:
        fay = person("A0000007", "Fay Wu", self.mat)
        grant(fay, "site_officer", self.mat)
        owe(("site_officer", self.khh2), LOOK, record=self.khh2, by_day=None)
        self.assertEqual((self.due(fay), self.due(self.ben)), (["Study Kaohsiung Assembly 2"], []))
        self.of_officer()
        self.assertEqual((len(self.due(fay)), len(self.due(self.ben))), (1, 1))

    def test_is_held_by_nobody_to_whom_it_is_only_proposed(self) -> None:
        fay = person("A0000007", "Fay Wu", self.mat)
        grant(fay, "site_officer", self.mat, standing="proposed", proposed_by=self.ada, proposed_on=DAY)
        debt = owe(("site_officer", self.mat), LOOK, record=self.mat, by_day=None)
        self.assertEqual((self.due(fay), list(holders(debt))), ([], []))

    def test_orphans_nothing_when_its_holder_leaves(self) -> None:
        fay = person("A0000007", "Fay Wu", self.mat)
        grant(fay, "site_officer", self.mat)
        self.of_officer()
        self.ben.employed_until = date(2025, 11, 12)
        self.ben.save()
        self.assertEqual(self.due(fay), ["Study Kaohsiung Assembly 1"])

    def test_that_is_unknown_is_a_mistake_of_ours(self) -> None:
        with self.assertRaisesMessage(RuntimeError, "No role is called"):
            owe(("sheriff", self.khh1), LOOK, record=self.khh1, by_day=None)

    def test_has_a_next_level_up(self) -> None:
        fay = person("A0000007", "Fay Wu", self.mat)
        grant(fay, "site_officer", self.mat)
        self.assertEqual(list(seated("site_officer", self.khh1, above=True)), [fay])
        self.assertEqual(list(seated("site_officer", self.mat, above=True)), [])


class Delegating(Owed):
    def test_lets_a_colleague_do_it_and_says_who_asks(self) -> None:
        rules.delegate(self.of_ben(), by=self.ben, to=self.eva, note="I am away")
        mine = [t for t in due_from(self.eva, DAY) if t.debt]
        self.assertEqual([t.context for t in mine], ["Ben Tan asks you: I am away"])
        self.assertEqual(self.due(self.ben), [])
        self.assertEqual([t.act for _debt, t in lent(self.ben)], ["Study Kaohsiung Assembly 1"])

    def test_is_refused_to_who_cannot_see_the_record(self) -> None:
        debt = self.of_ben()
        for who in (self.sam, self.dan):
            with self.assertRaisesMessage(Refused, "choose somebody who can"):
                rules.delegate(debt, by=self.ben, to=who)

    def test_is_refused_to_who_does_not_owe_it(self) -> None:
        debt = self.of_ben()
        for who in (self.eva, self.sam, self.ada):
            with self.assertRaisesMessage(PermissionDenied, "Only who owes this"):
                rules.delegate(debt, by=who, to=self.ada)

    def test_is_refused_for_what_is_done(self) -> None:
        debt = self.of_ben()
        settled(self.khh1)
        with self.assertRaisesMessage(Refused, "done already"):
            rules.delegate(debt, by=self.ben, to=self.eva)

    def test_ends_when_taken_back_or_given_back(self) -> None:
        debt = self.of_ben()
        for who in (self.ben, self.eva):
            rules.delegate(debt, by=self.ben, to=self.eva)
            rules.take_back(debt, by=who)
            self.assertEqual((len(self.due(self.ben)), self.due(self.eva)), (1, []))
        with self.assertRaisesMessage(Refused, "nothing to take back"):
            rules.take_back(debt, by=self.ben)

    def test_of_a_roles_todo_is_for_its_holders(self) -> None:
        debt = owe(("site_officer", self.khh1), LOOK, record=self.khh1, by_day=None)
        rules.delegate(debt, by=self.ben, to=self.eva)
        self.assertEqual((self.due(self.ben), len(self.due(self.eva))), ([], 1))
        with self.assertRaises(PermissionDenied):
            rules.take_back(debt, by=self.sam)


class HandingOver(Owed):
    def test_lets_somebody_else_owe_it(self) -> None:
        rules.hand_over(self.of_ben(), by=self.ben, to=self.eva)
        self.assertEqual((self.due(self.ben), len(self.due(self.eva))), ([], 1))

    def test_stands_when_it_is_owed_again(self) -> None:
        for debtor in (self.ben, ("site_officer", self.khh1)):
            debt = owe(debtor, LOOK, record=self.khh1, by_day=None)
            rules.hand_over(debt, by=self.ada, to=self.eva)
            owe(debtor, LOOK, record=self.khh1, by_day=DAY)
            found = Debt.objects.open().get(record_id=self.khh1.pk)
            self.assertEqual((found.debtor, found.by_day), (self.eva, DAY))
            settled(self.khh1)

    def test_stands_when_it_fell_to_a_role_as_somebody_left(self) -> None:
        debt = owe(self.eva, LOOK, record=self.khh1, by_day=DAY)
        self.eva.employed_until = date(2025, 11, 12)
        self.eva.save()
        rules.hand_over_orphans(DAY)
        debt.refresh_from_db()
        self.assertEqual(follow([debt], self.eva, LOOK, record=self.khh1, by_day=DAY), 0)
        self.assertEqual(follow([debt], self.ben, LOOK, record=self.khh1, by_day=DAY), 1)
        self.assertEqual(Debt.objects.open().get(record_id=self.khh1.pk).debtor, self.ben)

    def test_is_refused_to_who_owes_the_same(self) -> None:
        owe(self.eva, LOOK, record=self.khh1, by_day=None)
        with self.assertRaisesMessage(Refused, "Eva Chen owes this already"):
            rules.hand_over(self.of_ben(), by=self.ben, to=self.eva)

    def test_is_for_the_debtor_and_who_administers_the_unit(self) -> None:
        debt = self.of_ben()
        with self.assertRaises(PermissionDenied):
            rules.hand_over(debt, by=self.eva, to=self.eva)
        rules.hand_over(debt, by=self.ada, to=self.eva)
        self.assertEqual(len(self.due(self.eva)), 1)

    def test_happens_by_itself_when_somebody_left(self) -> None:
        debt = owe(self.eva, LOOK, record=self.khh1, by_day=None)
        self.assertEqual(rules.hand_over_orphans(DAY), 0)
        self.eva.employed_until = date(2025, 11, 12)
        self.eva.save()
        self.assertEqual(rules.hand_over_orphans(DAY), 1)
        debt.refresh_from_db()
        self.assertEqual((debt.debtor, debt.role, debt.unit), (None, "group_ciso", self.khh1))
        self.assertEqual(self.due(self.ada), ["Study Kaohsiung Assembly 1"])
        self.assertEqual(rules.hand_over_orphans(DAY), 0)

    def test_happens_when_somebody_moved_out_of_sight(self) -> None:
        hal = person("A0000008", "Hal Ng", self.khh2)
        account(hal, "hal")
        right = grant(hal, "site_officer", self.khh1)
        debt = owe(hal, LOOK, record=self.khh1, by_day=None)
        right.until = date(2025, 11, 1)
        right.save()
        rules.hand_over_orphans(DAY)
        debt.refresh_from_db()
        self.assertIsNone(debt.debtor)

    def test_gives_a_delegates_todo_back(self) -> None:
        rules.delegate(self.of_ben(), by=self.ben, to=self.eva)
        self.eva.employed_until = date(2025, 11, 12)
        self.eva.save()
        rules.hand_over_orphans(DAY)
        self.assertEqual(len(self.due(self.ben)), 1)

    def test_gives_what_a_role_owes_that_nobody_holds_to_one_that_edits_such_records(self) -> None:
        owe(("hr_importer", self.khh1), LOOK, record=self.khh1, by_day=None)
        self.assertEqual(self.due(self.ada), [])
        self.assertEqual((rules.hand_over_orphans(DAY), rules.hand_over_orphans(DAY)), (1, 0))
        self.assertEqual(self.due(self.ada), ["Study Kaohsiung Assembly 1"])
