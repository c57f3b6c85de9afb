"""By when whom must be told: clocks kept in line with whatever happens to their incident."""

from __future__ import annotations

from datetime import date, timedelta

from django.core.exceptions import PermissionDenied
from django.test import SimpleTestCase, TestCase
from django.utils.translation import override

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import (
    CalendarDay,
    Clock,
    IncidentEvent,
    NoticeFact,
    RuleInForce,
    TimelineEntry,
    clock_rules,
    words,
)
from keepwell.areas.incidents.models.of_rules import CHANNELS, WORDS_OF_RULES
from keepwell.areas.incidents.rules import clocks, duties, owing
from keepwell.areas.incidents.tests.ticking import Ticking, utc
from keepwell.areas.organization.models import LegalStanding
from keepwell.kernel import moments
from keepwell.kernel.clocks import sentences
from keepwell.kernel.clocks.before import AUDIENCES, STRICT, WEIGHED
from keepwell.kernel.clocks.before import CHANNELS as WAYS
from keepwell.kernel.clocks.events import AWARENESS, KINDS
from keepwell.kernel.clocks.factors import DERIVED, FACTORS, RANGES
from keepwell.kernel.clocks.reckoning import LATE, MET, MISSED, WAITING
from keepwell.kernel.clocks.rules import WORDS
from keepwell.platform.acts.act import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.people.models import Grant
from tests.cast import TELLER, unit
from tests.duties import owed_by


class Deadlines(Ticking, TestCase):
    def test_of_the_taiwanese_exchange_end_two_hours_before_the_next_opening(self) -> None:
        self.is_a("listed_on_TWSE", self.group)
        self.classify(plant=2)
        self.assertNotIn("twse-material-info", self.clocks())

        self.incident.refresh_from_db()
        rules.decide_materiality(
            self.incident, by=self.ada, is_material=True, basis="Loss above NT$ 30 million"
        )
        clock = self.clocks()["twse-material-info"]

        # Aware at 02:31 on Friday 14 November: trading next opens on Monday 17 at 09:00.
        self.assertEqual(clock.due_at, utc(16, 23))
        self.assertEqual(clock.unit, self.group)
        self.assertIn("07:00 Taipei on Monday 17 November 2025", clock.why)
        self.assertIn("No moment is recorded at which the fact arose", clock.why)

    def test_by_law_of_the_union_run_for_72_hours_through_the_weekend(self) -> None:
        self.is_a("gdpr_controller", self.mat)
        self.confirm("gdpr-33")
        self.classify(personal_data=True)
        self.assertEqual(self.clocks()["gdpr-33"].due_at, utc(16, 18, 31))

    def test_by_contract_are_those_of_each_clause(self) -> None:
        self.clause("C-0148")
        self.clause("C-0031", clause="9", term=24)
        self.clause("C-0007", term=None)
        self.confirm("customer-contract")
        self.classify(supply_interrupted=True)

        found = {clock.whom: clock for clock in self.incident.clocks.filter(rule="customer-contract")}
        self.assertEqual(found["C-0148"].due_at, utc(13, 22, 31))
        self.assertEqual(found["C-0031"].due_at, utc(14, 18, 31))
        self.assertEqual((found["C-0007"].due_at, found["C-0007"].internal_due_at), (None, utc(14, 18, 31)))
        self.assertIn("So it is written in the contract with C-0148, MSA 14.2.", found["C-0148"].why)

    def test_by_the_authorities_of_taiwan_follow_the_nations_level(self) -> None:
        self.is_a("entity_is_specific_non_government_agency", self.mat)
        self.classify(core_system=True, outage_hours=3, tolerable_hours=2)
        self.assertEqual(self.incident.national_level, 3)
        found = self.clocks()
        self.assertEqual(found["tw-csma-damage-control"].due_at, utc(15, 6, 31))  # 36 hours

    def test_wait_for_their_event_and_are_stopped_by_it(self) -> None:
        self.is_a("entity_is_specific_non_government_agency", self.mat)
        self.classify(core_system=True, outage_hours=3, tolerable_hours=2)
        rules.respond(self.incident, by=self.ben)
        self.assertEqual(self.clocks()["tw-csma-improvement-report"].state, "waiting")
        with moments.standing_at(utc(14, 6)):
            rules.contain(self.incident, by=self.ben)
        found = self.clocks()
        self.assertEqual(
            (found["tw-csma-damage-control"].state, found["tw-csma-damage-control"].done_at),
            ("met", utc(14, 6)),
        )
        self.assertEqual(found["tw-csma-improvement-report"].due_at, utc(14, 6, month=12))

    def test_bind_the_entity_above_the_site_that_is_touched_and_once(self) -> None:
        self.is_a("gdpr_controller", self.mat)
        self.confirm("gdpr-33")
        with acting(TELLER, "story.touch"):
            self.incident.refresh_from_db()
            self.incident.save(links={"affected_units": [self.khh2, self.pen1]})
        self.is_a("gdpr_controller", self.pen1)
        self.classify(personal_data=True)
        units = {clock.unit.code: clock.zone for clock in self.incident.clocks.filter(rule="gdpr-33")}
        self.assertEqual(units, {"MAT": "Asia/Taipei", "PEN1": "Asia/Kuala_Lumpur"})


class Closures(Ticking, TestCase):
    def scene(self) -> None:
        super().scene()
        self.is_a("listed_on_TWSE", self.group)
        self.classify(plant=2, material=True)

    def monday(self, **values: object) -> CalendarDay:
        facts = {
            "calendar": "TWSE",
            "day": date(2025, 11, 17),
            "reason": "Typhoon day",
            "unit": self.group,
        } | values
        return self.save(CalendarDay(**facts))

    def test_of_a_typhoon_day_move_the_end_and_say_so(self) -> None:
        self.assertEqual(self.clocks()["twse-material-info"].due_at, utc(16, 23))
        typhoon = self.monday()
        clock = self.clocks()["twse-material-info"]
        self.assertEqual(clock.due_at, utc(17, 23))
        self.assertIn("TWSE is closed on Monday 17 November 2025 (Typhoon day).", clock.why)
        duties.take_back_day(typhoon, by=self.ada, reason="It turned away")
        self.assertEqual(self.clocks()["twse-material-info"].due_at, utc(16, 23))

    def test_of_another_company_move_nothing(self) -> None:
        self.monday(unit=self.mse)
        self.assertEqual(self.clocks()["twse-material-info"].due_at, utc(16, 23))

    def test_end_days_in_local_time_also_where_clocks_are_set_back(self) -> None:
        with acting(TELLER, "story.unit"):
            site = unit("DRS1", "Dresden", "site", self.mat, country="DE", time_zone="Europe/Berlin")
        incident = self.report("At the border of summer time", site, aware_at=utc(25, 8, month=10))
        self.is_a("gdpr_controller", site)
        self.confirm("gdpr-33")
        self.confirm("customer-contract")
        self.clause("C-0148", unit=site, term=5, term_unit="days")
        self.classify(incident, personal_data=True, customer_data=True)
        found = self.clocks(incident)
        # 10:00 in Dresden on Saturday 25 October 2025; clocks are set back on Sunday. Hours run, days keep the hour.
        self.assertEqual(found["gdpr-33"].due_at, utc(28, 8, month=10))
        self.assertEqual(found["customer-contract"].due_at, utc(30, 9, month=10))


class Levels(Ticking, TestCase):
    def escalations(self) -> list[Clock]:
        return list(self.incident.clocks.filter(rule="group-escalation").order_by("start_at", "pk"))

    def test_arm_a_clock_anew_when_they_rise_and_not_when_they_fall(self) -> None:
        self.confirm("group-escalation")
        with moments.standing_at(utc(13, 21, 20)):
            self.classify(effect=True, core_system=True)
        self.assertEqual(
            [(c.stage, c.ends_at) for c in self.escalations()], [("escalation", utc(13, 19, 31))]
        )  # S2: 1 h
        with moments.standing_at(utc(13, 21, 55)):
            self.classify(plant=2)
        self.assertEqual([(c.stage, c.ends_at) for c in self.escalations()][1:],
                         [("escalation after a rise", utc(13, 22, 25))])  # S3: 30 min  # fmt: skip
        with moments.standing_at(utc(13, 23)):
            self.classify(effect=True)
        with moments.standing_at(utc(14, 1)):
            self.classify(plant=4)
        self.assertEqual(
            [c.ends_at for c in self.escalations()], [utc(13, 19, 31), utc(13, 22, 25), utc(14, 1, 15)]
        )

    def test_that_fall_leave_the_clock_there_with_the_reason(self) -> None:
        self.is_a("entity_is_specific_non_government_agency", self.mat)
        self.classify(core_system=True, outage_hours=3, tolerable_hours=2)
        self.assertEqual(self.clocks()["tw-csma-damage-control"].state, "running")
        self.classify(effect=False)
        clock = self.clocks()["tw-csma-damage-control"]
        self.assertEqual(
            (clock.state, clock.why), ("lapsed", "The facts of classification 2 no longer ask for it.")
        )
        self.assertFalse(Clock.objects.binding().filter(pk=clock.pk).exists())
        self.classify(core_system=True, outage_hours=3, tolerable_hours=2)
        self.assertEqual(self.incident.clocks.get(pk=clock.pk).state, "running")

    def test_say_what_is_kept_in_the_language_of_the_reader(self) -> None:
        self.is_a("gdpr_controller", self.mat)
        self.confirm("gdpr-33")
        self.classify(personal_data=True)
        with override("zh-hant"):
            told = self.clocks()["gdpr-33"].why
        self.assertTrue(told.startswith("2025 年 11 月 17 日（週一）02:31（臺北）"), told)


class Corrections(Ticking, TestCase):
    def test_of_awareness_move_the_end_back_also_backwards(self) -> None:
        self.is_a("gdpr_controller", self.mat)
        self.confirm("gdpr-33")
        self.classify(personal_data=True)
        self.incident.refresh_from_db()
        self.save(self.incident, aware_at=utc(10, 20))
        clock = self.clocks()["gdpr-33"]
        self.assertEqual(
            (clock.due_at, clock.standing.word, clock.needs_reason), (utc(13, 20), "Missed", True)
        )
        self.assertIn("Nothing is recorded as sent, and the time is over.", clock.why)
        clocks.give_reason(clock, by=self.ben, reason="The night shift did not know whom to call.")
        self.assertEqual((clock.needs_reason, clock.standing.word), (False, "Missed"))

    def test_ask_for_a_reason_only_where_something_is_late(self) -> None:
        self.is_a("gdpr_controller", self.mat)
        self.confirm("gdpr-33")
        self.classify(personal_data=True)
        with self.assertRaises(Refused):
            clocks.give_reason(self.clocks()["gdpr-33"], by=self.ben, reason="None")

    def test_by_an_event_start_a_clock_and_taking_it_back_ends_it(self) -> None:
        self.is_a("listed_on_TWSE", self.group)
        event = self.save(IncidentEvent(incident=self.incident, kind="media_discovery", at=utc(13, 20)))
        self.assertEqual(self.clocks()["twse-media-rumour"].due_at, utc(13, 22))
        duties.take_back_event(event, by=self.ben, reason="It was about somebody else")
        self.assertEqual(self.clocks()["twse-media-rumour"].state, "lapsed")

    def test_by_an_agreed_later_day_extend_it(self) -> None:
        self.is_a("gdpr_controller", self.mat)
        self.confirm("gdpr-33")
        self.classify(personal_data=True)
        self.save(
            IncidentEvent(
                incident=self.incident, kind="extension", at=utc(13, 20), rule="gdpr-33", until=utc(20, 1)
            )
        )
        self.assertEqual(self.clocks()["gdpr-33"].due_at, utc(20, 1))

    def test_by_a_fact_decide_a_rule_that_waits_for_it(self) -> None:
        self.is_a("nis2_essential_or_important", self.mat)
        self.confirm("nis2-early-warning")
        self.classify(effect=True)
        self.assertNotIn("nis2-early-warning", self.clocks())
        fact = self.save(NoticeFact(incident=self.incident, factor="significant_incident", holds=True))
        self.assertEqual(self.clocks()["nis2-early-warning"].due_at, utc(14, 18, 31))
        self.save(fact, holds=False)
        self.assertEqual(self.clocks()["nis2-early-warning"].state, "lapsed")


class RulesHere(Ticking, TestCase):
    def test_that_nobody_verified_are_off_until_somebody_confirms_them(self) -> None:
        self.is_a("gdpr_controller", self.mat)
        self.classify(personal_data=True)
        row = RuleInForce.objects.get(rule="gdpr-33")
        self.assertEqual((row.standing.word, self.clocks()), ("Off until confirmed", {}))
        duties.confirm(row, by=self.ada, basis="Read", since=date(2025, 11, 14))
        self.assertEqual(list(self.clocks()), ["gdpr-33"])

    def test_that_are_confirmed_from_a_later_day_leave_earlier_incidents_alone(self) -> None:
        self.is_a("gdpr_controller", self.mat)
        self.classify(personal_data=True)
        duties.confirm(
            RuleInForce.objects.get(rule="gdpr-33"), by=self.ada, basis="Read", since=date(2025, 11, 15)
        )
        self.assertEqual(self.clocks(), {})

    def test_that_are_switched_off_bind_what_became_known_before(self) -> None:
        self.is_a("gdpr_controller", self.mat)
        row = self.confirm("gdpr-33")
        self.classify(personal_data=True)
        duties.switch_off(row, by=self.ada, reason="Replaced", until=date(2025, 11, 14))
        self.assertEqual(self.clocks()["gdpr-33"].state, "running")
        row.refresh_from_db()
        again = duties.confirm(row, by=self.ada, basis="Still there", since=date(2025, 11, 20))
        self.assertEqual((again.turn, row.standing.word, again.standing.word), (2, "Off", "On"))
        with self.assertRaisesMessage(Refused, "gdpr-33 is on already."):
            duties.confirm(row, by=self.ada, basis="Twice", since=date(2025, 11, 25))

    def test_with_our_own_deadline_take_it(self) -> None:
        self.is_a("gdpr_controller", self.mat)
        row = self.confirm("gdpr-34")
        self.save(NoticeFact(incident=self.incident, factor="high_risk", holds=True))
        self.classify(personal_data=True)
        self.assertEqual(self.clocks()["gdpr-34"].internal_due_at, utc(16, 18, 31))
        row.refresh_from_db()
        duties.set_own_deadline(row, by=self.ada, hours=24, reason="The group's own standard")
        self.assertEqual(self.clocks()["gdpr-34"].internal_due_at, utc(14, 18, 31))

    def test_are_for_who_decides_for_the_group_alone(self) -> None:
        row = RuleInForce.objects.get(rule="gdpr-33")
        for who in (self.ben, self.eva, self.sam):
            with self.subTest(who.name), self.assertRaises(PermissionDenied):
                duties.confirm(row, by=who, basis="Mine")

    def test_are_entered_once(self) -> None:
        self.assertEqual(duties.enter_rules(), 0)


class Owners(Ticking, TestCase):
    def scene(self) -> None:
        super().scene()
        self.is_a("gdpr_controller", self.mat)
        self.confirm("gdpr-33")
        self.classify(personal_data=True)

    def test_are_people_who_may_work_there(self) -> None:
        clock = self.clocks()["gdpr-33"]
        with self.assertRaisesMessage(Refused, "Eva Chen may not work on incidents"):
            clocks.assign(clock, by=self.ben, owner=self.eva)
        clocks.assign(clock, by=self.ben, owner=self.ben)
        self.assertEqual(clock.owner, self.ben)

    def test_who_left_or_may_not_any_more_leave_it_to_all_who_may(self) -> None:
        clock = self.clocks()["gdpr-33"]
        clocks.assign(clock, by=self.ada, owner=self.ben)
        self.assertEqual(owing.free_orphans(), 0)
        self.assertEqual(owed_by(self.ada, "incidents.clocks"), [])
        with acting(TELLER, "story.leave"):
            account = self.ben.account
            account.is_active = False
            account.save()
        self.assertEqual((owing.free_orphans(), owing.free_orphans()), (1, 0))
        clock.refresh_from_db()
        self.assertIsNone(clock.owner)
        self.assertIn(self.ada, owing.looking_after(clock))
        self.assertNotIn(self.ben, owing.looking_after(clock))
        self.assertTrue(TimelineEntry.objects.filter(incident=self.incident, verb="free").exists())

    def test_whose_right_ended_leave_it_too(self) -> None:
        clock = self.clocks()["gdpr-33"]
        clocks.assign(clock, by=self.ada, owner=self.ben)
        with acting(TELLER, "story.end"):
            for one in Grant.objects.filter(person=self.ben):
                one.until = moments.today() - timedelta(days=1)
                one.save()
        self.assertEqual(owing.free_orphans(), 1)

    def test_keep_it_through_a_reckoning(self) -> None:
        clock = self.clocks()["gdpr-33"]
        clocks.assign(clock, by=self.ben, owner=self.ben)
        self.incident.refresh_from_db()
        self.save(self.incident, aware_at=utc(13, 18))
        self.assertEqual(self.clocks()["gdpr-33"].owner, self.ben)

    def test_are_seen_with_the_incident_alone(self) -> None:
        seen = [who.name for who in (self.ada, self.ben, self.cleo, self.dan, self.eva, self.sam)
                if Clock.objects.visible_to(who).exists()]  # fmt: skip
        self.assertEqual(seen, ["Ada Lin", "Ben Tan"])

    def test_lapse_when_the_incident_is_withdrawn(self) -> None:
        self.incident.refresh_from_db()
        rules.withdraw(self.incident, by=self.ada, reason="Twice")
        self.assertEqual(self.clocks()["gdpr-33"].why, "The incident was withdrawn.")

    def test_miss_nothing_at_the_last_moment(self) -> None:
        clock = self.clocks()["gdpr-33"]
        self.assertFalse(clock.is_missed(utc(16, 18, 31)))
        self.assertTrue(clock.is_missed(utc(16, 18, 31) + timedelta(microseconds=1)))


class Words(SimpleTestCase):
    def test_of_the_kernel_and_the_rules_are_all_marked_for_translation(self) -> None:
        named = {
            value for name, value in vars(sentences).items() if name.isupper() and isinstance(value, str)
        }
        told = (
            named - {LATE, MET, MISSED, WAITING, STRICT, WEIGHED, AWARENESS}
            | set(sentences.TERMS.values())
            | set(sentences.STATES.values())
            | set(sentences.NOTHING_BEFORE.values())
            | set(sentences.WAITS_FOR.values())
        )
        self.assertEqual(set(words.SENTENCES), told)
        self.assertEqual(set(words.EVENTS), set(KINDS.values()))
        self.assertEqual(
            set(words.FACTS),
            {asks for name, (_kind, asks) in FACTORS.items() if name not in RANGES and name not in DERIVED},
        )
        self.assertEqual(set(words.AUDIENCES), set(AUDIENCES.values()))
        self.assertEqual((set(CHANNELS), set(WORDS_OF_RULES)), (set(WAYS), {*WORDS, "note"}))
        shipped = clock_rules().values()
        self.assertEqual(set(words.STAGES), {stage.name for rule in shipped for stage in rule.stages})
        self.assertEqual(set(words.RECIPIENTS), {rule.recipient for rule in shipped if rule.recipient})
        self.assertEqual(set(words.CONTENTS), {one for rule in shipped for one in rule.content})

    def test_name_every_standing_that_a_rule_binds(self) -> None:
        by_contract = {"always", "contract_clause_exists", "policy_in_force"}
        bound = {rule.binds for rule in clock_rules().values()} - by_contract
        self.assertEqual(bound, set(LegalStanding.Attribute.values))
