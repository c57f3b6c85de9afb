"""What a notice begins with: what is known of the incident, content by content, in the language of the notice."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from keepwell.areas.incidents.models import Clock
from keepwell.areas.incidents.models.clocks import contents_of
from keepwell.areas.incidents.models.notices import LONGEST_CONTENT
from keepwell.areas.incidents.models.sentences import own_awareness
from keepwell.areas.incidents.models.tongues import (
    spoken as gettext,  # so called, that its words are found to translate
)
from keepwell.areas.incidents.models.tongues import words_here


def subject(clock: Clock) -> str:
    told = gettext("Notice of a cybersecurity incident: %(unit)s, %(incident)s")
    return (told % {"unit": clock.unit.name_here, "incident": clock.incident})[:200]


def filled(clock: Clock) -> dict[str, str]:
    """What is known of the incident for each content of its notice, in the active language; what is not is left out."""
    found = {name: FILLERS[name](clock) for name in contents_of(clock) if name in FILLERS}
    return {name: text[:LONGEST_CONTENT] for name, text in found.items() if text.strip()}


def _what(clock: Clock) -> str:
    incident = clock.incident
    return "\n".join(filter(None, [incident.title, incident.summary]))


def _when(clock: Clock) -> str:
    incident, spoken = clock.incident, words_here()
    known = [
        (gettext("Happened: %(at)s."), incident.happened_at), (gettext("Detected: %(at)s."), incident.detected_at),
        (gettext("Known: %(at)s."), own_awareness(clock) or incident.awareness),
        (gettext("Contained: %(at)s."), incident.contained_at),
        (gettext("Recovered: %(at)s."), incident.recovered_at),
    ]  # fmt: skip
    return "\n".join(told % {"at": spoken.moment(at, clock.unit.time_zone)} for told, at in known if at)


def _scope(clock: Clock) -> str:
    incident = clock.incident
    places = dict.fromkeys(
        [incident.unit.name_here, *(unit.name_here for unit in incident.affected_units.all())]
    )
    systems = [system.name_here for system in incident.systems.all()]
    lines = [gettext("Sites: %(names)s.") % {"names": ", ".join(places)}]
    lines += [gettext("Systems: %(names)s.") % {"names": ", ".join(systems)}] if systems else []
    persons = incident.factors.get("persons")
    lines += [gettext("Persons concerned: %(n)s.") % {"n": f"{persons:,}"}] if persons else []
    return "\n".join(lines)


def _measures(clock: Clock) -> str:
    incident, spoken, zone = clock.incident, words_here(), clock.unit.time_zone
    lines: list[str] = []
    if incident.contained_at:
        lines.append(
            gettext("It was contained at %(at)s.") % {"at": spoken.moment(incident.contained_at, zone)}
        )
    if incident.recovered_at:
        lines.append(
            gettext("All works again since %(at)s.") % {"at": spoken.moment(incident.recovered_at, zone)}
        )
    return "\n".join(lines)


def _ask(clock: Clock) -> str:
    lead = clock.incident.lead
    return ", ".join(filter(None, [str(lead), lead.mail])) if lead else ""


def _severity(clock: Clock) -> str:
    told = clock.incident.why.group
    return "\n".join(one.sentence for one in told) if clock.incident.level is not None else ""


FILLERS: Mapping[str, Callable[[Clock], str]] = {
    "what happened": _what, "facts": _what, "when it happened and when it was known": _when,
    "times of occurrence/awareness/damage control": _when, "what and whom it concerns": _scope,
    "scope and damage assessment": _scope, "measures taken and planned": _measures, "response measures": _measures,
    "whom to ask": _ask, "initial assessment of severity and impact": _severity,
}  # fmt: skip
"""Contents that the incident itself can tell, by their names; all others somebody writes."""
