"""Maturity read in a real browser, in both languages: from a number down to its evidence, sites beside each other, the
years across two versions, who claims too much, a report taken; and who may not see it, sees nothing of it."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, Page, expect

from tests.browsing import PHONE, Browsing

SITE, SCOPE, CODE = "PEN2", "ot", "PR.PS-02"
EVIDENCE = "List of controllers"
WORDS = {
    "en": {"site": "Penang Assembly 2", "map": "Maturity by site and function", "mean": "is the mean of",
           "reason": "Reason as recorded",
           "sites": "Sites", "years": "Years", "calibration": "Calibration", "reports": "Reports",
           "spread": "Spread", "half": "the middle half", "scores": "Scores of the sites by function",
           "numbers": "The numbers as a table", "estimated": "estimated", "compare": "Compare these sites",
           "best": "Three best", "claims": "claim half a level or more too much", "parts": "parts it is made of"},
    "zh-hant": {"site": "檳城封裝二廠", "map": "成熟度：廠區與功能", "mean": "平均",
                "reason": "所記錄的理由", "sites": "廠區", "years": "歷年",
                "spread": "分布", "half": "中間半數", "scores": "各廠區各功能的分數",
                "calibration": "校準", "reports": "報告", "numbers": "以表格顯示數據", "estimated": "推估",
                "compare": "比較這些廠區", "best": "最佳三個", "claims": "高估", "parts": "組成部分"},
}  # fmt: skip
UNDER = "([link, mark]) => Math.abs(link.getBoundingClientRect().x - mark.getBoundingClientRect().x) < 2"


class ReadingMaturity(Browsing):
    def test_in_english(self) -> None:
        self.read("en")

    def test_in_chinese(self) -> None:
        self.read("zh-hant")

    def read(self, language: str) -> None:
        window = self.opened()
        page = self.sign_in(window, "ada")
        self.speak(page, language)
        words = WORDS[language]
        self.goes_down_to_the_evidence(page, words)
        self.puts_sites_beside_each_other(page, words)
        self.follows_the_years_across_the_break(page, words)
        self.walks_through_a_picture_by_keys(page, words)
        self.sees_who_claims_too_much(page, words)
        self.takes_the_report(page, words)

    def speak(self, page: Page, language: str) -> None:
        """Let the house speak a language, whatever it spoke before."""
        page.goto("/")
        spoken = re.compile(f"^{language}$", re.IGNORECASE)
        if not spoken.match(page.locator("html").get_attribute("lang") or ""):
            page.locator(f'button[name=language][value="{language}"]').first.click()
            expect(page.locator("html")).to_have_attribute("lang", spoken)

    def goes_down_to_the_evidence(self, page: Page, words: dict[str, str]) -> None:
        page.goto("/maturity/")
        expect(page.get_by_role("heading", level=1)).to_have_text(words["map"])
        page.wait_for_load_state("load")  # the map listens
        page.locator(f'.kw-heat a[href*="at=MERIDIAN&scope={SCOPE}&code=PR"]').click()
        panel = page.locator("#drill")
        expect(panel.locator(".kw-why")).to_contain_text(words["mean"])
        self.assertIn("at=MERIDIAN", page.url)
        page.locator(f'.kw-heat a[href*="at={SITE}&scope={SCOPE}&code=PR"]').click()
        expect(panel.get_by_role("status")).to_contain_text(words["site"])
        expect(panel.locator(".kw-why")).to_contain_text(words["mean"])
        panel.get_by_text(words["parts"]).click()
        panel.get_by_role("link", name=re.compile("^PR.PS")).first.click()
        page.goto(f"/maturity/cell/?at={SITE}&scope={SCOPE}&code={CODE}")
        expect(page.get_by_text(words["reason"])).to_be_visible()
        page.get_by_role("link", name=re.compile(EVIDENCE)).first.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(EVIDENCE)

    def puts_sites_beside_each_other(self, page: Page, words: dict[str, str]) -> None:
        page.goto("/maturity/")
        page.locator(".kw-tabs").get_by_role("link", name=words["sites"], exact=True).click()
        page.get_by_role("link", name=words["best"]).click()
        expect(page.locator("table thead th.num")).to_have_count(3)
        expect(page.locator("svg.kw-radar .kw-area")).to_have_count(3)
        page.locator("main details:has(fieldset) > summary").click()
        page.locator(f'input[name=site][value="{SITE}"]').check()
        page.get_by_role("button", name=words["compare"]).click()
        expect(page.locator("table thead th.num").filter(has_text=SITE)).to_have_count(1)

    def follows_the_years_across_the_break(self, page: Page, words: dict[str, str]) -> None:
        page.locator(".kw-tabs").get_by_role("link", name=words["years"], exact=True).click()
        drawing = page.locator("svg.marks, canvas.marks").first
        expect(drawing).to_be_visible()
        expect(page.locator("figure, .kw-chart").first).to_contain_text("CSF 1.1")
        page.get_by_text(words["numbers"]).first.click()
        rows = page.locator("table tbody tr th, table tbody tr td:first-child").all_inner_texts()
        self.assertTrue(any("CSF 1.1" in row for row in rows), rows)
        self.assertTrue(any("CSF 2.0" in row and words["estimated"] in row for row in rows), rows)

    def walks_through_a_picture_by_keys(self, page: Page, words: dict[str, str]) -> None:
        """Tab comes to the first box, arrows go on, Enter opens what is behind it; the picture keeps its own name."""
        page.locator(".kw-tabs").get_by_role("link", name=words["spread"], exact=True).click()
        chart = page.locator("#distribution")
        boxes = chart.get_by_role("link", name=words["half"])
        expect(boxes.first).to_have_attribute("tabindex", "0")
        expect(chart).to_have_accessible_name(re.compile(words["scores"]))
        expect(chart.locator("svg")).to_have_attribute(
            "aria-hidden", "true"
        )  # its parts are named in English
        expect(chart.locator("a[tabindex='0']")).to_have_count(1)
        boxes.first.focus()
        page.keyboard.press("ArrowDown")
        expect(boxes.nth(1)).to_be_focused()
        page.keyboard.press("ArrowUp")
        page.keyboard.press("ArrowUp")
        expect(chart.get_by_role("link").last).to_be_focused()  # from the first to the last, a site's dot
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(r"/maturity/cell/.*at="))
        page.go_back()
        page.set_viewport_size({"width": 900, "height": 900})
        box, mark = chart.locator("a").first, chart.locator(".mark-rect > path").first
        expect(box).to_be_visible()
        page.wait_for_function(UNDER, arg=[box.element_handle(), mark.element_handle()])
        box.press("Enter")
        expect(page).to_have_url(re.compile(r"/maturity/\?.*columns=it"))
        page.set_viewport_size({"width": 1440, "height": 900})

    def sees_who_claims_too_much(self, page: Page, words: dict[str, str]) -> None:
        page.locator(".kw-tabs").get_by_role("link", name=words["calibration"], exact=True).click()
        expect(page.locator("main")).to_contain_text(words["claims"])
        page.locator(".kw-claims tbody a").first.click()
        expect(page.locator("main table tbody tr").first).to_be_visible()

    def takes_the_report(self, page: Page, words: dict[str, str]) -> None:
        page.goto("/maturity/")
        page.locator(".kw-tabs").get_by_role("link", name=words["reports"], exact=True).click()
        page.get_by_role("link", name="PDF").click()
        taken = page.locator('a[href*="take=1"]')
        expect(taken).to_be_visible(timeout=60_000)
        with page.expect_download() as waiting:
            taken.click()
        self.assertRegex(waiting.value.suggested_filename, r"\.pdf$")


class WhoMayNot(Browsing):
    PAGES = ("", "cell/?at=KHH1&scope=it", "sites/", "spread/", "calibration/", "years/", "plan/", "reports/")

    def test_a_stranger_sees_nothing(self) -> None:
        page = self.sign_in(self.opened(PHONE), "sam")
        for path in self.PAGES:
            answer = page.goto(f"/maturity/{path}")
            self.assertIn(answer.status if answer else 0, (403, 404), path)
            self.assertNotIn("KHH1", page.locator("main").inner_text(), path)

    def test_the_officer_of_another_site_sees_that_one_alone(self) -> None:
        window = self.opened()
        page = self.sign_in(window, "ben")
        page.goto("/maturity/")
        rows = page.locator(".kw-heat tbody tr")
        expect(rows).to_have_count(1)
        expect(rows).to_contain_text("KHH1")
        for path in self.PAGES:
            page.goto(f"/maturity/{path}")
            said = page.locator("main").inner_text()
            for word in ("PEN2", "Penang", "KHH2", "25 sites", "Meridian Southeast"):
                self.assertNotIn(word, said, path)
        self.refuses(window, page)

    def refuses(self, window: BrowserContext, page: Page) -> None:
        """What is another's is absent, as if it were not there."""
        for path in (
            f"cell/?at={SITE}&scope=it",
            "cell/?at=MERIDIAN&scope=it",
            "?at=MAT&scope=it",
            "quartiles.csv",
        ):
            answer = window.request.get(f"{self.site.url}/maturity/{path}")
            self.assertIn(answer.status, (403, 404), path)
        answer = page.goto("/maturity/years/?unit=PEN2")
        self.assertNotIn("3.", page.locator("main").inner_text() if answer and answer.status == 200 else "")
