"""The index of words: one entry for each record that is searched, and marks of records to be indexed anew."""

from __future__ import annotations

from typing import Any

from django.db import models

from keepwell.platform.people.personal import personal


class Tokens(models.TextField):
    """Words parted by blanks: a vector of words on PostgreSQL, text beside an index of words on SQLite."""

    def db_type(self, connection: Any) -> str:
        return "tsvector" if connection.vendor == "postgresql" else "text"


@personal(says=("tokens",), about=lambda person: models.Q(kind="people.person", record_id=person.pk))
class Entry(models.Model):
    """By which words one record is found; written anew whenever they change, so that the latest comes first."""

    kind = models.CharField(max_length=60, help_text="app.model, as people.person.")
    record_id = models.UUIDField()
    unit_id = models.UUIDField(null=True, help_text="Where the record lies.")
    retired = models.BooleanField()
    tokens = Tokens()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "record_id"], name="search_entry_once")]
        indexes = [models.Index(fields=["kind", "retired", "id"], name="search_entry_latest")]

    def __str__(self) -> str:
        return f"{self.kind} {self.record_id}"


class Unindexed(models.Model):
    """A record whose entry is older than the record: changed, or named after something renamed."""

    kind = models.CharField(max_length=60)
    record_id = models.UUIDField()
    spreads = models.BooleanField(
        default=False, db_default=False, help_text="Whether what is named after it is to follow too."
    )

    class Meta:
        indexes = [models.Index(fields=["kind", "record_id"], name="search_unindexed_of")]

    def __str__(self) -> str:
        return f"{self.kind} {self.record_id}"
