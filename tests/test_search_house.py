"""Every register is searched by words, or says here why nobody looks for its records so."""

from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace

from django.db import connection
from django.test import TestCase

from keepwell.platform.history.acting import acting
from keepwell.platform.registers.register import REGISTERS
from keepwell.platform.registers.searching import is_searched
from keepwell.platform.search.indexing import catch_up
from keepwell.platform.search.models import Unindexed
from tests.cast import TELLER, Cast
from tests.house import made

UPGRADES = (("0004_mark_more", "incident-tasks"), ("0005_mark_timeline", "timeline-entries"))
UNSEARCHED = {
    "answers": "numbers by requirement, found by assessment and requirement",
    "assessments": "one of each unit, scope and cycle, found by these",
    "benchmark-figures": "numbers, found by their benchmark",
    "calendar-days": "days, found by calendar and day",
    "classifications": "revisions, found by their incident",
    "clause-questions": "yes or no, found by incident and clause",
    "clocks": "ends of terms, found by incident, rule and when they end",
    "completions": "who did which course, found by person and course in its own list; a million rows",
    "custody-entries": "steps of a chain, found by the piece of evidence",
    "duty-shifts": "hours, found by unit, person and night",
    "escalation-calls": "calls, found by incident and night",
    "external-people": "found as people",
    "facts-for-notices": "yes or no, found by incident",
    "implicated-persons": "who is kept out, found by report and incident; nobody looks there for whom they are kept from",
    "incident-costs": "amounts, found by incident",
    "incident-events": "moments, found by incident",
    "mappings": "pairs of requirements, found by these",
    "maturity-targets": "numbers by requirement, found by it",
    "named-persons": "who may know an incident, found by it; no search tells whose name stands where",
    "report-words": "told in confidence, read with the report alone",
    "service-accounts": "found as people",
    "severity-schemes": "editions, a handful",
    "unmatched-rows": "lines of files, found by their batch",
}
"""Registers without an index, each with the reason."""


class EveryRegister(Cast, TestCase):
    def test_is_searched_or_says_why_not(self) -> None:
        without = {slug for slug, register in REGISTERS.items() if not is_searched(register)}
        self.assertEqual(without, set(UNSEARCHED))

    def test_newly_searched_finds_its_records_by_their_words(self) -> None:
        self.sign_in(self.ada)
        for slug in ("exposure-answers", "incident-tasks", "response-meetings", "tasks-of-playbooks"):
            record = made(slug, self.khh1, self.eva)
            field = REGISTERS[slug].search_fields[0]
            with acting(TELLER, "story.write"):
                setattr(record, field, f"Zanzibar of {slug}")
                record.save()
            catch_up()
            for who, is_found in ((self.ada, True), (self.sam, False)):
                self.sign_in(who)
                for page in ("/search/?q=zanzibar", "/api/search?q=zanzibar"):
                    answer = self.client.get(page)
                    self.assertEqual(
                        str(record.pk) in answer.content.decode(), is_found, f"{page} {slug} {who}"
                    )


class AnUpgrade(Cast, TestCase):
    def test_marks_what_was_there_before(self) -> None:
        """The migration is asked for its statements on the tables as they are now."""
        for name, slug in UPGRADES:
            with self.subTest(name):
                record = made(slug, self.khh1, self.eva)
                Unindexed.objects.all().delete()
                migration = import_module(f"keepwell.platform.search.migrations.{name}")
                with connection.cursor() as cursor:
                    migration.mark(None, SimpleNamespace(connection=connection, execute=cursor.execute))
                marks = Unindexed.objects.filter(kind=record._meta.label_lower, record_id=record.pk)
                self.assertTrue(marks.exists())
