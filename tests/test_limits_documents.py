"""V5.1.1, V13.1.2, V15.2.2: what the documents of files, connections and long work tell is what the code has."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import TestCase

from django.conf import settings
from django.urls import get_resolver

from keepwell.areas.assessment.api import bringing as scores_door
from keepwell.areas.assessment.pages import listing as listing_door
from keepwell.areas.assessment.rules import past as scores
from keepwell.areas.assessment.rules.planning import listing
from keepwell.areas.assessment.rules.workbooks import reading as workbooks
from keepwell.areas.frameworks.rules import tables
from keepwell.areas.frameworks.rules.oscal import catalogs
from keepwell.areas.frameworks.rules.oscal import reading as oscal
from keepwell.areas.incidents.api import past as past_door
from keepwell.areas.incidents.pages import intake
from keepwell.areas.incidents.rules import files as post
from keepwell.areas.incidents.rules import own as own_reports
from keepwell.areas.incidents.rules import past, past_notices
from keepwell.areas.incidents.rules.post import arriving, fetching
from keepwell.config import databases, env, mail, serving
from keepwell.config.postgresql.base import LOOK_SECONDS
from keepwell.kernel.clocks import own as own_rules
from keepwell.kernel.clocks import written
from keepwell.kernel.severity import text as scheme_text
from keepwell.platform.egress import addresses, client
from keepwell.platform.evidence import archives, drawing, picture, scanning
from keepwell.platform.evidence.stores import s3
from keepwell.platform.exchange.readers.limits import Limits
from keepwell.platform.history import copies
from keepwell.platform.identity.pages import sso
from keepwell.platform.identity.sso import oidc
from keepwell.platform.jobs.beside import BESIDE
from keepwell.platform.jobs.job import KINDS
from keepwell.platform.jobs.models import MAX_ATTEMPTS, MOST_UNFINISHED
from keepwell.platform.notices import chat, hooks, sending
from keepwell.platform.notices.abroad import Webhook
from keepwell.platform.registers.api import bringing
from keepwell.platform.registers.pages import deliveries

ROOT = Path(__file__).resolve().parents[1]
UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def told(name: str) -> str:
    """A document of operations."""
    return (ROOT / "docs/operations" / f"{name}.md").read_text(encoding="utf-8")


def row(text: str, first: str) -> str:
    """The row of a table that begins so."""
    return next(line for line in text.splitlines() if line.startswith(f"| {first} |"))


def megabytes(count: int) -> str:
    return f"{count >> 20:,} MB"


def words(length: timedelta) -> str:
    """A length of time as the documents have it."""
    seconds = int(length.total_seconds())
    size, unit = next(pair for pair in UNITS if seconds % pair[0] == 0)
    return f"{seconds // size} {unit}{'s' if seconds // size > 1 else ''}"


class Documents(TestCase):
    def says(self, text: str, first: str, *figures: Any) -> None:
        """The row tells every figure as a whole number or word of its own."""
        line = row(text, first)
        for figure in figures:
            shown = f"{figure:,}" if isinstance(figure, int) else str(figure)
            self.assertRegex(line, rf"(?<![\d,.]){re.escape(shown)}(?!\d|,\d)", first)


class OfFiles(Documents):
    def test_tells_how_large_they_may_be_at_each_door(self) -> None:
        text, usual = told("files"), Limits()
        unpacked = megabytes(usual.unpacked_bytes)
        self.says(
            text, "evidence", f"{settings.KEEPWELL_EVIDENCE_FILE_MB} MB", settings.KEEPWELL_EVIDENCE_FILES
        )
        self.assertEqual(bringing.LARGEST_BYTES, deliveries.LARGEST_UPLOAD)
        self.says(text, "a register brought in", megabytes(bringing.LARGEST_BYTES), usual.rows, unpacked)
        self.says(
            text,
            "frameworks, crosswalks, scales as tables",
            megabytes(tables.MOST_BYTES),
            tables.MOST_ROWS,
            unpacked,
        )
        self.says(text, "frameworks as OSCAL", megabytes(oscal.MOST_BYTES), catalogs.MOST_REQUIREMENTS)

    def test_tells_the_same_of_the_lists_of_past_incidents(self) -> None:
        text, usual = told("files"), Limits()
        sizes = megabytes(past_door.LARGEST_BYTES), megabytes(usual.size_bytes)
        unpacked = megabytes(usual.unpacked_bytes)
        self.says(text, "incidents from the past", *sizes, past.MOST_ROWS, unpacked)
        self.says(text, "what was told of such incidents", *sizes, past_notices.MOST_ROWS, unpacked)

    def test_tells_the_same_of_what_areas_take(self) -> None:
        text, usual = told("files"), Limits()
        unpacked = megabytes(usual.unpacked_bytes)
        own = workbooks.LIMITS
        self.says(
            text,
            "the workbook of an assessment",
            megabytes(own.size_bytes),
            own.rows,
            megabytes(own.unpacked_bytes),
        )
        self.says(
            text,
            "a list of recommendations",
            megabytes(listing_door.LARGEST_BYTES),
            listing.MOST_ROWS,
            unpacked,
        )
        self.says(
            text, "scores of past years", megabytes(scores_door.LARGEST_BYTES), scores.MOST_ROWS, unpacked
        )
        self.says(
            text,
            "photos of a report",
            megabytes(intake.MOST_PHOTO_BYTES),
            intake.MOST_PHOTOS,
            picture.MOST_PIXELS,
        )
        self.says(text, "a voice note of a report", megabytes(intake.MOST_VOICE_BYTES), 1)
        self.says(
            text,
            "files of a report in one's own name",
            f"{settings.KEEPWELL_EVIDENCE_FILE_MB} MB",
            own_reports.MOST_FILES,
        )
        self.says(text, "a report by mail", f"{settings.KEEPWELL_REPORTS_MAIL_MB} MB", megabytes(arriving.BEGINNING_BYTES),
                  megabytes(post.MOST_PICTURE_BYTES))  # fmt: skip
        self.assertEqual(post.MOST_PICTURES, 3)

    def test_tells_the_same_of_rules_that_a_group_writes(self) -> None:
        text = told("files")
        self.says(text, "a scheme of severity", f"{scheme_text.LARGEST_BYTES // 1000} KB")
        self.says(
            text,
            "own rules of notification",
            f"{written.LARGEST_BYTES // 1000} KB",
            f"{own_rules.MOST_RULES} rules",
        )

    def test_tells_how_they_are_looked_at(self) -> None:
        text, usual = told("files"), Limits()
        for figure in (f"{usual.members:,} members", f"{usual.ratio} times their size", f"{usual.columns} columns",
                       f"{usual.cell_characters:,} characters a cell", f"{megabytes(usual.memory_bytes)} of memory",
                       f"{usual.processor_seconds} seconds of processor", f"{workbooks.LIMITS.processor_seconds} seconds",
                       megabytes(workbooks.LIMITS.memory_bytes), f"up to {megabytes(archives.LARGEST_DIRECTORY)} of it",
                       f"{picture.MOST_PIXELS:,} pixels", f"{drawing.MOST_PAGES} pages",
                       f"{picture.PROCESSOR_SECONDS} seconds of processor",
                       f"{drawing.PATIENCE_SECONDS} seconds in all"):  # fmt: skip
            self.assertIn(figure, text)

    def test_names_every_door(self) -> None:
        """Where the package reads a file that was sent: each place stands for a row of the table."""
        found = {
            path.relative_to(ROOT / "keepwell").as_posix()
            for path in (ROOT / "keepwell").rglob("*.py")
            if "tests" not in path.parts
            and re.search(r"request\.FILES|sent_file\(", path.read_text(encoding="utf-8"))
        }
        self.assertEqual(found, DOORS)


DOORS = {
    "areas/administration/api/evidence.py", "areas/assessment/api/bringing.py", "areas/assessment/api/planning.py",
    "areas/assessment/api/workbooks.py", "areas/assessment/pages/listing.py", "areas/assessment/pages/workbook.py",
    "areas/frameworks/api.py", "areas/frameworks/pages/__init__.py", "areas/incidents/api/past.py",
    "areas/incidents/api/own.py", "areas/incidents/pages/own.py", "areas/incidents/api/schemes.py",
    "areas/incidents/pages/schemes.py", "areas/incidents/pages/own_rules.py",
    "areas/incidents/pages/intake.py", "areas/incidents/pages/past.py", "platform/evidence/intake.py",
    "platform/evidence/pages.py", "platform/identity/middleware.py", "platform/registers/api/bringing.py",
    "platform/registers/api/uploads.py", "platform/registers/pages/deliveries.py",
}  # fmt: skip
"""Whoever adds one adds a row to docs/operations/files.md."""


class OfConnections(Documents):
    def test_tells_how_many_there_are_and_how_long_they_wait(self) -> None:
        text, there = told("connections"), databases.database("postgresql://h/d", folder=Path())
        options = there["OPTIONS"]
        self.assertIn(f"one of the {serving.THREADS} of each server process", text)
        silence = options["keepalives_idle"] + options["keepalives_interval"] * options["keepalives_count"]
        self.says(text, "database", serving.THREADS, serving.BACKLOG, f"{there['CONN_MAX_AGE']} s",
                  f"{options['connect_timeout']} s", f"{databases.STATEMENT_MILLISECONDS // 1000} s",
                  f"{databases.IDLE_MILLISECONDS // 1000} s", f"{silence} s",
                  f"{options['tcp_user_timeout'] // 1000} s", f"{there['PATIENCE_SECONDS']} s",
                  f"{LOOK_SECONDS} s for the look")  # fmt: skip
        workers = f"{2 + len(BESIDE)} × workers"
        self.says(text, "database", f"{len(BESIDE)} kinds of short work beside", workers)
        self.assertIn(f"need 2 × {serving.THREADS} + {2 + len(BESIDE)} = ", told("deploy"))
        kept = databases.embedded(Path())["CONN_MAX_AGE"]
        self.says(text, "database, SQLite", f"kept for {kept} s", f"{databases.BUSY_SECONDS} s")
        given_up = databases.GIVEN_UP
        self.says(
            text,
            "each replica",
            f"{given_up['connect_timeout']} s",
            f"{given_up['tcp_user_timeout'] // 1000} s",
        )
        self.says(text, "mail", f"{mail.TIMEOUT_SECONDS} s", sending.MOST_BROKEN)
        self.says(text, "mailbox of reports", f"{fetching.PATIENCE_SECONDS} s")
        self.says(text, "scanner", f"{settings.KEEPWELL_SCAN_SECONDS} s", scanning.MOST_TRIES)
        self.says(
            text,
            "object store",
            s3.MOST_CONNECTIONS,
            f"{s3.CONNECT_SECONDS} s",
            f"{s3.PATIENCE_SECONDS} s",
            s3.TRIES,
        )

    def test_tells_the_same_of_what_leaves_by_https(self) -> None:
        text, url = told("connections"), Webhook._meta.get_field("url")
        hours = sum(hooks.RETRIES, timedelta()) // timedelta(hours=1)
        self.says(text, "webhooks", f"{hooks.SECONDS:.0f} s", f"{hooks.LARGEST_BYTES >> 10} KB", url.max_length,
                  f"{len(hooks.RETRIES)} times in {hours} hours")  # fmt: skip
        pauses = sum(chat.PAUSES, timedelta()) // timedelta(hours=1)
        self.says(text, "chat", f"{client.SECONDS:.0f} s", client.MOST_REDIRECTS, megabytes(client.LARGEST_BYTES),
                  chat.LONGEST_ADDRESS, f"{len(chat.PAUSES)} times in {pauses} hours")  # fmt: skip
        self.says(text, "identity providers (OpenID Connect)", f"{oidc.PATIENCE_SECONDS} s", f"{oidc.KEPT_SECONDS} s",
                  f"Retry-After: {sso.SILENT_SECONDS}")  # fmt: skip
        self.says(text, "identity providers (SAML)", f"{sso.LASTS_SECONDS} s")
        self.says(text, "syslog, checkpoints", f"{copies.SECONDS} s")
        for figure in (addresses.LONGEST_URL, client.LONGEST_VALUE, client.LONGEST_HEADERS):
            self.assertIn(f"up to {figure:,}", text.partition("Of every host but")[2])


class OfLongWork(Documents):
    def setUp(self) -> None:
        self.text = told("work")
        _ = get_resolver().url_patterns  # what is declared beside pages

    def test_tells_every_job_how_often_and_how_long(self) -> None:
        jobs = self.text.partition("## The jobs\n")[2].partition("\n## ")[0]
        house = {name: kind for name, kind in KINDS.items() if kind.work.__module__.startswith("keepwell.")
                 and ".tests." not in kind.work.__module__}  # fmt: skip
        self.assertEqual(set(re.findall(r"^\| `([a-z_.]+)`", jobs, re.M)), set(house))
        for name, kind in house.items():
            _edge, _name, begun, most, done, _what, _end = (
                cell.strip() for cell in row(jobs, f"`{name}`").split("|")
            )
            self.assertEqual(
                begun if kind.every else "", f"every {words(kind.every)}" if kind.every else "", name
            )
            self.assertEqual(
                (most, done), (words(kind.limit), "one transaction" if kind.atomic else "step by step"), name
            )

    def test_tells_what_is_done_beside_them(self) -> None:
        beside = self.text.partition("## Beside the jobs\n")[2]
        self.assertEqual(set(re.findall(r"^\| `([a-z_.]+)`", beside, re.M)), set(BESIDE))
        for name, kind in BESIDE.items():
            self.assertIn(f"every {words(kind.every)}", row(beside, f"`{name}`"))

    def test_tells_what_bounds_them(self) -> None:
        self.says(self.text, "unfinished jobs of one person", MOST_UNFINISHED)
        self.assertIn(f"**{MAX_ATTEMPTS} attempts**", self.text)
        self.assertEqual([2 ** (attempt * 2) for attempt in range(1, MAX_ATTEMPTS)], [4, 16, 64])
        self.assertIn("with 4, 16 and 64 seconds between them", self.text)
        self.assertIn(f"`KEEPWELL_LEASE_SECONDS` ({env.number('KEEPWELL_LEASE_SECONDS', 30)})", self.text)
