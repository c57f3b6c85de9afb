"""axe-core finds nothing on any page: light and dark, English and Chinese, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from keepwell.config.navigation import WORDS
from keepwell.platform.registers.register import REGISTERS
from tests import running
from tests.browsing import DESK, PHONE, Browsing
from tests.machine import rounds
from tests.running import ROOT, Demo, Reader, Site

AXE = ROOT / "build" / "axe" / "axe.min.js"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
# Three rules measure every element as it is drawn and take most of the time. What they find lies in the components,
# which every fifth page shows in quick runs; what the others find lies in a page's own lines, so they see every page.
DRAWN = {name: {"enabled": False} for name in ("color-contrast", "region", "target-size")}
# The menu and the bar stand around every page and are half of it: those fifth pages show them as well.
AROUND = {"exclude": [".kw-side", ".kw-top"]}
EVERY = 5
CLOSE = {"/clocks/running/"}
"""Pages whose links stand close under one another."""
RUN = """async ([where, rules, off]) =>
    (await axe.run(where, {runOnly: rules, rules: off, resultTypes: ['violations']})).violations.flatMap(
    found => found.nodes.map(node => found.id + ' ' + node.target.join(' ') + ': ' + node.html.slice(0, 160)
                                     + ' | ' + (node.any.concat(node.all, node.none)[0] || {message: found.help}).message))"""
WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
STAYS_WIDE = f"""async () => {{
    for (let frame = 0; frame < 60 && {WIDE}; frame++) await new Promise(requestAnimationFrame);
    return {WIDE}; }}"""
"""Whether a page that was narrowed is still wide a second later: a chart is drawn anew some frames after it."""
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


@pytest.fixture(scope="module")
def own_site(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site that is only looked at: no worker beside it."""
    folder = tmp_path_factory.mktemp("site")
    with running.copied(demo, folder) as copy, running.served(copy, beside=()) as site:
        yield site


class Pages(Browsing):
    def opened(self, size: tuple[int, int] = DESK, **wishes: Any) -> BrowserContext:
        """A fresh window, watched, whose pages have axe."""
        window = super().opened(size, **wishes)
        window.add_init_script(path=AXE)
        return window

    @classmethod
    @cache
    def session(cls, name: str) -> list[dict[str, str]]:
        """The cookies of `name`, signed in once for all windows."""
        reader = Reader(cls.site)
        reader.sign_in(name)
        return [{"name": one.name, "value": one.value or "", "url": cls.site.url} for one in reader.cookies]

    def windows(self, name: str) -> Iterator[tuple[Look, Page]]:
        """A page for each look, signed in as `name`; "" for a stranger."""
        for look in rounds(FEW, LOOKS):
            window = self.opened(look.size, color_scheme=look.theme)
            self.choose(window, look)
            window.add_cookies(self.session(name) if name else [])
            yield look, window.new_page()

    def choose(self, window: BrowserContext, look: Look) -> None:
        told = {"keepwell-theme": look.theme, "keepwell-language": look.language}
        window.add_cookies(
            [{"name": name, "value": value, "url": self.site.url} for name, value in told.items()]
        )  # type: ignore[list-item]

    def violations(self, page: Page, address: str, number: int = 0) -> list[str]:
        """What axe finds at `address`, the `number`th page of its kind."""
        answer = page.goto(address)
        self.assertTrue(answer and answer.status < 500, f"{address} broke")
        if page.locator("[data-chart], .kw-chart").count():
            page.wait_for_load_state("networkidle")
        self.assertFalse(self.is_wide(page), f"{address} is wider than the screen")
        found = self.found(page, address, drawn=rounds(number % EVERY == 0 or address in CLOSE, True))
        # With full numbers every page is loaded on a phone too.
        if rounds(page.viewport_size["width"] > PHONE[0], False):
            self.assertFalse(self.is_wide_on_a_phone(page), f"{address} is wider than a phone")
        return found

    def found(self, page: Page, address: str, *, drawn: bool = True) -> list[str]:
        """What axe finds on `page` as it stands; not `drawn` leaves out what measures every element, and what stands
        around every page."""
        asked = [{"exclude": []}, RULES, {}] if drawn else [AROUND, RULES, DRAWN]
        return [f"{address} {one}" for one in page.evaluate(RUN, asked)]

    def is_wide(self, page: Page) -> bool:
        """Whether a page is wider than its window."""
        return bool(page.evaluate(WIDE))

    def is_wide_on_a_phone(self, page: Page) -> bool:
        """Whether a page of a desk, narrowed as it stands, is wider than a phone."""
        page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        wide = bool(page.evaluate(STAYS_WIDE))
        page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
        return wide

    def assert_clean(self, name: str, addresses: list[str]) -> None:
        for number, (look, page) in enumerate(self.windows(name)):
            with self.subTest(str(look)):
                asked = enumerate(rounds(addresses[number::2], addresses))
                found = [one for at, address in asked for one in self.violations(page, address, at)]
                self.assertEqual(found, [])

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
        """A record of each register, its forms, and one act of each kind."""
        reader, token = Reader(self.site), self.site.demo.keepwell("token", "ada").stdout.decode().strip()
        for at, (slug, register) in enumerate(REGISTERS.items()):
            items: list[Any] = reader.api(f"/{slug}?size=1", token)["items"]
            records = [f"/{slug}/{item['id']}/" for item in items]
            yield from records
            yield from (record + page for record in records for page in BESIDE.get(slug, ()))
            if register.form_fields:
                yield from self.forms(slug, records, at)
            acts = [rule.name.replace("_", "-") for rule in register.acts[: rounds(1, 9)]]
            yield from (f"{record}{act}/" for record in records for act in acts)

    def forms(self, slug: str, records: list[str], at: int) -> Iterator[str]:
        """The forms of a register, the `at`th: in quick runs that of a new record and that of an old one in turn, for
        their fields are the same, and files, which differ in the names of columns alone, of every fifth register."""
        written = [*(f"{record}edit/" for record in records), f"/{slug}/new/"]
        yield from rounds([written[at % len(written)]], written)
        if rounds(at % EVERY == 0, True):
            yield f"/{slug}/bring-in/"

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
        _look, page = next(self.windows("ada"))
        page.goto("/")
        page.evaluate("document.querySelector('main').innerHTML = '<img src=\"data:,\"><input size=\"90\">'")
        for drawn in (True, False):
            rules = {one.split()[1] for one in self.found(page, "spoilt", drawn=drawn)}
            self.assertLessEqual({"image-alt", "label", "page-has-heading-one"}, rules)
        self.assertFalse(self.is_wide(page))
        self.assertTrue(self.is_wide_on_a_phone(page))
