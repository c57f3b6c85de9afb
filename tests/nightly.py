"""A night at Penang Assembly 2, hour by hour: the same group served anew at each hour, its mail at a real server."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage, Message
from typing import Any

from icalendar import Calendar
from playwright.sync_api import Page, expect

from keepwell.platform.notices.tests.post import Office
from tests.browsing import DESK, PHONE, Browsing
from tests.mailed import Mailed, wait_for
from tests.night_words import WORDS
from tests.running import PASSWORD, served

TITLE = "Malware on line 5, Penang Assembly 2"
HAFIZ, FIRST, NEXT = "hafiz.rashid", "chia-tzu.wang", "yu-hsiang.liu"
"""The officer of Penang Assembly 2, and who is on duty for the group, first and next, as they sign in."""
MAIL = "@meridian.example"
SIGN_IN = f"""
from keepwell.demo.access import open_account
from keepwell.platform.people.models import Person
for name in {(HAFIZ, FIRST, NEXT)!r}:
    open_account(Person.objects.get(mail=name + "{MAIL}"), name, "{PASSWORD}")
"""


class Night(Browsing):
    """What the steps of the night share: who stands at which screen, at which hour, reading which language."""

    language: str

    def setUp(self) -> None:
        super().setUp()
        self.words = WORDS[self.language]

    own: Mailed
    desk: Office
    address: str
    """Where the incident stands, the same at every hour."""

    @contextmanager
    def at(self, clock: str, day: str = "2025-11-15") -> Iterator[None]:
        """The hour in Penang, as 02:10; every screen is closed before it ends, for open rooms go on asking."""
        with served(self.own.at(f"{day}T{clock}:00+08:00")) as running:
            type(self).site = running
            yield
            for window in self.browser.contexts:
                window.close()

    def stands(self, name: str, size: tuple[int, int], at: str = "/") -> Page:
        """Somebody at a screen, reading the language of the walk."""
        window = self.opened(size, locale={"en": "en-GB"}.get(self.language, "zh-TW"))
        window.add_cookies([{"name": "keepwell-language", "value": self.language, "url": self.site.url}])
        page = self.sign_in(window, name, at)
        expect(page.locator("html")).to_have_attribute(
            "lang", re.compile(f"^{self.language}$", re.IGNORECASE)
        )
        return page

    def on_phone(self, name: str, at: str = "/") -> Page:
        return self.stands(name, PHONE, at)

    def at_desk(self, name: str, at: str = "/") -> Page:
        return self.stands(name, DESK, at)

    def room(self, page: Page) -> None:
        page.goto(f"{self.address}room/")
        expect(page.locator("h1")).to_have_text(TITLE)
        self.fits(page)

    def fits(self, page: Page) -> None:
        """The page is no wider than its screen."""
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        self.assertLessEqual(wide, 0, f"{page.url} scrolls sideways")

    def does(self, page: Page, **answers: str) -> None:
        """Answer the form of the page and send it."""
        self.fills(page, **answers)
        page.locator("main form button.btn-primary").click()
        page.wait_for_load_state()
        expect(page.locator("main [role=alert]")).to_have_count(0)

    def acts(self, page: Page, verb: str, **answers: str) -> None:
        """Do an act on the incident."""
        page.goto(f"{self.address}{verb}/")
        self.does(page, **answers)

    def gets(self, name: str, what: Callable[[Message[Any, Any]], bool], why: str) -> Message[Any, Any]:
        """The mail of which `what` is true, as it came to the mail server for `name`."""
        address = name if "@" in name else f"{name}{MAIL}"

        def found() -> list[Message[Any, Any]]:
            return [one for one in self.desk.taken if address in str(one["To"]) and what(one)]

        wait_for(lambda: bool(found()), why)
        return found()[-1]


def text(mail: Message[Any, Any]) -> str:
    """A mail with its parts decoded."""
    return "\n".join(
        (part.get_payload(decode=True) or b"").decode("utf-8", "replace") for part in mail.walk()
    )  # type: ignore[union-attr]


def link_in(mail: Message[Any, Any], path: str) -> str:
    """The path of the first link of a mail to a page whose path looks like `path`."""
    found = re.search(rf"https?://[^/\s]+({path}[^\s\"<]*)", text(mail))
    assert found is not None, text(mail)
    return found[1]


def entry_in(mail: Message[Any, Any]) -> Any:
    """The calendar entry that a mail carries."""
    assert isinstance(mail, EmailMessage)
    part = next(part for part in mail.walk() if part.get_content_type() == "text/calendar")
    return Calendar.from_ical(part.get_content()).walk("VEVENT")[0]
