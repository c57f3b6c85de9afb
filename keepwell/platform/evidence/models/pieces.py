"""Pieces of evidence, their versions and files, and what they prove."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.crypto import get_random_string
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from keepwell.kernel import moments
from keepwell.platform.evidence import renewal, retention
from keepwell.platform.evidence.marks import TLP, kept_by_mark
from keepwell.platform.evidence.renewal import ENDING_SOON
from keepwell.platform.history.labels import Standing, labelled
from keepwell.platform.people.models import Person
from keepwell.platform.people.need_to_know import hidden_from, withheld
from keepwell.platform.people.personal import personal
from keepwell.platform.records.models import Record, RecordQuerySet
from keepwell.platform.tree.models import Unit

PLAIN_SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
DIGEST = RegexValidator(r"^[0-9a-f]{64}$")
ENDS_AFTER_START = _("Evidence cannot end before it begins.")
HELD_STAYS = _("A piece on legal hold stays as it is.")


def new_reference() -> str:
    """A name to quote, which tells neither how many pieces there are nor who came before."""
    return f"EV-{get_random_string(8, PLAIN_SIGNS)}"


class ContentQuerySet(models.QuerySet[Any]):
    def unused(self) -> ContentQuerySet:
        """Bytes that no row names any more: no file of evidence, and nothing else that keeps bytes here."""
        return self.filter(**{f"{one.name}__isnull": True for one in Content._meta.related_objects})


class Content(models.Model):
    """Bytes in the store, kept once however many files are made of them. Written by machines alone."""

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting to be scanned")
        CLEAN = "clean", _("Clean")
        INFECTED = "infected", _("Infected")
        ERROR = "error", _("Not scanned: the scanner fails at it")

    sha256 = models.CharField(primary_key=True, max_length=64, validators=[DIGEST])
    size_bytes = models.PositiveBigIntegerField()
    media_type = models.CharField(max_length=120, help_text="Told by the bytes, never by the name.")
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    says = models.CharField(max_length=200, blank=True, help_text="What the scanner said last.")
    tries = models.PositiveSmallIntegerField(default=0, help_text="Scans that broke off.")
    scanned_at = models.DateTimeField(null=True)
    pictures = models.PositiveSmallIntegerField(null=True, help_text="Previews made; null: not tried yet.")
    kept_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True, help_text="When its bytes were last read and compared.")

    objects = models.Manager.from_queryset(ContentQuerySet)()

    class Meta:
        indexes = [
            models.Index(fields=["state", "kept_at"], name="content_by_state"),
            models.Index(fields=["checked_at"], name="content_by_check"),
        ]

    def __str__(self) -> str:
        return self.sha256


class PieceQuerySet(RecordQuerySet):
    def ending(self, day: date) -> PieceQuerySet:
        """Pieces whose last day of effect comes within 30 days of `day`, or has passed."""
        return self.current().filter(effective_until__lte=day + ENDING_SOON)

    def past_retention(self, day: date) -> PieceQuerySet:
        """Pieces with bytes that the class of record no longer asks to keep on `day`; never one on hold."""
        over = Q(pk__in=[])
        for code, one in retention.classes().items():
            if one.years is None:
                continue
            last = retention.years_later(day, -one.years)
            ended = Q(effective_until__lt=last) | Q(effective_until=None, retired_at__date__lt=last)
            over |= Q(retention=code) & ended
        return self.filter(over, held_at=None, purged_at=None)


PieceRows = models.Manager.from_queryset(PieceQuerySet)


@personal(by=("owner",), says=("title", "description", "source", "received_from", "held_reason"))
class Piece(Record):
    """Files and links that prove something, with where they come from and how long they hold; or an object outside, as a
    disk, which has a serial number and a custody log instead."""

    class Classification(models.TextChoices):
        PUBLIC = "public", _("Public")
        INTERNAL = "internal", _("Internal")
        CONFIDENTIAL = "confidential", _("Confidential")
        SECRET = "secret", pgettext_lazy("secrecy", "Secret")

    area: ClassVar[str] = "evidence"
    key_fields = ("reference",)

    reference = models.CharField(
        _("reference"), max_length=40, unique=True, default=new_reference,
        validators=[RegexValidator(r"^[A-Za-z0-9][A-Za-z0-9._-]*$", _("A reference has letters, digits, . _ and - only."))],
        help_text=_("What one quotes; keep the one offered, or give your own."),
    )  # fmt: skip
    title = models.CharField(_("title"), max_length=160)
    description = models.CharField(_("description"), max_length=1000, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="evidence", verbose_name=_("unit"))
    owner = models.ForeignKey(
        Person, models.PROTECT, related_name="evidence", verbose_name=_("owner"),
        help_text=_("Renews it before it ends."),
    )  # fmt: skip
    source = models.CharField(
        _("source"), max_length=120, blank=True, help_text=_("The system or place it was taken from.")
    )
    received_on = models.DateField(_("received"), help_text=_("The day it came to us."))
    received_from = models.CharField(
        _("received from"), max_length=120, blank=True, help_text=_("Who gave it.")
    )
    effective_from = models.DateField(
        _("in effect from"), null=True, blank=True, help_text=_("What it proves holds from this day.")
    )
    effective_until = models.DateField(
        _("in effect until"), null=True, blank=True, help_text=_("The last day; empty means without end.")
    )
    classification = models.CharField(
        _("classification"), max_length=12, choices=Classification, default=Classification.INTERNAL
    )
    retention = models.CharField(
        _("kept as"), max_length=20, choices=retention.choices, default=retention.DEFAULT,
        help_text=_("The class of record, which says how long it is kept after its last day."),
    )  # fmt: skip
    is_object = models.BooleanField(_("an object outside"), default=False, editable=False)
    serial = models.CharField(_("serial number"), max_length=80, blank=True, editable=False)
    is_in_custody = models.BooleanField(_("in custody"), default=False, editable=False)
    held_at = models.DateTimeField(_("on hold since"), null=True, editable=False)
    held_reason = models.CharField(_("reason of the hold"), max_length=300, blank=True, editable=False)
    purged_at = models.DateTimeField(_("purged"), null=True, editable=False)

    objects: ClassVar[PieceRows] = PieceRows()

    class Meta:
        verbose_name = _("piece of evidence")
        verbose_name_plural = _("evidence")
        constraints = [
            models.CheckConstraint(
                condition=Q(effective_until__isnull=True)
                | Q(effective_from__isnull=True)
                | Q(effective_until__gte=F("effective_from")),
                name="evidence_ends_after_start", violation_error_message=ENDS_AFTER_START,
            ),
            models.CheckConstraint(
                condition=Q(held_at__isnull=True) | Q(retired_at__isnull=True, purged_at__isnull=True),
                name="evidence_held_stays", violation_error_message=HELD_STAYS,
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["effective_until"], name="evidence_by_end")]

    def __str__(self) -> str:
        return self.title

    @property
    def empty_answers(self) -> dict[str, str]:
        """What its acts take where a question is left open."""
        return {"link.tlp": gettext("As the record")}

    @property
    def is_held(self) -> bool:
        """Whether a legal hold keeps it as it is."""
        return self.held_at is not None

    @property
    @labelled(_("state"))
    def standing(self) -> Standing:
        """How it stands today, by the day of its unit."""
        return self.standing_on(moments.today(self.unit.time_zone))

    def standing_on(self, day: date) -> Standing:
        """Held, purged, retired, ended, ending, to come or in effect on `day`."""
        if self.held_at:
            return Standing(gettext("On legal hold"), "lock", "act")
        if self.purged_at:
            return Standing(gettext("Destroyed") if self.is_object else gettext("Purged"), "x", "mute")
        if self.retired_at:
            return Standing(gettext("Retired"), "minus", "mute")
        if self.effective_until and self.effective_until < day:
            return Standing(gettext("Ended"), "alert-triangle", "warn")
        if self.effective_until and self.effective_until <= day + ENDING_SOON:
            left = (self.effective_until - day).days
            return Standing(gettext("Ends in %(days)d d") % {"days": left}, "clock", "warn")
        if self.effective_from and self.effective_from > day:
            return Standing(gettext("Not yet in effect"), "circle-dashed", "act")
        return Standing(gettext("In effect"), "check", "good")

    @property
    @labelled(_("kept until"))
    def kept_until(self) -> date | None:
        """The last day on which its class asks to keep it; None while it is in effect without end, or for ever."""
        years = retention.classes()[self.retention].years
        ended = self.effective_until or (self.retired_at.date() if self.retired_at else None)
        return retention.years_later(ended, years) if ended and years is not None else None

    def is_past_retention(self, day: date) -> bool:
        """Whether its class no longer asks to keep it on `day`; a hold is another question."""
        return self.kept_until is not None and self.kept_until < day

    may_be_withheld = True
    tells_of_others: ClassVar[bool] = True  # its first change may say what it was attached for

    @classmethod
    def withheld_from(cls, person: Person) -> Q:
        """Pieces that prove something about records which `person` must not know, and about no other."""
        links, hidden = Link.objects.current(), hidden_from(person, Link)
        return Q(pk__in=links.filter(pk__in=hidden).values("piece")) & ~Q(
            pk__in=links.exclude(pk__in=hidden).values("piece")
        )

    def settle_one(self, names: Collection[str]) -> None:
        """What is owed because of the piece."""
        renewal.follow([self])

    @classmethod
    def settle(cls, created: list[Any], altered: list[Any]) -> None:
        """What is owed because of pieces written in bulk."""
        renewal.follow([*created, *altered])

    def clean(self) -> None:
        """It ends no earlier than it takes effect."""
        if self.effective_from and self.effective_until and self.effective_until < self.effective_from:
            raise ValidationError({"effective_until": ENDS_AFTER_START})


@personal(by=("by",), says=("says", "links"))
class Version(Record):
    """What a piece consists of since a moment: files, links or both. Never changed; a later one takes its place."""

    area: ClassVar[str] = "evidence"
    unit_field: ClassVar[str] = "piece__unit"
    key_fields = ("piece__reference", "number")

    piece = models.ForeignKey(
        Piece, models.PROTECT, related_name="versions", verbose_name=_("piece of evidence")
    )
    number = models.PositiveSmallIntegerField(_("version"))
    says = models.CharField(_("what is new"), max_length=300, blank=True)
    links = models.JSONField(_("links"), default=list, blank=True)
    by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("added"))

    class Meta:
        verbose_name = _("version of evidence")
        verbose_name_plural = _("versions of evidence")
        constraints = [models.UniqueConstraint(fields=["piece", "number"], name="evidence_version_once")]

    def __str__(self) -> str:
        return f"{self.piece} {self.number}"


@personal(says=("name",))
class File(Record):
    """One file of a version: its name, and the digest of its bytes. The bytes may be purged, the row stays."""

    area: ClassVar[str] = "evidence"
    unit_field: ClassVar[str] = "of_version__piece__unit"
    key_fields = ("of_version__piece__reference", "of_version__number", "sha256")

    of_version = models.ForeignKey(Version, models.PROTECT, related_name="files", verbose_name=_("version"))
    name = models.CharField(_("name"), max_length=120)
    sha256 = models.CharField(_("digest"), max_length=64, validators=[DIGEST])
    size_bytes = models.PositiveBigIntegerField(_("size"))
    media_type = models.CharField(_("type"), max_length=120)
    content = models.ForeignKey(Content, models.PROTECT, null=True, related_name="files", editable=False)

    class Meta:
        verbose_name = _("file of evidence")
        verbose_name_plural = _("files of evidence")
        constraints = [
            models.UniqueConstraint(
                fields=["of_version", "sha256"], name="evidence_file_once",
                violation_error_message=_("The same file stands twice in this version."),
            )
        ]  # fmt: skip
        indexes = [models.Index(fields=["sha256"], name="evidence_by_digest")]

    def __str__(self) -> str:
        return self.name


@personal(
    by=("by",), says=("reason",),
    about=lambda person: Q(kind="people.person", record_id=person.pk),
)  # fmt: skip
class Link(Record):
    """`piece` proves something about one record, named by its kind and id; written only by `rules.link`."""

    area: ClassVar[str] = "evidence"
    unit_field: ClassVar[str] = "piece__unit"
    key_fields = ("piece__reference", "kind", "record_id", "tlp")

    piece = models.ForeignKey(
        Piece, models.PROTECT, related_name="proves", verbose_name=_("piece of evidence")
    )
    kind = models.CharField(_("kind of record"), max_length=60)
    record_id = models.UUIDField(_("record"))
    reason = models.CharField(_("what it proves"), max_length=300, blank=True)
    by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("linked"))
    tlp = models.CharField(
        _("TLP"), max_length=6, choices=TLP, blank=True, default="", editable=False,
        help_text=_("Who may know that the piece proves something about the record; empty: who sees both."),
    )  # fmt: skip

    class Meta:
        verbose_name = _("link of evidence")
        verbose_name_plural = _("links of evidence")
        constraints = [
            models.UniqueConstraint(
                # Once under each mark: from a refusal nobody learns of a link whose mark keeps it from them.
                fields=["piece", "kind", "record_id", "tlp"], condition=Q(retired_at__isnull=True),
                name="evidence_linked_once",
                violation_error_message=_("This piece is linked to that record already."),
            )
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["kind", "record_id"], name="evidence_of_record"),
            models.Index(fields=["id"], condition=Q(tlp__in=["strict", "red"]), name="evidence_link_narrow"),
        ]

    def __str__(self) -> str:
        return str(self.piece)

    @classmethod
    def withheld_from(cls, person: Person) -> Q:
        """Links to a record that `person` must not know, and those that are kept from them by their mark."""
        return withheld(person, kind="kind", besides=(cls, Piece)) | kept_by_mark(person)

    @classmethod
    def withheld_changes(cls, person: Person) -> Q:
        """Rows of the trail that tell of a piece which may be known what it was attached for, and that must not."""
        kept = cls.objects.filter(kept_by_mark(person)).values("piece")
        versions = Version.objects.filter(piece__in=kept)
        about = Q(record_id__in=kept) | Q(record_id__in=versions.values("pk"))
        about |= Q(record_id__in=File.objects.filter(of_version__piece__in=kept).values("pk"))
        return Q(verb="piece.attach") & about

    may_be_withheld = True

    @property
    def name(self) -> tuple[str, UUID]:
        """The record at the other end, as `records.links` names it."""
        return self.kind, self.record_id


class Finding(models.Model):
    """What the scrub found wrong in the store; `mended_at` is when a later scrub found it well."""

    class Kind(models.TextChoices):
        DAMAGED = "damaged", _("Damaged")
        MISSING = "missing", _("Missing")
        FOREIGN = "foreign", _("Foreign")

    kind = models.CharField(max_length=10, choices=Kind)
    name = models.CharField(max_length=200, help_text="The digest; for a foreign file its name in the store.")
    found_at = models.DateTimeField()
    mended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "name"], condition=Q(mended_at__isnull=True), name="finding_open_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"
