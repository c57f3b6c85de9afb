"""Every number that is drawn or simulated leads on: to the sentence behind it, to the map of all sites, to the answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from html import unescape

from django.test import TestCase

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.rules.comparing import heat_map
from keepwell.areas.assessment.rules.reading import beside
from keepwell.areas.assessment.rules.reading.years import years_chart
from keepwell.areas.assessment.tests.test_comparing import WithYears
from keepwell.areas.assessment.tests.test_planning import SPRING, Planned
from keepwell.areas.assessment.tests.test_reading import Read
from keepwell.platform.publishing.blocks import Chart

HREF = re.compile(r'href="([^"]+)"')
TABLE = re.compile(r"<caption.*?</table>", re.DOTALL)


def marks(chart: Chart) -> dict[str, str]:
    """What each mark of a chart is called that leads on, and where to."""
    rows = [row for layer in chart.spec["layer"] for row in layer["data"]["values"]]
    return {row["said"]: row["href"] for row in rows if "href" in row}


def addresses(page: str, caption: str) -> Iterator[str]:
    """Where the cells of the table with that caption lead to."""
    table = next(found for found in TABLE.findall(page) if caption in found)
    return (unescape(found) for found in HREF.findall(table))


class TheSpread(Read, TestCase):
    def page(self, who: object = None) -> object:
        return self.see(who or self.ada, "maturity-spread")

    def test_leads_from_a_box_to_the_map_of_all_sites_and_from_a_dot_to_its_sentence(self) -> None:
        led = marks(self.page().context["boxes"])
        box = led["Title of GV IT: the middle half lies from 2.0 to 3.5, the median at 3.0"]
        self.assertIn("columns=it", box)
        for site in ("KHH1", "KHH2", "PEN1"):
            self.assertContains(self.client.get(box), site)
        dot = self.client.get(led["PEN1, Title of GV IT: 1.0"])
        self.assertContains(dot, "1.0")
        self.assertContains(dot, "mean of")

    def test_leads_from_its_table_as_from_its_picture(self) -> None:
        page = self.page()
        found = list(addresses(page.content.decode(), "Scores of the sites by function"))
        self.assertEqual(len(found), 3 * len(page.context["boxes"].table.rows))
        self.assertTrue(any("at=PEN1&scope=it&code=GV" in one for one in found))
        for one in found:
            self.assertEqual(self.client.get(one).status_code, 200, one)

    def test_leads_from_the_gap_of_ot_to_the_difference_at_every_site(self) -> None:
        page = self.page()
        led = marks(page.context["twins_chart"])
        self.assertEqual(set(led), {"Title of GV: −2.0", "Title of PR: −1.0", "All: −1.5"})
        for one in {*led.values(), *addresses(page.content.decode(), "OT less IT")}:
            self.assertContains(self.client.get(one), "−2.0")

    def test_leads_nowhere_on_paper(self) -> None:
        shown = heat_map(self.cycle, person=self.ada)
        for chart in (beside.distribution_chart(shown, self.cycle), beside.twins_chart(shown)):
            self.assertEqual(marks(chart), {})
            self.assertNotIn("href", str(chart.table))

    def test_leads_an_officer_to_their_own_site_alone_and_a_stranger_nowhere(self) -> None:
        led = marks(self.page(self.ben).context["boxes"])
        self.assertEqual({said.partition(",")[0] for said in led if "at=" in led[said]}, {"KHH1"})
        self.assertEqual(self.page(self.sam).status_code, 403)


class TheTarget(Read, TestCase):
    def test_leads_to_the_targets_of_its_cycle(self) -> None:
        page = self.see(self.ada, "maturity-cell", at="PEN1", scope="it", code="GV")
        to = next(found for found in HREF.findall(page.content.decode()) if "/maturity-targets/" in found)
        self.assertIn(self.cycle.name, self.client.get(unescape(to)).context["wish_query"].replace("+", " "))


class TheYears(WithYears, TestCase):
    def test_lead_from_a_point_to_its_figure_in_its_own_cycle(self) -> None:
        self.sign_in(self.ada)
        page = self.client.get("/maturity/years/")
        led = marks(page.context["chart"])
        self.assertEqual(
            set(led),
            {"2023, CSF 1.1, IT: 3.3", "2023, CSF 2.0, estimated, IT: 3.4", "2024, CSF 2.0, IT: 3.0"},
        )
        self.assertIn(f"cycle={self.first.pk}", led["2023, CSF 1.1, IT: 3.3"])
        self.assertContains(self.client.get(led["2023, CSF 1.1, IT: 3.3"]), "3.3")
        self.assertContains(self.client.get(led["2024, CSF 2.0, IT: 3.0"]), "3.0")
        self.assertEqual(set(addresses(page.content.decode(), "over the years")), set(led.values()))

    def test_lead_from_an_estimate_to_the_answers_that_it_was_restated_from(self) -> None:
        self.sign_in(self.ada)
        led = marks(self.client.get("/maturity/years/", {"code": "GV"}).context["chart"])
        estimated = next(led[said] for said in led if "estimated" in said)
        self.assertIn(f"cycle={self.first.pk}", estimated)
        self.assertContains(self.client.get(estimated), "CSF 2023")

    def test_lead_from_the_small_chart_of_a_figure_too(self) -> None:
        self.sign_in(self.ada)
        page = self.client.get("/maturity/cell/", {"at": self.group.code, "scope": "it", "code": "GV"})
        led = marks(page.context["drill"].chart)
        self.assertTrue(led)
        for one in led.values():
            self.assertEqual(self.client.get(one).status_code, 200, one)
        self.assertTrue(any(f"cycle={self.first.pk}" in one for one in led.values()))

    def test_lead_nowhere_on_paper(self) -> None:
        self.assertEqual(marks(years_chart(self.second, self.group, person=self.ada)), {})


class ThePlan(Planned, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.recommended()
        rules.accept(self.one(), by=self.ben, until=SPRING, cost=Decimal(50000), currency="TWD")

    def cells(self, **asked: str) -> list[str]:
        page = self.client.get("/maturity/plan/", asked).content.decode()
        return list(addresses(page, "As it is and as it would be"))

    def test_leads_from_every_number_to_the_sentence_behind_it(self) -> None:
        self.sign_in(self.ben)
        found = self.cells()
        self.assertEqual(len(found), len(set(found)))
        self.assertTrue(found)
        for one in found:
            self.assertContains(self.client.get(one), 'class="kw-why"', msg_prefix=one)
        then = next(one for one in found if "/plan/" in one and "code=PR" in one and "scope=it" in one)
        page = self.client.get(then)
        self.assertContains(page, "2.0 → 2.5")
        self.assertEqual(page.context["why"].sentence.partition(" ")[0], "2.5")

    def test_leads_to_what_was_accepted_and_lifts_it(self) -> None:
        self.sign_in(self.ben)
        page = self.client.get("/maturity/plan/", {"at": "KHH1", "scope": "it", "code": "PR"})
        behind = self.client.get(page.context["actions"])
        self.assertContains(behind, "KHH1-IT-2025-PR.PS-02")
        self.assertContains(behind, "1 shown, of 1")

    def test_keeps_up_to_where_uplift_counts(self) -> None:
        self.sign_in(self.ben)
        simulated = [one for one in self.cells(cap="target") if "/plan/" in one]
        self.assertTrue(simulated)
        self.assertTrue(all("cap=target" in one for one in simulated))

    def test_shows_nobody_a_figure_that_is_not_theirs(self) -> None:
        asked = {"at": "KHH2", "scope": "it", "code": "PR"}
        for who, status in ((self.ada, 200), (self.ben, 404), (self.sam, 403)):
            self.sign_in(who)
            self.assertEqual(self.client.get("/maturity/plan/", asked).status_code, status)
