"""Reckoning many incidents is reckoning each, at the cost of one."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from keepwell.areas.incidents.models import Classification, Clock, Incident
from keepwell.areas.incidents.rules import clocks
from keepwell.areas.incidents.tests.ticking import Ticking, utc
from keepwell.kernel import moments
from keepwell.platform.history import following
from keepwell.platform.history.acting import acting
from keepwell.platform.history.bulk import create_all
from tests.cast import TELLER

COLUMNS = (
    "incident__number",
    "rule",
    "stage",
    "unit__code",
    "occasion",
    "state",
    "start_at",
    "ends_at",
    "reckoning",
    "lapse",
)


class Many(Ticking, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.is_a("gdpr_controller", self.mat)
        self.is_a("listed_on_TWSE", self.group)
        self.clause("C-0148")
        for rule in ("gdpr-33", "group-escalation", "customer-contract"):
            self.confirm(rule)

    def brought_in(self, count: int) -> None:
        """Incidents as a file brings them, with the clocks left out."""
        rows = [
            Incident(
                title=f"Number {n}", unit=(self.khh1, self.khh2, self.pen1)[n % 3], number=f"IN-2024-{n:05d}",
                aware_at=utc(1 + n % 12, n % 24), level=n % 5, state="triaged",
                factors={"personal_data": n % 2 == 0, "material": n % 3 == 0, "customer_data": n % 4 == 0},
            )
            for n in range(count)
        ]  # fmt: skip
        kept = list(following.FOLLOWERS)
        following.FOLLOWERS[:] = [one for one in kept if not isinstance(one, clocks.Keeper)]
        try:
            with acting(TELLER, "story.bring"):
                create_all(rows)
                create_all([
                    Classification(incident=one, revision=1, at=one.aware_at, person=self.ben, factors=one.factors,
                                   reckoned=one.level, level=one.level)
                    for one in rows
                ])  # fmt: skip
        finally:
            following.FOLLOWERS[:] = kept

    def all_clocks(self) -> list[Any]:
        return list(
            Clock.objects.order_by("incident__number", "rule", "unit__code", "pk").values_list(*COLUMNS)
        )

    def recomputed(self, rows: Any) -> int:
        with acting(TELLER, "story.reckon"):
            return clocks.recompute(rows)

    def test_are_reckoned_as_one_by_one(self) -> None:
        self.brought_in(24)
        for incident in Incident.objects.order_by("pk"):
            self.recomputed(Incident.objects.filter(pk=incident.pk))
        singly = sorted(map(str, self.all_clocks()))
        self.assertGreater(len(singly), 30)
        Clock.objects.all()._raw_delete(connection.alias)
        self.recomputed(Incident.objects.all())
        self.assertEqual(sorted(map(str, self.all_clocks())), singly)

    def test_cost_the_queries_of_one(self) -> None:
        self.brought_in(40)
        with CaptureQueriesContext(connection) as one:
            self.recomputed(Incident.objects.filter(number="IN-2024-00000"))
        with CaptureQueriesContext(connection) as many:
            self.recomputed(Incident.objects.exclude(number="IN-2024-00000"))
        reads = [sum(q["sql"].startswith("SELECT") for q in caught) for caught in (one, many)]
        self.assertEqual(reads[0], reads[1])
        self.assertLessEqual(reads[0], 17)

    def test_change_nothing_the_second_time(self) -> None:
        self.brought_in(12)
        self.assertGreater(self.recomputed(Incident.objects.all()), 0)
        with moments.standing_at(utc(14, 3)):
            self.assertEqual(self.recomputed(Incident.objects.all()), 0)
