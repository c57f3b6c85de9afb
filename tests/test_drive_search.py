"""The box of search in a real browser: what is found stands there as one types, in both languages, for who may see it."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browsing import Browsing

REPORTING, OT = "Reporting an incident", "OT security basics"


class TheBox(Browsing):
    def typed(self, page: Page, words: str) -> None:
        """Type into the box of the page, letter by letter, and press nothing else."""
        box = page.locator("#find")
        box.fill("")
        box.press_sequentially(words, delay=40)

    def test_shows_what_is_found_as_one_types(self) -> None:
        page = self.sign_in(self.opened(), "ada")
        hits, here = page.locator("#hits"), page.url
        self.typed(page, "repor")
        expect(hits.get_by_role("link", name=REPORTING)).to_be_visible()
        self.typed(page, "reporting an inc")
        expect(hits.get_by_role("link", name=REPORTING)).to_be_visible()
        expect(hits.get_by_role("link", name=OT)).to_have_count(0)
        self.assertEqual(page.url, here, "nothing was sent but what was typed")
        hits.get_by_role("link", name=REPORTING).click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(REPORTING)

    def test_finds_two_characters_of_chinese(self) -> None:
        page = self.sign_in(self.opened(locale="zh-TW"), "ada")
        self.typed(page, "資安")
        hits = page.locator("#hits")
        for name in ("資安事件通報", "OT 資安基礎"):
            expect(hits.get_by_role("link", name=name).first).to_be_visible()
        hits.get_by_role("link", name="資安事件通報").first.click()
        expect(page.locator("dl.kw-facts")).to_contain_text("資安事件通報")

    def test_shows_sam_nothing(self) -> None:
        page = self.sign_in(self.opened(), "sam")
        for words in ("reporting an incident", "資安", "KHH1", "Ada Lin"):
            with page.expect_response(lambda answer: "/search/" in answer.url) as coming:
                self.typed(page, words)
            self.assertEqual(coming.value.status, 200)
            page.wait_for_load_state("networkidle")
            expect(page.locator("#hits").get_by_role("link")).to_have_count(0)
            self.assertNotIn(REPORTING, page.locator("#hits").inner_text())
