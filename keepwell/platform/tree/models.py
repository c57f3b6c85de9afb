"""Units and their dated places in the tree."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Any, ClassVar, Self
from uuid import UUID
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from keepwell.kernel import moments
from keepwell.platform.history.acting import Refused
from keepwell.platform.history.labels import labelled
from keepwell.platform.history.models import Tracked, TrackedQuerySet


def on(day: date | models.Expression, *, since: str = "since", until: str = "until") -> Q:
    """A filter for dated rows in force on `day`; `until` is inclusive, empty means still."""
    return Q(**{f"{since}__lte": day}) & (Q(**{f"{until}__isnull": True}) | Q(**{f"{until}__gte": day}))


@cache
def zones() -> frozenset[str]:
    """The names of the IANA list, which is read from many files."""
    return frozenset(available_timezones())


def known_zone(name: str) -> None:
    """Refuse what is no IANA time zone."""
    if name not in zones():
        raise ValidationError(_("Write a time zone of the IANA list, as Asia/Taipei."), code="zone")


class UnitQuerySet(TrackedQuerySet):
    def below(self, unit: Unit, day: date | None = None) -> Self:
        """`unit` and every unit under it, in the structure of `day` (today if not given)."""
        return self.filter(pk__in=Ancestry.objects.under(unit, day))

    def active(self, day: date) -> Self:
        """Units that existed on `day`."""
        return self.filter(on(day, since="active_from", until="active_until"))

    def sites(self) -> Self:
        return self.filter(kind=Unit.Kind.SITE)


UnitRows = models.Manager.from_queryset(UnitQuerySet)


class Unit(Tracked):
    """One node of the group: the group itself, a company, a site or a unit of a site."""

    class Kind(models.TextChoices):
        GROUP = "group", _("Group")
        COMPANY = "company", _("Company")
        SITE = "site", _("Site")
        UNIT = "unit", _("Unit")

    area: ClassVar[str] = "organization"
    key_fields = ("code",)

    code = models.CharField(
        _("code"), max_length=20, unique=True,
        validators=[RegexValidator(r"^[A-Z0-9][A-Z0-9._-]*$", _("A code has capital letters, digits, . _ and - only."))],
    )  # fmt: skip
    name = models.CharField(_("name"), max_length=120)
    name_zh = models.CharField(_("Chinese name"), max_length=120, blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("belongs to")
    )
    country = models.CharField(
        _("country"), max_length=2, help_text=_("ISO 3166-1 alpha-2, as TW."),
        validators=[RegexValidator(r"^[A-Z]{2}$", _("A country has two capital letters, as TW."))],
    )  # fmt: skip
    time_zone = models.CharField(
        _("time zone"), max_length=40, validators=[known_zone], help_text=_("IANA name, as Asia/Taipei.")
    )
    criticality = models.PositiveSmallIntegerField(
        _("criticality"), default=2, help_text=_("1 (low) to 4 (the group stands still without it).")
    )
    has_ot = models.BooleanField(_("has OT"), default=False)
    active_from = models.DateField(_("active from"))
    active_until = models.DateField(
        _("active until"), null=True, blank=True, help_text=_("The last day; empty means still.")
    )

    objects: ClassVar[UnitRows] = UnitRows()

    class Meta:
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        constraints = [
            models.CheckConstraint(
                condition=Q(criticality__range=(1, 4)), name="unit_criticality_1_to_4",
                violation_error_message=_("Criticality runs from 1 to 4."),
            ),
            models.CheckConstraint(
                condition=Q(active_until__isnull=True) | Q(active_until__gte=F("active_from")), name="unit_ends_after_start",
                violation_error_message=_("A unit cannot end before it begins."),
            ),
            models.CheckConstraint(
                condition=Q(kind="group", parent__isnull=True) | (~Q(kind="group") & Q(parent__isnull=False)),
                name="unit_group_alone_has_no_parent",
                violation_error_message=_("Every unit but the group belongs to another one."),
            ),
            models.UniqueConstraint(
                fields=["kind"], condition=Q(kind="group"), name="unit_one_group",
                violation_error_message=_("One installation holds one group."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name_here

    @property
    @labelled(_("name"))
    def name_here(self) -> str:
        """The name in the reader's language, else in English."""
        return (self.name_zh if get_language() == "zh-hant" else "") or self.name

    @property
    def placed_unit_id(self) -> UUID:
        return self.pk

    @property
    def place(self) -> Unit:
        return self

    def clean(self) -> None:
        """A unit lies under a larger kind, and never under itself."""
        order = list(self.Kind.values)
        if self.parent and order.index(self.parent.kind) > order.index(self.kind):
            raise ValidationError({"parent": _("A %(kind)s cannot belong to a %(parent)s.") % {
                "kind": self.get_kind_display().lower(), "parent": self.parent.get_kind_display().lower()}})  # fmt: skip
        if self.parent and self.active_from and self.parent.active_from > self.active_from:
            raise ValidationError({"active_from": _("A unit cannot begin before the unit it belongs to.")})
        if (
            self.parent
            and not self._state.adding
            and Ancestry.objects.under(self).filter(descendant=self.parent).exists()
        ):
            raise ValidationError({"parent": _("A unit cannot belong to itself or to a unit under it.")})

    def save(self, *, since: date | None = None, **kwargs: Any) -> None:
        """Write the unit and its dated place: from `since`, else from its beginning or from today."""
        begins = self.active_from if self._state.adding else moments.today(self.time_zone or "UTC")
        with transaction.atomic():
            super().save(**kwargs)
            Placement.objects.place(self, since=since or begins)


def the_group() -> UUID | None:
    """The unit that owns what nobody else does; None before the group is entered."""
    return Unit.objects.filter(kind=Unit.Kind.GROUP).values_list("pk", flat=True).first()


class PlacementQuerySet(models.QuerySet["Placement"]):
    def place(self, unit: Unit, *, since: date) -> None:
        """Let `unit` lie under its present parent from `since` on; the former place ends the day before."""
        present = self.filter(unit=unit, until__isnull=True).first()
        if present is None:
            self.create(unit=unit, parent=unit.parent, since=since)
            Ancestry.objects.add(unit, since=since)
        elif present.parent_id != unit.parent_id:
            self._move(present, unit, since)
            Ancestry.objects.rebuild()

    def _move(self, present: Placement, unit: Unit, since: date) -> None:
        if since < present.since:
            raise Refused(_("%(unit)s has lain in its present place since %(day)s; it cannot move before that.") % {
                "unit": unit, "day": present.since.isoformat()})  # fmt: skip
        if since == present.since:
            self.filter(pk=present.pk).update(parent=unit.parent)
            return
        self.filter(pk=present.pk).update(until=since - timedelta(days=1))
        self.create(unit=unit, parent=unit.parent, since=since)


PlacementRows = models.Manager.from_queryset(PlacementQuerySet)


class Placement(models.Model):
    """Under which unit a unit lay, from `since` up to and with `until`."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="placements")
    parent = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    since = models.DateField()
    until = models.DateField(null=True)

    objects: ClassVar[PlacementRows] = PlacementRows()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["unit", "since"], name="placement_once_a_day")]

    def __str__(self) -> str:
        return f"{self.unit} < {self.parent}"


class AncestryQuerySet(models.QuerySet["Ancestry"]):
    def under(self, unit: Unit, day: date | None = None) -> models.QuerySet[Any]:
        """Rows whose `descendant` is `unit` or lies under it on `day`, as a subquery of ids.

        Without a day the present structure holds.
        """
        rows = self.filter(ancestor=unit)
        rows = rows.filter(until__isnull=True) if day is None else rows.filter(on(day))
        return rows.values("descendant")

    def add(self, unit: Unit, *, since: date) -> None:
        """Put a new `unit` below its parent and all that is above it, from `since` on."""
        above = self.filter(descendant_id=unit.parent_id).order_by("depth") if unit.parent_id else self.none()
        rows = [Ancestry(ancestor=unit, descendant=unit, depth=0, since=since)]
        for row in above:
            if row.until is None or row.until >= since:
                rows.append(Ancestry(ancestor_id=row.ancestor_id, descendant=unit, depth=row.depth + 1,
                                     since=max(since, row.since), until=row.until))  # fmt: skip
        Ancestry.objects.bulk_create(rows)

    def rebuild(self) -> None:
        """Derive every row again from the placements."""
        places: dict[UUID, list[Span]] = defaultdict(list)
        for unit, parent, since, until in Placement.objects.order_by("since").values_list(
            "unit_id", "parent_id", "since", "until"
        ):
            places[unit].append(Span(parent, 0, since, until))
        known: dict[UUID, list[Span]] = {}
        rows = [Ancestry(ancestor_id=s.above, descendant_id=unit, depth=s.depth, since=s.since, until=s.until)
                for unit in places for s in _spans(unit, places, known) if s.above]  # fmt: skip
        self.all().delete()
        Ancestry.objects.bulk_create(rows, batch_size=500)


AncestryRows = models.Manager.from_queryset(AncestryQuerySet)


class Ancestry(models.Model):
    """`descendant` lay `depth` steps under `ancestor` (0: itself) from `since` up to and with `until`.

    Derived from the placements, so that 'this unit and all below, on that day' is one subquery.
    """

    ancestor = models.ForeignKey(Unit, models.PROTECT, related_name="below")
    descendant = models.ForeignKey(Unit, models.PROTECT, related_name="above")
    depth = models.PositiveSmallIntegerField()
    since = models.DateField()
    until = models.DateField(null=True)

    objects: ClassVar[AncestryRows] = AncestryRows()

    class Meta:
        indexes = [models.Index(fields=["ancestor", "until", "descendant"], name="ancestry_below")]

    def __str__(self) -> str:
        return f"{self.ancestor_id} > {self.descendant_id}"


class Headcount(Tracked):
    """How many people a unit has from `since` on, typed where no people rows exist."""

    area: ClassVar[str] = "organization"
    key_fields = ("unit__code", "since")

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="headcounts")
    since = models.DateField(_("since"))
    people = models.PositiveIntegerField(pgettext_lazy("how many", "people"))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "since"],
                name="headcount_once_a_day",
                violation_error_message=_("The headcount of that day is there already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.unit}: {self.people}"

    @property
    def placed_unit_id(self) -> UUID:
        return self.unit_id


@dataclass(frozen=True)
class Span:
    """Under `above`, `depth` steps up, from `since` up to and with `until` (None: still)."""

    above: UUID | None
    depth: int
    since: date
    until: date | None

    def within(self, since: date, until: date | None) -> Span | None:
        """The part of this span that lies between `since` and `until`; None if nothing does."""
        start = max(self.since, since)
        end = min((d for d in (self.until, until) if d is not None), default=None)
        return None if end is not None and end < start else replace(self, since=start, until=end)


def _spans(unit: UUID, places: dict[UUID, list[Span]], known: dict[UUID, list[Span]]) -> list[Span]:
    """All that was above `unit`, itself first, each span as long as it goes."""
    if unit not in known:
        found: list[Span] = []
        for own in places[unit]:
            found.append(replace(own, above=unit))
            for upper in _spans(own.above, places, known) if own.above else ():
                if part := upper.within(own.since, own.until):
                    found.append(replace(part, depth=part.depth + 1))
        known[unit] = _joined(found)
    return known[unit]


def _joined(spans: list[Span]) -> list[Span]:
    """`spans` with neighbours in time made one."""
    joined: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.depth, str(s.above), s.since)):
        last = joined[-1] if joined else None
        if (
            last
            and (last.above, last.depth) == (span.above, span.depth)
            and last.until == span.since - timedelta(days=1)
        ):
            joined[-1] = replace(last, until=span.until)
        else:
            joined.append(span)
    return joined
