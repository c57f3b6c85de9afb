"""R36: whoever asks is told everything that is kept about them, by the declarations of all tables."""

from __future__ import annotations

import json
from contextlib import redirect_stderr, redirect_stdout
from datetime import timedelta
from io import StringIO
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.utils import timezone

from keepwell.config import cli
from keepwell.platform.exchange.files import path_of
from keepwell.platform.history.models import Change
from keepwell.platform.jobs.models import Job
from keepwell.platform.jobs.worker import run_one
from keepwell.platform.people import tokens
from keepwell.platform.people.models import Person
from keepwell.platform.people.personal import HOLDINGS
from keepwell.platform.people.proofs import PROVED
from keepwell.platform.privacy import reports
from keepwell.platform.privacy.traces import UNSEARCHED
from tests.erased import LOCAL, MAIL, NAME, NUMBER, REASON, Traces, dump, hits

WORDS_OF_SEARCH = {"search.words", "search.words_data"}
"""The index of words beside the entries, on SQLite."""


class Reporting(Traces):
    def address(self, rest: str = "") -> str:
        return f"/people/{self.mei.pk}/report{rest}"

    def report(self, by: Person | None = None) -> dict[str, Any]:
        found = reports.write(self.mei, by=by or self.ada, form="json", language="en")
        told: dict[str, Any] = json.loads(found)
        return told


class TheReport(Reporting):
    def test_names_every_column_that_was_declared(self) -> None:
        told = {table["table"]: table for table in self.report()["tables"]}
        self.assertEqual(set(told), set(HOLDINGS))
        for name, holding in HOLDINGS.items():
            columns = {column.name for column in holding.model._meta.concrete_fields}
            self.assertEqual(set(told[name]["columns"]) | set(told[name]["not_told"]), columns, name)

    def test_tells_of_every_table_in_which_the_person_stands(self) -> None:
        told = self.report()
        found = {table["table"] for table in told["tables"] if table["rows"] or table["done"]}
        found |= set(told["mentioned_in"])
        standing = {table.replace("_", ".", 1) for table, text in dump() if hits(text)}
        self.assertEqual(
            {name for name in standing - set(UNSEARCHED) - WORDS_OF_SEARCH if name not in found}, set()
        )
        self.assertIn("history.change", found)

    def test_tells_the_rows_whole_and_no_secret(self) -> None:
        tables = {table["table"]: table for table in self.report()["tables"]}
        row = tables["people.person"]["rows"][0]
        self.assertEqual(
            (row["name"], row["name_local"], row["number"], row["mail"]), (NAME, LOCAL, NUMBER, MAIL)
        )
        self.assertEqual(row["unit"], "Kaohsiung Assembly 1")
        self.assertEqual(tables["people.account"]["not_told"], ["password"])
        self.assertEqual({"seed", "credential"} & set(tables["identity.factor"]["rows"][0]), set())
        self.assertEqual(len(tables["awareness.completion"]["rows"]), 1)
        self.assertIn("198.51.100.7", json.dumps(tables["history.change"]["rows"]))

    def test_tells_texts_of_others_only_to_who_can_weigh_them(self) -> None:
        self.assertIn(f"Report by {NAME}", [mention["text"] for mention in self.report()["mentions"]])
        own = self.report(self.mei)
        self.assertEqual((own["mentions"], "evidence.piece" in own["mentioned_in"]), (None, True))

    def test_is_for_oneself_and_who_administers(self) -> None:
        for who in (self.sam, self.ben, self.cleo):
            with self.assertRaises(PermissionDenied):
                self.report(who)


class OnAPage(Reporting):
    def take(self, form: str) -> HttpResponse:
        return self.client.get(self.address(f"/take-out.{form}"))

    def test_is_offered_on_the_record_and_the_account(self) -> None:
        self.sign_in(self.ada)
        self.assertContains(self.client.get(f"/people/{self.mei.pk}/"), self.address("/"))
        self.assertContains(self.client.get("/account/"), f"/people/{self.ada.pk}/report/")
        self.assertContains(self.client.get(self.address("/")), "Texts of others that mention the person")
        self.assertContains(self.client.get(f"/people/{self.ada.pk}/report/"), "Everything we keep about you")

    def test_is_not_for_sam(self) -> None:
        self.sign_in(self.sam)
        for address in (self.address("/"), self.address("/take-out.json"), self.address("/take-out.pdf")):
            self.assertEqual(self.client.get(address).status_code, 404)
        self.assertEqual(self.client.get(f"/people/{self.sam.pk}/report/").status_code, 200)
        self.sign_in(self.ben)
        self.assertEqual(self.client.get(self.address("/")).status_code, 403)
        self.assertNotContains(self.client.get(f"/people/{self.mei.pk}/"), self.address("/"))

    def test_is_taken_as_json_and_kept_in_the_trail(self) -> None:
        self.sign_in(self.ada)
        answer = self.take("json")
        self.assertEqual(answer.json()["tables"], json.loads(json.dumps(self.report()["tables"])))
        row = Change.objects.filter(kind="read").latest("id")
        self.assertEqual(
            (row.verb, row.by, row.answers["pk"]), ("people-report-take-out", self.ada.pk, str(self.mei.pk))
        )

    def test_asks_for_a_fresh_proof(self) -> None:
        self.sign_in(self.ada)
        session = self.client.session
        session[PROVED] -= 11 * 60
        session.save()
        self.assertEqual(self.take("json").status_code, 403)  # she has nothing to prove it by
        self.assertEqual(Change.objects.filter(verb="people-report-take-out").count(), 0)

    def test_is_made_on_paper_by_a_worker_and_gone_a_day_later(self) -> None:
        self.sign_in(self.ada)
        page = self.take("pdf")["Location"]
        Job.objects.exclude(name=reports.JOB).delete()
        run_one("worker")
        answer = self.client.get(page.partition("?")[0], {"take": "1"})
        self.assertEqual(answer.content[:5], b"%PDF-")
        self.assertEqual(Change.objects.filter(verb="person.report", record_id=self.mei.pk).count(), 1)
        self.sign_in(self.ben)
        self.assertEqual(self.client.get(page).status_code, 404)
        job = Job.objects.get(name=reports.JOB)
        Job.objects.filter(pk=job.pk).update(finished_at=timezone.now() - timedelta(days=2))
        self.assertEqual((reports.tidy(), reports.tidy()), (1, 0))
        self.assertFalse(path_of(job.result["sha256"]).exists())

    def test_on_paper_goes_with_the_person(self) -> None:
        job = reports.ask(self.mei, by=self.ada, language="en")
        Job.objects.exclude(pk=job.pk).delete()
        run_one("worker")
        job.refresh_from_db()
        self.erase()
        self.assertFalse(path_of(job.result["sha256"]).exists())
        self.assertFalse(Job.objects.filter(name=reports.JOB).exists())


class ForPrograms(Reporting):
    def read(self, who: Person, *, may_export: bool = True) -> HttpResponse:
        secret = tokens.issue(who, may_export=may_export)
        return self.client.get(f"/api{self.address()}", headers={"Authorization": f"Bearer {secret}"})

    def test_is_an_endpoint(self) -> None:
        self.assertEqual(self.read(self.ada).json()["person"], NUMBER)
        self.assertEqual(self.read(self.ada, may_export=False).status_code, 403)
        self.assertEqual(self.read(self.ben).status_code, 403)
        self.assertEqual(self.read(self.sam).status_code, 404)
        self.assertEqual(Change.objects.filter(kind="read", verb__startswith="GET /api/people").count(), 1)


class OnTheCommandLine(Reporting):
    def run_words(self, *words: str) -> tuple[int, str]:
        out = StringIO()
        with redirect_stdout(out), redirect_stderr(out):
            status = cli.main(words)
        return status, out.getvalue().strip()

    def test_a_report_is_written_and_kept_in_the_trail(self) -> None:
        path = self.folder / "report.json"
        status, said = self.run_words("person", "report", NUMBER, str(path), "--as", "ada")
        self.assertEqual((status, said), (0, f"Everything that is kept about {NUMBER} stands in {path}."))
        self.assertEqual(json.loads(path.read_text())["name"], NAME)
        self.assertEqual(Change.objects.filter(verb="person.report", by=self.ada.pk).count(), 1)

    def test_a_person_is_erased(self) -> None:
        status, said = self.run_words("person", "erase", NUMBER, "--reason", REASON, "--as", "ada")
        self.assertEqual((status, said[:7]), (0, "erased-"))
        self.assertFalse(Person.objects.filter(number=NUMBER).exists())

    def test_what_a_rule_refuses_is_one_sentence(self) -> None:
        status, said = self.run_words("person", "erase", "ben", "--reason", REASON, "--as", "ada")
        self.assertEqual((status, said), (2, "Ben Tan has not left; record the last day first."))
