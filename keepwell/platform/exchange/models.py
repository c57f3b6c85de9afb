"""Where facts come from: a source, each batch it delivered, and the rows of it that matched nothing."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import uuid4

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from keepwell.platform.history.labels import labelled
from keepwell.platform.people.models import Person
from keepwell.platform.people.personal import personal
from keepwell.platform.records.models import Record, VisibleRows
from keepwell.platform.tree.models import Unit, known_zone


class Source(Record):
    """A system that delivers files to a register, and how its columns are called."""

    area: ClassVar[str] = "administration"
    key_fields = ("name",)

    name = models.CharField(
        _("source"), max_length=60, unique=True,
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9._-]*$", _("A source has small letters, digits, . _ and - only."))],
    )  # fmt: skip
    register = models.CharField(
        _("register"), max_length=40, help_text=_("Where its rows go, as completions.")
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="sources", verbose_name=_("unit"))
    time_zone = models.CharField(
        _("time zone"), max_length=40, blank=True, validators=[known_zone],
        help_text=_("Holds for moments in its files that name none."),
    )  # fmt: skip
    mapping = models.JSONField(
        _("columns"), default=dict, blank=True, help_text=_("Heading in the file to column of the register.")
    )

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")

    def __str__(self) -> str:
        return self.name


@personal(by=("by",), says=("file_name", "errors"))
class Batch(models.Model):
    """One delivery: a file from a source; facts point back to it, so any number leads to its origin."""

    class State(models.TextChoices):
        READING = "reading", _("Being read")
        REFUSED = "refused", pgettext_lazy("files", "Refused")
        APPLIED = "applied", _("Brought in")

    area: ClassVar[str] = "administration"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    source = models.ForeignKey(
        Source, models.PROTECT, null=True, related_name="batches", verbose_name=_("source")
    )
    register = models.CharField(_("register"), max_length=40)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("unit"))
    file_name = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(_("digest"), max_length=64, help_text=_("SHA-256 of the file, in hex."))
    size_bytes = models.PositiveBigIntegerField(_("size"))
    by = models.ForeignKey(
        Person, models.PROTECT, null=True, related_name="+", verbose_name=_("brought in by")
    )
    at = models.DateTimeField(_("brought in"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.READING)
    rows = models.PositiveIntegerField(_("rows"), default=0)
    created = models.PositiveIntegerField(_("new"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    unmatched = models.PositiveIntegerField(_("unmatched"), default=0)
    errors = models.JSONField(
        _("errors"), default=list, help_text="[line, column, found, expected] of each row refused."
    )
    file_erased_at = models.DateTimeField(
        _("file erased"),
        null=True,
        editable=False,
        help_text=_("The file named a person who was erased; empty: it is kept."),
    )
    serial = models.PositiveBigIntegerField(
        null=True, unique=True, help_text="Order in which batches were applied."
    )

    objects: ClassVar[VisibleRows] = VisibleRows()

    class Meta:
        verbose_name = _("batch")
        verbose_name_plural = _("batches")
        indexes = [models.Index(fields=["register", "sha256"], name="batch_by_file")]
        constraints = [
            models.UniqueConstraint(fields=["register", "source", "sha256"], condition=models.Q(state="applied"),
                                    name="batch_applied_once"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.file_name


@personal(says=("rows",))
class StagedRows(models.Model):
    """Up to 1,000 rows of a batch, checked and waiting to be applied together with the rest."""

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="staged")
    number = models.PositiveIntegerField()
    rows = models.JSONField(help_text="The checked rows, as the apply step reads them.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "number"], name="staged_once")]

    def __str__(self) -> str:
        return f"{self.batch} {self.number}"


@personal(says=("values",))
class UnmatchedRow(models.Model):
    """A well-formed row of a batch that met nothing known; counted nowhere until it is matched."""

    area: ClassVar[str] = "administration"
    unit_field: ClassVar[str] = "batch__unit"

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="unmatched_rows")
    line = models.PositiveIntegerField(_("line"))
    values = models.JSONField(_("row"))
    reason = models.CharField(_("reason"), max_length=200)
    matched_at = models.DateTimeField(_("matched"), null=True)

    objects: ClassVar[VisibleRows] = VisibleRows()

    class Meta:
        verbose_name = _("unmatched row")
        verbose_name_plural = _("unmatched rows")
        indexes = [models.Index(fields=["batch", "matched_at"], name="unmatched_of_batch")]

    def __str__(self) -> str:
        return f"{self.batch} line {self.line}"

    @property
    @labelled(_("reason"))
    def reason_here(self) -> str:
        """Why it met nothing, in the reader's language; kept in English."""
        return gettext(self.reason)

    def told(self) -> dict[str, Any]:
        """The row as it came."""
        return dict(self.values)
