"""Somebody on the floor reports from a phone whose browser runs no script, and reads the answer by the code."""

from __future__ import annotations

from io import BytesIO

from PIL import Image
from playwright.sync_api import expect

from keepwell.areas.incidents.rules.languages import languages
from tests.browsing import PHONE, Browsing

SCREENS = 1.5


class Reporting(Browsing):
    def test_takes_one_page_a_photo_and_no_script(self) -> None:
        for tag, theme, is_unnamed in (("ms", "light", False), ("zh-Hant", "dark", True)):
            with self.subTest(tag):
                self.tell(tag, theme, is_unnamed=is_unnamed)

    def tell(self, tag: str, theme: str, *, is_unnamed: bool) -> None:
        page = self.opened(PHONE, color_scheme=theme, java_script_enabled=False).new_page()
        page.goto(f"/report/at/PEN2/?place=Line+3&lang={tag}")
        self.assertEqual(page.locator("html").get_attribute("lang"), tag)
        self.assertEqual(page.locator("#site").input_value(), "PEN2")
        page.locator("#says").fill("Skrin di barisan 3 meminta wang. 產線三的畫面要求付款。")
        page.locator("input[name=ongoing][value=yes]").check()
        page.locator("#photo").set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": jpeg()})
        if is_unnamed:
            page.locator("input[name=unnamed]").check()
        page.locator("main form button").click()
        code = page.locator(".kw-code").inner_text()
        page.goto(f"/report/answer/?lang={tag}")
        page.locator("#code").fill(code.lower())
        page.locator("main form button").click()
        page.locator("#says").fill("Kini barisan 4 juga.")
        page.locator("main form button").click()
        self.assertIn("Kini barisan 4 juga.", page.locator(".kw-talk").inner_text())

    def test_lies_on_a_screen_and_a_half_in_every_language(self) -> None:
        for script in (True, False):
            page = self.opened(PHONE, java_script_enabled=script).new_page()
            for tag in languages():
                for place in ("/report/", "/report/at/PEN1/"):
                    page.goto(f"{place}?lang={tag}")
                    height = page.locator("html").bounding_box()
                    assert height is not None
                    self.assertLessEqual(height["height"], SCREENS * PHONE[1], f"{tag} {place}")

    def test_takes_the_words_and_two_taps_where_the_code_on_the_wall_knows_the_place(self) -> None:
        page = self.opened(PHONE, has_touch=True).new_page()
        page.goto("/report/at/PEN2/?place=Line+3&lang=ms")
        asked = page.locator("main form").locator("input:not([type=hidden]), textarea, select")
        names = set(asked.evaluate_all("all => all.map(one => one.name)"))
        self.assertEqual(
            names, {"says", "photo", "voice", "site", "place", "ongoing", "reach", "unnamed", "concerns"}
        )
        self.assertEqual(page.locator("main form [required]").count(), 1, "the place, which is known")
        page.locator("#says").tap()
        page.keyboard.type("Skrin merah.")
        page.locator("main form button").tap()
        expect(page.locator(".kw-code")).to_be_visible()


def jpeg() -> bytes:
    """A photo as a phone takes it, but small."""
    out = BytesIO()
    Image.new("RGB", (640, 480), "#883322").save(out, "JPEG")
    return out.getvalue()
