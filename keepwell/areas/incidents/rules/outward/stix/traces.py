"""Indicators of an incident: the patterns by which others find the same, what was observed, and where it was sighted."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid5

from keepwell.areas.incidents.models import Indicator
from keepwell.areas.incidents.rules.outward.parcel import Parcel
from keepwell.areas.incidents.rules.outward.stix.objects import (
    MARKINGS,
    SURE,
    VERSION,
    Thing,
    Tlp,
    at,
    thing,
    tie,
)
from keepwell.areas.incidents.rules.outward.traces import Trace

Kind, Role = Indicator.Kind, Indicator.Role
OBSERVABLES = UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
"""From what ids of observables follow, so that everybody's of the same one are the same (STIX 2.1, section 2.9)."""
TYPES = {Role.UNKNOWN: "anomalous-activity"}
"""What an indicator points at, by the role in which it was seen; at malicious activity if nothing else is said."""
HASHES = {Kind.MD5: "MD5", Kind.SHA1: "SHA-1", Kind.SHA256: "SHA-256"}
PATHS = {
    Kind.IPV4: "ipv4-addr:value", Kind.IPV6: "ipv6-addr:value", Kind.DOMAIN: "domain-name:value", Kind.URL: "url:value",
    Kind.MAIL: "email-addr:value", Kind.SUBJECT: "email-message:subject", Kind.MD5: "file:hashes.MD5",
    Kind.SHA1: "file:hashes.'SHA-1'", Kind.SHA256: "file:hashes.'SHA-256'", Kind.REGISTRY: "windows-registry-key:key",
    Kind.COMMAND: "process:command_line", Kind.MUTEX: "mutex:name", Kind.ACCOUNT: "user-account:account_login",
    Kind.AGENT: "network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'", Kind.HOST: "domain-name:value",
}  # fmt: skip
"""Where in what is observed the value stands; a file has its name and its directory apart."""
PLACE = re.compile(r"(.*)[\\/]([^\\/]+)", re.S)


def traces(parcel: Parcel, incident: Thing, group: Thing) -> Iterator[Thing]:
    """Every indicator that may go: what of the attack can be found elsewhere as an indicator with its pattern, tied to
    the incident; all as what was observed, where it was said when, and an indicator as sighted then.

    What is seen twice, as a directory of two files, stands once."""
    there: set[str] = set()
    for one in parcel.traces:
        for made in _of(one, incident, group):
            if made["id"] not in there:
                there.add(made["id"])
                yield made


def _of(told: Trace, incident: Thing, group: Thing) -> Iterator[Thing]:
    one, observed, span = told.indicator, list(observables(told)), _span(told)
    yield from observed
    seen = _observed(told, observed, span) if observed and span else None
    if seen:
        yield seen
    if one.role == Role.VICTIM:
        known = seen or (observed[-1] if observed else None)
        if known:
            yield tie(known, "related-to", incident, one.recorded_at, one.tlp)
        return
    found = _indicator(told)
    yield found
    yield tie(found, "related-to", incident, one.recorded_at, one.tlp)
    if span:
        yield _sighting(told, found, span, seen) | {"where_sighted_refs": [group["id"]]}


def _span(told: Trace) -> tuple[datetime, datetime] | None:
    """When it was seen first and last; both are known or neither."""
    first, last = told.indicator.first_seen_at, told.indicator.last_seen_at
    return (first, last) if first and last else None


def _indicator(told: Trace) -> Thing:
    one = told.indicator
    made = thing("indicator", str(one.pk), one.recorded_at, one.tlp, told.changed_at)
    made |= {"name": f"{one.get_kind_display()}: {one.in_short}",
             "indicator_types": [TYPES.get(Role(one.role), "malicious-activity")], "pattern": pattern(told),
             "pattern_type": "stix", "pattern_version": VERSION, "valid_from": at(one.first_seen_at or one.recorded_at),
             "confidence": SURE[one.confidence]}  # fmt: skip
    return made | ({"description": told.remark} if told.remark else {})


def _observed(told: Trace, observed: list[Thing], span: tuple[datetime, datetime]) -> Thing:
    """What was observed when; how often is not known beyond its first and last moment."""
    one = told.indicator
    made = thing("observed-data", str(one.pk), one.recorded_at, one.tlp, told.changed_at)
    return made | {"first_observed": at(span[0]), "last_observed": at(span[1]), "number_observed": len(set(span)),
                   "object_refs": [each["id"] for each in observed]}  # fmt: skip


def _sighting(told: Trace, found: Thing, span: tuple[datetime, datetime], seen: Thing | None) -> Thing:
    one = told.indicator
    made = thing("sighting", str(one.pk), one.recorded_at, one.tlp, told.changed_at)
    made |= {"sighting_of_ref": found["id"], "first_seen": at(span[0]), "last_seen": at(span[1])}
    return made | ({"observed_data_refs": [seen["id"]]} if seen else {})


def pattern(told: Trace) -> str:
    """The pattern of STIX that finds the indicator; a network finds every address in it."""
    one = told.indicator
    kind, value = Kind(one.kind), one.value
    if kind in (Kind.IPV4, Kind.IPV6) and "/" in value:
        return f"[{PATHS[kind]} ISSUBSET {_quoted(value)}]"
    if kind == Kind.FILE:
        folder, name = _place(value)
        parts = [f"file:name = {_quoted(name)}"]
        parts += [f"file:parent_directory_ref.path = {_quoted(folder)}"] if folder else []
        return f"[{' AND '.join(parts)}]"
    return f"[{PATHS[kind]} = {_quoted(value)}]"


def observables(told: Trace) -> Iterator[Thing]:
    """What was observed, as objects of STIX, the one that is meant last; none of a User-Agent alone, which STIX knows
    within a connection only."""
    one = told.indicator
    kind, value = Kind(one.kind), one.value
    if kind == Kind.FILE:
        folder, name = _place(value)
        if folder:
            place = _observable("directory", one.tlp, path=folder)
            yield place
            yield _observable("file", one.tlp, name=name, parent_directory_ref=place["id"])
        else:
            yield _observable("file", one.tlp, name=name)
    elif kind in HASHES:
        named = {"name": told.file_name} if told.file_name else {}
        yield _observable("file", one.tlp, hashes={HASHES[kind]: value}, **named)
    elif kind in BY_KIND:
        yield BY_KIND[kind](one.tlp, value)


def _by(name: str, field: str) -> Callable[[str, str], Thing]:
    return lambda label, value: _observable(name, label, **{field: value})


BY_KIND: dict[str, Callable[[str, str], Thing]] = {
    Kind.IPV4: _by("ipv4-addr", "value"), Kind.IPV6: _by("ipv6-addr", "value"), Kind.DOMAIN: _by("domain-name", "value"),
    Kind.HOST: _by("domain-name", "value"), Kind.URL: _by("url", "value"), Kind.MAIL: _by("email-addr", "value"),
    Kind.SUBJECT: lambda label, value: _observable("email-message", label, subject=value, is_multipart=False),
    Kind.REGISTRY: _by("windows-registry-key", "key"), Kind.COMMAND: _by("process", "command_line"),
    Kind.MUTEX: _by("mutex", "name"), Kind.ACCOUNT: _by("user-account", "account_login"),
}  # fmt: skip


def _observable(kind: str, label: str, **values: Any) -> Thing:
    """An observable, whose id follows from what it is alone. It carries no moments; that of a process, which nothing
    makes the same as another's, is one of our own."""
    told = {name: value for name, value in values.items() if name != "is_multipart"}
    spelled = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    key = uuid5(OBSERVABLES, spelled)
    if kind == "process":
        key = UUID(bytes=sha256(f"process|{spelled}".encode()).digest()[:16], version=4)
    return {"type": kind, "spec_version": VERSION, "id": f"{kind}--{key}", **values,
            "object_marking_refs": [MARKINGS[Tlp(label)][1]]}  # fmt: skip


def _place(value: str) -> tuple[str, str]:
    """Where a file lies, "" if nothing is said, and its name."""
    found = PLACE.fullmatch(value)
    return (found[1], found[2]) if found else ("", value)


def _quoted(text: str) -> str:
    """A text as a constant of a pattern."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
