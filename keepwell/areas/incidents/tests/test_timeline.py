"""The timeline of an incident and its room: who writes, what acts write, what a correction keeps, who sees it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import Incident, TimelineEntry
from keepwell.areas.incidents.rules import costs, intake, timeline
from keepwell.areas.incidents.tests.stories import Reported
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.history.bulk import create_all
from tests.cast import NOW, TELLER, account, grant, person

LATER = NOW + timedelta(minutes=24)
WORDS = re.compile("<p>(.*?)</p>")


class Story(Reported):
    def entries(self) -> list[str]:
        rows = TimelineEntry.objects.filter(incident=self.incident).standing().newest_first()
        return [entry.told for entry in rows]

    def enter(self, says: str, **more: str) -> TimelineEntry:
        return rules.enter(self.incident, by=self.ben, says=says, **more)


class Entering(Story, TestCase):
    def test_keeps_the_moment_with_its_zone(self) -> None:
        """05:12 in Taipei is 21:12 UTC of the day before."""
        cases = [
            ("", "", NOW, "Asia/Taipei"),
            ("05:12", "", NOW, "Asia/Taipei"),
            ("05:13", "", NOW - timedelta(hours=24) + timedelta(minutes=1), "Asia/Taipei"),
            ("22:11", "Europe/Berlin", NOW - timedelta(minutes=1), "Europe/Berlin"),
            ("2025-11-14 02:10", "", datetime(2025, 11, 13, 18, 10, tzinfo=UTC), "Asia/Taipei"),
            ("2025-11-13T19:10+01:00", "", datetime(2025, 11, 13, 18, 10, tzinfo=UTC), "Asia/Taipei"),
        ]
        for at, zone, moment, kept in cases:
            with self.subTest(at=at, zone=zone):
                entry = self.enter("Line 3 stands.", at=at, zone=zone)
                self.assertEqual((entry.at, entry.zone), (moment, kept))
        self.assertEqual(f"{self.enter('x', at='22:11', zone='Europe/Berlin').local_at:%H:%M}", "22:11")

    def test_refuses_in_one_sentence_what_cannot_be(self) -> None:
        wrong = [
            ({"says": " "}, "Write an entry of 1 to 4000 characters."),
            ({"says": "x" * 4001}, "Write an entry of 1 to 4000 characters."),
            ({"says": "x", "kind": "rumour"}, "There is no kind of entry “rumour”"),
            ({"says": "x", "kind": "decision"}, "A decision has a reason"),
            ({"says": "x", "at": "2025-11-14 05:13"}, "That moment lies ahead"),
            ({"says": "x", "at": "soon"}, "“soon” is no moment"),
            ({"says": "x", "zone": "Asia"}, "No time zone is called “Asia”"),
            ({"says": "x", "zone": "../../etc/passwd"}, "No time zone is called"),
        ]
        for given, says in wrong:
            with self.subTest(says), self.assertRaisesMessage(Refused, says):
                self.enter(**given)
        self.assertEqual(self.entries(), [])

    def test_takes_a_decision_with_its_reason_and_who_decided(self) -> None:
        entry = self.enter(
            "Keep line 4 running.", kind="decision", reason="No sign of spread in two checks",
            decided_by="Ben Tan, plant manager",
        )  # fmt: skip
        self.assertEqual(
            (entry.because, entry.decided_by), ("No sign of spread in two checks", "Ben Tan, plant manager")
        )
        self.assertEqual(self.enter("Cut zone 4.", kind="decision", reason="Spread").decided_by, "Ben Tan")

    def test_is_for_who_may_work_on_the_incident(self) -> None:
        with acting(TELLER, "story.grant"):
            other = person("A0000007", "Olga Ong", self.pen1)
            grant(other, "site_officer", self.pen1)
        for who in (self.sam, self.eva, self.cleo, other):
            with self.subTest(who.name), self.assertRaises(PermissionDenied):
                rules.enter(self.incident, by=who, says="x")


class Correcting(Story, TestCase):
    def test_keeps_the_earlier_words(self) -> None:
        first = self.enter("Line 2 stands.")
        second = rules.correct(first, by=self.ada, says="Line 3 stands.", at="05:10")
        rules.correct(second, by=self.ben, says="Line 3 and 4 stand.")
        self.assertEqual(self.entries(), ["Line 3 and 4 stand."])
        kept = TimelineEntry.objects.filter(incident=self.incident).order_by("revision")
        self.assertEqual(
            [(e.revision, e.says, e.person, e.is_latest) for e in kept],
            [(1, "Line 2 stands.", self.ben, False), (2, "Line 3 stands.", self.ada, False),
             (3, "Line 3 and 4 stand.", self.ben, True)],
        )  # fmt: skip
        self.assertEqual([e.at for e in kept], [NOW, NOW - timedelta(minutes=2), NOW - timedelta(minutes=2)])

    def test_is_refused_for_earlier_words_and_for_what_an_act_wrote(self) -> None:
        first = self.enter("Line 2 stands.")
        rules.correct(first, by=self.ben, says="Line 3 stands.")
        rules.acknowledge(self.incident, by=self.ben)
        by_act = TimelineEntry.objects.get(verb="acknowledge")
        for entry in (first, by_act):
            with self.assertRaisesMessage(Refused, "present state"):
                rules.correct(entry, by=self.ben, says="No")

    def test_is_the_only_way_to_change_an_entry(self) -> None:
        entry = self.enter("Line 2 stands.")
        entry.says = "Line 3 stands."
        with acting(TELLER, "story.edit"), self.assertRaisesMessage(ValidationError, "further revision"):
            entry.save()


class Acts(Story, TestCase):
    def test_write_what_they_did_by_themselves(self) -> None:
        incident = self.incident
        rules.acknowledge(incident, by=self.ben)
        rules.classify(incident, by=self.ben, facts={"effect": True, "core_system": True})
        with moments.standing_at(LATER):
            facts = {"core_system": True, "outage_hours": 3, "tolerable_hours": 2}
            rules.classify(incident, by=self.ben, facts=facts)
            rules.respond(incident, by=self.ben)
            rules.contain(incident, by=self.ben, at=NOW + timedelta(minutes=12))
            rules.classify(incident, by=self.ben, facts=facts, level=2, reason="Spare line runs")
        self.assertEqual(
            sorted(self.entries()),
            ["Classified as S2.", "Contained: it spreads no further.", "Level lowered from S3 to S2.",
             "Level raised from S2 to S3.", "Taken up by Ben Tan, who leads from now on.", "The response began."],
        )  # fmt: skip
        raised = TimelineEntry.objects.get(says__startswith="Level raised")
        self.assertEqual((raised.at, raised.is_level, raised.person), (LATER, True, self.ben))
        self.assertEqual(
            raised.because, "A core system has been down for 3 h, longer than the tolerable 2 h."
        )
        lowered = TimelineEntry.objects.get(says__startswith="Level lowered")
        self.assertEqual((lowered.kind, lowered.because), ("decision", "Spare line runs"))
        self.assertEqual(TimelineEntry.objects.get(verb="contain").at, NOW + timedelta(minutes=12))

    def test_are_told_in_the_language_of_the_reader(self) -> None:
        rules.classify(self.incident, by=self.ben, facts={"effect": True})
        with override("zh-hant"):
            self.assertEqual(self.entries(), ["分級為 S1。"])

    def test_tell_of_a_report_that_belongs_to_it(self) -> None:
        with acting(TELLER, "story.report"):
            report = intake.Report(unit=self.khh1, says="The screens ask for money.")
            report.save()
        with moments.standing_at(LATER):
            intake.join(report, by=self.ben, number=self.incident.number)
        entry = TimelineEntry.objects.get(incident=self.incident)
        self.assertEqual(
            (entry.told, entry.at), (f"Report {report} was received, and belongs to it.", report.received_at)
        )


class Costs(Story, TestCase):
    def test_are_summed_by_currency_without_what_was_taken_out(self) -> None:
        rules.record_cost(self.incident, by=self.ben, what="Line 3", amount=Decimal("184000"), currency="usd")
        rules.record_cost(
            self.incident, by=self.ben, what="Forensics", amount=Decimal("1200.50"), currency="TWD"
        )
        wrong = rules.record_cost(
            self.incident, by=self.ben, what="Twice", amount=Decimal("9"), currency="TWD"
        )
        rules.record_cost(self.incident, by=self.ben, what="Travel", amount=Decimal("0.50"), currency="TWD")
        costs.strike(wrong, by=self.ben, reason="Recorded twice")
        self.assertEqual(
            costs.sums(self.incident, self.ben), [("USD", Decimal("184000")), ("TWD", Decimal("1201.00"))]
        )

    def test_have_a_currency_and_are_not_negative(self) -> None:
        for amount, currency in ((Decimal("-1"), "TWD"), (Decimal("1"), "dollars")):
            with self.assertRaises(Refused):
                rules.record_cost(self.incident, by=self.ben, what="x", amount=amount, currency=currency)


class Room(Story, TestCase):
    def page(self, name: str = "incident-room", **query: str) -> str:
        found = reverse(name, args=[self.incident.pk])
        return found + "?" + "&".join(f"{key}={value}" for key, value in query.items()) if query else found

    def test_shows_the_head_the_timeline_and_why(self) -> None:
        rules.classify(self.incident, by=self.ben, facts={"plant": 2})
        self.enter("Line 3 stands.", source="the shift’s log", confidence="likely")
        rules.record_cost(self.incident, by=self.ben, what="Line 3", amount=Decimal("184000"), currency="USD")
        self.sign_in(self.ben)
        answer = self.client.get(self.page())
        for words in ("Malware on the controllers of line 3", "S3 Major", "Why S3", "Line 3 stands.",
                      "source: the shift’s log", "Likely", "2 entries, newest first, live", "USD 184,000",
                      "Reported"):  # fmt: skip
            self.assertContains(answer, words)
        self.assertContains(
            self.client.get(reverse("incidents-record", args=[self.incident.pk])), self.page()
        )

    def test_takes_an_entry_without_a_script(self) -> None:
        self.sign_in(self.ben)
        answer = self.client.post(self.page(), {"says": "Line 3 stands.", "kind": "observed"}, follow=True)
        self.assertContains(answer, "Line 3 stands.")
        wrong = self.client.post(self.page(), {"says": "Keep line 4 running", "kind": "decision"})
        self.assertContains(wrong, "A decision has a reason", status_code=422)
        self.assertContains(wrong, 'value="Keep line 4 running"', status_code=422)

    def test_answers_a_screen_with_nothing_until_something_changed(self) -> None:
        self.sign_in(self.ben)
        mark = self.client.get(self.page()).context["mark"]
        self.assertEqual(self.client.get(self.page("incident-newest", beat=mark)).status_code, 204)
        self.enter("Line 3 stands.")
        answer = self.client.get(self.page("incident-newest", beat=mark))
        self.assertContains(answer, "Line 3 stands.")
        self.assertNotContains(answer, 'id="enter"')
        after = answer.context["mark"]
        rules.record_cost(self.incident, by=self.ben, what="Line 3", amount=Decimal("1"), currency="USD")
        self.assertEqual(self.client.get(self.page("incident-newest", beat=after)).status_code, 200)

    def test_leads_through_older_entries_in_pages_and_by_kind(self) -> None:
        self.fill(120)
        self.enter("Cut zone 4.", kind="decision", reason="Spread")
        self.sign_in(self.ben)
        told: list[str] = []
        older: str | None = ""
        while older is not None:
            shown = self.client.get(self.page(), {"before": older}).context["shown"]
            told += WORDS.findall("".join(shown.lines))
            older = shown.older or None
        self.assertEqual(told, ["Cut zone 4.", *(f"Entry {n}" for n in range(120))])
        only = self.client.get(self.page(kind="decision")).context["shown"]
        self.assertEqual(WORDS.findall("".join(only.lines)), ["Cut zone 4."])
        self.assertEqual(self.client.get(self.page(before="nonsense", kind="nonsense")).status_code, 200)

    def test_costs_the_same_for_one_entry_and_two_hundred(self) -> None:
        self.fill(1)
        self.enter("Line 3 stands.")
        self.sign_in(self.ben)
        self.client.get(self.page())
        with CaptureQueriesContext(connection) as few:
            self.client.get(self.page())
        self.fill(200)
        with CaptureQueriesContext(connection) as many:
            self.client.get(self.page())
        self.assertEqual(len(many), len(few))
        mark = self.client.get(self.page()).context["mark"]
        with CaptureQueriesContext(connection) as poll:
            self.assertEqual(self.client.get(self.page("incident-newest", beat=mark)).status_code, 204)
        self.assertEqual(len(poll), 1)

    def test_answers_nothing_to_a_mark_that_nobody_gave(self) -> None:
        self.fill(1)
        rules.acknowledge(self.incident, by=self.ben)
        self.sign_in(self.ben)
        mark = str(self.client.get(self.page()).context["mark"])
        self.client.logout()
        for beat in (
            "",
            mark[:-1],
            "0.".join(mark.rsplit(".", 1)),
            f"{self.incident.pk}.2.2.1.x",
            "x",
            mark + "\x00",
        ):
            with self.subTest(beat):
                answer = self.client.get(self.page("incident-newest"), {"beat": beat})
                self.assertEqual(answer.status_code, 302)
        self.assertEqual(self.client.get(self.page("incident-newest"), {"beat": mark}).content, b"")
        self.enter("Line 3 stands.")
        self.assertEqual(self.client.get(self.page("incident-newest"), {"beat": mark}).status_code, 302)
        with moments.standing_at(NOW + timedelta(minutes=5)):
            self.assertEqual(self.client.get(self.page("incident-newest"), {"beat": mark}).status_code, 302)

    def test_is_not_there_for_sam_eva_or_another_site(self) -> None:
        with acting(TELLER, "story.grant"):
            other = person("A0000007", "Olga Ong", self.pen1, mail="olga@meridian.example")
            grant(other, "site_officer", self.pen1)
            account(other, "olga")
        for who in (self.sam, self.eva, other):
            self.sign_in(who)
            for address in (self.page(), self.page("incident-newest")):
                with self.subTest(who.name, address=address):
                    self.assertEqual(self.client.get(address).status_code, 404)
            self.assertEqual(self.client.post(self.page(), {"says": "x"}).status_code, 404)
        self.assertEqual(self.entries(), [])

    def test_is_read_and_not_written_by_an_auditor(self) -> None:
        with acting(TELLER, "story.grant"):
            grant(self.eva, "auditor", self.khh1)
        self.sign_in(self.eva)
        self.assertNotContains(self.client.get(self.page()), 'id="enter"')
        self.assertEqual(self.client.post(self.page(), {"says": "x"}).status_code, 403)

    def test_is_written_by_programs_too(self) -> None:
        self.sign_in(self.ben)
        address = f"/api/incidents/{self.incident.pk}/enter"
        body = {"says": "Line 3 stands.", "at": "05:00", "version": self.incident.version}
        answer = self.client.post(address, body, content_type="application/json")
        self.assertEqual(answer.status_code, 200, answer.content)
        listed = self.client.get("/api/timeline-entries").json()["items"]
        self.assertEqual([row["told"] for row in listed], ["Line 3 stands."])

    def fill(self, count: int) -> None:
        rows = [
            TimelineEntry(incident=self.incident, number=n, says=f"Entry {n}", at=NOW - timedelta(minutes=n + 1), person=self.ben)
            for n in range(count)
        ]  # fmt: skip
        with acting(TELLER, "story.fill"):
            create_all(rows)


class NewestFirst(Story, TestCase):
    def test_reads_an_index_and_no_more_than_a_page(self) -> None:
        with CaptureQueriesContext(connection) as asked:
            list(TimelineEntry.objects.filter(incident=self.incident).standing().newest_first()[:51])
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("EXPLAIN QUERY PLAN " + asked[0]["sql"])
                plan = " ".join(str(row) for row in cursor.fetchall())
                self.assertIn("timeline_newest", plan)
                self.assertNotIn("TEMP B-TREE", plan)
        self.assertEqual(Incident.objects.count(), 1)


class WhomItNames(Story, TestCase):
    def test_is_read_in_the_script_of_the_reader_whoever_wrote_it(self) -> None:
        with acting(TELLER, "story.people"):
            ada = person("A0000009", "Ada Lin", self.group, name_local="林雅達")
        for language in ("en", "zh-hant"):
            with self.subTest(language), acting(ada, "story.name"), override(language):
                entry = timeline.note(
                    self.incident, "%(name)s acknowledged S%(level)s.", verb="acknowledge", by=ada, level=2,
                    **timeline.named(ada),
                )  # fmt: skip
            with override("en"):
                self.assertEqual(entry.told, "Ada Lin acknowledged S2.")
            with override("zh-hant"):
                self.assertEqual(entry.told, "林雅達 已確認獲知 S2。")
