"""The custody of evidence: who held a piece from when, where, what for, and whether it is still what it was."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from keepwell.kernel import moments
from keepwell.platform.evidence.models.pieces import Piece
from keepwell.platform.history.labels import Standing, labelled
from keepwell.platform.people.models import Person
from keepwell.platform.people.personal import personal
from keepwell.platform.records.models import Record, RecordQuerySet

SHA256 = re.compile(r"[0-9a-f]{64}")
READ_LATER = {"digests", "wholeness"}
"""Columns that may be written once after the row was: by the reading of files that are too large to be read at once."""


class CustodyQuerySet(RecordQuerySet):
    def standing(self) -> CustodyQuerySet:
        """Of each step the row that holds: the last of its corrections, else itself."""
        return self.filter(corrected_by__isnull=True)

    def in_order(self) -> CustodyQuerySet:
        """Step by step, a correction after what it corrects."""
        return self.order_by("step", "number")


CustodyRows = models.Manager.from_queryset(CustodyQuerySet)


@personal(
    "holder", by=("by",),
    says=("holder_name", "holder_organization", "received_from", "whereabouts", "purpose", "seal", "says"),
)  # fmt: skip
class CustodyEntry(Record):
    """One row of the custody log of a piece: it was taken, handed over, returned or destroyed.

    It is never changed: a correction is a further row of the same step, and the earlier one stays. `digests` holds, for
    each file of the newest version or for the object itself, the SHA-256 before and after; of files Keepwell reads it.
    """

    class Deed(models.TextChoices):
        TAKEN = "taken", _("Taken into custody")
        HANDED = "handed", _("Handed over")
        RETURNED = "returned", pgettext_lazy("of evidence", "Returned")
        DESTROYED = "destroyed", _("Destroyed")

    class Manner(models.TextChoices):
        IN_PERSON = "in_person", _("From hand to hand")
        COURIER = "courier", _("By courier, sealed")
        POST = "post", _("By registered post")
        TRANSFER = "transfer", _("By secured transfer")
        SEIZED = "seized", _("Taken where it stood")
        OTHER = "other", _("Otherwise")

    class Wholeness(models.TextChoices):
        SAME = "same", _("SHA-256 is the same")
        DIFFERS = "differs", _("SHA-256 differs")
        UNREAD = "unread", _("Its bytes cannot be read")
        PENDING = "pending", _("Being read")
        NONE = "none", _("No SHA-256 to compare")

    area: ClassVar[str] = "evidence"
    unit_field: ClassVar[str] = "piece__unit"
    key_fields = ("piece__reference", "number")
    files_alone = ("digests",)

    piece = models.ForeignKey(
        Piece, models.PROTECT, related_name="custody", verbose_name=_("piece of evidence")
    )
    number = models.PositiveIntegerField(_("number"), help_text=_("In which order rows were written."))
    step = models.PositiveIntegerField(
        _("step of the chain"), help_text=_("A correction has that of what it corrects.")
    )
    corrects = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="corrected_by", verbose_name=_("corrects")
    )
    deed = models.CharField(_("what was done"), max_length=9, choices=Deed)
    at = models.DateTimeField(_("since"))
    holder = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("held by"),
        help_text=_("Empty: somebody outside."),
    )  # fmt: skip
    holder_name = models.CharField(_("held outside by"), max_length=120, blank=True)
    holder_organization = models.CharField(_("organization outside"), max_length=120, blank=True)
    received_from = models.CharField(_("received from"), max_length=240, blank=True)
    whereabouts = models.CharField(_("where it is kept"), max_length=160)
    purpose = models.CharField(_("what for"), max_length=300)
    manner = models.CharField(
        _("how it changed hands"), max_length=9, choices=Manner, default=Manner.IN_PERSON
    )
    seal = models.CharField(_("number of the seal"), max_length=80, blank=True)
    digests = models.JSONField(_("SHA-256 before and after"), default=list, blank=True)
    wholeness = models.CharField(_("compared"), max_length=7, choices=Wholeness, default=Wholeness.NONE)
    says = models.CharField(_("remark"), max_length=500, blank=True)
    by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("recorded by"))
    recorded_at = models.DateTimeField(_("recorded"), default=moments.now)

    objects: ClassVar[CustodyRows] = CustodyRows()

    class Meta:
        verbose_name = _("custody entry")
        verbose_name_plural = _("custody entries")
        constraints = [
            models.UniqueConstraint(
                fields=["piece", "number"], name="custody_number_once",
                violation_error_message=_("Somebody else wrote in this custody log at this moment; look again."),
            ),
            models.CheckConstraint(
                condition=Q(holder__isnull=False) ^ ~Q(holder_name=""), name="custody_has_one_holder",
                violation_error_message=_("Name one holder: a person by number, or somebody outside by name."),
            ),
            models.CheckConstraint(
                condition=Q(holder__isnull=False) | ~Q(holder_organization=""), name="custody_outside_has_organization",
                violation_error_message=_("Name the organization of who holds it outside."),
            ),
            models.CheckConstraint(
                condition=Q(corrects__isnull=True, number__gte=models.F("step"))
                | Q(corrects__isnull=False, number__gt=models.F("step")) & ~Q(says=""),
                name="custody_correction_says_why",
                violation_error_message=_("A correction says what was wrong."),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["piece", "step", "number"], name="custody_of_piece"),
            models.Index(fields=["at", "id"], name="custody_by_moment"),
        ]

    def __str__(self) -> str:
        return f"{self.piece.reference} {self.number}"

    @property
    @labelled(_("holder"))
    def held_by(self) -> str:
        """Who holds it since then, with the organization of somebody outside."""
        if self.holder is not None:
            return str(self.holder)
        return gettext("%(name)s, %(organization)s") % {
            "name": self.holder_name, "organization": self.holder_organization,
        }  # fmt: skip

    @property
    @labelled(_("state"))
    def standing(self) -> Standing:
        """Whether it is still what it was."""
        icon, tint = {
            "same": ("check", "good"), "differs": ("alert-triangle", "bad"), "unread": ("alert-triangle", "bad"),
            "pending": ("clock", "act"), "none": ("circle-dashed", "mute"),
        }[self.wholeness]  # fmt: skip
        return Standing(str(self.get_wholeness_display()), icon, tint)

    @property
    @labelled(_("SHA-256 before and after"))
    def read(self) -> str:
        """Each SHA-256 before and after, in words."""
        return "; ".join(
            f"{row['name']} {row['before'] or '–'} → {row['after'] or '–'}".strip() for row in self.digests
        )

    @property
    def is_broken(self) -> bool:
        """Whether what was compared is no longer the same, or cannot be read."""
        return self.wholeness in (self.Wholeness.DIFFERS, self.Wholeness.UNREAD)

    @property
    def is_with_us(self) -> bool:
        """Whether the piece is in custody from then on."""
        return self.deed in (self.Deed.TAKEN, self.Deed.HANDED)

    def clean(self) -> None:
        """A moment that has come, digests that are some, and nothing of what stands there changed."""
        wrong: dict[str, str | Promise] = {}
        if self._state.adding and self.at and self.at > moments.now():
            wrong["at"] = _("That moment lies ahead.")
        if not all(map(_is_digest, self.digests)):
            wrong["digests"] = _("A SHA-256 has 64 digits from 0 to 9 and a to f.")
        if not self._state.adding and self._is_rewritten():
            wrong["says"] = _(
                "A row of the custody log stays as it was written; correct it by a further one."
            )
        if wrong:
            raise ValidationError(wrong)

    def _is_rewritten(self) -> bool:
        """Whether anything but an outstanding reading was changed."""
        held = self._loaded
        free = READ_LATER if held.get("wholeness") == self.Wholeness.PENDING else set()
        return any(held.get(name) != value for name, value in self.values().items() if name not in free)


def _is_digest(row: Any) -> bool:
    """Whether a row of `digests` is one: the name of a file ("" for an object), SHA-256 before and after."""
    if not isinstance(row, dict) or set(row) != {"name", "before", "after"}:
        return False
    return all(isinstance(row[name], str) for name in row) and all(
        not row[name] or SHA256.fullmatch(row[name]) for name in ("before", "after")
    )


def until(rows: list[CustodyEntry]) -> dict[Any, datetime]:
    """Until when each of `rows`, the standing ones of one piece in their order, held: the moment of the next."""
    return {one.pk: later.at for one, later in zip(rows, rows[1:], strict=False)}


def releasers(rows: list[CustodyEntry]) -> dict[Any, str]:
    """Who had the piece before each of `rows`, the standing ones of one piece in their order."""
    found, before = {}, ""
    for row in rows:
        found[row.pk] = row.received_from or before
        before = row.held_by if row.is_with_us else ""
    return found
