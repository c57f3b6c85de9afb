"""What programs and lists tell of incidents: how grave each is, how far, since when, and who decided."""

from __future__ import annotations

from contextlib import redirect_stdout
from datetime import timedelta
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.test import TestCase
from django.urls import reverse

from keepwell.areas.incidents import rules
from keepwell.areas.incidents.models import Incident
from keepwell.areas.incidents.registers.room import Incidents
from keepwell.areas.incidents.tests.stories import Reported
from keepwell.config import cli
from keepwell.kernel import moments
from keepwell.platform.exchange.readers import open_table
from keepwell.platform.exchange.writers import write_csv
from keepwell.platform.people.models import Person
from keepwell.platform.registers.files import bring_in, take_out
from tests.cast import NOW


class Story(Reported):
    """S3 by its facts, taken up by Ben, contained an hour later, and material by Ada's decision."""

    def scene(self) -> None:
        super().scene()
        self.incident.refresh_from_db()
        rules.classify(self.incident, by=self.ben, facts={"plant": 3})
        rules.respond(self.incident, by=self.ben)
        with moments.standing_at(NOW + timedelta(hours=1)):
            rules.contain(self.incident, by=self.ben)
            rules.decide_materiality(self.incident, by=self.ada, is_material=True, basis="Loss of NT$ 400 m")

    def told(self, who: Person) -> list[dict[str, Any]]:
        self.sign_in(who)
        found: list[dict[str, Any]] = self.client.get("/api/incidents").json()["items"]
        return found


class Lists(Story, TestCase):
    WANTED = ("number", "level", "state", "tlp", "lead", "contained_at", "material_by", "material_basis")

    def test_can_show_level_state_mark_times_and_materiality(self) -> None:
        self.assertTrue(set(self.WANTED) <= set(Incidents.offered_names()))

    def test_files_bring_none_of_it_in(self) -> None:
        self.assertEqual(Incidents.filed_names(), Incidents.form_fields)


class Files(Story, TestCase):
    """The full list as a file: what was typed, then what acts decided, which no file brings in."""

    def taken(self, ending: str, change: dict[str, str] | None = None) -> tuple[Path, dict[str, str]]:
        """The file of Ben's incidents, where `change` writes other text into it, and its one row by headings."""
        path = Path(self.enterContext(TemporaryDirectory())) / f"incidents.{ending}"
        take_out(Incidents, path, self.ben)
        table = open_table(path, name=path.name)
        ((_line, cells),) = iter(table)
        row = {name: cell or "" for name, cell in zip(table.headings, cells, strict=True)} | (change or {})
        if change:
            path.write_bytes(b"".join(write_csv(list(row), [list(row.values())])))
        return path, row

    def test_hold_number_level_state_mark_times_and_materiality_in_both_forms(self) -> None:
        level = str(Incident.objects.get().level)
        for ending in ("csv", "xlsx"):
            with self.subTest(ending):
                _path, row = self.taken(ending)
                self.assertEqual(
                    [row[name] for name in ("number", "level", "state", "tlp", "lead")],
                    ["IN-2025-0001", level, "contained", "amber", self.ben.number],
                )
                self.assertEqual(
                    [row[name] for name in ("acknowledged_at", "contained_at", "recovered_at", "closed_at")],
                    ["2025-11-13T21:12:00Z", "2025-11-13T22:12:00Z", "", ""],
                )
                self.assertIn("detected_at", row)
                self.assertEqual(
                    [row[name] for name in ("is_material", "material_at", "material_by", "material_basis")],
                    ["true", "2025-11-13T22:12:00Z", self.ada.number, "Loss of NT$ 400 m"],
                )

    def test_are_the_same_by_the_page_and_by_the_command(self) -> None:
        self.sign_in(self.ben)
        page = self.client.get(reverse("incidents-take-out", args=["csv"]))
        content = b"".join(page.streaming_content)
        path, _row = self.taken("csv")
        self.assertEqual(content, path.read_bytes())
        with redirect_stdout(StringIO()):
            self.assertEqual(cli.main(["export", "incidents", str(path), "--as", self.ben.number]), 0)
        self.assertEqual(content, path.read_bytes())

    def test_brought_in_again_change_what_was_typed_and_nothing_that_acts_decide(self) -> None:
        level = Incident.objects.get().level
        change = {"title": "Line 3 stands still", "state": "closed", "level": "0", "tlp": "clear"}
        path, _row = self.taken("csv", change)
        told = bring_in(Incidents, path, self.ben)
        self.assertEqual((told.errors, told.changed), ([], 1))
        kept = Incident.objects.get()
        self.assertEqual((kept.title, kept.state, kept.tlp), ("Line 3 stands still", "contained", "amber"))
        self.assertEqual(kept.level, level)

    def test_tell_nothing_of_what_few_may_know(self) -> None:
        rules.restrict(Incident.objects.get(), by=self.ben, reason="Names in it")
        path = Path(self.enterContext(TemporaryDirectory())) / "incidents.csv"
        take_out(Incidents, path, self.ada)
        self.assertEqual(list(open_table(path, name=path.name)), [])


class Programs(Story, TestCase):
    def test_read_codes_beside_words(self) -> None:
        (row,) = self.told(self.ada)
        self.assertEqual(
            (row["state"], row["level"], row["tlp"], row["is_material"]),
            ("contained", Incident.objects.get().level, "amber", True),
        )
        self.assertEqual((row["material_by"], row["lead"]), (self.ada.number, self.ben.number))
        self.assertIsNone(row["closed_at"])
        self.assertTrue(row["standing"])
        self.assertTrue(row["contained_at"].startswith("2025-11-13T22:12"))

    def test_read_nothing_of_what_few_may_know(self) -> None:
        rules.restrict(Incident.objects.get(), by=self.ben, reason="Names in it")
        self.assertEqual(self.told(self.ada), [])
        self.sign_in(self.sam)
        self.assertEqual(self.client.get("/api/incidents").status_code, 403)
        self.assertEqual(len(self.told(self.ben)), 1)
