"""What happened, what was done and what it cost: notes, events, tasks and impacts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from keepwell.areas.incidents.models import IncidentTask, TimelineEntry
from keepwell.areas.incidents.models.tasks import Phase
from keepwell.areas.incidents.rules.outward.losses import plain
from keepwell.areas.incidents.rules.outward.parcel import Parcel, Told
from keepwell.areas.incidents.rules.outward.stix.objects import SURE, Thing, at, thing

Kind = TimelineEntry.Kind
State = IncidentTask.State
LONGEST_NAME = 100
OUTCOMES = {State.OPEN: "pending", State.DONE: "successful", State.NOT_NEEDED: "cancelled"}
TASK_TYPES = {
    Phase.TRIAGE: "investigation", Phase.CONTAIN: "containment", Phase.CLEAN: "eradication", Phase.RECOVER: "recovery",
}  # fmt: skip


@dataclass(frozen=True)
class Happened:
    """An entry of the timeline: the note that says it, and, where something was observed, the event."""

    note: Thing
    event: Thing | None

    @property
    def things(self) -> list[Thing]:
        return [self.note, self.event] if self.event else [self.note]


def happened(parcel: Parcel, incident: Thing) -> Iterator[Happened]:
    """Every entry that may go; what somebody did, decided or told is no event, and stays a note."""
    for told in parcel.entries:
        event = _event(told) if told.entry.kind == Kind.OBSERVED else None
        refs = [incident["id"], *([event["id"]] if event else [])]
        yield Happened(_note(told, refs), event)


def _note(told: Told, refs: list[str]) -> Thing:
    """An entry of the timeline; its author stays here."""
    entry: TimelineEntry = told.entry
    note = thing("note", str(_key(entry)), told.made_at, entry.tlp, told.changed_at)
    return note | {"abstract": f"{at(entry.at)} {entry.get_kind_display()}", "content": told.text or "-",
                   "object_refs": refs, "confidence": SURE[entry.confidence]}  # fmt: skip


def _event(told: Told) -> Thing:
    """What was observed, under its beginning; the note says all of it. Whether what is unclear took place is open."""
    entry: TimelineEntry = told.entry
    is_open = entry.confidence == TimelineEntry.Confidence.UNCLEAR
    event = thing("event", str(_key(entry)), told.made_at, entry.tlp, told.changed_at)
    return event | {"name": _short(told.text), "status": "undetermined" if is_open else "occurred",
                    "start_time": at(entry.at), "start_time_fidelity": "minute",
                    "confidence": SURE[entry.confidence]}  # fmt: skip


def aware(parcel: Parcel) -> Iterator[Thing]:
    """Since when units were aware that became so at a moment of their own, as events."""
    for knew in parcel.knew:
        event = thing("event", str(knew.key), knew.made_at, parcel.incident.tlp, knew.changed_at)
        yield event | {"name": f"{knew.unit.name} became aware", "status": "occurred", "start_time": at(knew.at),
                       "start_time_fidelity": "minute"}  # fmt: skip


def _key(entry: TimelineEntry) -> UUID:
    key: UUID = entry.root_id or entry.pk
    return key


def _short(text: str) -> str:
    plain_text = " ".join(text.split()) or "-"
    return plain_text if len(plain_text) <= LONGEST_NAME else f"{plain_text[: LONGEST_NAME - 1].rstrip()}…"


def tasks(parcel: Parcel) -> Iterator[Thing]:
    """What was to be done, and what became of it; who owed it stays here."""
    for work in parcel.tasks:
        one: IncidentTask = work.task
        told = thing("task", str(one.pk), work.given_at, one.tlp or parcel.incident.tlp, work.changed_at)
        told |= {"name": work.title or "-", "outcome": OUTCOMES[State(one.state)],
                 "task_types": [TASK_TYPES[Phase(one.phase)]], "start_time": at(work.given_at)}  # fmt: skip
        if work.outcome:
            told["description"] = work.outcome
        if one.done_at and one.done_at >= work.given_at:
            told["end_time"] = at(one.done_at)
        yield told


def impacts(parcel: Parcel) -> Iterator[Thing]:
    """What it cost, by variety and currency; an amount that is known has no range."""
    for loss in parcel.losses:
        key = f"{parcel.incident.pk}|monetary|{loss.variety}|{loss.currency}"
        told = thing("impact", key, loss.since, loss.tlp or parcel.incident.tlp, loss.changed_at)
        amount = plain(loss.amount)
        monetary: dict[str, Any] = {
            "variety": loss.variety, "currency": loss.currency, "min_amount": amount, "max_amount": amount,
        }  # fmt: skip
        told |= {"impact_category": "monetary", "start_time": at(loss.since)}
        told["extensions"] = told["extensions"] | {"monetary-ext": monetary}
        if loss.estimated:
            told["description"] = f"{loss.currency} {loss.estimated:,.2f} of it is an estimate."
        yield told
