"""Editions of the group's own scheme of severity, and which one is in force: the shipped one until another is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q, Subquery
from django.db.models.functions import JSONObject
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models.library import (
    here,
    read_shipped,
    shipped_file,
    shipped_scheme,
    shipped_text,
)
from keepwell.kernel import moments
from keepwell.kernel.severity.own import read_kept
from keepwell.kernel.severity.scheme import LEVELS, Scheme
from keepwell.kernel.severity.text import LARGEST_BYTES
from keepwell.platform.history.labels import Standing, labelled
from keepwell.platform.history.ready import Ready
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import asked_once
from keepwell.platform.people.personal import personal
from keepwell.platform.records.choices import when_shown
from keepwell.platform.records.models import Record, RecordQuerySet
from keepwell.platform.tree.models import Unit

Rows = TypeVar("Rows", bound="models.QuerySet[Any]")
MOST_READ = 32
LONGEST_SHIPPED, SHOWN_OF_DIGEST = 100, 12
NEEDED = ("pk", "edition", "valid_from", "sha256")


class SeveritySchemeQuerySet(RecordQuerySet):
    def approved(self) -> SeveritySchemeQuerySet:
        """Editions that were approved and not withdrawn, the latest to begin first."""
        found = self.current().filter(state=SeverityScheme.State.APPROVED)
        return found.order_by("-begins_at", "-approved_at", "-edition")

    def begun(self) -> SeveritySchemeQuerySet:
        """Those of them that have begun; the first is in force."""
        return self.approved().filter(begins_at__lte=moments.now())


SeveritySchemeRows = models.Manager.from_queryset(SeveritySchemeQuerySet)


@personal(by=("drafted_by", "approved_by"), says=("reason",))
class SeverityScheme(Record):
    """One edition of the group's own scheme: levels, factors and rules as their file holds them, and from which day.

    The scale of the nation is no part of it. Its text never changes; what is to differ is another edition.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        APPROVED = "approved", _("Approved")

    key_fields = ("edition",)
    holds_below = True

    edition = models.PositiveIntegerField(_("edition"), unique=True, editable=False)
    valid_from = models.DateField(
        _("valid from"), editable=False, help_text=_("The first day, in the zone of the group.")
    )
    reason = models.CharField(_("why"), max_length=500, editable=False)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.DRAFT, editable=False)
    text = models.TextField(_("text"), max_length=LARGEST_BYTES, editable=False)
    sha256 = models.CharField(_("digest"), max_length=64, editable=False)
    drafted_by = models.ForeignKey(
        Person, models.PROTECT, related_name="+", verbose_name=_("drafted by"), editable=False
    )
    drafted_at = models.DateTimeField(_("drafted"), default=moments.now, editable=False)
    approved_by = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("approved by"), editable=False
    )  # fmt: skip
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True, editable=False)
    begins_at = models.DateTimeField(
        _("in force since"), null=True, blank=True, editable=False,
        help_text=_("The first moment of its first day; empty until it is approved."),
    )  # fmt: skip
    is_told = models.BooleanField(
        _("told in the rooms"), default=False, editable=False,
        help_text=_("Whether open rooms were drawn anew since it is in force."),
    )  # fmt: skip
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="severity_schemes", verbose_name=_("unit"), editable=False
    )

    objects: ClassVar[SeveritySchemeRows] = SeveritySchemeRows()

    class Meta:
        verbose_name = _("severity scheme")
        verbose_name_plural = _("severity schemes")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="draft") | Q(approved_by__isnull=False, approved_at__isnull=False, begins_at__isnull=False),
                name="severity_scheme_was_approved",
                violation_error_message=_("An approved edition names who approved it, and from when it holds."),
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("drafted_by")),
                name="severity_scheme_by_two_persons",
                violation_error_message=_("Somebody else than who drafted it approves an edition."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return gettext("Edition %(number)s") % {"number": self.edition}

    @property
    def rules(self) -> Scheme:
        """What it says, read."""
        return _rules(self.sha256, self.pk)

    @property
    def is_draft(self) -> bool:
        return self.state == self.State.DRAFT and self.retired_at is None

    @property
    def has_begun(self) -> bool:
        """Whether it is in force, or was."""
        return self.begins_at is not None and self.begins_at <= moments.now() and self.retired_at is None

    @property
    def compared_with(self) -> Edition:
        """With which edition it is compared: the one before it; while it has not begun, the one in force."""
        if not self.has_begun:
            return edition_now()
        before = SeverityScheme.objects.begun().filter(begins_at__lt=self.begins_at).first()
        return edition_of(before.pk) if before else as_shipped()

    @property
    @labelled(_("state"))
    def standing(self) -> Standing:
        """Draft, withdrawn, in force, in force from a day on, or superseded; as of now."""
        if self.retired_at is not None:
            return Standing(gettext("Withdrawn"), "ban", "mute")
        if self.state == self.State.DRAFT:
            return Standing(gettext("Draft"), "pencil", "warn")
        if not self.has_begun:
            return Standing(gettext("Approved"), "clock", "act")
        if edition_now().pk == self.pk:
            return Standing(gettext("In force"), "check", "good")
        return Standing(gettext("Superseded"), "circle-dashed", "mute")

    def clean(self) -> None:
        """A text that stays as it was brought in."""
        if not self._state.adding and (self._loaded["text"], self._loaded["sha256"]) != (
            self.text,
            self.sha256,
        ):
            raise ValidationError(
                {"text": gettext("The text of an edition stays; bring in another edition.")}
            )


class ShippedScheme(models.Model):
    """A text of the shipped scheme by which somebody was classified, so that a later version can still tell why."""

    name = models.CharField(primary_key=True, max_length=LONGEST_SHIPPED)
    text = models.TextField(max_length=LARGEST_BYTES)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Edition:
    """What counts of an edition: its number (0: the shipped one), its record (None: the shipped one), its first day
    (None: always), what it says, and of the shipped one which text it is ("": not known)."""

    number: int
    pk: UUID | None
    since: date | None
    rules: Scheme
    shipped: str = ""

    def __str__(self) -> str:
        return (
            gettext("Edition %(number)s") % {"number": self.number} if self.number else gettext("As shipped")
        )


IN_FORCE = Ready(lambda: SeverityScheme.objects.begun().values_list(*NEEDED)[:1])
ONE = Ready(lambda pk: SeverityScheme.objects.filter(pk=pk).values_list(*NEEDED), UUID)
_standing: ContextVar[Edition | None] = ContextVar("edition", default=None)


def edition_now() -> Edition:
    """The edition in force at this moment. Asked of the database each time, once while a page is read."""
    return _standing.get() or asked_once("incidents.edition", lambda: _found(IN_FORCE.rows()))


def with_edition(rows: Rows) -> Rows:
    """`rows`, each with what tells the edition in force as `in_force`: for who asks for them anyway."""
    told = JSONObject(pk="pk", edition="edition", valid_from="valid_from", sha256="sha256")
    begun = SeverityScheme.objects.begun()
    return rows.annotate(
        in_force=Subquery(begun.annotate(told=told).values("told")[:1]), in_force_pk=Subquery(begun.values("pk")[:1])
    )  # fmt: skip


def edition_with(row: Any) -> Edition:
    """The edition in force that came with a row of `with_edition`; asks the database nothing."""
    told = row.in_force
    if told is None:
        return as_shipped()
    return _found(
        [(UUID(told["pk"]), told["edition"], date.fromisoformat(told["valid_from"]), told["sha256"])]
    )


def edition_of(pk: UUID | None, shipped: str = "") -> Edition:
    """The edition with this key; for None the shipped one in the text called `shipped`, in that of now where it is not
    known which it was."""
    if pk is None:
        return shipped_then(shipped) if shipped else as_shipped()
    now = edition_now()
    return now if now.pk == pk else asked_once(("incidents.edition", pk), lambda: _found(ONE.rows(pk)))


@contextmanager
def by_one_edition() -> Iterator[Edition]:
    """Inside, the edition in force now counts, asked for once: for what is done with many incidents in one go."""
    found = edition_now()
    token = _standing.set(found)
    try:
        yield found
    finally:
        _standing.reset(token)


def scheme() -> Scheme:
    """The scheme of severity that is in force."""
    return edition_now().rules


def level_choices() -> list[tuple[int, str | Promise]]:
    """The group's levels as a field offers them, as “S3 Major”."""
    return [(level, when_shown(level_name, level)) for level in LEVELS]


def level_name(level: int, rules: Scheme | None = None) -> str:
    """A level in the reader's language, as “S3 Major”; as `rules` call it, if they are given, else as it is called now."""
    return f"S{level} {here((rules or scheme()).levels[level].name)}"


def as_shipped() -> Edition:
    """The edition that comes with Keepwell."""
    return Edition(0, None, None, shipped_scheme(), shipped_text())


def shipped_then(name: str) -> Edition:
    """The shipped edition in the text called `name`."""
    return as_shipped() if name == shipped_text() else Edition(0, None, None, _shipped_rules(name), name)


def keep_shipped() -> bool:
    """Keep the text of the shipped scheme, once; returns whether it was not kept before."""
    _kept, is_new = ShippedScheme.objects.get_or_create(
        name=shipped_text(), defaults={"text": shipped_file()}
    )
    return is_new


def by_which(pk: UUID | None, shipped: str) -> str:
    """By which rules something was classified, in the reader's language."""
    if pk is not None:
        return str(edition_of(pk))
    return text_told(shipped) if shipped else gettext("As shipped; it was not kept in which text")


def text_told(shipped: str) -> str:
    """A text of the shipped scheme by its version and the beginning of its digest."""
    version, _blank, digest = shipped.partition(" ")
    words = {"version": version, "digest": digest[:SHOWN_OF_DIGEST]}
    return gettext("As shipped, version %(version)s (SHA-256 %(digest)s…)") % words


def _found(rows: list[Any]) -> Edition:
    if not rows:
        return as_shipped()
    pk, number, since, sha256 = rows[0]
    return Edition(number, pk, since, _rules(sha256, pk))


@lru_cache(MOST_READ)
def _rules(sha256: str, pk: UUID) -> Scheme:
    """What an edition says. Known by its digest, so that it can never be another one's or an older one."""
    text: str = SeverityScheme.objects.values_list("text", flat=True).get(pk=pk)
    return read_kept(text.encode(), shipped_scheme())


@lru_cache(MOST_READ)
def _shipped_rules(name: str) -> Scheme:
    """What a kept text says. Its name tells its digest, so that it can never be another one."""
    return read_shipped(ShippedScheme.objects.values_list("text", flat=True).get(pk=name))
