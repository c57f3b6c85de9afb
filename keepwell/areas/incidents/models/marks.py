"""The Traffic Light Protocol (FIRST TLP 2.0) on what belongs to an incident: who may read what is marked how.

The one place that says it. Lists, rooms, programs, files, the trail, evidence, notices, the dossier and what goes out
all ask it, by way of the need to know that the whole house asks.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models.incidents import Incident
from keepwell.areas.incidents.models.knowing import named_for
from keepwell.areas.incidents.models.named import NamedPerson
from keepwell.platform.history.labels import Standing, labelled
from keepwell.platform.people.models import Person
from keepwell.platform.people.need_to_know import require_known
from keepwell.platform.records.models import Record, RecordQuerySet

Tlp = Incident.Tlp


def kept_marks(person: Person) -> tuple[str, ...]:
    """The marks that `person` reads only where they are named: RED, and from outside AMBER+STRICT too."""
    return (Tlp.STRICT, Tlp.RED) if person.kind == Person.Kind.EXTERNAL else (Tlp.RED,)


def unread_marks(incident: Incident, person: Person) -> tuple[str, ...]:
    """The marks that `person` may not read in `incident`, which they see; those who read alike have the same."""
    require_known(Incident)
    return () if incident.pk in named_for(person) else kept_marks(person)


class MarkedQuerySet(RecordQuerySet):
    """What belongs to incidents that a person sees, as far as its marks let them read it."""

    def readable_by(self, person: Person) -> Self:
        """What `person`, who sees the incidents, may read of it."""
        require_known(self.model)
        return self.exclude(self.model.withheld_from(person))

    def kept_from(self, person: Person) -> Self:
        """What is kept from `person` by its mark, though they see the incident: to be counted, never shown."""
        require_known(self.model)
        return self.filter(self.model.withheld_from(person))


class Marked(Record):
    """What belongs to an incident and carries a mark of its own, which may be wider or narrower than the incident's.

    Who may not know the incident knows nothing of it. Of the others, RED is for those alone who are named for the
    incident, be it that they wrote it themselves, and AMBER+STRICT for nobody from outside who is not named.
    """

    unit_field: ClassVar[str] = "incident__unit"
    kept_with: ClassVar[str] = "incident"
    way_to_incident: ClassVar[str] = "incident"
    incident: Any  # each names its own relation

    tlp = models.CharField(_("TLP"), max_length=6, choices=Tlp, default=Tlp.AMBER)

    class Meta:
        abstract = True

    @classmethod
    def withheld_from(cls, person: Person) -> Q:
        """Those that `person` must not read for their mark; whether they may know the incident is asked apart."""
        named = NamedPerson.objects.in_force().filter(person=person)
        is_named = Q(**{f"{cls.way_to_incident}__in": named.values("incident")})
        return Q(tlp__in=kept_marks(person)) & ~is_named

    @classmethod
    def knowing(cls, person: Person) -> Hashable:
        """All that `withheld_from` depends on: the same as for the incidents themselves."""
        return Incident.knowing(person)

    @property
    def may_be_withheld(self) -> bool:
        """Whether its mark keeps it from anybody who sees the incident."""
        return self.tlp in (Tlp.STRICT, Tlp.RED)


def as_marked(own: str, incidents: str) -> Standing:
    """A mark as a badge: its own, or where there is none (""), that of its incident and that it is as the incident."""
    label = str(Tlp(own or incidents).label)
    told = label if own else gettext("%(label)s, as the incident") % {"label": label}
    return Standing(told, "eye-off", "mute")


MarkedRows = models.Manager.from_queryset(MarkedQuerySet)


def narrow(name: str) -> models.Index:
    """The index by which the few are found that are kept from somebody by a mark of their own."""
    return models.Index(fields=["id"], condition=Q(tlp__in=["strict", "red"]), name=name)


class OwnMark(Marked):
    """What belongs to an incident and is marked as the incident is, until somebody gives it a mark of its own."""

    tlp = models.CharField(
        _("TLP"), max_length=6, choices=Tlp, blank=True, default="", editable=False,
        help_text=_("Empty: as the incident is marked."),
    )  # fmt: skip

    objects: ClassVar[MarkedRows] = MarkedRows()

    class Meta:
        abstract = True

    @property
    def its_mark(self) -> str:
        """Its own mark; the incident's, where it has none."""
        found: str = self.tlp or self.its_incident.tlp
        return found

    @property
    def its_incident(self) -> Any:
        """The incident to which it belongs."""
        found: Any = self
        for step in self.way_to_incident.split("__"):
            found = getattr(found, step)
        return found

    @property
    @labelled(_("TLP"))
    def mark_in_effect(self) -> Standing:
        """The mark that it has, its own or the incident's."""
        return as_marked(self.tlp, self.its_incident.tlp)
