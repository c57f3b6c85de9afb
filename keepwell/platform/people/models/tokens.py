"""Keys for programs: each narrow, shown once, kept as a digest."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from keepwell.platform.people.models.persons import Person
from keepwell.platform.people.personal import Fate, personal
from keepwell.platform.people.roles import Level


@personal("person", fate=Fate.DELETED, by=("made_by",), says=("label", "sources"), secret=("digest",))
class Token(models.Model):
    """A key for programs: acts with one person's rights until it expires; only its digest is kept."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="tokens")
    digest = models.CharField(max_length=64, unique=True)
    label = models.CharField(max_length=80, blank=True)
    may_export = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    scopes = models.JSONField(default=dict, help_text="Area to level; empty means all that the person may.")
    read_only = models.BooleanField(default=False)
    sources = models.JSONField(default=list, help_text="Networks it may come from; empty means any.")
    last_used_on = models.DateField(null=True)
    made_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.label} of {self.person}"

    @property
    def scopes_written(self) -> list[str]:
        """Its scopes as people write them, as people:edit; none means all that the person may."""
        return [f"{area}:{Level(level).name.lower()}" for area, level in sorted(self.scopes.items())]

    @property
    def is_good(self) -> bool:
        """Whether it opens the API now: neither revoked nor expired."""
        return self.revoked_at is None and self.expires_at > timezone.now()
