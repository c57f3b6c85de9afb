"""Doing one thing to many: each by its own right and state, each remembered, nothing twice whatever happens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any
from unittest import mock
from uuid import uuid4

from django.db.models.functions import Now
from django.http import HttpResponse
from django.test import TestCase

from keepwell.platform.history.acting import acting
from keepwell.platform.history.models import Change
from keepwell.platform.jobs.job import TooMuchWork, enqueue
from keepwell.platform.jobs.models import MOST_UNFINISHED, Job
from keepwell.platform.jobs.worker import run_one
from keepwell.platform.people.models import Person
from keepwell.platform.registers import many
from keepwell.platform.registers.models import Series, SeriesItem
from keepwell.platform.registers.register import REGISTERS
from tests.cast import TELLER, Cast, grant, person

PEOPLE = REGISTERS["people"]


@contextmanager
def killed_in_the_third() -> Iterator[None]:
    """Inside, whoever does it to the third record ends as if killed: its act and its mark are undone."""
    real, calls = many.change, []

    def dies(*args: Any, **kwargs: Any) -> Any:
        calls.append(1)
        done = real(*args, **kwargs)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return done

    with mock.patch.object(many, "change", dies), TestCase().assertRaises(KeyboardInterrupt):
        yield


class Many(Cast, TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        with acting(TELLER, "test.enter"):
            grant(cls.ben, "hr_importer", cls.khh1)
            cls.here = [person(f"H{n:03}", f"Here {n}", cls.khh1) for n in range(4)]
            cls.there = person("T001", "There 1", cls.pen1)

    def ask(self, slug: str = "people", **given: Any) -> HttpResponse:
        return self.client.post(f"/{slug}/many/", {"act": "change", "query": ""} | given)

    def set_language(self, ids: list[Any], **given: Any) -> HttpResponse:
        answers = {
            "field": "language",
            "value": "zh-hant",
            "reason": "They read it.",
            "do": "do",
            "key": "k1",
        }
        return self.ask(**(answers | {"id": [str(one) for one in ids]} | given))

    def languages(self) -> list[str]:
        return list(
            Person.objects.filter(number__startswith="H")
            .order_by("number")
            .values_list("language", flat=True)
        )


class ThePage(Many):
    def test_offers_boxes_only_to_who_may_do_something(self) -> None:
        for who, sees in ((self.ada, True), (self.ben, True), (self.eva, False), (self.sam, False)):
            self.sign_in(who)
            page = self.client.get("/people/").content.decode()
            self.assertEqual('name="id"' in page, sees, who)
            self.assertEqual(self.ask(id=[str(self.here[0].pk)]).status_code in (200,), sees, who)
        self.sign_in(self.ada)
        self.assertNotIn('name="id"', self.client.get("/batches/").content.decode())
        self.assertNotIn('name="id"', self.client.get("/people/?year=2023").content.decode())

    def test_tells_how_many_can_and_who_cannot_and_why(self) -> None:
        self.sign_in(self.ada)
        with acting(TELLER, "test.leave"):
            self.here[3].employed_until = date(2024, 1, 31)
            self.here[3].save()
        page = self.ask(act="end_employment", id=[str(p.pk) for p in self.here]).content.decode()
        self.assertIn("It can be done to 3 of 4 records.", page)
        self.assertIn("Here 3", page)
        self.assertIn("Its present state does not allow it.", page)
        self.assertFalse(Series.objects.exists())

    def test_asks_for_the_column_first_and_then_for_its_value(self) -> None:
        self.sign_in(self.ada)
        self.assertIn('<option value="language">', self.ask(id=[str(self.here[0].pk)]).content.decode())
        page = self.ask(id=[str(self.here[0].pk)], field="language").content.decode()
        self.assertIn('<select name="value"', page)
        self.assertNotIn('<option value="number">', page)

    def test_sets_one_column_with_the_reason_in_each_history(self) -> None:
        self.sign_in(self.ada)
        answer = self.set_language([p.pk for p in self.here])
        series = Series.objects.get()
        self.assertRedirects(answer, f"/people/many/{series.pk}/")
        self.assertEqual(self.languages(), ["zh-hant"] * 4)
        self.assertEqual((many.told(series)["done"], series.job_id), (4, None))
        told = Change.objects.changes().filter(record_id=self.here[0].pk).latest("id")
        self.assertEqual(
            (told.verb, told.answers, told.by), ("person.edit", {"reason": "They read it."}, self.ada.pk)
        )

    def test_refuses_each_by_itself_and_says_so(self) -> None:
        with acting(TELLER, "test.grant"):
            grant(self.ben, "board_reader", self.group)
            grant(self.ben, "secretariat", self.group)
        self.sign_in(self.ben)
        answer = self.client.get(self.set_language([self.here[0].pk, self.there.pk])["Location"])
        self.assertContains(answer, "There 1")
        self.assertContains(answer, "You need the right to edit people in Penang Assembly 1.")
        self.there.refresh_from_db()
        self.assertEqual((self.languages()[0], self.there.language), ("zh-hant", "en"))

    def test_leaves_out_what_one_may_not_see(self) -> None:
        self.sign_in(self.ben)
        self.set_language([self.here[0].pk, self.there.pk])
        self.assertEqual(Series.objects.get().total, 1)

    def test_takes_all_that_match_the_filter_beyond_the_page(self) -> None:
        self.sign_in(self.ada)
        answer = self.set_language([], all="yes", query="q=here")
        self.assertEqual(
            (answer.status_code, Series.objects.get().total, self.languages()), (302, 4, ["zh-hant"] * 4)
        )

    def test_says_what_is_wrong_and_does_nothing(self) -> None:
        self.sign_in(self.ada)
        ids = [p.pk for p in self.here]
        self.assertEqual(self.set_language([]).status_code, 422)
        self.assertEqual(self.set_language(ids, act="count_heads").status_code, 422)
        self.assertEqual(self.set_language(ids, reason=" ").status_code, 422)
        self.assertEqual(self.set_language(ids, field="number", value="X").status_code, 200)
        self.assertEqual(self.set_language([], all="yes", query="nothing=1").status_code, 422)
        self.assertEqual((self.languages(), Series.objects.count()), (["en"] * 4, 0))
        self.assertEqual(self.set_language(ids, value="klingon").status_code, 422)
        self.assertEqual((self.languages(), Series.objects.count()), (["en"] * 4, 0))

    def test_shows_a_series_to_who_began_it_alone(self) -> None:
        self.sign_in(self.ada)
        address = self.set_language([self.here[0].pk])["Location"]
        for who, status in ((self.ada, 200), (self.ben, 404), (self.sam, 403)):
            self.sign_in(who)
            self.assertEqual(self.client.get(address).status_code, status, who)


class ASeries(Many):
    def begun(self, **given: Any) -> Series:
        answers = {"field": "language", "value": "zh-hant", "reason": "They read it."}
        rows = Person.objects.filter(number__startswith="H")
        asked = {"answers": answers, "key": "k1"} | given
        return many.begin(PEOPLE, many.deed_named(PEOPLE, "change"), rows, self.ada, **asked)

    def changes(self) -> int:
        return Change.objects.changes().filter(verb="person.edit").count()

    def test_is_one_for_one_key(self) -> None:
        self.assertEqual(self.begun(), self.begun())
        self.assertEqual(self.changes(), 4)

    def test_goes_on_after_a_kill_and_does_nothing_twice(self) -> None:
        with mock.patch.object(many, "AT_ONCE", 2):
            series = self.begun()
        self.assertEqual(Job.objects.get(pk=series.job_id).name, many.JOB)
        with killed_in_the_third():
            many.carry_out(series, self.ada)
        self.assertEqual((many.told(series), self.changes()), ({"waiting": 2, "done": 2, "refused": 0}, 2))
        self.assertEqual(many.carry_out(series, self.ada)["done"], 4)
        self.assertEqual(many.carry_out(series, self.ada)["done"], 4)
        self.assertEqual((self.languages(), self.changes()), (["zh-hant"] * 4, 4))

    def cut_off(self) -> Series:
        """Begun to be done at once, by a server that was killed while it did the third record."""
        with killed_in_the_third():
            self.begun()
        found = Series.objects.get()
        self.assertEqual((many.told(found)["waiting"], Job.objects.get(pk=found.job_id).state), (2, "queued"))
        return found

    def test_that_a_killed_server_left_goes_on_when_it_is_asked_for_again(self) -> None:
        self.assertEqual(self.cut_off(), self.begun())
        self.assertEqual((self.languages(), self.changes()), (["zh-hant"] * 4, 4))
        self.assertEqual((Series.objects.get().job_id, Job.objects.filter(name=many.JOB).count()), (None, 0))

    def test_that_a_killed_server_left_is_taken_up_by_a_worker_after_a_minute(self) -> None:
        series = self.cut_off()
        job = Job.objects.filter(pk=series.job_id)
        self.assertEqual(round((job.get().run_after - job.get().created_at).total_seconds()), 60)
        self.assertFalse(run_one())
        job.update(run_after=Now())
        self.assertTrue(run_one())
        self.assertEqual((job.get().person_id, job.get().state), (self.ada.pk, "done"))
        self.assertEqual((self.languages(), self.changes()), (["zh-hant"] * 4, 4))

    def test_that_was_done_at_once_leaves_no_work(self) -> None:
        self.assertIsNone(self.begun().job_id)
        self.assertFalse(Job.objects.exists())

    def test_of_few_needs_no_room_among_work_that_waits(self) -> None:
        for _n in range(MOST_UNFINISHED):
            enqueue(many.JOB, person_id=self.ada.pk, series=str(uuid4()))
        with mock.patch.object(many, "AT_ONCE", 2), self.assertRaises(TooMuchWork):
            self.begun()
        self.assertFalse(Series.objects.exists())
        self.begun()
        self.assertEqual(self.languages(), ["zh-hant"] * 4)
        self.assertEqual(Job.objects.count(), MOST_UNFINISHED)

    def test_is_done_by_the_rights_of_the_moment(self) -> None:
        with mock.patch.object(many, "AT_ONCE", 2):
            series = self.begun()
        with acting(TELLER, "test.end"):
            for given in self.ada.grants.all():
                given.until = date(2018, 1, 2)
                given.save()
        self.assertEqual(many.carry_out(series, self.ada), {"waiting": 0, "done": 0, "refused": 4})
        self.assertEqual(self.languages(), ["en"] * 4)

    def test_means_what_was_there_when_it_was_asked(self) -> None:
        with mock.patch.object(many, "AT_ONCE", 2):
            series = self.begun()
        with acting(TELLER, "test.enter"):
            person("H900", "Here later", self.khh1)
        self.assertEqual(many.carry_out(series, self.ada)["done"], 4)
        self.assertEqual(Person.objects.get(number="H900").language, "en")

    def test_of_an_act_asks_what_the_act_asks(self) -> None:
        rule = many.deed_named(PEOPLE, "end_employment")
        with self.assertRaises(many.Mistakes):
            many.begin(PEOPLE, rule, Person.objects.all(), self.ada, answers={"on": "2025-11-14"}, key="k")
        series = many.begin(PEOPLE, rule, Person.objects.filter(number__startswith="H"), self.ada,
                            answers={"on": "2025-11-14", "reason": "The line closed."}, key="k")  # fmt: skip
        self.assertEqual(many.told(series)["done"], 4)
        self.here[0].refresh_from_db()
        self.assertEqual(self.here[0].employed_until, date(2025, 11, 14))

    def test_runs_as_a_job(self) -> None:
        from keepwell.platform.jobs.worker import run_one

        with mock.patch.object(many, "AT_ONCE", 2):
            series = self.begun()
        Job.objects.exclude(pk=series.job_id).delete()
        self.assertTrue(run_one())
        self.assertEqual(Job.objects.get(pk=series.job_id).result, {"waiting": 0, "done": 4, "refused": 0})


class TheApi(Many):
    def send(self, slug: str = "people", **sent: Any) -> HttpResponse:
        body = {
            "act": "change",
            "key": "k1",
            "answers": {"field": "language", "value": "zh-hant", "reason": "So."},
        } | sent
        return self.client.post(f"/api/{slug}/many", json.dumps(body), content_type="application/json")

    def test_does_it_to_ids_or_to_all_that_match(self) -> None:
        self.sign_in(self.ada)
        told = self.send(ids=[str(p.pk) for p in self.here[:2]]).json()
        self.assertEqual((told["total"], told["done"], told["refusals"]), (2, 2, []))
        self.assertEqual(self.send(filter="q=here", key="k2").json()["done"], 4)
        self.assertEqual(self.client.get(f"/api/people/many/{told['id']}").json()["done"], 2)
        self.assertEqual(self.send(filter="q=here", key="k2").json()["total"], 4)
        self.assertEqual(SeriesItem.objects.count(), 6)

    def test_refuses_what_does_not_fit(self) -> None:
        self.sign_in(self.ada)
        for sent in ({}, {"ids": []}, {"ids": ["x"]}, {"ids": [str(uuid4())] * 201}, {"ids": [], "filter": ""},
                     {"filter": "q=here", "answers": {"field": "number"}}, {"filter": "q=here", "more": 1},
                     {"filter": "q=here", "answers": []}):  # fmt: skip
            self.assertEqual(self.send(**sent).status_code, 422, sent)
        self.assertEqual(self.send(filter="nothing=1").status_code, 400)
        self.assertEqual(self.send(filter="q=here", act="count_heads").status_code, 409)
        self.assertEqual(self.send(filter="q=here", key="").status_code, 409)
        self.assertEqual(self.send(filter="q=nobody").status_code, 409)

    def test_is_closed_to_those_without_the_right(self) -> None:
        for who in (self.sam, self.eva, self.dan):
            self.sign_in(who)
            self.assertEqual(self.send(filter="q=here").status_code, 403, who)
        self.assertEqual(self.languages(), ["en"] * 4)
