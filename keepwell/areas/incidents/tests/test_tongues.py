"""Notices in the languages in which authorities read: from files, with their own moments, and honest where words lack."""

from __future__ import annotations

import re
from io import BytesIO

from django.test import SimpleTestCase, TestCase
from django.urls import reverse
from pypdf import PdfReader

from keepwell.areas.incidents.models import Clock, IncidentNotice, clock_rules
from keepwell.areas.incidents.models.clocks import USUAL
from keepwell.areas.incidents.models.tongues import READ_BY, tongues
from keepwell.areas.incidents.rules import letters, notices
from keepwell.areas.incidents.tests.ticking import Ticking

FACTS = re.compile(r"%\((\w+)\)s")
NEEDED = (
    *USUAL,
    "Notice of a cybersecurity incident: %(unit)s, %(incident)s",
    "Sites: %(names)s.",
    "To",
    "From",
    "(not said)",
)


def read(content: bytes) -> str:
    """What a PDF says."""
    return "".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)


def bare(text: str) -> str:
    """Letters alone: where a line breaks on paper is nobody's matter."""
    return re.sub(r"[^\w]|\u00ad", "", text)


class TheFiles(SimpleTestCase):
    def test_are_there_for_every_language_of_a_notice(self) -> None:
        self.assertEqual({*tongues(), "en", "zh-hant"}, set(IncidentNotice.Language.values))
        for tag, label in IncidentNotice.Language.choices:
            self.assertEqual(tongues()[tag].name if tag in tongues() else label, label)

    def test_have_the_same_words_with_the_same_facts_in_them(self) -> None:
        known = set(next(iter(tongues().values())).words)
        self.assertLessEqual(set(NEEDED), known)
        for tag, tongue in tongues().items():
            self.assertEqual(set(tongue.words), known, tag)
            for english, told in tongue.words.items():
                self.assertEqual(sorted(FACTS.findall(english)), sorted(FACTS.findall(told)), (tag, english))
                self.assertTrue(told.strip(), (tag, english))

    def test_serve_every_jurisdiction_of_the_shipped_rules_but_the_union(self) -> None:
        asked = {rule.jurisdiction for rule in clock_rules().values()} - {"EU", "contract", "group"}
        self.assertEqual(asked - set(READ_BY), set())
        self.assertLessEqual(set(READ_BY.values()), set(IncidentNotice.Language.values))


class ADraft(Ticking, TestCase):
    def scene(self) -> None:
        super().scene()
        self.clause("C-0148")
        self.confirm("customer-contract")
        self.classify(supply_interrupted=True)
        self.clock = self.incident.clocks.get(rule="customer-contract")

    def drafted(self, tag: str) -> IncidentNotice:
        return notices.draft(self.clock, by=self.ben, language=IncidentNotice.Language(tag))

    def test_begins_in_the_language_of_its_recipient(self) -> None:
        notice = self.drafted("ja")
        self.assertTrue(notice.subject.startswith("サイバーセキュリティインシデントのご報告"))
        self.assertEqual(notice.said[0].title, "発生した事象")
        when = next(one.text for one in notice.said if one.name == USUAL[1])
        self.assertIn("認識日時：2025年11月14日 02:31（UTC+08:00）", when)

    def test_is_offered_in_the_language_of_who_reads_under_its_rule(self) -> None:
        self.sign_in(self.ben)
        for rule, country, tag in (
            ("kr-pipa", "TW", "ko"), ("gdpr-33", "FR", "fr"), ("gdpr-33", "CZ", "cs"), ("gdpr-33", "IE", "en"),
            ("gdpr-33", "TW", ""), ("customer-contract", "FR", ""),
        ):  # fmt: skip
            with self.subTest(rule, country=country):
                unit = self.clock.unit
                self.save(self.clock, rule=rule)
                self.save(unit, country=country)
                clock = Clock.objects.get(pk=self.clock.pk)
                self.assertEqual(clock.read_in.tag if clock.read_in else "", tag)
                page = self.client.get(reverse("clocks-do", args=[clock.pk, "draft"]))
                chosen = re.findall(r'<option value="([a-z-]+)" selected>', page.content.decode())
                self.assertEqual(
                    [one for one in chosen if one in IncidentNotice.Language.values], [tag] if tag else []
                )

    def test_says_that_nobody_read_its_words_and_what_stands_in_english(self) -> None:
        notice = self.drafted("ko")
        self.assertIn("No native speaker has read Keepwell’s words in 한국어 yet", " ".join(notice.doubts))
        self.clock.rule = "twse-material-info"
        self.assertIn("no words in 한국어 for: Facts, Cause", " ".join(notice.doubts))
        self.assertEqual(notice.said[1].title, "Cause")

    def test_in_our_own_languages_has_no_such_doubts(self) -> None:
        self.assertEqual(self.drafted("zh-hant").doubts, [])

    def test_shows_its_doubts_to_who_may_read_it(self) -> None:
        notice = self.drafted("de")
        self.sign_in(self.ben)
        for name in ("incident-notices-record", "incident-notice-write"):
            page = self.client.get(reverse(name, args=[notice.pk]))
            self.assertContains(page, "words in Deutsch yet")
            self.assertContains(page, 'lang="de"')
        self.sign_in(self.sam)
        self.assertEqual(
            self.client.get(reverse("incident-notices-record", args=[notice.pk])).status_code, 404
        )

    def test_goes_on_paper_in_its_language(self) -> None:
        for tag, tongue in tongues().items():
            heading = tongue.words["what happened"]
            notice = self.drafted(tag)
            text = letters.write(notice, "md").decode()
            self.assertIn(heading, text)
            self.assertIn(tongue.words["(not said)"], text)
            self.assertIn("No native speaker", text)
            self.assertIn(bare(heading), bare(read(letters.write(notice, "pdf"))), tag)
            notices.discard(notice, by=self.ben, reason="Another language")
