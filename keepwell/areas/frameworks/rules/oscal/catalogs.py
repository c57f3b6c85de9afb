"""An OSCAL catalog to an outline of a version, and a version to a catalog.

What a catalog tells beyond our columns is kept with version and requirement as it came, and goes out again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from typing import Any

from django.utils.translation import gettext as _

from keepwell.areas.frameworks.models import Mapping, Node, Version
from keepwell.areas.frameworks.rules import library
from keepwell.areas.frameworks.rules.oscal import controls
from keepwell.areas.frameworks.rules.oscal.markup import escaped
from keepwell.areas.frameworks.rules.oscal.reading import Document
from keepwell.areas.frameworks.rules.oscal.writing import VERSION
from keepwell.areas.frameworks.rules.outline import Entry, Heading, Outline, Successor
from keepwell.kernel import moments
from keepwell.kernel.refusing import Refused

MOST_REQUIREMENTS = 20_000
# NIST's catalog of CSF 2.0 carries what 2.0 withdrew with its old wording and without a mark.
UNMARKED = {"CSF_2_0_0": "nist-csf-2.0"}


@dataclass(frozen=True)
class Met:
    """A group or control on the way down: its entry, and the codes above it."""

    entry: Entry
    above: tuple[str, ...]


def outline_of(document: Document, heading: Heading) -> Outline:
    """The version that a catalog tells, under `heading`; raises Refused with the first thing that is wrong."""
    extra: Document = {
        name: document[name] for name in ("uuid", "metadata", "params", "back-matter") if name in document
    }
    entries = _unmarked(document, _by_code(_checked(list(_walk(document, ())))))
    return Outline(replace(heading, oscal=extra), tuple(_scored(_marked(entries))))


def heading_of(document: Document, *, framework: str, name: str, code: str, label: str) -> Heading:
    """What the catalog says of itself, where the person who brings it in says nothing else."""
    told = document["metadata"]
    return Heading(
        framework=framework, name=name or told["title"][:160], code=code, label=label or told["version"][:40]
    )


def _walk(part: Document, above: tuple[str, ...]) -> Iterator[Met]:
    """Every group and control below `part`, each after the one it hangs below, siblings in their order."""
    below = [("group", one) for one in part.get("groups", ())]
    below += [("control", one) for one in part.get("controls", ())]
    for kind, one in sorted(below, key=lambda pair: controls.sort_id(pair[1])):
        if not one.get("id"):
            raise Refused(_("The group “%(title)s” has no id.") % {"title": one["title"][:60]})
        entry = controls.entry_of(one, kind, parent=above[-1] if above else "")
        yield Met(entry, above)
        yield from _walk(one, (*above, entry.code))


def _checked(met: list[Met]) -> list[Entry]:
    """The entries, whose codes stand once each."""
    if not met:
        raise Refused(_("The catalog holds no control."))
    if len(met) > MOST_REQUIREMENTS:
        raise Refused(_("A catalog has %(most)d controls at most.") % {"most": MOST_REQUIREMENTS})
    seen: set[str] = set()
    for one in met:
        if one.entry.code in one.above:
            raise Refused(_("“%(code)s” lies inside itself.") % {"code": one.entry.code})
        if one.entry.code in seen:
            raise Refused(_("The id “%(code)s” stands twice.") % {"code": one.entry.code})
        seen.add(one.entry.code)
    return [one.entry for one in met]


def _by_code(entries: list[Entry]) -> list[Entry]:
    """`entries`, whose successors are told by their codes, no longer by their ids."""
    codes = {entry.oscal["id"]: entry.code for entry in entries}
    return [
        replace(e, successors=tuple(Successor(codes.get(s.code, s.code), s.relation) for s in e.successors))
        if e.successors
        else e
        for e in entries
    ]


def _unmarked(document: Document, entries: list[Entry]) -> list[Entry]:
    """`entries`, in which a catalog known to leave out the marks of what is withdrawn gets them."""
    props = document["metadata"].get("props", ())
    told = next((p["value"] for p in props if p["name"] == "framework-version-identifier"), "")
    if told not in UNMARKED:
        return entries
    known = {e.code: e for e in library.outline(UNMARKED[told]).entries if e.withdrawn}
    return [
        replace(e, withdrawn=True, successors=known[e.code].successors) if e.code in known else e
        for e in entries
    ]


def _marked(entries: list[Entry]) -> list[Entry]:
    """`entries`, of which the withdrawn lead to something active; raises Refused where one leads nowhere."""
    by_code = {entry.code: entry for entry in entries}
    dissolved = {entry.parent for entry in entries if entry.withdrawn and entry.successors}
    for entry in entries:
        if entry.withdrawn and not entry.successors and entry.code not in dissolved:
            raise Refused(
                _("“%(code)s” is withdrawn and says nothing of what took its place.") % {"code": entry.code}
            )
        for successor in entry.successors:
            if successor.code not in by_code:
                raise Refused(
                    _("“%(code)s” leads to “%(other)s”, which is not in the catalog.")
                    % {"code": entry.code, "other": successor.code}
                )
    return [_led(entry, by_code) for entry in entries]


def _led(entry: Entry, by_code: dict[str, Entry]) -> Entry:
    """`entry` leading straight to what is active, past what was withdrawn after it."""
    if not any(by_code[s.code].withdrawn for s in entry.successors):
        return entry
    found: dict[str, Successor] = {}
    ahead, seen = list(entry.successors), {entry.code}
    while ahead:
        successor = ahead.pop(0)
        if successor.code in seen:
            continue
        seen.add(successor.code)
        target = by_code[successor.code]
        if target.withdrawn:
            ahead += [replace(s, relation=successor.relation) for s in target.successors]
        else:
            found[successor.code] = successor
    if not found:
        raise Refused(_("What took the place of “%(code)s” leads in a circle.") % {"code": entry.code})
    return replace(entry, successors=tuple(found.values()))


def _scored(entries: list[Entry]) -> Iterator[Entry]:
    """What is active and has nothing active below it is answered, unless the catalog says otherwise."""
    above = {entry.parent for entry in entries if not entry.withdrawn}
    for entry in entries:
        said = controls.says_scored(entry.oscal)
        is_scored = entry.code not in above if said is None else said
        yield replace(entry, is_scored=is_scored and not entry.withdrawn)


def document_of(version: Version) -> Document:
    """The catalog of a version, as it came where nothing was changed since."""
    nodes = list(version.nodes.current().in_order().select_related("parent"))
    succeeded: dict[Any, list[Successor]] = {}
    for line in (
        Mapping.objects.successions(version).select_related("target").order_by("target__position", "pk")
    ):
        succeeded.setdefault(line.source_id, []).append(Successor(line.target.code, line.relation))
    below: dict[Any, list[Node]] = {}
    for node in nodes:
        below.setdefault(node.parent_id, []).append(node)
    ids = controls.Ids(nodes)
    document = _head(version)
    _hang(document, None, below, lambda node: controls.control_of(
        node, version, ids, succeeded.get(node.pk, []), is_group=node.parent_id is None and node.pk in below,
        is_leaf=not any(not child.withdrawn for child in below.get(node.pk, [])),
    ))  # fmt: skip
    return document


def _hang(part: Document, key: Any, below: dict[Any, list[Node]], made: Any) -> None:
    """Put what lies below `key` into `part`, group by group."""
    for node in below.get(key, []):
        kind, one = made(node)
        _hang(one, node.pk, below, made)
        part.setdefault("groups" if kind == "group" else "controls", []).append(one)


def _head(version: Version) -> Document:
    """Uuid, metadata and what else a catalog has beside its controls."""
    told: Document = dict(version.oscal)
    told.setdefault("uuid", str(version.pk))
    if "metadata" not in told:
        told["metadata"] = metadata(f"{version.framework.name} {version.label}", version.label)
        if version.released_on:
            day = datetime.combine(version.released_on, time(), UTC)
            told["metadata"]["published"] = day.isoformat()
    return told


def metadata(title: str, version: str) -> Document:
    """What every OSCAL document says of itself."""
    return {
        "title": escaped(title), "last-modified": moments.now().replace(microsecond=0).isoformat(),
        "version": version, "oscal-version": VERSION,
    }  # fmt: skip
