"""An own rule that carries its texts in further languages: read by whoever reads them, everywhere where a rule is read."""

from __future__ import annotations

from typing import Any

from django.test import TestCase
from django.urls import reverse
from django.utils.translation import override

from keepwell.areas.incidents.models import IncidentNotice, OwnRule, RuleInForce
from keepwell.areas.incidents.rules import letters, notices, own_rules
from keepwell.areas.incidents.rules.dossier import telling
from keepwell.areas.incidents.rules.dossier.reading import Dossier
from keepwell.areas.incidents.rules.owing import warn
from keepwell.areas.incidents.tests.own_writing import POLICY, Writing
from keepwell.kernel import moments
from keepwell.kernel.clocks.languages import LANGUAGES
from keepwell.kernel.clocks.written import put, rows_of
from keepwell.platform.people.tokens import issue

CHINESE = {
    "regime": "集團政策 12.3", "recipient": "集團資安長", "trigger": "嚴重事件", "note": "全文閱讀", "source": "政策手冊",
    "content": ["損失概況", "洽詢窗口"], "stages": {"word": "口頭通報"},
}  # fmt: skip
SPOKEN: dict[str, Any] = POLICY | {
    "content": ["rough loss", "desk to ask"], "note": "Read it whole", "source": "Handbook of policies", "trigger": "a grave one",
    "languages": {"zh-hant": CHINESE, "ja": {"content": ["損失の概要", "連絡窓口"]}},
}  # fmt: skip
FIRST = (
    "Group policy 12.3",
    "CISO of the group",
    "Rough loss",
    "Handbook of policies",
    "A grave one",
    "a grave one",
)
"""Texts in the first language that nobody who reads Chinese should meet."""


class TheTexts(Writing, TestCase):
    def scene(self) -> None:
        super().scene()
        self.row = self.own(SPOKEN)
        self.classify(plant=2)
        self.clock = self.clocks()["own-policy"]

    def read(self, name: str, *arguments: Any) -> str:
        """A page as somebody reads it in Chinese."""
        self.client.cookies["keepwell-language"] = "zh-hant"
        return self.client.get(reverse(name, args=arguments)).content.decode()

    def test_are_read_on_pages_in_the_language_of_the_reader(self) -> None:
        self.sign_in(self.ada)
        for name, key, texts in (
            ("rules-in-force-record", self.row.pk, ("集團政策 12.3", "集團資安長", "嚴重事件", "損失概況; 洽詢窗口")),
            ("rules-in-force-record", self.row.pk, ("全文閱讀", "政策手冊")),
            ("rules-in-force", None, ("集團政策 12.3", "集團資安長")),
            ("own-rules", None, ("集團政策 12.3", "集團資安長")),
            ("incident-clocks", self.incident.pk, ("集團資安長", "口頭通報 · 集團政策 12.3")),
            ("incident-room", self.incident.pk, ("集團資安長", "口頭通報")),
            ("clocks-record", self.clock.pk, ("集團資安長", "損失概況", "洽詢窗口")),
        ):  # fmt: skip
            page = self.read(name, *([key] if key else []))
            for text in texts:
                with self.subTest(name, text=text):
                    self.assertIn(text, page)
            for text in FIRST:
                with self.subTest(name, not_there=text):
                    self.assertNotIn(text, page)

    def test_are_read_as_first_written_in_any_other_language(self) -> None:
        self.sign_in(self.ada)
        page = self.client.get(reverse("rules-in-force-record", args=[self.row.pk])).content.decode()
        for text in (
            "Group policy 12.3",
            "CISO of the group",
            "a grave one",
            "rough loss; desk to ask",
            "Handbook of policies",
        ):
            self.assertIn(text, page)
        self.assertNotIn("集團", page)
        self.assertEqual(
            (self.clock.whom, self.clock.asks), ("CISO of the group", ["Rough loss", "Desk to ask"])
        )

    def test_are_shown_before_anything_is_kept(self) -> None:
        self.sign_in(self.ada)
        self.client.cookies["keepwell-language"] = "zh-hant"
        told = {"unit_code": self.group.code, "text": put([SPOKEN | {"id": "own-b"}]), "note": ""}
        page = self.client.post(reverse("own-rules-bring-in"), told)
        self.assertContains(page, "<dd>集團資安長</dd>", html=True)
        self.assertContains(page, "口頭通報：4 小時")

    def test_are_read_by_programs_in_the_language_they_ask_for(self) -> None:
        asked = {"Authorization": f"Bearer {issue(self.ada)}", "Accept-Language": "zh-hant"}
        clocks = self.client.get(f"/api/incidents/{self.incident.pk}/clocks", headers=asked).json()
        (mine,) = [one for one in clocks if one["rule"] == "own-policy"]
        self.assertEqual((mine["whom"], mine["stage"]), ("集團資安長", "word"))
        rule = self.client.get(f"/api/rules-in-force/{self.row.pk}", headers=asked).json()
        self.assertIn("集團政策 12.3", str(rule))

    def test_head_the_contents_of_a_notice_in_its_own_language(self) -> None:
        made = {tag: self.drafted(tag) for tag in ("ja", "en", "zh-hant")}
        self.assertEqual(made["ja"], ["損失の概要", "連絡窓口"])
        self.assertEqual(made["en"], ["Rough loss", "Desk to ask"])
        self.assertEqual(made["zh-hant"], ["損失概況", "洽詢窗口"])

    def drafted(self, tag: str) -> list[str]:
        """The headings of a notice in a language, which is discarded again."""
        notice = notices.draft(self.clock, by=self.ben, language=IncidentNotice.Language(tag))
        self.assertEqual([one.name for one in notice.said], ["rough loss", "desk to ask"])
        lacking = [doubt for doubt in notice.doubts if "There are no words" in doubt]
        self.assertEqual(lacking, [])
        titles = [one.title for one in notice.said]
        letter = letters.write(notice, "md").decode()
        self.assertIn("集團政策 12.3" if tag == "zh-hant" else "Group policy 12.3", letter)
        for title in titles:
            self.assertIn(title, letter)
        self.assertEqual(notice.recipient, "集團資安長" if tag == "zh-hant" else "CISO of the group")
        notices.discard(notice, by=self.ben, reason="Another language")
        return titles

    def test_that_lack_in_the_language_of_a_notice_are_named(self) -> None:
        notice = notices.draft(self.clock, by=self.ben, language=IncidentNotice.Language("ko"))
        self.assertTrue(any("Rough loss, Desk to ask" in doubt for doubt in notice.doubts))

    def test_stand_in_the_dossier(self) -> None:
        with override("zh-hant"):
            (_heading, table) = telling.clocks(Dossier(self.incident, self.ben))
        self.assertIn(("集團資安長", "口頭通報"), [(row[0], row[2]) for row in table.rows])

    def test_reach_who_is_warned_in_their_language(self) -> None:
        from keepwell.platform.notices.models import Notice

        with moments.standing_at(self.clock.ends_at):
            self.assertGreater(warn(moments.now()), 0)
        notice = Notice.objects.filter(kind="clock.risk").first()
        self.assertEqual(notice.facts["whom"], {"en": "CISO of the group", "zh-hant": "集團資安長"})

    def test_come_back_by_file_and_are_the_same(self) -> None:
        text = own_rules.export(OwnRule.objects.all())
        self.assertEqual(rows_of(text), [{"id": "own-policy", "edition": 1} | SPOKEN])
        self.assertEqual(own_rules.bring_in(text, unit=self.group, by=self.ada), [])
        further = SPOKEN | {"languages": {"zh-hant": CHINESE}}
        self.assertEqual(self.draft(further).edition, 2)

    def test_of_a_later_edition_leave_the_clock_with_its_own(self) -> None:
        further = SPOKEN | {"languages": {"zh-hant": CHINESE | {"recipient": "集團總經理"}}}
        self.own(further, since=None)
        with override("zh-hant"):
            self.assertEqual(self.clocks()["own-policy"].whom, "集團資安長")
            self.assertEqual(RuleInForce.objects.get(rule="own-policy", turn=2).recipient, "集團總經理")

    def test_are_those_of_notices_and_pages(self) -> None:
        self.assertEqual(set(LANGUAGES), set(IncidentNotice.Language.values))
