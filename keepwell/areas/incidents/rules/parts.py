"""The parts of an incident that may go to another one: what there is, what was chosen of it, and how each goes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext, ngettext, override

from keepwell.areas.incidents.models import (
    Incident,
    IncidentLink,
    IncidentTask,
    Indicator,
    Report,
    TimelineEntry,
)
from keepwell.areas.incidents.models.timeline import beat
from keepwell.areas.incidents.rules import implicating, tasks
from keepwell.areas.incidents.rules.links import called
from keepwell.areas.organization.models import CriticalSystem
from keepwell.platform.acts.act import Refused
from keepwell.platform.evidence import rules as evidence
from keepwell.platform.evidence import twofold
from keepwell.platform.evidence.models import Link
from keepwell.platform.history.bulk import update_all
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level
from keepwell.platform.tree.models import Unit

Rows = QuerySet[Any, Any]  # Any: rows of whichever kind a part is of
KINDS = ("reports", "entries", "indicators", "evidence", "tasks", "systems", "sites")
MOST = 200


@dataclass
class Parts:
    """What goes, by kind; evidence as the links by which it stands at the incident."""

    reports: list[Report] = field(default_factory=list)
    entries: list[TimelineEntry] = field(default_factory=list)
    indicators: list[Indicator] = field(default_factory=list)
    evidence: list[Link] = field(default_factory=list)
    tasks: list[IncidentTask] = field(default_factory=list)
    systems: list[CriticalSystem] = field(default_factory=list)
    sites: list[Unit] = field(default_factory=list)

    def __len__(self) -> int:
        return sum(len(rows) for rows in vars(self).values())

    def keys(self) -> dict[str, list[str]]:
        """Their keys by kind, as JSON keeps them."""
        return {kind: [str(one.pk) for one in rows] for kind, rows in vars(self).items() if rows}

    def marks_besides(self, moved: Mapping[str, Any]) -> set[str]:
        """The marks of those that are not among the keys `moved`; of "" none."""
        rows = [
            one
            for kind, found in vars(self).items()
            for one in found
            if str(one.pk) not in moved.get(kind, ())
        ]
        return {one.tlp for one in rows if getattr(one, "tlp", "")}

    def counted(self) -> dict[str, str]:
        """How many there are of which kind, in both languages, as facts of the timeline hold them."""
        told = {}
        for language, name in (("en", "parts"), ("zh-hant", "parts_zh")):
            with override(language):
                told[name] = gettext(", ").join(_counts(self)) or gettext("nothing else")
        return told


def _counts(parts: Parts) -> Iterable[str]:
    words: dict[str, Callable[[int], str]] = {
        "reports": lambda n: ngettext("%(n)d report", "%(n)d reports", n),
        "entries": lambda n: ngettext("%(n)d entry", "%(n)d entries", n),
        "indicators": lambda n: ngettext("%(n)d indicator", "%(n)d indicators", n),
        "evidence": lambda n: ngettext("%(n)d piece of evidence", "%(n)d pieces of evidence", n),
        "tasks": lambda n: ngettext("%(n)d task", "%(n)d tasks", n),
        "systems": lambda n: ngettext("%(n)d system", "%(n)d systems", n),
        "sites": lambda n: ngettext("%(n)d site", "%(n)d sites", n),
    }
    for kind, rows in vars(parts).items():
        if rows:
            yield words[kind](len(rows)) % {"n": len(rows)}


def offered(incident: Incident, by: Person) -> dict[str, Rows]:
    """What of `incident` may go, by kind, as far as `by` may read it. Of the timeline, what people wrote: what acts told
    of themselves is about the incident in which they were done, and what went once is not doubled."""
    entries = incident.timeline.standing().readable_by(by).filter(verb="").exclude(pk__in=gone(incident))
    proofs = Link.objects.current().visible_to(by).filter(kind=Incident.type_name(), record_id=incident.pk)
    return {
        "reports": Report.objects.current().visible_to(by, Level.EDIT).filter(incident=incident).order_by("received_at", "pk"),
        "entries": entries.newest_first(),
        "indicators": incident.indicators.current().readable_by(by).order_by("recorded_at", "pk"),
        "evidence": twofold.once(proofs, by).select_related("piece").order_by("at", "pk"),
        "tasks": incident.tasks.current().readable_by(by).order_by("number"),
        "systems": incident.systems.visible_to(by).order_by("code"),
        "sites": incident.affected_units.exclude(pk=incident.unit_id).order_by("code"),
    }  # fmt: skip


def gone(incident: Incident) -> list[str]:
    """The keys of its entries that stand in another incident too since it was split."""
    rows = IncidentLink.objects.current().filter(second=incident).values_list("moved", flat=True)
    return [key for moved in rows if moved.get("split") for key in moved.get("entries", ())]


def chosen(incident: Incident, given: Mapping[str, Sequence[str]], *, by: Person) -> Parts:
    """The parts called by `given` (keys by kind). Refused where one is no part of the incident that may go, be it
    another's, and where there are too many."""
    if stray := sorted(set(given) - set(KINDS)):
        raise Refused(
            gettext("“%(kind)s” is no kind of part; there are %(known)s.")
            % {"kind": stray[0][:40], "known": ", ".join(KINDS)}
        )
    if sum(len(keys) for keys in given.values()) > MOST:
        raise Refused(gettext("At most %(most)d parts go at once.") % {"most": MOST})
    rows, found, missing = offered(incident, by), Parts(), 0
    for kind, keys in given.items():
        wanted = {_key(key) for key in keys}
        there = list(rows[kind].filter(pk__in=wanted - {None})) if wanted else []
        missing += len(wanted) - len(there)
        setattr(found, kind, there)
    if missing:
        raise Refused(
            ngettext(
                "%(n)d of what was chosen is no part of %(incident)s that may go; look at it anew and choose again.",
                "%(n)d of what was chosen are no parts of %(incident)s that may go; look at it anew and choose again.",
                missing,
            )
            % {"n": missing, "incident": incident}
        )
    return found


def _key(text: object) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None


def known_since(parts: Parts, incident: Incident) -> datetime:
    """When the site knew of the parts: the first report received, what was written down first of when it was seen, the
    first indicator or evidence. Of what is told of the time before anybody knew of the incident, that moment; of parts
    that have none, when the site became aware of the whole."""
    floor = min(incident.awareness, incident.reported_at)
    moments_known = [one.received_at for one in parts.reports]
    moments_known += [max(one.at, floor) for one in parts.entries]
    moments_known += [max(one.recorded_at, floor) for one in parts.indicators]
    moments_known += [max(one.at, floor) for one in parts.evidence]
    return min(moments_known, default=incident.awareness)


def move(parts: Parts, incident: Incident, to: Incident, *, by: Person) -> None:
    """Let the parts belong to another incident, inside an act; systems and sites are for the caller to set."""
    hand_over(parts.reports, incident, to)
    _copy_entries(parts.entries, to)
    reason = gettext("Split off to %(other)s.") % {"other": called(to)}
    _move_indicators(parts.indicators, to, reason, by)
    for task in parts.tasks:
        task.incident = incident
        tasks.pass_to(task, to)
    for link in parts.evidence:
        # After a merge that is undone it stands where it came from still.
        if not twofold.known(by, piece=link.piece_id, kind=link.kind, record_id=to.pk).exists():
            evidence.link_again(link, f"incidents:{to.pk}", by=by)
        if not link.piece.is_held:  # under a legal hold it proves something about both
            evidence.unlink.rule(link, by=by, reason=reason)


def hand_over(reports: Sequence[Report], incident: Incident, to: Incident) -> None:
    """Let reports of `incident` belong to another one; whom they concern stays kept out of both."""
    implicating.stay_out(incident, reports)
    for report in reports:
        report.incident = to
        report.save()


def _copy_entries(entries: Sequence[TimelineEntry], to: Incident) -> None:
    """Write each entry with all its earlier words in the timeline of `to` as well, word for word, under its own mark; who
    wrote it and when stays, and so does the original where it was."""
    roots = {one.root_id or one.pk for one in entries}
    words: dict[UUID, list[TimelineEntry]] = {}
    for one in TimelineEntry.objects.filter(root__in=roots).select_related("person").order_by("revision"):
        words.setdefault(one.root_id, []).append(one)
    firsts = TimelineEntry.objects.filter(pk__in=roots).select_related("person")
    for first in firsts.order_by("at", "number"):
        root: TimelineEntry | None = None
        for one in (first, *words.get(first.pk, [])):
            made = _copied(one, to, root)
            root = root or made


def _copied(one: TimelineEntry, to: Incident, root: TimelineEntry | None) -> TimelineEntry:
    made = TimelineEntry(
        incident=to, number=beat(to, entries=int(one.is_latest)), at=one.at, zone=one.zone, kind=one.kind, says=one.says,
        reason=one.reason, decided_by=one.decided_by, source=one.source, confidence=one.confidence, tlp=one.tlp,
        person=one.person, recorded_at=one.recorded_at, root=root, revision=one.revision, is_latest=one.is_latest,
    )  # fmt: skip
    made.save()
    return made


def _move_indicators(found: Sequence[Indicator], to: Incident, reason: str, by: Person) -> None:
    """Each stands in `to` from now on; one that stands there already, as far as `by` may know or under the same mark, is
    retracted where it was."""
    there = set(to.indicators.readable_by(by).values_list("kind", "value"))
    marked = set(to.indicators.values_list("kind", "value", "tlp"))
    for one in found:
        if (one.kind, one.value) in there or (one.kind, one.value, one.tlp) in marked:
            one.retire(reason)
        else:
            one.incident = to
    update_all(found)
