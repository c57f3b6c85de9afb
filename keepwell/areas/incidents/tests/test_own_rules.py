"""The group's own rules of notification: brought in, confirmed from a day on, replaced, and what clocks they start."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import PermissionDenied
from django.test import TestCase
from django.utils.translation import override

from keepwell.areas.incidents.models import (
    Clock,
    Incident,
    IncidentEvent,
    OwnRule,
    PlaybookTask,
    RuleInForce,
    rules_now,
)
from keepwell.areas.incidents.models.own_rules import own_wording
from keepwell.areas.incidents.rules import clocks, duties, own_rules
from keepwell.areas.incidents.tests.own_writing import FIRST_DAY, GDPR, POLICY, Writing, within
from keepwell.areas.incidents.tests.samples import tasks_of_playbooks
from keepwell.areas.incidents.tests.stories import reads
from keepwell.areas.incidents.tests.ticking import utc
from keepwell.kernel import moments
from keepwell.kernel.clocks.written import put, rows_of
from keepwell.platform.acts.act import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.people.permissions import reading_once
from tests.cast import NOW, TELLER


class AnOwnRule(Writing, TestCase):
    def test_starts_a_clock_that_says_why_in_both_languages(self) -> None:
        self.own(POLICY)
        self.classify(plant=2)
        clock = self.clocks()["own-policy"]
        self.assertEqual((clock.due_at, clock.state, clock.unit), (utc(13, 22, 31), "running", self.khh1))
        self.assertEqual(
            (clock.whom, clock.duty, clock.stage_here), ("CISO of the group", "internal", "Word")
        )
        self.assertIn(
            "06:31 Taipei on Friday 14 November 2025: 4 hours after the site became aware", clock.why
        )
        self.assertIn("So asks the group's own text of own-policy, edition 1.", clock.why)
        with override("zh-hant"):
            self.assertIn("2025 年 11 月 14 日（週五）06:31", clock.why)
            self.assertIn("集團自訂的 own-policy 條文第 1 版", clock.why)

    def test_asks_nothing_while_it_is_a_draft(self) -> None:
        self.draft(POLICY)
        self.classify(plant=2)
        self.assertNotIn("own-policy", self.clocks())

    def test_is_not_triggered_one_level_below(self) -> None:
        self.own(POLICY)
        self.classify(effect=True)
        self.assertNotIn("own-policy", self.clocks())

    def test_binds_its_unit_and_what_lies_under_it_alone(self) -> None:
        self.own(POLICY, at=self.mse)
        self.classify(plant=2)
        self.assertNotIn("own-policy", self.clocks())
        there = self.later("The same in Penang", 12, self.pen1)
        self.assertEqual(self.clocks(there)["own-policy"].unit, self.pen1)

    def test_binds_in_its_countries_alone(self) -> None:
        self.own(POLICY | {"countries": ["MY"]})
        self.classify(plant=2)
        self.assertNotIn("own-policy", self.clocks())
        self.assertIn("own-policy", self.clocks(self.later("The same in Penang", 12, self.pen1)))

    def test_binds_by_a_legal_standing(self) -> None:
        self.is_a("gdpr_controller", self.mat)
        self.own(POLICY | {"binds": "gdpr_controller"})
        self.classify(plant=2)
        self.assertEqual(self.clocks()["own-policy"].unit, self.mat)

    def test_runs_stage_by_stage(self) -> None:
        waits = {"event": "submission", "rule": "own-policy", "stage": "word"}
        second = {"stage": "report", "start": waits, "deadline": {"n": 3, "unit": "days"}}
        self.own(POLICY | {"stages": [*POLICY["stages"], second]})
        self.classify(plant=2)
        states = {one.stage: one.state for one in self.incident.clocks.filter(rule="own-policy")}
        self.assertEqual(states, {"word": "running", "report": "waiting"})

    def test_is_confirmed_by_who_decides_there_alone(self) -> None:
        own = self.draft(POLICY)
        for who in (self.ben, self.cleo, self.dan, self.eva, self.sam):
            with self.subTest(who.name), self.assertRaises(PermissionDenied):
                own_rules.confirm(own, by=who, basis="Mine")
        with self.assertRaisesMessage(Refused, "Say on what the rule is confirmed"):
            own_rules.confirm(own, by=self.ada, basis=" ")
        row = own_rules.confirm(own, by=self.ada, basis="Policy 12.3, read on 3 November")
        self.assertEqual(
            (row.confirmed_by, row.since, row.standing.word), (self.ada, date(2025, 11, 14), "On")
        )
        self.assertEqual((row.regime, OwnRule.objects.get().state), ("Group policy 12.3", "confirmed"))

    def test_is_brought_in_by_who_works_there(self) -> None:
        made = self.draft(POLICY, at=self.khh1, by=self.ben)
        self.assertEqual((made.unit, made.state), (self.khh1, "draft"))
        for who, place in ((self.ben, self.group), (self.dan, self.khh1), (self.sam, self.khh1)):
            with self.subTest(who.name), self.assertRaises(PermissionDenied):
                self.draft(POLICY | {"id": "own-other"}, at=place, by=who)

    def test_is_switched_off_and_on_again_as_any_other(self) -> None:
        row = self.own(POLICY)
        self.classify(plant=2)
        duties.switch_off(row, by=self.ada, reason="Withdrawn", until=date(2025, 11, 14))
        self.assertEqual(self.clocks()["own-policy"].state, "running")
        self.assertNotIn("own-policy", self.clocks(self.later("Again", 16)))
        again = duties.confirm(
            RuleInForce.objects.get(pk=row.pk), by=self.ada, basis="Back", since=date(2025, 11, 20)
        )
        self.assertEqual((again.turn, again.own_text), (2, row.own_text))
        self.assertIn("own-policy", self.clocks(self.later("And again", 21)))

    def test_can_be_discarded_as_a_draft_and_counts_on(self) -> None:
        own_rules.discard(self.draft(POLICY), by=self.ada, reason="A slip")
        again = self.draft(POLICY)
        self.assertEqual((again.edition, again.standing.word), (2, "Draft"))
        confirmed = own_rules.confirm(again, by=self.ada, basis="Read").own_text
        with self.assertRaisesMessage(Refused, "That cannot be done in the present state"):
            own_rules.discard(OwnRule.objects.get(pk=confirmed.pk), by=self.ada, reason="Late")


class ANewerEdition(Writing, TestCase):
    def scene(self) -> None:
        super().scene()
        self.own(POLICY)
        self.classify(plant=2)

    def test_binds_later_incidents_only(self) -> None:
        row = self.own(within(POLICY, 2), since=None)
        self.assertEqual((row.since, row.turn, row.wording.edition), (FIRST_DAY, 2, 2))
        with acting(TELLER, "story.reckon"):
            clocks.recompute(Incident.objects.filter(pk=self.incident.pk))
        before = self.clocks()["own-policy"]
        self.assertEqual((before.due_at, before.own_text.edition), (utc(13, 22, 31), 1))
        self.assertIn("edition 1.", before.why)
        # 02:31 in Taipei on 15 November is the first night of the newer text.
        same_night, next_night = self.later("Friday night", 13), self.later("Saturday night", 14)
        self.assertEqual(self.clocks(same_night)["own-policy"].due_at, utc(13, 22, 31))
        after = self.clocks(next_night)["own-policy"]
        self.assertEqual((after.due_at, after.own_text.edition), (utc(14, 20, 31), 2))
        self.assertIn("edition 2.", after.why)
        states = dict(OwnRule.objects.values_list("edition", "state"))
        self.assertEqual(states, {1: "replaced", 2: "confirmed"})

    def test_begins_on_a_day_that_has_begun_nowhere(self) -> None:
        own = self.draft(within(POLICY, 2))
        with self.assertRaisesMessage(Refused, "edition 2 holds from 2025-11-15 at the earliest."):
            own_rules.confirm(own, by=self.ada, basis="Read", since=date(2025, 11, 14))
        own.refresh_from_db()
        self.assertEqual(own.state, "draft")
        own_rules.confirm(own, by=self.ada, basis="Read", since=FIRST_DAY)

    def test_waits_for_the_draft_before_it(self) -> None:
        self.draft(within(POLICY, 2))
        with self.assertRaisesMessage(
            Refused, "own-policy: edition 2 is a draft still; confirm or discard it first."
        ):
            self.draft(within(POLICY, 1))

    def test_is_none_where_the_text_is_the_same(self) -> None:
        looked = own_rules.look(put([POLICY | {"edition": 1}]), self.group)
        self.assertEqual([(one.is_same, one.edition) for one in looked.coming], [(True, 1)])
        self.assertEqual(own_rules.bring_in(put([POLICY]), unit=self.group, by=self.ada), [])

    def test_has_the_number_that_follows(self) -> None:
        with self.assertRaisesMessage(Refused, "the file says edition 7, and here it would be edition 2"):
            self.draft(within(POLICY, 2) | {"edition": 7})
        self.assertEqual(self.draft(within(POLICY, 2) | {"edition": 2}).edition, 2)


class AShippedRule(Writing, TestCase):
    def scene(self) -> None:
        super().scene()
        self.is_a("gdpr_controller", self.mat)

    def test_that_is_on_gives_way_from_a_day_on(self) -> None:
        self.confirm("gdpr-33")
        self.classify(personal_data=True)
        self.own(GDPR, since=FIRST_DAY)
        self.assertEqual(self.clocks()["gdpr-33"].due_at, utc(16, 18, 31))
        self.assertIsNone(self.clocks()["gdpr-33"].own_text)
        later = self.later("Later", 16)
        with moments.standing_at(utc(16, 22)):
            self.classify(later, personal_data=True)
        clock = self.clocks(later)["gdpr-33"]
        self.assertEqual((clock.due_at, clock.own_text.edition), (utc(20, 18, 31), 1))
        turns = RuleInForce.objects.filter(rule="gdpr-33").order_by("turn")
        self.assertEqual([(one.until, one.since, one.off_reason) for one in turns][0][0], date(2025, 11, 14))
        self.assertEqual(turns[0].off_reason, "Edition 1 takes its place.")

    def test_that_was_never_on_gives_way_at_once(self) -> None:
        row = self.own(GDPR, since=None)
        self.assertEqual((row.turn, row.since), (1, date(2025, 11, 14)))
        self.classify(personal_data=True)
        self.assertEqual(self.clocks()["gdpr-33"].due_at, utc(17, 18, 31))
        self.assertEqual(rules_now()["gdpr-33"].regime, "GDPR art. 33, amended")

    def test_gives_way_for_the_whole_group_alone(self) -> None:
        with self.assertRaisesMessage(
            Refused, "gdpr-33: a newer text of a shipped rule holds for the whole group"
        ):
            self.draft(GDPR, at=self.mat)


class AFile(Writing, TestCase):
    def test_comes_whole_or_not_at_all(self) -> None:
        wrong = within(POLICY, 2) | {"id": "own-b", "binds": "listed"}
        with self.assertRaisesMessage(Refused, '"listed" is nothing by which a unit is bound'):
            self.draft(POLICY, wrong)
        self.assertEqual(OwnRule.objects.count(), 0)

    def test_says_whom_it_would_bind_today_and_what_contradicts_it(self) -> None:
        self.is_a("listed_on_TWSE", self.group)
        loud = POLICY | {"audience": "public", "recipient": "the press", "countries": ["MY"]}
        (one,) = own_rules.look(put([loud]), self.group).coming
        self.assertEqual({unit.code for unit in one.asks.units}, {"MSE", "PEN1"})
        self.assertTrue(
            any("the notice under twse-material-info must be submitted" in told for told in one.asks.against)
        )
        listed = own_rules.look(put([POLICY | {"binds": "listed_on_TWSE"}]), self.group).coming[0]
        self.assertEqual([unit.code for unit in listed.asks.units], [self.group.code])

    def test_comes_back_as_it_went(self) -> None:
        self.own(POLICY)
        self.draft(GDPR)
        text = own_rules.export(OwnRule.objects.all())
        self.assertEqual([row["id"] for row in rows_of(text)], ["gdpr-33", "own-policy"])
        self.assertEqual(own_rules.bring_in(text, unit=self.group, by=self.ada), [])

    def test_may_name_a_draft_and_is_looked_at_again_when_it_is_confirmed(self) -> None:
        waits = {"event": "submission", "rule": "own-policy"}
        follows = POLICY | {"id": "own-later", "stages": [POLICY["stages"][0] | {"start": waits}]}
        later = self.draft(POLICY, follows)
        own_rules.discard(OwnRule.objects.get(rule="own-policy"), by=self.ada, reason="Not needed")
        with self.assertRaisesMessage(
            Refused, 'own-later, word: it starts from "own-policy", and there is no such rule.'
        ):
            own_rules.confirm(later, by=self.ada, basis="Read")


class TheRules(Writing, TestCase):
    def test_of_today_cost_one_query_in_a_page_and_none_for_a_text_that_was_read(self) -> None:
        self.own(POLICY)
        rules_now()
        with reading_once(), self.assertNumQueries(1):
            for _ in range(3):
                self.assertIn("own-policy", rules_now())

    def test_are_right_at_once_after_another_process_confirmed_one(self) -> None:
        self.assertNotIn("own-policy", rules_now())
        row = self.own(POLICY)
        # What another process knows: nothing of this text yet.
        from keepwell.areas.incidents.models import own_rules as kept

        kept._READ.clear()
        with self.assertNumQueries(1):
            self.assertEqual(own_wording(row.own_text_id).edition, 1)
        self.assertIn("own-policy", rules_now())
        duties.switch_off(row, by=self.ada, reason="No more")
        self.assertNotIn("own-policy", rules_now())

    def test_that_hold_from_a_later_day_are_not_yet_those_of_today(self) -> None:
        self.own(POLICY, since=date(2025, 11, 20))
        self.assertNotIn("own-policy", rules_now())
        with moments.standing_at(utc(20, 3)):
            self.assertIn("own-policy", rules_now())

    def test_can_be_named_where_a_rule_is_asked_for(self) -> None:
        self.own(POLICY)
        agreed = {"incident": self.incident, "kind": "extension", "at": NOW, "until": utc(15, 0)}
        self.assertEqual(self.save(IncidentEvent(rule="own-policy", **agreed)).rule, "own-policy")
        with self.assertRaisesMessage(Exception, "own-nothing"):
            self.save(IncidentEvent(rule="own-nothing", **agreed | {"at": utc(13, 20)}))
        with acting(TELLER, "story.playbook"):
            task = tasks_of_playbooks(self.group, self.ada)
        task.after, task.rule, task.stage = (
            PlaybookTask._meta.get_field("after").choices[-1][0],
            "own-policy",
            "word",
        )
        self.assertEqual(self.save(task).stage, "word")

    def test_cost_a_reckoning_no_further_queries(self) -> None:
        self.own(POLICY)
        self.classify(plant=2)
        self.incident.refresh_from_db()
        with reads() as before:
            self.save(self.incident, aware_at=utc(13, 18))
        for name in ("own-b", "own-c"):
            self.own(POLICY | {"id": name})
        self.incident.refresh_from_db()
        with reads() as after:
            self.save(self.incident, aware_at=utc(13, 18, 1))
        self.assertEqual(len(before), len(after))


class InBothTexts(Writing, TestCase):
    def test_an_order_of_an_own_rule_is_kept(self) -> None:
        first = POLICY | {"id": "own-first", "before": [{"rule": "own-policy"}]}
        self.own(POLICY)
        self.own(first)
        self.classify(plant=2)
        clock = self.clocks()["own-policy"]
        self.assertIn("It waits for the notice under own-first", clock.waits[0])
        self.assertEqual(Clock.objects.get(rule="own-first").waits, [])
