"""The invented group comes out the same everywhere, with the numbers it promises."""

from __future__ import annotations

import ast
import re
from datetime import date
from hashlib import sha256
from pathlib import Path
from unittest import TestCase

import pytest
import yaml

import keepwell.demo
from keepwell.demo.deliveries import deliveries
from keepwell.demo.plan import TODAY, expected
from keepwell.demo.tests.recount import Recount

SMALL_DIGEST = "bcb68b73cbe39baabb464ab24536bdb10da98b9639844879c99127718bde056b"
FULL_DIGEST = "b904bbcdeeb70c76c1a97bed7dcdb066fb2c47bd3e0cdca8d1bf513c129c58a2"
REAL_COMPANIES = re.compile(
    r"\b(ASE|ASEH|SPIL|USI|TSMC|UMC|Amkor|Intel|Samsung|Hynix|Micron|Infineon|NXP|Qualcomm|Nvidia|Foxconn|JCET|"
    r"Powertech|ChipMOS|Unimicron|MediaTek|Sony|Toshiba|Renesas|T[ÜU]V|BSI|SGS|DNV|Intertek|DEKRA|"
    r"Bureau Veritas)\b|日月光|台積|聯電|矽品|鴻海|聯發科"
)


def digest(files, digests: dict[str, str]) -> str:
    """One digest over all files, their names and days."""
    told = (
        f"{f.at.isoformat()} {f.register} {f.source} {f.file_name} {digests[f.file_name]}\n" for f in files
    )
    return sha256("".join(told).encode()).hexdigest()


class Told:
    """One size of the group, made once."""

    small: bool
    digest: str

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.files = deliveries(small=cls.small)
        cls.recount = Recount(cls.files)

    def test_every_figure_equals_its_recount_from_the_files(self) -> None:
        for year, figures in expected(self.small).items():
            with self.subTest(year=year):
                self.assertEqual(self.recount.figures(year, figures["as_of"]), figures)

    def test_every_byte_is_the_same_on_every_machine(self) -> None:
        self.assertEqual(digest(self.files, self.recount.digests), self.digest)

    def test_no_file_names_a_real_company(self) -> None:
        for file in self.files:
            if file.register not in ("people", "completions"):
                self.assertIsNone(REAL_COMPANIES.search(file.content().decode()), file.file_name)

    def test_the_first_hour_of_a_year_in_taiwan_is_the_year_before_in_utc(self) -> None:
        self.assertEqual(self.recount.utc_years_differ, 14)  # two each year
        self.assertEqual(self.recount.source_years_differ, 0)

    def test_late_hours_of_2023_come_in_a_file_of_their_own(self) -> None:
        late = next(file for file in self.files if file.file_name == "completions-2023-late.csv")
        rows = list(late.rows)
        self.assertEqual({(row[2], row[4]) for row in rows}, {("PIP-01", "30")})
        people = [self.recount.people[row[0] or self.recount.mails[row[1]]] for row in rows]
        self.assertEqual({row["unit"].partition("-")[0] for row in people}, {"PJU1"})


class TheSmallGroup(Told, TestCase):
    small = True
    digest = SMALL_DIGEST

    def test_files_come_in_the_order_of_their_days(self) -> None:
        days = [file.at for file in self.files]
        self.assertEqual(days, sorted(days))
        self.assertEqual(len({file.file_name for file in self.files}), len(self.files))

    def test_a_file_reads_the_same_twice(self) -> None:
        for file in self.files:
            self.assertEqual(file.digest(), self.recount.digests[file.file_name])

    def test_nothing_comes_from_the_future(self) -> None:
        self.assertEqual(max(file.at for file in self.files).isoformat(), "2025-11-13T20:00:00+00:00")

    def test_every_site_has_people(self) -> None:
        at_work = {self.recount.posted(number, TODAY) for number in self.recount.employed(TODAY)}
        sites = {code for code, row in self.recount.units.items() if row["kind"] == "site"}
        self.assertEqual(sites - {unit.partition("-")[0] for unit in at_work}, set())

    def test_no_cell_is_a_formula(self) -> None:
        for file in self.files:
            for row in file.rows:
                self.assertFalse(any(cell[:1] in ("=", "+", "-", "@", "\t") for cell in row if cell), row)

    def test_every_row_has_a_cell_for_each_heading(self) -> None:
        for file in self.files:
            self.assertEqual({len(row) for row in file.rows}, {len(file.headings)}, file.file_name)

    def test_the_structure_is_that_of_the_group(self) -> None:
        kinds = [row["kind"] for row in self.recount.units.values()]
        sites = [row for row in self.recount.units.values() if row["kind"] == "site"]
        self.assertEqual((kinds.count("group"), kinds.count("company"), kinds.count("site")), (1, 6, 25))
        self.assertEqual(len({row["country"] for row in sites}), 8)
        self.assertEqual(sum(row["has_ot"] == "true" for row in sites), 12)
        self.assertEqual(self.recount.moves, [{"code": "KHH9", "to": "MSU", "on": "2023-07-01"}])

    def test_sam_has_no_right_anywhere(self) -> None:
        self.assertIn("X0000006", self.recount.people)
        self.assertNotIn("X0000006", {grant["person"] for grant in self.recount.grants})


@pytest.mark.slow
class TheFullGroup(Told, TestCase):
    small = False
    digest = FULL_DIGEST

    def test_92_140_people_are_employed_today(self) -> None:
        self.assertEqual(len(self.recount.employed(date(2025, 11, 14))), 92_140)
        self.assertLessEqual(len(self.recount.people), 125_000)

    def test_outcomes_of_2023_and_2022_are_those_told(self) -> None:
        told = {year: expected(small=False)[year] for year in (2022, 2023)}
        self.assertEqual(
            [(f["person_times"], f["hours"]) for f in told.values()], [(98_410, 47_905), (110_123, 53_862)]
        )
        codes = ("iso-27001", "iso-22301", "iec-62443-2-1", "iso-15408", "iso-sae-21434", "gsma-sas-up")
        sites = [[figures["certificates"][code] for code in codes] for figures in told.values()]
        self.assertEqual(sites, [[10, 2, 0, 3, 0, 1], [11, 3, 1, 3, 1, 1]])

    def test_certificates_today_are_those_of_the_matrix(self) -> None:
        self.assertEqual(list(self.recount.certified(TODAY).values()), [14, 4, 2, 4, 3, 1, 5, 0])

    def test_one_in_twenty_leaves_in_a_year(self) -> None:
        there, later = (self.recount.employed(date(year, 12, 31)) for year in (2022, 2023))
        self.assertAlmostEqual(len(there - later) / len(there), 0.05, delta=0.002)

    def test_coverage_rises_to_97_of_a_hundred(self) -> None:
        shares = [f["covered"] / f["employed"] for f in expected(small=False).values()]
        self.assertEqual(
            [round(share * 100, 1) for share in shares], [44.0, 58.2, 71.5, 84.0, 91.2, 97.4, 96.8]
        )


class Standards(TestCase):
    def test_every_certificate_speaks_of_a_standard_and_an_edition_of_the_library(self) -> None:
        text = (Path(keepwell.demo.__file__).parents[1] / "library" / "standards.yaml").read_text(
            encoding="utf-8"
        )
        editions = {
            entry["code"]: {e["edition"]: e.get("until") for e in entry["editions"]}
            for entry in yaml.safe_load(text)
        }
        file = next(file for file in deliveries(small=True) if file.register == "certificates")
        numbers = set()
        for row in (dict(zip(file.headings, cells, strict=True)) for cells in file.rows):
            ends = editions[row["standard"]][row["edition"]]
            numbers.add((row["body"], row["number"]))
            self.assertTrue(row["status"] == "planned" or row["issued_on"] < row["valid_until"], row)
            self.assertTrue(ends is None or row["valid_until"] <= ends.isoformat(), row)
            for day in filter(None, row["surveillance_on"].split("|")):
                self.assertTrue(row["issued_on"] < day < row["valid_until"], row)
        self.assertEqual(len(numbers), len(list(file.rows)))


class TheGenerator(TestCase):
    def test_it_imports_no_framework(self) -> None:
        modules_here = set(Path(keepwell.demo.__file__).parent.glob("*.py")) - {
            Path(keepwell.demo.__file__).parent / "load.py"
        }
        for name in modules_here:
            tree = ast.parse(name.read_text(encoding="utf-8"))
            modules = {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
            modules |= {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
            self.assertFalse([m for m in modules if m.startswith("django")], name)
