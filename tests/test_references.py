"""T5: a reference is written only to what the writer may see; a foreign one is answered like one that is not."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

from django.db import models
from django.http import HttpResponse
from django.test import TestCase

from keepwell.platform.acts.act import Act
from keepwell.platform.history.acting import acting
from keepwell.platform.registers.columns import Column, Kind, column
from keepwell.platform.registers.register import REGISTERS, Register, register_of
from keepwell.platform.tree.models import Unit
from tests.cast import TELLER, Cast, grant
from tests.house import NOBODY, as_form, digest_of, made, typed, values_of

UNKNOWN = "NOTHING-9"


def references(register: type[Register]) -> list[Column]:
    """The columns by which people point to other records."""
    return [
        c
        for name in register.form_fields
        if (c := column(register.record, name)).kind in (Kind.ONE, Kind.MANY)
    ]


class References(Cast, TestCase):
    """Ben may do everything in Kaohsiung Assembly 1, and sees nothing of Penang."""

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        with acting(TELLER, "house.grant"):
            grant(cls.ben, "administrator", cls.khh1)
        cls.foreigners: dict[type[models.Model], Any] = {Unit: cls.pen1}

    def setUp(self) -> None:
        self.sign_in(self.ben)

    def foreign(self, model: Any) -> Any:
        """A record of `model` in Penang."""
        if model not in self.foreigners:
            register = register_of(model)
            assert register is not None, f"{model.__name__} has no register, so nobody can point to it."
            self.foreigners[model] = made(register.slug(), self.pen1, self.dan, 9)
        return self.foreigners[model]

    def send(self, method: str, path: str, body: dict[str, Any]) -> HttpResponse:
        return getattr(self.client, method)(f"/api{path}", json.dumps(body), content_type="application/json")

    def told(self, c: Column, name: str) -> Any:
        """A value for `c` that names one record."""
        return [name] if c.kind is Kind.MANY else name

    def test_to_a_foreign_record_are_answered_like_those_to_none(self) -> None:
        for slug in typed():
            record = made(slug, self.khh1, self.eva)
            before = digest_of(record)
            for c in references(REGISTERS[slug]):
                other = self.foreign(c.related)
                for name, absent in ((other.natural_key(), UNKNOWN), (str(other.pk), str(NOBODY))):
                    with self.subTest(slug, column=c.name, by=name):
                        seen = self.send(
                            "patch", f"/{slug}/{record.pk}", {c.name: self.told(c, name), "version": 1}
                        )
                        none = self.send(
                            "patch", f"/{slug}/{record.pk}", {c.name: self.told(c, absent), "version": 1}
                        )
                        self.assertEqual((seen.status_code, none.status_code), (422, 422), seen.content)
                        sentences = (seen.json()["errors"][c.name], none.json()["errors"][c.name])
                        self.assertEqual(sentences[0], [s.replace(absent, name) for s in sentences[1]])
                        self.assertEqual(digest_of(record), before)

    def test_to_a_foreign_record_are_refused_by_forms(self) -> None:
        for slug in typed():
            record = made(slug, self.khh1, self.eva)
            before = digest_of(record)
            for c in references(REGISTERS[slug]):
                other = self.foreign(c.related)
                for name in (other.natural_key(), str(other.pk)):
                    with self.subTest(slug, column=c.name, by=name):
                        values = values_of(REGISTERS[slug], record) | {c.name: self.told(c, name)}
                        answer = self.client.post(
                            f"/{slug}/{record.pk}/edit/", as_form(values) | {"version": "1"}
                        )
                        self.assertEqual((answer.status_code, digest_of(record)), (422, before))
                        added = self.client.post(f"/{slug}/new/", as_form(values))
                        self.assertEqual(added.status_code, 422)

    def test_are_not_offered_by_forms(self) -> None:
        for slug in typed():
            record = made(slug, self.khh1, self.eva)
            foreigners = [self.foreign(c.related) for c in references(REGISTERS[slug])]
            for path in (f"/{slug}/new/", f"/{slug}/{record.pk}/edit/"):
                page = self.client.get(path).content.decode()
                for other in foreigners:
                    self.assertNotIn(f'value="{other.natural_key()}"', page, path)
                    self.assertNotIn(str(other.pk), page, path)

    def test_of_a_new_record_are_refused(self) -> None:
        for slug in typed():
            record = made(slug, self.khh1, self.eva)
            for c in references(REGISTERS[slug]):
                with self.subTest(slug, column=c.name):
                    other = self.foreign(c.related)
                    count = type(record).objects.count()
                    values = values_of(REGISTERS[slug], record) | {c.name: self.told(c, other.natural_key())}
                    answer = self.send("post", f"/{slug}", values)
                    self.assertEqual(answer.status_code, 422, answer.content)
                    self.assertIn(c.name, answer.json()["errors"])
                    self.assertEqual(type(record).objects.count(), count)

    def test_in_answers_to_acts_are_refused(self) -> None:
        numbers = count(20)
        for slug in typed():
            for rule in REGISTERS[slug].acts:
                for name, model in self.models_asked(rule).items():
                    with self.subTest(slug, act=rule.name, question=name):
                        record = made(slug, self.khh1, self.eva, next(numbers))
                        before, address = (
                            digest_of(record),
                            f"/{slug}/{record.pk}/{rule.name.replace('_', '-')}",
                        )
                        body = {
                            "on": "2025-01-01",
                            "since": "2025-01-01",
                            "reason": "A good reason.",
                            name: self.foreign(model).natural_key(),
                        }
                        body = {key: value for key, value in body.items() if key in rule.questions}
                        answer = self.send("post", address, body)
                        self.assertIn(name, answer.json().get("errors", {}), answer.content)
                        self.assertEqual(self.client.post(f"{address}/", body).status_code, 422)
                        self.assertEqual(digest_of(record), before)

    def models_asked(self, rule: Act[..., Any]) -> dict[str, Any]:
        """The questions of an act that are answered by a record."""
        asked = {name: question.annotation for name, question in rule.questions.items()}
        return {
            name: kind
            for name, kind in asked.items()
            if isinstance(kind, type) and issubclass(kind, models.Model)
        }

    def test_that_would_fetch_a_foreign_record_home_find_nothing(self) -> None:
        for slug in typed():
            with self.subTest(slug):
                record = made(slug, self.pen1, self.dan, 11)
                before, homes = (
                    digest_of(record),
                    [c for c in references(REGISTERS[slug]) if c.related is Unit],
                )
                for c in homes:
                    answer = self.send(
                        "patch", f"/{slug}/{record.pk}", {c.name: self.told(c, "KHH1"), "version": 1}
                    )
                    self.assertEqual(answer.status_code, 404)
                    page = self.client.post(f"/{slug}/{record.pk}/edit/", {c.name: "KHH1", "version": "1"})
                    self.assertEqual(page.status_code, 404)
                self.assertEqual(digest_of(record), before)
