"""Maturity read: the map, the way down from a number, sites beside each other, claims, years, reports: by hand."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO
from unittest import mock

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from python_calamine import CalamineWorkbook

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.models import Source
from keepwell.areas.assessment.rules.comparing import heat_map
from keepwell.areas.assessment.rules.reading import beside, calibrating, maps, reports, shades, wishes
from keepwell.areas.assessment.rules.reading.drills import drill
from keepwell.areas.assessment.tests.stories import CODES, given
from keepwell.areas.assessment.tests.test_comparing import Answered
from keepwell.kernel.digests import digest
from keepwell.platform.evidence import rules as evidence
from keepwell.platform.history.acting import acting
from keepwell.platform.jobs.models import Job
from keepwell.platform.jobs.worker import run_one
from keepwell.platform.people.models import Person
from tests.cast import NOW, TELLER, unit

PAGES = (
    "maturity",
    "maturity-sites",
    "maturity-spread",
    "maturity-calibration",
    "maturity-years",
    "maturity-reports",
)
DAY = NOW.date()


class Read(Answered):
    """The answered cycle with targets: GV 3.5 everywhere, PR 3.0 in the company MAT."""

    def setUp(self) -> None:
        super().setUp()
        self.target("GV", "3.5")
        self.target("PR", "3", self.mat)

    def laid(self, who: Person | None = None, **wished: str) -> maps.Sheet:
        wish = wishes.Wish.parse(wished)
        shown = heat_map(self.cycle, person=who or self.ada, view=wish.score, depth=wish.depth)
        return maps.laid_out(shown, wish)

    def square(self, code: str, scope: str, requirement: str, **wished: str) -> maps.Square:
        line = next(line for line in self.laid(**wished).lines if line.unit.code == code)
        return next(s for s in line.squares if (s.scope, s.code) == (scope, requirement))

    def opened(self, at: str, scope: str = "it", code: str = "", who: Person | None = None) -> object:
        wish = wishes.Wish.parse({"at": at, "scope": scope, "code": code})
        return drill(self.cycle, wish, person=who or self.ada)

    def see(self, who: Person, name: str, **query: str) -> object:
        self.sign_in(who)
        return self.client.get(reverse(name), query)


class TheMap(Read, TestCase):
    def test_marks_what_lies_half_a_level_and_a_whole_one_below(self) -> None:
        found = [self.square("KHH1", "it", "GV"), self.square("KHH1", "it", "PR"), self.square("KHH2", "it", "GV"),
                 self.square("PEN1", "it", "GV")]  # fmt: skip
        self.assertEqual([(s.text, s.shade.look, s.shade.mark) for s in found],
                         [("3.0", "g2", "▽"), ("2.0", "g1", "▼"), ("4.0", "g5", ""), ("1.0", "g1", "▼")])  # fmt: skip
        self.assertEqual(found[0].shade.said, "0.5 below target")

    def test_draws_the_edges_where_they_are_printed(self) -> None:
        looks = [
            shades.of_gap(Decimal(gap)).look
            for gap in ("1.0", "0.9", "0.5", "0.4", "0.1", "0", "-0.2", "-0.3")
        ]
        self.assertEqual(looks, ["g1", "g2", "g2", "g3", "g3", "g4", "g4", "g5"])

    def test_shows_a_dash_where_a_site_has_no_ot(self) -> None:
        square = self.square("KHH2", "ot", "GV")
        self.assertEqual((square.text, square.is_link, square.said), ("–", False, "not assessed"))

    def test_shows_nothing_under_the_least_coverage_and_says_why(self) -> None:
        with acting(TELLER, "story.late"):
            late = unit("KHH5", "Kaohsiung 5", "site", self.mat)
        rules.add_site(self.cycle, by=self.ada, site=late, scope="it", until=DAY)
        self.answer(self.of(late), *(given(code, "5", "5") for code in CODES[:3]))
        square = self.square("KHH5", "it", "")
        self.assertEqual((square.text, square.shade.look), ("…", ""))
        self.assertEqual(square.said, "3 of 5 answered; a score is shown from 80 % on")
        found = self.opened("KHH5")
        self.assertEqual((found.value, found.way, found.missing), ("", None, square.said))

    def test_subtracts_printed_numbers(self) -> None:
        square = self.square("KHH1", "together", "GV", columns="difference")
        self.assertEqual(
            (square.text, square.shade.mark, square.shade.said), ("−2.0", "▼", "OT 2.0 below IT")
        )

    def test_colours_by_level_on_the_scale_of_the_cycle(self) -> None:
        looks = [
            self.square(code, "it", "GV", colour="level").shade.look for code in ("PEN1", "KHH1", "KHH2")
        ]
        self.assertEqual(looks, ["g2", "g4", "g5"])

    def test_orders_by_the_largest_gap(self) -> None:
        codes = [line.unit.code for line in self.laid(order="gap", columns="it").lines]
        self.assertEqual(codes, ["MERIDIAN", "PEN1", "KHH1", "KHH2"])

    def test_goes_by_category(self) -> None:
        self.assertEqual(
            [head.name for head in self.laid(by="category").heads], ["GV.OC", "GV.RR", "PR.PS", "All"]
        )

    def test_is_narrowed_to_a_company_and_not_to_a_site(self) -> None:
        shown = heat_map(self.cycle, person=self.ada)
        self.assertEqual([r.unit.code for r in maps.narrowed(shown, self.mat).rows], ["MAT", "KHH1", "KHH2"])
        self.assertEqual(len(maps.narrowed(shown, self.khh1).rows), 6)

    def test_starts_folded_with_many_sites_and_opens_what_is_asked(self) -> None:
        with mock.patch.object(maps, "MOST_UNFOLDED", 1):
            folded, opened = self.laid(), self.laid(open="MSE")
        self.assertEqual([line.unit.code for line in folded.lines], ["MERIDIAN", "MAT", "MSE"])
        self.assertEqual([line.unit.code for line in opened.lines], ["MERIDIAN", "MAT", "MSE", "PEN1"])

    def test_is_taken_out_with_every_site(self) -> None:
        answer = self.see(self.ada, "maturity-take-out", columns="it")
        book = CalamineWorkbook.from_filelike(BytesIO(answer.content))
        rows = {row[0]: row[1:] for row in book.get_sheet_by_index(0).to_python()}
        self.assertEqual(rows["KHH1"], ["Kaohsiung Assembly 1", 3.0, 2.0, 2.5])
        self.assertEqual(rows["MERIDIAN"][1:], [2.1, 1.8, 1.9])


class WhoSees(Read, TestCase):
    def test_a_consultant_two_sites_and_nothing_above_them(self) -> None:
        answer = self.see(self.dan, "maturity")
        codes = [line.unit.code for line in answer.context["sheet"].lines]
        self.assertEqual(codes, ["KHH2", "PEN1"])
        self.assertContains(answer, "2 sites")
        self.assertNotContains(answer, "KHH1")

    def test_an_officer_one_site(self) -> None:
        answer = self.see(self.ben, "maturity", at="KHH1", scope="it", code="GV")
        self.assertEqual([line.unit.code for line in answer.context["sheet"].lines], ["KHH1"])
        self.assertEqual((answer.context["drill"].above, answer.context["drill"].others), (("", ""), ""))

    def test_nobody_a_figure_above_or_beside_their_own(self) -> None:
        for at in ("MERIDIAN", "MAT", "KHH2", "NOTHING"):
            for name in ("maturity", "maturity-cell"):
                self.assertEqual(self.see(self.ben, name, at=at, scope="it").status_code, 404, (name, at))

    def test_nobody_others_in_counts_and_means(self) -> None:
        shown = heat_map(self.cycle, person=self.dan)
        self.assertEqual({box.spread.count for box in beside.distribution(shown)}, {2})
        self.assertEqual({one.sites for one in beside.missed(shown)}, {2})
        self.assertEqual({row.unit.code for row in beside.chosen(shown, ["KHH1"], "it")}, set())
        self.assertEqual(
            self.opened("KHH2", code="GV", who=self.dan).others, "1 of 2 sites lie below their target here."
        )

    def test_neither_sam_nor_eva_any_page(self) -> None:
        for who in (self.sam, self.eva):
            for name in (*PAGES, "maturity-cell", "maturity-take-out"):
                self.assertEqual(self.see(who, name).status_code, 403, name)
            self.assertIn(
                self.client.get(reverse("maturity-claims", args=[self.of(self.khh1).pk])).status_code,
                (403, 404),
            )
            self.assertEqual(self.client.get(reverse("maturity-report", args=["pdf"])).status_code, 403)

    def test_the_board_every_page(self) -> None:
        for name in PAGES:
            self.assertEqual(self.see(self.cleo, name).status_code, 200, name)


class TheWayDown(Read, TestCase):
    def test_leads_from_a_function_to_the_reason_and_its_evidence(self) -> None:
        version = self.of(self.khh1).answers.get(node__code="PR.PS-02").version
        (answer,) = self.answer(
            self.of(self.khh1),
            given("PR.PS-02", "1.6", "0.6", version=version, reason="Patched by its maker."),
        )
        evidence.attach(evidence.Facts("Line 3 patch list", self.khh1), by=self.ada, files=[],
                        links=["https://wiki.example/patches"], to=answer)  # fmt: skip
        found = self.opened("KHH1", code="PR", who=self.ben)
        self.assertEqual((found.value, found.target, found.look.mark), ("1.6", "3.0", "▼"))  # (2.0 + 1.1) / 2
        self.assertEqual(
            [(step.title.split()[0], step.value) for step in found.way.steps],
            [("PR.PS", "1.6"), ("PR.PS-02", "1.1")],
        )
        last = found.way.steps[-1]
        self.assertEqual(last.reason.answer.reason, "Patched by its maker.")
        self.assertEqual([proof.piece.title for proof in last.proofs], ["Line 3 patch list"])

    def test_goes_through_company_and_site_from_the_group(self) -> None:
        found = self.opened("MERIDIAN", code="GV")
        self.assertEqual(
            [step.title.split(" ", 1)[0] for step in found.way.steps], ["Meridian", "Penang", "GV.OC"]
        )
        self.assertEqual(found.way.told.weakest, "Meridian Southeast Asia, 1.0, pulls it down most.")

    def test_names_a_half_where_it_and_ot_stand_together(self) -> None:
        found = self.opened("KHH1", "together", "GV")
        self.assertEqual([(name, value, spot.scope) for name, value, spot in found.way.parts],
                         [("IT", "3.0", "it"), ("OT", "1.0", "ot")])  # fmt: skip
        self.assertEqual(found.way.steps[0].title, "OT")

    def test_tells_how_many_share_the_gap(self) -> None:
        self.assertEqual(self.opened("KHH1", code="GV").others, "2 of 3 sites lie below their target here.")

    def test_opens_beside_the_map_by_script_and_alone_without(self) -> None:
        query = {"at": "KHH1", "scope": "it", "code": "GV"}
        alone = self.see(self.ada, "maturity-cell", **query)
        self.assertContains(alone, "<h1>Kaohsiung Assembly 1 · GV Title of GV · IT</h1>")
        part = self.client.get(
            reverse("maturity-cell"), query, HTTP_HX_REQUEST="true", HTTP_HX_TARGET="drill"
        )
        self.assertNotContains(part, "<h1>")
        self.assertIn("/maturity/?", part["HX-Push-Url"])
        self.assertIn("at=KHH1&scope=it&code=GV", part["HX-Push-Url"])
        self.assertContains(self.client.get(part["HX-Push-Url"]), 'aria-current="true"')

    def test_refuses_choices_that_there_are_not(self) -> None:
        for query in ({"colour": "pink"}, {"scope": "xx"}, {"score": "x"}):
            self.assertEqual(self.see(self.ada, "maturity", **query).status_code, 400, query)
        for query in ({"cycle": "x"}, {"at": "KHH1", "code": "XX"}, {"at": "KHH1\x00"}):
            self.assertEqual(self.see(self.ada, "maturity", **query).status_code, 404, query)


class BesideEachOther(Read, TestCase):
    def test_are_the_best_and_the_worst(self) -> None:
        shown = heat_map(self.cycle, person=self.ada)
        self.assertEqual([row.unit.code for row in beside.ranked(shown, "it")], ["KHH2", "KHH1", "PEN1"])
        self.assertEqual(
            [r.unit.code for r in beside.chosen(shown, ["PEN1", "KHH2", "PEN1", "XX"], "it")],
            ["PEN1", "KHH2"],
        )

    def test_lie_in_quartiles(self) -> None:
        box = next(
            box
            for box in beside.distribution(heat_map(self.cycle, person=self.ada))
            if box.name == "Title of GV IT"
        )
        five = (
            box.spread.lowest,
            box.spread.first_quartile,
            box.spread.median,
            box.spread.third_quartile,
            box.spread.highest,
        )
        self.assertEqual(five, (1, 2, 3, Decimal("3.5"), 4))
        self.assertEqual(box.spread.below, 2)

    def test_tell_the_largest_concerns_first(self) -> None:
        found = beside.concerns(heat_map(self.cycle, person=self.ada))
        told = [(pick.row.unit.code, pick.spot.scope, pick.spot.code, str(pick.amount)) for pick in found]
        self.assertEqual(told, [("KHH1", "ot", "GV", "2.5"), ("PEN1", "it", "GV", "2.5"), ("KHH1", "ot", "PR", "2.0"),
                                ("KHH1", "it", "PR", "1.0"), ("KHH1", "it", "GV", "0.5")])  # fmt: skip

    def test_tell_where_most_miss(self) -> None:
        found = beside.missed(heat_map(self.cycle, person=self.ada, depth=1))
        first = [("GV.OC", "ot", 1, 1), ("GV.RR", "ot", 1, 1), ("PR.PS", "ot", 1, 1), ("GV.OC", "it", 2, 3)]
        self.assertEqual([(one.code, one.scope, one.below, one.sites) for one in found[:4]], first)

    def test_tell_how_ot_stands_beside_it(self) -> None:
        twins = beside.twins(heat_map(self.cycle, person=self.ada))
        self.assertEqual([(t.code, str(t.mean), t.lower, t.sites) for t in twins],
                         [("GV", "-2.0", 1, 1), ("PR", "-1.0", 1, 1), ("", "-1.5", 1, 1)])  # fmt: skip

    def test_open_as_a_table_and_as_bars(self) -> None:
        answer = self.see(self.ada, "maturity-sites", site="KHH2", scope="it")
        self.assertContains(answer, 'aria-label="Sites beside each other"')
        self.assertEqual([column.row.unit.code for column in answer.context["columns"]], ["KHH2"])
        self.assertContains(answer, 'width="105.6"')  # 4.0 of 5 on 132 px
        self.assertNotContains(answer, "kw-radar")  # two functions make no shape


class Claiming(Read, TestCase):
    def setUp(self) -> None:
        super().setUp()
        scores = zip(CODES, ("3", "3", "2", "4", "5"), strict=True)
        self.answer(self.of(self.khh2), *(given(code, score, score) for code, score in scores), by=self.dan,
                    source=Source.CONSULTANT)  # fmt: skip
        self.answer(
            self.of(self.pen1),
            *(given(code, "2", "2") for code in CODES),
            by=self.dan,
            source=Source.CONSULTANT,
        )

    def test_too_much_comes_first(self) -> None:
        found = calibrating.calibration(self.cycle, person=self.ada, whole="All")
        # KHH2 says 4: the consultant GV (3.0 + 2.0) / 2 = 2.5, PR 4.5, all 3.5. PEN1 says 1: the consultant 2.
        self.assertEqual([(row.unit.code, [claim.text for claim in row.claims]) for row in found.rows],
                         [("KHH2", ["+1.5", "−0.5", "+0.5"]), ("PEN1", ["−1.0", "−1.0", "−1.0"])])  # fmt: skip
        self.assertEqual((found.too_high, found.without), (1, 2))
        self.assertEqual(found.rows[0].claims[0].shade.said, "claims 1.5 too much")

    def test_leads_to_the_answers_of_both(self) -> None:
        held = self.of(self.khh2)
        self.sign_in(self.ada)
        answer = self.client.get(reverse("maturity-claims", args=[held.pk]), {"code": "GV"})
        self.assertEqual([(p.line.code, p.text) for p in answer.context["pairs"]],
                         [("GV.RR-01", "+2.0"), ("GV.OC-01", "+1.0"), ("GV.OC-02", "+1.0")])  # fmt: skip
        self.sign_in(self.ben)
        self.assertEqual(self.client.get(reverse("maturity-claims", args=[held.pk])).status_code, 404)


class Reporting(Read, TestCase):
    def report(self, at: object, who: Person | None = None) -> reports.Report:
        return reports.Report(self.cycle, at, who or self.ada, DAY)

    def test_finds_the_unit_its_change_and_where_it_lags(self) -> None:
        said = reports.findings(self.report(self.khh1))
        self.assertEqual(
            said[0], "Kaohsiung Assembly 1 stands at 2.1 in CSF 2025, its target is 3.3 (IT and OT together)."
        )
        self.assertEqual(
            said[-1],
            "Furthest below its target is Title of GV in OT at Kaohsiung Assembly 1: 1.0, 2.5 below.",
        )

    def test_carries_the_digest_of_its_figures(self) -> None:
        first = reports.document(self.report(self.khh1), "en").digest
        self.assertEqual(first, reports.document(self.report(self.khh1), "zh-hant").digest)
        self.assertNotIn(first, (digest(()), reports.document(self.report(self.mat), "en").digest))

    def test_of_a_company_has_its_map_and_its_sites_only(self) -> None:
        document = reports.document(self.report(self.mat), "en")
        self.assertIn("Units by function", [getattr(block, "title", "") for block in document.blocks])
        self.assertNotIn("PEN1", str(document))
        self.assertIn("KHH2", str(document))

    def test_of_a_site_is_written_as_every_file(self) -> None:
        kinds = {"pdf": b"%PDF", "docx": b"PK", "pptx": b"PK", "xlsx": b"PK"}
        for form, start in kinds.items():
            for language in ("en", "zh-hant") if form == "pdf" else ("en",):
                self.assertTrue(reports.write(self.report(self.khh1), language, form).startswith(start), form)

    def test_is_made_by_a_worker_and_taken_by_who_asked(self) -> None:
        self.sign_in(self.ben)
        followed = self.client.get(reverse("maturity-report", args=["xlsx"]), {"unit": "KHH1"})
        while run_one():
            pass
        self.assertEqual(Job.objects.get(name=reports.JOB).state, Job.State.DONE)
        taken = self.client.get(followed.url, {"take": 1})
        self.assertTrue(taken.content.startswith(b"PK"))
        self.sign_in(self.dan)
        self.assertEqual(self.client.get(followed.url).status_code, 404)

    def test_is_refused_above_what_one_sees(self) -> None:
        with self.assertRaises(PermissionDenied):
            reports.write(self.report(self.group, self.ben), "en", "xlsx")


class Costs(Read, TestCase):
    def test_are_the_same_however_many_sites_there_are(self) -> None:
        self.sign_in(self.ada)
        asked = [(name, {}) for name in PAGES] + [("maturity", {"at": "KHH1", "scope": "it", "code": "GV"})]
        few = [self.queries(name, query) for name, query in asked]
        with acting(TELLER, "story.sites"):
            late = [unit(f"S{n}", f"Site {n}", "site", self.mse) for n in range(3)]
        for site in late:
            rules.add_site(self.cycle, by=self.ada, site=site, scope="it", until=DAY)
            self.answer_all(self.of(site))
        self.assertEqual([self.queries(name, query) for name, query in asked], few)
        self.assertLessEqual(max(few), 40)

    def queries(self, name: str, query: dict[str, str]) -> int:
        self.client.get(reverse(name), query)
        with CaptureQueriesContext(connection) as caught:
            self.client.get(reverse(name), query)
        return len(caught)
