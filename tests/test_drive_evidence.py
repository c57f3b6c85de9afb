"""Evidence driven in a real browser: from the upload on a record's page to the download, its preview and a hold."""

from __future__ import annotations

import io
import re

from PIL import Image
from playwright.sync_api import Page, expect

from tests.browsing import Browsing

NOTES = "Everybody was there.\n名單如附件。\n".encode()


def photo() -> bytes:
    """A small picture."""
    out = io.BytesIO()
    Image.new("RGB", (320, 200), "navy").save(out, "PNG")
    return out.getvalue()


class Evidence(Browsing):
    def test_goes_from_upload_to_download(self) -> None:
        page = self.sign_in(self.opened(accept_downloads=True), "ada")
        self.add(page)
        panel = page.locator("#evidence")
        expect(panel.get_by_role("link", name="Minutes of the session")).to_be_visible()
        with page.expect_download() as coming:
            panel.get_by_role("link", name="notes.txt").click()
        self.assertEqual(coming.value.path().read_bytes(), NOTES)
        self.assertEqual(coming.value.suggested_filename, "notes.txt")
        panel.get_by_role("link", name="Minutes of the session").click()
        self.see_preview(page)
        self.hold(page)

    def add(self, page: Page) -> None:
        """Add two files to a course, from its page."""
        page.goto("/courses/?q=PIP-01")
        page.locator("tbody th a").first.click()
        page.locator("#evidence").get_by_role("link", name="Add", exact=True).click()
        page.get_by_label("Files").set_input_files([
            {"name": "notes.txt", "mimeType": "text/plain", "buffer": NOTES},
            {"name": "room.png", "mimeType": "image/png", "buffer": photo()},
        ])  # fmt: skip
        page.get_by_label("Title").fill("Minutes of the session")
        page.get_by_label("What it proves").fill("Who was there")
        page.get_by_label("Unit", exact=True).select_option("KHH1")
        page.get_by_role("button", name="Add the evidence").click()
        expect(page.get_by_role("status").first).to_contain_text("Minutes of the session was added.")

    def see_preview(self, page: Page) -> None:
        """The worker makes a picture of the picture; the page shows it."""
        picture = page.locator("img.kw-preview")
        for _turn in range(60):
            if picture.count():
                break
            page.wait_for_timeout(1_000)
            page.reload()
        expect(picture.first).to_be_visible()
        width = "image => image.decode().then(() => image.naturalWidth)"
        self.assertEqual(picture.first.evaluate(width), 320)

    def hold(self, page: Page) -> None:
        """While it is held, retiring it is refused in a sentence."""
        page.get_by_role("link", name="Place a legal hold").click()
        page.get_by_label("Reason").fill("Case 7")
        page.get_by_role("button", name="Place a legal hold").click()
        expect(page.get_by_text("On legal hold").first).to_be_visible()
        page.get_by_role("link", name="Retire", exact=True).click()
        page.get_by_label("Reason").fill("No use")
        page.get_by_role("button", name="Retire").click()
        expect(page.get_by_role("alert")).to_contain_text(re.compile("is on legal hold: Case 7"))
        self.assertEqual(self.site.demo.rows("SELECT count(*) FROM evidence_piece WHERE title = 'Minutes of the session' "
                                             "AND retired_at IS NULL"), [(1,)])  # fmt: skip
