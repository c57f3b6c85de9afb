"""An OSCAL profile to the lines of ours, and ours to an OSCAL profile.

Which controls are chosen are our lines; what a profile alters in a control beyond priority, rationale, guidance and
target is kept with the line as it came, and goes out again.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from typing import Any

from django.utils.translation import gettext as _

from keepwell.areas.frameworks.models import Node, Profile, ProfileLine, Version
from keepwell.areas.frameworks.rules.oscal import catalogs
from keepwell.areas.frameworks.rules.oscal.controls import OURS, Ids
from keepwell.areas.frameworks.rules.oscal.markup import escaped, plain
from keepwell.areas.frameworks.rules.oscal.reading import Document
from keepwell.kernel.refusing import Refused

PARTS = ("rationale", "guidance")


def lines_of(document: Document, version: Version) -> list[ProfileLine]:
    """The lines of a profile of `version`, without their profile; raises Refused."""
    nodes = list(version.nodes.current().in_order())
    ids = Ids(nodes)
    by_id = {ids[node.code]: node for node in nodes}
    altered = {one["control-id"]: one for one in document.get("modify", {}).get("alters", ())}
    chosen = dict.fromkeys(_chosen(document, by_id))
    stray = next((one for one in altered if one not in chosen), None)
    if stray:
        raise Refused(_("The profile alters “%(code)s” without choosing it.") % {"code": stray[:60]})
    for one in chosen:
        if by_id[one].withdrawn:
            raise Refused(_("The profile chooses “%(code)s”, which was withdrawn.") % {"code": one})
    return [_line(by_id[one], altered.get(one, {})) for one in chosen]


def _chosen(document: Document, by_id: dict[str, Node]) -> Iterator[str]:
    """The ids of the controls that a profile chooses; an id that the version lacks is refused."""
    own = {f"#{document['uuid']}", document["uuid"]}
    for told in document["imports"]:
        if told["href"] in own:
            raise Refused(_("The profile imports itself."))
        left_out = {one for choice in told.get("exclude-controls", ()) for one in _of(choice, by_id)}
        if "include-controls" not in told:
            yield from (one for one, node in by_id.items() if not node.withdrawn and one not in left_out)
        for choice in told.get("include-controls", ()):
            yield from (one for one in _of(choice, by_id) if one not in left_out)


def _of(choice: Document, by_id: dict[str, Node]) -> Iterator[str]:
    """The ids that one choice names, by themselves, by patterns, and below those if it says so."""
    named = list(choice.get("with-ids", ()))
    unknown = next((one for one in named if one not in by_id), None)
    if unknown:
        raise Refused(_("“%(code)s” is no requirement of this version.") % {"code": unknown[:60]})
    for matching in choice.get("matching", ()):
        pattern = matching.get("pattern", "")
        named += [one for one, node in by_id.items() if not node.withdrawn and fnmatchcase(one, pattern)]
    yield from named
    if choice.get("with-child-controls") == "yes":
        above = {by_id[one].pk for one in named}
        for one, node in by_id.items():  # in order, so that what is above comes first
            if node.parent_id in above and not node.withdrawn:
                above.add(node.pk)
                yield one


def _line(node: Node, alter: Document) -> ProfileLine:
    """A line, with what our columns hold of how the profile alters the control."""
    props = [p for add in alter.get("adds", ()) for p in add.get("props", ()) if p.get("ns") == OURS]
    parts = [p for add in alter.get("adds", ()) for p in add.get("parts", ()) if p.get("ns") == OURS]
    values = {p["name"]: p["value"] for p in props}
    texts = {p["name"]: plain(p.get("prose", "")) for p in parts}
    rest = copy.deepcopy(alter)
    for add in rest.get("adds", ()):
        for where in ("props", "parts"):
            kept = [p for p in add.pop(where, ()) if p.get("ns") != OURS]
            add |= {where: kept} if kept else {}
    rest["adds"] = [
        add for add in rest.get("adds", ()) if any(add.get(name) for name in add if name != "position")
    ]
    return ProfileLine(
        node=node, priority=values.get("priority", "")[:40], rationale=texts.get("rationale", ""),
        guidance=texts.get("guidance", ""), target=_number(values.get("target")),
        oscal={name: value for name, value in rest.items() if value and name != "control-id"},
    )  # fmt: skip


def _number(told: str | None) -> Decimal | None:
    try:
        return Decimal(told) if told else None
    except InvalidOperation as error:
        raise Refused(_("The target “%(told)s” is no number.") % {"told": (told or "")[:20]}) from error


def beyond(document: Document) -> Document:
    """What a profile tells beside its choice and its alterations."""
    kept: Document = {
        name: document[name] for name in ("uuid", "metadata", "merge", "back-matter") if name in document
    }
    kept["href"] = document["imports"][0]["href"]
    parameters = document.get("modify", {}).get("set-parameters")
    return {**kept, "set-parameters": parameters} if parameters else kept


def document_of(profile: Profile) -> Document:
    """The OSCAL profile of ours, which imports the catalog of its version."""
    version = profile.framework_version
    ids = Ids(version.nodes.current().in_order())
    lines = list(profile.lines.current().select_related("node").order_by("node__position", "pk"))
    if not lines:
        raise Refused(_("The profile has no lines yet."))
    told = profile.oscal
    chosen = {"with-ids": [ids[line.node.code] for line in lines]}
    resource = str(version.oscal.get("uuid", version.pk))
    document: Document = {
        "uuid": told.get("uuid", str(profile.pk)),
        "metadata": told.get("metadata") or catalogs.metadata(profile.name, "1"),
        "imports": [{"href": told.get("href", f"#{resource}"), "include-controls": [chosen]}],
    }
    alters = [alter for line in lines if (alter := _alter(line, ids[line.node.code]))]
    modify: Document = {"set-parameters": told.get("set-parameters", []), "alters": alters}
    document |= {"merge": told.get("merge", {"as-is": True})}
    document |= (
        {"modify": {name: value for name, value in modify.items() if value}} if any(modify.values()) else {}
    )
    return document | {"back-matter": told.get("back-matter") or _back_matter(version, resource)}


def _back_matter(version: Version, uuid: str) -> Document:
    """The catalog that is imported, as something that can be fetched here."""
    link = {"href": f"{version.code}_catalog.json", "media-type": "application/oscal.catalog+json"}
    return {"resources": [{"uuid": uuid, "title": escaped(str(version)), "rlinks": [link]}]}


def _alter(line: ProfileLine, id_: str) -> Document:
    """How the profile alters a control; empty if it only chooses it."""
    values = {
        "priority": line.priority,
        "target": f"{line.target.normalize():f}" if line.target is not None else "",
    }
    props = [{"name": name, "ns": OURS, "value": value} for name, value in values.items() if value]
    parts = [{"id": f"{id_}_{name}", "name": name, "ns": OURS, "prose": _paragraphs(getattr(line, name))}
             for name in PARTS if getattr(line, name)]  # fmt: skip
    ours: dict[str, Any] = {"position": "ending"}
    ours |= {"props": props} if props else {}
    ours |= {"parts": parts} if parts else {}
    adds = [*line.oscal.get("adds", []), *([ours] if props or parts else [])]
    alter = {**line.oscal, "adds": adds}
    alter = {name: value for name, value in alter.items() if value}
    return {"control-id": id_, **alter} if alter else {}


def _paragraphs(text: str) -> str:
    return "\n\n".join(map(escaped, text.split("\n")))
