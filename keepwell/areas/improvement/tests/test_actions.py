"""An action goes from planned to verified by the hands of two; its owner owes it until then."""

from __future__ import annotations

from datetime import UTC, date, datetime

from django.core.exceptions import PermissionDenied
from django.test import TestCase

from keepwell.areas.improvement import rules
from keepwell.areas.improvement.models import Action
from keepwell.areas.improvement.tests.stories import TODAY, Improved
from keepwell.kernel import moments
from keepwell.kernel.refusing import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.metrics.reading import read
from keepwell.platform.metrics.scope import Scope
from keepwell.platform.registers.register import REGISTERS
from keepwell.platform.registers.writing import Mistakes, change, create
from keepwell.platform.todos.models import Debt
from keepwell.platform.todos.rules import hand_over
from keepwell.platform.todos.todo import due_from
from tests.cast import TELLER, account, grant, person


class Carrying(Improved, TestCase):
    def fresh(self) -> Action:
        return Action.objects.get(pk=self.action.pk)

    def owed_by_ben(self) -> list[str]:
        return [todo.act for todo in due_from(self.ben, TODAY) if "IA-1" in todo.act]

    def test_out_ends_what_its_owner_owes(self) -> None:
        self.assertEqual(self.owed_by_ben(), ["Carry out IA-1 Keep logs for a year"])
        rules.begin(self.action, by=self.ben)
        rules.finish(self.action, by=self.ben, on=TODAY, reason="Logs are kept by the new server.")
        self.assertEqual(self.owed_by_ben(), [])
        self.assertEqual(Debt.objects.open().get(record_id=self.action.pk).role, "secretariat")
        rules.verify(self.fresh(), by=self.ada)
        self.assertEqual(self.fresh().state, Action.State.VERIFIED)
        self.assertFalse(Debt.objects.open().filter(record_id=self.action.pk).exists())

    def test_out_asks_for_evidence_or_words(self) -> None:
        with self.assertRaisesMessage(Refused, "Add evidence to the action"):
            rules.finish(self.action, by=self.ben, on=TODAY)

    def test_out_cannot_be_reported_for_tomorrow(self) -> None:
        with self.assertRaisesMessage(Refused, "The day lies ahead"):
            rules.finish(self.action, by=self.ben, on=date(2025, 11, 15), reason="Soon")

    def test_out_is_verified_by_somebody_else(self) -> None:
        mine = self.tell("IA-2", self.khh1, owner=self.ada)
        rules.finish(mine, by=self.ada, on=TODAY, reason="Done")
        with self.assertRaisesMessage(Refused, "Somebody else"):
            rules.verify(mine, by=self.ada)
        rules.finish(self.action, by=self.ben, on=TODAY, reason="Done")
        with self.assertRaises(PermissionDenied):
            rules.verify(self.fresh(), by=self.ben)

    def test_out_again_after_it_was_sent_back(self) -> None:
        rules.finish(self.action, by=self.ben, on=TODAY, reason="Done")
        rules.send_back(self.fresh(), by=self.ada, until=date(2025, 12, 5), reason="One server is missing.")
        self.assertEqual((self.fresh().state, self.fresh().done_on), (Action.State.UNDER_WAY, None))
        self.assertEqual(len(self.owed_by_ben()), 1)

    def test_out_later_needs_the_act_with_its_reason(self) -> None:
        with self.assertRaisesMessage(Refused, "Postpone"):
            change(REGISTERS["actions"], self.fresh(), {"due_on": "2026-01-31"}, 1, by=self.ben)
        rules.postpone(self.action, by=self.ben, until=date(2026, 1, 31), reason="The disks come late.")
        self.assertEqual(self.fresh().postponed, 1)
        self.assertEqual(Debt.objects.open().get(record_id=self.action.pk).by_day, date(2026, 1, 31))

    def test_out_falls_to_another_owner_with_what_is_owed(self) -> None:
        change(REGISTERS["actions"], self.fresh(), {"owner": self.ada.number}, 1, by=self.ada)
        self.assertEqual(self.owed_by_ben(), [])
        self.assertEqual(Debt.objects.open().get(record_id=self.action.pk).debtor, self.ada)

    def test_out_handed_over_stands_until_the_action_names_somebody_else(self) -> None:
        hand_over(Debt.objects.open().get(record_id=self.action.pk), by=self.ben, to=self.ada)
        rules.postpone(self.action, by=self.ben, until=date(2026, 1, 31), reason="The disks come late.")
        held = Debt.objects.open().get(record_id=self.action.pk)
        self.assertEqual((held.debtor, held.by_day), (self.ada, date(2026, 1, 31)))
        with acting(TELLER, "test.enter"):
            fay = person("A0000007", "Fay Wu", self.khh1)
            account(fay, "fay")
            grant(fay, "site_officer", self.khh1)
        change(REGISTERS["actions"], self.fresh(), {"owner": fay.number}, self.fresh().version, by=self.ada)
        self.assertEqual(Debt.objects.open().get(record_id=self.action.pk).debtor, fay)

    def test_out_by_somebody_without_the_right_is_refused(self) -> None:
        with self.assertRaisesMessage(Refused, "Ned Ong may not carry out actions"):
            change(REGISTERS["actions"], self.fresh(), {"owner": self.ned.number}, 1, by=self.ada)

    def test_ends_with_what_was_decided(self) -> None:
        rules.drop(self.action, by=self.ada, reason="The line closes.")
        with self.assertRaisesMessage(Refused, "has ended"):
            change(REGISTERS["actions"], self.fresh(), {"title": "Something else"}, 2, by=self.ben)
        self.assertEqual(self.owed_by_ben(), [])


class Coming(Improved, TestCase):
    def test_from_a_record_opens_it_for_who_may_see_both(self) -> None:
        rules.trace(self.action, by=self.ben, record="units:KHH1")
        self.sign_in(self.ben)
        answer = self.client.get(f"/actions/{self.action.pk}/origin/")
        self.assertRedirects(answer, f"/units/{self.khh1.pk}/", fetch_redirect_response=False)
        for stranger in (self.sam, self.ned):
            self.sign_in(stranger)
            self.assertEqual(self.client.get(f"/actions/{self.action.pk}/origin/").status_code, 404)

    def test_from_what_one_may_not_see_is_refused_like_nothing(self) -> None:
        for text in (f"initiatives:{self.initiative.code}", "initiatives:NONE"):
            with self.assertRaisesMessage(Refused, "Nothing is called"):
                rules.trace(self.action, by=self.ben, record=text)


class RollingOut(Improved, TestCase):
    def test_gives_each_site_its_action_once(self) -> None:
        rules.roll_out(self.initiative, by=self.ada, site=self.pen1, owner=self.ned, until=date(2026, 3, 31))
        made = Action.objects.get(initiative=self.initiative)
        self.assertEqual((made.unit, made.owner, made.code), (self.pen1, self.ned, "GI-1-PEN1"))
        with self.assertRaisesMessage(Refused, "already"):
            rules.roll_out(
                self.initiative, by=self.ada, site=self.pen1, owner=self.ned, until=date(2026, 3, 31)
            )

    def test_is_told_as_progress_to_who_sees_the_group_alone(self) -> None:
        rules.join(self.action, by=self.ada, initiative=self.initiative)
        rules.finish(self.action, by=self.ben, on=TODAY, reason="Done")
        found = type(self.initiative).objects.get(pk=self.initiative.pk)
        self.assertEqual((found.actions_all, found.actions_done, found.actions_late), (1, 1, 0))
        self.sign_in(self.ada)
        self.assertContains(self.client.get(f"/initiatives/{found.pk}/"), "Kaohsiung Assembly 1")
        for other in (self.ben, self.dan, self.sam):
            self.sign_in(other)
            self.assertEqual(self.client.get(f"/initiatives/{found.pk}/").status_code, 404)

    def test_is_told_to_be_late_from_the_day_after_the_last_one(self) -> None:
        rules.join(self.action, by=self.ada, initiative=self.initiative)
        for day, told in (date(2025, 11, 30), "Under way"), (date(2025, 12, 1), "1 late"):
            with moments.standing_at(datetime(day.year, day.month, day.day, 4, tzinfo=UTC)):
                self.sign_in(self.ada)
                for page in ("/initiatives/", f"/initiatives/{self.initiative.pk}/"):
                    self.assertContains(self.client.get(page), told, msg_prefix=f"{page} on {day}")

    def test_ends_when_nothing_is_open(self) -> None:
        rules.join(self.action, by=self.ada, initiative=self.initiative)
        with self.assertRaisesMessage(Refused, "1 of its actions"):
            rules.close(self.initiative, by=self.ada)
        rules.drop(Action.objects.get(pk=self.action.pk), by=self.ada, reason="The line closes.")
        rules.close(self.initiative, by=self.ada)
        with self.assertRaisesMessage(Refused, "is closed"):
            rules.join(self.tell("IA-3", self.khh1), by=self.ada, initiative=self.initiative)


class Seeing(Improved, TestCase):
    def listed(self, who: object) -> str:
        self.sign_in(who)
        return self.client.get("/actions/").content.decode()

    def test_is_for_the_site_and_those_above_it(self) -> None:
        for reader in (self.ada, self.ben, self.cleo):
            self.assertIn("IA-1", self.listed(reader))
        for other in (self.ned, self.dan, self.eva, self.sam):
            self.assertNotIn("IA-1", self.listed(other))

    def test_is_for_the_owner_wherever_they_belong(self) -> None:
        with acting(TELLER, "story.owner"):
            self.raised("IA-4", self.khh2, owner=self.eva)
        self.sign_in(self.eva)
        found = Action.objects.visible_to(self.eva)
        self.assertEqual([one.code for one in found], ["IA-4"])

    def test_needs_the_right_where_it_is_raised(self) -> None:
        values = {
            "code": "IA-5",
            "title": "Logs",
            "unit": "PEN1",
            "owner": self.ned.number,
            "due_on": "2026-01-01",
        }
        with self.assertRaisesMessage(Mistakes, "No unit is called"):
            create(REGISTERS["actions"], values, self.ben)


class Counting(Improved, TestCase):
    def figure(self, name: str) -> tuple[int | None, int | None]:
        found = read(f"improvement.{name}", Scope.of_year(2025, today=TODAY))[self.group.pk]
        return found.numerator, found.denominator

    def test_tells_open_late_and_done_in_time(self) -> None:
        self.tell("IA-2", self.khh2, owner=self.ada, due_on=date(2025, 11, 13))
        self.tell("IA-3", self.khh2, owner=self.ada, due_on=date(2025, 11, 14))
        punctual = self.tell("IA-4", self.khh2, owner=self.ada, due_on=date(2025, 11, 14))
        tardy = self.tell("IA-5", self.khh2, owner=self.ada, due_on=date(2025, 11, 13))
        for one in (punctual, tardy):
            rules.finish(one, by=self.ada, on=TODAY, reason="Done")
        self.assertEqual(self.figure("open")[0], 3)
        self.assertEqual(self.figure("late")[0], 1)
        self.assertEqual(self.figure("in_time"), (1, 2))
