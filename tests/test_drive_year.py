"""The year of maturity as a group lives it, in a browser, from the draft of the cycle to the plan that follows; each person
does their own part, and every number is reckoned beside the product from the rows. The story is told in English on
SQLite and in Chinese on PostgreSQL; with full rounds at all 25 sites."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

import pytest
from playwright.sync_api import Page, expect

from tests import running
from tests.running import Demo
from tests.year_given import LATE, LATER, SHARED, SHARED_BY, Given
from tests.year_read import Read
from tests.year_steps import CODE, WHOLE_GROUP
from tests.yearly import file_of, own_scores

TARGETS = {"it": "3.0", "ot": "2.5"}


@pytest.fixture(scope="session")
def group(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo group that the walk begins with: the small one, with full rounds all years and people."""
    if not WHOLE_GROUP:
        yield request.getfixturevalue("demo")
        return
    folder = running.shared_folder(request, tmp_path_factory) / "whole"
    with running.loaded(folder, partial(running.load, small=False)) as demo:
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


class TheYear(Given, Read):
    """The walk, told in one language."""

    def walk(self) -> None:
        self.begins()
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
        expect(ada.locator("main")).to_contain_text(re.compile(rf"(?<![\d,]){len(gaps):,}(?![\d,]\d)"))
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


class InEnglish(TheYear):
    language = "en"

    @pytest.mark.slow
    def test_goes_from_the_draft_to_the_plan(self) -> None:
        self.walk()


@pytest.mark.postgresql
class InChinese(TheYear):
    language = "zh-hant"

    @pytest.mark.slow
    def test_goes_from_the_draft_to_the_plan(self) -> None:
        self.walk()
