"""What the loaded group shows of its maturity: who was assessed on what, and how far its sites' own scores lie above what
consultants found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from unittest import TestCase

import pytest

from tests.running import Demo

HARD_TO_PROVE = ("governance", "suppliers", "detection", "recovery")
COUNTED = "SELECT {what} FROM assessment_assessment a JOIN assessment_cycle c ON c.id = a.cycle_id"
SCORED_BY_BOTH = (
    "SELECT c.year, n.code, s.policy + s.practice - f.policy - f.practice FROM assessment_answer s "
    "JOIN assessment_answer f ON f.assessment_id = s.assessment_id AND f.node_id = s.node_id AND f.source = 'consultant' "
    "JOIN frameworks_node n ON n.id = s.node_id JOIN assessment_assessment a ON a.id = s.assessment_id "
    "JOIN assessment_cycle c ON c.id = a.cycle_id WHERE s.source = 'self' AND s.practice IS NOT NULL "
    "AND f.practice IS NOT NULL"
)


def theme(code: str) -> str:
    """What a requirement is about, in either version of the framework; "" for what sites can show easily."""
    function, category = code.partition(".")[0], code.partition("-")[0]
    if category in ("GV.SC", "ID.SC"):
        return "suppliers"
    if category in ("ID.GV", "ID.RM"):
        return "governance"
    return {"GV": "governance", "DE": "detection", "RC": "recovery"}.get(function, "")


@pytest.fixture(scope="class")
def group(request: pytest.FixtureRequest, demo: Demo) -> None:
    request.cls.demo = demo


@pytest.mark.usefixtures("group")
class TheMaturityOfTheGroup(TestCase):
    demo: Demo

    @classmethod
    def claimed(cls) -> Mapping[tuple[int, str], float]:
        """The mean of own score less the consultant's, in levels, by year and theme."""
        found: dict[tuple[int, str], list[float]] = defaultdict(list)
        for year, code, twice in cls.demo.rows(SCORED_BY_BOTH):
            found[int(year), theme(str(code))].append(float(twice) / 2)
        return {key: sum(offs) / len(offs) for key, offs in found.items()}

    def test_is_claimed_about_a_level_too_high_where_proof_is_hard(self) -> None:
        claimed = self.claimed()
        self.assertEqual({year for year, _theme in claimed}, {2023, 2024, 2025})
        for (year, about), off in claimed.items():
            with self.subTest(year=year, about=about):
                if about in HARD_TO_PROVE:
                    self.assertAlmostEqual(off, 1.0, delta=0.15)
                else:
                    self.assertAlmostEqual(off, 0.1, delta=0.15)

    def test_is_claimed_by_no_two_answers_alike(self) -> None:
        hard = [
            float(twice) / 2
            for _year, code, twice in self.demo.rows(SCORED_BY_BOTH)
            if theme(str(code)) in HARD_TO_PROVE
        ]
        self.assertGreater(max(hard) - min(hard), 1.0)

    def test_is_found_by_consultants_at_nine_sites_every_year(self) -> None:
        by_year = self.demo.rows(
            COUNTED.format(what="c.year, count(DISTINCT a.unit_id)")
            + " WHERE EXISTS (SELECT 1 FROM assessment_answer f WHERE f.assessment_id = a.id AND f.source = 'consultant') "
            "GROUP BY c.year ORDER BY c.year"
        )
        self.assertEqual([tuple(row) for row in by_year], [(2023, 9), (2024, 9), (2025, 9)])

    def test_lies_on_the_older_framework_up_to_2023_and_on_the_newer_from_2024(self) -> None:
        versions = (
            "SELECT c.year, v.code FROM assessment_cycle c JOIN frameworks_version v ON v.id = c.framework_version_id "
            "ORDER BY c.year"
        )
        self.assertEqual([tuple(row) for row in self.demo.rows(versions)],
                         [(2023, "nist-csf-1.1"), (2024, "nist-csf-2.0"), (2025, "nist-csf-2.0")])  # fmt: skip

    def test_is_known_of_twenty_five_sites_and_of_four_in_ot_in_the_outcomes_of_2023(self) -> None:
        whole = "(SELECT id FROM tree_unit WHERE code = 'MERIDIAN')"
        figures = self.demo.rows(
            f"SELECT name, value FROM reporting_figure WHERE year = 2023 AND unit_id = {whole} "
            "AND name IN ('maturity.sites', 'ot.sites') AND retired_at IS NULL ORDER BY name"
        )
        self.assertEqual([(name, float(value)) for name, value in figures],
                         [("maturity.sites", 25.0), ("ot.sites", 4.0)])  # fmt: skip

    def test_was_asked_of_twelve_sites_in_ot_by_2025(self) -> None:
        by_year = self.demo.rows(
            COUNTED.format(what="c.year, count(*)") + " WHERE a.scope = 'ot' GROUP BY c.year ORDER BY c.year"
        )
        self.assertEqual([tuple(row) for row in by_year], [(2023, 4), (2024, 8), (2025, 12)])
