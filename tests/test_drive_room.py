"""Two people in the room of an incident, each at a screen of their own: what one enters the other sees within two
seconds; with a desk and a phone, in both languages, light and dark."""

from __future__ import annotations

import os
import time
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browsing import DESK, PHONE, Browsing

LIVE_SECONDS = 2.0
LOOKS = os.environ.get("KEEPWELL_LOOKS", "")
"""A folder for pictures of what was seen; empty: none are taken."""


class ARoom(Browsing):
    def test_shows_on_every_screen_what_is_entered_on_one(self) -> None:
        mine = self.sign_in(self.opened(), "ada")
        address = self.reported(mine)
        theirs = self.sign_in(self.opened(PHONE), "ben")
        theirs.goto(address)
        mine.goto(address)
        mine.locator("#enter-says").fill("Line 3 stands; the screens ask for money.")
        mine.locator("#enter-says").press("Enter")
        began = time.monotonic()
        expect(theirs.locator("#timeline")).to_contain_text("Line 3 stands; the screens ask for money.")
        self.assertLess(time.monotonic() - began, LIVE_SECONDS)
        expect(mine.locator("#timeline")).to_contain_text("Line 3 stands; the screens ask for money.")
        expect(mine.locator("#enter-says")).to_have_value("")
        self.keeps_what_is_typed_while_others_write(mine, theirs)
        self.asks_for_the_reason_of_a_decision(mine, theirs)
        self.takes_a_playbook(mine, theirs)
        self.looked_at(address)

    def reported(self, page: Page) -> str:
        """The address of the room of an incident that was just entered."""
        page.goto("/incidents/new/")
        page.locator("input[name=title]").fill("Malware on the line 3 controllers")
        page.locator("select[name=unit]").select_option("KHH1")
        page.locator("main form button.btn-primary").click()
        page.get_by_role("link", name="Open the room").click()
        expect(page.locator("h1")).to_have_text("Malware on the line 3 controllers")
        return page.url.partition("?")[0]

    def keeps_what_is_typed_while_others_write(self, mine: Page, theirs: Page) -> None:
        mine.locator("#enter-says").fill("Half a sen")
        theirs.locator("#enter-says").fill("Zone 4 is cut.")
        theirs.locator("#enter button").click()
        expect(mine.locator("#timeline")).to_contain_text("Zone 4 is cut.")
        expect(mine.locator("#enter-says")).to_have_value("Half a sen")
        expect(mine.locator("#enter-says")).to_be_focused()

    def asks_for_the_reason_of_a_decision(self, mine: Page, theirs: Page) -> None:
        mine.locator("#enter-says").fill("Keep line 4 running.")
        mine.locator("#enter-kind").select_option("decision")
        mine.locator("#enter button").click()
        expect(mine.locator("#enter-wrong")).to_contain_text("A decision has a reason")
        expect(mine.locator("#enter-says")).to_have_value("Keep line 4 running.")
        mine.locator("#enter-reason").fill("No sign of spread in two checks")
        mine.locator("#enter button").click()
        expect(theirs.locator("#timeline")).to_contain_text("reason: No sign of spread in two checks")

    def takes_a_playbook(self, mine: Page, theirs: Page) -> None:
        mine.locator("#task-playbook").click()
        mine.get_by_role("button", name="Take “Malware in OT”").click()
        expect(mine.locator("#room-tasks")).to_contain_text("0 of 13 done")
        expect(theirs.locator("#room-tasks")).to_contain_text("0 of 13 done")

    def looked_at(self, address: str) -> None:
        for size, name in ((DESK, "desk"), (PHONE, "phone")):
            for language, scheme in (("en", "light"), ("zh-hant", "dark")):
                window = self.opened(size, color_scheme=scheme)
                window.add_cookies([{"name": "keepwell-language", "value": language, "url": self.site.url}])
                page = self.sign_in(window, "ben")
                page.goto(address)
                wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
                self.assertLessEqual(wide, 0, f"{name} {language} scrolls sideways")
                if LOOKS:
                    page.screenshot(path=Path(LOOKS) / f"room-{name}-{language}.png", full_page=True)
