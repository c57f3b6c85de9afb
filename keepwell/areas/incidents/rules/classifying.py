"""Classifying an incident: its level follows from the facts by the scheme; another one needs a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models import (
    Classification,
    Incident,
    IncidentType,
    kinds,
    own_types,
)
from keepwell.areas.incidents.models.schemes import Edition, by_one_edition
from keepwell.areas.incidents.rules import duty, tasks
from keepwell.areas.incidents.rules.proposing import grounds, proposals
from keepwell.areas.incidents.rules.schemes.following import begin_shipped
from keepwell.areas.incidents.rules.timeline import note_level
from keepwell.kernel import moments
from keepwell.kernel.severity import classifying
from keepwell.kernel.severity.scheme import LEVELS, Scheme, Unfit, Value
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level


def facts_of(given: Mapping[str, Any], rules: Scheme) -> dict[str, Value]:
    """The facts that are known among `given`; Refused with one sentence if one of them cannot be by `rules`."""
    try:
        return rules.checked(given)
    except Unfit as wrong:
        raise Refused(gettext("That fact does not fit: %(why)s") % {"why": wrong}) from wrong


@act(
    Level.EDIT,
    label=_("Classify"),
    offered=lambda incident: incident.is_open,
    explains=_("The level follows from the facts; every classification stays as a revision."),
)
def classify(
    incident: Incident, *, by: Person, facts: dict[str, Any], kind: str = "", level: int | None = None,
    reason: str = "",
) -> Classification:  # fmt: skip
    """Set type and level from `facts` by name of factor (None and what is left out: not known yet).

    `kind` is a shipped type, or the code of an own one that holds there; "": as before. `level` (0..4) decides otherwise
    than the facts give, for `reason`. Raises Refused where a fact cannot be.
    """
    with by_one_edition() as edition:
        return _classify(incident, edition, Said(facts, kind, level, reason), by)


@dataclass(frozen=True)
class Said:
    """What somebody answers of an incident."""

    facts: Mapping[str, Any]
    kind: str
    level: int | None
    reason: str


def _classify(incident: Incident, edition: Edition, said: Said, by: Person) -> Classification:
    level, reason = said.level, said.reason.strip()
    known = facts_of(said.facts, edition.rules)
    found = classifying.classify(edition.rules, known)
    decided = found.level if level is None else level
    if decided not in LEVELS:
        raise Refused(gettext("A level runs from S0 to S4."))
    if decided != found.level and not reason:
        raise Refused(
            gettext("The facts give S%(level)s. Give a reason to decide otherwise.") % {"level": found.level}
        )
    own, shipped = _type_of(incident, said.kind)
    said_by = grounds(proposals(incident, by), known)
    made = Classification(
        incident=incident, revision=_next(incident), at=moments.now(), person=by, factors=known, reckoned=found.level,
        level=decided, national_level=found.national_level, reason=reason[:500] if decided != found.level else "",
        grounds=said_by, scheme_id=edition.pk, shipped_text=edition.shipped,
    )  # fmt: skip
    before = incident.level
    begin_shipped(edition)
    duty.begin(made, before)
    made.save()
    incident.factors, incident.level, incident.national_level = known, decided, found.national_level
    incident.grounds, incident.kind, incident.own_type = said_by, shipped, own
    incident.scheme_id, incident.shipped_text = edition.pk, edition.shipped
    if incident.state == Incident.State.REPORTED:
        incident.state = Incident.State.TRIAGED
    incident.save()
    note_level(made, by=by, before=before)
    if before != decided:
        tasks.follow(incident)
        duty.escalate(incident)
    return made


def _type_of(incident: Incident, kind: str) -> tuple[IncidentType | None, str]:
    """The own type that is called `kind` where the incident lies, if one is, and the shipped type."""
    if not kind:
        return incident.own_kind, incident.kind
    if kind in kinds():
        return None, kind
    own = own_types(incident.unit_id).filter(code=kind).first()
    if own is None:
        raise Refused(gettext("There is no type of incident called “%(kind)s”.") % {"kind": kind})
    return own, own.stands_for


def _next(incident: Incident) -> int:
    """The number of the next revision, from 1."""
    last: int | None = incident.classifications.aggregate(last=Max("revision"))["last"]
    return (last or 0) + 1
