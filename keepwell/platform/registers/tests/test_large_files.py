"""Files of thousands of rows: checked whole, written whole or not at all, and once."""

from __future__ import annotations

from unittest import mock

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from keepwell.platform.exchange.models import Batch, StagedRows
from keepwell.platform.history.acting import Refused, acting
from keepwell.platform.history.models import Change
from keepwell.platform.people.models import Person, Posting
from keepwell.platform.registers import files
from keepwell.platform.registers.files import carry_out, receive
from keepwell.platform.registers.importing.outcome import CHUNK
from keepwell.platform.registers.register import REGISTERS
from keepwell.platform.registers.tests.deliveries import (
    HEADINGS,
    MANY,
    Delivering,
    Killed,
    dying_after,
    hire,
    hires,
)
from tests.cast import NOW, TELLER, grant

THERE = 6  # the cast


class LargeFile(Delivering, TestCase):
    def test_brings_in_every_row_with_its_posting_and_its_change_from_the_batch(self) -> None:
        outcome = self.bring(hires())
        assert outcome.batch is not None
        self.assertEqual((outcome.rows, outcome.created, outcome.errors), (MANY, MANY, []))
        self.assertEqual(Person.objects.count(), MANY + THERE)
        self.assertEqual(Posting.objects.filter(person__number__startswith="B").count(), MANY)
        changes = Change.objects.filter(batch_id=outcome.batch.pk)
        self.assertEqual(changes.count(), MANY)
        self.assertEqual(
            set(changes.values_list("verb", "by_name", "version")), {("person.import", "Ada Lin", 1)}
        )
        self.assertEqual((outcome.batch.state, outcome.batch.rows), (Batch.State.APPLIED, MANY))
        self.assertFalse(StagedRows.objects.exists())

    def test_writes_nothing_when_it_comes_again(self) -> None:
        self.bring(hires())
        changes = Change.objects.count()
        again = self.bring(hires())
        self.assertEqual((again.created, again.changed, again.unchanged, again.batch), (0, 0, MANY, None))
        self.assertEqual((Change.objects.count(), Batch.objects.count()), (changes, 1))

    def test_changes_what_differs_and_adds_what_is_new(self) -> None:
        self.bring(hires())
        rows = [*hires(), hire(9_000)]
        rows[7] = hire(7, unit="KHH2", unit_since="2025-03-01")
        outcome = self.bring(rows)
        self.assertEqual((outcome.created, outcome.changed, outcome.unchanged), (1, 1, MANY - 1))
        mover = Person.objects.get(number="B0000007")
        told = Change.objects.get(record_id=mover.pk, version=2)
        self.assertEqual(
            (told.before["unit_id"], told.after["unit_id"]), (str(self.khh1.pk), str(self.khh2.pk))
        )
        self.assertEqual(set(told.after), {"unit_id", "unit_since"})
        self.assertEqual([str(p.until) for p in mover.postings.order_by("since")], ["2025-02-28", "None"])

    @pytest.mark.postgresql
    def test_lets_the_database_look_at_its_tables_anew(self) -> None:
        def known() -> float:
            with connection.cursor() as cursor:
                cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'people_person'")
                return float(cursor.fetchone()[0])

        before = known()
        with mock.patch.object(files, "WORTH_A_LOOK", MANY + 1):
            self.bring(hires())
        self.assertEqual(known(), before)
        with mock.patch.object(files, "WORTH_A_LOOK", MANY):
            self.bring([hire(n, name="Another Name") for n in range(MANY)])
        self.assertEqual(known(), MANY + THERE)

    def test_tells_on_trial_what_it_would_do_and_does_nothing(self) -> None:
        self.bring(hires())
        rows = [*hires(), hire(9_000)]
        rows[7] = hire(7, name="Another Name")
        outcome = self.bring(rows, dry_run=True)
        self.assertEqual((outcome.created, outcome.changed, outcome.unchanged), (1, 1, MANY - 1))
        self.assertEqual((Person.objects.count(), Batch.objects.count()), (MANY + THERE, 1))

    def test_ignores_the_order_of_columns_and_leaves_alone_those_it_lacks(self) -> None:
        self.bring(hires())
        rows = [[f"b{n}@new.example", f"B{n:07}"] for n in range(MANY)]
        self.assertEqual(self.bring(rows, ("mail", "number")).changed, MANY)
        changed = Person.objects.get(number="B0000003")
        self.assertEqual((changed.mail, changed.name), ("b3@new.example", "Worker 3"))

    def test_is_brought_back_by_id_unchanged_and_renames_by_it(self) -> None:
        self.bring(hires())
        found = Person.objects.filter(number__startswith="B").order_by("number")
        rows = [[str(p.pk), p.number] for p in found]
        self.assertEqual(self.bring(rows, ("id", "number")).unchanged, MANY)
        rows[0][1] = "C0000000"
        self.assertEqual(self.bring(rows, ("id", "number")).changed, 1)
        self.assertEqual(Person.objects.get(number="C0000000").pk, found.model.objects.get(pk=rows[0][0]).pk)


class LargeFileWithMistakes(Delivering, TestCase):
    def refused(
        self, *wrong: list[str], headings: tuple[str, ...] = HEADINGS
    ) -> list[tuple[int, str, str, str]]:
        """What is told of these rows at the end of a long file, of which nothing must be written."""
        blank = [""] * (len(headings) - len(HEADINGS))
        outcome = self.bring([*([*blank, *row] for row in hires()), *wrong], headings)
        self.assertEqual(Person.objects.count(), THERE)
        self.assertEqual(Change.objects.filter(verb="person.import").count(), 0)
        self.assertFalse(StagedRows.objects.exists())
        assert outcome.batch is not None
        self.assertEqual(
            (outcome.batch.state, len(outcome.batch.errors)), (Batch.State.REFUSED, len(outcome.errors))
        )
        return self.told(outcome)

    def test_tells_all_of_them_at_once_and_writes_nothing(self) -> None:
        rows = hires()
        rows[4] = hire(4, employed_from="2020-02-30")
        rows[1500] = hire(1500, unit="NROTH")
        rows[2000] = hire(2000, mail="nobody", kind="boss")
        told = self.told(self.bring(rows))
        self.assertEqual([e[:3] for e in told], [
            (6, "employed_from", "2020-02-30"), (1502, "unit", "NROTH"), (2002, "kind", "boss"),
        ])  # fmt: skip
        self.assertEqual(told[0][3], "a day that exists, as 2023-02-28")
        self.assertEqual(told[2][3], "one of employee, external, machine")
        self.assertEqual(Person.objects.count(), THERE)

    def test_names_both_lines_of_a_key_met_twice(self) -> None:
        told = self.refused(hire(3))
        self.assertEqual(told, [(MANY + 2, "number", "B0000003", "once in a file; it stands in line 5 too")])

    def test_names_both_lines_of_an_id_met_twice(self) -> None:
        rows = [[str(self.eva.pk), *hire(9_001)], [str(self.eva.pk), *hire(9_002)]]
        told = self.refused(*rows, headings=("id", *HEADINGS))
        self.assertEqual(
            told, [(MANY + 3, "id", str(self.eva.pk), f"once in a file; it stands in line {MANY + 2} too")]
        )

    def test_refuses_an_id_that_nobody_has(self) -> None:
        told = self.refused(
            ["5c8ad8a5-0000-4000-8000-000000000000", *hire(9_000)], headings=("id", *HEADINGS)
        )
        self.assertEqual([e[:2] for e in told], [(MANY + 2, "id")])

    def test_refuses_an_empty_id_for_a_key_that_is_there(self) -> None:
        told = self.refused(["", *hire(0, number="A0000005")], headings=("id", *HEADINGS))
        self.assertEqual(told, [(MANY + 2, "number", "A0000005",
                                 "a new one, since the id is empty; this one is there already")])  # fmt: skip

    def test_refuses_a_key_that_another_record_has(self) -> None:
        told = self.refused([str(self.eva.pk), *hire(0, number="A0000002")], headings=("id", *HEADINGS))
        self.assertEqual([e[:3] for e in told], [(MANY + 2, "number", "A0000002")])

    def test_refuses_what_must_be_filled_in_and_is_empty(self) -> None:
        told = self.refused(hire(9_000, employed_from="", language="", name=""))
        self.assertEqual({e[1] for e in told}, {"employed_from", "language", "name"})
        self.assertEqual({e[3] for e in told}, {"This must be filled in."})

    def test_refuses_a_key_that_is_empty(self) -> None:
        self.assertEqual([e[:2] for e in self.refused(hire(0, number=""), hire(1, number=""))],
                         [(MANY + 2, "number"), (MANY + 3, "number")])  # fmt: skip

    def test_refuses_days_that_contradict_each_other(self) -> None:
        told = self.refused(hire(9_000, employed_until="2019-12-31"))
        self.assertEqual(
            told[0], (MANY + 2, "employed_until", "2019-12-31", "Nobody leaves before the first day.")
        )

    def test_refuses_somebody_retired(self) -> None:
        self.eva.retired_at = NOW
        with acting(TELLER, "person.retire"):
            self.eva.save()
        self.assertEqual(
            [e[:3] for e in self.refused(hire(0, number="A0000005"))], [(MANY + 2, "number", "A0000005")]
        )

    def test_refuses_new_people_without_a_column_they_need(self) -> None:
        rows = [[f"B{n:07}", "Some Body", "KHH1"] for n in range(MANY)]
        outcome = self.bring(rows, ("number", "name", "unit"))
        self.assertEqual({e[1] for e in self.told(outcome)}, {"unit_since", "employed_from"})
        self.assertEqual(Person.objects.count(), THERE)

    def test_refuses_a_column_that_nobody_knows_by_name(self) -> None:
        with self.assertRaisesMessage(Refused, "No column of People is called “salary”"):
            self.bring(hires(), (*HEADINGS[:-1], "salary"))

    def test_refuses_a_file_that_does_not_say_who_is_meant(self) -> None:
        with self.assertRaisesMessage(Refused, "The column “number” is missing"):
            self.bring([["Eva"]] * MANY, ("name",))

    def test_refuses_people_in_a_unit_where_the_importer_has_no_right(self) -> None:
        rows = [*hires(), hire(9_000, unit="KHH2")]
        told = self.told(self.bring(rows, by=self.sam))
        self.assertEqual([e[:2] for e in told], [(MANY + 2, "unit")])
        self.assertEqual(Person.objects.count(), THERE)

    def test_refuses_to_fetch_people_from_where_the_importer_has_no_right(self) -> None:
        rows = [*hires(), hire(0, number="A0000003")]
        self.assertEqual([e[:2] for e in self.told(self.bring(rows, by=self.sam))], [(MANY + 2, "unit")])
        self.cleo.refresh_from_db()
        self.assertEqual(self.cleo.unit, self.group)

    def test_is_refused_at_the_door_to_who_may_edit_nobody(self) -> None:
        with self.assertRaises(PermissionDenied):
            self.bring(hires(), by=self.cleo)
        self.assertFalse(Batch.objects.exists())


class LargeFileOfWaysIn(Delivering, TestCase):
    """Mail addresses are ways in: of whoever may do more than the importer, they stay."""

    def moved(self, *more: list[str]) -> list[list[str]]:
        """Everybody hired gets another mail address, and `more`."""
        return [*(hire(n, mail=f"new{n}@meridian.example") for n in range(MANY)), *more]

    def with_officer(self) -> Person:
        """The first of those hired, who is an officer of KHH1 since."""
        officer = Person.objects.get(number="B0000000")
        with acting(TELLER, "grant.give"):
            grant(officer, "site_officer", self.khh1)
        return officer

    def test_asks_the_rule_about_all_of_a_part_at_once(self) -> None:
        self.bring(hires())
        self.with_officer()
        with CaptureQueriesContext(connection) as asked:
            self.assertEqual(self.bring(self.moved()).changed, MANY)
        # What is streamed to PostgreSQL leaves no text.
        grants = [one for one in asked.captured_queries if 'FROM "people_grant"' in (one["sql"] or "")]
        self.assertLess(len(grants), 10 * (MANY // CHUNK + 1))

    def test_refuses_that_of_whoever_may_do_more_and_names_the_line(self) -> None:
        self.bring(hires())
        self.with_officer()
        outcome = self.bring(self.moved(), by=self.sam)
        ((line, column, found, expected),) = self.told(outcome)
        self.assertEqual((line, column, found), (2, "", "Worker 0"))
        self.assertRegex(expected, r"^You need the right to edit .+ in Kaohsiung Assembly 1\.$")
        self.assertFalse(Person.objects.filter(mail__startswith="new").exists())

    def test_refuses_that_of_whoever_was_given_more_while_the_file_was_read(self) -> None:
        self.bring(hires())
        path = self.file(self.moved())
        batch = receive(REGISTERS["people"], path.read_bytes(), path.name, self.sam)
        with self.assertRaises(Killed):
            carry_out(batch, self.sam, progress=dying_after(4))
        self.with_officer()
        with self.assertRaisesMessage(PermissionDenied, "You need the right to edit"):
            self.lives(batch, by=self.sam)
        self.assertFalse(Person.objects.filter(mail__startswith="new").exists())


class KilledReader(Delivering, TestCase):
    def test_has_checked_for_the_next_one_and_written_nothing(self) -> None:
        batch = self.waiting(hires())
        self.dies(batch, calls=2)
        self.assertEqual((StagedRows.objects.count(), Person.objects.count()), (2, THERE))
        outcome = self.lives(batch)
        self.assertEqual((outcome.rows, outcome.created, Person.objects.count()), (MANY, MANY, MANY + THERE))
        self.assertEqual(Change.objects.filter(batch_id=batch.pk).count(), MANY)

    def test_while_writing_leaves_nothing_half_written(self) -> None:
        batch = self.waiting(hires())
        self.dies(batch, calls=5)
        self.assertEqual((StagedRows.objects.count(), Person.objects.count()), (3, THERE))
        self.assertEqual(self.lives(batch).created, MANY)

    def test_does_not_lose_the_mistakes_it_met(self) -> None:
        batch = self.waiting([hire(0, unit="NROTH"), *hires()[1:], hire(1)])
        self.dies(batch, calls=2)
        self.assertEqual([e[:3] for e in self.told(self.lives(batch))],
                         [(2, "unit", "NROTH"), (MANY + 2, "number", "B0000001")])  # fmt: skip
        self.assertEqual(Person.objects.count(), THERE)

    def test_knows_afterwards_in_which_line_a_key_stood(self) -> None:
        batch = self.waiting([*hires(), hire(1)])
        self.dies(batch, calls=2)
        self.assertEqual(
            [e[3] for e in self.told(self.lives(batch))], ["once in a file; it stands in line 3 too"]
        )

    def test_gives_no_rights_that_were_taken_meanwhile(self) -> None:
        batch = self.waiting(hires())
        self.dies(batch, calls=4)
        with acting(TELLER, "grant.end"):
            for held in self.ada.grants.all():
                held.until = held.since
                held.save()
        with self.assertRaisesMessage(PermissionDenied, "You need the right to edit people."):
            self.lives(batch)
        self.assertEqual((Person.objects.count(), Batch.objects.get().state), (THERE, Batch.State.REFUSED))

    def test_gives_no_rights_to_units_that_were_taken_meanwhile(self) -> None:
        batch = self.waiting(hires())
        self.dies(batch, calls=4)
        with self.assertRaisesMessage(PermissionDenied, "Your rights were changed"):
            self.lives(batch, by=self.importer_of_khh2())
        self.assertEqual(Person.objects.count(), THERE)

    def importer_of_khh2(self) -> Person:
        """Sam, whose right lies at KHH2 now."""
        with acting(TELLER, "grant.end"):
            held = self.sam.grants.get(role="hr_importer")
            held.unit = self.khh2
            held.save()
        return self.sam

    def test_overwrites_nothing_that_somebody_changed_meanwhile(self) -> None:
        self.bring(hires())
        batch = self.waiting([hire(n, name="New Name") for n in range(MANY)])
        self.dies(batch, calls=4)
        found = Person.objects.get(number="B0000003")
        found.name = "Married Name"
        with acting(self.ben, "person.edit"):
            found.save()
        with self.assertRaisesMessage(Refused, "was changed while the file was read"):
            self.lives(batch)
        self.assertEqual(Person.objects.filter(name="New Name").count(), 0)

    def test_that_wakes_up_again_does_not_undo_what_the_next_one_did(self) -> None:
        self.bring(hires())
        batch = self.waiting([hire(n, name="New Name") for n in range(MANY)])
        sleeper = Batch.objects.get(pk=batch.pk)
        self.dies(batch, calls=4)
        self.assertEqual(self.lives(batch).changed, MANY)
        with self.assertRaises(Refused):
            self.lives(sleeper)
        self.assertEqual(Batch.objects.get(pk=batch.pk).state, Batch.State.APPLIED)
        self.assertEqual(
            set(Person.objects.filter(number__startswith="B").values_list("version", flat=True)), {2}
        )
