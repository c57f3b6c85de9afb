"""The outcomes of the demo group come out of page, API and command line alike, and equal a recount by hand."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from typing import Any
from unittest import TestCase

import pytest

from tests.running import Demo, Reader, Site

GROUP, COMPANY, SITE = "MERIDIAN", "MAT", "KHH1"
PLACES = (GROUP, COMPANY, SITE)
YEARS = (2022, 2023, 2024)
STANDARDS = ("iso-27001", "iso-22301", "iso-15408", "iec-62443-2-1", "iso-sae-21434", "gsma-sas-up")
BELOW = """SELECT a.descendant_id FROM tree_ancestry a JOIN tree_unit u ON u.id = a.ancestor_id
           WHERE u.code = '{unit}' AND a.since <= '{year}-12-31' AND (a.until IS NULL OR a.until >= '{year}-12-31')"""
TIMES = (
    """SELECT p.number, k.code, c.completed_at, c.minutes FROM awareness_completion c
           JOIN people_person p ON p.id = c.person_id JOIN awareness_course k ON k.id = c.course_id
           JOIN people_posting w ON w.person_id = p.id AND w.since <= c.completed_on
                AND (w.until IS NULL OR w.until >= c.completed_on)
           WHERE c.completed_on BETWEEN '{year}-01-01' AND '{year}-12-31' AND w.unit_id IN ("""
    + BELOW
    + ")"
)
PEOPLE = (
    """SELECT p.number FROM people_person p WHERE EXISTS (
                SELECT 1 FROM awareness_completion c JOIN people_posting w ON w.person_id = c.person_id
                       AND w.since <= c.completed_on AND (w.until IS NULL OR w.until >= c.completed_on)
                WHERE c.person_id = p.id AND c.completed_on BETWEEN '{year}-01-01' AND '{year}-12-31')
            AND (SELECT w.unit_id FROM people_posting w WHERE w.person_id = p.id AND w.since <= '{year}-12-31'
                 ORDER BY w.since DESC LIMIT 1) IN ("""
    + BELOW
    + ")"
)
CERTIFIED = (
    """SELECT u.code FROM tree_unit u WHERE u.kind = 'site' AND u.active_from <= '{year}-12-31'
               AND (u.active_until IS NULL OR u.active_until >= '{year}-12-31') AND u.id IN ("""
    + BELOW
    + """)
               AND EXISTS (
                SELECT 1 FROM assurance_certificate c JOIN assurance_standard s ON s.id = c.standard_id
                JOIN assurance_certificate_sites x ON x.certificate_id = c.id
                WHERE x.unit_id = u.id AND s.code = '{standard}' AND c.retired_at IS NULL
                  AND c.issued_on <= '{year}-12-31' AND c.valid_until >= '{year}-12-31'
                  AND (c.withdrawn_on IS NULL OR c.withdrawn_on > '{year}-12-31')
                  AND NOT EXISTS (SELECT 1 FROM assurance_suspension h WHERE h.certificate_id = c.id
                                  AND h.retired_at IS NULL AND h.since <= '{year}-12-31'
                                  AND (h.until IS NULL OR h.until >= '{year}-12-31')))"""
)
LOOKED_AT = (
    """SELECT u.code FROM tree_unit u WHERE u.kind = 'site' AND u.active_from <= '{year}-12-31'
               AND (u.active_until IS NULL OR u.active_until >= '{year}-12-31') AND u.id IN ("""
    + BELOW
    + ")"
)
Figure = tuple[int, int, str]  # value, records, digest


def digest(keys: list[str]) -> str:
    """SHA-256 over the keys, sorted as bytes, each ended by a line feed."""
    return sha256(b"".join(key + b"\n" for key in sorted(key.encode() for key in keys))).hexdigest()


def moment(told: Any) -> str:
    """A moment of the database, in UTC, as keys carry it."""
    found = told if isinstance(told, datetime) else datetime.fromisoformat(told)
    return f"{found.astimezone(UTC) if found.tzinfo else found:%Y-%m-%dT%H:%M:%SZ}"


def counted_by_hand(demo: Demo, unit: str, year: int) -> dict[str, Figure]:
    """Every figure of training and certificates, by SQL."""
    times = demo.rows(TIMES.format(unit=unit, year=year))
    people = [number for (number,) in demo.rows(PEOPLE.format(unit=unit, year=year))]
    keys = [f"{number}|{course}|{moment(at)}" for number, course, at, _minutes in times]
    weighed = [f"{key}|{minutes}" for key, (*_row, minutes) in zip(keys, times, strict=True)]
    hours = (2 * sum(minutes for *_key, minutes in times) + 60) // 120
    looked_at = [code for (code,) in demo.rows(LOOKED_AT.format(unit=unit, year=year))]
    found = {
        "training.person_times": (len(times), len(times), digest(keys)),
        "training.hours": (hours, len(times), digest(weighed)),
        "training.people": (len(people), len(people), digest(people)),
    }
    for standard in STANDARDS:
        sites = [code for (code,) in demo.rows(CERTIFIED.format(unit=unit, year=year, standard=standard))]
        found[f"certificates.sites.{standard}"] = (len(sites), len(sites or looked_at), digest(sites))
    return found


@pytest.mark.usefixtures("site")
class Outcomes(TestCase):
    site: Site
    maxDiff = None

    @cache  # noqa: B019  # the site lives as long as the class
    def by_hand(self, unit: str, year: int) -> dict[str, Figure]:
        return counted_by_hand(self.site.demo, unit, year)

    def told(self, listed: dict[str, Any], names: Any) -> dict[str, Figure]:
        """The figures of a list as programs get it."""
        return {
            f["id"]: (f["value"], f["records"], f["digest"]) for f in listed["figures"] if f["id"] in names
        }

    def cases(self) -> list[tuple[str, int]]:
        return [(unit, year) for unit in PLACES for year in YEARS]

    def test_of_the_command_line_equal_the_recount(self) -> None:
        for unit, year in ((GROUP, 2023), (SITE, 2023)):
            with self.subTest(unit, year=year):
                done = self.site.demo.keepwell(
                    "outcomes", "--year", str(year), "--unit", unit, "--format", "json"
                )
                self.assertEqual((done.returncode, done.stderr), (0, b""))
                wanted = self.by_hand(unit, year)
                self.assertEqual(self.told(json.loads(done.stdout), wanted), wanted)

    def test_of_the_api_equal_the_recount(self) -> None:
        reader, token = Reader(self.site), self.token()
        for unit, year in self.cases():
            with self.subTest(unit, year=year):
                wanted = self.by_hand(unit, year)
                self.assertEqual(
                    self.told(reader.api(f"/outcomes/{year}?unit={unit}", token), wanted), wanted
                )

    def test_of_the_page_equal_the_recount(self) -> None:
        reader = Reader(self.site)
        reader.sign_in("ada")
        for unit, year in self.cases():
            with self.subTest(unit, year=year):
                page = reader.page(f"/outcomes/?unit={unit}&year={year}")
                wanted = {name: figure[0] for name, figure in self.by_hand(unit, year).items()}
                self.assertEqual({name: self.shown(page, name) for name in wanted}, wanted)

    def test_open_as_many_records_as_they_count(self) -> None:
        reader, token = Reader(self.site), self.token()
        for name, (_value, records, _digest) in self.by_hand(SITE, 2023).items():
            opened = reader.api(f"/metrics/{name}/records?unit={SITE}&year=2023", token)
            self.assertEqual((opened["total"], opened["hidden"]), (records, 0), name)

    def test_of_all_three_are_one_list(self) -> None:
        done = self.site.demo.keepwell("outcomes", "--year", "2023", "--format", "json")
        self.assertEqual(json.loads(done.stdout), Reader(self.site).api("/outcomes/2023", self.token()))

    def test_of_2023_are_no_trivial_ones(self) -> None:
        found = self.by_hand(GROUP, 2023)
        self.assertGreater(found["training.person_times"][0], found["training.people"][0])
        self.assertEqual([found[f"certificates.sites.{code}"][0] for code in STANDARDS[:4]], [11, 3, 3, 1])

    def token(self) -> str:
        return self.site.demo.keepwell("token", "ada").stdout.decode().strip()

    def shown(self, page: str, name: str) -> int | None:
        """The value of a figure on the page of outcomes: the text of the link that opens it."""
        link = re.search(
            rf'href="/figures/proof/{re.escape(name)}/[^"]*"[^>]*>\s*([\d,.\u202f\u00a0 ]+)', page
        )
        return int(re.sub(r"\D", "", link[1])) if link else None
