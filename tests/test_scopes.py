"""T3: a trip-wire on every request: whatever reads a table of records carries a predicate of rights or a key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import connection
from django.test import TestCase

from keepwell.platform.history.acting import acting
from keepwell.platform.history.models import Change, Tracked
from keepwell.platform.records.models import Observation
from keepwell.platform.registers.register import REGISTERS
from tests.cast import TELLER, Cast, grant
from tests.house import addresses, as_form, made, samples, values_of

TABLES = {
    m._meta.db_table
    for m in apps.get_models()
    if hasattr(m, "area") or issubclass(m, (Tracked, Observation, Change))
}
READ = re.compile(r'\b(?:FROM|JOIN)\s+"(\w+)"', re.IGNORECASE)
SCOPES = {"people_grant", "tree_ancestry"}
KEYED = re.compile(
    r'"\w+"\."(?:id|\w+_id)" (?:= (?:%s|\?)|IN \((?:%s|\?|SELECT U0\."id" AS "pk" FROM "\w+" U0 WHERE \(?U0\."id" = %s))'
)
ALLOWED = {
    r'^SELECT COUNT\(\*\) AS "__count" FROM "jobs_job" WHERE \(?("jobs_job"."run_after" < %s AND )?"jobs_job"."state"': "how "
    "many jobs wait or were given up: a number about the machine, for who runs it",
    r'FROM "history_change" WHERE "history_change"."leaf" IS NULL( ORDER BY "history_change"."id" ASC LIMIT 1)?$': "how "
    "many rows wait to be sealed, and since when: a number and a moment",
    r'FROM "tree_unit" WHERE \(?"tree_unit"\."kind" = %s\)?( LIMIT| ORDER|$)': "the group, whose name stands on every page",
    r'^SELECT "incidents_incident"."number" AS "number" FROM "incidents_incident" WHERE': "the "
    "last number given, for the next one: no row leaves",
    r'^SELECT "tree_ancestry"\."descendant_id" AS "descendant", "tree_ancestry"\."ancestor_id" AS "ancestor" '
    r'FROM "tree_ancestry" '
    r'WHERE \(\("tree_ancestry"\."descendant_id" IN \(SELECT U0\."unit_id" AS "unit" FROM "incidents_incident" U0 '
    r'WHERE \(?U0\."id" = %s': "what lies above the units of one incident, which is named by its key",
    r'^SELECT "incidents_incident"."id" AS "pk" FROM "incidents_incident" WHERE \("incidents_incident"."is_restricted" AND '
    r"NOT": "what somebody must not know, so that it is left out; nothing of it leaves",
    r'^SELECT "(incidents_\w+|evidence_link)"\."id" AS "pk" FROM "\1" WHERE \((?:"\1"\."kind" = %s AND )?'
    r'"\1"\."tlp" IN \(%s(?:, %s)?\) AND NOT ': "what somebody may not read for its mark, so that it is left out; nothing of "
    "it leaves",
    r'FROM "tree_unit" WHERE \("tree_unit"."retired_at" IS NULL AND "tree_unit"."kind" = %s\) ORDER BY "tree_unit"."name"': "the "
    "sites, which the page for reports offers to anybody: that they exist is on every wall",
    r'^SELECT %s AS "(a|_check)"': "whether a key is taken: yes or no, no row leaves",
    r'^SELECT "history_change"."id" AS "id", "history_change"."record_id" AS "record_id" FROM "history_change" '
    r"ORDER BY 1 DESC LIMIT 1$": "a stamp of what was counted: the last change's number, never shown",
    r'^SELECT "incidents_severityscheme"\."id" AS "pk", .* WHERE \("incidents_severityscheme"\."retired_at" IS NULL AND '
    r'"incidents_severityscheme"\."state" = %s AND "incidents_severityscheme"\."begins_at" <= %s\) ORDER BY .* LIMIT 1$': "which "
    "edition of the scheme is in force: its key, number, day and digest; it is so for everybody who may see a level",
    r'FROM "metrics_reading" WHERE \("metrics_reading"."day" = %s AND "metrics_reading"."metric" IN': "counted before "
    "for all units at once; a page shows those of a unit where reporting may be viewed",
    r'^SELECT "tree_ancestry".*"tree_unit"\."kind" = %s AND "tree_ancestry"\."descendant_id" IN': "the company above each "
    "site: the matrix names those above the sites it shows",
    r'^SELECT "incidents_ownrule"."id" AS "pk" FROM "incidents_ownrule" INNER JOIN "incidents_ruleinforce" ON': "which own "
    "texts of rules hold today, by their keys: they hold for a clock as the shipped ones do, whoever reads it",
    r'^SELECT "incidents_ownrule"."id", "incidents_ownrule"."rule", "incidents_ownrule"."edition", "incidents_ownrule"."text" '
    r'FROM "incidents_ownrule"$': "own texts that a process has not read yet, kept by it as the shipped file is",
    r'^SELECT "incidents_ruleinforce"."rule" AS "rule", "incidents_ruleinforce"."is_confirmed" AS "is_confirmed", '
    r'"incidents_ruleinforce"."until" AS "until" FROM': "which rules are on, for whoever looks what a rule contradicts",
    r'^SELECT "todos_debt"."id" AS "pk" FROM "todos_debt" WHERE .*NOT \("todos_debt"."duty" = %s\)': "which todos were passed "
    "on to one person, by their keys, so that they are left out for all others; nothing of them leaves",
    r'^SELECT "exchange_source"."name" AS "name" FROM': "whoever brings a file in names the system it comes from",
}


class TripWire:
    """Notes every statement that reads a table of records without saying whose."""

    def __init__(self) -> None:
        self.found: set[str] = set()

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if self.is_open(sql):
            self.found.add(sql)
        return execute(sql, params, many, context)

    def is_open(self, sql: str) -> bool:
        """Whether `sql` reads records and carries neither rights nor a key."""
        read = READ.findall(sql)
        if not sql.startswith("SELECT") or not set(read) & TABLES:
            return False
        return not (
            SCOPES & set(read[1:]) or KEYED.search(sql) or any(re.search(rule, sql) for rule in ALLOWED)
        )


class Requests(Cast, TestCase):
    """Everything Ben can ask for, with a record of each register within his rights and one beyond."""

    maxDiff = None

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        with acting(TELLER, "house.grant"):
            grant(cls.ben, "auditor", cls.khh1)
            grant(cls.ben, "administrator", cls.khh1)
        cls.records = {slug: made(slug, cls.khh1, cls.eva) for slug in samples()}
        for slug in samples():
            made(slug, cls.pen1, cls.dan, 1)

    def setUp(self) -> None:
        self.sign_in(self.ben)
        self.wire = TripWire()

    @contextmanager
    def watched(self) -> Iterator[None]:
        with connection.execute_wrapper(self.wire):
            yield

    def test_for_pages_read_nothing_unasked(self) -> None:
        asked = [a.path for a in addresses() if not a.is_api and not a.takes_arguments]
        for path in asked:
            self.client.get(path)  # counts what is not counted yet, for all units at once
        with self.watched():
            statuses = {path: self.client.get(path).status_code for path in asked}
        self.assertGreater(list(statuses.values()).count(200), len(asked) / 2)
        self.assertEqual(sorted(self.wire.found), [])

    def test_for_records_read_nothing_unasked(self) -> None:
        with self.watched():
            for slug, record in self.records.items():
                for path in (
                    f"/{slug}/{record.pk}/",
                    f"/{slug}/{record.pk}/edit/",
                    f"/api/{slug}/{record.pk}",
                ):
                    self.assertIn(self.client.get(path).status_code, (200, 404), path)
                for rule in REGISTERS[slug].acts:
                    self.client.get(f"/{slug}/{record.pk}/{rule.name.replace('_', '-')}/")
        self.assertEqual(sorted(self.wire.found), [])

    def test_for_lists_and_files_read_nothing_unasked(self) -> None:
        with self.watched():
            for slug, register in REGISTERS.items():
                sorts = [f"?sort={name}" for name in register.columns[:3] if "__" not in name]
                for path in (f"/api/{slug}", f"/{slug}/take-out.csv", f"/{slug}/take-out.xlsx", f"/search/?q={slug}",
                             *(f"/{slug}/{sort}" for sort in sorts)):  # fmt: skip
                    answer = self.client.get(path)
                    b"".join(answer.streaming_content) if answer.streaming else answer.content
        self.assertEqual(sorted(self.wire.found), [])

    def test_that_write_read_nothing_unasked(self) -> None:
        with self.watched():
            for slug, record in self.records.items():
                if REGISTERS[slug].form_fields:
                    form = as_form(values_of(REGISTERS[slug], record)) | {"version": "1"}
                    self.client.post(f"/{slug}/{record.pk}/edit/", form)
                    self.client.post(f"/{slug}/new/", form)
        self.assertEqual(sorted(self.wire.found), [])


class TheWire(Cast, TestCase):
    def test_is_tripped_by_a_list_without_rights(self) -> None:
        for slug, register in REGISTERS.items():
            wire = TripWire()
            with connection.execute_wrapper(wire):  # annotations that name keys are left out
                list(register.record._default_manager.all()[:1])
            self.assertEqual(len(wire.found), 1, slug)
