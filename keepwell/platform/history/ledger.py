"""What the sealed trail keeps beside its rows: how far it is, the hashes of its tree, its checkpoints, and how far
copies of them have left the machine. All moments here are the system's, not the business clock's."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

THE_ONE = 1


class Trail(models.Model):
    """How far the trail is: one row, locked by whoever numbers and signs, so that it never forks."""

    origin = models.CharField(max_length=200, help_text="Its name, settled by the first checkpoint.")
    keys = models.JSONField(default=list, help_text="The public keys that signed, the present one last.")
    size = models.BigIntegerField(default=0, help_text="Rows that have a number.")
    signed = models.BigIntegerField(default=0, help_text="Rows under the newest checkpoint.")
    signed_at = models.DateTimeField(null=True)
    covered_at = models.DateTimeField(
        null=True, help_text="When all rows written before were under a checkpoint."
    )

    def __str__(self) -> str:
        return self.origin


class Tile(models.Model):
    """Up to 256 hashes of the tree that stand side by side: of level n over 256**n leaves each."""

    level = models.PositiveSmallIntegerField()
    number = models.BigIntegerField()
    hashes = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["level", "number"], name="one_tile_a_place")]

    def __str__(self) -> str:
        return f"{self.level}/{self.number}"


class Checkpoint(models.Model):
    """A signed statement of how many rows there are and of their root."""

    size = models.BigIntegerField(primary_key=True)
    note = models.TextField(help_text="The signed note, as it leaves the machine.")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.size)


class Copy(models.Model):
    """How far the copies of checkpoints have come on one way out of the machine."""

    class Way(models.TextChoices):
        SYSLOG = "syslog", _("Syslog")
        MAIL = "mail", _("Mail to auditors")
        FILE = "file", _("File on write-once storage")

    way = models.CharField(max_length=10, choices=Way, unique=True)
    sent = models.BigIntegerField(default=0, help_text="The size of the newest checkpoint that arrived.")
    sent_at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0, help_text="Tries that failed since.")
    error = models.CharField(max_length=300, blank=True)

    objects: ClassVar[models.Manager[Copy]] = models.Manager()

    def __str__(self) -> str:
        return str(self.get_way_display())
