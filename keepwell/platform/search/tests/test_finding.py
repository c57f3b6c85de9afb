"""Finding: best first, of what one may see alone, kept in line with every change."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from unittest import mock
from uuid import uuid4

import pytest
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from keepwell.areas.assurance.models import Certificate, Standard
from keepwell.platform.history import bulk, dialects
from keepwell.platform.history.acting import acting
from keepwell.platform.jobs.beside import BESIDE
from keepwell.platform.jobs.models import Job
from keepwell.platform.people.models import Person
from keepwell.platform.registers.searching import sought
from keepwell.platform.search import finding, indexing
from keepwell.platform.search.dialects import latest_of
from keepwell.platform.search.finding import find
from keepwell.platform.search.models import Entry, Unindexed
from tests.cast import START, TELLER, Cast, grant, person, unit


class Found(Cast, TestCase):
    def names(self, who: Person, text: str, **narrowed: Any) -> list[str]:
        """What `who` finds once the index has followed, as natural keys."""
        indexing.follow_up()
        return self.found(who, text, **narrowed)

    def found(self, who: Person, text: str, **narrowed: Any) -> list[str]:
        """What `who` finds at this moment, as natural keys."""
        hits = find(who, sought(who, text, **narrowed), each=5)
        return [record.natural_key() for one in hits for record in one.records]


class TheSearch(Found):
    def test_finds_by_name_number_code_mail_and_chinese(self) -> None:
        for text in ("ada lin", "lin", "A0000001", "a00000", "雅達", "林雅達", "a0000001@merid"):
            self.assertIn("A0000001", self.names(self.ada, text), text)
        self.assertIn("KHH1", self.names(self.ada, "高雄 封裝"))
        self.assertEqual(self.names(self.ada, "khh1")[0], "KHH1")

    def test_finds_nothing_where_one_word_is_missing(self) -> None:
        self.assertEqual(self.names(self.ada, "ada nobody"), [])
        self.assertEqual(self.names(self.ada, "   "), [])
        self.assertEqual(self.names(self.ada, "' OR 1=1 --"), [])

    def test_shows_the_very_name_before_names_that_begin_so_and_the_latest_first(self) -> None:
        with acting(TELLER, "test.enter"):
            for number in range(3):
                unit(f"KHH1-{number}", "Kaohsiung Assembly 1 line", "unit", self.khh1)
        found = [key for key in self.names(self.ada, "KHH1") if key.startswith("KHH1")]
        self.assertEqual(found, ["KHH1", "KHH1-2", "KHH1-1", "KHH1-0"])

    def test_gives_everybody_their_own_alone(self) -> None:
        with acting(TELLER, "test.enter"):
            person("A0000009", "Canary Bird", self.pen1)
        self.assertEqual(self.names(self.ada, "canary"), ["A0000009"])
        for who in (self.ben, self.cleo, self.dan, self.eva, self.sam):
            self.assertEqual(self.names(who, "canary"), [], who)
        self.assertEqual(self.names(self.sam, "sam stone"), ["X0000006"])
        self.assertEqual(self.names(self.eva, "chen"), ["A0000005"])

    def test_looks_at_one_unit_and_at_one_register_when_told(self) -> None:
        self.assertEqual(self.names(self.ada, "kaohsiung", unit=self.khh2)[0], "KHH2")
        self.assertNotIn("KHH1", self.names(self.ada, "kaohsiung", unit=self.khh2))
        self.assertEqual(self.names(self.ada, "chen", slug="units"), [])
        self.assertEqual(self.names(self.ada, "chen", slug="no-such"), [])

    def test_finds_what_holds_below_and_what_is_held_elsewhere_for_a_site(self) -> None:
        with acting(TELLER, "test.enter"):
            standard = Standard(code="iso-27001", name="ISO/IEC 27001, management", unit=self.group)
            standard.save()
            held = Certificate(standard=standard, number="NM-27-44102", body="TÜV Nordmark", scope="Assembly",
                               unit=self.mat, issued_on=date(2024, 1, 1), valid_until=date(2027, 1, 1))  # fmt: skip
            held.save(links={"sites": [self.khh1, self.khh2]})
        for who, sees in ((self.ada, True), (self.ben, True), (self.dan, True), (self.eva, False)):
            self.assertEqual(held.natural_key() in self.names(who, "44102"), sees, who)
            self.assertEqual("iso-27001" in self.names(who, "27001"), sees, who)
        self.assertIn(held.natural_key(), self.names(self.ben, "tuv"))

    def test_finds_one_record_that_was_given(self) -> None:
        self.assertEqual(self.names(self.dan, "penang", slug="people"), [])
        with acting(TELLER, "test.grant"):
            grant(self.sam, "auditor", self.khh1, only_register="people.person", only_id=self.eva.pk)
        self.assertEqual(self.names(self.sam, "eva"), ["A0000005"])
        self.assertEqual(self.names(self.sam, "ben"), [])

    def test_loses_a_right_at_once(self) -> None:
        given = self.ben.grants.get()
        self.assertEqual(self.names(self.ben, "eva"), ["A0000005"])
        with acting(TELLER, "test.end"):
            given.until = START
            given.save()
        self.assertEqual(self.names(self.ben, "eva"), [])

    def test_asks_alike_whatever_is_hidden(self) -> None:
        """The database is asked the same for a word that exists out of sight and for one that does not."""
        with acting(TELLER, "test.enter"):
            for number in range(20):
                person(f"P{number}", "Canary Bird", self.pen1)
        indexing.catch_up()
        for who in (self.ben, self.dan, self.eva, self.sam):
            told = []
            for word in ("canary", "nowhere"):
                with CaptureQueriesContext(connection) as caught:
                    self.assertEqual(self.found(who, word), [])
                told.append(len(caught))
            self.assertEqual(told[0], told[1])

    def test_finds_the_same_in_a_large_register(self) -> None:
        """With the latest looked through being few, everything comes from the index."""
        with acting(TELLER, "test.enter"):
            for number in range(12):
                person(f"P{number:03}", f"Chen Wei {number}", self.khh1 if number % 2 else self.pen1)
        questions = ("chen", "chen wei", "p003", "a0000", "chen wei 3", "wei 1", "nobody")
        for who in (self.ada, self.ben, self.dan, self.eva, self.sam):
            small = [self.names(who, text) for text in questions]
            with mock.patch.object(finding, "LATEST", 2):
                self.assertEqual([self.names(who, text) for text in questions], small, who)

    @pytest.mark.postgresql
    def test_walks_to_the_latest_of_a_kind_past_none_of_those_that_came_in_since(self) -> None:
        """Their index alone gives the order that is asked for: were it not there, no walk over all kinds would do."""
        kinds = ["people.person", "tree.unit"] * 2_000 + ["awareness.course"] * 1_000
        rows = [(kind, uuid4(), None, False, "some words") for kind in kinds]
        dialects.insert(Entry, indexing.COLUMNS, rows)
        (which, turn), values = latest_of("people.person")
        latest = f"SELECT * FROM search_entry e WHERE {which} ORDER BY {turn} LIMIT 300"
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE search_entry")
            cursor.execute(latest, values)
            self.assertEqual({row[1] for row in cursor.fetchall()}, {"people.person"})
            cursor.execute(f"EXPLAIN {latest}", values)
            self.assertIn("search_entry_latest", str(cursor.fetchall()))
            cursor.execute("DROP INDEX search_entry_latest")
            cursor.execute(f"EXPLAIN {latest}", values)
            self.assertNotIn("search_entry_pkey", str(cursor.fetchall()))

    def test_goes_on_where_an_entry_is_wrong_about_the_place(self) -> None:
        with acting(TELLER, "test.enter"):
            for number in range(12):
                person(f"P{number:03}", "Chen Wei", self.pen1)
            person("Q001", "Chen Wei", self.khh1)
        # As if they had lain in the site when they were indexed, and later than who does.
        elsewhere = list(Person.objects.filter(unit=self.pen1))
        with mock.patch.object(
            finding.SUBJECTS["people.person"].__class__, "place_of", return_value=self.khh1.pk
        ):
            indexing.index(finding.SUBJECTS["people.person"], elsewhere)
        self.assertEqual(self.names(self.ben, "wei"), ["Q001"])


class AList(Found):
    """A register's own list finds by the index, rare words and common ones, and what waits besides."""

    def listed(self, text: str) -> set[str]:
        people = Person.objects.filter(finding.met_in_order(finding.SUBJECTS["people.person"], text))
        inner = Person.objects.filter(pk__in=people.values("pk"))
        self.assertEqual(inner.count(), people.count())
        return set(people.values_list("number", flat=True))

    def test_finds_the_same_whether_a_word_is_rare_or_common(self) -> None:
        for text in ("chen", "a00000", "ada lin", "林雅達", "nobody", "  "):
            with mock.patch.object(finding, "COMMON", 10**6):
                common = self.listed(text)
            with mock.patch.object(finding, "COMMON", 0):
                self.assertEqual(self.listed(text), common)
        self.assertEqual(self.listed("chen"), {"A0000005"})

    def test_finds_what_waits_to_be_indexed(self) -> None:
        with acting(TELLER, "test.bulk"):
            bulk.create_all(
                [
                    Person(
                        number="B1", name="Bulk Person", unit=self.khh1, unit_since=START, employed_from=START
                    )
                ]
            )
        self.assertEqual(self.listed("bulk"), {"B1"})
        indexing.catch_up()
        self.assertEqual(self.listed("bulk"), {"B1"})


class TheIndex(Found):
    def test_follows_a_change_within_two_seconds(self) -> None:
        indexing.follow_up()
        with acting(TELLER, "test.rename"):
            self.eva.name = "Eva Martinez"
            self.eva.save()
        follow = BESIDE["search.follow"]
        self.assertLessEqual(follow.every, timedelta(seconds=1))
        follow.work()
        self.assertEqual(self.found(self.ada, "martinez"), ["A0000005"])
        self.assertNotIn("A0000005", self.names(self.ada, "chen"))

    def test_is_taken_back_with_the_change(self) -> None:
        from django.db import transaction

        with acting(TELLER, "test.rename"), transaction.atomic():
            self.eva.name = "Eva Martinez"
            self.eva.save()
            transaction.set_rollback(True)
        self.assertEqual(self.names(self.ada, "martinez"), [])
        self.assertIn("A0000005", self.names(self.ada, "chen"))

    def test_leaves_the_retired_out_unless_asked(self) -> None:
        from keepwell.kernel import moments

        with acting(TELLER, "test.retire"):
            self.khh2.retired_at, self.khh2.retired_reason = moments.now(), "sold"
            self.khh2.save()
        self.assertNotIn("KHH2", self.names(self.ada, "khh2"))
        self.assertIn("KHH2", self.names(self.ada, "khh2", retired=True))

    def test_marks_what_is_written_in_bulk_and_a_worker_takes_it_up(self) -> None:
        Unindexed.objects.all().delete()
        rows = [Person(number=f"B{n:04}", name="Bulk Person", unit=self.khh1, unit_since=START, employed_from=START)
                for n in range(30)]  # fmt: skip
        with acting(TELLER, "test.bulk"):
            bulk.create_all(rows)
        self.assertEqual(self.found(self.ada, "bulk"), [])
        self.assertEqual(Job.objects.filter(name=indexing.CATCH_UP, state="queued").count(), 1)
        self.assertEqual(indexing.catch_up(), 30)
        self.assertEqual(len(self.names(self.ada, "bulk")), 5)
        self.assertEqual((indexing.waiting(), indexing.catch_up()), (0, 0))

    def test_marks_those_named_after_what_was_renamed(self) -> None:
        self.assertIn(
            "A0000001|group_ciso|MERIDIAN|2018-01-01", self.names(self.ada, "ada lin", slug="grants")
        )
        with acting(TELLER, "test.rename"):
            self.ada.name = "Ada Marsh"
            self.ada.save()
        indexing.catch_up()
        self.assertEqual(self.names(self.ada, "ada lin", slug="grants"), [])
        self.assertIn("A0000001|group_ciso|MERIDIAN|2018-01-01", self.names(self.ada, "marsh", slug="grants"))

    def test_follows_a_unit_that_moves_with_all_below_it(self) -> None:
        with acting(TELLER, "test.enter"):
            grant(self.ben, "site_officer", self.mse)
            line = unit("KHH1-L", "Old line", "unit", self.khh1)
            person("L0001", "Movable Person", line)
            person("L0002", "Quiet Person", self.khh2)
        self.assertEqual(self.names(self.ben, "quiet"), [])
        with acting(TELLER, "test.move"):
            self.khh2.parent = self.mse
            self.khh2.save(since=date(2025, 1, 1))
        indexing.catch_up()
        self.assertEqual(self.names(self.ben, "quiet"), ["L0002"])

    def test_is_the_same_when_written_anew(self) -> None:
        def kept() -> list[Any]:
            return sorted(Entry.objects.values_list("kind", "record_id", "unit_id", "retired", "tokens"))

        indexing.catch_up()
        before = kept()
        Entry(kind="people.person", record_id=self.group.pk, retired=False, tokens=" wrong ").save()
        Entry(kind="no.such", record_id=self.group.pk, retired=False, tokens=" wrong ").save()
        self.assertEqual(indexing.reindex(), len(before))
        self.assertEqual(kept(), before)

    def test_forgets_what_a_person_was_called(self) -> None:
        """Erased, a person is found no more, and no entry keeps the name."""
        with acting(TELLER, "test.erase"):
            self.eva.name, self.eva.name_local, self.eva.mail = "erased", "", ""
            self.eva.save()
        indexing.catch_up()
        self.assertFalse([e for e in Entry.objects.all() if "eva" in e.tokens or "chen" in e.tokens])
        indexing.tidy()
        self.assertEqual(self.names(self.ada, "eva"), [])
