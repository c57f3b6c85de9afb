"""Who is told first: a notice that waits for another is refused, allowed for a reason that stays, or free; by page and
by API. The exchange must be told by 07:00 on Monday, a customer by 06:31 on this Friday."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import (
    Clock,
    IncidentEvent,
    IncidentNotice,
    RuleInForce,
    TimelineEntry,
)
from keepwell.areas.incidents.rules import notices
from keepwell.areas.incidents.tests.ticking import Ticking, utc
from keepwell.platform.acts.act import Refused
from keepwell.platform.history.models import Change
from tests.cast import NOW

PHONE, PORTAL = IncidentNotice.Channel.PHONE, IncidentNotice.Channel.PORTAL
FIRST, CUSTOMER, ANNUAL = "twse-material-info", "customer-contract", "sec-8k-105"
SHUT = "Before the notice under twse-material-info is submitted, nothing may be told to the public: record that one"
WEIGHED = (
    "The notice under twse-material-info must be submitted before something is told to customers, insurers and other "
    "partners: record that one as sent first, or say why this one goes out of turn."
)
WHY = "Counsel: the customer holds our lots and is bound to silence."


class Ordered(Ticking):
    """MAT is listed and files in the United States; the incident is material and touches a customer's data."""

    def scene(self) -> None:
        super().scene()
        self.is_a("listed_on_TWSE", self.mat)
        self.clause("C-0148")
        self.confirm(CUSTOMER)
        self.classify(customer_data=True)
        self.decide_materiality()

    def decide_materiality(self) -> None:
        self.incident.refresh_from_db()
        rules.decide_materiality(self.incident, by=self.ada, is_material=True, basis="Two lines stand")
        self.incident.refresh_from_db()

    def drafted(self, rule: str) -> IncidentNotice:
        notice = notices.draft(self.clocks()[rule], by=self.ben, language=IncidentNotice.Language.ENGLISH)
        told = {one.name: one.text or "Nothing more is known." for one in notice.said}
        notices.write(notice, by=self.ben, recipient="R", subject="Notice", contents=told)
        return notice

    def sent(self, rule: str, at: datetime | None = None, **more: Any) -> IncidentNotice:
        notice = self.drafted(rule)
        notices.approve(notice, by=self.ada)
        notices.record_sent(notice, by=self.ben, channel=PORTAL, proof="Receipt 1", at=at, **more)
        return notice

    def files_in_new_york(self) -> None:
        """Let MAT owe a current report there: public, four business days from now."""
        self.is_a("us_domestic_filer", self.mat)
        self.confirm(ANNUAL)

    def entries(self) -> list[tuple[str, str]]:
        rows = TimelineEntry.objects.filter(incident=self.incident, verb="out-of-turn").order_by("number")
        return [(one.says % one.facts, one.reason) for one in rows]


class ACustomer(Ordered, TestCase):
    def test_is_not_told_before_the_exchange_without_a_reason(self) -> None:
        notice = self.drafted(CUSTOMER)
        with self.assertRaisesMessage(Refused, WEIGHED):
            notices.approve(notice, by=self.ada)
        notice.refresh_from_db()
        self.assertEqual((notice.state, self.entries()), ("drafted", []))

    def test_is_told_first_for_a_reason_that_stays(self) -> None:
        notice = self.drafted(CUSTOMER)
        notices.approve(notice, by=self.ada, out_of_turn=WHY)
        notices.record_sent(notice, by=self.ben, channel=PHONE, proof="Ms Wu")
        self.assertEqual((notice.out_of_turn, self.clocks()[CUSTOMER].state), (WHY, "met"))
        says = "Decided that C-0148 is told before the notice under twse-material-info is submitted."
        self.assertEqual(self.entries(), [(says, WHY)])
        change = Change.objects.get(record_id=notice.pk, verb="incidentnotice.approve")
        self.assertEqual(change.answers["out_of_turn"], WHY)

    def test_is_free_once_the_exchange_was_told(self) -> None:
        self.sent(FIRST)
        notice = self.sent(CUSTOMER)
        self.assertEqual((notice.state, notice.out_of_turn, self.entries()), ("sent", "", []))

    def test_may_be_told_at_the_same_moment_and_not_a_second_before(self) -> None:
        notice = self.drafted(CUSTOMER)
        self.sent(FIRST, utc(13, 21))
        notices.approve(notice, by=self.ada)
        with self.assertRaisesMessage(Refused, "if this one has gone already, say why it went out of turn."):
            notices.record_sent(notice, by=self.ben, channel=PHONE, proof="Ms Wu", at=utc(13, 20, 59))
        notices.record_sent(notice, by=self.ben, channel=PHONE, proof="Ms Wu", at=utc(13, 21))
        self.assertEqual((notice.out_of_turn, self.entries()), ("", []))

    def test_that_was_told_too_early_is_recorded_with_the_reason(self) -> None:
        notice = self.drafted(CUSTOMER)
        self.sent(FIRST, utc(13, 21))
        notices.approve(notice, by=self.ada)
        notices.record_sent(
            notice, by=self.ben, channel=PHONE, proof="Ms Wu", at=utc(13, 20), out_of_turn="They called."
        )
        says = "C-0148 was told before the notice under twse-material-info was submitted."
        self.assertEqual((notice.out_of_turn, self.entries()), ("They called.", [(says, "They called.")]))

    def test_is_free_where_nothing_has_to_be_announced(self) -> None:
        rules.decide_materiality(
            self.incident, by=self.ada, is_material=False, basis="No effect on investors"
        )
        self.assertEqual((self.clocks()[FIRST].state, self.sent(CUSTOMER).state), ("lapsed", "sent"))

    def test_loses_the_reason_when_the_notice_is_sent_back(self) -> None:
        notice = self.drafted(CUSTOMER)
        notices.approve(notice, by=self.ada, out_of_turn=WHY)
        notices.send_back(notice, by=self.ada, reason="Another word")
        self.assertEqual(notice.out_of_turn, "")
        with self.assertRaisesMessage(Refused, WEIGHED):
            notices.approve(notice, by=self.ada)

    def test_waits_also_where_the_exchanges_notice_was_discarded(self) -> None:
        first = self.drafted(FIRST)
        notices.discard(first, by=self.ben, reason="Wrong text")
        with self.assertRaisesMessage(Refused, WEIGHED):
            notices.approve(self.drafted(CUSTOMER), by=self.ada)


class ThePublic(Ordered, TestCase):
    def test_is_told_nothing_before_the_exchange_whatever_the_reason(self) -> None:
        self.files_in_new_york()
        notice = self.drafted(ANNUAL)
        with self.assertRaisesMessage(Refused, SHUT):
            notices.approve(notice, by=self.ada, out_of_turn="The paper calls")
        self.sent(FIRST)
        notices.approve(notice, by=self.ada)
        self.assertEqual(notice.state, "approved")

    def test_may_be_told_first_for_a_reason_where_a_fixed_term_of_law_ends_before(self) -> None:
        self.files_in_new_york()
        # The fiscal calendar of the United States has closed nothing here: the fourth business day ends on
        # Wednesday; the exchange's notice then waits for a later one, as its recipient agreed.
        self.save(
            IncidentEvent(incident=self.incident, kind="extension", rule=FIRST, at=NOW, until=utc(30, 0))
        )
        notice = self.drafted(ANNUAL)
        with self.assertRaisesMessage(Refused, "or say why this one goes out of turn."):
            notices.approve(notice, by=self.ada)
        notices.approve(notice, by=self.ada, out_of_turn="The law of the United States ends first.")
        self.assertEqual(notice.state, "approved")

    def test_that_was_told_in_a_press_conference_asks_why(self) -> None:
        held = IncidentEvent(incident=self.incident, kind="press_conference", at=NOW)
        with self.assertRaisesMessage(
            ValidationError, "Before the notice under twse-material-info is submitted"
        ):
            self.save(held)
        self.save(held, note="A reporter had the story.")
        says = "Something was said in public before the notice under twse-material-info was submitted."
        self.assertEqual(self.entries(), [(says, "A reporter had the story.")])

    def test_may_hear_what_the_exchange_knows(self) -> None:
        self.sent(FIRST, utc(13, 21))
        with self.assertRaises(ValidationError):
            self.save(IncidentEvent(incident=self.incident, kind="public_statement", at=utc(13, 20, 59)))
        self.save(IncidentEvent(incident=self.incident, kind="public_statement", at=utc(13, 21)))
        self.assertEqual(self.entries(), [])


class TwoEntities(Ordered, TestCase):
    def scene(self) -> None:
        super().scene()
        self.is_a("listed_on_TWSE", self.khh1)
        self.incident.refresh_from_db()

    def test_both_have_to_be_announced_before_the_customer_of_one_is_told(self) -> None:
        firsts = list(self.incident.clocks.filter(rule=FIRST).order_by("unit__code"))
        self.assertEqual([clock.unit.code for clock in firsts], ["KHH1", "MAT"])
        for clock in firsts:
            with self.assertRaisesMessage(Refused, WEIGHED):
                notices.approve(self.customer(), by=self.ada)
            self._told(clock)
        notices.approve(self.customer(), by=self.ada)

    def customer(self) -> IncidentNotice:
        return IncidentNotice.objects.filter(clock__rule=CUSTOMER).first() or self.drafted(CUSTOMER)

    def _told(self, clock: Clock) -> None:
        notice = notices.draft(clock, by=self.ben, language=IncidentNotice.Language.ENGLISH)
        notices.approve(notice, by=self.ada, reason="First word")
        notices.record_sent(notice, by=self.ben, channel=PORTAL, proof="Receipt 2")


class Contradictions(Ordered, TestCase):
    SAYS = (
        "C-0148 must be told by 06:31 Taipei on Friday 14 November 2025, and before that the notice under "
        "twse-material-info must be submitted, which is due 07:00 Taipei on Monday 17 November 2025. Counsel decides:"
    )

    def pages(self) -> list[str]:
        clock = self.clocks()[CUSTOMER].pk
        return [f"/incidents/{self.incident.pk}/room/", reverse("incident-clocks", args=[self.incident.pk]),
                reverse("clocks-record", args=[clock])]  # fmt: skip

    def test_stand_at_the_incident_with_moments_and_what_counsel_decides(self) -> None:
        self.sign_in(self.ben)
        for page in self.pages():
            self.assertContains(self.client.get(page), self.SAYS)
        self.assertContains(
            self.client.get(self.pages()[0]), "It waits for the notice under twse-material-info"
        )
        first = self.client.get(reverse("clocks-record", args=[self.clocks()[FIRST].pk]))
        self.assertContains(first, "Before it is submitted, nothing may be told to the public.")
        self.assertNotContains(first, self.SAYS)

    def test_stand_in_chinese(self) -> None:
        self.sign_in(self.ben)
        self.client.cookies["keepwell-language"] = "zh-hant"
        page = self.client.get(self.pages()[0])
        self.assertContains(page, "兩個時限互相牴觸。")
        self.assertContains(
            page, "應於 2025 年 11 月 14 日（週五）06:31（臺北） 前通知C-0148，但在此之前須先提出"
        )

    def test_stand_on_the_notice_and_with_what_was_decided(self) -> None:
        notice = self.drafted(CUSTOMER)
        self.sign_in(self.ada)
        address = reverse("incident-notices-record", args=[notice.pk])
        self.assertContains(self.client.get(address), self.SAYS)
        answers = {"version": notice.version}
        refused = self.client.post(reverse("incident-notices-do", args=[notice.pk, "approve"]), answers)
        self.assertContains(refused, "say why this one goes out of turn", status_code=422)
        answers["out_of_turn"] = WHY
        sent = self.client.post(reverse("incident-notices-do", args=[notice.pk, "approve"]), answers)
        self.assertRedirects(sent, address)
        for page in (address, *self.pages()):
            self.assertContains(self.client.get(page), f"Decided: {WHY}")

    def test_end_with_the_notice_that_must_be_first(self) -> None:
        self.sent(FIRST)
        self.sign_in(self.ben)
        for page in self.pages():
            self.assertNotContains(self.client.get(page), "Two terms contradict each other.")

    def test_are_told_to_programs(self) -> None:
        self.sign_in(self.ada)
        found = {
            one["rule"]: one for one in self.client.get(f"/api/incidents/{self.incident.pk}/clocks").json()
        }
        (says,) = found[CUSTOMER]["contradictions"]
        self.assertTrue(says.startswith(self.SAYS))
        self.assertEqual((len(found[CUSTOMER]["waits"]), found[FIRST]["waits"]), (1, []))
        notice = self.drafted(CUSTOMER)
        address = f"/api/incident-notices/{notice.pk}/approve"
        refused = self.client.post(address, {}, content_type="application/json")
        self.assertEqual((refused.status_code, WEIGHED in str(refused.json())), (409, True))
        done = self.client.post(address, {"out_of_turn": WHY}, content_type="application/json")
        self.assertEqual(done.status_code, 200)

    def test_are_not_for_sam(self) -> None:
        notice = self.drafted(CUSTOMER)
        self.sign_in(self.sam)
        for page in self.pages():
            self.assertEqual(self.client.get(page).status_code, 404)
        with self.assertRaises(PermissionDenied):
            notices.approve(notice, by=self.sam, out_of_turn=WHY)

    def test_cost_a_room_no_more_queries_however_many_there_are(self) -> None:
        self.sign_in(self.ben)
        room = self.pages()[0]
        self.client.get(room)
        with CaptureQueriesContext(connection) as few:
            self.client.get(room)
        for number in range(8):
            self.clause(f"C-1{number:03}")
        with CaptureQueriesContext(connection) as many:
            self.assertContains(self.client.get(room), "Two terms contradict each other.", count=9)
        self.assertEqual(len(few), len(many))


class TheSentenceOfEach(Ordered, TestCase):
    def test_clock_stands_in_the_room_and_clocks_stand_by_time_left(self) -> None:
        self.clause("C-0031", term=24)
        self.clause("C-0002", term=2)  # missed by now, and so the first of all
        self.sign_in(self.ben)
        room = self.client.get(f"/incidents/{self.incident.pk}/room/").content.decode()
        for said in ("4 hours after the site became aware", "24 hours after the site became aware",
                     "trading next opens at 09:00 on Monday 17 November 2025"):  # fmt: skip
            self.assertIn(said, room)
        self.assertEqual(self.order_in(room), ["C-0002", "C-0148", "C-0031", "MOPS"])
        running = self.client.get(reverse("clocks-running")).content.decode()
        self.assertEqual(self.order_in(running), ["C-0148", "C-0031", "MOPS"])
        self.assertIn("4 hours after the site became aware", running)

    @staticmethod
    def order_in(page: str) -> list[str]:
        """Whom the rows of the first table of clocks name, from above."""
        table = page[page.index('class="kw-t kw-clocks"') :]
        table = table[: table.index("</table>")]
        names = ("C-0002", "C-0148", "C-0031", "MOPS")
        placed = {name: table.find(f'">{name}') for name in names}
        return sorted((name for name in names if placed[name] >= 0), key=placed.__getitem__)


class ARule(Ordered, TestCase):
    def test_says_all_that_stands_in_the_file(self) -> None:
        self.sign_in(self.ada)
        for rule, says in [
            (FIRST, "nothing public before MOPS; if press release earlier, file simultaneously"),
            (FIRST, "Before it is submitted, nothing may be told to the public."),
            (FIRST, "update when materially changed"),
            ("tw-csma-report", "again on every level change"),
            (
                "tw-csma-report",
                "if channel unavailable: other means within same hour, note reason, supplement later",
            ),
            ("tw-csma-report", "It goes by this way: Portal of the recipient."),
            (
                "tw-csma-report",
                "Where that is blocked, by another, with the reason: Mail, Phone, Fax, By hand, Post.",
            ),
            ("tw-csma-damage-control", "complete damage control OR recovery and notify"),
            ("tw-csma-improvement-report", "with consent"),
            ("tw-csma-improvement-report", "non-reporting fine up to NTD 10,000,000"),
            ("tw-pdpa-authority", "draft when seen (2026-02); check commencement"),
            ("sec-8k-105", "not for FPIs; customers/US subsidiaries may be filers"),
            (CUSTOMER, "legal approves text; no mention of other customers"),
            (CUSTOMER, "It waits for the notice under twse-material-info"),
            ("my-pdpa", "significant_harm (scale &gt; 1,000)"),
        ]:
            row = self.in_force(rule)
            with self.subTest(rule=rule, says=says):
                self.assertContains(self.client.get(reverse("rules-in-force-record", args=[row])), says)

    def in_force(self, rule: str) -> UUID:
        """The row of a rule."""
        return RuleInForce.objects.filter(rule=rule).order_by("turn").values_list("pk", flat=True)[0]
