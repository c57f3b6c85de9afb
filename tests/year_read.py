"""The end of a year of maturity, in a browser: its numbers read down to the evidence, laid in the years, simulated, and
kept from whom they do not concern."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.year_steps import CODE, PAPER, WHOLE_GROUP, Steps
from tests.yearly import shown, whole

SCOPES = ("it", "ot")
FIRST_YEAR = 2019 if WHOLE_GROUP else 2023


class Read(Steps):
    """A frozen year that is read, in the language of the story."""

    def is_read_from_the_map_to_the_evidence(self) -> None:
        """The CISO goes from the number of the group down to what a site said, and what proves it."""
        ada, scores = self.ada, self.year.scores()
        units = {site for site, _scope in self.year.places}
        expect(self.map_of(ada).filter(has=ada.locator("code"))).to_have_count(len(units))
        for scope in SCOPES:
            self.assertEqual(self.figure(ada, "MERIDIAN", scope), shown(self.year.group(scores, scope)))
        self.assertEqual(self.figure(ada, "KHH1", "it"), shown(whole(scores["KHH1", "it"])))
        ada.locator('.kw-heat td.all a[href*="at=MERIDIAN&scope=it"]').click()
        panel = ada.locator("#drill")
        expect(panel.locator(".kw-number")).to_contain_text(shown(self.year.group(scores, "it")))
        for step in ("at=MAT&", "at=KHH1&", "code=GV", "code=GV.RR", f"code={CODE}"):
            self.goes_on(ada, step)
        expect(ada.locator("main blockquote")).to_contain_text("As the consultant found.")
        expect(ada.locator("main .kw-walk")).to_contain_text(self.words["ben"])
        ada.locator("main .kw-file a", has_text=PAPER).first.click()
        expect(ada.locator("h1")).to_contain_text(PAPER)

    def goes_on(self, page: Page, step: str) -> None:
        """One step further down: among the parts that a number is made of."""
        parts = page.locator("details:has(.kw-parts)").last
        if parts.get_attribute("open") is None:
            parts.locator("summary").click()
        parts.locator(f'a[href*="{step}"]').last.click()
        expect(page).to_have_url(re.compile(re.escape(step.rstrip("&"))))

    def lies_in_the_years_beside_the_industry(self) -> None:
        ada = self.ada
        ada.goto(f"/maturity/years/?cycle={self.key}")
        expect(ada.locator("figure, .kw-chart").first).to_contain_text("CSF 1.1 | CSF 2.0")
        ada.locator("main details:has(table) > summary").first.click()
        rows = ada.locator("main table tbody tr th, main table tbody tr td:first-child").all_inner_texts()
        self.assertRegex(rows[0], rf"{FIRST_YEAR}.*CSF 1\.1")
        self.assertTrue(any("CSF 2.0" in row and self.words["estimated"] in row for row in rows), rows)
        last = ada.locator("main table tbody tr").filter(has_text="2025").filter(has_text="CSF 2.0").last
        expect(last).to_contain_text(shown(self.year.group(self.year.scores(), "it")))
        ada.locator("main .kw-switches a", has_text="2025").last.click()
        expect(ada.locator("main")).to_contain_text("Invented for this demo")
        ada.locator("main details:has(table) > summary").first.click()
        ((median,),) = self.site.demo.rows(
            "SELECT f.median FROM assessment_benchmarkfigure f JOIN assessment_benchmark b ON f.benchmark_id = b.id "
            "WHERE b.code = 'invented-peers-2025' AND f.scope = 'it' AND f.code = ''"
        )
        expect(ada.locator("main table tbody tr").last).to_contain_text(f"{float(median):.1f}")

    def is_simulated(self) -> None:
        ada = self.ada
        ada.goto(f"/maturity/plan/?cycle={self.key}")
        now, then = self.year.group(self.year.scores()), self.year.group(self.year.lifted())
        self.assertGreater(then, now)
        expect(ada.locator(".kw-number .kw-left")).to_have_text(f"{shown(now)} → {shown(then)}")
        expect(ada.locator("main")).to_contain_text(self.words["simulated"])

    def shows_nobody_more_than_theirs(self) -> None:
        """Sam sees nothing; another site's officer, and a consultant of other sites, nothing of these."""
        sam, marco, cleo = (self.comes(name) for name in ("sam", "marco.silva@tidewater.example", "cleo"))
        pages = (
            "/maturity/",
            "/maturity/plan/",
            "/maturity/years/",
            f"{self.cycle}board/",
            self.cycle,
            self.mine,
        )
        for page in pages:
            self.assertIn(self.meets(sam, page), (403, 404), page)
            self.assertNotIn("KHH1", sam.locator("main").inner_text(), page)
        theirs = self.api("ada", "GET", f"/assessments?cycle={self.key}&unit=PEN1&size=100")["items"][0]["id"]
        for who in (self.ben, marco):
            self.assertEqual(self.meets(who, f"/assessments/{theirs}/answer/"), 404)
            expect(self.map_of(who)).to_have_count(1)
            expect(self.map_of(who)).to_contain_text("KHH1")
            who.goto(f"{self.cycle}board/")
            self.assertNotIn("PEN1", who.locator("main").inner_text())
        expect(self.map_of(cleo).filter(has_text="PEN1")).to_have_count(1)
        self.assertEqual(cleo.locator("main form[method=post]").count(), 0)
