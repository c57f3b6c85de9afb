"""Initiatives: one programme of the group, made of like actions at its sites."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from keepwell.kernel import moments
from keepwell.platform.history.labels import Standing, labelled
from keepwell.platform.people.models import Person
from keepwell.platform.people.personal import personal
from keepwell.platform.records.models import Record, RecordQuerySet
from keepwell.platform.tree.models import Unit, the_group

CODE = RegexValidator(r"^[A-Z0-9][A-Z0-9.-]*$", _("A code has capital letters, digits, dots and - only."))


class InitiativeQuerySet(RecordQuerySet):
    def with_progress(self) -> InitiativeQuerySet:
        """Each with how many actions it has, how many of them are done, and how many are late."""
        return self.annotate(
            actions_all=counted(Q()),
            actions_done=counted(Q(state__in=("done", "verified"))),
            actions_late=counted(Q(state__in=("planned", "under_way"), due_on__lt=moments.today())),
        )


def counted(which: Q) -> Coalesce:
    """How many of an initiative's actions, those that were dropped left out, are `which`."""
    rows = (
        Initiative._meta.get_field("actions")
        .related_model._base_manager.filter(which, initiative=OuterRef("pk"), retired_at__isnull=True)
        .exclude(state="dropped")
    )
    return Coalesce(Subquery(rows.values("initiative").annotate(n=Count("pk")).values("n")), 0)


PlainInitiativeRows = models.Manager.from_queryset(InitiativeQuerySet)


class InitiativeRows(PlainInitiativeRows):
    """Initiatives, each knowing how far its actions are."""

    def get_queryset(self) -> InitiativeQuerySet:
        found: Any = super().get_queryset()  # an InitiativeQuerySet, which the stubs forget
        return found.with_progress()


@personal("lead", says=("title", "title_zh", "purpose"))
class Initiative(Record):
    """A programme of `unit`, mostly the group, that is rolled out as one action at each of its sites."""

    key_fields = ("code",)
    actions_all: int = 0  # these three are set by the manager
    actions_done: int = 0
    actions_late: int = 0

    code = models.CharField(_("code"), max_length=60, unique=True, validators=[CODE])
    title = models.CharField(_("title"), max_length=200)
    title_zh = models.CharField(_("Chinese title"), max_length=200, blank=True)
    purpose = models.CharField(_("purpose"), max_length=2000, blank=True)
    unit = models.ForeignKey(
        Unit, models.PROTECT, default=the_group, related_name="initiatives", verbose_name=_("unit")
    )
    lead = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("lead"))
    due_on = models.DateField(_("due"))
    closed_on = models.DateField(_("closed"), null=True, blank=True, editable=False)

    objects: ClassVar[InitiativeRows] = InitiativeRows()

    class Meta:
        verbose_name = _("initiative")
        verbose_name_plural = _("initiatives")

    def __str__(self) -> str:
        return f"{self.code} {self.title_here}"

    @property
    @labelled(_("title"))
    def title_here(self) -> str:
        """The title in the reader's language, else in English."""
        return (self.title_zh if get_language() == "zh-hant" else "") or self.title

    @property
    def is_open(self) -> bool:
        return self.closed_on is None and self.retired_at is None

    @property
    @labelled(_("progress"))
    def progress(self) -> str:
        """How many of its actions are done, of how many."""
        return gettext("%(done)d of %(all)d done") % {"done": self.actions_done, "all": self.actions_all}

    @property
    @labelled(_("state"))
    def standing(self) -> Standing:
        """How far its roll-out is."""
        if self.closed_on:
            return Standing(gettext("Concluded"), "lock", "mute")
        if self.actions_late:
            return Standing(gettext("%(late)d late") % {"late": self.actions_late}, "alert-triangle", "bad")
        if self.actions_all and self.actions_all == self.actions_done:
            return Standing(gettext("All done"), "check", "good")
        return Standing(gettext("Under way"), "circle-dashed", "act")
