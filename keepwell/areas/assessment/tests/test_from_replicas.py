"""Maturity read from a replica: the same figures, and nobody's rights asked for there."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.test import TestCase

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.models import Assessment, View
from keepwell.areas.assessment.rules.comparing import heat_map, views_of
from keepwell.areas.assessment.rules.outlines import outline
from keepwell.areas.assessment.rules.planning.simulating import simulate
from keepwell.areas.assessment.rules.reading.scores import past_of
from keepwell.areas.assessment.tests.test_comparing import WithYears
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import reading_once, units_granted
from tests.test_replica_house import Heard, read_from_a_mirror

RIGHTS = re.compile(r'"(people_(grant|account|token|budget)|identity_\w+)"')
# The tree says where sites lay in a year, which a replica may tell; whose rights reach how far today it may not.
REACH = re.compile(r'"ancestor_id" IN \([^)]*\) AND (\w+\.|"tree_ancestry"\.)"until" IS NULL')


class AReplica(WithYears, TestCase):
    def found(self, person: Person) -> dict[str, Any]:
        """What `person` is shown of the second year, by kind of reading."""
        lines = outline(self.second.framework_version)
        line = lines.by_code["GV.OC-01"]
        readings: dict[str, Callable[[], Any]] = {
            "map": lambda: figures(heat_map(self.second, person=person, view=View.COUNTING)),
            "views": lambda: views_of(self.second, person),
            "trend": lambda: rules.trend(self.second, self.group, person=person),
            "plan": lambda: figures(simulate(self.second, person=person).shown),
            "scores": lambda: [
                (one.cycle.pk, one.value)
                for one in past_of(self.second, lines, line, self.khh1, "it", person=person)
            ],
        }
        with reading_once():
            return {name: read() for name, read in readings.items()}

    def there(self, person: Person) -> tuple[dict[str, Any], Heard]:
        """The same from a mirror, with what was asked there."""
        with read_from_a_mirror() as heard:
            return self.found(person), heard

    def test_shows_the_same_and_is_asked_for_no_rights(self) -> None:
        with self.settings(DATABASE_ROUTERS=["keepwell.platform.replicas.routing.Sides"]):
            for person in (self.ada, self.ben, self.dan, self.eva, self.sam):
                with self.subTest(person.name):
                    here = self.found(person)
                    there, heard = self.there(person)
                    self.assertEqual(there, here)
                    self.assertEqual([one for one in heard.statements if RIGHTS.search(one)], [])
                    self.assertEqual([one for one in heard.statements if REACH.search(one)], [])

    def test_is_where_the_figures_come_from(self) -> None:
        with self.settings(DATABASE_ROUTERS=["keepwell.platform.replicas.routing.Sides"]):
            found, heard = self.there(self.ada)
        self.assertTrue(found["map"])
        self.assertTrue(any('FROM "assessment_result"' in one for one in heard.statements))

    def test_that_were_asked_how_far_rights_reach_would_be_found_out(self) -> None:
        """The control: as ids are asked for without what the primary decides."""
        with self.settings(DATABASE_ROUTERS=["keepwell.platform.replicas.routing.Sides"]):
            rows = Assessment.objects.filter(unit__in=units_granted(self.ben, "assessment"))
            with read_from_a_mirror() as heard:
                list(rows)
        self.assertTrue(any(REACH.search(one) for one in heard.statements))

    def test_shows_sam_nothing(self) -> None:
        with self.settings(DATABASE_ROUTERS=["keepwell.platform.replicas.routing.Sides"]):
            found, _heard = self.there(self.sam)
        self.assertEqual(found["map"], {})
        self.assertEqual((found["views"], found["scores"], found["plan"]), (set(), [], {}))


def figures(shown: Any) -> dict[tuple[str, str, str], Any]:
    """The values of a map, by unit, scope and code."""
    return {(row.unit.code, *key): cell.value for row in shown.rows for key, cell in row.cells.items()}
