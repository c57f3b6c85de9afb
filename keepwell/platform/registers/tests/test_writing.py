"""Writing one record: only what is declared, only where rights reach, all mistakes at once."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock, skipUnless

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from keepwell.platform.history.acting import Conflict, acting
from keepwell.platform.history.models import Change
from keepwell.platform.people.models import Grant, Person
from keepwell.platform.registers.columns import Kind, column
from keepwell.platform.registers.files import bring_in
from keepwell.platform.registers.register import REGISTERS, Register
from keepwell.platform.registers.writing import Mistakes, _rules, _settled, change, create
from keepwell.platform.tree.models import Unit
from tests.cast import NOW, TELLER, Cast, grant, person

UNITS, PEOPLE = REGISTERS["units"], REGISTERS["people"]
NEW_SITE = {
    "code": "KHH9", "name": "Kaohsiung Assembly 9", "kind": "site", "parent": "MAT", "country": "TW",
    "time_zone": "Asia/Taipei", "active_from": "2024-01-01",
}  # fmt: skip
NEW_PERSON = {
    "number": "B7", "name": "Bea Ho", "unit": "KHH2", "unit_since": "2024-01-01",
    "employed_from": "2024-01-01",
}  # fmt: skip


def row(record: Any) -> dict[str, Any]:
    """The row as the database has it now."""
    return type(record)._base_manager.filter(pk=record.pk).values().get()


class Creating(Cast, TestCase):
    def test_writes_the_row_and_tells_history_who_did(self):
        made = create(UNITS, NEW_SITE, by=self.ada)
        told = Change.objects.get(record_id=made.pk)
        self.assertEqual((told.by, told.verb, made.parent), (self.ada.pk, "unit.create", self.mat))

    def test_begins_with_the_records_defaults(self):
        self.assertEqual(create(UNITS, NEW_SITE, by=self.ada).criticality, 2)

    def test_tells_all_mistakes_at_once(self):
        wrong = {
            **NEW_SITE,
            "country": "Taiwan",
            "active_from": "2024-02-30",
            "criticality": "high",
            "name": "",
            "boss": "me",
        }
        with self.assertRaises(Mistakes) as told:
            create(UNITS, wrong, by=self.ada)
        self.assertEqual(
            set(told.exception.by_field), {"country", "active_from", "criticality", "name", "boss"}
        )
        self.assertEqual(told.exception.by_field["active_from"], ["Write a day, as 2023-12-31."])
        self.assertEqual(told.exception.by_field["name"], ["This must be filled in."])
        self.assertFalse(Unit.objects.filter(code="KHH9").exists())

    def test_needs_the_right_where_the_record_will_lie(self):
        with acting(TELLER, "test.grant"):
            grant(self.sam, "hr_importer", self.khh1)
            grant(self.sam, "auditor", self.group)
        with self.assertRaisesMessage(
            PermissionDenied, "You need the right to edit people in Kaohsiung Assembly 2."
        ):
            create(PEOPLE, NEW_PERSON, by=self.sam)
        self.assertEqual(create(PEOPLE, {**NEW_PERSON, "unit": "KHH1"}, by=self.sam).unit, self.khh1)

    def test_is_not_for_sam(self):
        with self.assertRaises(PermissionDenied):
            create(UNITS, NEW_SITE, by=self.sam)

    def test_refuses_characters_that_a_database_cannot_keep(self):
        for name in ("a\x00b", "\ud800"):
            with self.assertRaises(Mistakes):
                create(UNITS, {**NEW_SITE, "name": name}, by=self.ada)

    def test_does_not_make_a_second_group(self):
        with self.assertRaises((Mistakes, PermissionDenied)):
            create(UNITS, {**NEW_SITE, "kind": "group", "parent": None}, by=self.ada)


class WhatTheDatabaseKeeps(Cast, TestCase):
    """Rules over columns are asked where one of their columns changed, and nowhere else."""

    def test_is_asked_of_no_column_that_stayed(self):
        with CaptureQueriesContext(connection) as asked:
            change(PEOPLE, self.eva, {**self.form(), "name": "Eva Ong"}, 1, by=self.ada)
        checks = [one["sql"] for one in asked if "_check" in (one["sql"] or "")]
        self.assertEqual(checks, [])

    def test_is_told_in_its_own_words_whichever_of_its_columns_changed(self):
        for given, says in (
            ({"employed_until": "2010-01-01"}, "Nobody leaves before the first day."),
            ({"unit_since": "2010-01-01"}, "Nobody is in a unit before the first day."),
            ({"number": self.ben.number}, "already exists"),
        ):
            with self.subTest(str(given)), self.assertRaisesMessage(Mistakes, says):
                change(PEOPLE, Person.objects.get(pk=self.eva.pk), given, 1, by=self.ada)

    def test_leaves_out_no_rule_that_a_change_touches(self):
        for slug, register in REGISTERS.items():
            model = register.record
            for name in (f.name for f in model._meta.concrete_fields):
                left_out = _settled(model, frozenset({name}))
                touched = [rule for rule in _rules(model) if name in rule]
                self.assertFalse(left_out & frozenset({name}.union(*touched)), f"{slug}: {name}")

    def form(self) -> dict[str, Any]:
        """What the form of a person sends where nothing was typed."""
        values = {name: getattr(self.eva, name) for name in ("number", "name", "unit_since", "employed_from")}
        return {**{name: str(value) for name, value in values.items()}, "unit": self.eva.unit.code}


class Changing(Cast, TestCase):
    def test_keeps_what_is_not_given(self):
        changed = change(UNITS, self.khh1, {"name": "Kaohsiung One"}, 1, by=self.ada)
        self.assertEqual((changed.name, changed.code, changed.version), ("Kaohsiung One", "KHH1", 2))

    def test_names_who_changed_it_in_between(self):
        change(UNITS, Unit.objects.get(code="KHH1"), {"name": "Kaohsiung One"}, 1, by=self.ada)
        with self.assertRaisesMessage(Conflict, "Ada Lin changed this record") as told:
            change(UNITS, Unit.objects.get(code="KHH1"), {"name": "Mine"}, 1, by=self.ada)
        self.assertEqual([c.after for c in told.exception.changes], [{"name": "Kaohsiung One"}])
        self.assertEqual(Unit.objects.get(code="KHH1").name, "Kaohsiung One")

    def test_refuses_a_version_that_never_was(self):
        with self.assertRaises(Mistakes):
            change(UNITS, self.khh1, {"name": "Mine"}, 7, by=self.ada)

    def test_is_not_for_those_who_may_only_look(self):
        with self.assertRaises(PermissionDenied):
            change(UNITS, self.khh1, {"name": "Mine"}, 1, by=self.ben)

    def test_needs_the_right_at_both_ends_of_a_move(self):
        with acting(TELLER, "test.grant"):
            grant(self.sam, "hr_importer", self.khh1)
            grant(self.sam, "auditor", self.group)
        before = row(self.eva)
        with self.assertRaisesMessage(PermissionDenied, "edit people in Penang Assembly 1"):
            change(PEOPLE, self.eva, {"unit": "PEN1", "unit_since": "2024-01-01"}, 1, by=self.sam)
        self.assertEqual(row(self.eva), before)
        pen = Person.objects.get(number="A0000001")
        with self.assertRaises(PermissionDenied):
            change(PEOPLE, pen, {"unit": "KHH1"}, 1, by=self.sam)


class References(Cast, TestCase):
    """T5: a record named in a write must be one that the writer may see."""

    def test_to_what_may_not_be_seen_are_refused_like_absent_ones(self):
        with acting(TELLER, "test.grant"):
            grant(self.sam, "hr_importer", self.khh1)
        for foreign in ("PEN1", str(self.pen1.pk), "NIX", "' OR 1=1 --"):
            with self.assertRaises(Mistakes) as told:
                change(PEOPLE, Person.objects.get(pk=self.eva.pk), {"unit": foreign}, 1, by=self.sam)
            self.assertEqual(told.exception.by_field, {"unit": [f"No unit is called “{foreign}”."]})

    def test_of_every_register_are_asked_for_rights(self):
        with acting(TELLER, "test.grant"):
            for area_role in ("hr_importer", "site_officer", "secretariat"):
                grant(self.sam, area_role, self.khh1)
            stranger = person("Z1", "Zoe Unseen", self.pen1)
        foreign = {Unit: self.pen1, Person: stranger}
        for register in REGISTERS.values():
            for name in register.form_fields:
                c = column(register.record, name)
                if c.kind in (Kind.ONE, Kind.MANY) and c.related in foreign:
                    self.refused(register, name, foreign[c.related], many=c.kind is Kind.MANY)

    def refused(self, register: type[Register], name: str, foreign: Any, *, many: bool) -> None:
        raw = [str(foreign.pk)] if many else str(foreign.pk)
        count = register.record._base_manager.count()
        with (
            self.subTest(register.slug(), name=name),
            self.assertRaises((Mistakes, PermissionDenied)) as told,
        ):
            create(register, {name: raw}, by=self.sam)
        if isinstance(told.exception, Mistakes):
            self.assertIn(name, told.exception.by_field)
        self.assertEqual(register.record._base_manager.count(), count)


class MassAssignment(Cast, TestCase):
    """T4: no field is written but those that the register declares."""

    EXTRA = (
        "id",
        "pk",
        "org",
        "role_name",
        "is_staff",
        "path",
        "owner",
        "approved_by",
        "version",
        "retired_at",
        "__class__",
        "_state",
    )

    def test_reaches_no_field_that_is_not_declared(self):
        for register, record in ((UNITS, self.khh1), (PEOPLE, self.eva)):
            names = {f.name for f in register.record._meta.get_fields()} | {
                f.attname for f in register.record._meta.concrete_fields
            }
            for name in sorted({*names, *self.EXTRA} - set(register.form_fields)):
                with self.subTest(register.slug(), name=name):
                    before = row(record)
                    with self.assertRaises(Mistakes) as told:
                        change(register, type(record).objects.get(pk=record.pk), {name: "x"}, 1, by=self.ada)
                    self.assertEqual(list(told.exception.by_field), [name])
                    self.assertEqual(row(record), before)

    def test_gives_nobody_a_role_by_the_way(self):
        self.assertEqual(Grant.objects.filter(person=self.sam).count(), 0)
        with self.assertRaises(Mistakes):
            change(PEOPLE, self.sam, {"grants": [{"role": "administrator"}]}, 1, by=self.ada)
        self.assertEqual(Grant.objects.filter(person=self.sam).count(), 0)


@skipUnless("certificates" in REGISTERS, "the register of certificates is not installed")
class Links(Cast, TestCase):
    def setUp(self):
        standards = REGISTERS["standards"]
        create(
            standards,
            {"code": "iso-27001", "name": "ISO/IEC 27001", "publisher": "ISO", "unit": "MERIDIAN"},
            by=self.ada,
        )
        self.values = {"standard": "iso-27001", "number": "N-1", "body": "Nordmark Cert", "scope": "Assembly",
                       "unit": "MERIDIAN",
                       "issued_on": "2024-01-01", "valid_until": "2026-12-31"}  # fmt: skip

    def test_are_set_in_the_same_change(self):
        made = create(REGISTERS["certificates"], {**self.values, "sites": ["KHH1", "KHH2"]}, by=self.ada)
        self.assertEqual(set(made.sites.all()), {self.khh1, self.khh2})
        told = Change.objects.get(record_id=made.pk)
        self.assertEqual(sorted(told.after["sites"]), sorted([str(self.khh1.pk), str(self.khh2.pk)]))
        changed = change(REGISTERS["certificates"], made, {"sites": ["PEN1"]}, made.version, by=self.ada)
        self.assertEqual(set(changed.sites.all()), {self.pen1})
        self.assertEqual(changed.valid_until, date(2026, 12, 31))


class Namesakes(Cast, TestCase):
    """A role of Cleo's that was retired, and those that have its key after it."""

    def given(self, *, is_retired: bool = False, since: date = date(2025, 1, 1)) -> Grant:
        with acting(TELLER, "cast.enter"):
            made = Grant(person=self.cleo, role="auditor", unit=self.khh1, since=since)
            made.retired_at = NOW if is_retired else None
            made.save()
        return made

    def bring_in(self, until: str) -> Any:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "grants.csv"
            line = f"{self.cleo.number},auditor,KHH1,2025-01-01,{until}"
            path.write_text(f"person,role,unit,since,until\n{line}\n")
            return bring_in(REGISTERS["grants"], path, self.ada)

    def test_that_are_retired_are_not_meant_by_a_file(self) -> None:
        self.given(is_retired=True)
        standing = self.given()
        self.given(is_retired=True)
        told = self.bring_in("2026-01-31")
        self.assertEqual((told.errors, told.changed), ([], 1))
        self.assertEqual(row(standing)["until"], date(2026, 1, 31))

    def test_leave_no_choice_to_chance(self) -> None:
        """Where several stand with one key, the file has to give the id."""
        found = [self.given(), self.given(since=date(2024, 1, 1))]
        with mock.patch.object(Grant, "key_fields", ("person__number", "role", "unit__code")):
            (wrong,) = self.bring_in("2026-01-31").errors
        self.assertIn("give the id", wrong.expected)
        self.assertEqual({row(one)["until"] for one in found}, {None})
