"""Classifying an incident: its level follows from the facts by the scheme; another one needs a reason."""

from __future__ import annotations

from collections.abc import Mapping
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
    scheme,
)
from keepwell.areas.incidents.rules import duty, tasks
from keepwell.areas.incidents.rules.proposing import grounds, proposals
from keepwell.areas.incidents.rules.timeline import note_level
from keepwell.kernel import moments
from keepwell.kernel.severity import classifying
from keepwell.kernel.severity.scheme import Unfit, Value
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level


def facts_of(given: Mapping[str, Any]) -> dict[str, Value]:
    """The facts that are known among `given`; Refused with one sentence if one of them cannot be."""
    try:
        return scheme().checked(given)
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
    known = facts_of(facts)
    found = classifying.classify(scheme(), known)
    decided = found.level if level is None else level
    if decided not in range(len(scheme().levels)):
        raise Refused(gettext("A level runs from S0 to S4."))
    if decided != found.level and not reason.strip():
        raise Refused(
            gettext("The facts give S%(level)s. Give a reason to decide otherwise.") % {"level": found.level}
        )
    own, shipped = _type_of(incident, kind)
    said_by = grounds(proposals(incident, by), known)
    made = Classification(
        incident=incident, revision=_next(incident), at=moments.now(), person=by, factors=known, reckoned=found.level,
        level=decided, national_level=found.national_level, reason=reason.strip()[:500] if decided != found.level else "",
        grounds=said_by,
    )  # fmt: skip
    before = incident.level
    duty.begin(made, before)
    made.save()
    incident.factors, incident.level, incident.national_level = known, decided, found.national_level
    incident.grounds, incident.kind, incident.own_type = said_by, shipped, own
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
