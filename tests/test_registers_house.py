"""What every register promises, whatever it holds: strangers see nothing, lists stay cheap, files come back,
foreign units are refused, history remembers, and nobody overwrites somebody else."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import SimpleTestCase, TestCase
from django.test.utils import CaptureQueriesContext
from django.utils.translation import gettext, override

from keepwell.platform.acts.act import ACTS
from keepwell.platform.exchange.writers import NUMBER
from keepwell.platform.history.acting import acting
from keepwell.platform.history.models import Change
from keepwell.platform.people import handing
from keepwell.platform.registers.columns import Kind
from keepwell.platform.registers.forms import QUESTION_LABELS
from keepwell.platform.registers.register import REGISTERS
from keepwell.platform.search.indexing import catch_up
from tests.cast import TELLER, Cast, grant
from tests.house import (
    NOBODY,
    as_form,
    changed,
    digest_of,
    made,
    samples,
    shown_form,
    tracked,
    typed,
    values_of,
)
from tests.machine import rounds

MOST_QUERIES = 15
FEW, MANY = 2, rounds(12, 30)  # of one row a reader of people is told nothing: it may be their own
CHINESE = re.compile("[\u4e00-\u9fff]")
ONCE = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[0-9a-f]{8}\b|csrfmiddlewaretoken\" value=\"\w+\"|999999999|/\d+/"
)
HOSTILE = ('=HYPERLINK("http://evil.example")', "+1+1", "-2+3", "@SUM(A1)", "＝1+1", "'=1", "1;=2", '"=1')
RUNS = re.compile(r'\s*["\ufeff\u200b]*[=+\-@＝＋－＠\t\r\n]')


@pytest.mark.slow
class House(Cast, TestCase):
    """Requests to one register after the other."""

    def page(self, slug: str, rest: str = "", **query: str) -> HttpResponse:
        return self.client.get(f"/{slug}/{rest}", query)

    def send(self, method: str, path: str, body: Any) -> HttpResponse:
        return getattr(self.client, method)(f"/api{path}", json.dumps(body), content_type="application/json")

    def bring(self, slug: str, content: bytes, name: str) -> HttpResponse:
        return self.client.post(f"/api/{slug}/bring-in", {"file": SimpleUploadedFile(name, content)})

    def taken(self, slug: str, form: str) -> bytes:
        answer = self.page(slug, f"take-out.{form}")
        self.assertEqual(answer.status_code, 200)
        return b"".join(answer.streaming_content) if answer.streaming else answer.content


class AStranger(House):
    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.records = {slug: made(slug, cls.khh1, cls.eva) for slug in samples()}

    def setUp(self) -> None:
        self.sign_in(self.sam)

    def test_finds_nothing_in_any_list(self) -> None:
        for slug, record in self.records.items():
            with self.subTest(slug):
                self.assertNotIn(f"/{slug}/{record.pk}/", self.page(slug).content.decode())
                answer = self.client.get(f"/api/{slug}")
                self.assertIn(answer.status_code, (200, 403))
                self.assertNotIn(record.pk, [row["id"] for row in answer.json().get("items", [])])

    def test_takes_nothing_out(self) -> None:
        for slug, register in REGISTERS.items():
            with self.subTest(slug):
                self.assertIn(slug, self.records)
                answer = self.page(slug, "take-out.csv")
                self.assertEqual(answer.status_code, 200 if hasattr(register.record, "own") else 403)
                rows = b"".join(answer.streaming_content).splitlines()[1:] if answer.streaming else []
                self.assertEqual([row for row in rows if not self.is_about_sam(row)], [])

    def is_about_sam(self, row: bytes) -> bool:
        return any(mark.encode() in row for mark in (str(self.sam.pk), self.sam.number))

    def test_is_told_of_a_record_what_is_told_of_none(self) -> None:
        for slug, record in self.records.items():
            with self.subTest(slug):
                none = NOBODY if REGISTERS[slug].has_uuid() else 999_999_999
                for address in (f"/{slug}/%s/", f"/api/{slug}/%s", f"/{slug}/%s/edit/"):
                    seen, absent = (self.client.get(address % pk) for pk in (record.pk, none))
                    self.assertEqual((seen.status_code, absent.status_code), (404, 404))
                    self.assertEqual(self.told(seen), self.told(absent))

    def test_finds_nothing_by_searching(self) -> None:
        catch_up()
        for slug in tracked():
            record = self.records[slug]
            for word in record.natural_key().split("|"):
                answer = self.client.get("/search/", {"q": word})
                self.assertNotIn(str(record.pk), answer.content.decode(), slug)

    def test_reads_no_name_of_the_group_on_any_page_of_a_register(self) -> None:
        for slug in self.records:
            for rest in ("", "new/", "bring-in/", "take-out.csv"):
                answer = self.page(slug, rest)
                told = b"".join(answer.streaming_content) if answer.streaming else answer.content
                for name in ("Kaohsiung", "KHH1", "Penang", "Eva Chen"):
                    self.assertNotIn(name, told.decode(errors="replace"), f"{slug} {rest}")

    def told(self, answer: HttpResponse) -> str:
        return ONCE.sub("", answer.content.decode())


class Lists(House):
    def setUp(self) -> None:
        self.sign_in(self.ada)

    @patch.object(
        handing, "TOLD_EVERY", timedelta(days=1)
    )  # the first reading of each minute is told to the trail
    def test_cost_the_same_for_two_rows_and_for_many(self) -> None:
        for slug in samples():
            with self.subTest(slug):
                for number in range(MANY):
                    made(
                        slug,
                        (self.khh1, self.khh2, self.pen1)[number % 3],
                        (self.eva, self.ben)[number % 2],
                        number,
                    )
                few, many = self.costs(slug)
                for _again in range(
                    2
                ):  # what was remembered of a count may have been dropped for room in between
                    few, many = self.costs(slug) if many != few else (few, many)
                self.assertEqual(many, few)
                self.assertLessEqual(max(many), MOST_QUERIES)

    def costs(self, slug: str) -> list[list[int]]:
        """The queries of the list and of its program, for few rows and for many."""
        places = (f"/{slug}/", f"/api/{slug}")
        return [[self.queries(f"{place}?size={size}") for place in places] for size in (FEW, MANY - 1)]

    def queries(self, address: str) -> int:
        self.client.get(address)
        with CaptureQueriesContext(connection) as caught:
            self.assertEqual(self.client.get(address).status_code, 200)
        return len(caught)

    def test_read_in_english_and_in_chinese(self) -> None:
        for slug, register in REGISTERS.items():
            with self.subTest(slug):
                for language in ("en", "zh-hant"):
                    self.client.cookies["keepwell-language"] = language
                    with override(language):
                        self.assertContains(self.page(slug), str(register.title()))

    def test_name_every_column_in_chinese(self) -> None:
        with override("zh-hant"):
            names = {slug: [register.title(), *(str(c.label) for c in [*register.shown(), *register.filed()])]
                     for slug, register in REGISTERS.items()}  # fmt: skip
        english = {slug: {n for n in found if not CHINESE.search(n)} for slug, found in names.items()}
        self.assertEqual({slug: found for slug, found in english.items() if found}, {})

    def test_call_no_moment_in_chinese_by_the_word_for_a_person(self) -> None:
        with override("zh-hant"):
            called = {f"{slug}.{c.name}" for slug, register in REGISTERS.items() for c in register.shown()
                      if c.kind in (Kind.DAY, Kind.MOMENT) and str(c.label) == gettext("by")}  # fmt: skip
        self.assertEqual(called, set())


class Files(House):
    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.records = {
            slug: [made(slug, cls.khh1, cls.eva, number) for number in range(len(HOSTILE))]
            for slug in typed()
        }

    def setUp(self) -> None:
        self.sign_in(self.ada)

    def test_that_were_taken_out_change_nothing_when_they_come_back(self) -> None:
        for slug, records in self.records.items():
            for form in ("csv", "xlsx"):
                with self.subTest(slug, form=form):
                    self.assert_comes_back(slug, form, records)

    def test_hold_no_formula_whatever_was_typed(self) -> None:
        for slug, records in self.records.items():
            with self.subTest(slug):
                for record, text in zip(records, HOSTILE, strict=True):
                    self.fill(record, text)
                told = [
                    cell for cell in self.csv_cells(slug) if RUNS.match(cell) and not NUMBER.fullmatch(cell)
                ]
                self.assertEqual(told, [])
                self.assertLessEqual(self.kinds_of_cells(slug), {"s", "inlineStr", "n"})
                self.assert_comes_back(slug, "csv", records)
                self.assert_comes_back(slug, "xlsx", records)

    def assert_comes_back(self, slug: str, form: str, records: list[Any]) -> None:
        file = self.taken(slug, form)
        before, changes = [digest_of(record) for record in records], Change.objects.count()
        told = self.bring(slug, file, f"{slug}.{form}").json()
        self.assertEqual((told.get("created"), told.get("changed"), told.get("errors")), (0, 0, []), told)
        self.assertGreaterEqual(told["unchanged"], len(records))
        self.assertEqual(
            ([digest_of(record) for record in records], Change.objects.count()), (before, changes)
        )

    def fill(self, record: Any, text: str) -> None:
        """Write `text` into every column that takes any text."""
        for name in REGISTERS[tracked_slug(record)].form_fields:
            field = record._meta.get_field(name)
            if field.get_internal_type() == "CharField" and not field.choices and len(field.validators) < 2:
                setattr(record, name, text[: field.max_length])
        with acting(TELLER, "house.fill"):
            record.save()

    def csv_cells(self, slug: str) -> list[str]:
        text = self.taken(slug, "csv").decode("utf-8-sig")
        return [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]

    def kinds_of_cells(self, slug: str) -> set[str]:
        book = openpyxl.load_workbook(io.BytesIO(self.taken(slug, "xlsx")))
        return {cell.data_type for row in book.active.iter_rows() for cell in row}


def tracked_slug(record: Any) -> str:
    """The slug of the register that holds `record`."""
    return next(slug for slug, register in REGISTERS.items() if register.record is type(record))


class AnImporter(House):
    """Somebody who may do everything at one site, and nothing elsewhere."""

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.records = {slug: made(slug, cls.pen1, cls.dan, 3) for slug in typed()}
        with acting(TELLER, "house.grant"):
            grant(cls.ben, "administrator", cls.khh1)

    def test_changes_nothing_at_a_foreign_unit(self) -> None:
        for slug, record in self.records.items():
            with self.subTest(slug):
                before = digest_of(record)
                self.assert_refused(slug, self.file_of(slug, record))
                self.assertEqual(digest_of(record), before)

    def test_changes_nothing_there_by_the_records_own_name_either(self) -> None:
        for slug, record in self.records.items():
            with self.subTest(slug):
                before = digest_of(record)
                self.assert_refused(slug, self.file_of(slug, record, id=""))
                self.assertEqual(digest_of(record), before)

    def test_is_not_told_where_a_foreign_record_lies(self) -> None:
        for slug, record in self.records.items():
            with self.subTest(slug):
                before = digest_of(record)
                self.assert_refused(slug, self.file_of(slug, record, id=None))
                self.assertEqual(digest_of(record), before)

    def test_adds_nothing_at_a_foreign_unit(self) -> None:
        for slug, record in self.records.items():
            with self.subTest(slug):
                content = (
                    self.file_of(slug, record, id="")
                    .replace(b"-3", b"-4")
                    .replace(b"2025-01-04", b"2025-01-05")
                )
                count = type(record).objects.count()
                self.assert_refused(slug, content)
                self.assertEqual(type(record).objects.count(), count)

    def file_of(self, slug: str, record: Any, **cells: str | None) -> bytes:
        """A file with the one row of `record`, as somebody with the right takes it out."""
        self.sign_in(self.ada)
        rows = list(csv.reader(io.StringIO(self.taken(slug, "csv").decode("utf-8-sig"), newline="")))
        mine = next(row for row in rows[1:] if row[0] == str(record.pk))
        told = {
            name: cell
            for name, cell in (dict(zip(rows[0], mine, strict=True)) | cells).items()
            if cell is not None
        }
        out = io.StringIO(newline="")
        csv.writer(out).writerows([list(told), list(told.values())])
        return out.getvalue().encode()

    def assert_refused(self, slug: str, content: bytes) -> None:
        self.sign_in(self.ben)
        answer = self.bring(slug, content, f"{slug}.csv")
        self.assertIn(answer.status_code, (403, 409, 422), answer.content)
        sentences = " ".join(str(error) for error in answer.json().get("errors", []))
        self.assertNotIn("Penang Assembly 1", sentences)


class Questions(SimpleTestCase):
    def test_of_every_act_have_words_that_are_translated(self) -> None:
        asked = {name for rule in ACTS.values() for name in rule.questions}
        self.assertEqual(asked - set(QUESTION_LABELS), set())


class History(House):
    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.records = {slug: made(slug, cls.khh1, cls.eva) for slug in samples()}
        with acting(TELLER, "house.grant"):
            grant(cls.cleo, "administrator", cls.group)

    def setUp(self) -> None:
        self.sign_in(self.ada)

    def test_remembers_who_changed_what(self) -> None:
        for slug in typed():
            with self.subTest(slug):
                record = self.records[slug]
                new = changed(REGISTERS[slug], record)
                answer = self.send("patch", f"/{slug}/{record.pk}", {**new, "version": 1})
                self.assertEqual(answer.status_code, 200, answer.content)
                told = Change.objects.filter(record_id=record.pk).latest("id")
                self.assertEqual((told.by, told.by_name, told.version), (self.ada.pk, str(self.ada), 2))
                self.assertEqual(set(told.after), set(new))
                self.assertContains(self.page(slug, f"{record.pk}/"), "Ada Lin")

    def test_cannot_be_escaped(self) -> None:
        for slug in tracked():
            with self.subTest(slug):
                record = self.records[slug]
                rows = type(record).objects.filter(pk=record.pk)
                for way in (lambda r=rows: r.update(version=7), rows.delete, record.delete,
                            lambda r=record: type(r).objects.bulk_create([r]),
                            lambda r=record: type(r).objects.bulk_update([r], ["version"])):  # fmt: skip
                    self.assertRaises(TypeError, way)
                record.retired_reason = "because"
                self.assertRaisesMessage(RuntimeError, "outside `acting", record.save)

    def test_tells_the_second_editor_who_was_first(self) -> None:
        for slug in typed():
            with self.subTest(slug):
                record = self.records[slug]
                new = changed(REGISTERS[slug], record)
                self.send("patch", f"/{slug}/{record.pk}", {**new, "version": 1})
                after = digest_of(record)
                self.sign_in(self.cleo)
                second = self.send(
                    "patch", f"/{slug}/{record.pk}", {**values_of(REGISTERS[slug], record), "version": 1}
                )
                self.assertEqual(second.status_code, 409, second.content)
                (told,) = second.json()["changes"]
                self.assertEqual((told["by"], told["changed"]), ("Ada Lin", sorted(new)))
                self.assert_page_tells(slug, record)
                self.assertEqual(digest_of(record), after)
                self.sign_in(self.ada)

    def test_is_not_written_by_a_form_that_comes_back_as_it_was(self) -> None:
        for slug in typed():
            with self.subTest(slug):
                record = self.records[slug]
                before = digest_of(record)
                form = shown_form(self.page(slug, f"{record.pk}/edit/").content.decode())
                answer = self.client.post(f"/{slug}/{record.pk}/edit/", form)
                self.assertRedirects(answer, f"/{slug}/{record.pk}/", fetch_redirect_response=False)
                self.assertEqual(digest_of(record), before)

    def assert_page_tells(self, slug: str, record: Any) -> None:
        form = as_form(values_of(REGISTERS[slug], record) | changed(REGISTERS[slug], record)) | {
            "version": "1"
        }
        answer = self.client.post(f"/{slug}/{record.pk}/edit/", form)
        self.assertContains(answer, "Ada Lin", status_code=409)
