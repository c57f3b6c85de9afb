"""Every change of a record is told once, in order, and never over somebody else's."""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import ValidationError
from django.test import TestCase

from keepwell.platform.history import bulk
from keepwell.platform.history.acting import Conflict, acting
from keepwell.platform.history.keys import named_in
from keepwell.platform.history.models import Change
from keepwell.platform.people.models import Person
from keepwell.platform.tree.models import Unit
from tests.cast import NOW, START, TELLER, Cast

SPACE = UUID("9b6f0f0e-6d0c-4b57-9e6a-0d5e2c3c1a11")


class Tracking(Cast):
    def fresh(self, number: str, **facts: object) -> Person:
        """Somebody new, not yet written."""
        told = {"name": "New One", "unit": self.khh1, "unit_since": START, "employed_from": START} | facts
        return Person(number=number, **told)

    def load(self, who: Person) -> Person:
        """Another copy, as another request has it."""
        return Person.objects.get(pk=who.pk)

    def changes(self, who: Person) -> list[Change]:
        """What was told of somebody, in order."""
        return list(Change.objects.filter(record_id=who.pk).order_by("id"))


class Saving(Tracking, TestCase):
    def test_tells_who_did_what_by_which_verb_with_which_answers(self) -> None:
        eva = self.load(self.eva)
        eva.name = "Eva Wu"
        with acting(self.ben, "person.rename", reason="wedding", on=START):
            eva.save()
        told = self.changes(eva)[-1]
        self.assertEqual((told.by, told.by_name, told.verb), (self.ben.pk, "Ben Tan", "person.rename"))
        self.assertEqual(told.answers, {"reason": "wedding", "on": "2018-01-01"})
        self.assertEqual((told.before, told.after), ({"name": "Eva Chen"}, {"name": "Eva Wu"}))
        self.assertEqual((told.version, told.unit_id), (2, self.khh1.pk))

    def test_without_a_difference_tells_nothing(self) -> None:
        eva = self.load(self.eva)
        with acting(self.ben, "person.edit"):
            eva.save()
        self.assertEqual((eva.version, len(self.changes(eva))), (1, 1))

    def test_outside_an_act_is_a_programming_error(self) -> None:
        with self.assertRaisesMessage(RuntimeError, "outside `acting(by, verb)`"):
            self.load(self.eva).save()

    def test_over_somebody_elses_change_is_told_who_changed_what(self) -> None:
        mine, yours = self.load(self.eva), self.load(self.eva)
        mine.name, yours.name = "Eva One", "Eva Two"
        with acting(self.ben, "person.edit"):
            mine.save()
        with acting(self.ada, "person.edit"), self.assertRaisesMessage(Conflict, "Ben Tan changed") as told:
            yours.save()
        self.assertEqual([change.after for change in told.exception.changes], [{"name": "Eva One"}])
        self.assertEqual((self.load(self.eva).name, len(self.changes(self.eva))), ("Eva One", 2))

    def test_of_what_a_rule_forbids_writes_neither_row_nor_change(self) -> None:
        eva = self.load(self.eva)
        eva.employed_until = START.replace(year=2017)
        with acting(self.ben, "person.edit"), self.assertRaises(ValidationError):
            eva.save()
        self.assertEqual((self.load(self.eva).employed_until, len(self.changes(self.eva))), (None, 1))

    def test_cannot_go_around_the_history(self) -> None:
        rows = Person.objects.filter(pk=self.eva.pk)
        for around in (lambda: rows.update(name="x"), rows.delete, self.eva.delete,
                       lambda: Person.objects.bulk_create([]), lambda: rows.bulk_update([], ["name"])):  # fmt: skip
            with self.assertRaises(TypeError):
                around()

    def test_retires_instead_of_deleting(self) -> None:
        eva = self.load(self.eva)
        eva.retired_at, eva.retired_reason = NOW, "entered twice"
        with acting(self.ben, "person.retire"):
            eva.save()
        self.assertFalse(Person.objects.current().filter(pk=eva.pk).exists())
        self.assertEqual(self.changes(eva)[-1].after["retired_reason"], "entered twice")

    def test_inside_an_act_around_it_keeps_the_batch(self) -> None:
        with acting(self.ada, "outer", batch_id=SPACE), acting(self.ben, "inner"):
            made = self.fresh("B1")
            made.save()
        self.assertEqual([(c.batch_id, c.by_name) for c in self.changes(made)], [(SPACE, "Ben Tan")])


class SavingInBulk(Tracking, TestCase):
    def test_creates_rows_each_with_its_change(self) -> None:
        made = [self.fresh(f"B{n}") for n in range(3)]
        with acting(self.ada, "person.import", batch_id=SPACE):
            self.assertEqual(bulk.create_all(made), 3)
        told = Change.objects.filter(batch_id=SPACE)
        self.assertEqual(set(told.values_list("record_id", flat=True)), {who.pk for who in made})
        self.assertEqual(
            set(told.values_list("version", "verb", "unit_id")), {(1, "person.import", self.khh1.pk)}
        )

    def test_tells_the_same_as_saving_one_by_one(self) -> None:
        one, many = self.fresh("B1"), self.fresh("B2", name="New One")
        with acting(self.ada, "person.import"):
            one.save()
            bulk.create_all([many])
        alone, together = self.changes(one)[0], self.changes(many)[0]
        self.assertEqual(alone.after | {"number": "", "id": ""}, together.after | {"number": "", "id": ""})

    def test_changes_only_what_differs(self) -> None:
        eva, ben = self.load(self.eva), self.load(self.ben)
        eva.name = "Eva Wu"
        with acting(self.ada, "person.import"):
            self.assertEqual(bulk.update_all([eva, ben]), 1)
        self.assertEqual((self.load(eva).version, self.load(ben).version), (2, 1))
        self.assertEqual((self.changes(eva)[-1].before, len(self.changes(ben))), ({"name": "Eva Chen"}, 1))

    def test_changes_different_columns_of_different_rows(self) -> None:
        eva, ben = self.load(self.eva), self.load(self.ben)
        eva.name, ben.mail = "Eva Wu", "new@meridian.example"
        with acting(self.ada, "person.import"):
            self.assertEqual(bulk.update_all([eva, ben]), 2)
        self.assertEqual((self.load(eva).name, self.load(ben).mail), ("Eva Wu", "new@meridian.example"))

    def test_over_somebody_elses_change_changes_none(self) -> None:
        eva, ben = self.load(self.eva), self.load(self.ben)
        other = self.load(self.ben)
        other.name = "Ben Two"
        with acting(self.cleo, "person.edit"):
            other.save()
        eva.name, ben.name = "Eva Wu", "Ben Three"
        with acting(self.ada, "person.import"), self.assertRaisesMessage(Conflict, "Cleo Wang changed"):
            bulk.update_all([eva, ben])
        self.assertEqual((self.load(eva).name, self.load(ben).name), ("Eva Chen", "Ben Two"))
        self.assertEqual(len(self.changes(self.eva)), 1)

    def test_can_be_done_again_to_the_same_objects(self) -> None:
        eva = self.load(self.eva)
        with acting(self.ada, "person.import"):
            for name in ("Eva Wu", "Eva Ho"):
                eva.name = name
                bulk.update_all([eva])
        self.assertEqual([c.after.get("name") for c in self.changes(eva)], ["Eva Chen", "Eva Wu", "Eva Ho"])


class Keyspace(Tracking, TestCase):
    def test_names_records_after_what_they_are(self) -> None:
        with acting(TELLER, "test"), named_in(SPACE):
            one, many = self.fresh("B1"), self.fresh("B2")
            one.save()
            bulk.create_all([many])
        self.assertEqual(str(one.pk), "4708465e-00fe-5dff-b075-c4119424aac9")
        self.assertEqual(str(many.pk), "ffde8645-aa7c-5f13-9c60-4820d9379993")

    def test_ends_where_it_ends(self) -> None:
        with named_in(SPACE):
            pass
        with acting(TELLER, "test"):
            one = self.fresh("B1")
            one.save()
        self.assertEqual(one.pk.version, 4)


class Loading(Tracking, TestCase):
    def test_knows_a_row_for_unchanged(self) -> None:
        for record in (self.load(self.eva), Unit.objects.get(code="KHH1")):
            self.assertEqual(record._loaded, record.values())
