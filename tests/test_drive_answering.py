"""The maturity cycle in a real browser: drafted and opened on one page, answered by keys while the net drops, submitted."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browsing import PHONE, Browsing

CYCLE = "CSF 2025, second round"
WORDS = "Typed while the connection was gone."
SITE = "KHH1"


class AnsweringACycle(Browsing):
    def test_from_the_draft_to_submitted(self) -> None:
        board = self.opened_by_ada()
        page = self.sign_in(self.opened(), "ben")
        page.goto(board)
        page.get_by_role("link", name=re.compile(f"^{SITE}")).first.click()
        expect(page.get_by_role("heading", level=2).first).to_contain_text("GV.OC-01")
        self.answers_by_keys(page)
        self.keeps_words_through_a_drop(page)
        self.submits(page)

    def opened_by_ada(self) -> str:
        """The address of the board of a cycle that Ada drafted and opened on one page."""
        page = self.sign_in(self.opened(), "ada")
        page.goto("/cycles/draft/")
        page.locator("#id_name").fill(CYCLE)
        page.locator("#id_unit").select_option("MERIDIAN")
        page.locator("#id_year").fill("2025")
        page.locator("#id_framework_version").select_option("nist-csf-2.0")
        page.locator("#id_scale").select_option("cmmi-0-5")
        page.locator("#id_opens_on").fill("2025-07-01")
        page.locator("#id_answers_due_on").fill("2025-11-30")
        page.get_by_label(re.compile(f"^{SITE} IT$")).check()
        page.get_by_role("button", name="Open the cycle").click()
        expect(page.get_by_role("heading", name=CYCLE)).to_be_visible()
        return page.url

    def answers_by_keys(self, page: Page) -> None:
        said = page.locator("[data-status]")
        page.wait_for_load_state("load")  # the keys are listened to
        page.keyboard.press("3")
        page.keyboard.press("2")
        page.keyboard.press("ArrowUp")
        expect(said).to_contain_text("Saved")
        expect(page.locator("#policy")).to_have_value("3")
        expect(page.locator("#practice")).to_have_value("2.1")
        expect(page.locator('[data-dial="practice"] [aria-pressed="true"]')).to_contain_text("2")
        expect(page.locator("[data-count=done]")).to_have_text("1")
        page.keyboard.press("n")
        expect(page.get_by_role("heading", level=2).first).to_contain_text("GV.OC-02")
        page.wait_for_load_state("load")
        page.keyboard.press("b")
        expect(page.locator("#practice")).to_have_value("2.1")

    def keeps_words_through_a_drop(self, page: Page) -> None:
        page.route("**/answer/keep/", lambda route: route.abort("internetdisconnected"))
        page.locator("#reason").fill(WORDS)
        expect(page.locator("[data-status]")).to_contain_text("No connection")
        page.reload()
        expect(page.locator("#reason")).to_have_value(WORDS)
        expect(page.locator("[data-status]")).to_contain_text("No connection")
        self.complaints.clear()  # that the connection was gone, said the browser
        page.unroute("**/answer/keep/")
        expect(page.locator("[data-status]")).to_contain_text("Saved")
        page.reload()
        expect(page.locator("#reason")).to_have_value(WORDS)
        self.assertEqual(page.evaluate("localStorage.length"), 0)

    def submits(self, page: Page) -> None:
        token = self.site.demo.keepwell("token", "ben").stdout.decode().strip()
        headers = {"Authorization": f"Bearer {token}"}
        pk = re.search(r"/assessments/([0-9a-f-]+)/", page.url)
        address = f"/api/assessments/{pk[1] if pk else ''}/answers"
        entries = page.request.get(address, headers=headers).json()["entries"]
        todo = [one["code"] for one in entries if one["state"] == "todo"]
        self.assertEqual(len(todo), 105)
        given = [{"code": code, "policy": 2, "practice": 2, "version": 0} for code in todo]
        answered = page.request.post(address, headers=headers, data={"answers": given})
        self.assertEqual(answered.status, 200, answered.text())
        page.reload()
        page.get_by_role("link", name="Submit").click()
        page.get_by_role("button", name="Submit the answers").click()
        expect(page.get_by_text("Submitted").first).to_be_visible()
        expect(page.locator("#answer")).to_have_count(0)

    def test_is_closed_to_sam(self) -> None:
        page = self.sign_in(self.opened(PHONE), "sam")
        for address in ("/cycles/draft/", "/cycles/00000000-0000-4000-8000-000000000000/board/"):
            answer = page.goto(address)
            self.assertIn(answer.status if answer else 0, (403, 404), address)
