"""What of an incident may go to an audience: the one place that decides, for every form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Max, Min, QuerySet
from django.utils.translation import gettext, override

from keepwell.areas.incidents.models import Incident, IncidentEvent, IncidentTask, Indicator, TimelineEntry
from keepwell.areas.incidents.models.incidents import TLP_ORDER
from keepwell.areas.incidents.rules.aware import detection, own_events
from keepwell.areas.incidents.rules.outward.blacking import Blacking, circle
from keepwell.areas.incidents.rules.outward.losses import Loss, losses
from keepwell.areas.incidents.rules.outward.traces import Trace, going, trace
from keepwell.platform.acts.act import Refused
from keepwell.platform.history.models import Change, Tracked
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import lacks
from keepwell.platform.people.roles import Level
from keepwell.platform.records.models import may_on
from keepwell.platform.tree.models import Unit

AREA = "incidents"
Tlp = Incident.Tlp
WITHIN = (Tlp.STRICT, Tlp.RED)
"""Audiences inside the group: AMBER+STRICT is the organization itself, RED the named people."""
SITES_FOR = (Tlp.AMBER, *WITHIN)
"""Audiences that learn which site it was, and what it cost: those who must act on it."""
LANGUAGE = "en"
"""Files for other programs are in English, whoever takes them out."""


@dataclass(frozen=True)
class Told:
    """One entry of the timeline as it goes out; `made_at` is when its first words were entered, `changed_at` when its
    words or its mark changed last."""

    entry: TimelineEntry
    text: str
    made_at: datetime
    changed_at: datetime


@dataclass(frozen=True)
class Work:
    """One task as it goes out: what was to be done, and what came of it; who owes it stays here."""

    task: IncidentTask
    title: str
    outcome: str
    given_at: datetime
    changed_at: datetime


@dataclass(frozen=True)
class Knew:
    """A unit that became aware at a moment of its own, as it goes out; `key` is the record that says so."""

    key: UUID
    unit: Unit
    at: datetime
    made_at: datetime
    changed_at: datetime


@dataclass(frozen=True)
class Parcel:
    """An incident as it may go to `audience`: its words with nobody's name in them, and the entries and indicators that
    may go; `kept_back` says how many entries may not. `site`, `affected`, `knew` and `losses` are empty where the
    audience is not to know the site. `detected_at` is when the incident's own unit detected it, as figures count.
    `counts` says how many entities of which type (in the words of STIX) it touched, as far as that is known;
    `is_reported` whether somebody here reported it."""

    incident: Incident
    audience: Tlp
    group: Unit
    title: str
    summary: str
    entries: tuple[Told, ...]
    kept_back: int
    traces: tuple[Trace, ...]
    tasks: tuple[Work, ...]
    losses: tuple[Loss, ...]
    site: Unit | None
    affected: tuple[Unit, ...]
    knew: tuple[Knew, ...]
    detected_at: datetime | None
    countries: tuple[str, ...]
    counts: Mapping[str, int]
    is_reported: bool
    changed_at: datetime

    @property
    def shows_number(self) -> bool:
        """Whether the incident goes by its own number: within the group alone."""
        return self.audience in WITHIN


def audiences(incident: Incident) -> list[tuple[str, str]]:
    """To whom it may go: its own label and every narrower one."""
    return [(label.value, str(label.label)) for label in Tlp if is_within(incident.tlp, label)]


def is_within(label: str, audience: str) -> bool:
    """Whether what is marked `label` may go to `audience`."""
    return TLP_ORDER.index(label) <= TLP_ORDER.index(audience)


def may_go_out(person: Person, incident: Incident) -> bool:
    """Whether `person` may let the incident go out: who works on it; who decides, where it is for named people alone,
    and is named. That they see it at all is for the caller to ask."""
    return may_on(person, AREA, _level(incident), incident)


def require_outward(person: Person, incident: Incident) -> None:
    """Refuse unless `person` may let the incident go out."""
    if not may_go_out(person, incident):
        raise PermissionDenied(lacks(AREA, _level(incident), incident.unit))


def _level(incident: Incident) -> Level:
    return Level.DECIDE if incident.is_restricted else Level.EDIT


def parcel(incident: Incident, audience: str, *, by: Person) -> Parcel:
    """What of `incident` may go to `audience`, a label of TLP 2.0, by the hand of `by`, who takes out nothing that they
    may not read. Refused where the incident itself may not go there."""
    if audience not in Tlp.values:
        raise Refused(
            gettext("Choose the audience by a label of TLP 2.0: clear, green, amber, strict or red.")
        )
    if not is_within(incident.tlp, audience):
        raise Refused(
            gettext("The incident is %(label)s: it may not go to %(audience)s. Mark it wider first.")
            % {"label": incident.get_tlp_display(), "audience": Tlp(audience).label}
        )
    marks = [label for label in Tlp.values if is_within(label, audience)]
    rows = incident.timeline.standing().filter(tlp__in=marks).readable_by(by).select_related("person", "root")
    entries = list(rows.order_by("at", "number"))
    for entry in entries:
        entry.incident = incident
    with override(LANGUAGE):
        return _packed(incident, Tlp(audience), entries, _marked(_indicators(incident, by), audience), by)


def _indicators(incident: Incident, by: Person) -> list[Indicator]:
    """The indicators of an incident that `by` may read."""
    rows = incident.indicators.current().readable_by(by)
    return list(rows.order_by("recorded_at", "kind", "value"))


def _marked(found: list[Indicator], audience: str) -> list[Indicator]:
    """Those that may go to `audience`; of what stands under several marks that with the widest."""
    there: dict[tuple[str, str], Indicator] = {}
    for one in sorted(found, key=lambda one: TLP_ORDER.index(one.tlp)):
        if is_within(one.tlp, audience):
            there.setdefault((one.kind, one.value), one)
    return [one for one in found if there.get((one.kind, one.value)) is one]


def _own(incident: Incident, rows: QuerySet[Any], audience: str) -> list[Any]:
    """Those of `rows` that may go to `audience` by their own mark, or, where they have none, by the incident's."""
    return [one for one in rows if is_within(one.tlp or incident.tlp, audience)]


@dataclass(frozen=True)
class Share:
    """How many entries and indicators of an incident go to an audience, and how many of each stay."""

    goes: int
    stays: int
    traces_go: int
    traces_stay: int


def shares(incident: Incident, *, by: Person) -> dict[str, Share]:
    """What goes and what stays, for every audience to which the incident may go; entries are counted, not read."""
    rows = incident.timeline.standing().order_by()
    marks, every = Counter(rows.readable_by(by).values_list("tlp", flat=True)), rows.count()
    found, of_indicators = _indicators(incident, by), incident.indicators.current().count()
    told = {}
    for audience, _label in audiences(incident):
        goes = sum(many for mark, many in marks.items() if is_within(mark, audience))
        marked = _marked(found, audience)
        traces = len(
            going(marked, _blacking_for(incident, Tlp(audience), [_value_words(one) for one in marked]))
        )
        told[audience] = Share(goes, every - goes, traces, of_indicators - traces)
    return told


def _packed(
    incident: Incident, audience: Tlp, entries: list[TimelineEntry], indicators: list[Indicator], by: Person
) -> Parcel:
    tasks = _own(incident, incident.tasks.current().readable_by(by).order_by("number"), audience)
    costs = _own(incident, incident.costs.readable_by(by).order_by("recorded_at", "pk"), audience)
    touched = [incident.unit, *incident.affected_units.order_by("code")]
    knows_site = audience in SITES_FOR
    said = [incident.title, incident.summary, *map(_words, entries), *map(_value_words, indicators)]
    said += [text for one in tasks for text in (one.title, one.outcome)]
    blacking = _blacking_for(incident, audience, said)
    black = blacking or str
    told, work = _told(incident, entries, black), _work(incident, tasks, black)
    traces = _traces(incident, indicators, blacking)
    lost = tuple(losses(costs)) if knows_site else ()
    knew = _knew(incident) if knows_site else ()
    changes = (one.changed_at for part in (told, traces, work, lost, knew) for one in part)
    return Parcel(
        incident, audience, Unit.objects.get(kind=Unit.Kind.GROUP), black(incident.title), black(incident.summary),
        told, incident.timeline.standing().count() - len(told), traces, work, lost,
        incident.unit if knows_site else None, tuple(touched[1:]) if knows_site else (), knew, detection(incident),
        tuple(sorted({unit.country for unit in touched if unit.country})), _counts(incident),
        bool(_own(incident, incident.reports.current().readable_by(by), audience)), max([_last_change(incident), *changes]),
    )  # fmt: skip


def _knew(incident: Incident) -> tuple[Knew, ...]:
    """Which units became aware at a moment of their own, of several of one unit the first."""
    kept = _changes(IncidentEvent, incident.events.current())
    first = {one.aware_unit_id: one for one in reversed(own_events(incident))}
    return tuple(
        Knew(one.pk, one.aware_unit, one.at, *kept.get(one.pk, (one.at, one.at)))
        for one in sorted(first.values(), key=lambda one: (one.at, one.pk))
        if one.aware_unit is not None
    )


def _traces(incident: Incident, found: list[Indicator], blacking: Blacking | None) -> tuple[Trace, ...]:
    kept = _changes(Indicator, incident.indicators.current())
    return tuple(
        trace(one, blacking, kept.get(one.pk, (None, one.recorded_at))[1]) for one in going(found, blacking)
    )


def _told(
    incident: Incident, entries: list[TimelineEntry], blacking: Callable[[str], str]
) -> tuple[Told, ...]:
    kept = _changes(TimelineEntry, incident.timeline.standing())
    return tuple(
        Told(one, blacking(_words(one)), (one.root or one).recorded_at, kept.get(one.pk, (None, one.recorded_at))[1])
        for one in entries
    )  # fmt: skip


def _work(incident: Incident, tasks: list[IncidentTask], blacking: Callable[[str], str]) -> tuple[Work, ...]:
    kept = _changes(IncidentTask, incident.tasks.current())
    first = (incident.reported_at, incident.reported_at)
    return tuple(
        Work(one, blacking(one.title), blacking(one.outcome), *kept.get(one.pk, first)) for one in tasks
    )


def _changes(model: type[Tracked], rows: QuerySet[Any]) -> dict[UUID, tuple[Any, Any]]:
    """When each of `rows` was written first and changed last, by the trail."""
    kept = Change.objects.filter(record_type=model.type_name(), record_id__in=rows.order_by().values("pk"))
    found = kept.order_by().values_list("record_id").annotate(first=Min("at"), last=Max("at"))
    return {key: (first, last) for key, first, last in found}


def _counts(incident: Incident) -> dict[str, int]:
    """Systems and persons whom it touched. A site that is exposed was not touched by it, and counts for nothing here."""
    found = {"system": incident.systems.count(), "individual": incident.factors.get("persons") or 0}
    return {name: many for name, many in found.items() if many}


def _blacking_for(incident: Incident, audience: Tlp, texts: list[str]) -> Blacking | None:
    """What takes out of `texts` what leads to people and machines, and to the sites where the audience is not to know
    them; None inside the group, where words go as they were written."""
    if audience in WITHIN:
        return None
    machines = [name for row in incident.systems.values_list("code", "name") for name in row]
    sites = [] if audience in SITES_FOR else [incident.unit, *incident.affected_units.order_by("code")]
    called = [
        name
        for unit in sites
        if unit.kind != Unit.Kind.GROUP
        for name in (unit.code, unit.name, unit.name_zh)
    ]
    return Blacking.of(texts, circle(incident), machines, called)


def _last_change(incident: Incident) -> datetime:
    """When the incident itself was last changed, by the trail."""
    rows = Change.objects.filter(record_type=Incident.type_name(), record_id=incident.pk).order_by("-id")
    return rows.values_list("at", flat=True).first() or incident.reported_at


def _value_words(one: Indicator) -> str:
    """What of an indicator may hold a name."""
    return f"{one.value} {one.file_name} {one.remark}"


def _words(entry: TimelineEntry) -> str:
    """What an entry says, with the reason of a decision; who wrote or decided it stays here."""
    return f"{entry.told} {entry.because}".strip()
