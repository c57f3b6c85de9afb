"""The first half of a year of maturity, in a browser: opened by the secretariat, answered by the sites, asked again, and
looked at by a consultant."""

from __future__ import annotations

import re
from fractions import Fraction

from playwright.sync_api import Page, expect

from tests.machine import rounds
from tests.year_steps import CODE, MINE, PAPER, WHOLE_GROUP, Steps
from tests.yearly import Year, file_of, own_scores

IT, OT = ("KHH1", "KHH2", "PEN1", "PEN2", "SGP1", "TAO1"), ("KHH1",)
LATE, LATER = "TYO1", "SJC1"
"""The sites that join late: while the year is answered, and after it was published."""
ALSO = ("GV.RR-01", "GV.RR-03", "GV.PO-01")
SHARED, SHARED_BY = "DE.CM-09", rounds(4, 14)
CONSULTED = rounds(("KHH1",), ("KHH1", "TNN1", "PEN2", "SGP1", "SUZ1", "PJU1", "GDL1"))
"""Where the consultant is called in beside the two sites at which they work already."""
CLAIMED = Fraction(7, 10)


class Given(Steps):
    """A year that is opened, answered and looked at, in the language of the story."""

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
        self.ben.locator("main a", has_text=self.name).filter(has_text=MINE).first.click()
        address = re.match(r"(/assessments/[0-9a-f-]+/)", self.ben.url.removeprefix(self.site.url))
        assert address is not None
        self.mine = f"{address[1]}answer/"
        self.everything = self.count(self.ben)
        self.assertGreater(self.everything, 100)
        self.stands_at(self.ben, CODE)
        expect(self.ben.locator(".kw-answer-work")).to_contain_text(self.words["examine"])
        self.before = Year(self.site.demo, "CSF 2024").answer_before("KHH1", CODE)
        self.assertEqual(tuple(map(self.typed, ("policy", "practice"))), self.before)

    def is_answered_elsewhere(self) -> None:
        """The secretariat brings in what the other sites sent it."""
        told = self.api("ada", "GET", f"/assessments/{self.mine.split('/')[2]}/answers")
        self.codes = [entry["code"] for entry in told["entries"]]
        self.others = [place for place in self.year.places if place != ("KHH1", "it")]
        self.brings(file_of(own_scores(self.others, self.codes, low=(SHARED, SHARED_BY - 1)), "self"))
        self.submits(self.others)

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
        eva = ben.locator("[name=to] option", has_text=self.words["eva"]).get_attribute("value")
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
        ben.locator("main a", has_text=self.name).filter(has_text=MINE).first.click()
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

    def holds_at_last(self, page: Page) -> None:
        """The last one still holds: nothing comes after it."""
        self.assertEqual(self.count(page), 1)
        page.locator("button[value=hold]").click()
        expect(page.locator(".kw-seg [data-count=todo]")).to_have_text("0")

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
