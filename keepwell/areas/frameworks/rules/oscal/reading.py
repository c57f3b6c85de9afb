"""An OSCAL file, XML or JSON, to a document: read whole and strictly, or refused with one sentence."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.utils.translation import gettext as _

from keepwell.areas.frameworks.rules.oscal.markup import BLOCKS, markdown_of, markdown_of_blocks
from keepwell.areas.frameworks.rules.oscal.shapes import (
    LINE,
    NAMESPACE,
    PROSE,
    ROOTS,
    SHAPES,
    TEXT,
    YES,
    Child,
    Shape,
)
from keepwell.kernel.refusing import Refused

MOST_BYTES = 20 * 1_048_576
MOST_DEEP = 20
VERSION = re.compile(r"v?1\.[01](\.\d{1,3})?")
Document = dict[str, Any]  # as OSCAL's JSON has it


def read(content: bytes, *, kind: str = "") -> tuple[str, Document]:
    """What the file holds ("catalog", "profile", "assessment-results"; `kind` alone if given) and its document.

    Raises Refused: too large, neither XML nor JSON, entities, another version, parts that OSCAL does not know.
    """
    if len(content) > MOST_BYTES:
        raise Refused(_("An OSCAL file has %(most)d MB at most.") % {"most": MOST_BYTES >> 20})
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    found, document = _from_json(content) if start == b"{" else _from_xml(content)
    if kind and found != kind:
        raise Refused(_("This is an OSCAL %(found)s, not a %(kind)s.") % {"found": found, "kind": kind})
    _check_version(document)
    return found, document


def _check_version(document: Document) -> None:
    told = document["metadata"]["oscal-version"]
    if not VERSION.fullmatch(told):
        raise Refused(
            _("The file follows OSCAL %(version)s; 1.0 and 1.1 are read here.") % {"version": told[:20]}
        )


def _from_json(content: bytes) -> tuple[str, Document]:
    try:
        told = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise Refused(_("The file is no JSON that can be read.")) from error
    names = [name for name in told if name in ROOTS] if isinstance(told, dict) else []
    if len(names) != 1 or len(set(told) - {"$schema"}) != 1:
        raise Refused(_("The file holds no OSCAL catalog, profile or assessment results."))
    return names[0], _part_of_json(SHAPES[names[0]], told[names[0]], names[0], 0)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys stand once each."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _part_of_json(shape: Shape, told: Any, name: str, depth: int) -> Document:
    """`told`, which has what its shape says and nothing else."""
    _need_shallow(depth)
    if not isinstance(told, dict):
        raise _misshapen(name)
    unknown = sorted(set(told) - shape.keys)
    if unknown:
        raise _foreign(unknown[0], name)
    found: Document = {}
    for flag in (*shape.flags, *filter(None, (shape.value.rstrip("!"), shape.unwrapped))):
        if flag in told:
            found[flag] = _text(told[flag], flag)
    for child in shape.children:
        if child.key in told:
            found[child.key] = _child_of_json(child, told[child.key], depth)
    _need_whole(shape, found, name)
    return found


def _child_of_json(child: Child, told: Any, depth: int) -> Any:
    if not child.is_many:
        return _value_of_json(child, told, depth)
    if not isinstance(told, list) or not told:
        raise _misshapen(child.key)
    return [_value_of_json(child, one, depth) for one in told]


def _value_of_json(child: Child, told: Any, depth: int) -> Any:
    if child.kind in SHAPES and child.kind not in (TEXT, LINE, PROSE, YES):
        return _part_of_json(SHAPES[child.kind], told, child.xml, depth + 1)
    if child.kind == YES:
        if not isinstance(told, bool):
            raise _misshapen(child.key)
        return told
    return _text(told, child.key)


def _text(told: Any, name: str) -> str:
    if not isinstance(told, str) or "\x00" in told or any("\ud800" <= sign <= "\udfff" for sign in told):
        raise _misshapen(name)
    return told


def _from_xml(content: bytes) -> tuple[str, Document]:
    try:
        root = fromstring(content, forbid_dtd=True)
    except DefusedXmlException as error:
        raise Refused(_("The file declares entities or a DTD; save it without them.")) from error
    except (ParseError, ValueError, LookupError) as error:
        raise Refused(_("The file is no XML that can be read.")) from error
    name = root.tag.removeprefix(f"{{{NAMESPACE}}}")
    if name not in ROOTS or name == root.tag:
        raise Refused(_("The file holds no OSCAL catalog, profile or assessment results."))
    return name, _part_of_xml(SHAPES[name], root, name, 0)


def _part_of_xml(shape: Shape, element: Any, name: str, depth: int) -> Document:
    """The part that `element` tells, which has what its shape says and nothing else."""
    _need_shallow(depth)
    found: Document = {}
    for flag, value in element.attrib.items():
        if flag in shape.flags:
            found[flag] = value
        elif not flag.startswith("{"):
            raise _foreign(flag, name)
    if shape.value:
        found[shape.value.rstrip("!")] = " ".join("".join(element.itertext()).split())
    _read_children(shape, element, name, depth, found)
    _need_whole(shape, found, name)
    return found


def _read_children(shape: Shape, element: Any, name: str, depth: int, found: Document) -> None:
    """Put what stands in `element` into `found`, each child under its key."""
    by_name = {child.xml: child for child in shape.children}
    paragraphs = []
    for inner in element:
        tag = str(inner.tag).removeprefix(f"{{{NAMESPACE}}}")
        child = by_name.get(tag)
        if child is None and shape.unwrapped and tag in BLOCKS:
            paragraphs.append(inner)
        elif child is None:
            raise _foreign(tag, name)
        elif child.is_many:
            found.setdefault(child.key, []).append(_value_of_xml(child, inner, depth))
        elif child.key in found:
            raise Refused(_("“%(name)s” stands twice in %(where)s.") % {"name": tag, "where": name})
        else:
            found[child.key] = _value_of_xml(child, inner, depth)
    if paragraphs:
        found[shape.unwrapped] = markdown_of_blocks(paragraphs)


def _value_of_xml(child: Child, element: Any, depth: int) -> Any:
    if child.kind == LINE:
        return markdown_of(element)
    if child.kind == PROSE:
        return markdown_of_blocks(list(element))
    if child.kind == TEXT:
        return " ".join((element.text or "").split())
    if child.kind == YES:
        return (element.text or "").strip() in ("true", "1")
    return _part_of_xml(SHAPES[child.kind], element, child.xml, depth + 1)


def _need_shallow(depth: int) -> None:
    if depth > MOST_DEEP:
        raise Refused(_("Parts of the file lie more than twenty deep in each other."))


def _need_whole(shape: Shape, found: Document, name: str) -> None:
    own = [shape.value[:-1]] if shape.value.endswith("!") else []
    needed = [*shape.needed, *own, *(child.key for child in shape.children if child.is_needed)]
    missing = next((key for key in needed if not found.get(key)), None)
    if missing:
        called = found.get("id") or found.get("uuid") or ""
        raise Refused(
            _("“%(name)s” is missing in %(where)s.")
            % {"name": missing, "where": f"{name} {called[:60]}".strip()}
        )


def _foreign(name: str, where: str) -> Refused:
    return Refused(
        _("“%(name)s” has no place in %(where)s of OSCAL 1.1.") % {"name": name[:60], "where": where}
    )


def _misshapen(name: str) -> Refused:
    return Refused(_("“%(name)s” does not have the form that OSCAL 1.1 gives it.") % {"name": name[:60]})
