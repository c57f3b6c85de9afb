"""Courses, and who completed which when."""

from __future__ import annotations

from datetime import UTC, date
from typing import ClassVar

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from keepwell.platform.history.labels import labelled
from keepwell.platform.people.models import Person
from keepwell.platform.people.personal import personal
from keepwell.platform.records.models import Observation, ObservationQuerySet, Record, RecordQuerySet
from keepwell.platform.tree.models import Unit, on, the_group

CODE = r"^[A-Z0-9][A-Z0-9._-]*$"


class CourseQuerySet(RecordQuerySet):
    def offered(self, day: date) -> CourseQuerySet:
        """Courses that could be taken on `day`."""
        return self.filter(on(day, since="active_from", until="active_until"))


CourseRows = models.Manager.from_queryset(CourseQuerySet)


class Course(Record):
    """A piece of training with a fixed length, offered from one day on."""

    area: ClassVar[str] = "awareness"
    key_fields = ("code",)
    holds_below = True

    code = models.CharField(
        _("code"), max_length=20, unique=True,
        validators=[RegexValidator(CODE, _("A code has capital letters, digits, . _ and - only."))],
    )  # fmt: skip
    name = models.CharField(_("name"), max_length=120)
    name_zh = models.CharField(_("Chinese name"), max_length=120, blank=True)
    minutes = models.PositiveIntegerField(
        _("minutes"), validators=[MinValueValidator(1)],
        help_text=_("How long the course takes; counted where a delivery names no minutes of its own."),
    )  # fmt: skip
    mandatory = models.BooleanField(_("mandatory"), default=False)
    unit = models.ForeignKey(
        Unit, models.PROTECT, default=the_group, related_name="courses", verbose_name=_("unit"),
        help_text=_("Who answers for the course; the group if nothing else is said."),
    )  # fmt: skip
    active_from = models.DateField(_("active from"))
    active_until = models.DateField(
        _("active until"), null=True, blank=True, help_text=_("The last day; empty means still.")
    )

    objects: ClassVar[CourseRows] = CourseRows()

    class Meta:
        verbose_name = _("course")
        verbose_name_plural = _("courses")
        constraints = [
            models.CheckConstraint(
                condition=Q(active_until__isnull=True) | Q(active_until__gte=F("active_from")),
                name="course_ends_after_start",
                violation_error_message=_("A course cannot end before it begins."),
            ),
            models.CheckConstraint(
                condition=Q(minutes__gte=1), name="course_takes_time",
                violation_error_message=_("A course takes a minute at least."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name_here

    @property
    @labelled(_("name"))
    def name_here(self) -> str:
        """The name in the reader's language, else in English."""
        return (self.name_zh if get_language() == "zh-hant" else "") or self.name


class CompletionQuerySet(ObservationQuerySet):
    def between(self, first: date, last: date) -> CompletionQuerySet:
        """Completions whose local day lies from `first` up to and with `last`."""
        return self.filter(completed_on__range=(first, last))


CompletionRows = models.Manager.from_queryset(CompletionQuerySet)


@personal("person")
class Completion(Observation):
    """`person` completed `course` at a moment: one person-time.

    Never typed: a learning system delivers it. Who may see it follows the person's present unit; what it
    counts for follows the unit on the day of completion.
    """

    area: ClassVar[str] = "awareness"
    unit_field: ClassVar[str] = "person__unit"

    person = models.ForeignKey(
        Person, models.PROTECT, related_name="completions", db_index=False, verbose_name=_("person")
    )
    course = models.ForeignKey(
        Course, models.PROTECT, related_name="completions", db_index=False, verbose_name=_("course")
    )
    completed_at = models.DateTimeField(_("completed at"))
    completed_on = models.DateField(
        _("completed on"),
        help_text=_(
            "The day it was where it was completed, by the zone of the file, else of the person's unit."
        ),
    )
    minutes = models.PositiveIntegerField(
        _("minutes"),
        help_text=_("As delivered; else the length the course had when the delivery was brought in."),
    )

    objects: ClassVar[CompletionRows] = CompletionRows()

    class Meta:
        verbose_name = _("completion")
        verbose_name_plural = _("completions")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "course", "completed_at"], name="completion_once",
                violation_error_message=_("This person completed this course at that moment already."),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["completed_on", "id"], name="completion_by_day"),
            models.Index(fields=["course", "completed_on", "id"], name="completion_of_course"),
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.course}, {self.completed_on}"

    def natural_key(self) -> str:
        """Number|course code|moment, as 2023-05-04T08:15:00Z."""
        return (
            f"{self.person.number}|{self.course.code}|{self.completed_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        )

    @property
    def place(self) -> Unit:
        """The unit whose rights govern it: the person's present one."""
        return self.person.unit

    @classmethod
    def own(cls, person: Person) -> Q:
        """Everybody sees their own completions."""
        return Q(person=person)
