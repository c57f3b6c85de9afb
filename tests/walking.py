"""What every long walk through the site does: people come in, speak a language, answer forms, are turned away."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import APIRequestContext, Locator, Page, expect

from tests.browsing import Browsing

PATIENCE_MILLISECONDS = 120_000
"""Acts over all sites of a group are awaited longer than a page."""


class Walking(Browsing):
    """A story that many people tell, in `language`."""

    language: str

    def setUp(self) -> None:
        super().setUp()
        self.programs: dict[str, APIRequestContext] = {}

    def comes(self, name: str, at: str = "/due/") -> Page:
        """The page of somebody who signed in, in the language of the story."""
        window = self.opened(locale={"en": "en-GB"}.get(self.language, "zh-TW"))
        window.set_default_timeout(PATIENCE_MILLISECONDS)
        window.add_cookies([{"name": "keepwell-language", "value": self.language, "url": self.site.url}])
        page = self.sign_in(window, name, at)
        expect(page.locator("html")).to_have_attribute(
            "lang", re.compile(f"^{self.language}$", re.IGNORECASE)
        )
        return page

    def does(self, page: Page, path: str, **answers: str) -> None:
        """Answer the form at `path` and send it; it goes through."""
        page.goto(path)
        self.fills(page, **answers)
        self.sends(page, page.locator("main form button.btn-primary").last)

    def sends(self, page: Page, button: Locator) -> None:
        """Press the button of a form, which leads away from it."""
        with page.expect_navigation():
            button.click()
        expect(page.locator("main .kw-summary")).to_have_count(0)

    def unfolds(self, link: Locator) -> Locator:
        """A link that lies folded, once its fold is open."""
        link.locator("xpath=ancestor::details[1]/summary").click()
        return link

    def meets(self, page: Page, path: str) -> int:
        """What the site answers at `path`."""
        answer = page.goto(path)
        return answer.status if answer else 0

    def api(self, name: str, method: str, path: str, **sent: Any) -> Any:
        """What the API answers to a program of `name`; anything but success is told."""
        if name not in self.programs:
            token = self.site.demo.keepwell("token", name).stdout.decode().strip()
            window = self.opened(extra_http_headers={"Authorization": f"Bearer {token}"})
            self.programs[name] = window.request
        answer = self.programs[name].fetch(f"/api{path}", method=method, **sent)
        self.assertLess(answer.status, 300, answer.text())
        return answer.json() if answer.text() else None
