"""What was late or missed stays so, whatever the incident turns out to be: shown, counted, and owed a reason."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.test import TestCase
from django.urls import reverse

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.metrics import ended
from keepwell.areas.incidents.models import Clock, Incident, IncidentEvent, IncidentNotice
from keepwell.areas.incidents.rules import clocks, duties, notices
from keepwell.areas.incidents.tests.ticking import Ticking, utc
from keepwell.kernel import moments
from keepwell.platform.history.acting import acting
from keepwell.platform.metrics.reading import read
from keepwell.platform.metrics.scope import Scope
from keepwell.platform.people.models import Person
from keepwell.platform.todos.todo import due_from
from keepwell.platform.tree.models import Unit
from tests.cast import TELLER

YEAR = Scope.of_year(2025, today=utc(17, 0).date())
AFTER = utc(17, 0)
"""Past 02:31 on 17 November in Taipei, until when gdpr-33 gives time."""


class Story(Ticking):
    """MAT must tell of personal data within 72 hours of 02:31 on 14 November; nobody did."""

    def scene(self) -> None:
        super().scene()
        self.is_a("gdpr_controller", self.mat)
        self.confirm("gdpr-33")
        self.classify(personal_data=True)

    def turns_out(self, at: datetime, **facts: bool) -> Clock:
        """The clock, once the incident was classified anew at that moment."""
        with moments.standing_at(at):
            self.classify(**facts)
        return self.clocks()["gdpr-33"]

    def send(self, at: datetime, reason: str = "") -> None:
        with moments.standing_at(at):
            notice = notices.draft(
                self.clocks()["gdpr-33"], by=self.ben, language=IncidentNotice.Language.ENGLISH
            )
            notices.approve(notice, by=self.ada, reason="In haste")
            channel = IncidentNotice.Channel.PORTAL
            notices.record_sent(notice, by=self.ben, channel=channel, proof="R-1", reason=reason)

    def owed(self, who: Person) -> list[str]:
        return [one.act for one in due_from(who, moments.today()) if "was not told in time" in one.act]


class Missed(Story, TestCase):
    def test_at_its_last_moment_it_may_still_lapse_and_a_moment_later_never_more(self) -> None:
        self.assertEqual(self.turns_out(utc(16, 18, 31), personal_data=False).state, "lapsed")
        self.assertEqual(self.turns_out(utc(16, 18, 31), personal_data=True).state, "running")
        clock = self.turns_out(utc(16, 18, 32), personal_data=False)
        self.assertEqual((clock.state, clock.lapse["cause"]), ("running", "facts"))

    def test_by_a_lower_classification_is_still_listed_counted_and_owed_a_reason(self) -> None:
        clock = self.turns_out(AFTER, personal_data=False)
        with moments.standing_at(AFTER):
            self.assertEqual(clock.state_now, "missed")
            self.assertEqual(list(Clock.objects.missed(AFTER)), [clock])
            self.assertEqual(len(self.owed(self.ada)), 1)
            self.assertEqual(read("incidents.clocks_met", YEAR)[self.group.pk].value, 0)
            self.assertEqual(list(ended(YEAR)), [clock])
            self.sign_in(self.ada)
            page = self.client.get(reverse("clocks-running"), {"show": "late"})
            self.assertContains(page, clock.whom)
            self.assertIn("What was late or missed before that stays so.", clock.why)
            self.assertIn("no longer ask for it", clock.why)
            clocks.give_reason(clock, by=self.ada, reason="We learned too late that none was lost")
            self.assertEqual(self.owed(self.ada), [])

    def test_asks_for_no_notice_any_more(self) -> None:
        clock = self.turns_out(AFTER, personal_data=False)
        with moments.standing_at(AFTER):
            self.assertFalse(notices.takes_notice(clock))
            self.assertFalse([one for one in due_from(self.ada, moments.today()) if "Draft" in one.act])

    def test_binds_again_where_the_facts_come_back(self) -> None:
        self.turns_out(AFTER, personal_data=False)
        clock = self.turns_out(AFTER, personal_data=True)
        self.assertEqual((clock.state, clock.lapse), ("running", {}))
        self.assertTrue(notices.takes_notice(clock))

    def test_by_a_site_that_is_taken_out_stays(self) -> None:
        far = self.report("Screens ask for money", self.pen1, aware_at=utc(13, 18, 31))
        far.refresh_from_db()
        self.save_sites(far, [self.khh1])
        self.classify(far, personal_data=True)
        self.assertIn("gdpr-33", self.clocks(far))
        with moments.standing_at(AFTER):
            self.save_sites(far, [])
        clock = self.clocks(far)["gdpr-33"]
        self.assertEqual((clock.state, clock.lapse), ("running", {"cause": "unit"}))

    def save_sites(self, incident: Incident, sites: list[Unit]) -> None:
        incident.refresh_from_db()
        with acting(TELLER, "story.sites"):
            incident.save(links={"affected_units": sites})


class Late(Story, TestCase):
    def test_stays_late_with_its_reason(self) -> None:
        self.send(AFTER, "Nobody was there")
        clock = self.turns_out(utc(18, 0), personal_data=False)
        self.assertEqual((clock.state, clock.reason), ("late", "Nobody was there"))
        self.assertIn("stays so", clock.why)


class Withdrawn(Story, TestCase):
    """Nobody lets a missed duty go from the figures by withdrawing its incident."""

    def withdraw(self, at: datetime) -> Clock:
        with moments.standing_at(at):
            rules.withdraw(Incident.objects.get(pk=self.incident.pk), by=self.ada, reason="It was a drill")
        return self.clocks()["gdpr-33"]

    def share(self) -> tuple[int | None, int | None]:
        found = read("incidents.clocks_met", YEAR)[self.group.pk]
        return found.numerator, found.denominator

    def test_up_to_its_end_its_clock_lapses_and_counts_no_more(self) -> None:
        clock = self.withdraw(utc(16, 18, 31))
        with moments.standing_at(AFTER):
            self.assertEqual((clock.state, clock.why), ("lapsed", "The incident was withdrawn."))
            self.assertEqual(list(ended(YEAR)), [])

    def test_a_moment_later_it_stays_missed_listed_counted_and_owed_a_reason(self) -> None:
        clock = self.withdraw(utc(16, 18, 32))
        with moments.standing_at(AFTER):
            self.assertEqual((clock.state_now, clock.lapse), ("missed", {"cause": "withdrawn"}))
            self.assertIn(
                "The incident was withdrawn. What was late or missed before that stays so.", clock.why
            )
            self.assertEqual(list(Clock.objects.missed(AFTER)), [clock])
            self.assertEqual(self.share(), (0, 1))
            self.assertEqual(len(self.owed(self.ada)), 1)
            self.sign_in(self.ada)
            page = self.client.get(reverse("clocks-running"), {"show": "late"})
            self.assertContains(page, clock.whom)
            clocks.give_reason(clock, by=self.ada, reason="Nobody was there")
            self.assertEqual(self.owed(self.ada), [])
            self.assertFalse(notices.takes_notice(clock))

    def test_what_was_late_or_met_counts_as_it_stood(self) -> None:
        for at, reason, share in ((AFTER, "Nobody was there", (0, 1)), (utc(14, 1), "", (1, 1))):
            with self.subTest(reason), transaction.atomic():
                self.send(at, reason)
                self.withdraw(utc(17, 1))
                with moments.standing_at(utc(17, 2)):
                    self.assertEqual(self.share(), share)
                transaction.set_rollback(True)

    def test_is_not_there_for_sam(self) -> None:
        clock = self.withdraw(AFTER)
        self.sign_in(self.sam)
        self.assertEqual(self.client.get(reverse("clocks-record", args=[clock.pk])).status_code, 404)


class TakenBack(Ticking, TestCase):
    """Media told of it at 04:20 in Taipei; the exchange must hear of it within two hours."""

    def scene(self) -> None:
        super().scene()
        self.is_a("listed_on_TWSE", self.group)
        self.event = self.save(IncidentEvent(incident=self.incident, kind="media_discovery", at=utc(13, 20)))

    def taken_back(self, at: datetime) -> Clock:
        with moments.standing_at(at):
            duties.take_back_event(self.event, by=self.ben, reason="It was about somebody else")
        return self.clocks()["twse-media-rumour"]

    def test_up_to_its_end_the_clock_lapses(self) -> None:
        self.assertEqual(self.taken_back(utc(13, 22)).state, "lapsed")

    def test_after_its_end_it_stays_missed_and_says_so(self) -> None:
        clock = self.taken_back(utc(13, 22, 1))
        with moments.standing_at(utc(13, 22, 1)):
            self.assertEqual((clock.state_now, clock.needs_reason), ("missed", True))
            self.assertIn("What was late or missed before that stays so.", clock.why)
