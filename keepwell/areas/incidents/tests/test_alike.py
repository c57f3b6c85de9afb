"""Similar reports: what is suggested and why, to whom, at which cost, and one incident made of them from there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import Incident, Report, TimelineEntry
from keepwell.areas.incidents.rules import intake
from keepwell.areas.incidents.rules.alike import alike
from keepwell.areas.incidents.tests.mails import letter, suspicious, take
from keepwell.platform.acts.act import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.people.models import Person
from keepwell.platform.todos.models import Debt
from keepwell.platform.tree.models import Unit
from tests.cast import NOW, TELLER, Cast

SCREENS = "The screens on line 3 show a red page that asks for money."
LOADERS = "Red page on the loaders of line 3, it asks for money in English."
WATER = "Water drips from the ceiling of the canteen since noon."


class Told(Cast, TestCase):
    """The cast at night, and reports at KHH1."""

    scene_at = NOW

    def scene(self) -> None:
        self.first = self.report(SCREENS)

    def report(
        self, says: str, at: Unit | None = None, before: timedelta = timedelta(), **facts: Any
    ) -> Report:
        with acting(TELLER, "story.report"):
            made = Report(unit=at or self.khh1, says=says, channel="page", received_at=NOW - before, **facts)
            made.save()
        return made

    def like(self, person: Person | None = None) -> list[str]:
        return [one.report.says for one in alike(self.first, person or self.ben)]

    def why(self, other: Report) -> str:
        return " · ".join(next(one.says for one in alike(self.first, self.ben) if one.report == other))


class Suggesting(Told):
    def test_names_the_words_that_both_use_and_leaves_others_out(self) -> None:
        second = self.report(LOADERS, before=timedelta(minutes=40))
        self.report(WATER)
        self.assertEqual(self.like(), [LOADERS])
        self.assertEqual(self.why(second), "same words: money, asks, line, page, red · 40 minutes apart")

    def test_takes_the_same_place_near_in_time(self) -> None:
        self.first = self.report("Screens stand.", spot="Line 3")
        self.report("Window asks for a key.", spot="Line 3, ENG-3", before=timedelta(minutes=9))
        self.report("Nothing moves.", spot="Line 4")
        self.report("Long ago.", spot="Line 3", before=timedelta(days=3))
        self.assertEqual(self.like(), ["Window asks for a key."])

    def test_takes_two_signs_that_stand_together_where_no_blank_parts_words(self) -> None:
        self.first = self.report("三號線的螢幕出現紅色畫面，要求付款。")
        other = self.report("螢幕變成紅色畫面，寫著要求付款。", before=timedelta(hours=3))
        self.report("餐廳的天花板漏水。")
        self.assertEqual(self.like(), [other.says])
        with override("zh-hant"):
            self.assertIn("紅色畫面, 要求付款, 螢幕", self.why(other))

    def test_takes_a_web_address_with_and_without_fangs_and_writes_it_without(self) -> None:
        self.first = self.report("Clicked http://login.evil.example/konto yesterday.")
        other = self.report("Mail leads to hxxp://login[.]evil[.]example/konto", before=timedelta(days=6))
        self.assertEqual(self.why(other), "both name hxxp://login[.]evil[.]example/konto · 6 days apart")

    @override_settings(KEEPWELL_URL="https://kw.example")
    def test_takes_every_kind_of_indicator_but_no_name_of_our_own(self) -> None:
        self.first = self.report("It opened Rechnung.docm, then EVIL\\svc, see kw.example.")
        other = self.report("rechnung.docm came again")
        account = self.report("Who is EVIL\\svc?")
        self.report("Is kw.example down?")
        self.assertEqual(set(self.like()), {other.says, account.says})
        self.assertIn("both name rechnung.docm", self.why(other))

    def test_does_not_count_an_indicator_among_the_words_too(self) -> None:
        self.first = self.report("http://one.evil.example/two/three/four")
        other = self.report("http://one.evil.example/two/three/four")
        self.assertEqual(
            self.why(other), "both name hxxp://one[.]evil[.]example/two/three/four · 0 minutes apart"
        )

    def test_forgets_what_is_older_than_a_week(self) -> None:
        self.report(LOADERS, before=timedelta(days=7, minutes=1))
        self.assertEqual(self.like(), [])

    def test_does_not_take_words_that_stand_in_every_report(self) -> None:
        """Seven reports that begin alike, as if from a form."""
        form = "Shift report of the night, team seven, building two: "
        self.first = self.report(form + "printer jammed")
        for number in range(6):
            self.report(form + f"lamp{number}{number} broken{number}")
        self.assertEqual(self.like(), [])

    @override_settings(KEEPWELL_REPORTS_MAIL="report@kw.example")
    def test_takes_the_same_sender_and_the_same_suspicious_mail_also_at_another_site(self) -> None:
        evil = suspicious()

        def forwarded(number: int, site: str, sender: str) -> Report:
            mail = letter(
                f"Strange {number}",
                id=f"<{number}@home.example>",
                to=f"report+{site}@kw.example",
                sender=sender,
            )
            mail.add_attachment(evil)
            return take(mail, sent_by=sender).report

        self.first = forwarded(1, "khh1", "w@home.example")
        same_mail = forwarded(2, "khh2", "x@home.example")
        another = letter(
            "Something else", id="<3@home.example>", to="report+khh1@kw.example", sender="w@home.example"
        )
        same_sender = take(another).report
        found = {one.report: " · ".join(one.says) for one in alike(self.first, self.ada)}
        self.assertIn("same file", found[same_mail])
        self.assertIn("hxxps://login[.]evil[.]example/konto?u=eva", found[same_mail])
        self.assertIn("same sender", found[same_sender])
        self.assertEqual([one.report for one in alike(self.first, self.ben)], [same_sender])


class Seeing(Told):
    def test_is_only_what_this_person_may_see(self) -> None:
        self.report(LOADERS)
        kept = self.report(SCREENS + " Canary.", before=timedelta(minutes=5))
        incident = intake.open_incident(kept, by=self.ben, title="Kept")
        rules.restrict(incident, by=self.ben, reason="Concerns somebody here.")
        self.assertEqual(len(self.like(self.ben)), 2)
        self.assertEqual(self.like(self.ada), [LOADERS])
        self.sign_in(self.ada)
        self.assertNotContains(self.client.get(reverse("report-alike", args=[self.first.pk])), "Canary")

    def test_compares_nothing_that_was_told_without_a_name(self) -> None:
        intake.send(intake.Told(self.khh1, SCREENS + " Canary."), is_unnamed=True)
        self.assertEqual(self.like(), [])

    def test_opens_for_who_sees_the_report_and_not_for_sam(self) -> None:
        other = self.report(LOADERS)
        address = reverse("report-alike", args=[self.first.pk])
        for who, status in (
            (self.ben, 200),
            (self.ada, 200),
            (self.sam, 404),
            (self.eva, 404),
            (self.dan, 404),
        ):
            self.sign_in(who)
            with self.subTest(str(who)):
                self.assertEqual(self.client.get(address).status_code, status)
                sent = (
                    self.client.post(address, {"title": "x", "report": [other.reference]})
                    if status != 200
                    else None
                )
                self.assertIn(sent.status_code if sent else 404, (403, 404))
        self.assertEqual(Incident.objects.count(), 0)
        self.sign_in(self.ben)
        self.assertContains(self.client.get(address), "1 similar report")
        self.assertContains(
            self.client.get(reverse("reports-record", args=[self.first.pk])), f'hx-get="{address}'
        )
        part = self.client.get(address, headers={"HX-Request": "true"})
        self.assertNotContains(part, "<html")

    def test_costs_the_same_for_two_and_for_forty(self) -> None:
        self.report(LOADERS)
        self.sign_in(self.ben)
        address = reverse("report-alike", args=[self.first.pk])
        counts = []
        for _turn in range(2):
            self.client.get(address)
            with CaptureQueriesContext(
                connection,
            ) as asked:
                self.client.get(address)
            counts.append(len(asked))
            for number in range(40):
                self.report(f"{LOADERS} Number {number}", before=timedelta(minutes=number))
        self.assertEqual(counts[0], counts[1])


class Together(Told):
    def test_makes_one_incident_of_two_reports_since_the_first_of_them(self) -> None:
        other = self.report(LOADERS, before=timedelta(minutes=40))
        self.sign_in(self.ben)
        address = reverse("report-alike", args=[self.first.pk])
        self.assertContains(self.client.get(address), "Make one incident of these")
        sent = self.client.post(address, {"title": "Malware on line 3", "report": [other.reference]})
        incident = Incident.objects.get()
        self.assertRedirects(sent, reverse("incident-room", args=[incident.pk]))
        self.assertEqual(
            (incident.title, incident.reported_at), ("Malware on line 3", NOW - timedelta(minutes=40))
        )
        self.assertEqual({one.state for one in incident.reports.all()}, {"settled"})
        self.assertEqual(incident.reports.count(), 2)
        self.assertFalse(Debt.objects.open().filter(record_id__in=[self.first.pk, other.pk]).exists())
        self.assertEqual(TimelineEntry.objects.filter(verb="reported").count(), 2)

    def test_joins_to_the_incident_of_the_other(self) -> None:
        other = self.report(LOADERS, before=timedelta(minutes=40))
        third = self.report(LOADERS + " Still.", before=timedelta(minutes=10))
        incident = intake.open_incident(other, by=self.ben, title="Malware on line 3")
        self.sign_in(self.ben)
        address = reverse("report-alike", args=[self.first.pk])
        self.assertContains(self.client.get(address), f"Join to {incident}")
        sent = self.client.post(address, {"number": incident.number, "report": [third.reference]})
        self.assertRedirects(sent, reverse("reports-record", args=[self.first.pk]))
        self.assertEqual(incident.reports.count(), 3)

    def test_brings_further_ones_to_the_incident_that_a_report_has(self) -> None:
        incident = intake.open_incident(self.first, by=self.ben, title="Malware on line 3")
        other = self.report(LOADERS)
        self.sign_in(self.ben)
        address = reverse("report-alike", args=[self.first.pk])
        self.assertContains(self.client.get(address), f"Add those chosen to {incident}")
        self.client.post(address, {"number": incident.number, "report": [other.reference]})
        self.assertEqual(incident.reports.count(), 2)

    def test_writes_nothing_where_one_of_them_cannot_be(self) -> None:
        foreign, settled = self.report(LOADERS, at=self.pen1), self.report(LOADERS)
        intake.settle(settled, by=self.ben, reason="A test.")
        self.sign_in(self.ben)
        address = reverse("report-alike", args=[self.first.pk])
        for chosen in (foreign.reference, settled.reference, "RP-NONE", "<script>"):
            sent = self.client.post(address, {"title": "Malware", "report": [chosen]})
            self.assertContains(sent, "No open report without an incident", status_code=422)
        self.assertContains(
            self.client.post(address, {"title": " "}), "Give the incident a title", status_code=422
        )
        self.assertContains(
            self.client.post(address, {"number": "IN-1"}), "No open incident", status_code=422
        )
        with self.assertRaisesMessage(Refused, "At most 20"):
            intake.open_incident(
                self.first, by=self.ben, title="x", also=" ".join(f"RP-{n}" for n in range(21))
            )
        self.first.refresh_from_db()
        self.assertEqual((Incident.objects.count(), self.first.state), (0, "new"))

    def test_of_another_site_touches_that_site_too(self) -> None:
        other = self.report(LOADERS, at=self.khh2)
        incident = intake.open_incident(
            self.first, by=self.ada, title="Malware", also=other.reference.lower()
        )
        self.assertEqual([unit.code for unit in incident.affected_units.all()], ["KHH2"])

    def test_is_for_who_may_work_there(self) -> None:
        other = self.report(LOADERS)
        for who in (self.sam, self.eva, self.cleo):
            with self.subTest(str(who)), self.assertRaises(PermissionDenied):
                intake.open_incident(self.first, by=who, title="x", also=other.reference)
