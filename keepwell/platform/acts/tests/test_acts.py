"""An act is allowed, offered, up to date, whole and told, or it did not happen."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import PermissionDenied
from django.test import TestCase

from keepwell.platform.acts.act import ACTS, Act, act
from keepwell.platform.history.acting import Conflict, Refused, acting
from keepwell.platform.history.models import Change
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level
from keepwell.platform.tree.models import Unit
from tests.cast import TELLER, Cast


def rename_person(person: Person, *, by: Person, name: str, unit: Unit, on: date) -> str:
    """Give somebody another name; a name of nothing breaks after the first write."""
    person.name = name
    person.save()
    if name == "Broken":
        raise RuntimeError("after the write")
    if name == "Late":
        person.employed_until = date(2000, 1, 1)
        person.save()
    return name.upper()


class Acting(Cast, TestCase):
    def setUp(self) -> None:
        self.addCleanup(ACTS.pop, "person.rename_person", None)
        made = act(Level.DECIDE, label="Rename", explains="…", offered=lambda who: who.employed_until is None)
        self.rename: Act[..., str] = made(rename_person)

    def do(self, who: Person | None = None, *, by: Person | None = None, name: str = "Eva Wu") -> str:
        """Ada, unless it is somebody else, renames Eva."""
        return self.rename(who or Person.objects.get(pk=self.eva.pk), by=by or self.ada, name=name, unit=self.khh1,
                           on=date(2025, 1, 2))  # fmt: skip

    def told(self) -> list[str]:
        """The verbs of Eva's history."""
        return list(
            Change.objects.filter(record_id=self.eva.pk).order_by("id").values_list("verb", flat=True)
        )

    def test_answers_what_its_rule_answers(self) -> None:
        self.assertEqual(self.do(), "EVA WU")

    def test_is_told_by_its_verb_with_its_answers(self) -> None:
        self.do()
        told = Change.objects.filter(record_id=self.eva.pk).latest("id")
        self.assertEqual((told.verb, told.by), ("person.rename_person", self.ada.pk))
        self.assertEqual(told.answers, {"name": "Eva Wu", "unit": "KHH1", "on": "2025-01-02"})

    def test_asks_for_its_keywords_but_not_who_does_it(self) -> None:
        self.assertEqual(list(self.rename.questions), ["name", "unit", "on"])
        self.assertIs(self.rename.questions["unit"].annotation, Unit)

    def test_needs_the_level_at_the_records_unit(self) -> None:
        for who in (self.ben, self.cleo, self.eva, self.sam):
            with self.assertRaisesMessage(PermissionDenied, "decide people in Kaohsiung Assembly 1"):
                self.do(by=who)
        self.assertEqual(self.told(), ["cast.enter"])

    def test_needs_a_state_in_which_it_is_offered(self) -> None:
        eva = Person.objects.get(pk=self.eva.pk)
        eva.employed_until = date(2025, 1, 1)
        with acting(TELLER, "person.leave"):
            eva.save()
        self.assertFalse(self.rename.is_open_to(self.ada, eva))
        with self.assertRaisesMessage(Refused, "cannot be done in the present state of Eva Chen"):
            self.do()

    def test_shows_its_button_only_to_who_may(self) -> None:
        self.assertEqual([self.rename.is_open_to(who, self.eva) for who in (self.ada, self.ben, self.sam)],
                         [True, False, False])  # fmt: skip

    def test_is_refused_over_somebody_elses_change(self) -> None:
        old = Person.objects.get(pk=self.eva.pk)
        self.do(name="Eva Ho")
        with self.assertRaisesMessage(Conflict, "Ada Lin changed this record"):
            self.do(old)
        self.assertEqual(Person.objects.get(pk=self.eva.pk).name, "Eva Ho")

    def test_that_breaks_leaves_nothing(self) -> None:
        with self.assertRaises(RuntimeError):
            self.do(name="Broken")
        self.assertEqual((Person.objects.get(pk=self.eva.pk).name, self.told()), ("Eva Chen", ["cast.enter"]))

    def test_that_a_rule_of_the_record_forbids_is_refused_in_words(self) -> None:
        with self.assertRaisesMessage(Refused, "Nobody leaves before the first day."):
            self.do(name="Late")
        self.assertEqual((Person.objects.get(pk=self.eva.pk).name, self.told()), ("Eva Chen", ["cast.enter"]))
