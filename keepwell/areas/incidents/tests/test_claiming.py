"""R12: whom a reporter says it concerns is kept out from the first moment, until somebody else decides."""

from __future__ import annotations

import json
from typing import Any

from django.test import SimpleTestCase
from django.urls import reverse

from keepwell.areas.incidents.jobs import tell_readers
from keepwell.areas.incidents.models import Disclosure, ImplicatedPerson, Report
from keepwell.areas.incidents.rules import claiming, implicating, intake
from keepwell.areas.incidents.rules.languages import languages
from keepwell.areas.incidents.tests.mails import letter, take
from keepwell.areas.incidents.tests.test_intake import Telling
from keepwell.platform.history.acting import acting
from keepwell.platform.notices.models import Notice
from keepwell.platform.people.models import Account, Person
from keepwell.platform.todos.owing import debtor_of
from tests.cast import TELLER, account, grant, person

BEN = Person(name="Ben Tan", name_local="陳彬", mail="a0000002@meridian.example", number="M-0021")
BEN.account = Account(sign_in_name="bt7", person=BEN)


class WhoIsMeant(SimpleTestCase):
    def test_is_told_by_full_name_mail_address_or_sign_in_name(self) -> None:
        for text in ("Ben Tan", "BEN  TAN", "Ｂｅｎ Ｔａｎ", "Tan, Ben", "tan ben", "Mr. Ben\u200b Tan!", "it was BenTan",
                     "陳彬", "陳 彬", "請查陳彬經理", "請查Ben Tan經理", "A0000002@MERIDIAN.example",
                     "<a0000002@meridian.example>",
                     "ben.tan", "user bt7 did it", "employee m-0021", "M-0021"):  # fmt: skip
            with self.subTest(text):
                self.assertTrue(claiming.is_meant(BEN, text))

    def test_is_nobody_whose_name_is_but_part_of_another(self) -> None:
        for text in ("", "Ben", "Tan", "Reuben Tan", "Ben Tanaka", "xa0000002@meridian.example.org", "bt71", "abt7", "彬",
                     "Gina Ho", "M-00210"):  # fmt: skip
            with self.subTest(text):
                self.assertFalse(claiming.is_meant(BEN, text))

    def test_is_said_by_a_line_of_a_mail(self) -> None:
        said = claiming.said_in("Hello Ben Tan,\n\nConcerns: Gina Ho\n涉及：陳彬\nLine 3 stands.", 300)
        self.assertEqual(said, "Gina Ho; 陳彬")
        self.assertEqual(claiming.said_in("It does not concern me.", 300), "")


class Accused(Telling):
    """Ben is the officer of KHH1; Gina looks after the group's security; both may read what is told without a name."""

    def scene(self) -> None:
        super().scene()
        with acting(TELLER, "story.enter"):
            self.ben.name_local = "陳彬"
            self.ben.save()
            self.gina = person("A0000007", "Gina Ho", self.group, name_local="何琴")
            account(self.gina, "gina")
            grant(self.gina, "group_ciso", self.group)

    def kept_out(self) -> dict[str, str]:
        rows = ImplicatedPerson.objects.select_related("person")
        return {one.person.name: one.state for one in rows}

    def reads(self, who: Person) -> bool:
        return Report.objects.visible_to(who).exists()


class EveryDoor(Accused):
    """Each way by which a report comes, with the same words."""

    def assert_kept(self) -> None:
        report = Report.objects.get()
        self.assertEqual((report.concerns, self.kept_out()), ("It is ben tan.", {"Ben Tan": "claimed"}))
        self.assertEqual((self.reads(self.ben), self.reads(self.gina)), (False, True))
        self.assertEqual(debtor_of(report, intake.LOOK), ("group_ciso", self.group))

    def test_keeps_out_by_the_page(self) -> None:
        self.code(self.send(site="KHH1", concerns="It is ben tan."))
        self.assert_kept()

    def test_keeps_out_with_an_account(self) -> None:
        self.sign_in(self.eva)
        told = {"says": "Access is sold", "site": "KHH1", "ongoing": "yes", "concerns": "It is ben tan."}
        self.assertEqual(self.client.post(reverse("my-report-new"), told).status_code, 302)
        self.assert_kept()

    def test_keeps_out_by_mail(self) -> None:
        take(letter("Access is sold.\nConcerns: It is ben tan.", to="report+KHH1@kw.example"))
        self.assert_kept()

    def test_keeps_out_by_programs(self) -> None:
        self.sign_in(self.eva)
        told = {"says": "Access is sold", "site": "KHH1", "concerns": "It is ben tan."}
        answer = self.client.post("/api/my-reports", json.dumps(told), content_type="application/json")
        self.assertEqual(answer.status_code, 201, answer.content)
        self.assert_kept()

    def test_keeps_out_by_hand(self) -> None:
        self.sign_in(self.gina)
        told = {
            "unit": "KHH1",
            "says": "Access is sold",
            "ongoing": "yes",
            "concerns": "It is ben tan.",
        }
        answer = self.client.post("/reports/new/", told)
        self.assertEqual(answer.status_code, 302, answer.content.decode()[-3000:])
        self.assert_kept()


class Claims(Accused):
    def setUp(self) -> None:
        super().setUp()
        self.code(self.send(site="KHH1", concerns="陳彬 or Ben Tan", says="Access is sold"))
        self.report = Report.objects.get()
        self.claimed = ImplicatedPerson.objects.get()

    def test_are_shown_to_who_is_left_and_to_nobody_else(self) -> None:
        page = reverse("reports-record", args=[self.report.pk])
        self.sign_in(self.gina)
        self.assertContains(self.client.get(page), "Kept out by the words of the report")
        implicating.confirm(self.claimed, by=self.gina, reason="He is meant.")
        self.assertContains(self.client.get(page), "He is meant.")
        for who in (self.ben, self.sam):
            self.sign_in(who)
            for path in (page, reverse("implicated-persons-record", args=[self.claimed.pk])):
                self.assertEqual(self.client.get(path).status_code, 404)

    def test_end_where_somebody_else_clears_them(self) -> None:
        implicating.clear(self.claimed, by=self.gina, reason="A namesake.")
        self.assertTrue(self.reads(self.ben))
        self.assertEqual(debtor_of(self.report, intake.LOOK), ("site_officer", self.khh1))

    def test_are_not_made_again_after_that(self) -> None:
        implicating.clear(self.claimed, by=self.gina, reason="A namesake.")
        report = Report.objects.get()
        with acting(self.gina, "story.write"):
            report.concerns = "Ben Tan of the warehouse"
            report.save()
        self.assertEqual(self.kept_out(), {"Ben Tan": "cleared"})

    def test_follow_words_that_are_added_by_hand(self) -> None:
        report = Report.objects.get()
        with acting(self.ben, "story.write"):
            report.concerns += ", Ada Lin"
            report.save()
        self.assertEqual(self.kept_out(), {"Ada Lin": "claimed", "Ben Tan": "claimed"})


class WithoutAName(Accused):
    def scene(self) -> None:
        super().scene()
        with acting(TELLER, "story.grant"):
            for who in (self.ben, self.gina):
                grant(who, "designated_person", self.khh1)

    def told(self, **form: Any) -> Disclosure:
        self.code(self.send(site="KHH1", unnamed="on", **form))
        return Disclosure.objects.get()

    def test_it_keeps_out_whom_it_names(self) -> None:
        found = self.told(concerns="Ben Tan")
        self.assertEqual([*intake.disclosures_for(self.ben)], [])
        self.assertEqual([*intake.disclosures_for(self.gina)], [found])

    def test_nobody_hears_of_what_is_kept_from_them(self) -> None:
        self.told(concerns="Ben Tan")
        tell_readers(None)  # type: ignore[arg-type]
        self.assertEqual({one.person for one in Notice.objects.filter(kind="disclosure.unread")}, {self.gina})

    def test_somebody_else_lets_them_in_again(self) -> None:
        found = self.told(concerns="Ben Tan")
        address = reverse("disclosure-act", args=[found.pk, "let-in"])
        self.sign_in(self.ben)
        self.assertEqual(self.client.post(address, {"number": self.ben.number}).status_code, 404)
        self.sign_in(self.gina)
        self.assertContains(self.client.get(reverse("disclosure", args=[found.pk])), "Let Ben Tan in again")
        self.client.post(address, {"number": self.ben.number})
        self.assertEqual([*intake.disclosures_for(self.ben)], [found])


class ThePage(Accused):
    def test_asks_it_in_every_language_and_says_what_it_does(self) -> None:
        for tag, words in languages().items():
            page = self.client.get(f"{reverse('report')}?lang={tag}")
            with self.subTest(tag):
                self.assertContains(page, words["concerns_hint"])
        self.assertEqual(len({words["concerns_hint"] for words in languages().values()}), len(languages()))

    def test_tells_nobody_whether_the_name_was_known(self) -> None:
        known, unknown = (
            self.send(site="KHH1", concerns=name).content for name in ("Ben Tan", "Nobody Here")
        )
        self.assertEqual(len(known), len(unknown))

    def test_takes_no_more_than_fits(self) -> None:
        answer = self.send(site="KHH1", concerns="x" * 301)
        self.assertEqual((answer.status_code, Report.objects.count()), (422, 0))
