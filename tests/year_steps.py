"""What everybody does in a year of maturity, in a browser: they stand at a requirement, count what is to do, bring in what
sites sent, hand it in, and look at the map."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.machine import rounds
from tests.walking import Walking
from tests.yearly import Place, Year

WHOLE_GROUP = rounds(False, True)
CODE, PAPER = "GV.RR-02", "Roles of KHH1"
"""The requirement at which the walk stands longest, and what proves its answer."""
MINE = re.compile(r"KHH1.*\bIT\b")
NUMBER = "one => [...one.childNodes].filter(part => part.nodeType === 3).map(part => part.data).join('')"
WORDS = {
    "en": {"examine": "To re-examine", "last": "Site, 2024", "median": "Group median", "change": "To be changed",
           "returned": "Returned:", "site": "Site", "estimated": "estimated", "simulated": "2026, simulated",
           "present": "present state", "ben": "Ben Tan", "eva": "Eva Chen"},
    "zh-hant": {"examine": "待重新檢視", "last": "廠區，2024", "median": "集團中位數", "change": "待修改",
                "returned": "退回：", "site": "廠區", "estimated": "推估", "simulated": "2026 年模擬",
                "present": "目前的狀態", "ben": "陳斌", "eva": "陳怡華"},
}  # fmt: skip


class Steps(Walking):
    """The cycle of a year, and the people who walk through it, in the language of the story."""

    cycle: str
    """The address of the cycle; of the assessment of Ben's site it is `mine`."""
    mine: str
    key: str
    codes: list[str]

    def begins(self) -> None:
        self.words, self.name = WORDS[self.language], f"CSF 2025 {self.language}"
        self.year = Year(self.site.demo, self.name)
        self.ada, self.ben = self.comes("ada"), self.comes("ben")

    def stands_at(self, page: Page, code: str, address: str = "") -> None:
        page.goto(f"{address or self.mine}?at={code}&show=todo")
        expect(page.locator("h2").first).to_contain_text(code)

    def typed(self, name: str) -> str:
        return f"{float(self.ben.locator(f'#{name}').input_value()):.1f}"

    def count(self, page: Page) -> int:
        """How many requirements are still to do."""
        return int(page.locator(".kw-seg [data-count=todo]").inner_text())

    def brings(self, content: bytes) -> None:
        sent = {"file": {"name": "scores.csv", "mimeType": "text/csv", "buffer": content}}
        self.api("ada", "POST", f"/cycles/{self.key}/scores", multipart=sent)

    def submits(self, places: list[Place]) -> None:
        """Each of these assessments is handed in."""
        for one in self.api("ada", "GET", f"/assessments?cycle={self.key}&size=100")["items"]:
            if (one["unit"], one["scope"]) in places:
                self.api("ada", "POST", f"/assessments/{one['id']}/submit", data={})

    def map_of(self, page: Page) -> Locator:
        """The lines of the map of the cycle."""
        page.goto(f"/maturity/?cycle={self.key}")
        return page.locator(".kw-heat tbody tr")

    def figure(self, page: Page, unit: str, scope: str) -> str:
        """The number of a unit over all in the map."""
        cell = page.locator(f'.kw-heat td.all a[href*="at={unit}&scope={scope}"]')
        return str(cell.evaluate(NUMBER)).strip()
