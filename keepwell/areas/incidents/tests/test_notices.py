"""Notices: drafted from what is known, approved by somebody else, sent with proof, and what follows from it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.test import TestCase
from django.urls import reverse
from django.utils.translation import override

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.metrics import clocks_met
from keepwell.areas.incidents.models import Clock, IncidentNotice, NoticeFact
from keepwell.areas.incidents.rules import letters, notices, owing
from keepwell.areas.incidents.tests.ticking import Ticking, utc
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.metrics.reading import read
from keepwell.platform.metrics.scope import Scope
from keepwell.platform.notices.models import Notice
from keepwell.platform.people.models import Person
from tests.cast import NOW, TELLER, account, grant, person
from tests.duties import owed_by


class Noticing(Ticking):
    def scene(self) -> None:
        super().scene()
        self.is_a("nis2_essential_or_important", self.mat)
        self.clause("C-0148")
        for rule in ("customer-contract", "nis2-notification", "nis2-final"):
            self.confirm(rule)
        self.classify(customer_data=True)
        self.incident.refresh_from_db()

    @property
    def clock(self) -> Clock:
        return self.clocks()["customer-contract"]

    def drafted(self, language: str = "en") -> IncidentNotice:
        return notices.draft(self.clock, by=self.ben, language=IncidentNotice.Language(language))

    def written(self, **contents: str) -> IncidentNotice:
        """A notice of Ben's in which every content says something."""
        notice = self.drafted()
        told = {one.name: one.text or "Nothing more is known." for one in notice.said} | contents
        notices.write(notice, by=self.ben, recipient="C-0148", subject="Notice", contents=told)
        return notice

    def approved(self) -> IncidentNotice:
        notice = self.written()
        notices.approve(notice, by=self.ada)
        return notice


class Drafting(Noticing, TestCase):
    def test_begins_with_what_is_known_and_counts_what_is_missing(self) -> None:
        notice = self.drafted()
        self.assertEqual(
            (notice.recipient, notice.mail, notice.state), ("C-0148", "security@c0148.example", "drafted")
        )
        said = {one.name: one.text for one in notice.said}
        self.assertEqual(said["what happened"], "Malware on the controllers of line 3")
        self.assertIn(
            "Known: 02:31 Taipei on Friday 14 November 2025.", said["when it happened and when it was known"]
        )
        self.assertEqual((notice.complete, [one.name for one in notice.missing]),
                         ("3 of 6 contents", ["likely consequences", "measures taken and planned", "whom to ask"]))  # fmt: skip

    def test_is_told_of_on_the_page_of_its_clock(self) -> None:
        """What it must say, and who may approve it; Sam reads neither."""
        page = reverse("clocks-record", args=[self.clock.pk])
        self.sign_in(self.ben)
        for says in (
            "What the notice must say",
            "Likely consequences",
            f"Approved by {self.ada}, never by who drafts it.",
        ):
            self.assertContains(self.client.get(page), says)
        self.assertNotIn(self.ben, self.clock.approvers)
        self.sign_in(self.sam)
        self.assertEqual(self.client.get(page).status_code, 404)

    def test_leads_from_the_clock_to_the_notice(self) -> None:
        self.sign_in(self.ben)
        address = reverse("clocks-do", args=[self.clock.pk, "draft"])
        sent = self.client.post(address, {"language": "en", "version": self.clock.version})
        notice = reverse("incident-notices-record", args=[IncidentNotice.objects.get().pk])
        self.assertRedirects(sent, notice)
        self.assertContains(
            self.client.get(reverse("clocks-record", args=[self.clock.pk])), f'href="{notice}"'
        )

    def test_speaks_the_language_of_the_recipient(self) -> None:
        notice = self.drafted("zh-hant")
        self.assertIn("資安事件", notice.subject)
        self.assertEqual(notice.said[0].title, "發生了什麼事")

    def test_is_once_for_a_clock_until_it_is_discarded(self) -> None:
        notice = self.drafted()
        with self.assertRaisesMessage(Refused, "There is a notice under this clock already"):
            self.drafted()
        notices.discard(notice, by=self.ben, reason="Wrong customer")
        self.assertEqual(self.drafted().number, 2)

    def test_refuses_a_content_that_nobody_asks_for_and_a_mail_that_is_none(self) -> None:
        notice = self.drafted()
        with self.assertRaisesMessage(Refused, "“weather” is no content of this notice."):
            notices.write(notice, by=self.ben, recipient="C", subject="S", contents={"weather": "fine"})
        with self.assertRaisesMessage(Refused, "“nobody” is no mail address."):
            notices.write(notice, by=self.ben, recipient="C", subject="S", mail="nobody", contents={})

    def test_is_for_who_may_work_on_the_incident(self) -> None:
        with acting(TELLER, "story.grant"):
            grant(self.eva, "site_officer", self.khh2)
        for who in (self.cleo, self.dan, self.eva, self.sam):
            with self.subTest(who.name), self.assertRaises(PermissionDenied):
                notices.draft(self.clock, by=who, language=IncidentNotice.Language.ENGLISH)


class Approving(Noticing, TestCase):
    def test_is_for_somebody_else_who_may_decide(self) -> None:
        notice = self.written()
        with self.assertRaises(PermissionDenied):
            notices.approve(notice, by=self.ben)
        with acting(TELLER, "story.grant"):
            grant(self.ben, "group_ciso", self.khh1)
        with self.assertRaisesMessage(Refused, "Somebody else than who drafted it approves a notice."):
            notices.approve(notice, by=self.ben)
        notices.approve(notice, by=self.ada)
        self.assertEqual((notice.state, notice.approved_by), ("approved", self.ada))

    def test_of_what_has_gaps_needs_a_reason(self) -> None:
        notice = self.drafted()
        with self.assertRaisesMessage(
            Refused, "3 of 6 contents. Say why it goes out with gaps, or send it back."
        ):
            notices.approve(notice, by=self.ada)
        notices.approve(notice, by=self.ada, reason="The first word counts")
        self.assertEqual(notice.gaps_reason, "The first word counts")

    def test_closes_the_text_until_it_is_sent_back(self) -> None:
        notice = self.approved()
        with self.assertRaises(Refused):
            notices.write(notice, by=self.ben, recipient="C", subject="S", contents={})
        notices.send_back(notice, by=self.ada, reason="The date is wrong")
        self.assertEqual((notice.state, notice.approved_by), ("drafted", None))


class Sending(Noticing, TestCase):
    def test_ends_the_clock_and_keeps_the_proof(self) -> None:
        notice = self.approved()
        notices.record_sent(notice, by=self.ben, channel=IncidentNotice.Channel.PORTAL, proof="Receipt 4711")
        clock = self.clock
        self.assertEqual((clock.state, clock.done_at, clock.due_at), ("met", NOW, utc(13, 22, 31)))
        self.assertEqual((notice.proof, notice.sent_by), ("Receipt 4711", self.ben))

    def test_needs_approval_and_proof(self) -> None:
        with self.assertRaises(Refused):
            notices.record_sent(
                self.written(), by=self.ben, channel=IncidentNotice.Channel.PHONE, proof="Mr Lee"
            )
        notice = IncidentNotice.objects.get()
        notices.approve(notice, by=self.ada)
        with self.assertRaisesMessage(Refused, "Give the proof that it was sent."):
            notices.record_sent(notice, by=self.ben, channel=IncidentNotice.Channel.PHONE, proof=" ")

    def test_late_says_why_and_stays_late(self) -> None:
        notice = self.approved()
        with moments.standing_at(utc(13, 23)):
            with self.assertRaisesMessage(
                Refused, "It is late: it was due at 06:31 Taipei on Friday 14 November 2025."
            ):
                notices.record_sent(notice, by=self.ben, channel=IncidentNotice.Channel.MAIL, proof="mail")
            notices.record_sent(
                notice, by=self.ben, channel=IncidentNotice.Channel.MAIL, proof="mail", reason="No line"
            )
        clock = self.clock
        self.assertEqual((clock.state, clock.reason, clock.reason_by), ("late", "No line", self.ben))

    def test_at_the_last_moment_is_in_time(self) -> None:
        notice = self.approved()
        with moments.standing_at(utc(13, 22, 31)):
            notices.record_sent(notice, by=self.ben, channel=IncidentNotice.Channel.PHONE, proof="Ms Wu")
        self.assertEqual(self.clock.state, "met")

    def test_starts_the_stage_that_follows(self) -> None:
        self.save(NoticeFact(incident=self.incident, factor="significant_incident", holds=True))
        self.assertEqual(self.clocks()["nis2-final"].state, "waiting")
        notice = notices.draft(
            self.clocks()["nis2-notification"], by=self.ben, language=IncidentNotice.Language.ENGLISH
        )
        notices.approve(notice, by=self.ada, reason="First word")
        notices.record_sent(notice, by=self.ben, channel=IncidentNotice.Channel.PORTAL, proof="R-1")
        # Sent on 14 November at 05:12 in Taipei: one month later at the same time of day.
        self.assertEqual(self.clocks()["nis2-final"].due_at, utc(13, 21, 12, month=12))


class Owing(Noticing, TestCase):
    def owed(self, who: Person) -> list[str]:
        return owed_by(who, "incidents.clocks", "incidents.notices")

    def test_goes_from_hand_to_hand(self) -> None:
        self.assertEqual((self.owed(self.ben), self.owed(self.sam)), (["Draft the notice to C-0148"], []))
        notice = self.written()
        self.assertEqual((self.owed(self.ben), self.owed(self.ada)), ([], ["Approve the notice to C-0148"]))
        notices.approve(notice, by=self.ada)
        self.assertEqual(self.owed(self.ben), ["Send the notice to C-0148"])
        notices.record_sent(notice, by=self.ben, channel=IncidentNotice.Channel.PHONE, proof="Ms Wu")
        self.assertEqual(self.owed(self.ben), [])

    def test_asks_why_once_the_time_is_over(self) -> None:
        with moments.standing_at(utc(14, 3)):
            self.assertIn("Say why C-0148 was not told in time", self.owed(self.ben))

    def test_warns_once_in_the_last_quarter_and_once_when_it_is_over(self) -> None:
        def told(at: datetime) -> int:
            with moments.standing_at(at):
                return owing.warn(at)

        self.assertEqual(told(utc(13, 21, 31)), 0)  # one of four hours left
        self.assertEqual(told(utc(13, 21, 31) + timedelta(seconds=1)), 2)  # Ada and Ben
        self.assertEqual(told(utc(13, 22)), 0)
        self.assertEqual(told(utc(13, 22, 32)), 2)
        self.assertEqual(set(Notice.objects.filter(kind="clock.risk").values_list("person__name", flat=True)),
                         {"Ada Lin", "Ben Tan"})  # fmt: skip

    def test_warns_by_the_clock_of_each_reader_and_in_utc_where_the_rule_goes_by_another(self) -> None:
        self.save(self.mse, time_zone="Europe/Berlin")
        with acting(TELLER, "story.enter"):
            fay = person("A0000007", "Fay Wu", self.mse)
            account(fay, "fay")
            grant(fay, "group_ciso", self.group)
        owing.warn(utc(13, 22))
        told = {one.person_id: one for one in Notice.objects.filter(kind="clock.risk")}
        self.assertEqual(told[self.ben.pk].facts["at"], "2025-11-14 06:31 Asia/Taipei")
        self.assertEqual(told[fay.pk].facts["at"], "2025-11-13 23:31 Europe/Berlin (2025-11-13 22:31 UTC)")
        self.assertIn("by 2025-11-14 06:31 Asia/Taipei, and nothing", told[self.ben.pk].sentence())
        with override("zh-hant"):
            self.assertIn("應於 2025-11-14 06:31 Asia/Taipei 前通知", told[self.ben.pk].sentence())

    def test_looks_no_more_at_what_was_missed_a_week_ago(self) -> None:
        end = utc(13, 22, 31)
        for after, count in ((timedelta(days=7, seconds=1), 0), (timedelta(days=7), 2)):
            with moments.standing_at(end + after):
                self.assertEqual(owing.warn(end + after), count)


class Pages(Noticing, TestCase):
    def test_of_clocks_show_what_is_drafted_approved_sent_and_proved(self) -> None:
        notice = self.approved()
        rules.acknowledge(self.incident, by=self.ben)
        self.sign_in(self.ben)
        page = self.client.get(reverse("clocks-running"))
        self.assertContains(page, "C-0148")
        self.assertContains(page, "Fri 06:31")
        self.assertContains(page, "1 h 19 min")
        self.assertContains(self.client.get(f"/incidents/{self.incident.pk}/room/"), "Read and send")
        notices.record_sent(notice, by=self.ben, channel=IncidentNotice.Channel.PORTAL, proof="Receipt 4711")
        self.assertNotContains(self.client.get(reverse("clocks-running")), "C-0148")
        self.assertContains(self.client.get(reverse("clocks-running"), {"show": "met"}), "Receipt 4711")
        self.assertContains(
            self.client.get(f"/incidents/{self.incident.pk}/room/"), "Portal of the recipient, 05:12"
        )

    def test_of_an_incidents_clocks_say_why_and_what_waits(self) -> None:
        self.sign_in(self.ben)
        page = self.client.get(reverse("incident-clocks", args=[self.incident.pk]))
        self.assertContains(page, "So it is written in the contract with C-0148, MSA 14.2.")
        self.assertContains(page, "nis2-notification")

    def test_let_a_notice_be_written(self) -> None:
        notice = self.drafted()
        self.sign_in(self.ben)
        address = reverse("incident-notice-write", args=[notice.pk])
        self.assertContains(self.client.get(address), "Malware on the controllers of line 3")
        sent = {"version": 1, "recipient": "C-0148", "subject": "Notice", "content-3": "Lots are held."}
        self.assertEqual(self.client.post(address, sent).status_code, 302)
        notice.refresh_from_db()
        self.assertEqual(notice.contents, {"likely consequences": "Lots are held."})
        self.assertContains(self.client.post(address, sent), "Somebody else", status_code=422)

    def test_give_the_notice_as_text_and_on_paper(self) -> None:
        notice = self.written()
        self.sign_in(self.ben)
        text = self.client.get(reverse("incident-notice-take-out", args=[notice.pk, "md"])).content.decode()
        self.assertIn("Malware on the controllers of line 3", text)
        self.assertEqual(letters.write(notice, "pdf")[:5], b"%PDF-")
        self.assertEqual(letters.write(notice, "docx")[:2], b"PK")

    def test_are_told_to_programs(self) -> None:
        notice = self.drafted()
        self.sign_in(self.ben)
        (clock,) = self.client.get(f"/api/incidents/{self.incident.pk}/clocks").json()
        self.assertEqual((clock["whom"], clock["due"], clock["state"], clock["notice_state"]),
                         ("C-0148", "2025-11-13T22:31:00Z", "running", "drafted"))  # fmt: skip
        body = {"recipient": "C-0148", "subject": "Notice", "contents": {"whom to ask": "Ben Tan"}}
        address = f"/api/incident-notices/{notice.pk}/write"
        answer = self.client.post(address, body, content_type="application/json")
        self.assertEqual(answer.json()["complete"], "1 of 6 contents")

    def test_are_not_for_sam_or_eva(self) -> None:
        notice = self.drafted()
        for who in (self.sam, self.eva):
            self.sign_in(who)
            for name, key in (("incident-clocks", self.incident.pk), ("incident-notice-write", notice.pk)):
                self.assertEqual(self.client.get(reverse(name, args=[key])).status_code, 404)
            self.assertEqual(self.client.get(f"/api/incidents/{self.incident.pk}/clocks").status_code, 404)
            self.assertNotIn("C-0148", self.client.get(reverse("clocks-running")).content.decode())


class Counting(Noticing, TestCase):
    def test_gives_the_share_that_was_met_of_what_ended(self) -> None:
        notices.record_sent(self.approved(), by=self.ben, channel=IncidentNotice.Channel.PHONE, proof="Ms Wu")
        self.clause("C-0031", term=1)  # missed at 03:31
        self.clause("C-0099", term=48)  # runs
        found = clocks_met(Scope.of_year(2025))
        self.assertEqual((found.of.count(), found.having.count()), (2, 1))
        reading = read("incidents.clocks_met", Scope.of_year(2025))[self.khh1.pk]
        self.assertEqual((reading.numerator, reading.denominator), (1, 2))
