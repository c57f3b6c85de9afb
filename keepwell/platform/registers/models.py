"""What people keep about lists for themselves and for each other: views, and the columns they look at."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.db import models
from django.utils.translation import gettext_lazy as _

from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import all_above, held
from keepwell.platform.people.personal import Fate, personal
from keepwell.platform.tree.models import Unit


class KeptViewQuerySet(models.QuerySet["KeptView"]):
    def for_person(self, person: Person) -> KeptViewQuerySet:
        """Their own, and those shared with a unit they belong to or hold a right in, or with one above it."""
        return self.filter(models.Q(owner=person) | models.Q(unit__in=KeptView.shared_with(person)))


KeptViewRows = models.Manager.from_queryset(KeptViewQuerySet)


@personal(
    by=("owner",), says=("name", "query"), fate=Fate.DELETED,
    about=lambda person: models.Q(owner=person, unit=None),
)  # fmt: skip
class KeptView(models.Model):
    """Filters, search, order and columns of a list under a name; what they show depends on who looks."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    owner = models.ForeignKey(Person, models.PROTECT, related_name="+")
    register = models.CharField(max_length=40)
    name = models.CharField(_("name"), max_length=60)
    query = models.TextField(blank=True, help_text="The address's query, columns included; no unit, no year.")
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="Whose people have it too; empty: the owner.",
    )

    objects = KeptViewRows()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "register", "name"], name="view_once")]
        indexes = [models.Index(fields=["register", "unit"], name="view_shared")]

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def shared_with(person: Person) -> set[UUID]:
        """The units whose views `person` has: those they belong to or hold a right in, and all above."""
        return all_above({person.unit_id, *(one.unit_id for one in held(person))})


@personal("person", fate=Fate.DELETED)
class ListChoice(models.Model):
    """How one person has a list: the columns in their order (empty: the register's), the view it begins with."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    register = models.CharField(max_length=40)
    columns = models.JSONField(default=list)
    view = models.ForeignKey(KeptView, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "register"], name="choice_once")]

    def __str__(self) -> str:
        return f"{self.register} of {self.person_id}"


@personal(by=("by",), says=("answers",))
class Series(models.Model):
    """One act done to many records, or one column set in them, with the same answers for all."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    key = models.CharField(max_length=64, help_text="Asked twice with one key it is one.")
    register = models.CharField(max_length=40)
    act = models.CharField(max_length=60, help_text="The act, or `change`.")
    answers = models.JSONField(default=dict, help_text="What was answered, as text.")
    at = models.DateTimeField()
    total = models.PositiveIntegerField(default=0)
    job_id = models.UUIDField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["by", "key"], name="series_once")]

    def __str__(self) -> str:
        return f"{self.act} of {self.register}"


@personal(says=("said",))
class SeriesItem(models.Model):
    """One record of a series, and what became of it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DONE = "done", _("Done")
        REFUSED = "refused", _("Refused")

    series = models.ForeignKey(Series, models.CASCADE, related_name="items")
    record_id = models.UUIDField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING, db_default="waiting")
    said = models.CharField(
        max_length=300, blank=True, default="", db_default="", help_text="Why it was refused."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["series", "record_id"], name="series_item_once")]
        indexes = [models.Index(fields=["series", "state", "id"], name="series_item_waiting")]

    def __str__(self) -> str:
        return f"{self.record_id}: {self.state}"
