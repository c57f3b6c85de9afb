"""Benchmarks of the industry laid beside one's own figures, and one's own quartiles and sites given to others unnamed."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
from django.core.exceptions import PermissionDenied
from django.test import TestCase

from keepwell.areas.assessment.models import Benchmark, BenchmarkFigure
from keepwell.areas.assessment.registers import BenchmarkFigures, Benchmarks
from keepwell.areas.assessment.rules import open_cycle, retire_benchmark, sharing
from keepwell.areas.assessment.tests.stories import Assessed, Open
from keepwell.areas.frameworks.models import Scale
from keepwell.kernel.refusing import Refused
from keepwell.platform.history.acting import acting
from keepwell.platform.registers.files import bring_in
from tests.cast import TELLER, unit

SETS = """code,name,year,source,licence,sample,population,framework_version,scale,unit
semi-2024,Semiconductor survey,2024,An institute,For members only,40,Assembly,csf-2.0,five,MERIDIAN
semi-old,Older survey,2022,An institute,For members only,30,,csf-1.1,five,MERIDIAN
"""
FIGURES = """benchmark,code,scope,sample,mean,first_quartile,median,third_quartile
semi-2024,,,,2.6,2,2.5,3.1
semi-2024,GV,it,38,,2.1,2.75,3.5
semi-2024,GV,ot,,1.9,,,
semi-old,PR,,,2,,,
"""


def brought(register: Any, text: str, by: Any) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.csv"
        path.write_text(text)
        return bring_in(register, path, by)


class Importing(Open, TestCase):
    def test_takes_sets_and_figures_by_the_house_machine(self) -> None:
        self.assertEqual(brought(Benchmarks, SETS, self.ada).errors, [])
        self.assertEqual(brought(BenchmarkFigures, FIGURES, self.ada).errors, [])
        found = BenchmarkFigure.objects.get(benchmark__code="semi-2024", code="GV", scope="it")
        self.assertEqual((found.median, found.sample, found.value), (Decimal("2.75"), 38, Decimal("2.75")))
        again = brought(BenchmarkFigures, FIGURES.replace("2.75", "2.80"), self.ada)
        self.assertEqual((again.changed, again.unchanged), (1, 3))

    def test_names_each_row_that_does_not_fit_and_writes_nothing(self) -> None:
        brought(Benchmarks, SETS, self.ada)
        head = FIGURES.split("\n")[0]
        wrong = "\n".join([
            head, "semi-2024,GV,it,,5.01,,,", "semi-2024,GV,ot,,5,,,", "semi-2024,XX,it,,1,,,", "semi-2024,PR,it,,,3,2,4",
            "semi-2024,PR,ot,,,,,2", "nobody,PR,ot,,1,,,",
        ])  # fmt: skip
        errors = brought(BenchmarkFigures, wrong, self.ada).errors
        self.assertEqual({error.line for error in errors}, {2, 4, 5, 6, 7})
        self.assertFalse(BenchmarkFigure.objects.exists())

    def test_needs_source_and_terms(self) -> None:
        bare = SETS.replace("An institute", "").replace("For members only", "")
        self.assertEqual(
            {e.column for e in brought(Benchmarks, bare, self.ada).errors}, {"source", "licence"}
        )

    def test_is_for_who_may_edit_at_the_unit(self) -> None:
        self.assertEqual(len(brought(Benchmarks, SETS, self.ben).errors), 2)
        for who in (self.cleo, self.sam):
            with self.assertRaises(PermissionDenied):
                brought(Benchmarks, SETS, who)
        self.assertFalse(Benchmark.objects.exists())


class Beside(Open, TestCase):
    """KHH1 3 in IT and 2 in OT, KHH2 4; a survey of 2024 that fits, an older one, and one on another scale."""

    def setUp(self) -> None:
        super().setUp()
        brought(Benchmarks, SETS, self.ada)
        brought(BenchmarkFigures, FIGURES, self.ada)
        with acting(TELLER, "story.scale"):
            four = Scale(code="four", name="Up to four", highest=Decimal(4), unit=self.group)
            four.save()
            other = Benchmark.objects.get(code="semi-2024")
            Benchmark(code="semi-four", name="Survey up to four", year=2025, source="An institute", licence="Free", sample=9,
                      framework_version=other.framework_version, scale=four, unit=self.group).save()  # fmt: skip
        self.answer_all(self.mine, "3")
        self.answer_all(self.of(self.khh1, "ot"), "2")
        self.answer_all(self.theirs, "4")
        self.sign_in(self.ada)

    def get(self, path: str) -> Any:
        return self.client.get(f"/maturity/{path}")

    def test_stands_above_the_map_with_its_source_and_terms(self) -> None:
        answer = self.get("?beside=semi-2024&unit=MAT")
        found = [(square.code, square.scope, square.text) for square in answer.context["others"]]
        self.assertEqual(found, [("GV", "it", "2.8"), ("GV", "ot", "1.9"), ("PR", "it", "–"), ("PR", "ot", "–"),
                                 ("", "it", "2.5"), ("", "ot", "2.5")])  # fmt: skip
        self.assertContains(answer, "Semiconductor survey: median, else mean of 40, 2024. Source: An institute. "
                                    "Terms: For members only.")  # fmt: skip
        off = self.get("?beside=semi-2024&columns=difference&unit=MAT").context["others"]
        self.assertEqual([square.text for square in off], ["−0.9", "–", "0.0"])
        self.assertNotContains(self.get("?unit=MAT"), "Source: An institute")

    def test_is_refused_where_version_or_scale_differ(self) -> None:
        answer = self.get("")
        self.assertEqual(len(answer.context["unfit"]), 2)
        self.assertContains(answer, "Older survey (2022) speaks of Cybersecurity framework 1.1")
        self.assertContains(answer, "is on the scale “Up to four”; CSF 2025 is on another one.")
        for code in ("semi-old", "semi-four", "nobody"):
            self.assertEqual(self.get(f"?beside={code}").status_code, 400, code)

    def test_stands_beside_the_years_and_the_distribution(self) -> None:
        years = self.get("years/?beside=semi-2024&unit=KHH1&code=GV").context["chart"]
        self.assertEqual(
            years.table.rows[-1], ("2024, Semiconductor survey", Decimal("2.8"), None, Decimal("1.9"), None)
        )
        marks = [
            row
            for layer in years.spec["layer"]
            if layer["mark"].get("shape") == "diamond"
            for row in layer["data"]["values"]
        ]
        self.assertEqual(
            [(row["year"], row["name"], row["value"]) for row in marks],
            [(2024, "IT", 2.8), (2024, "OT", 1.9)],
        )
        boxes = self.get("spread/?beside=semi-2024").context["boxes"]
        self.assertEqual(boxes.table.columns[8].title, "Benchmark")
        self.assertEqual(
            [row[8] for row in boxes.table.rows],
            [Decimal("2.8"), Decimal("1.9"), None, None, Decimal("2.5"), Decimal("2.5")],
        )
        self.assertNotIn("Benchmark", [c.title for c in self.get("spread/").context["boxes"].table.columns])

    def test_stands_beside_sites_in_the_table_and_the_bars(self) -> None:
        answer = self.get("sites/?beside=semi-2024&scope=it&site=KHH1&site=KHH2")
        told = [(head.code, [bar.text for bar in bars], peer) for head, bars, peer in answer.context["table"]]
        self.assertEqual(
            told, [("GV", ["3.0", "4.0"], "2.8"), ("PR", ["3.0", "4.0"], "–"), ("", ["3.0", "4.0"], "2.5")]
        )
        self.assertContains(answer, 'class="f-ink kw-diamond"', count=4)
        self.assertContains(answer, "Source: An institute")
        self.assertContains(answer, "beside=semi-2024&amp;scope=it&amp;site=KHH1&amp;site=KHH2")
        apart = self.get("sites/?beside=semi-2024&scope=together&site=KHH1").context["table"]
        self.assertEqual([peer for _head, _bars, peer in apart], ["–", "–", "2.5"])
        self.assertNotContains(self.get("sites/?scope=it&site=KHH1"), "kw-diamond")
        self.assertEqual(self.get("sites/?beside=semi-old").status_code, 400)

    def test_is_read_by_who_reads_the_cycle_and_gone_once_retired(self) -> None:
        self.sign_in(self.ben)
        self.assertContains(self.get("?beside=semi-2024"), "Source: An institute")
        self.sign_in(self.sam)
        for path in ("", "?beside=semi-2024", "years/", "spread/", "aliases.xlsx", "quartiles.csv"):
            self.assertIn(self.get(path).status_code, (403, 404), path)
        for path in ("/benchmarks/", "/benchmark-figures/"):
            self.assertEqual(self.client.get(path).status_code, 403, path)
        retire_benchmark(Benchmark.objects.get(code="semi-2024"), by=self.ada, reason="The terms ended.")
        self.sign_in(self.ada)
        self.assertEqual(self.get("?beside=semi-2024").status_code, 400)


class ForOthers(Assessed, TestCase):
    """Five sites in IT at 1, 2, 3, 4 and 5; OT at one of them alone."""

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        with acting(TELLER, "story.sites"):
            cls.more = [unit(f"XSITE{n}", f"Another plant {n}", "site", cls.mse) for n in (1, 2)]
            cls.cycle.save(
                links={"it_sites": [cls.khh1, cls.khh2, cls.pen1, *cls.more], "ot_sites": [cls.khh1]}
            )
        open_cycle(cls.cycle, by=cls.ada)

    def setUp(self) -> None:
        super().setUp()
        self.sites = [self.khh1, self.khh2, self.pen1, *self.more]
        for score, site in enumerate(self.sites, 1):
            self.answer_all(self.of(site), str(score))
        self.answer_all(self.of(self.khh1, "ot"), "1")

    def rows(self) -> list[dict[str, str]]:
        text = sharing.quartiles_file(self.cycle, "csv", person=self.ada).decode()
        return list(csv.DictReader(io.StringIO(text)))

    def test_gives_mean_and_median_of_five_sites_and_nothing_of_fewer(self) -> None:
        rows = self.rows()
        self.assertEqual([(row["code"], row["scope"], row["sample"]) for row in rows],
                         [("GV", "it", "5"), ("PR", "it", "5"), ("", "it", "5")])  # fmt: skip
        last = rows[-1]
        self.assertEqual((last["first_quartile"], last["median"], last["third_quartile"], last["mean"]),
                         ("", "3.0", "", "3.0"))  # fmt: skip
        held = self.of(self.more[1])
        with acting(self.ada, "story.withdraw"):
            held.state, held.withdrawn_reason = "withdrawn", "Sold"
            held.save()
        with self.assertRaisesMessage(
            Refused, "Fewer than 5 sites have a score; nothing is given of so few."
        ):
            self.rows()

    def test_names_nobody_and_says_how_it_rounds(self) -> None:
        for form in sharing.FORMS:
            text = sharing.quartiles_file(self.cycle, form, person=self.ada).decode()
            for word in (
                self.group.code,
                self.group.name,
                self.cycle.name,
                *(site.code for site in self.sites),
            ):
                self.assertNotIn(word, text)
        told = json.loads(sharing.quartiles_file(self.cycle, "json", person=self.ada))
        self.assertEqual((told["rounding"], told["least_sites"]), ("one decimal, halves away from zero", 5))

    def test_comes_in_again_elsewhere(self) -> None:
        text = sharing.quartiles_file(self.cycle, "csv", person=self.ada).decode()
        head = SETS.split("\n")[0]
        row = "peer-2025-csf-2.0,Peers,2025,A peer,Between us,5,,csf-2.0,five,MERIDIAN"
        brought(Benchmarks, f"{head}\n{row}\n", self.ada)
        self.assertEqual(brought(BenchmarkFigures, text, self.ada).created, 3)

    def test_is_for_who_may_view_the_whole(self) -> None:
        paths = (
            "/maturity/quartiles.csv",
            "/maturity/aliases.xlsx",
            f"/api/cycles/{self.cycle.pk}/quartiles.json",
        )
        for who, status in ((self.ada, 200), (self.cleo, 200), (self.ben, 403), (self.dan, 403)):
            self.sign_in(who)
            self.assertEqual(
                {path: self.client.get(path).status_code for path in paths}, dict.fromkeys(paths, status), who
            )
        self.assertEqual(self.client.get("/maturity/quartiles.pdf").status_code, 404)
        self.sign_in(self.ben)
        self.assertNotContains(self.client.get("/maturity/"), "quartiles.csv")

    def test_calls_each_site_the_same_within_a_cycle_and_otherwise_in_the_next(self) -> None:
        names = sharing.aliases(self.cycle, self.sites)
        self.assertEqual(names, sharing.aliases(self.cycle, reversed(self.sites)))
        self.assertEqual(
            {site.pk: names[site.pk] for site in self.sites[:2]}, sharing.aliases(self.cycle, self.sites[:2])
        )
        self.assertEqual(len(set(names.values())), 5)
        with acting(TELLER, "story.next"):
            following = self.drafted("CSF 2026", 2026)
        self.assertEqual(set(names.values()) & set(sharing.aliases(following, self.sites).values()), set())

    def test_gives_the_map_by_aliases(self) -> None:
        self.sign_in(self.ada)
        book = openpyxl.load_workbook(BytesIO(self.client.get("/maturity/aliases.xlsx").content))
        cells = [
            str(cell.value)
            for sheet in book
            for row in sheet.iter_rows()
            for cell in row
            if cell.value is not None
        ]
        names = sharing.aliases(self.cycle, self.sites)
        self.assertEqual({name for name in names.values() if name in cells}, set(names.values()))
        text = "\n".join(cells)
        for one in (self.group, self.mat, self.mse, *self.sites):
            self.assertNotIn(one.name, text)
            self.assertNotIn(one.code, text)
        self.assertIn("5", cells)
