"""Incidents and how each was classified, time after time."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models.by_scheme import ByScheme
from keepwell.areas.incidents.models.conclusions import Concluded
from keepwell.areas.incidents.models.knowing import concerning, incidents_concerning, named_for
from keepwell.areas.incidents.models.library import kind_choices, kinds
from keepwell.areas.incidents.models.own_types import OfOwnType
from keepwell.areas.incidents.models.schemes import (
    LONGEST_SHIPPED,
    Edition,
    SeverityScheme,
    by_which,
    edition_of,
    level_name,
)
from keepwell.areas.incidents.models.unmarked import LeftOpen
from keepwell.areas.organization.models import CriticalSystem, NoticeClause
from keepwell.kernel import moments
from keepwell.platform.history.labels import Standing, labelled
from keepwell.platform.people.models import Person
from keepwell.platform.people.personal import personal
from keepwell.platform.records.models import Record, RecordQuerySet
from keepwell.platform.tree.models import Unit

TLP_ORDER = ("clear", "green", "amber", "strict", "red")
"""TLP 2.0, from what anybody may be told to what nobody else may."""
TINTS = {0: "mute", 1: "mute", 2: "warn", 3: "bad", 4: "bad"}
ICONS = {"reported": "circle", "triaged": "circle-dashed", "responding": "clock", "contained": "lock",
         "recovered": "check", "review": "pencil", "closed": "check"}  # fmt: skip
STATE_TINTS = {"reported": "bad", "triaged": "warn", "responding": "warn", "contained": "act", "recovered": "good",
               "review": "act", "closed": "mute"}  # fmt: skip


def next_number() -> str:
    """The number of the next incident: year of today and a count within it, as IN-2025-0412."""
    year = moments.now().year
    start = f"IN-{year}-"
    # After 9999 comes 10000, which is longer.
    taken = Incident.objects.filter(number__regex=rf"^{start}[0-9]+$").order_by(
        Length("number").desc(), "-number"
    )
    last = taken.values_list("number", flat=True).first()
    return f"{start}{int(last.rpartition('-')[2]) + 1 if last else 1:04d}"


class IncidentQuerySet(RecordQuerySet):
    def open(self) -> IncidentQuerySet:
        """Incidents that are not closed."""
        return self.current().exclude(state=Incident.State.CLOSED)


IncidentRows = models.Manager.from_queryset(IncidentQuerySet)


@personal(
    by=("lead", "material_by"),
    says=(
        "title",
        "summary",
        "material_basis",
        "lines",
        "suppliers",
        "customers",
    ),
)
class Incident(LeftOpen, OfOwnType, ByScheme, Concluded):
    """Something that harmed the security of information or of a plant, or might have."""

    class State(models.TextChoices):
        REPORTED = "reported", _("Reported")
        TRIAGED = "triaged", _("Triaged")
        RESPONDING = "responding", _("Responding")
        CONTAINED = "contained", _("Contained")
        RECOVERED = "recovered", _("Recovered")
        REVIEW = "review", _("In review")
        CLOSED = "closed", pgettext_lazy("incidents", "Closed")

    class Tlp(models.TextChoices):
        CLEAR = "clear", "TLP:CLEAR"
        GREEN = "green", "TLP:GREEN"
        AMBER = "amber", "TLP:AMBER"
        STRICT = "strict", "TLP:AMBER+STRICT"
        RED = "red", "TLP:RED"

    key_fields = ("number",)
    also_at = ("affected_units",)

    number = models.CharField(_("number"), max_length=20, unique=True, editable=False, default=next_number)
    title = models.CharField(_("title"), max_length=160)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="incidents", verbose_name=_("unit"))
    kind = models.CharField(_("type"), max_length=40, choices=kind_choices, default="undetermined")
    summary = models.TextField(_("what is known"), max_length=10_000, blank=True)
    tlp = models.CharField(_("TLP"), max_length=6, choices=Tlp, default=Tlp.AMBER, editable=False)
    happened_at = models.DateTimeField(
        _("happened"), null=True, blank=True, help_text=_("As 2025-11-14T02:10+08:00; empty: not known.")
    )
    detected_at = models.DateTimeField(
        _("detected"), null=True, blank=True, help_text=_("Empty: when it was reported.")
    )
    aware_at = models.DateTimeField(
        _("site aware"), null=True, blank=True,
        help_text=_("From when the site knew that it was an incident; clocks run from it. Empty: when it was reported."),
    )  # fmt: skip
    is_history = models.BooleanField(
        _("taken over from the past"), default=False, editable=False,
        help_text=_("It was over before it came here: no clock is reckoned for it."),
    )  # fmt: skip
    is_restricted = models.BooleanField(_("for named people alone"), default=False, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.REPORTED, editable=False)
    level = models.PositiveSmallIntegerField(_("level"), null=True, blank=True, editable=False)
    national_level = models.PositiveSmallIntegerField(_("Taiwan’s level"), null=True, blank=True, editable=False)  # fmt: skip
    factors = models.JSONField(_("factors"), default=dict, blank=True, editable=False)
    grounds = models.JSONField(_("systems that say so"), default=dict, blank=True, editable=False)
    attack = models.JSONField(_("what is known of the attack"), default=dict, blank=True, editable=False)
    lead = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="incidents_led", verbose_name=_("lead"),
        editable=False,
    )  # fmt: skip
    reported_at = models.DateTimeField(_("reported"), default=moments.now, editable=False)
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True, blank=True, editable=False)
    contained_at = models.DateTimeField(_("contained"), null=True, blank=True, editable=False)
    recovered_at = models.DateTimeField(_("recovered"), null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True, editable=False)
    affected_units = models.ManyToManyField(
        Unit, blank=True, related_name="incidents_touching", verbose_name=_("units touched")
    )
    systems = models.ManyToManyField(
        CriticalSystem, blank=True, related_name="incidents", verbose_name=_("systems touched")
    )
    lines = models.CharField(
        _("lines touched"), max_length=300, blank=True, help_text=_("As: line 3 stands; 2 and 4 checked, clean.")
    )  # fmt: skip
    suppliers = models.CharField(
        _("suppliers touched"), max_length=300, blank=True, help_text=_("As S-0712: its remote access is cut; it looks too.")
    )  # fmt: skip
    customers = models.CharField(
        _("customers touched"), max_length=300, blank=True, help_text=_("As C-0148, C-0031: lots held, no data.")
    )  # fmt: skip
    customers_named = models.ManyToManyField(
        NoticeClause, blank=True, related_name="incidents_naming", verbose_name=_("customers named"), editable=False
    )  # fmt: skip

    objects: ClassVar[IncidentRows] = IncidentRows()

    class Meta:
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
        constraints = [
            models.CheckConstraint(
                condition=Q(level__isnull=True) | Q(level__range=(0, 4)), name="incident_level_0_to_4",
                violation_error_message=_("A level runs from S0 to S4."),
            ),
            models.CheckConstraint(
                condition=~Q(tlp="red") | Q(is_restricted=True), name="incident_red_is_restricted",
                violation_error_message=_("TLP:RED is for named people alone."),
            ),
            models.CheckConstraint(
                condition=Q(state="reported") | Q(level__isnull=False), name="incident_triaged_has_level",
                violation_error_message=_("Classify the incident first."),
            ),
            models.CheckConstraint(
                condition=(Q(state="closed") & Q(closed_at__isnull=False)) | (~Q(state="closed") & Q(closed_at__isnull=True)),
                name="incident_closed_has_moment", violation_error_message=_("A closed incident has the moment of its close."),
            ),
            models.CheckConstraint(
                condition=Q(is_material__isnull=True)
                | Q(material_at__isnull=False, material_by__isnull=False) & ~Q(material_basis=""),
                name="incident_materiality_was_decided",
                violation_error_message=_("Say who decided on materiality, when, and on what."),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["reported_at", "id"], name="incident_by_report"),
            models.Index(fields=["state", "reported_at"], name="incident_by_state"),
            models.Index(fields=["id"], condition=Q(is_restricted=True), name="incident_restricted"),
        ]

    def __str__(self) -> str:
        return self.number

    @classmethod
    def withheld_from(cls, person: Person) -> Q:
        """Those that `person` must not know: those that concern them, named or not, and what is kept by its mark."""
        return cls.kept_by_mark(person) | Q(pk__in=incidents_concerning(person))

    @classmethod
    def kept_by_mark(cls, person: Person) -> Q:
        """Restricted ones for which `person` is not named, and to people from outside those marked TLP:AMBER+STRICT,
        which stay within the group."""
        kept = Q(is_restricted=True)
        if person.kind == Person.Kind.EXTERNAL:
            kept |= Q(tlp=cls.Tlp.STRICT)
        named = apps.get_model("incidents", "NamedPerson").objects.in_force().filter(person=person)
        return kept & ~Q(pk__in=named.values("incident"))

    @classmethod
    def knowing(cls, person: Person) -> tuple[bool, frozenset[UUID], frozenset[UUID]]:
        """All that `withheld_from` depends on: whether `person` is from outside, for what they are named, and what
        concerns them."""
        return person.kind == Person.Kind.EXTERNAL, named_for(person), concerning(person)

    @property
    def may_be_withheld(self) -> bool:
        """Whether its mark or a restriction keeps it from anybody at all."""
        return self.is_restricted or self.tlp == self.Tlp.STRICT

    def may_be_withheld_from(self, person: Person) -> bool:
        """Whether it concerns `person`."""
        return self.pk in concerning(person)

    opening_is_kept = may_be_withheld  # R17

    @property
    def urgency(self) -> int:
        """How grave it is among what somebody owes: 1 (S0) to 5 (S4); the gravest until somebody has classified it."""
        return 5 if self.level is None else self.level + 1

    @property
    @labelled(_("level"))
    def severity(self) -> Standing:
        """The group's level as a badge."""
        if self.level is None:
            return Standing(gettext("Not classified"), "circle-dashed", "warn")
        return Standing(level_name(self.level), "flag", TINTS[self.level])

    @property
    @labelled(_("state"))
    def standing(self) -> Standing:
        """The state as a badge."""
        return Standing(str(self.State(self.state).label), ICONS[self.state], STATE_TINTS[self.state])

    @property
    def awareness(self) -> datetime:
        """From when the site knew; when it was reported, if nobody said otherwise."""
        return self.aware_at or self.reported_at

    @property
    def discovery(self) -> datetime:
        """When it was detected; when it was reported, if nobody said otherwise."""
        return self.detected_at or self.reported_at

    @property
    def override(self) -> Classification | None:
        """The present classification, where somebody decided otherwise than the facts give."""
        last = self.classifications.select_related("person").order_by("-revision").first()
        return last if last is not None and last.is_override else None

    @property
    def is_open(self) -> bool:
        return self.state != self.State.CLOSED and self.retired_at is None

    @property
    def veris(self) -> dict[str, Any]:
        """The likeliest reading of its type in VERIS: actor, action, variety, asset, attributes."""
        return dict(kinds()[self.kind].veris)

    def clean(self) -> None:
        """Moments in an order that can be, none of them ahead."""
        now = moments.now()
        for name in ("happened_at", "detected_at", "aware_at"):
            at = getattr(self, name)
            if at and at > now:
                raise ValidationError({name: _("That moment lies ahead.")})
        if self.happened_at and self.detected_at and self.detected_at < self.happened_at:
            raise ValidationError({"detected_at": _("It cannot be detected before it happened.")})


@personal(by=("person",), says=("reason",))
class Classification(Record):
    """One revision of an incident's level: the facts as they were known, what they gave, and what was decided."""

    unit_field: ClassVar[str] = "incident__unit"
    key_fields = ("incident__number", "revision")

    incident = models.ForeignKey(
        Incident, models.PROTECT, related_name="classifications", verbose_name=_("incident")
    )
    revision = models.PositiveIntegerField(_("revision"))
    at = models.DateTimeField(_("at"), default=moments.now)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("by"))
    factors = models.JSONField(_("factors"), default=dict, blank=True)
    grounds = models.JSONField(
        _("systems that say so"), default=dict, blank=True,
        help_text=_("By factor, the codes of the systems from which its value was taken."),
    )  # fmt: skip
    reckoned = models.PositiveSmallIntegerField(
        _("level by the factors"),
    )
    level = models.PositiveSmallIntegerField(
        _("level"),
    )
    national_level = models.PositiveSmallIntegerField(_("Taiwan’s level"), null=True, blank=True)
    scheme = models.ForeignKey(
        SeverityScheme, models.PROTECT, null=True, blank=True, related_name="classifications", editable=False,
        verbose_name=_("scheme"), help_text=_("Empty: the shipped one."),
    )  # fmt: skip
    shipped_text = models.CharField(
        _("text of the shipped scheme"), max_length=LONGEST_SHIPPED, blank=True, editable=False,
        help_text=_("Version and SHA-256, where it was classified by the shipped one; empty: not known, or an edition."),
    )  # fmt: skip
    reason = models.CharField(
        _("reason"), max_length=500, blank=True, help_text=_("Why another level than the factors give.")
    )
    wakes_above = models.PositiveSmallIntegerField(
        _("wakes those called from above level"), null=True, blank=True, editable=False,
        help_text=_("The level from which it rose, until everybody acknowledged who is woken; empty: it wakes nobody."),
    )  # fmt: skip

    class Meta:
        verbose_name = pgettext_lazy("incidents", "classification")
        verbose_name_plural = _("classifications")
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "revision"], name="classification_once",
                violation_error_message=_("Somebody else classified it at this moment; look again."),
            ),
            models.CheckConstraint(
                condition=Q(reckoned=models.F("level")) | ~Q(reason=""), name="classification_override_has_reason",
                violation_error_message=_("Give a reason for another level than the factors give."),
            ),
            models.CheckConstraint(
                condition=Q(scheme__isnull=True) | Q(shipped_text=""), name="classification_by_one_scheme",
                violation_error_message=_("An incident is classified by an edition or by the shipped scheme."),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["incident"], condition=Q(wakes_above__isnull=False), name="classification_wakes"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.incident}, {self.revision}"

    @property
    def edition(self) -> Edition:
        """The edition that it was made by."""
        return edition_of(self.scheme_id, self.shipped_text)

    @property
    @labelled(_("by which rules"))
    def by_which(self) -> str:
        """By which rules it was made; "" where it came with an incident of the past."""
        return "" if self.incident.is_history else by_which(self.scheme_id, self.shipped_text)

    @property
    def is_override(self) -> bool:
        """Whether somebody decided otherwise than the factors give."""
        return self.level != self.reckoned
