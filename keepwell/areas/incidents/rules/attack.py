"""What is known of an attack, in the words of VERIS 1.4.1: who did what, why, from where, on what, and what it did.

Each type of incident has its likeliest reading; what somebody says here stands in its place, part by part.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models import Incident
from keepwell.areas.incidents.models.library import veris_words
from keepwell.areas.incidents.rules.timeline import is_there, note
from keepwell.platform.acts.act import Refused, act, never
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level

Known = Mapping[str, Any]  # as it was sent: one value, or a list of them
ONE = ("actor", "action", "confidentiality")
SEVERAL = ("actor_variety", "motive", "country", "variety", "vector", "asset", "integrity", "availability")
MOST = 10
MOST_TOLD = 20
ENTRUSTED = ("internal", "partner")
SAID = gettext_noop("Said of the attack, in the words of VERIS: %(what)s.")
UNSAID = gettext_noop("Nothing is said of the attack any more: its type tells the likeliest.")


@act(
    Level.EDIT,
    label=_("Say what is known of the attack"),
    offered=is_there,
    shown=never,
    explains=_(
        "In the words of VERIS; it goes out with the incident, and stands in place of what its type makes likely."
    ),
)
def describe_attack(incident: Incident, *, by: Person, known: dict[str, Any]) -> dict[str, Any]:
    """Keep what is `known`, by part; what is left out is not known. Returns it. Refused where VERIS has no such word, or
    one does not go with another."""
    found = checked(known)
    if found == incident.attack:
        raise Refused(gettext("This is what stands there already; nothing was changed."))
    incident.attack = found
    incident.save()
    note(incident, SAID if found else UNSAID, verb="attack", by=by, what=in_words(found))
    return found


def checked(known: Known) -> dict[str, Any]:
    """What of `known` says something, every part among the words of VERIS that go with the others."""
    if stray := sorted(set(known) - {*ONE, *SEVERAL}):
        raise Refused(
            gettext("“%(part)s” is no part of an attack; there are %(known)s.")
            % {"part": stray[0][:40], "known": ", ".join((*ONE, *SEVERAL))}
        )
    found = {name: _values(name, known[name]) for name in (*ONE, *SEVERAL) if known.get(name)}
    actor, action = (next(iter(found.get(name, [])), "") for name in ("actor", "action"))
    for name, values in found.items():
        _among(name, values, words_for(name, actor, action), actor=actor, action=action)
    if action == "misuse" and actor not in ENTRUSTED:
        raise Refused(gettext("Only who was entrusted can misuse: choose an internal actor or a partner."))
    return {name: values[0] if name in ONE else values for name, values in found.items()}


def words_for(name: str, actor: str, action: str) -> list[str]:
    """The words of VERIS for a part, as far as actor and action leave any."""
    words = veris_words()
    doer, deed = words["actors"].get(actor, {}), words["actions"].get(action, {})
    found: list[str] = {
        "actor": list(words["actors"]), "action": list(words["actions"]), "actor_variety": doer.get("variety", []),
        "motive": words["motive"] if actor else [], "country": words["country"] if actor in ("external", "partner") else [],
        "variety": deed.get("variety", []), "vector": deed.get("vector", []), "asset": words["asset"],
        **{attribute: values for attribute, values in words["attributes"].items()},
    }[name]  # fmt: skip
    return found


def in_words(known: Known) -> str:
    """What is known in one line: “external: Organized crime, Financial, KP; malware: Ransomware, Email attachment”."""
    groups = (
        ("actor", ("actor_variety", "motive", "country")), ("action", ("variety", "vector")), ("", ("asset",)),
        ("confidentiality", ()), ("integrity", ("integrity",)), ("availability", ("availability",)),
    )  # fmt: skip
    said = []
    for head, parts in groups:
        values = ", ".join(value for part in parts for value in known.get(part, ()))
        title = str(known[head]) if head in ("actor", "action") and known.get(head) else head
        if head == "confidentiality":
            values = str(known.get(head, ""))
        if values or (head in ONE and known.get(head)):
            said.append(": ".join(filter(None, (title, values))))
    return "; ".join(said)


def _values(name: str, given: Any) -> list[str]:
    values = [given] if isinstance(given, str) else given
    if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
        raise Refused(gettext("%(part)s: give words of VERIS.") % {"part": name})
    found = list(dict.fromkeys(one.strip() for one in values if one.strip()))
    if len(found) > (1 if name in ONE else MOST):
        raise Refused(
            gettext("%(part)s: %(most)d words at most.") % {"part": name, "most": 1 if name in ONE else MOST}
        )
    return found


def _among(name: str, values: list[str], words: list[str], *, actor: str, action: str) -> None:
    wrong = next((one for one in values if one not in words), None)
    if wrong is None:
        return
    if not words:
        raise Refused(
            gettext(
                "“%(value)s” says nothing of actor “%(actor)s” and action “%(action)s”: choose those first."
            )
            % {"value": wrong[:40], "actor": actor, "action": action}
        )
    few = ", ".join(words) if len(words) <= MOST_TOLD else gettext("see the form")
    raise Refused(
        gettext("“%(value)s” is no %(part)s in VERIS 1.4.1; there are: %(known)s.")
        % {"value": wrong[:40], "part": name.replace("_", " "), "known": few}
    )
