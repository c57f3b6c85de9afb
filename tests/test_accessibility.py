"""axe-core finds nothing on any page: light and dark, English and Chinese, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from playwright.sync_api import BrowserContext, Page

from keepwell.config.navigation import WORDS
from keepwell.platform.registers.register import REGISTERS
from tests.browsing import DESK, PHONE, Browsing
from tests.machine import rounds
from tests.running import ROOT, Reader

AXE_SOURCE = (ROOT / "build" / "axe" / "axe.min.js").read_text(encoding="utf-8")
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
# Three rules measure every element as it is drawn and take most of the time. What they find lies in the components,
# which every fifth page shows in quick runs; what the others find lies in a page's own lines, so they see every page.
DRAWN = {name: {"enabled": False} for name in ("color-contrast", "region", "target-size")}
EVERY = 5
CLOSE = {"/clocks/running/"}
"""Pages whose links stand close under one another."""
RUN = """async ([rules, off]) =>
    (await axe.run(document, {runOnly: rules, rules: off, resultTypes: ['violations']})).violations.flatMap(
    found => found.nodes.map(node => found.id + ' ' + node.target.join(' ') + ': ' + node.html.slice(0, 160)
                                     + ' | ' + (node.any.concat(node.all, node.none)[0] || {message: found.help}).message))"""
PLAIN = (
    "/", "/due/", "/menu/", "/unit/?next=/", "/account/", "/account/tokens/", "/handbook/", "/handbook/reporting/",
    "/search/?q=KHH", "/search/?q=zzzz", "/outcomes/?year=2023", "/outcomes/?year=2024&unit=KHH1",
    "/certificates/ending/", "/outcomes/freeze/?year=2024", "/figures/proof/training.hours/?year=2023",
    "/figures/proof/certificates.sites.iso-27001/?year=2023", "/certificates/matrix/?year=2021",
    "/people/?q=zzzz", "/people/?kind=external&sort=-name", "/units/?year=2022", "/cycles/draft/",
)  # fmt: skip
BESIDE = {
    "cycles": ("board/",),
    "assessments": ("answer/", "answer/share/", "answer/workbook/", "answer/submit/", "answer/return/"),
}
"""The pages of a record that are no register's own, by register."""
ERRORS = (
    "/nothing/",
    "/units/?nonsense=1",
    "/units/?unit=NOTHING",
    "/certificates/00000000-0000-4000-8000-000000000000/",
)


@dataclass(frozen=True)
class Look:
    """One way to look at a page."""

    theme: str
    language: str
    size: tuple[int, int]

    def __str__(self) -> str:
        return f"{self.theme}, {self.language}, {self.size[0]} px"


LOOKS = [Look(*parts) for parts in product(("light", "dark"), ("en", "zh-hant"), (DESK, PHONE))]
# Two that differ in everything stand for the eight in quick runs, each on every other page.
FEW = [Look("light", "en", DESK), Look("dark", "zh-hant", PHONE)]


def menu() -> Iterator[str]:
    """Every page of the menu, its words and the registers behind it."""
    yield from (word.path for word in WORDS if word.items)
    yield from dict.fromkeys(item.url for word in WORDS for item in word.items)
    yield from (f"/{slug}/" for slug in REGISTERS)


class Pages(Browsing):
    def windows(self, name: str) -> Iterator[tuple[Look, Page]]:
        """A page for each look, signed in as `name`; "" for a stranger."""
        for look in rounds(FEW, LOOKS):
            window = self.opened(look.size, color_scheme=look.theme)
            self.choose(window, look)
            yield look, self.sign_in(window, name) if name else window.new_page()

    def choose(self, window: BrowserContext, look: Look) -> None:
        told = {"keepwell-theme": look.theme, "keepwell-language": look.language}
        window.add_cookies(
            [{"name": name, "value": value, "url": self.site.url} for name, value in told.items()]
        )  # type: ignore[list-item]

    def violations(self, page: Page, address: str, number: int = 0) -> list[str]:
        """What axe finds at `address`, the `number`th page of its kind."""
        page.goto(address)
        if page.locator("[data-chart], .kw-chart").count():
            page.wait_for_load_state("networkidle")
        self.assertFalse(self.is_wide(page), f"{address} is wider than the screen")
        return self.found(page, address, drawn=rounds(number % EVERY == 0 or address in CLOSE, True))

    def found(self, page: Page, address: str, *, drawn: bool = True) -> list[str]:
        """What axe finds on `page` as it stands; not `drawn` leaves out what measures every element."""
        page.evaluate(AXE_SOURCE)
        return [f"{address} {one}" for one in page.evaluate(RUN, [list(RULES), {} if drawn else DRAWN])]

    def assert_clean(self, name: str, addresses: list[str]) -> None:
        for number, (look, page) in enumerate(self.windows(name)):
            with self.subTest(str(look)):
                asked = enumerate(rounds(addresses[number::2], addresses))
                found = [one for at, address in asked for one in self.violations(page, address, at)]
                self.assertEqual(found, [])

    def is_wide(self, page: Page) -> bool:
        """Whether a page is wider than the screen."""
        wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        return bool(page.evaluate(wide))

    def test_of_the_menu_are_clean(self) -> None:
        self.assert_clean("ada", list(dict.fromkeys(menu())))

    def test_beside_the_menu_are_clean(self) -> None:
        self.assert_clean("ada", list(PLAIN))

    def test_of_errors_are_clean(self) -> None:
        self.assert_clean("ada", list(ERRORS))

    def test_for_who_has_no_rights_are_clean(self) -> None:
        self.assert_clean("sam", ["/", "/due/", "/outcomes/", "/people/", "/units/", "/menu/"])

    def test_for_strangers_are_clean(self) -> None:
        self.assert_clean("", ["/sign-in/"])

    def test_of_records_forms_and_acts_are_clean(self) -> None:
        self.assert_clean("ada", list(self.records()))

    def records(self) -> Iterator[str]:
        """A record of each register with its form, the form of a new one, files, and one act of each kind."""
        reader, token = Reader(self.site), self.site.demo.keepwell("token", "ada").stdout.decode().strip()
        for slug, register in REGISTERS.items():
            items: list[Any] = reader.api(f"/{slug}?size=1", token)["items"]
            yield from (f"/{slug}/{item['id']}/" for item in items)
            yield from (f"/{slug}/{item['id']}/{page}" for item in items for page in BESIDE.get(slug, ()))
            if register.form_fields:
                yield from (f"/{slug}/{item['id']}/edit/" for item in items)
                yield from (f"/{slug}/new/", f"/{slug}/bring-in/")
            yield from (
                f"/{slug}/{item['id']}/{rule.name.replace('_', '-')}/"
                for item in items
                for rule in register.acts[: rounds(1, 9)]
            )

    def test_that_tell_mistakes_are_clean(self) -> None:
        for look, page in self.windows("ada"):
            with self.subTest(str(look)):
                page.goto("/units/new/")
                page.locator("main form button.btn-primary").first.click()
                page.locator(".kw-summary").first.wait_for()
                page.wait_for_load_state()
                self.assertEqual(self.found(page, "mistakes"), [])
                page.goto("/courses/bring-in/")
                content = b"code,name,minutes\r\nX-1,Mine,many\r\n"
                page.locator("input[type=file]").set_input_files(
                    {"name": "a.csv", "mimeType": "text/csv", "buffer": content}
                )
                page.locator("main form button.btn-primary").first.click()
                page.locator("table.kw-errors").wait_for()
                page.wait_for_load_state()
                self.assertEqual(self.found(page, "errors of a file"), [])

    def test_that_are_not_clean_are_found_out(self) -> None:
        page = self.sign_in(self.opened(), "ada")
        page.evaluate("document.querySelector('main').innerHTML = '<img src=\"data:,\"><input>'")
        rules = {one.split()[1] for one in self.found(page, "spoilt")}
        self.assertLessEqual({"image-alt", "label"}, rules)

    def test_keep_within_the_width_of_a_phone(self) -> None:
        page = self.sign_in(self.opened(PHONE), "ada")
        # The other half is seen on a phone by the quick runs of the tests above.
        asked = [*list(dict.fromkeys(menu()))[:: rounds(2, 1)], *PLAIN[:: rounds(2, 1)]]
        wide = [address for address in asked if page.goto(address) and self.is_wide(page)]
        self.assertEqual(wide, [])
