"""Own rules of notification on pages, as files, and for programs."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import SimpleTestCase, TestCase
from django.urls import reverse
from django.utils.translation import gettext, override

from keepwell.areas.incidents.models import (
    OwnRule,
    RuleInForce,
)
from keepwell.areas.incidents.models.own_rule_words import SENTENCES
from keepwell.areas.incidents.rules import own_rules
from keepwell.areas.incidents.tests.own_writing import POLICY, Writing
from keepwell.kernel.clocks import faults
from keepwell.kernel.clocks.written import put, rows_of
from keepwell.platform.people.tokens import issue


class ThePages(Writing, TestCase):
    def send(self, **values: Any) -> Any:
        told = {"unit_code": self.group.code, "text": put([POLICY]), "note": ""} | values
        return self.client.post(reverse("own-rules-bring-in"), told)

    def test_show_what_comes_before_it_is_taken(self) -> None:
        self.sign_in(self.ada)
        page = self.client.get(reverse("own-rules-bring-in"))
        self.assertContains(page, "Example file")
        file = SimpleUploadedFile("rules.yaml", put([POLICY]).encode())
        page = self.send(text="", file=file)
        self.assertContains(page, "a further rule, edition 1")
        self.assertContains(page, "the group’s level ≥ 3")
        self.assertContains(page, "Bring in 1 rule as a draft")
        self.assertContains(page, "Kaohsiung Assembly 1")
        self.assertEqual(OwnRule.objects.count(), 0)
        done = self.send(take="1")
        own = OwnRule.objects.get()
        self.assertRedirects(done, reverse("own-rules-record", args=[own.pk]))
        record = self.client.get(reverse("own-rules-record", args=[own.pk]))
        self.assertContains(record, "id: own-policy")
        self.assertContains(record, "word: 4 hours, from when the site became aware")
        own_rules.confirm(own, by=self.ada, basis="Read")
        self.assertContains(self.client.get(reverse("rules-in-force")), "own-policy")
        row = RuleInForce.objects.get(rule="own-policy")
        self.assertContains(
            self.client.get(reverse("rules-in-force-record", args=[row.pk])), "The rule in our own text"
        )

    def test_tell_every_fault_and_keep_what_was_written(self) -> None:
        self.sign_in(self.ada)
        page = self.send(text=put([POLICY | {"binds": "listed", "when": [{"factor": "size"}]}]))
        self.assertContains(page, "&quot;size&quot; is no factor", status_code=422)
        self.assertContains(page, "id: own-policy", status_code=422)
        self.assertEqual(self.send(text="").status_code, 422)
        self.assertContains(self.send(take="1", text="rules: [1"), "neither YAML nor JSON", status_code=422)

    def test_tell_every_fault_in_the_language_of_the_reader(self) -> None:
        term = {"stage": "word", "start": "awareness", "deadline": {"n": 5, "unit": "weeks"}}
        text = put(
            [
                POLICY | {"stages": [term], "when": [{"factor": "size"}]},
                POLICY | {"id": "own-b", "zone": "Mars"},
            ]
        )
        self.sign_in(self.ada)
        self.assertContains(
            self.send(text=text), "own-policy, word: &quot;weeks&quot; is no unit", status_code=422
        )
        self.client.cookies["keepwell-language"] = "zh-hant"
        page = self.send(text=text)
        self.assertContains(
            page, "own-policy, word：期限沒有「weeks」這種單位；可用的有 minutes, hours", status_code=422
        )
        self.assertContains(page, "own-policy, when：沒有「size」這項因素", status_code=422)
        self.assertContains(page, "own-b：沒有名為「Mars」的時區", status_code=422)
        self.assertNotContains(page, "is no ", status_code=422)
        circle = [("own-a", "own-b"), ("own-b", "own-a")]
        text = put([POLICY | {"id": name, "before": [{"rule": then}]} for name, then in circle])
        page = self.send(text=text, take="1")
        self.assertContains(page, "own-a 先於 own-b 先於 own-a：每一條都須先於下一條提交", status_code=422)

    def test_begin_a_further_edition_with_the_text_there_is(self) -> None:
        own = self.own(POLICY).own_text
        self.sign_in(self.ada)
        page = self.client.get(reverse("own-rules-bring-in"), {"of": str(own.pk)})
        self.assertContains(page, "id: own-policy")
        for strange in ("x", "00000000-0000-0000-0000-000000000000"):
            self.assertEqual(self.client.get(reverse("own-rules-bring-in"), {"of": strange}).status_code, 200)

    def test_make_the_same_text_from_a_form(self) -> None:
        self.sign_in(self.ada)
        form = {"unit_code": self.group.code, "id": "own-th", "regime": "Cybersecurity Act s. 58", "jurisdiction": "TH",
                "binds": "always", "countries": "th, my", "factor": "level", "comparison": ">=", "value": "3",
                "start": "awareness", "n": "24", "term": "hours", "recipient": "NCSA", "audience": "authority",
                "channel": "portal", "content": "what happened\n\nwhom to ask"}  # fmt: skip
        page = self.client.post(reverse("own-rules-write"), form)
        self.assertContains(page, "Bring in 1 rule as a draft")
        (row,) = rows_of(page.context["text"])
        self.assertEqual(row, {
            "id": "own-th", "regime": "Cybersecurity Act s. 58", "jurisdiction": "TH", "binds": "always",
            "countries": ["TH", "MY"], "when": [{"factor": "level", "is": ">=", "value": 3}],
            "stages": [{"stage": "notice", "start": "awareness", "deadline": {"n": 24, "unit": "hours"}}],
            "recipient": "NCSA", "audience": "authority", "channel": "portal", "content": ["what happened", "whom to ask"],
        })  # fmt: skip
        wrong = self.client.post(reverse("own-rules-write"), form | {"value": "many", "n": "0"})
        self.assertContains(wrong, "Write a number, or yes or no.", status_code=422)
        self.assertContains(self.client.post(reverse("own-rules-write"), form | {"value": "yes"}), "compare with a number",
                            status_code=422)  # fmt: skip

    def test_give_out_files(self) -> None:
        self.own(POLICY)
        self.sign_in(self.ada)
        for name, holds in (("own-rules-example", "own-th-ncsa"), ("own-rules-file", "own-policy")):
            taken = self.client.get(reverse(name))
            self.assertIn("attachment; filename=", taken["Content-Disposition"])
            self.assertIn(holds, [row["id"] for row in rows_of(taken.content)])

    def test_let_who_sees_look_and_only_who_works_there_take(self) -> None:
        self.sign_in(self.ben)
        page = self.send(unit_code="KHH1")
        self.assertContains(page, "Bring in 1 rule as a draft")
        self.assertEqual(self.send(unit_code=self.group.code).status_code, 422)

    def test_are_not_for_sam(self) -> None:
        own = self.draft(POLICY)
        self.sign_in(self.sam)
        for name in (
            "own-rules-bring-in",
            "own-rules-write",
            "own-rules-example",
            "own-rules-file",
            "own-rules",
        ):
            self.assertEqual(self.client.get(reverse(name)).status_code, 403, name)
        self.assertEqual(self.send(take="1").status_code, 403)
        self.assertEqual(self.client.get(reverse("own-rules-record", args=[own.pk])).status_code, 404)


class Programs(Writing, TestCase):
    def call(self, path: str, body: dict[str, Any] | None = None, who: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {issue(who or self.ada)}"}
        if body is None:
            return self.client.get(path, headers=headers)
        return self.client.post(path, body, content_type="application/json", headers=headers)

    def test_look_bring_in_and_take_out(self) -> None:
        body = {"rules": [POLICY], "unit": self.group.code}
        looked = self.call("/api/own-rules/look", body).json()
        self.assertEqual((looked["faults"], looked["coming"][0]["edition"]), ([], 1))
        self.assertIn("KHH1", looked["coming"][0]["binds"])
        made = self.call("/api/own-rules/bring-in", {"text": put([POLICY]), "unit": self.group.code})
        self.assertEqual((made.status_code, [one["rule"] for one in made.json()]), (201, ["own-policy"]))
        taken = self.call("/api/own-rules/file")
        self.assertEqual(rows_of(taken.content), [{"id": "own-policy", "edition": 1} | POLICY])
        key = made.json()[0]["id"]
        done = self.call(f"/api/own-rules/{key}/confirm", {"basis": "Read by counsel"})
        self.assertEqual(done.status_code, 200, done.content)
        self.assertEqual(RuleInForce.objects.get(rule="own-policy").own_text_id.hex, key.replace("-", ""))

    def test_are_told_what_is_wrong(self) -> None:
        wrong = {"rules": [POLICY | {"id": "policy"}], "unit": self.group.code}
        self.assertIn('begins with "own-"', self.call("/api/own-rules/look", wrong).json()["faults"][0])
        chinese = {"Authorization": f"Bearer {issue(self.ada)}", "Accept-Language": "zh-hant"}
        told = self.client.post(
            "/api/own-rules/look", wrong, content_type="application/json", headers=chinese
        )
        self.assertIn("policy：自訂規則的代號以「own-」開頭", told.json()["faults"][0])
        refused = self.call("/api/own-rules/bring-in", wrong)
        self.assertEqual(refused.status_code, 409)
        self.assertEqual(self.call("/api/own-rules/look", wrong | {"unit": "NOWHERE"}).status_code, 409)
        deep: Any = "a"
        for _ in range(50):
            deep = [deep]
        self.assertIn(
            "nested",
            self.call("/api/own-rules/look", {"rules": [{"id": deep}], "unit": "KHH1"}).json()["faults"][0],
        )

    def test_of_sam_do_nothing(self) -> None:
        body = {"rules": [POLICY], "unit": self.group.code}
        for path, sent in (("look", body), ("bring-in", body), ("file", None)):
            self.assertIn(self.call(f"/api/own-rules/{path}", sent, self.sam).status_code, (403, 409), path)
        self.assertEqual(OwnRule.objects.count(), 0)


class Words(SimpleTestCase):
    def test_of_the_kernel_are_all_translated(self) -> None:
        self.assertEqual(set(SENTENCES), set(faults.SENTENCES))
        words = [one for name, one in vars(faults).items() if name.isupper() and isinstance(one, str)]
        self.assertEqual(set(words) | set(faults.BAD_COUNT.values()), set(faults.SENTENCES))
        with override("zh-hant"):
            same = {says for says in SENTENCES if gettext(says) == says}
        self.assertEqual(same, set())
