"""The parts of an OSCAL 1.1 document: what each may hold, in the order of its XML.

A part is told as its flags (XML attributes; `!` for those it must have) and its children:
`title:line` is an element with a line of text, `prop*props:prop` a list of parts that JSON calls props,
`~prose` paragraphs that stand in it directly. Kinds without a part of their own: `text`, `line` (one line of
markup), `prose` (paragraphs of markup), `yes` (true or false).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

NAMESPACE = "http://csrc.nist.gov/ns/oscal/1.0"
TEXT, LINE, PROSE, YES = "text", "line", "prose", "yes"
CHILD = re.compile(
    r"(?P<xml>[a-z0-9-]{1,40})(?:\*(?P<many>[a-z0-9-]{1,40}))?(?P<must>!?):(?P<kind>[a-z0-9-]{1,40})"
)


@dataclass(frozen=True)
class Child:
    """An element inside a part: its name in XML, its key in JSON, what it is, and whether there may be many."""

    xml: str
    key: str
    kind: str
    is_many: bool
    is_needed: bool


@dataclass(frozen=True)
class Shape:
    """What a part may hold; `value` is the JSON key of its own text, `unwrapped` that of its paragraphs."""

    flags: tuple[str, ...]
    needed: tuple[str, ...]
    children: tuple[Child, ...]
    value: str = ""
    value_kind: str = TEXT
    unwrapped: str = ""

    @property
    def keys(self) -> frozenset[str]:
        """Every key it may have in JSON."""
        own = {self.value, self.unwrapped} - {""}
        return frozenset({*self.flags, *(child.key for child in self.children), *own})


def _shape(flags: str = "", children: str = "", value: str = "") -> Shape:
    """A part from its short telling; `value` as `text:line`."""
    words = flags.split()
    told = children.split()
    found = [CHILD.fullmatch(word) for word in told if word[0] != "~"]
    own, _colon, kind = value.partition(":")
    return Shape(
        flags=tuple(word.rstrip("!") for word in words),
        needed=tuple(word[:-1] for word in words if word.endswith("!")),
        children=tuple(
            Child(m["xml"], m["many"] or m["xml"], m["kind"], m["many"] is not None, bool(m["must"]))
            for m in found if m
        ),
        value=own, value_kind=kind or TEXT,
        unwrapped=next((word[1:] for word in told if word[0] == "~"), ""),
    )  # fmt: skip


META = "prop*props:prop link*links:link"

SHAPES: dict[str, Shape] = {
    "prop": _shape("name! uuid ns value! class group", "remarks:prose"),
    "link": _shape("href! rel media-type resource-fragment", "text:line"),
    "document-id": _shape("scheme", value="identifier!"),
    "hash": _shape("algorithm!", value="value!"),
    "address": _shape("type", "addr-line*addr-lines:text city:text state:text postal-code:text country:text"),
    "telephone-number": _shape("type", value="number!"),
    "external-id": _shape("scheme!", value="id!"),
    "revision": _shape("", f"title:line published:text last-modified:text version:text oscal-version:text {META} remarks:prose"),
    "role": _shape("id!", f"title!:line short-name:text description:prose {META} remarks:prose"),
    "location": _shape(
        "uuid!", "title:line address:address email-address*email-addresses:text "
        f"telephone-number*telephone-numbers:telephone-number url*urls:text {META} remarks:prose",
    ),
    "party": _shape(
        "uuid! type!", f"name:text short-name:text external-id*external-ids:external-id {META} "
        "email-address*email-addresses:text telephone-number*telephone-numbers:telephone-number "
        "address*addresses:address location-uuid*location-uuids:text "
        "member-of-organization*member-of-organizations:text remarks:prose",
    ),
    "responsible-party": _shape("role-id!", f"party-uuid*party-uuids!:text {META} remarks:prose"),
    "action": _shape(
        "uuid! date type! system!", f"{META} responsible-party*responsible-parties:responsible-party remarks:prose"
    ),
    "metadata": _shape(
        "", "title!:line published:text last-modified!:text version!:text oscal-version!:text "
        "revision*revisions:revision document-id*document-ids:document-id "
        f"{META} role*roles:role location*locations:location party*parties:party "
        "responsible-party*responsible-parties:responsible-party action*actions:action remarks:prose",
    ),
    "citation": _shape("", f"text!:line {META}"),
    "rlink": _shape("href! media-type", "hash*hashes:hash"),
    "base64": _shape("filename media-type", value="value!"),
    "resource": _shape(
        "uuid!", "title:line description:prose prop*props:prop document-id*document-ids:document-id "
        "citation:citation rlink*rlinks:rlink base64:base64 remarks:prose",
    ),
    "back-matter": _shape("", "resource*resources:resource"),
    "test": _shape("", "expression!:text remarks:prose"),
    "constraint": _shape("", "description:prose test*tests:test"),
    "guideline": _shape("", "~prose"),
    "select": _shape("how-many", "choice*choice:line"),
    "param": _shape(
        "id! class depends-on", f"{META} label:line usage:prose constraint*constraints:constraint "
        "guideline*guidelines:guideline value*values:text select:select remarks:prose",
    ),
    "part": _shape("id name! ns class", "title:line prop*props:prop ~prose part*parts:part link*links:link"),
    "control": _shape(
        "id! class", f"title!:line param*params:param {META} part*parts:part control*controls:control"
    ),
    "group": _shape(
        "id class", f"title!:line param*params:param {META} part*parts:part group*groups:group "
        "control*controls:control",
    ),
    "catalog": _shape(
        "uuid!", "metadata!:metadata param*params:param control*controls:control group*groups:group "
        "back-matter:back-matter",
    ),
    # Profiles.
    "nothing": _shape(),
    "matching": _shape("pattern"),
    "selection": _shape("with-child-controls", "with-id*with-ids:text matching*matching:matching"),
    "import": _shape(
        "href!", "include-all:nothing include-controls*include-controls:selection "
        "exclude-controls*exclude-controls:selection",
    ),
    "insert-controls": _shape(
        "order", "include-all:nothing include-controls*include-controls:selection "
        "exclude-controls*exclude-controls:selection",
    ),
    "custom-group": _shape(
        "id class", f"title!:line param*params:param {META} part*parts:part group*groups:custom-group "
        "insert-controls*insert-controls:insert-controls",
    ),
    "custom": _shape("", "group*groups:custom-group insert-controls*insert-controls:insert-controls"),
    "combine": _shape("method"),
    "merge": _shape("", "combine:combine flat:nothing as-is:yes custom:custom"),
    "set-parameter": _shape(
        "param-id! class depends-on", f"{META} label:line usage:prose constraint*constraints:constraint "
        "guideline*guidelines:guideline value*values:text select:select",
    ),
    "remove": _shape("by-name by-class by-id by-item-name by-ns", "remarks:prose"),
    "add": _shape("position by-id", f"title:line param*params:param {META} part*parts:part"),
    "alter": _shape("control-id!", "remove*removes:remove add*adds:add"),
    "modify": _shape("", "set-parameter*set-parameters:set-parameter alter*alters:alter"),
    "profile": _shape(
        "uuid!", "metadata!:metadata import*imports!:import merge:merge modify:modify back-matter:back-matter"
    ),
    # Assessment results, as far as scores of requirements need them.
    "import-ap": _shape("href!", "remarks:prose"),
    "select-control": _shape("control-id!", "statement-id*statement-ids:text"),
    "control-selection": _shape(
        "", f"description:prose {META} include-all:nothing include-control*include-controls:select-control "
        "exclude-control*exclude-controls:select-control remarks:prose",
    ),
    "reviewed-controls": _shape(
        "", f"description:prose {META} control-selection*control-selections!:control-selection remarks:prose"
    ),
    "actor": _shape("type! actor-uuid! role-id", META),
    "origin": _shape("", "actor*actors!:actor"),
    "subject": _shape("subject-uuid! type!", f"title:line {META} remarks:prose"),
    "relevant-evidence": _shape("href", f"description!:prose {META} remarks:prose"),
    "observation": _shape(
        "uuid!", "title:line description!:prose " + META + " method*methods!:text type*types:text origin*origins:origin "
        "subject*subjects:subject relevant-evidence*relevant-evidence:relevant-evidence collected!:text expires:text "
        "remarks:prose",
    ),
    "status": _shape("state! reason", "remarks:prose"),
    "target": _shape("type! target-id!", f"title:line description:prose {META} status!:status remarks:prose"),
    "related-observation": _shape("observation-uuid!"),
    "finding": _shape(
        "uuid!", f"title!:line description!:prose {META} origin*origins:origin target!:target "
        "implementation-statement-uuid:text related-observation*related-observations:related-observation "
        "remarks:prose",
    ),
    "result": _shape(
        "uuid!", "title!:line description!:prose start!:text end:text " + META + " reviewed-controls!:reviewed-controls "
        "observation*observations:observation finding*findings:finding remarks:prose",
    ),
    "assessment-results": _shape(
        "uuid!", "metadata!:metadata import-ap!:import-ap result*results!:result back-matter:back-matter"
    ),
}  # fmt: skip
ROOTS = ("catalog", "profile", "assessment-results")
