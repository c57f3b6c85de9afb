"""The files in which an incident goes out."""

from __future__ import annotations

import json
from dataclasses import dataclass

from django.utils.translation import override

from keepwell.areas.incidents.models import Incident
from keepwell.areas.incidents.rules.outward.parcel import LANGUAGE, Parcel, parcel
from keepwell.areas.incidents.rules.outward.stix import bundle
from keepwell.areas.incidents.rules.outward.veris import as_veris
from keepwell.platform.people.models import Person

FORMS = {"stix": "application/stix+json;version=2.1", "veris": "application/json"}
TITLES = {"stix": "STIX 2.1", "veris": "VERIS 1.4"}
WRITERS = {"stix": bundle, "veris": as_veris}


@dataclass(frozen=True)
class Written:
    """A file as it goes out, and how many entries of the timeline stayed."""

    name: str
    kind: str
    content: bytes
    kept_back: int


def written(incident: Incident, form: str, audience: str, *, by: Person) -> Written:
    """The incident as a file of `form` for `audience`, as far as `by` may read it. Refused where it may not go there."""
    packed: Parcel = parcel(incident, audience, by=by)
    with override(LANGUAGE):
        content = json.dumps(WRITERS[form](packed), ensure_ascii=False, indent=2).encode()
    called = incident.number if packed.shows_number else "incident"
    return Written(f"{called}-{form}-{audience}.json", FORMS[form], content, packed.kept_back)
