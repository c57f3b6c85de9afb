"""Our scheme through its doors: pages and programs, what an edition would change, and who must not learn it there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import Incident, SeverityScheme
from keepwell.areas.incidents.models.library import scheme_to_edit, shipped_scheme
from keepwell.areas.incidents.rules.schemes.shifts import shifts
from keepwell.areas.incidents.tests.stories import reads
from keepwell.areas.incidents.tests.test_schemes import RENAMED, STRICTER, TODAY, Scheming, with_recipes
from keepwell.kernel import moments
from keepwell.platform.history.acting import acting
from tests.cast import TELLER

OURS, NEW = "/severity-scheme/", "/severity-scheme/new/"


class Doors(Scheming):
    def sent(self, text: str, **values: Any) -> dict[str, Any]:
        """What the form sends."""
        file = SimpleUploadedFile("scheme.yaml", text.encode(), content_type="application/yaml")
        return {"file": file, "valid_from": TODAY.isoformat(), "reason": "As the plan says."} | values

    def happened(self, title: str, level_by: dict[str, Any], **facts: Any) -> Incident:
        return self.classified(self.report(title, self.khh1, kind="infected-system", **facts), **level_by)


class ThePage(Doors, TestCase):
    def test_shows_levels_rules_factors_and_editions(self) -> None:
        edition = self.in_force(with_recipes())
        self.sign_in(self.ben)
        page = self.client.get(OURS)
        for word in (
            "Edition 1 is in force since",
            "Crisis",
            "Are recipes of tools touched?",
            "our own",
            "As the plan of 2025 says.",
            "Greta Gao",
            "Ada Lin",
            "‹Outage, hours›",
            "Outage, hours &gt; Tolerable outage",
        ):
            with self.subTest(word):
                self.assertContains(page, word)
        self.assertContains(page, f"/severity-scheme/{edition.pk}/")
        self.assertNotContains(page, NEW)

    def test_reads_in_chinese(self) -> None:
        self.client.cookies["keepwell-language"] = "zh-hant"
        self.sign_in(self.ada)
        self.assertContains(self.client.get(OURS), "重大危機")

    def test_is_downloaded_and_comes_back_as_it_was(self) -> None:
        self.sign_in(self.greta)
        shipped = self.client.get(f"{OURS}scheme.yaml")
        self.assertIn("attachment", shipped["Content-Disposition"])
        self.assertEqual(shipped.content.decode(), scheme_to_edit())
        self.in_force(RENAMED)
        self.assertEqual(self.client.get(f"{OURS}scheme.yaml").content.decode(), RENAMED)

    def test_takes_an_edited_one_and_shows_what_it_would_change(self) -> None:
        self.happened("A line stood", {"plant": 2})
        self.sign_in(self.greta)
        answer = self.client.post(NEW, self.sent(STRICTER), follow=True)
        self.assertRedirects(answer, f"{OURS}{SeverityScheme.objects.get().pk}/")
        self.assertContains(answer, "A line stood")
        self.assertContains(answer, "1 of 1 would have another level")
        self.assertContains(answer, "S3 → S4: 1")
        self.assertNotContains(answer, "/approve/")

    def test_offers_the_day_it_is_where_the_group_is(self) -> None:
        """05:12 on the 14th in Taipei is still the 13th in UTC."""
        self.sign_in(self.greta)
        self.assertContains(self.client.get(NEW), f'value="{TODAY.isoformat()}"')

    def test_asks_in_the_order_of_its_file(self) -> None:
        edition = self.in_force(with_recipes())
        self.assertEqual(list(edition.rules.factors), [*shipped_scheme().factors, "recipes"])

    def test_tells_every_fault_and_writes_nothing(self) -> None:
        self.sign_in(self.greta)
        wrong = RENAMED.replace("name: Emergency", "name: ''").replace(
            "{factor: lateral}", "{factor: '<b>sideways</b>'}"
        )
        answer = self.client.post(NEW, self.sent(wrong))
        self.assertContains(answer, "Nothing was written: 2 things do not fit", status_code=422)
        self.assertContains(answer, "&lt;b&gt;sideways&lt;/b&gt;", status_code=422)
        self.assertNotContains(answer, "<b>sideways", status_code=422)
        self.assertFalse(SeverityScheme.objects.exists())

    def test_tells_faults_in_chinese(self) -> None:
        self.client.cookies["keepwell-language"] = "zh-hant"
        self.sign_in(self.greta)
        answer = self.client.post(NEW, self.sent(RENAMED.replace("{factor: lateral}", "{factor: sideways}")))
        self.assertContains(answer, "方案中沒有因素「sideways」", status_code=422)

    def test_shows_markup_as_it_was_typed(self) -> None:
        text = with_recipes().replace("title: Tool recipes", "title: '<script>alert(1)</script>'")
        self.in_force(text.replace("Recipes of tools are touched.", "<img src=x>"))
        self.classified(recipes=True)
        self.sign_in(self.ada)
        pages = [OURS, f"{OURS}{SeverityScheme.objects.get().pk}/", f"/incidents/{self.incident.pk}/classify/",
                 f"/incidents/{self.incident.pk}/room/"]  # fmt: skip
        for address in pages:
            with self.subTest(address):
                page = self.client.get(address).content.decode()
                self.assertNotIn("<script>alert", page)
                self.assertNotIn("<img src=x>", page)

    def test_offers_approval_to_a_second_person_who_may_decide(self) -> None:
        made = self.draft(RENAMED)
        self.sign_in(self.ada)
        self.assertContains(self.client.get(f"{OURS}{made.pk}/"), f"/severity-schemes/{made.pk}/approve/")
        self.client.post(f"/severity-schemes/{made.pk}/approve/", {"version": made.version})
        self.assertEqual(SeverityScheme.objects.get().state, "approved")
        self.assertContains(
            self.client.get(f"{OURS}{made.pk}/"), "How it differs from the one before it (As shipped)"
        )

    def test_is_not_for_sam_nor_for_who_sees_no_incidents(self) -> None:
        made = self.draft(RENAMED)
        addresses = [OURS, NEW, f"{OURS}scheme.yaml", f"{OURS}{made.pk}/", f"{OURS}{made.pk}/scheme.yaml",
                     "/severity-schemes/", f"/severity-schemes/{made.pk}/"]  # fmt: skip
        for who in (self.sam, self.eva, self.cleo):
            self.sign_in(who)
            for address in addresses:
                with self.subTest(who.name, address=address):
                    self.assertIn(self.client.get(address).status_code, (403, 404))
            self.assertIn(self.client.post(NEW, self.sent(STRICTER)).status_code, (403, 404))

    def test_takes_nothing_from_a_site(self) -> None:
        self.sign_in(self.ben)
        answer = self.client.post(NEW, self.sent(STRICTER))
        self.assertContains(answer, "You need the right to edit", status_code=422)
        self.assertFalse(SeverityScheme.objects.exists())


class WhatWouldChange(Doors, TestCase):
    def test_is_reckoned_by_hand(self) -> None:
        """A line stands: S3 to S4. Slower: S2 stays. Harmed: S4 stays. A line stands and people were harmed: S4 stays."""
        moved = self.happened("A line stood", {"plant": 2})
        self.happened("It ran slower", {"plant": 1})
        self.happened("Somebody was hurt", {"safety": 2})
        self.happened("Both", {"safety": 2, "plant": 2})
        found = shifts(self.draft(STRICTER).rules, self.ada)
        self.assertEqual(
            [(one.number, one.before, one.after, one.decided) for one in found.rows],
            [(moved.number, 3, 4, None)],
        )
        self.assertEqual((found.reckoned, found.steps, found.raised), (4, [(3, 4, 1)], 1))

    def test_says_what_was_decided_otherwise(self) -> None:
        rules.classify(
            Incident.objects.get(pk=self.incident.pk),
            by=self.ada,
            facts={"plant": 2},
            level=1,
            reason="A drill.",
        )
        (found,) = shifts(self.draft(STRICTER).rules, self.ada).rows
        self.assertEqual((found.before, found.after, found.decided), (3, 4, 1))

    def test_looks_back_twelve_months_to_the_day(self) -> None:
        edge = moments.now() - timedelta(days=365)
        for seconds, title in ((0, "On the edge"), (-1, "Before it")):
            one = self.happened(title, {"plant": 2})
            one.reported_at = edge + timedelta(seconds=seconds)
            with acting(TELLER, "story.past"):
                one.save()
        found = shifts(self.draft(STRICTER).rules, self.ada)
        self.assertEqual([one.title for one in found.rows], ["On the edge"])

    def test_leaves_out_what_the_reader_may_not_know_and_counts_it_nowhere(self) -> None:
        kept = self.happened("The canary sings", {"plant": 2})
        self.happened("A line stood", {"plant": 2})
        rules.restrict(Incident.objects.get(pk=kept.pk), by=self.ada, reason="It concerns somebody there.")
        made = self.draft(STRICTER)
        self.sign_in(self.greta)
        for address in (f"{OURS}{made.pk}/", f"/api/severity-scheme/editions/{made.pk}"):
            page = self.client.get(address).content.decode()
            self.assertNotIn("canary", page)
            self.assertNotIn(kept.number, page)
        self.assertEqual(
            (len(shifts(made.rules, self.greta).rows), shifts(made.rules, self.greta).reckoned), (1, 1)
        )
        self.assertEqual(len(shifts(made.rules, self.ada).rows), 2)
        self.assertEqual(shifts(made.rules, self.sam).reckoned, 0)

    def test_costs_the_same_queries_for_one_and_for_many(self) -> None:
        made = self.draft(STRICTER)
        self.sign_in(self.ada)
        counts = []
        for number in (1, 12):
            for each in range(number):
                self.happened(f"Line {number} {each} stood", {"plant": 2})
            self.client.get(f"{OURS}{made.pk}/")
            with CaptureQueriesContext(connection) as asked:
                self.assertContains(self.client.get(f"{OURS}{made.pk}/"), "S3 → S4")
            counts.append(len(asked))
        self.assertEqual(counts[0], counts[1])
        self.assertLessEqual(counts[0], 30)


class Programs(Doors, TestCase):
    def test_read_what_is_in_force(self) -> None:
        self.in_force(RENAMED)
        self.sign_in(self.ben)
        found = self.client.get("/api/severity-scheme").json()
        self.assertEqual(
            (found["edition"], found["since"], found["levels"][0]["name"]),
            (1, TODAY.isoformat(), "Emergency"),
        )
        self.assertEqual(found["text"], RENAMED)

    def test_draft_approve_and_list(self) -> None:
        self.happened("A line stood", {"plant": 2})
        self.sign_in(self.greta)
        made = self.client.post("/api/severity-scheme/editions", self.sent(STRICTER))
        self.assertEqual(made.status_code, 201, made.content)
        told = made.json()
        self.assertEqual([(one["before"], one["after"]) for one in told["shifts"]], [(3, 4)])
        self.assertEqual([one["what"] for one in told["differences"]], ["Rule of: Plant"] * 2)
        approve = f"/api/severity-schemes/{told['id']}/approve"
        body = {"version": told["version"]}
        self.assertEqual(self.client.post(approve, body, content_type="application/json").status_code, 403)
        self.sign_in(self.ada)
        done = self.client.post(approve, body, content_type="application/json")
        self.assertEqual(done.status_code, 200, done.content)
        (one,) = self.client.get("/api/severity-schemes").json()["items"]
        self.assertEqual(
            (one["edition"], one["state"], one["sha256"]),
            (1, "approved", SeverityScheme.objects.get().sha256),
        )

    def test_withdraw(self) -> None:
        made = self.draft(RENAMED)
        self.sign_in(self.greta)
        body = {"version": made.version, "reason": "Not agreed."}
        done = self.client.post(
            f"/api/severity-schemes/{made.pk}/withdraw", body, content_type="application/json"
        )
        self.assertEqual(done.status_code, 200, done.content)
        self.assertIsNotNone(SeverityScheme.objects.get().retired_at)

    def test_are_told_every_fault(self) -> None:
        self.sign_in(self.greta)
        answer = self.client.post("/api/severity-scheme/editions", self.sent("levels: 3"))
        self.assertEqual(answer.status_code, 422)
        self.assertIn("Write “levels” as a list of 5 to 5.", answer.json()["errors"])
        late = self.client.post("/api/severity-scheme/editions", self.sent(RENAMED, valid_from="2025-11-13"))
        self.assertEqual((late.status_code, SeverityScheme.objects.count()), (409, 0))
        for wrong in ("", "2025-13-40", "tomorrow"):
            answer = self.client.post("/api/severity-scheme/editions", self.sent(RENAMED, valid_from=wrong))
            self.assertEqual(answer.status_code, 422)

    def test_are_not_answered_for_sam(self) -> None:
        made = self.draft(RENAMED)
        self.sign_in(self.sam)
        for address in (
            "/api/severity-scheme",
            f"/api/severity-scheme/editions/{made.pk}",
            f"/api/severity-schemes/{made.pk}",
        ):
            with self.subTest(address):
                self.assertIn(self.client.get(address).status_code, (403, 404))
        self.assertEqual(
            self.client.post("/api/severity-scheme/editions", self.sent(STRICTER)).status_code, 403
        )


class Files(Doors, TestCase):
    def test_of_incidents_ask_for_the_rules_once_however_long(self) -> None:
        self.in_force(RENAMED)
        self.sign_in(self.ada)
        for number in range(12):
            self.happened(f"Line {number} stood", {"plant": 2})
        for form in ("csv", "xlsx"):
            with self.subTest(form), reads("incidents_severityscheme") as asked:
                self.assertIn(
                    b"S3" if form == "csv" else b"PK",
                    b"".join(self.client.get(f"/incidents/take-out-shown.{form}")),
                )
            self.assertEqual(len(asked), 1)
