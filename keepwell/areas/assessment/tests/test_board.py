"""The cycle's board, reminding in one act, and drafting a cycle on one page."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.models import Cycle
from keepwell.areas.assessment.rules.chasing import Whom
from keepwell.areas.assessment.tests.stories import Assessed
from keepwell.kernel.refusing import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.notices.models import Notice
from tests.cast import TELLER, unit


class TheBoard(Assessed, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.opened()
        self.address = f"/cycles/{self.cycle.pk}/board/"

    def board(self, query: str = "") -> Any:
        return self.client.get(self.address + query).context["board"]

    def test_puts_the_late_ones_first_and_counts_states(self) -> None:
        self.validated(self.of(self.khh1))
        with acting(TELLER, "story.later"):
            later = self.of(self.khh2)
            later.due_on = date(2025, 12, 1)
            later.save()
        self.sign_in(self.ada)
        found = [
            (f"{line.assessment.unit.code} {line.assessment.scope}", line.is_late)
            for line in self.board().lines
        ]
        self.assertEqual(
            found, [("KHH1 ot", True), ("PEN1 it", True), ("KHH2 it", False), ("KHH1 it", False)]
        )
        self.assertEqual({value: count for value, _label, count in self.board().counts},
                         {"": 4, "late": 2, "asked": 3, "validated": 1})  # fmt: skip
        self.assertEqual(len(self.board("?only=late").lines), 2)

    def test_shows_each_what_they_may_see(self) -> None:
        for who, count in ((self.cleo, 4), (self.ben, 2), (self.dan, 2)):
            self.sign_in(who)
            self.assertEqual(len(self.board().every), count)
        self.sign_in(self.sam)
        self.assertEqual(self.client.get(self.address).status_code, 404)
        self.assertEqual(self.client.post(f"{self.address}remind/").status_code, 404)

    def test_costs_the_same_for_one_site_as_for_many(self) -> None:
        self.sign_in(self.ada)
        few = self.queries()
        with acting(TELLER, "story.sites"):
            more = [unit(f"S{n}", f"Site {n}", "site", self.mat) for n in range(3)]
        for site in more:
            rules.add_site(Cycle.objects.get(), by=self.ada, site=site, scope="it", until=date(2025, 12, 1))
        self.assertEqual(self.queries(), few)

    def queries(self) -> int:
        with CaptureQueriesContext(connection) as caught:
            self.client.get(self.address)
        return len(caught)

    def test_reminds_late_sites_in_one_act_once_a_day(self) -> None:
        self.sign_in(self.ada)
        self.assertContains(self.client.get(self.address), "Remind 3 late sites")
        self.client.post(f"{self.address}remind/", {"whom": "late"})
        told = Notice.objects.filter(key__startswith="chased:", person=self.ben)
        self.assertEqual(told.count(), 2)
        self.assertRaisesMessage(
            Refused, "was reminded today already", rules.remind, self.cycle_now(), by=self.ada, whom=Whom.LATE
        )

    def test_reminds_nobody_who_owes_nothing(self) -> None:
        for one in self.cycle.assessments.all():
            self.validated(self.of(one.unit, one.scope))
        self.assertRaisesMessage(
            Refused, "No site owes such answers.", rules.remind, self.cycle_now(), by=self.ada, whom=Whom.LATE
        )

    def cycle_now(self) -> Cycle:
        return Cycle.objects.select_related("unit").get()

    def test_lets_nobody_remind_who_does_not_decide(self) -> None:
        for who in (self.ben, self.cleo, self.dan):
            self.sign_in(who)
            self.assertEqual(self.client.post(f"{self.address}remind/").status_code, 403)


class Drafting(Assessed, TestCase):
    def sent(self, **facts: Any) -> dict[str, Any]:
        values: dict[str, Any] = {
            "name": "CSF 2026", "unit": "MERIDIAN", "year": "2026", "framework_version": "csf-2.0", "scale": "five",
            "previous": "", "dimensions": "both", "combining": "mean", "counting": "validated self",
            "method": "mean_of_means", "weights": "equal", "coverage_threshold": "0.8", "reason_step": "0.5",
            "opens_on": "2026-07-01", "answers_due_on": "2026-10-31", "it_sites": ["KHH1", "PEN1"], "ot_sites": ["KHH1"],
        }  # fmt: skip
        return values | facts

    def test_opens_a_cycle_in_one_act(self) -> None:
        self.sign_in(self.ada)
        answer = self.client.get("/cycles/draft/")
        self.assertEqual([[place.site.code for place in places] for _company, places in answer.context["groups"]],
                         [["KHH1", "KHH2"], ["PEN1"]])  # fmt: skip
        self.client.post("/cycles/draft/", self.sent(do="open"))
        made = Cycle.objects.get(name="CSF 2026")
        self.assertEqual((made.state, made.assessments.count()), ("open", 3))

    def test_writes_nothing_when_it_cannot_be_opened(self) -> None:
        self.sign_in(self.ada)
        answer = self.client.post("/cycles/draft/", self.sent(it_sites=[], ot_sites=[], do="open"))
        self.assertContains(answer, "No site is chosen yet", status_code=422)
        self.assertFalse(Cycle.objects.filter(name="CSF 2026").exists())

    def test_follows_last_year_and_goes_on_with_a_draft(self) -> None:
        self.target("PR", "3")
        self.opened()
        self.sign_in(self.ada)
        address = f"/cycles/draft/?after={self.cycle.pk}"
        begun = self.client.get(address).context["form"].initial
        self.assertEqual((begun["name"], begun["year"], begun["opens_on"], begun["it_sites"]),
                         ("CSF 2026", 2026, date(2026, 7, 1), ["KHH1", "KHH2", "PEN1"]))  # fmt: skip
        sent = self.sent(previous="MERIDIAN|CSF 2025", do="keep")
        self.client.post(address, sent)
        made = Cycle.objects.get(name="CSF 2026")
        self.assertEqual((made.state, made.previous, made.targets.count()), ("draft", self.cycle, 1))
        self.client.post(f"/cycles/{made.pk}/draft/", sent | {"do": "open", "version": str(made.version)})
        made.refresh_from_db()
        self.assertEqual(made.state, "open")

    def test_is_for_who_decides(self) -> None:
        for who in (self.ben, self.cleo, self.dan, self.eva, self.sam):
            self.sign_in(who)
            self.assertEqual(self.client.get("/cycles/draft/").status_code, 403)
