"""What people were handed of lists about people lately: what the trail has yet to be told, and how much in this hour."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from keepwell.platform.people.models.persons import Person
from keepwell.platform.people.personal import Fate, personal


@personal("person", fate=Fate.DELETED, says=("waiting",))
class Handed(models.Model):
    """How much of one register a person was handed by pages or by programs; gone a while after the last reading."""

    class Door(models.TextChoices):
        SESSION = "session"
        PROGRAM = "program"

    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    door = models.CharField(max_length=10, choices=Door)
    register = models.CharField(max_length=60, help_text="The slug; search for hits over all registers.")
    kept_at = models.DateTimeField(null=True, help_text="When the trail was told last; null means not yet.")
    waiting = models.JSONField(
        default=dict,
        help_text="What was read that the trail was not told yet: pages, filters, places, as lists.",
    )
    waiting_rows = models.PositiveIntegerField(
        default=0, help_text="How many rows of it the trail was not told yet."
    )
    waiting_times = models.PositiveIntegerField(
        default=0, help_text="In how many readings; 0: it was told of all."
    )
    began_at = models.DateTimeField(help_text="When the hour began in which `rows` are counted.")
    rows = models.PositiveIntegerField(default=0)
    touched_at = models.DateTimeField(db_index=True)

    objects: ClassVar[models.Manager[Handed]] = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "door", "register"], name="handed_once"),
        ]

    def __str__(self) -> str:
        return f"{self.register} by {self.door}: {self.rows}"
