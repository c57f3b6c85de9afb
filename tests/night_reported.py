"""From the wall to the level: what the operator, the site officer and who is on duty for the group do until 02:47."""

from __future__ import annotations

import re
import time

from playwright.sync_api import Page, expect

from tests.browsing import PHONE
from tests.nightly import FIRST, HAFIZ, NEXT, TITLE, Night, link_in, text
from tests.test_drive_reporting import jpeg

A_MINUTE = 60
LINES = "Skrin di barisan 5 menjadi merah.\nMesin pemuat berhenti sendiri.\nTiada siapa menekan apa-apa."
FACTS = {"effect": "yes", "core_system": "yes", "plant": "2", "customer_data": "no"}
"""A core system and one line stand, no data of a customer is touched."""


class Reported(Night):
    code: str

    def is_told_from_the_wall(self) -> None:
        """02:10: three lines in Malay and a photo, by a phone without script, without account, within a minute."""
        began = time.monotonic()
        page = self.opened(PHONE, java_script_enabled=False).new_page()
        page.goto("/report/at/PEN2/?place=Line+5&lang=ms")
        self.fits(page)
        page.locator("#says").fill(LINES)
        page.locator("input[name=ongoing][value=yes]").check()
        page.locator("#photo").set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": jpeg()})
        page.locator("main form button").click()
        self.code = page.locator(".kw-code").inner_text()
        self.assertLess(time.monotonic() - began, A_MINUTE)
        self.fits(page)
        told = self.gets(HAFIZ, lambda mail: "/reports/" in text(mail), "the officer was not told")
        self.first = link_in(told, "/reports/")

    def is_told_by_two_others(self) -> None:
        """02:19: two more of the line, one of them in English for a colleague."""
        for says, tag in (("Skrin barisan 5 merah, mesin pemuat berhenti.", "ms"),
                          ("Colleague says: skrin merah, mesin pemuat berhenti, line 5.", "en")):  # fmt: skip
            page = self.opened(PHONE, java_script_enabled=False).new_page()
            page.goto(f"/report/at/PEN2/?place=Line+5&lang={tag}")
            page.locator("#says").fill(says)
            page.locator("main form button").click()
            expect(page.locator(".kw-code")).to_be_visible()

    def becomes_one_incident_in_one_act(self, hafiz: Page) -> None:
        """02:31: the officer sees the photo and two similar reports, and one button makes one incident of all three."""
        hafiz.goto(self.first)
        expect(hafiz.locator("main")).to_contain_text("Skrin di barisan 5 menjadi merah.")
        expect(hafiz.locator("main img.kw-photo")).to_be_visible()
        alike = hafiz.locator("#alike")
        expect(alike.locator("h2")).to_have_text(self.words["similar"])
        expect(alike.locator("input[name=report]:checked")).to_have_count(2)
        alike.locator("#alike-title").fill(TITLE)
        alike.get_by_role("button", name=self.words["one incident"]).click()
        hafiz.wait_for_url(re.compile(r"/incidents/[0-9a-f-]{36}/room/"))
        self.address = "/" + hafiz.url.split("/", 3)[3].partition("room/")[0]
        expect(hafiz.locator("#room-touched a[href*='/reports/']")).to_have_count(3)
        hafiz.get_by_role("link", name=self.words["take up"]).click()
        self.does(hafiz)
        self.room(hafiz)
        expect(hafiz.locator("#room-head")).to_contain_text(self.words["lead"])

    def is_classified(self, hafiz: Page) -> None:
        """02:31: the factors give S3; the officer says S2 and why, for the line was to stand until three anyway."""
        hafiz.goto(f"{self.address}classify/")
        self.does(hafiz, kind="infected-system", outage_hours="1", tolerable_hours="2", **FACTS, level="2",
                  reason="Line 5 was to stand until 03:00 for its cleaning.")  # fmt: skip
        self.room(hafiz)
        why = hafiz.locator("#room-why")
        expect(why.locator("h2")).to_have_text(self.words["why S2"])
        for says in ("line stands", "core", "not touched", "highest", "taiwan", "otherwise"):
            expect(why).to_contain_text(self.words[says])

    def starts_its_clocks_by_itself(self, hafiz: Page) -> None:
        """Who must be told, by when, in whose zone, under what; what the notice must say, and who approves it."""
        hafiz.goto(f"{self.address}clocks/")
        self.fits(hafiz)
        row = hafiz.locator("#clocks tr").filter(has_text=self.words["duty officer"]).first
        expect(row).to_contain_text(self.words["at 03:10"])
        expect(row).to_contain_text(self.words["city"])
        expect(row).to_contain_text(self.words["under"])
        row.locator("a.kw-b").click()
        asked = hafiz.locator("#asked")
        expect(asked.locator("li")).to_have_count(6)
        expect(asked).to_contain_text(self.words["consequences"])
        expect(asked).to_contain_text(self.words["approver"])
        self.fits(hafiz)

    def wakes_the_group(self) -> None:
        """The first on duty for the group is called by mail, by 02:46, and does not answer."""
        told = self.gets(
            FIRST, lambda mail: "S2" in text(mail) and "02:46" in text(mail), "nobody was called"
        )
        self.assertEqual(link_in(told, "/incidents/"), f"{self.address}room/")

    def calls_the_next(self) -> None:
        """02:47: the next one is called, and acknowledges by the phone."""
        told = self.gets(
            NEXT, lambda mail: "S2" in text(mail) and "03:02" in text(mail), "the next was not called"
        )
        liu = self.on_phone(NEXT, at=link_in(told, "/incidents/"))
        expect(liu.locator("#timeline")).to_contain_text(self.words["nobody"])
        liu.get_by_role("link", name=self.words["acknowledge"]).click()
        self.does(liu)
        self.room(liu)
        expect(liu.locator("#timeline")).to_contain_text(self.words["acknowledged"])
        expect(liu.get_by_role("link", name=self.words["acknowledge"])).to_have_count(0)
