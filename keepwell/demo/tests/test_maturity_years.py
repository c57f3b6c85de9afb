"""The years in which the invented group was assessed: on which framework, at how many sites."""

from __future__ import annotations

from unittest import TestCase

from keepwell.demo.maturity import CONSULTED, NEW, OLD, Year


class TheYears(TestCase):
    def test_lie_on_the_older_framework_from_2019_to_2023_and_on_the_newer_after(self) -> None:
        self.assertEqual({Year(number).version for number in range(2019, 2024)}, {OLD})
        self.assertEqual([Year(number).version for number in (2024, 2025)], [NEW, NEW])

    def test_ask_four_sites_in_ot_in_2023_and_twelve_in_2025(self) -> None:
        asked = {number: len(Year(number).ot_sites) for number in range(2019, 2026)}
        self.assertEqual(asked, {2019: 0, 2020: 0, 2021: 0, 2022: 0, 2023: 4, 2024: 8, 2025: 12})

    def test_ask_every_site_of_the_group_in_it(self) -> None:
        """24 until the site that joined the group in 2021."""
        asked = [len(Year(number).it_sites) for number in range(2019, 2026)]
        self.assertEqual(asked, [24, 24, 25, 25, 25, 25, 25])

    def test_have_consultants_at_about_a_third_of_the_sites(self) -> None:
        self.assertEqual(len(set(CONSULTED)), 9)
        for number in range(2021, 2026):
            self.assertLessEqual(set(CONSULTED), set(Year(number).it_sites))
