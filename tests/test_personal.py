"""R36: every table that holds something of a person says how it is found and what becomes of it; a new one too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from unittest import TestCase

from django.apps import apps
from django.db import models
from django.test.utils import isolate_apps

from keepwell.platform.people.models import Account, Person
from keepwell.platform.people.personal import HOLDINGS, Fate, personal
from keepwell.platform.privacy.traces import TEXT, UNSEARCHED, columns_of_text, searched

NAMES_SOMEBODY = re.compile(
    r"(^|_)(name|names|number|mail|user|given|family|subject|address|device|source|sign|login|phone|label|who"
    r"|from|said|says|facts|errors|values|rows|answers|query|told|by|note)($|_)"
)
IMPERSONAL = {
    "assessment.benchmark.name": "a survey's", "assessment.benchmark.source": "where it was published",
    "assessment.cycle.name": "a cycle's",
    "assurance.certificate.number": "as printed on the certificate", "assurance.standard.name": "a standard's",
    "assurance.standard.name_zh": "a standard's", "awareness.course.name": "a course's",
    "awareness.course.name_zh": "a course's", "tree.unit.name": "a unit's", "tree.unit.name_zh": "a unit's",
    "exchange.source.name": "a system's", "reporting.figure.name": "a metric's", "jobs.job.name": "a kind of job",
    "jobs.schedule.name": "a kind of job", "history.checkpoint.note": "a signed root", "evidence.content.says":
    "a scanner's words", "evidence.finding.name": "a digest", "auth.group.name": "unused",
    "auth.permission.name": "Django's", "people.provision.mail_type": "work or home",
    "people.erasednumber.digest": "keyed",
    "contenttypes.contenttype.app_label": "a program's part",
    "incidents.disclosure.says": "told without a name; read by designated people alone, who answer to whom it names",
    "incidents.disclosure.concerns": "as what it says",
    "incidents.disclosureword.says": "as the disclosure's", "incidents.disclosure_cleared.person": "whom it does not concern",
    "incidents.disclosure_excluded.person": "whom it concerns "
    "stays kept out, also under a pseudonym",
    "incidents.shippedscheme.name": "a version and a digest", "incidents.incident.number": "an incident’s",
    "keeping.backup.facts": "a file, a table and what the system said",
    "organization.criticalsystem.name": "a system’s",
    "organization.criticalsystem.name_zh": "a system’s",
    "organization.businesscalendar.name": "a calendar's", "organization.businesscalendar.name_zh": "a calendar's",
    "frameworks.framework.name": "a framework's", "frameworks.framework.name_zh": "a framework's",
    "frameworks.framework.source": "where it was published", "frameworks.version.label": "a version's",
    "frameworks.version.source": "where it was published", "frameworks.version.note": "about a framework",
    "frameworks.version.level_names": "function, category", "frameworks.mapping.note": "about a framework",
    "frameworks.scale.name": "a scale's", "frameworks.scale.name_zh": "a scale's",
    "frameworks.scale.note": "about a scale", "frameworks.profile.name": "a profile's",
    "frameworks.profile.source": "where it was published", "frameworks.profile.note": "about a profile",
}  # fmt: skip
"""Columns that sound as if they named somebody, and what they name instead."""


def tables() -> Iterator[type[models.Model]]:
    return (model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy)


def leads_to_a_person(column: Any) -> bool:
    """Whether a column names a person: by a relation, or by an id without one."""
    if column.is_relation:
        return issubclass(column.related_model, Person | Account)
    return isinstance(column, models.UUIDField) and column.name in ("person_id", "by")


def undeclared(model: type[models.Model]) -> list[str]:
    """The columns of `model` that hold something of a person and are not declared."""
    holding = HOLDINGS.get(model._meta.label_lower)
    known = {*holding.by, *holding.ways, *holding.says, *holding.secret} if holding else set()
    known = {path.partition("__")[0] for path in known} | {path.removesuffix("_id") for path in known}
    found = [column for column in model._meta.concrete_fields if leads_to_a_person(column)]
    found += [
        column for column in model._meta.concrete_fields
        if isinstance(column, TEXT) and not column.choices and NAMES_SOMEBODY.search(column.name)
    ]  # fmt: skip
    named = [f"{model._meta.label_lower}.{c.name}" for c in found if c.name not in known]
    return [name for name in named if name not in IMPERSONAL]


class WhatIsKeptAboutPeople(TestCase):
    def test_is_declared_column_by_column(self) -> None:
        self.assertEqual([name for model in tables() for name in undeclared(model)], [])

    def test_is_declared_by_columns_that_are_there(self) -> None:
        for holding in HOLDINGS.values():
            columns = {name for c in holding.model._meta.concrete_fields for name in (c.name, c.attname)}
            named = {
                *holding.by,
                *holding.says,
                *holding.secret,
                *(way.partition("__")[0] for way in holding.ways),
            }
            self.assertEqual(named - columns - {"pk"}, set(), holding.name)

    def test_is_searched_in_every_column_of_text_or_goes_by_its_own_way(self) -> None:
        reached = {model._meta.label_lower for model, _columns in searched()} | set(UNSEARCHED)
        with_text = {model._meta.label_lower for model in tables() if columns_of_text(model)}
        self.assertEqual(with_text - reached, set())

    def test_exempts_nothing_that_is_not_there(self) -> None:
        there = {
            f"{model._meta.label_lower}.{c.name}" for model in tables() for c in model._meta.concrete_fields
        }
        self.assertEqual(set(IMPERSONAL) - there, set())
        self.assertEqual(set(UNSEARCHED) - {model._meta.label_lower for model in tables()}, set())

    @isolate_apps("keepwell.platform.people")
    def test_is_missed_where_a_new_table_says_nothing(self) -> None:
        class Visit(models.Model):
            person = models.ForeignKey(Person, models.PROTECT, related_name="+")
            guest_name = models.CharField(max_length=80)

            class Meta:
                app_label = "people"

        self.assertEqual(undeclared(Visit), ["people.visit.person", "people.visit.guest_name"])
        personal("person", fate=Fate.DELETED, says=("guest_name",))(Visit)
        self.addCleanup(HOLDINGS.pop, "people.visit")
        self.assertEqual(undeclared(Visit), [])
