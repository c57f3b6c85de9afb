"""The year of maturity as a group lives it, in a browser: opened by the secretariat, answered by a site officer and a
colleague, asked again, looked at by a consultant, calibrated, published, frozen, planned, read by the CISO; each person
does their own part, and every number is reckoned beside the product from the rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

import pytest
from playwright.sync_api import Locator, Page, expect

from tests import running
from tests.browsing import PATIENCE_MILLISECONDS
from tests.machine import rounds
from tests.running import Demo
from tests.walking import Walking
from tests.yearly import Place, Year, file_of, own_scores, shown, whole

WHOLE_GROUP = rounds(False, True)
IT = ("KHH1", "KHH2", "PEN1", "PEN2", "SGP1", "TAO1")
OT = ("KHH1",)
LATE, LATER = "TYO1", "SJC1"
"""The sites that join late: while the year is answered, and after it was published."""
CODE, ALSO = "GV.RR-02", ("GV.RR-01", "GV.RR-03", "GV.PO-01")
SHARED, SHARED_BY = "DE.CM-09", rounds(4, 14)
TARGETS = {"it": "3.0", "ot": "2.5"}
CONSULTED = rounds(("KHH1",), ("KHH1", "TNN1", "PEN2", "SGP1", "SUZ1", "PJU1", "GDL1"))
"""Where the consultant is called in beside the two sites at which they work already."""
PAPER = "Roles of KHH1"
CLAIMED = Fraction(7, 10)
NUMBER = "one => [...one.childNodes].filter(part => part.nodeType === 3).map(part => part.data).join('')"
DONE = "() => !document.querySelector('#series [hx-get], #series .kw-progress') && !!document.querySelector('#series')"
FIRST_YEAR = rounds(2023, 2019)
WORDS = {
    "en": {"examine": "To re-examine", "last": "Site, 2024", "median": "Group median", "also": "also proves",
           "change": "To be changed", "returned": "Returned:", "site": "Site", "estimated": "estimated",
           "simulated": "2026, simulated", "present": "present state"},
    "zh-hant": {"examine": "重新檢視", "last": "廠區，2024", "median": "集團中位數", "also": "也佐證", "change": "待修改",
                "returned": "退回：", "site": "廠區", "estimated": "推估", "simulated": "2026 年模擬",
                "present": "目前的狀態"},
}  # fmt: skip


@pytest.fixture(scope="session")
def group(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo group that the walk begins with: the small one, with full rounds all years and people."""
    if not WHOLE_GROUP:
        yield request.getfixturevalue("demo")
        return
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if hasattr(request.config, "workerinput") else base
    with running.loaded(shared / "whole", small=False) as demo:
        yield demo


@pytest.fixture(scope="class")
def site(
    request: pytest.FixtureRequest, group: Demo, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    with (
        running.copied(group, tmp_path_factory.mktemp("year")) as own,
        running.served(own, beside=()) as there,
    ):
        request.cls.site = there  # what is done here waits for no worker
        yield


class TheYear(Walking):
    """The walk, told in one language."""

    def walk(self) -> None:
        self.words, self.name = WORDS[self.language], f"CSF 2025 {self.language}"
        self.year = Year(self.site.demo, self.name)
        self.ada, self.ben = self.comes("ada"), self.comes("ben")
        self.is_opened_on_one_page()
        self.reaches_every_officer_in_one_act()
        self.is_answered_elsewhere()
        self.is_answered_with_reason_and_evidence()
        self.is_split_to_a_colleague()
        self.is_submitted_and_asked_again()
        self.is_looked_at_by_a_consultant()
        self.is_joined_late()
        self.is_calibrated()
        self.is_published_joined_later_and_frozen()
        self.becomes_a_plan()
        self.is_read_from_the_map_to_the_evidence()
        self.lies_in_the_years_beside_the_industry()
        self.is_simulated()
        self.shows_nobody_more_than_theirs()

    def is_opened_on_one_page(self) -> None:
        ada = self.ada
        ada.goto("/cycles/?q=CSF+2024")
        ada.locator("main table a", has_text="CSF 2024").first.click()
        ada.locator("main a[href*='/board/']").first.click()
        self.unfolds(ada.locator("a[href*='/cycles/draft/']").first).click()
        self.fills(
            ada,
            name=self.name,
            opens_on="2025-07-01",
            answers_due_on="2025-11-28",
            validation_due_on="2025-12-12",
        )
        for field, value in (
            ("framework_version", "nist-csf-2.0"),
            ("scale", "cmmi-0-5"),
            ("weights", "headcount"),
        ):
            expect(ada.locator(f"[name={field}]")).to_have_value(value)
        self.sends(ada, ada.locator("button[value=every]"))
        offered = ada.locator("input[name=it_sites]").evaluate_all("all => all.map(one => one.value)")
        for scope, sites in ({} if WHOLE_GROUP else {"it": IT, "ot": OT}).items():
            for code in offered:
                box = ada.locator(f"input[name={scope}_sites][value={code}]")
                if code not in sites and box.count():
                    box.uncheck()
        if WHOLE_GROUP:  # all of them but the two that join late
            for code in (LATE, LATER):
                ada.locator(f"input[name=it_sites][value={code}]").uncheck()
        self.sends(ada, ada.locator("button[value=open]:visible"))
        expect(ada.locator("h1")).to_have_text(self.name)
        self.cycle = re.sub(r"board/.*", "", ada.url.removeprefix(self.site.url))
        self.key = self.cycle.split("/")[2]
        self.does(ada, f"{self.cycle}approve-targets/")

    def reaches_every_officer_in_one_act(self) -> None:
        places = self.year.places
        if not WHOLE_GROUP:
            self.assertEqual(places, sorted([*((code, "it") for code in IT), *((code, "ot") for code in OT)]))
        owed = {(site, scope) for site, scope, role, *_rest in self.year.owed() if role == "site_officer"}
        self.assertEqual(owed, set(places))
        self.ada.goto(f"{self.cycle}board/")
        expect(self.ada.locator("main tbody tr")).to_have_count(len(places))
        self.ben.reload()
        self.ben.locator("main a", has_text=self.name).filter(has_text="KHH1").first.click()
        address = re.match(r"(/assessments/[0-9a-f-]+/)", self.ben.url.removeprefix(self.site.url))
        assert address is not None
        self.mine = f"{address[1]}answer/"
        self.everything = self.count(self.ben)
        self.assertGreater(self.everything, 100)
        self.stands_at(self.ben, CODE)
        expect(self.ben.locator(".kw-answer-work")).to_contain_text(self.words["examine"])
        self.before = Year(self.site.demo, "CSF 2024").answer_before("KHH1", CODE)
        self.assertEqual(tuple(map(self.typed, ("policy", "practice"))), self.before)

    def stands_at(self, page: Page, code: str, address: str = "") -> None:
        page.goto(f"{address or self.mine}?at={code}&show=todo")
        expect(page.locator("h2").first).to_contain_text(code)

    def typed(self, name: str) -> str:
        return f"{float(self.ben.locator(f'#{name}').input_value()):.1f}"

    def count(self, page: Page) -> int:
        """How many requirements are still to do."""
        return int(page.locator(".kw-seg [data-count=todo]").inner_text())

    def is_answered_elsewhere(self) -> None:
        """The secretariat brings in what the other sites sent it."""
        told = self.api("ada", "GET", f"/assessments/{self.mine.split('/')[2]}/answers")
        self.codes = [entry["code"] for entry in told["entries"]]
        self.others = [place for place in self.year.places if place != ("KHH1", "it")]
        self.brings(file_of(own_scores(self.others, self.codes, low=(SHARED, SHARED_BY - 1)), "self"))
        self.submits(self.others)

    def brings(self, content: bytes) -> None:
        sent = {"file": {"name": "scores.csv", "mimeType": "text/csv", "buffer": content}}
        self.api("ada", "POST", f"/cycles/{self.key}/scores", multipart=sent)

    def submits(self, places: list[Place]) -> None:
        """Each of these assessments is handed in."""
        for one in self.api("ada", "GET", f"/assessments?cycle={self.key}&size=100")["items"]:
            if (one["unit"], one["scope"]) in places:
                self.api("ada", "POST", f"/assessments/{one['id']}/submit", data={})

    def is_answered_with_reason_and_evidence(self) -> None:
        ben = self.ben
        self.stands_at(ben, CODE)
        ben.locator("#policy").fill("3.0")
        ben.locator("#practice").fill("2.5")
        ben.locator("#reason").fill("Roles are named in the site plan; two of five deputies are not yet.")
        expect(ben.locator("[data-status][data-state=saved]")).to_be_visible()
        ben.locator("summary[data-key=e]").click()
        paper = {"name": "roles.txt", "mimeType": "text/plain", "buffer": b"Roles of KHH1, 2025"}
        ben.locator("#file").set_input_files(paper)
        ben.locator("#title").fill(PAPER)
        self.sends(ben, ben.locator("#evidence form:has(#file) button.btn-primary"))
        ben.locator("#evidence .kw-file a[href*='/more/']").click()
        for code in ALSO:
            ben.locator(f"input[name=requirements][value='{code}']").check()
        self.sends(ben, ben.locator("main form button.btn-primary"))
        proofs = ben.locator("#evidence .kw-file")
        expect(proofs).to_have_count(1)
        for code in ALSO:
            expect(proofs).to_contain_text(code)
        beside = ben.locator("aside")
        medians = self.year.median_of_others("KHH1", CODE)
        for place, (before, median) in enumerate(zip(self.before, medians, strict=True)):
            rows = beside.locator("table").nth(place).locator("tr")
            expect(rows.filter(has_text=self.words["last"]).locator("td")).to_have_text(before)
            expect(rows.filter(has_text=self.words["median"]).locator("td")).to_have_text(median)

    def is_split_to_a_colleague(self) -> None:
        ben = self.ben
        ben.goto(f"{self.mine}share/")
        ben.locator("[name=requirement]").select_option("PR.PS")
        eva = ben.locator("[name=to] option", has_text="Eva Chen").get_attribute("value")
        ben.locator("[name=to]").select_option(eva)
        self.sends(ben, ben.locator("main form button.btn-primary").first)
        eva = self.comes("eva")
        eva.locator("main a", has_text="PR.PS").first.click()
        hers = sum(code.startswith("PR.PS-") for code in self.codes)
        self.assertEqual(self.count(eva), hers)
        self.sends(eva, eva.locator("button[value=hold]"))
        self.assertEqual(self.count(eva), hers - 1)
        self.assertIn(self.meets(eva, self.cycle), (403, 404))
        self.rests()

    def holds_at_last(self, page: Page) -> None:
        """The last one still holds: nothing comes after it."""
        self.assertEqual(self.count(page), 1)
        page.locator("button[value=hold]").click()
        expect(page.locator(".kw-seg [data-count=todo]")).to_have_text("0")

    def rests(self) -> None:
        """What is left still holds, but for the gap that the site shares with others."""
        address = f"/assessments/{self.mine.split('/')[2]}"
        todo = [
            one["code"]
            for one in self.api("ada", "GET", f"{address}/answers")["entries"]
            if one["state"] == "todo"
        ]
        self.assertEqual(len(todo), self.everything - 2)
        self.api("ada", "POST", f"{address}/confirm", data={"codes": todo})
        version = {one["code"]: one for one in self.api("ada", "GET", f"{address}/answers")["entries"]}[
            SHARED
        ]
        given = {"code": SHARED, "policy": 2, "practice": 2, "reason": "No sensor on the lines yet.",
                 "version": version["answers"]["self"]["version"]}  # fmt: skip
        self.api("ada", "POST", f"{address}/answers", data={"answers": [given]})

    def is_submitted_and_asked_again(self) -> None:
        ada, ben = self.ada, self.ben
        self.does(ben, f"{self.mine}submit/")
        expect(ben.locator("#answer")).to_have_count(0)
        asked = {CODE: "Which deputies are missing?", ALSO[0]: "Who signed it?"}
        for code, words in asked.items():
            ada.goto(f"{self.mine}?at={code}&show=all")
            self.unfolds(ada.locator("#say")).fill(words)
            self.sends(ada, ada.locator("form:has(#say) button"))
        ada.goto(f"{self.mine}return/")
        self.assertEqual(ada.locator("input[name=requirements]:checked").count(), 2)
        for words in asked.values():
            self.assertIn(words, ada.locator("[name=reason]").input_value())
        self.sends(ada, ada.locator("main form button.btn-primary"))
        ben.goto("/due/")
        expect(ben.locator("main")).to_contain_text(self.words["returned"])
        ben.locator("main a", has_text=self.name).filter(has_text="KHH1").first.click()
        self.assertEqual(self.count(ben), 2)
        self.stands_at(ben, CODE)
        expect(ben.locator(".kw-answer-work")).to_contain_text(self.words["change"])
        ben.locator("#practice").fill("2.4")
        ben.locator("#reason").fill("The deputies of lines 4 and 5 are named now, not yet trained.")
        expect(ben.locator("[data-status][data-state=saved]")).to_be_visible()
        self.stands_at(ben, ALSO[0])
        self.holds_at_last(ben)
        self.does(ben, f"{self.mine}submit/")
        self.assertEqual({state[2] for state in self.year.state()}, {"submitted"})

    def is_looked_at_by_a_consultant(self) -> None:
        ada, before = self.ada, self.comes("dan")
        self.assertEqual(self.meets(before, self.mine), 404)
        ada.goto("/external-people/?q=Dan")
        ada.locator("main table a", has_text="Dan Fischer").first.click()
        ada.locator("main a[href*='/call-in/']").click()
        ada.locator("[name=role]").select_option("consultant")
        for code in CONSULTED:
            ada.locator(f"input[name=units][value={code}]").check()
        self.fills(ada, until="2025-12-31", reason="Looks at these sites for the cycle of 2025.")
        self.sends(ada, ada.locator("main form button.btn-primary"))
        self.consulted = sorted([*CONSULTED, "KHH2", "PEN1"])
        seen = [place for place in self.year.places if place[0] in self.consulted]
        dan = self.comes("dan")  # anew, for other rights end every session
        dan.goto(f"{self.cycle}board/")
        expect(dan.locator("main tbody tr")).to_have_count(len(seen))
        self.stands_at(dan, CODE)
        dan.locator("#policy").fill("2.8")
        dan.locator("#practice").fill("2.0")
        dan.locator("#reason").fill("Deputies were asked; half of them did not know of it.")
        expect(dan.locator("[data-status][data-state=saved]")).to_be_visible()
        own = dan.locator("aside table").first.locator("tr").filter(has_text=self.words["site"]).first
        expect(own.locator("td")).to_have_text("3.0")
        said = self.year.answers("self")
        said["KHH1", "it"].pop(CODE)  # which Dan typed
        told = {place: scores for place, scores in said.items() if place[0] in self.consulted}
        self.brings(file_of(told, "consultant", less=CLAIMED))
        expect(self.map_of(dan)).to_have_count(len(self.consulted))

    def is_joined_late(self) -> None:
        """A site joins while the others have answered: none of them is disturbed, and no number moves."""
        ada = self.ada
        before, owed = self.year.state(), self.year.owed()
        self.map_of(ada)
        values = [self.figure(ada, "MERIDIAN", scope) for scope in TARGETS]
        self.does(ada, f"{self.cycle}add-site/", site=LATE, scope="it", until="2025-12-05")
        self.assertEqual((self.year.state(but=LATE), self.year.owed(but=LATE)), (before, owed))
        self.assertEqual({(site, role) for site, _scope, role, *_ in self.year.owed() if site == LATE},
                         {(LATE, "site_officer")})  # fmt: skip
        expect(self.map_of(ada).filter(has_text=LATE)).to_have_count(1)
        self.assertEqual([self.figure(ada, "MERIDIAN", scope) for scope in TARGETS], values)
        ada.goto(f"{self.cycle}board/")
        expect(ada.locator("main tbody tr").filter(has_text=LATE)).to_contain_text(f"0/{self.everything}")
        self.joins(LATE)

    def joins(self, site: str) -> None:
        """The site that joined answers."""
        places = [(site, "it")]
        self.brings(file_of(own_scores(places, self.codes, low=(SHARED, 0)), "self"))
        self.submits(places)

    def is_calibrated(self) -> None:
        ada = self.ada
        self.does(ada, f"{self.cycle}begin-validation/")
        ada.goto(f"/maturity/calibration/?cycle={self.key}")
        held = [place for place in self.year.places if place[0] in self.consulted]
        expect(ada.locator(".kw-claims tbody tr")).to_have_count(len(held))
        of_ben = ada.locator(".kw-claims tbody tr").filter(has_text="KHH1").first
        of_ben.locator("a").last.click()
        row = ada.locator("main table tbody tr").filter(has_text=CODE)
        expect(row).to_contain_text("half of them did not know")
        self.stands_at(ada, CODE)
        ada.locator("#policy").fill("2.8")
        ada.locator("#practice").fill("2.0")
        ada.locator("#reason").fill("As the consultant found.")
        expect(ada.locator("[data-status][data-state=saved]")).to_be_visible()
        self.sends(ada, ada.locator("button[name=part]"))
        self.validates(ada)

    def validates(self, page: Page) -> None:
        """Whatever was submitted is validated from the list, in one act."""
        page.goto(f"/assessments/?cycle={self.key}&state=submitted&view=all")
        page.locator("[data-ticks-all]").check()
        if (every := page.locator("input[name=all]")).count():
            every.check()
        page.locator("#many-act").select_option("validate")
        with page.expect_navigation():
            page.locator(".kw-many button").click()
        self.sends(page, page.locator("button[name=do]"))
        page.wait_for_function(DONE, timeout=PATIENCE_MILLISECONDS)
        self.assertEqual({state[2] for state in self.year.state()}, {"validated"})

    def is_published_joined_later_and_frozen(self) -> None:
        ada = self.ada
        self.does(ada, f"{self.cycle}publish/")
        self.map_of(ada)
        value, before = self.figure(ada, "KHH1", "it"), self.year.state()
        self.does(ada, f"{self.cycle}resume-validation/", reason="A site joined after publication.")
        self.does(ada, f"{self.cycle}add-site/", site=LATER, scope="it", until="2025-12-05")
        self.assertEqual(self.year.state(but=LATER), before)
        self.joins(LATER)
        self.validates(ada)
        self.does(ada, f"{self.cycle}publish/")
        self.map_of(ada)
        self.assertEqual(self.figure(ada, "KHH1", "it"), value)
        self.does(ada, f"{self.cycle}freeze/")
        ada.goto(f"{self.cycle}add-site/")
        self.fills(ada, site="PHX1", scope="it", until="2025-12-05")
        ada.locator("main form button.btn-primary").click()
        expect(ada.locator("main .kw-summary")).to_contain_text(self.words["present"])

    def becomes_a_plan(self) -> None:
        ada, ben = self.ada, self.ben
        gaps = self.year.gaps(TARGETS)
        self.does(ada, f"{self.cycle}recommend/")
        self.accepts_one(ben, next(code for site, scope, code in gaps if (site, scope) == ("KHH1", "it")))
        ada.goto(f"/maturity/plan/?cycle={self.key}")
        expect(ada.locator("main")).to_contain_text(re.compile(rf"(?<!\d){len(gaps)}(?!\d)"))
        sites = sorted(site for site, scope, code in gaps if (scope, code) == ("it", SHARED))
        self.assertEqual(len(sites), SHARED_BY)
        ada.goto(f"{self.cycle}initiative/?code={SHARED}&scope=it")
        expect(ada.locator("main tbody tr")).to_have_count(SHARED_BY)
        self.fills(ada, until="2026-06-30", cost="120000", currency="TWD")
        self.sends(ada, ada.locator("main form button.btn-primary"))
        rolled_out = ada.locator("main table tbody tr")
        expect(rolled_out).to_have_count(SHARED_BY)
        self.does(
            ada,
            f"{self.cycle}accept-foremost/",
            priority="0",
            until="2026-09-30",
            step_cost="90000",
            currency="TWD",
        )
        actions = self.year.actions()
        self.assertEqual(sorted(actions), sorted(gaps))
        for owner, due_on, cost, uplift in actions.values():
            self.assertTrue(owner and str(due_on) > "2025-11-14" and float(cost) > 0 and float(uplift) > 0)

    def accepts_one(self, page: Page, code: str) -> None:
        """A site officer makes an action of a recommendation for their own site."""
        page.goto(
            f"/recommendations/?assessment__cycle={self.key}&node=nist-csf-2.0|{code}&assessment__scope=it"
        )
        page.locator("main table tbody a").first.click()
        page.locator("main a[href*='/accept/']").click()
        self.fills(page, until="2026-03-31", owner="A0000002", cost="75000", currency="TWD")
        self.sends(page, page.locator("main form button.btn-primary"))
        expect(page.locator("main")).to_contain_text(f"KHH1-IT-2025-{code}")

    def is_read_from_the_map_to_the_evidence(self) -> None:
        """The CISO goes from the number of the group down to what a site said, and what proves it."""
        ada, scores = self.ada, self.year.scores()
        units = {site for site, _scope in self.year.places}
        expect(self.map_of(ada).filter(has=ada.locator("code"))).to_have_count(len(units))
        for scope in TARGETS:
            self.assertEqual(self.figure(ada, "MERIDIAN", scope), shown(self.year.group(scores, scope)))
        self.assertEqual(self.figure(ada, "KHH1", "it"), shown(whole(scores["KHH1", "it"])))
        ada.locator('.kw-heat td.all a[href*="at=MERIDIAN&scope=it"]').click()
        panel = ada.locator("#drill")
        expect(panel.locator(".kw-number")).to_contain_text(shown(self.year.group(scores, "it")))
        for step in ("at=MAT&", "at=KHH1&", "code=GV", "code=GV.RR", f"code={CODE}"):
            self.goes_on(ada, step)
        expect(ada.locator("main blockquote")).to_contain_text("As the consultant found.")
        expect(ada.locator("main .kw-walk")).to_contain_text("Ben Tan")
        ada.locator("main .kw-file a", has_text=PAPER).first.click()
        expect(ada.locator("h1")).to_contain_text(PAPER)

    def goes_on(self, page: Page, step: str) -> None:
        """One step further down: among the parts that a number is made of."""
        parts = page.locator("details:has(.kw-parts)").last
        if parts.get_attribute("open") is None:
            parts.locator("summary").click()
        link = parts.locator(f'a[href*="{step}"]')
        link.filter(has_not=page.locator("nothing")).last.click()
        expect(page).to_have_url(re.compile(re.escape(step.rstrip("&"))))

    def lies_in_the_years_beside_the_industry(self) -> None:
        ada = self.ada
        ada.goto(f"/maturity/years/?cycle={self.key}")
        expect(ada.locator("figure, .kw-chart").first).to_contain_text("CSF 1.1 | CSF 2.0")
        ada.locator("main details:has(table) > summary").first.click()
        rows = ada.locator("main table tbody tr th, main table tbody tr td:first-child").all_inner_texts()
        self.assertRegex(rows[0], rf"{FIRST_YEAR}.*CSF 1\.1")
        self.assertTrue(any("CSF 2.0" in row and self.words["estimated"] in row for row in rows), rows)
        last = ada.locator("main table tbody tr").filter(has_text="2025").filter(has_text="CSF 2.0").last
        expect(last).to_contain_text(shown(self.year.group(self.year.scores(), "it")))
        ada.locator("main .kw-switches a", has_text="2025").last.click()
        expect(ada.locator("main")).to_contain_text("Invented for this demo")
        ada.locator("main details:has(table) > summary").first.click()
        ((median,),) = self.site.demo.rows(
            "SELECT f.median FROM assessment_benchmarkfigure f JOIN assessment_benchmark b ON f.benchmark_id = b.id "
            "WHERE b.code = 'invented-peers-2025' AND f.scope = 'it' AND f.code = ''"
        )
        expect(ada.locator("main table tbody tr").last).to_contain_text(f"{float(median):.1f}")

    def is_simulated(self) -> None:
        ada = self.ada
        ada.goto(f"/maturity/plan/?cycle={self.key}")
        now, then = self.year.group(self.year.scores()), self.year.group(self.year.lifted())
        self.assertGreater(then, now)
        expect(ada.locator(".kw-number .kw-left")).to_have_text(f"{shown(now)} → {shown(then)}")
        expect(ada.locator("main")).to_contain_text(self.words["simulated"])

    def shows_nobody_more_than_theirs(self) -> None:
        """Sam sees nothing; another site's officer, and a consultant of other sites, nothing of these."""
        sam, marco, cleo = (self.comes(name) for name in ("sam", "marco.silva@tidewater.example", "cleo"))
        pages = (
            "/maturity/",
            "/maturity/plan/",
            "/maturity/years/",
            f"{self.cycle}board/",
            self.cycle,
            self.mine,
        )
        for page in pages:
            self.assertIn(self.meets(sam, page), (403, 404), page)
            self.assertNotIn("KHH1", sam.locator("main").inner_text(), page)
        theirs = self.api("ada", "GET", f"/assessments?cycle={self.key}&unit=PEN1&size=100")["items"][0]["id"]
        for who in (self.ben, marco):
            self.assertEqual(self.meets(who, f"/assessments/{theirs}/answer/"), 404)
            expect(self.map_of(who)).to_have_count(1)
            expect(self.map_of(who)).to_contain_text("KHH1")
            who.goto(f"{self.cycle}board/")
            self.assertNotIn("PEN1", who.locator("main").inner_text())
        expect(self.map_of(cleo).filter(has_text="PEN1")).to_have_count(1)
        self.assertEqual(cleo.locator("main form[method=post]").count(), 0)

    def map_of(self, page: Page) -> Locator:
        """The lines of the map of the cycle."""
        page.goto(f"/maturity/?cycle={self.key}")
        return page.locator(".kw-heat tbody tr")

    def figure(self, page: Page, unit: str, scope: str) -> str:
        """The number of a unit over all in the map."""
        cell = page.locator(f'.kw-heat td.all a[href*="at={unit}&scope={scope}"]')
        return str(cell.evaluate(NUMBER)).strip()


class InEnglish(TheYear):
    language = "en"

    @pytest.mark.slow
    def test_goes_from_the_draft_to_the_plan(self) -> None:
        self.walk()
