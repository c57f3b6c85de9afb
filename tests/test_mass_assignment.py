"""T4: whatever names are sent, only what is declared is written; the rest is refused by name or not heard."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.http import HttpResponse
from django.test import TestCase

from keepwell.platform.registers.register import REGISTERS, Register
from tests.cast import Cast
from tests.house import (
    as_form,
    changed,
    digest_of,
    fresh_values,
    made,
    row_of,
    samples,
    tracked,
    typed,
    values_of,
)
from tests.machine import rounds

TEMPTING = (
    "id", "pk", "retired_at", "retired_reason", "state", "status", "signed_by", "signed_at", "frozen_at", "approved_by",
    "is_staff", "is_superuser", "role", "owner", "org", "path", "unit_id", "person_id", "only_id", "digest", "value",
    "_state", "__class__",
)  # fmt: skip
VERSIONED = ("version",)
SHARE = rounds(4, 1)
"""How many registers share what is sent to them one by one."""


class Shared:
    """Which names each register is sent one by one: those that no register was sent before, and a share of the others."""

    def __init__(self) -> None:
        self.sent: set[str] = set()
        self.turn = 0

    def of(self, names: Iterable[str]) -> list[str]:
        self.turn += 1
        asked = [
            name
            for place, name in enumerate(names)
            if name not in self.sent or not (place + self.turn) % SHARE
        ]
        self.sent.update(asked)
        return asked


def strange(register: type[Register]) -> dict[str, Any]:
    """A value for every name that nobody may write: columns that are not declared, and tempting ones."""
    columns = {
        name: likely(f)
        for f in register.record._meta.get_fields()
        for name in {f.name, getattr(f, "attname", f.name)}
    }
    found = columns | {name: "1" for name in TEMPTING if name not in columns}
    return {name: value for name, value in found.items() if name not in (*register.form_fields, *VERSIONED)}


def likely(field: Any) -> Any:
    """A value that a column of this kind would take."""
    if isinstance(field, models.BooleanField):
        return True
    if isinstance(field, models.DateField):
        return "2001-01-01"
    if isinstance(field, models.IntegerField):
        return 99
    return (
        "00000000-0000-4000-8000-000000000001"
        if field.is_relation or isinstance(field, models.UUIDField)
        else "frozen"
    )


class Sent(Cast, TestCase):
    def setUp(self) -> None:
        self.sign_in(self.ada)

    def send(self, method: str, path: str, body: dict[str, Any]) -> HttpResponse:
        return getattr(self.client, method)(f"/api{path}", json.dumps(body), content_type="application/json")


class ToTheApi(Sent):
    def test_with_a_change_is_refused_by_name(self) -> None:
        for slug in typed():
            with self.subTest(slug):
                record = made(slug, self.khh1, self.eva)
                before, extra = digest_of(record), strange(REGISTERS[slug])
                body = extra | changed(REGISTERS[slug], record) | {"version": 1}
                answer = self.send("patch", f"/{slug}/{record.pk}", body)
                self.assertEqual(answer.status_code, 422, answer.content)
                self.assertEqual(set(answer.json()["errors"]), set(extra))
                self.assertEqual(digest_of(record), before)

    def test_one_at_a_time_is_refused_too(self) -> None:
        share = Shared()
        for slug in typed():
            record, wrong = made(slug, self.khh1, self.eva), strange(REGISTERS[slug])
            before = digest_of(record)
            for name in share.of(wrong):
                with self.subTest(slug, name=name):
                    answer = self.send("patch", f"/{slug}/{record.pk}", {name: wrong[name], "version": 1})
                    self.assertEqual((answer.status_code, digest_of(record)), (422, before))

    def test_with_a_new_record_is_refused_by_name(self) -> None:
        for slug in typed():
            with self.subTest(slug):
                record, extra = made(slug, self.khh1, self.eva), strange(REGISTERS[slug])
                count = type(record).objects.count()
                answer = self.send("post", f"/{slug}", values_of(REGISTERS[slug], record) | extra)
                self.assertEqual(answer.status_code, 422, answer.content)
                self.assertLessEqual(set(extra), set(answer.json()["errors"]))
                self.assertEqual(type(record).objects.count(), count)

    def test_with_an_act_is_refused_by_name(self) -> None:
        for slug in tracked():
            for rule in REGISTERS[slug].acts:
                with self.subTest(slug, act=rule.name):
                    record = made(slug, self.khh1, self.eva, 50 + REGISTERS[slug].acts.index(rule))
                    before, extra = digest_of(record), strange(REGISTERS[slug])
                    extra = {name: value for name, value in extra.items() if name not in rule.questions}
                    answer = self.send("post", f"/{slug}/{record.pk}/{rule.name.replace('_', '-')}", extra)
                    self.assertEqual(answer.status_code, 422, answer.content)
                    self.assertLessEqual(set(extra), set(answer.json()["errors"]))
                    self.assertEqual(digest_of(record), before)

    def test_for_what_nobody_types_finds_no_way_in(self) -> None:
        for slug in set(samples()) - set(typed()):
            with self.subTest(slug):
                record = made(slug, self.khh1, self.eva)
                before = digest_of(record)
                for method, path in (
                    ("patch", f"/{slug}/{record.pk}"),
                    ("put", f"/{slug}/{record.pk}"),
                    ("post", f"/{slug}"),
                ):
                    self.assertEqual(self.send(method, path, strange(REGISTERS[slug])).status_code, 405)
                self.assertEqual(digest_of(record), before)


class ToAForm(Sent):
    def test_with_a_change_is_not_heard(self) -> None:
        for slug in typed():
            with self.subTest(slug):
                record = made(slug, self.khh1, self.eva)
                before, new = row_of(record), changed(REGISTERS[slug], record)
                form = (
                    strange(REGISTERS[slug])
                    | as_form(values_of(REGISTERS[slug], record) | new)
                    | {"version": "1"}
                )
                answer = self.client.post(f"/{slug}/{record.pk}/edit/", form)
                self.assertEqual(answer.status_code, 302, answer.content)
                after = row_of(record)
                self.assertEqual({name for name in after if after[name] != before[name]}, {*new, "version"})

    def test_with_a_new_record_is_not_heard(self) -> None:
        for slug in typed():
            with self.subTest(slug):
                model = REGISTERS[slug].record
                form = strange(REGISTERS[slug]) | as_form(fresh_values(slug, self.khh1, self.eva))
                known = set(model._base_manager.values_list("pk", flat=True))
                answer = self.client.post(f"/{slug}/new/", form)
                self.assertEqual(answer.status_code, 302, answer.content)
                new = model._base_manager.exclude(pk__in=known).get()
                self.assertEqual((new.version, new.retired_at, new.retired_reason), (1, None, ""))
                wrong = {f.attname for f in model._meta.concrete_fields if f.name in strange(REGISTERS[slug])
                         and getattr(new, f.attname) == likely(f) and likely(f) is not True}  # fmt: skip
                self.assertEqual(wrong, set())


class InAFile(Sent):
    def test_is_refused_by_its_heading(self) -> None:
        share = Shared()
        for slug in typed():
            record = made(slug, self.khh1, self.eva)
            before = digest_of(record)
            known = {"id", *REGISTERS[slug].filed_names()}
            for name in share.of(
                name for name in (*VERSIONED, *strange(REGISTERS[slug])) if name not in known
            ):
                with self.subTest(slug, name=name):
                    file = SimpleUploadedFile("rows.csv", f"id,{name}\r\n{record.pk},7\r\n".encode())
                    answer = self.client.post(f"/api/{slug}/bring-in", {"file": file})
                    if name in REGISTERS[slug].told_columns:  # our own files have it, and it is passed over
                        self.assertEqual(answer.json()["changed"] + answer.json()["created"], 0)
                        self.assertEqual(digest_of(record), before)
                        continue
                    self.assertEqual(answer.status_code, 409, answer.content)
                    self.assertIn(f"“{name}”", answer.json()["detail"])
                    self.assertEqual(digest_of(record), before)
