"""Who lay under whom on which day, however often units moved."""

from __future__ import annotations

import random
from datetime import date, timedelta

from django.test import TestCase

from keepwell.platform.history.acting import Refused, acting
from keepwell.platform.tree.models import Ancestry, Placement, Unit
from tests.cast import START, TELLER, Cast, unit

MOVED = date(2024, 7, 1)
EVE = MOVED - timedelta(days=1)


class Structure(Cast):
    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        with acting(TELLER, "unit.create"):
            cls.line = unit("KHH1-A", "Line A", "unit", cls.khh1)

    def move(self, moved: Unit, to: Unit, day: date) -> None:
        """`moved` lies under `to` from `day` on."""
        found = Unit.objects.get(pk=moved.pk)
        found.parent = to
        with acting(TELLER, "unit.move"):
            found.save(since=day)

    def below(self, top: Unit, day: date | None = None) -> set[str]:
        """Codes of a unit and all under it on `day`."""
        return set(Unit.objects.below(top, day).values_list("code", flat=True))

    def rows(self) -> list[tuple[object, ...]]:
        """The whole closure."""
        columns = ("ancestor", "descendant", "depth", "since", "until")
        return sorted(Ancestry.objects.values_list(*columns), key=str)


class Ancestors(Structure, TestCase):
    def test_are_the_unit_itself_and_all_above_it(self) -> None:
        found = (
            Ancestry.objects.filter(descendant=self.line)
            .order_by("depth")
            .values_list("ancestor__code", "depth")
        )
        self.assertEqual(list(found), [("KHH1-A", 0), ("KHH1", 1), ("MAT", 2), ("MERIDIAN", 3)])

    def test_change_on_the_day_of_a_move_with_all_that_is_below(self) -> None:
        self.move(self.khh1, self.mse, MOVED)
        self.assertEqual(self.below(self.mat, EVE), {"MAT", "KHH1", "KHH1-A", "KHH2"})
        self.assertEqual(self.below(self.mse, EVE), {"MSE", "PEN1"})
        self.assertEqual(self.below(self.mat, MOVED), {"MAT", "KHH2"})
        self.assertEqual(self.below(self.mse, MOVED), {"MSE", "PEN1", "KHH1", "KHH1-A"})

    def test_of_today_are_those_after_the_last_move(self) -> None:
        self.move(self.khh1, self.mse, MOVED)
        self.assertEqual(self.below(self.mse), {"MSE", "PEN1", "KHH1", "KHH1-A"})

    def test_that_did_not_change_stay_one_row(self) -> None:
        self.move(self.khh1, self.mse, MOVED)
        rows = Ancestry.objects.filter(ancestor=self.group, descendant=self.line)
        self.assertEqual(list(rows.values_list("depth", "since", "until")), [(3, START, None)])

    def test_come_back_with_a_unit_that_moves_back(self) -> None:
        self.move(self.khh1, self.mse, MOVED)
        self.move(self.khh1, self.mat, MOVED + timedelta(days=10))
        self.assertIn("KHH1-A", self.below(self.mat, EVE))
        self.assertNotIn("KHH1-A", self.below(self.mat, MOVED + timedelta(days=9)))
        self.assertIn("KHH1-A", self.below(self.mat, MOVED + timedelta(days=10)))

    def test_begin_with_the_unit(self) -> None:
        self.assertEqual(self.below(self.khh1, START - timedelta(days=1)), set())
        self.assertEqual(self.below(self.khh1, START), {"KHH1", "KHH1-A"})


class Moving(Structure, TestCase):
    def test_twice_from_one_day_keeps_the_second(self) -> None:
        self.move(self.khh1, self.mse, MOVED)
        self.move(self.khh1, self.mat, MOVED)
        self.assertEqual(self.below(self.mse, MOVED), {"MSE", "PEN1"})
        self.assertEqual(Placement.objects.filter(unit=self.khh1, since=MOVED).count(), 1)

    def test_before_the_present_place_began_is_refused(self) -> None:
        self.move(self.khh1, self.mse, MOVED)
        with self.assertRaisesMessage(Refused, "has lain in its present place since 2024-07-01"):
            self.move(self.khh1, self.mat, EVE)
        self.assertEqual(Unit.objects.get(code="KHH1").parent, self.mse)

    def test_leaves_no_day_twice_and_none_out(self) -> None:
        self.move(self.khh1, self.mse, MOVED)
        places = (
            Placement.objects.filter(unit=self.khh1)
            .order_by("since")
            .values_list("parent__code", "since", "until")
        )
        self.assertEqual(list(places), [("MAT", START, EVE), ("MSE", MOVED, None)])


class Rebuilding(Structure, TestCase):
    def test_gives_what_adding_gave(self) -> None:
        before = self.rows()
        Ancestry.objects.rebuild()
        self.assertEqual(self.rows(), before)

    def test_agrees_with_walking_up_day_by_day_after_any_moves(self) -> None:
        draw, day = random.Random(2), START
        for _move in range(12):
            day += timedelta(days=draw.randrange(1, 200))
            moved, to = draw.choice([(self.khh1, self.mat), (self.khh1, self.mse), (self.khh2, self.mse),
                                     (self.pen1, self.mat), (self.line, self.khh2), (self.line, self.khh1)])  # fmt: skip
            self.move(moved, to, day)
        for back in range(0, 2500, 83):
            for top in (self.mat, self.mse, self.khh1, self.khh2):
                self.assertEqual(
                    self.below(top, day - timedelta(days=back)), self.walked(top, day - timedelta(days=back))
                )

    def walked(self, top: Unit, day: date) -> set[str]:
        """The same by hand: up from each unit through the places of that day."""
        above = {p.unit_id: p.parent_id for p in Placement.objects.filter(since__lte=day)
                 if p.until is None or p.until >= day}  # fmt: skip
        found = set()
        for code, pk in Unit.objects.values_list("code", "pk"):
            at = pk if pk in above else None
            while at is not None:
                if at == top.pk:
                    found.add(code)
                at = above.get(at)
        return found
