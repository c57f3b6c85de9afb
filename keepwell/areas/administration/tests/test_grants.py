"""Nobody gives more than they hold, nobody gives to themselves, and nobody is locked out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.exceptions import PermissionDenied
from django.test import TestCase
from django.urls import reverse

from keepwell.areas.administration import rules
from keepwell.areas.administration.registers import Grants
from keepwell.kernel import moments
from keepwell.platform.exchange.readers import open_table
from keepwell.platform.history.acting import Refused, acting
from keepwell.platform.people.models import Grant, Person
from keepwell.platform.people.permissions import may
from keepwell.platform.people.roles import Level
from keepwell.platform.people.tokens import issue
from keepwell.platform.registers.files import bring_in
from keepwell.platform.registers.importing.large import fits
from keepwell.platform.registers.importing.plan import plan
from keepwell.platform.registers.writing import change, create
from keepwell.platform.tree.models import Unit
from tests.cast import NOW, TELLER, Cast, grant

SINCE = date(2025, 1, 1)


class Giving(Cast):
    """The cast, and Ben who administers KHH1 beside being its officer, and looks into the whole group."""

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        with acting(TELLER, "cast.enter"):
            cls.bens = grant(cls.ben, "administrator", cls.khh1)
            grant(cls.ben, "auditor", cls.group)

    def setUp(self) -> None:
        self.enterContext(moments.standing_at(NOW))

    def gives(self, by: Person, to: Person, role: str, at: Unit, **more: Any) -> Grant:
        """`by` grants `role` to `to` at `at`, as a form or a program does."""
        values = {"person": to.number, "role": role, "unit": at.code, "since": SINCE, **more}
        return create(Grants, values, by=by)


class Granting(Giving, TestCase):
    def test_gives_what_one_holds_oneself(self) -> None:
        self.gives(self.ben, self.eva, "auditor", self.khh1)
        self.assertTrue(may(self.eva, "assurance", Level.VIEW, self.khh1))

    def test_is_refused_in_a_unit_one_does_not_administer(self) -> None:
        with self.assertRaisesMessage(PermissionDenied, "administer administration in Kaohsiung Assembly 2"):
            self.gives(self.ben, self.eva, "auditor", self.khh2)
        with self.assertRaises(PermissionDenied):
            self.gives(self.ben, self.eva, "auditor", self.group)

    def test_is_refused_to_who_only_views_or_edits(self) -> None:
        with acting(TELLER, "cast.enter"):
            grant(self.cleo, "auditor", self.group)
        for who in (self.cleo, self.sam, self.dan):
            with self.assertRaises(PermissionDenied):
                self.gives(who, self.eva, "employee", self.khh1)

    def test_is_refused_to_oneself(self) -> None:
        with self.assertRaisesMessage(PermissionDenied, "Nobody grants a role to themselves"):
            self.gives(self.ben, self.ben, "auditor", self.khh1)
        with self.assertRaises(PermissionDenied):
            self.gives(self.ben, self.ben, "administrator", self.khh1)

    def test_gives_no_level_that_one_lacks(self) -> None:
        with acting(TELLER, "cast.enter"):
            self.bens.until = date(2025, 11, 1)
            self.bens.save()
        with self.assertRaises(PermissionDenied):
            self.gives(self.ben, self.eva, "administrator", self.khh1)

    def test_counts_every_area_of_the_role(self) -> None:
        with acting(TELLER, "cast.enter"):
            grant(self.cleo, "auditor", self.group)
        rules.keep_below_ceiling(Grant(person=self.eva, role="auditor", unit=self.khh1), self.cleo)
        with self.assertRaisesMessage(PermissionDenied, "edit training"):
            rules.keep_below_ceiling(Grant(person=self.eva, role="site_officer", unit=self.khh1), self.cleo)

    def test_by_a_sole_administrator_prolongs_what_they_hold(self) -> None:
        found = self.gives(self.ada, self.ada, "administrator", self.group)
        self.assertTrue(found.is_in_force)

    def test_by_a_sole_administrator_adds_nothing_to_themselves(self) -> None:
        with self.assertRaises(PermissionDenied):
            self.gives(self.ada, self.ada, "secretariat", self.group)

    def test_by_one_of_two_administrators_prolongs_nothing_of_their_own(self) -> None:
        with acting(TELLER, "cast.enter"):
            grant(self.eva, "administrator", self.group)
        with self.assertRaises(PermissionDenied):
            self.gives(self.ada, self.ada, "administrator", self.group)


class Changing(Giving, TestCase):
    def changed(self, found: Grant, by: Person, **values: Any) -> Grant:
        """`found` with `values`, written by `by`."""
        return change(Grants, found, values, version=found.version, by=by)

    def test_raises_nobody_above_the_giver(self) -> None:
        found = self.gives(self.ben, self.eva, "employee", self.khh1)
        with self.assertRaises(PermissionDenied):
            self.changed(found, self.ben, unit="MERIDIAN")
        found.refresh_from_db()
        self.assertEqual(found.unit, self.khh1)

    def test_hands_no_grant_to_oneself(self) -> None:
        found = self.gives(self.ada, self.eva, "auditor", self.khh1)
        with self.assertRaises(PermissionDenied):
            self.changed(found, self.ben, person=self.ben.number)

    def test_leaves_ones_own_grant_alone(self) -> None:
        with self.assertRaises(PermissionDenied):
            self.changed(self.bens, self.ben, until=date(2030, 12, 31))

    def test_of_nothing_is_no_grant(self) -> None:
        self.changed(self.bens, self.ben, role="administrator")
        self.assertEqual(Grant.objects.get(pk=self.bens.pk).version, self.bens.version)


class EveryWayIn(Giving, TestCase):
    def values(self) -> dict[str, str]:
        """What Ben would need to become administrator of the group."""
        return {"person": self.ben.number, "role": "administrator", "unit": "MERIDIAN", "since": "2025-01-01"}

    def grants_of_ben(self) -> int:
        return Grant.objects.filter(person=self.ben).count()

    def test_by_the_form_has_the_same_ceiling(self) -> None:
        self.sign_in(self.ben)
        answer = self.client.post(reverse("grants-new"), self.values())
        self.assertEqual((answer.status_code, self.grants_of_ben()), (422, 3))

    def test_by_the_form_chooses_no_role_for_anybody(self) -> None:
        self.sign_in(self.ben)
        self.assertEqual(self.client.get(reverse("grants-new")).context["form"]["role"].value(), None)
        self.assertContains(
            self.client.get(reverse("grants-new")), '<option value="" selected>—</option>', html=True
        )

    def test_by_the_api_has_the_same_ceiling(self) -> None:
        answer = self.client.post(
            "/api/grants",
            self.values(),
            content_type="application/json",
            headers={"Authorization": f"Bearer {issue(self.ben)}"},
        )
        self.assertIn(answer.status_code, (403, 422))
        self.assertEqual(self.grants_of_ben(), 3)

    def test_by_a_file_has_the_same_ceiling(self) -> None:
        rows = [[self.ben.number, "administrator", "MERIDIAN", "2025-01-01"]]
        outcome = self.brought_in(rows)
        self.assertEqual((len(outcome.errors), self.grants_of_ben()), (1, 3))

    def test_by_a_long_file_is_asked_row_by_row(self) -> None:
        with self.file([]) as path:
            self.assertFalse(fits(plan(Grants, open_table(path, name=path.name))))

    def brought_in(self, rows: list[list[str]]) -> Any:
        """What became of a file of grants that Ben brings in."""
        with self.file(rows) as path:
            return bring_in(Grants, path, self.ben)

    @contextmanager
    def file(self, rows: list[list[str]]) -> Iterator[Path]:
        """A file of grants."""
        with TemporaryDirectory() as folder:
            path = Path(folder) / "grants.csv"
            lines = ["person,role,unit,since", *(",".join(row) for row in rows)]
            path.write_text("\n".join(lines), encoding="utf-8")
            yield path

    def test_is_closed_to_who_administers_nothing(self) -> None:
        self.sign_in(self.sam)
        self.assertEqual(self.client.get(reverse("grants-new")).status_code, 403)
        with acting(TELLER, "cast.enter"):
            grant(self.cleo, "auditor", self.group)
        self.sign_in(self.cleo)
        self.assertEqual(self.client.get(reverse("grants")).status_code, 200)
        self.assertEqual(self.client.get(reverse("grants-new")).status_code, 403)


class Ending(Giving, TestCase):
    def test_holds_up_to_and_with_the_last_day(self) -> None:
        rules.end(self.bens, by=self.ada, on=date(2025, 11, 13), reason="Moved on.")
        with moments.standing_at(NOW.replace(day=13, hour=12)):
            self.assertTrue(may(self.ben, "administration", Level.ADMINISTER, self.khh1))
        with moments.standing_at(NOW.replace(day=14, hour=12)):
            self.assertFalse(may(self.ben, "administration", Level.ADMINISTER, self.khh1))

    def test_comes_not_before_the_beginning(self) -> None:
        with self.assertRaises(Refused):
            rules.end(self.bens, by=self.ada, on=date(2017, 12, 31), reason="Moved on.")

    def test_prolongs_nothing(self) -> None:
        rules.end(self.bens, by=self.ada, on=date(2025, 12, 31), reason="Moved on.")
        with self.assertRaises(Refused):
            rules.end(self.bens, by=self.ada, on=date(2026, 1, 1), reason="Stays.")

    def test_leaves_a_unit_never_without_administrator(self) -> None:
        adas = Grant.objects.get(person=self.ada, role="administrator")
        with self.assertRaisesMessage(Refused, "Nobody else administers"):
            rules.end(adas, by=self.ada, on=date(2025, 11, 14), reason="Retires.")

    def test_of_an_administrator_is_open_when_another_stays(self) -> None:
        adas = Grant.objects.get(person=self.ada, role="administrator")
        with acting(TELLER, "cast.enter"):
            grant(self.eva, "administrator", self.group)
        rules.end(adas, by=self.eva, on=date(2025, 11, 14), reason="Retires.")
        self.assertEqual(Grant.objects.get(pk=adas.pk).until, date(2025, 11, 14))

    def test_needs_the_right_to_administer(self) -> None:
        with self.assertRaises(PermissionDenied):
            rules.end(self.bens, by=self.sam, on=date(2025, 11, 14), reason="Moved on.")
