"""One group or control of a catalog and one requirement: what each tells of the other."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.text import slugify

from keepwell.areas.frameworks.models import Node, Version
from keepwell.areas.frameworks.rules.oscal.markup import escaped, plain
from keepwell.areas.frameworks.rules.oscal.reading import Document
from keepwell.areas.frameworks.rules.outline import Entry, Successor

OURS = "urn:keepwell:oscal"
CSF = "https://csrc.nist.gov/ns/csf"
STATEMENTS = ("statement", "overview")
RELATIONS = {"moved-to": "moved", "incorporated-into": "incorporated"}
PARTIES = {frozenset({"1st"}): "first", frozenset({"3rd"}): "third", frozenset({"1st", "3rd"}): "both"}
FOREIGN = re.compile(r"[^A-Za-z0-9._-]+")
Fragment = tuple[str, Document]  # where it stands (props, links, parts), and what stands there


class Ids:
    """The OSCAL id of each requirement of a version: the one it came with, else its code as a token."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self.by_code: dict[str, str] = {}
        used: set[str] = set()
        for node in nodes:
            found = token = str(node.oscal.get("id") or _token(node.code))
            number = 2
            while found in used:
                found, number = f"{token}-{number}", number + 1
            used.add(found)
            self.by_code[node.code] = found

    def __getitem__(self, code: str) -> str:
        return self.by_code[code]


def _token(code: str) -> str:
    found = FOREIGN.sub("-", code).strip("-") or "r"
    return found if found[0].isalpha() or found[0] == "_" else f"r-{found}"


def statement_id(node: Node, ids: Ids) -> str:
    """The id of the statement of a requirement in its catalog; where it has none, that of the control."""
    parts = (part for part in node.oscal.get("parts", ()) if part.get("name") in STATEMENTS)
    told = next((str(part["id"]) for part in parts if part.get("id")), "")
    return told or (f"{ids[node.code]}_smt" if node.statement else ids[node.code])


def sort_id(part: Document) -> tuple[bool, str]:
    """By what siblings are ordered: their sort-id; those without one stay behind, as they stand."""
    told = _prop(part, "sort-id")
    return (not told, told)


def _prop(part: Mapping[str, Any], name: str, ns: str = "") -> str:
    """The value of the first property called `name`."""
    found = (p["value"] for p in part.get("props", ()) if p["name"] == name and (not ns or p.get("ns") == ns))
    return next(found, "")


def entry_of(part: Mapping[str, Any], kind: str, parent: str = "") -> Entry:
    """What a group or control tells of a requirement."""
    code = _prop(part, "code", OURS) or part["id"]
    own = {name: value for name, value in part.items() if name not in ("groups", "controls")}
    title = plain(part["title"])
    return Entry(
        code=code, parent=parent, title="" if title in (code, part["id"]) else title,
        title_zh=_prop(part, "title-zh", OURS), statement=_statement(part), statement_zh=_text(part, "statement-zh"),
        party=_party(part), withdrawn=_prop(part, "status").lower() == "withdrawn",
        examples=tuple(_prose(p) for p in part.get("parts", ()) if p["name"] == "example"),
        references=tuple(_prose(p) for p in part.get("parts", ()) if p["name"] == "reference" and p.get("ns") == OURS),
        successors=tuple(
            Successor(link["href"].removeprefix("#"), RELATIONS[link["rel"]])
            for link in part.get("links", ()) if link.get("rel") in RELATIONS
        ),
        oscal={"kind": kind, **own},
    )  # fmt: skip


def says_scored(part: Mapping[str, Any]) -> bool | None:
    """Whether the control says itself that it is answered; None if it says nothing."""
    told = _prop(part, "scored", OURS)
    return {"yes": True, "no": False}.get(told)


def _statement(part: Mapping[str, Any]) -> str:
    """The statement, with the points below it."""
    found = next((p for p in part.get("parts", ()) if p["name"] in STATEMENTS), None)
    return "\n".join(_lines(found)) if found else ""


def _lines(part: Mapping[str, Any]) -> list[str]:
    label = _prop(part, "label")
    own = [f"{label} {_prose(part)}".strip()] if part.get("prose") else []
    return [*own, *(line for inner in part.get("parts", ()) for line in _lines(inner))]


def _prose(part: Mapping[str, Any]) -> str:
    return plain(part.get("prose", ""))


def _text(part: Mapping[str, Any], name: str) -> str:
    return next((_prose(p) for p in part.get("parts", ()) if p["name"] == name and p.get("ns") == OURS), "")


def _party(part: Mapping[str, Any]) -> str:
    told = frozenset(p["value"] for p in part.get("props", ()) if p["name"] == "risk-party")
    return PARTIES.get(told, "")


@dataclass(frozen=True)
class Sight:
    """What is needed to tell a requirement as a control."""

    node: Node
    id: str
    ids: Ids
    successors: list[Successor]


def control_of(node: Node, version: Version, ids: Ids, successors: list[Successor], *, is_group: bool,
               is_leaf: bool) -> tuple[str, Document]:  # fmt: skip
    """ "group" or "control", and that part; whatever came with it and was not changed since is as it came."""
    stored = copy.deepcopy(node.oscal)
    kind = str(stored.pop("kind", "") or ("group" if is_group else "control"))
    sight = Sight(node, ids[node.code], ids, successors)
    part = stored or _fresh(sight, version)
    known = entry_of(part, kind)
    if known.title != node.title:
        part["title"] = escaped(node.title or node.code)
    for name, belongs, made in ASPECTS:
        if getattr(known, name) != _now(sight, name):
            _replace(part, belongs, made(sight))
    said = says_scored(part)
    if (is_leaf and not node.withdrawn if said is None else said) != node.is_scored:
        yes = {"name": "scored", "ns": OURS, "value": "yes" if node.is_scored else "no"}
        _replace(
            part, lambda where, one: one.get("name") == "scored" and one.get("ns") == OURS, [("props", yes)]
        )
    return kind, part


def _now(sight: Sight, name: str) -> Any:
    """What the requirement says now of one aspect, as an entry tells it."""
    if name == "successors":
        return tuple(Successor(sight.ids[s.code], s.relation) for s in sight.successors)
    value = getattr(sight.node, name)
    return tuple(value) if isinstance(value, list) else value


def _fresh(sight: Sight, version: Version) -> Document:
    """A control that never came from a file."""
    node, levels = sight.node, version.level_names
    props = [
        {"name": "sort-id", "value": f"{node.position:05}"},
        {"name": "label", "value": node.code},
    ]
    if sight.id != node.code:
        props.append({"name": "code", "ns": OURS, "value": node.code})
    part: Document = {"id": sight.id, "title": escaped(node.title or node.code), "props": props}
    name = slugify(levels[node.depth]) if node.depth < len(levels) else ""
    return {**part, "class": name} if name else part


def _replace(part: Document, belongs: Callable[[str, Document], bool], fragments: list[Fragment]) -> None:
    """Put `fragments` where those that `belongs` knows stood."""
    for where in ("props", "links", "parts"):
        kept = [one for one in part.get(where, []) if not belongs(where, one)]
        kept += [one for place, one in fragments if place == where]
        if kept:
            part[where] = kept
        else:
            part.pop(where, None)


def _is(where: str, *names: str, ns: str = "") -> Callable[[str, Document], bool]:
    """Whether something at `where` has one of these names."""
    return lambda place, one: place == where and one.get("name") in names and (not ns or one.get("ns") == ns)


def _part(sight: Sight, name: str, text: str, ending: str, ns: str = "") -> list[Fragment]:
    if not text:
        return []
    part = {"id": f"{sight.id}_{ending}", "name": name, "prose": "\n\n".join(map(escaped, text.split("\n")))}
    return [("parts", {**part, "ns": ns} if ns else part)]


def _examples(sight: Sight) -> list[Fragment]:
    return [
        fragment
        for number, text in enumerate(sight.node.examples, 1)
        for fragment in _part(sight, "example", text, f"ex.{number}", CSF)
    ]


def _references(sight: Sight) -> list[Fragment]:
    return [
        fragment
        for number, text in enumerate(sight.node.references, 1)
        for fragment in _part(sight, "reference", text, f"ref.{number}", OURS)
    ]


def _title_zh(sight: Sight) -> list[Fragment]:
    told = sight.node.title_zh
    return [("props", {"name": "title-zh", "ns": OURS, "value": told})] if told else []


def _parties(sight: Sight) -> list[Fragment]:
    values = next((sorted(told) for told, party in PARTIES.items() if party == sight.node.party), [])
    return [("props", {"name": "risk-party", "ns": CSF, "value": value}) for value in values]


def _status(sight: Sight) -> list[Fragment]:
    return [("props", {"name": "status", "value": "withdrawn"})] if sight.node.withdrawn else []


def _successors(sight: Sight) -> list[Fragment]:
    rels = {relation: rel for rel, relation in RELATIONS.items()}
    return [
        ("links", {"href": f"#{sight.ids[s.code]}", "rel": rels.get(s.relation, "moved-to")})
        for s in sight.successors
    ]


Aspect = tuple[str, Callable[[str, Document], bool], Callable[[Sight], list[Fragment]]]
ASPECTS: tuple[Aspect, ...] = (
    ("title_zh", _is("props", "title-zh", ns=OURS), _title_zh),
    ("party", _is("props", "risk-party"), _parties),
    ("withdrawn", _is("props", "status"), _status),
    ("successors", lambda place, one: place == "links" and one.get("rel") in RELATIONS, _successors),
    ("statement", _is("parts", *STATEMENTS), lambda s: _part(s, "statement", s.node.statement, "smt")),
    ("statement_zh", _is("parts", "statement-zh", ns=OURS),
     lambda s: _part(s, "statement-zh", s.node.statement_zh, "smt-zh", OURS)),
    ("examples", _is("parts", "example"), _examples),
    ("references", _is("parts", "reference", ns=OURS), _references),
)  # fmt: skip
