"""Reckoning many incidents is reckoning each, at the cost of one."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import F, QuerySet
from django.test import TestCase

from keepwell.areas.incidents.models import Classification, Clock, Incident
from keepwell.areas.incidents.rules import clocks
from keepwell.areas.incidents.tests.stories import reads
from keepwell.areas.incidents.tests.ticking import Ticking, utc
from keepwell.kernel import moments
from keepwell.platform.history import following
from keepwell.platform.history.acting import acting
from keepwell.platform.history.bulk import create_all
from keepwell.platform.history.models import Change
from tests.cast import TELLER

HOUR = timedelta(hours=1)
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
    def scene(self) -> None:
        super().scene()
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
        with reads() as one:
            self.recomputed(Incident.objects.filter(number="IN-2024-00000"))
        with reads() as many:
            self.recomputed(Incident.objects.exclude(number="IN-2024-00000"))
        self.assertEqual(len(one), len(many))
        self.assertLessEqual(len(one), 17)

    def test_change_nothing_the_second_time(self) -> None:
        self.brought_in(12)
        self.assertGreater(self.recomputed(Incident.objects.all()), 0)
        with moments.standing_at(utc(14, 3)):
            self.assertEqual(self.recomputed(Incident.objects.all()), 0)

    def test_keep_each_correction_with_what_stood_before(self) -> None:
        self.brought_in(9)
        self.recomputed(Incident.objects.all())
        clock = Clock.objects.get(incident__number="IN-2024-00000", rule="gdpr-33")
        self.save(clock, owner=self.ben, reason="The duty officer was ill.")
        right = self.all_clocks()
        ends = dict(Clock.objects.filter(ends_at__isnull=False).values_list("pk", "ends_at"))
        QuerySet(Clock).filter(pk__in=ends).update(ends_at=F("ends_at") + HOUR)
        before = Change.objects.count()

        self.assertEqual(self.recomputed(Incident.objects.all()), len(ends))
        self.assertEqual(self.all_clocks(), right)
        told = Change.objects.order_by("id")[before:]
        self.assertEqual({one.record_id: (_moments(one.before), _moments(one.after)) for one in told}, {
            pk: ({"ends_at": at + HOUR}, {"ends_at": at}) for pk, at in ends.items()
        })  # fmt: skip
        kept = next(one for one in told if one.record_id == clock.pk)
        self.assertEqual((kept.verb, kept.by_name, kept.version), ("story.reckon", str(TELLER), 3))
        self.assertEqual((kept.record_type, kept.unit_id), ("incidents.clock", clock.incident.unit_id))
        clock.refresh_from_db()
        self.assertEqual(
            (clock.version, clock.owner, clock.reason), (3, self.ben, "The duty officer was ill.")
        )

    def test_are_corrected_at_the_cost_of_one_reading(self) -> None:
        self.brought_in(40)
        self.recomputed(Incident.objects.all())
        QuerySet(Clock).filter(ends_at__isnull=False).update(ends_at=F("ends_at") + HOUR)
        with reads() as asked:
            self.assertGreater(self.recomputed(Incident.objects.all()), 30)
        self.assertEqual(len([sql for sql in asked if 'FROM "incidents_clock"' in sql]), 1)

    def test_bind_from_the_first_day_of_a_standing_up_to_its_last(self) -> None:
        standing = self.is_a("gdpr_controller", self.khh2, since=date(2025, 11, 5), until=date(2025, 11, 10))
        self.brought_in(
            12
        )  # of those with personal data at KHH2 one is known since the 5th, one since the 11th
        bound = (
            Clock.objects.binding()
            .filter(rule="gdpr-33", unit=self.khh2, lapse={})  # what was missed before stays, and says why
            .values_list("incident__number", flat=True)
        )
        self.recomputed(Incident.objects.all())
        self.assertEqual(list(bound.all()), ["IN-2024-00004"])
        self.save(standing, since=date(2025, 11, 6), until=date(2025, 11, 11))
        self.assertEqual(list(bound.all()), ["IN-2024-00010"])


def _moments(told: dict[str, str]) -> dict[str, datetime]:
    """What the history tells of moments, read."""
    return {name: datetime.fromisoformat(text) for name, text in told.items()}
