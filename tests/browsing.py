"""A real browser that tells whatever goes wrong in a page: script errors, policy violations, missing files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import TestCase

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.machine import BROWSER_OPTIONS, chromium
from tests.running import PASSWORD, Site

DESK, PHONE = (1440, 900), (390, 844)
PATIENCE_MILLISECONDS = 20_000


@contextmanager
def browser() -> Iterator[Browser]:
    """The browser of this machine."""
    with sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=str(chromium()), args=list(BROWSER_OPTIONS))
        yield found
        found.close()


class Browsing(TestCase):
    """Stories told in a browser, on a site of their own; each fails on anything that the browser complains of. Each is told
    on one database: on SQLite, unless it is marked for PostgreSQL (ADR 84)."""

    site: Site
    browser: Browser
    pytestmark = [pytest.mark.chromium, pytest.mark.sqlite, pytest.mark.usefixtures("site")]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.browser = cls.enterClassContext(browser())

    def setUp(self) -> None:
        self.complaints: list[str] = []

    def tearDown(self) -> None:
        self.assertEqual(self.complaints, [])

    def opened(self, size: tuple[int, int] = DESK, **wishes: Any) -> BrowserContext:
        """A fresh window, watched."""
        window = self.browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            base_url=self.site.url,
            **({"locale": "en-GB"} | wishes),
        )
        self.addCleanup(window.close)
        window.set_default_timeout(PATIENCE_MILLISECONDS)
        window.on("page", self.watch)
        return window

    def watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on(
            "dialog", lambda dialog: self.complaints.append(f"{page.url}: a dialog said {dialog.message}")
        )
        page.on("console", self.hear)
        page.on("requestfailed", lambda request: self.complaints.append(f"{request.url}: {request.failure}")
                if request.failure != "net::ERR_ABORTED" else None)  # fmt: skip

    def hear(self, said: ConsoleMessage) -> None:
        """Note errors and warnings; that a page itself answered 4xx is no complaint of the browser."""
        own = (
            said.text.startswith("Failed to load resource")
            and said.page
            and said.location["url"] == said.page.url
        )
        if said.type in ("error", "warning") and not own:
            self.complaints.append(f"{said.location['url']}: {said.text}")

    def sign_in(self, window: BrowserContext, name: str, at: str = "/") -> Page:
        """The start page of `name`, or the page `at` which they come in."""
        page = window.new_page()
        page.goto(at)
        page.locator("input[name=name]").fill(name)
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("input[name=password]").press("Enter")
        page.wait_for_url(lambda url: "/sign-in/" not in url)
        return page

    def fills(self, page: Page, **answers: str) -> None:
        """Answer fields of the form of the page by their names."""
        for name, answer in answers.items():
            field = page.locator(f"main [name={name}]").first
            if field.evaluate("one => one.tagName") == "SELECT":
                field.select_option(answer)
            else:
                field.fill(answer)
