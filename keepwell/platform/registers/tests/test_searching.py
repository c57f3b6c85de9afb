"""The search page, its hits while typing, and the API: what each may see, and nothing of the rest."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any
from unittest import mock

from django.db import connection
from django.test import TestCase

from keepwell.platform.history.acting import acting
from keepwell.platform.registers.register import REGISTERS
from keepwell.platform.registers.searching import is_searched
from keepwell.platform.search import indexing
from keepwell.platform.search.indexing import catch_up, follow_up
from keepwell.platform.search.models import Entry
from tests.cast import TELLER, Cast, person
from tests.house import made, tracked

CAST = ("ada", "ben", "cleo", "dan", "eva", "sam")
TYPING = {"HX-Request": "true"}


class Searching(Cast, TestCase):
    def page(self, text: str, **more: str) -> str:
        follow_up()
        answer = self.client.get("/search/", {"q": text, **more})
        self.assertEqual(answer.status_code, 200)
        return answer.content.decode()

    def typed(self, text: str) -> str:
        follow_up()
        return self.client.get("/search/", {"q": text}, headers=TYPING).content.decode()

    def api(self, **asked: Any) -> Any:
        follow_up()
        return self.client.get("/api/search", asked)


class ThePage(Searching):
    def test_shows_hits_by_register_with_words_marked_and_the_place(self) -> None:
        self.sign_in(self.ada)
        page = self.page("eva")
        self.assertIn(f'<a href="/people/{self.eva.pk}/?unit=MERIDIAN"><mark>Eva</mark> Chen</a>', page)
        self.assertIn("Kaohsiung Assembly 1", page)

    def test_escapes_what_was_typed_and_what_was_found(self) -> None:
        self.sign_in(self.ada)
        with acting(TELLER, "test.enter"):
            person("A0000009", "<img src=x> Canary", self.khh1)
        for told in (self.page("canary"), self.typed("canary"), self.page("<img src=x>")):
            self.assertNotIn("<img src=x>", told)
            self.assertIn("<mark>Canary</mark>", self.page("canary"))

    def test_gives_the_hits_alone_while_somebody_types(self) -> None:
        self.sign_in(self.ada)
        told = self.typed("kaoh")
        self.assertIn(f"/units/{self.khh1.pk}/", told)
        self.assertNotIn("<html", told)
        self.assertEqual(self.typed(" ").strip(), "")

    def test_narrows_to_a_register_and_to_the_place(self) -> None:
        self.sign_in(self.ada)
        self.assertNotIn("/units/", self.hits_of(self.page("kaohsiung", **{"in": "people"})))
        page = self.hits_of(self.page("kaohsiung", here="yes", unit="KHH2"))
        self.assertIn(str(self.khh2.pk), page)
        self.assertNotIn(str(self.khh1.pk), page)

    def hits_of(self, page: str) -> str:
        return page.partition('<div aria-live="polite">')[2] if "<main" in page else page

    def test_says_how_far_the_index_is_instead_of_that_there_is_nothing(self) -> None:
        self.sign_in(self.ada)
        Entry.objects.all().delete()
        import_module("keepwell.platform.search.migrations.0002_mark_all").mark(
            None, connection.schema_editor()
        )
        with mock.patch.object(indexing, "FEW", 0), mock.patch.object(indexing, "_one_batch", return_value=0):
            for told in (self.page("kaohsiung"), self.typed("kaohsiung")):
                self.assertIn("still being indexed, 0 % so far", told)
                self.assertNotIn("Nothing you may see", told)
            self.assertContains(
                self.client.get("/units/", {"q": "kaohsiung"}), "still being indexed, 0 % so far"
            )
            self.assertNotContains(self.client.get("/units/"), "still being indexed")
        catch_up()
        self.assertNotContains(self.client.get("/units/", {"q": "kaohsiung"}), "still being indexed")
        self.assertNotIn("still being indexed", self.page("kaohsiung"))
        self.assertIn(str(self.khh1.pk), self.page("kaohsiung"))

    def test_costs_few_queries(self) -> None:
        self.sign_in(self.ada)
        for text in ("kaohsiung", "nobody", "chen"):
            self.page(text)
            with self.assertNumQueries(FewerThan(26)):
                self.page(text)

    def test_speaks_chinese(self) -> None:
        self.sign_in(self.ada)
        self.client.cookies["keepwell-language"] = "zh-hant"
        self.assertIn("<mark>高雄</mark>封裝一廠", self.page("高雄"))


class FewerThan(int):
    """A number that any smaller one equals."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, int) and other < int(self)

    __hash__ = int.__hash__


class TheApi(Searching):
    def test_finds_what_the_page_finds(self) -> None:
        self.sign_in(self.ada)
        told = self.api(q="khh1").json()
        self.assertEqual((told[0]["register"], told[0]["hits"][0]["key"]), ("units", "KHH1"))
        self.assertEqual(self.api(q="khh1", register="people").json(), [])
        self.assertEqual([g["register"] for g in self.api(q="ada", register="people").json()], ["people"])

    def test_refuses_what_is_not_there_and_too_much(self) -> None:
        self.sign_in(self.ben)
        self.assertEqual(self.api(q="a", unit="PEN1").status_code, 404)
        self.assertEqual(self.api(q="a", unit="NOWHERE").status_code, 404)
        self.assertEqual(self.api(q="a", register="nothing").status_code, 404)
        self.assertEqual(self.api(q="a", size=51).status_code, 400)
        self.assertEqual(self.api().status_code, 400)
        self.client.logout()
        self.assertEqual(self.api(q="a").status_code, 401)


def said(record: Any) -> str:
    """What finds a record: its name, or of what is not found by a name what it says."""
    return str(record.searched_texts()[0]) if hasattr(record, "searched_texts") else str(record)


class Canaries(Searching):
    """One canary of every register at a foreign unit: nobody learns of it by any way of searching."""

    def test_are_found_by_those_who_may_see_them_alone(self) -> None:
        hidden = {slug: made(slug, self.pen1, self.dan, 3) for slug in tracked()}
        catch_up()
        for name in CAST:
            self.sign_in(getattr(self, name))
            for slug, record in hidden.items():
                if self.client.get(f"/{slug}/{record.pk}/").status_code == 200:
                    continue
                for word in {record.natural_key().split("|")[-1], str(record), said(record)}:
                    told = self.typed(word) + json.dumps(self.api(q=word, size=50, retired=True).json())
                    self.assertNotIn(str(record.pk), told, f"{name} {slug} {word}")

    def test_are_found_by_who_sees_all(self) -> None:
        self.sign_in(self.ada)
        for slug in (slug for slug in tracked() if is_searched(REGISTERS[slug])):
            record = made(slug, self.pen1, self.dan, 3)
            catch_up()
            told = json.dumps(self.api(q=said(record)[:90], register=slug, size=50).json())
            self.assertIn(str(record.pk), told, slug)

    def test_are_told_of_nobody_by_the_list_of_registers(self) -> None:
        self.sign_in(self.sam)
        self.assertNotIn('value="certificates"', self.page("a"))
