"""Actions: what is to be done, by whom, by when, and what became of it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from keepwell.areas.improvement.models import duties
from keepwell.areas.improvement.models.initiatives import CODE, Initiative
from keepwell.kernel import moments
from keepwell.platform.history.labels import Standing, labelled
from keepwell.platform.people.models import Person
from keepwell.platform.people.personal import personal
from keepwell.platform.records.models import Record, RecordQuerySet
from keepwell.platform.tree.models import Unit

CURRENCY = RegexValidator(r"^[A-Z]{3}$", _("A currency has three capital letters, as TWD."))
COST_HAS_CURRENCY = _("A cost has a currency, and a currency a cost.")
DUE_AFTER_RAISED = _("An action cannot be due before it was raised.")
FOLLOWED = {"owner_id", "unit_id", "due_on", "state", "retired_at"}


class ActionQuerySet(RecordQuerySet):
    def open_on(self, day: date) -> ActionQuerySet:
        """Actions that were raised by `day` and neither done nor dropped by then."""
        done = Q(done_on__isnull=True) | Q(done_on__gt=day)
        dropped = Q(dropped_on__isnull=True) | Q(dropped_on__gt=day)
        return self.current().filter(done, dropped, raised_on__lte=day)

    def late_on(self, day: date) -> ActionQuerySet:
        """Those of them that were due before `day`."""
        return self.open_on(day).filter(due_on__lt=day)

    def done_between(self, first: date, last: date) -> ActionQuerySet:
        """Actions that were done from `first` up to and with `last`."""
        return self.current().filter(done_on__gte=first, done_on__lte=last)


ActionRows = models.Manager.from_queryset(ActionQuerySet)


@personal("owner", by=("done_by", "verified_by"), says=("title", "title_zh", "task", "task_zh", "outcome"))
class Action(Record):
    """An improvement (10.1) or a corrective action (10.2) at one unit: carried out by its owner, verified by
    somebody else.

    It may come from any record, told by kind and id: a gap, a finding, a lesson, a resolution. `uplift` is by how
    many levels of the scale it is expected to lift the maturity of what it comes from.
    """

    class Kind(models.TextChoices):
        IMPROVEMENT = "improvement", _("Improvement")
        CORRECTIVE = "corrective", _("Corrective action")

    class State(models.TextChoices):
        PLANNED = "planned", _("Planned")
        UNDER_WAY = "under_way", _("Under way")
        DONE = "done", _("Done")
        VERIFIED = "verified", _("Verified")
        DROPPED = "dropped", _("Dropped")

    OPEN = (State.PLANNED, State.UNDER_WAY)

    key_fields = ("code",)

    code = models.CharField(_("code"), max_length=60, unique=True, validators=[CODE])
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.IMPROVEMENT)
    title = models.CharField(_("title"), max_length=200)
    title_zh = models.CharField(_("Chinese title"), max_length=200, blank=True)
    task = models.CharField(_("what is to be done"), max_length=2000, blank=True)
    task_zh = models.CharField(_("what is to be done, in Chinese"), max_length=2000, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="improvement_actions", verbose_name=_("unit"))
    owner = models.ForeignKey(
        Person, models.PROTECT, related_name="improvement_actions", verbose_name=_("owner")
    )
    raised_on = models.DateField(_("raised"), default=moments.today)
    due_on = models.DateField(_("due"))
    cost = models.DecimalField(
        _("cost"), max_digits=14, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    currency = models.CharField(
        _("currency"), max_length=3, blank=True, validators=[CURRENCY], help_text=_("As TWD.")
    )
    effort_days = models.DecimalField(
        _("effort in person-days"), max_digits=7, decimal_places=1, null=True, blank=True,
        validators=[MinValueValidator(0)],
    )  # fmt: skip
    uplift = models.DecimalField(
        _("expected uplift in levels"), max_digits=5, decimal_places=2, null=True, blank=True,
        validators=[MinValueValidator(0)],
    )  # fmt: skip
    initiative = models.ForeignKey(
        Initiative, models.PROTECT, null=True, blank=True, related_name="actions", editable=False,
        verbose_name=_("initiative"),
    )  # fmt: skip
    origin_kind = models.CharField(_("kind of origin"), max_length=60, blank=True, editable=False)
    origin_id = models.UUIDField(_("origin"), null=True, blank=True, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PLANNED, editable=False)
    outcome = models.CharField(
        _("outcome"), max_length=2000, blank=True, editable=False, help_text=_("What was done, or why not.")
    )
    done_on = models.DateField(pgettext_lazy("improvement", "done"), null=True, blank=True, editable=False)
    done_by = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", editable=False, verbose_name=_("done by")
    )  # fmt: skip
    verified_on = models.DateField(_("verified"), null=True, blank=True, editable=False)
    verified_by = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="+", editable=False,
        verbose_name=_("verified by"),
    )  # fmt: skip
    dropped_on = models.DateField(_("dropped"), null=True, blank=True, editable=False)
    postponed = models.PositiveSmallIntegerField(_("times postponed"), default=0, editable=False)

    objects: ClassVar[ActionRows] = ActionRows()

    class Meta:
        verbose_name = _("action")
        verbose_name_plural = _("actions")
        constraints = [
            models.CheckConstraint(
                condition=Q(cost__isnull=True, currency="") | (Q(cost__isnull=False) & ~Q(currency="")),
                name="action_cost_has_currency", violation_error_message=COST_HAS_CURRENCY,
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("done", "verified")) | Q(done_on__isnull=False), name="action_done_has_day",
                violation_error_message=_("What was done has the day on which it was."),
            ),
            models.CheckConstraint(
                condition=~Q(state="verified") | Q(verified_on__isnull=False), name="action_verified_has_day",
                violation_error_message=_("What was verified has the day on which it was."),
            ),
            models.CheckConstraint(
                condition=~Q(state="dropped") | (Q(dropped_on__isnull=False) & ~Q(outcome="")),
                name="action_dropped_has_reason",
                violation_error_message=_("What was dropped has the day and the reason."),
            ),
            models.CheckConstraint(
                condition=Q(origin_kind="", origin_id__isnull=True) | (~Q(origin_kind="") & Q(origin_id__isnull=False)),
                name="action_origin_whole",
                violation_error_message=_("What it comes from has a kind and an id."),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["due_on", "id"], name="action_by_due"),
            models.Index(fields=["origin_id"], name="action_by_origin"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title_here}"

    @classmethod
    def own(cls, person: Person) -> Q:
        """Everybody sees what they are to carry out."""
        return Q(owner=person.pk)

    @property
    @labelled(_("title"))
    def title_here(self) -> str:
        """The title in the reader's language, else as it was written."""
        return (self.title_zh if get_language() == "zh-hant" else "") or self.title

    @property
    @labelled(_("what is to be done"))
    def task_here(self) -> str:
        """What is to be done, in the reader's language, else as it was written."""
        return (self.task_zh if get_language() == "zh-hant" else "") or self.task

    @property
    def is_open(self) -> bool:
        """Whether it is still to be carried out."""
        return self.state in self.OPEN and self.retired_at is None

    @property
    def waits_for_verification(self) -> bool:
        return self.state == self.State.DONE and self.retired_at is None

    def is_late(self, day: date) -> bool:
        """Whether it was due before `day` and is still to be carried out."""
        return self.is_open and self.due_on < day

    @property
    @labelled(_("state"))
    def standing(self) -> Standing:
        """How far it has come, by today at its unit."""
        if self.is_late(moments.today(self.unit.time_zone)):
            return Standing(gettext("Overdue"), "alert-triangle", "bad")
        return {
            self.State.PLANNED: Standing(gettext("Planned"), "circle-dashed", "mute"),
            self.State.UNDER_WAY: Standing(gettext("Under way"), "circle-dashed", "act"),
            self.State.DONE: Standing(gettext("Done"), "clock", "act"),
            self.State.VERIFIED: Standing(gettext("Verified"), "check", "good"),
            self.State.DROPPED: Standing(gettext("Dropped"), "x", "mute"),
        }[self.State(self.state)]

    def clean(self) -> None:
        """The rules of the row, as the database keeps them."""
        wrong: dict[str, str | Promise] = {}
        if (self.cost is None) != (not self.currency):
            wrong["currency" if self.cost is not None else "cost"] = COST_HAS_CURRENCY
        if self.raised_on and self.due_on and self.due_on < self.raised_on:
            wrong["due_on"] = DUE_AFTER_RAISED
        if wrong:
            raise ValidationError(wrong)

    def settle_one(self, names: Collection[str]) -> None:
        """What is owed because of the action."""
        if FOLLOWED & set(names):
            duties.follow([self])

    @classmethod
    def settle(cls, created: list[Any], altered: list[Any]) -> None:
        """What is owed because of actions written in bulk."""
        duties.follow([*created, *altered])
