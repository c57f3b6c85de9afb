"""A document to an OSCAL file, XML or JSON; the same document gives the same bytes."""

from __future__ import annotations

import json
from typing import Any

from lxml import etree

from keepwell.areas.frameworks.rules.oscal.markup import put_blocks, put_line
from keepwell.areas.frameworks.rules.oscal.shapes import (
    LINE,
    NAMESPACE,
    PROSE,
    SHAPES,
    TEXT,
    YES,
    Child,
    Shape,
)

VERSION = "1.1.3"
FORMS = {"xml": "application/xml", "json": "application/json"}


def write(kind: str, document: dict[str, Any], form: str) -> bytes:
    """The file of a document of `kind` ("catalog" …) in `form` ("xml" or "json")."""
    return as_xml(kind, document) if form == "xml" else as_json(kind, document)


def as_json(kind: str, document: dict[str, Any]) -> bytes:
    """The document as JSON, its parts in OSCAL's order."""
    ordered = {kind: _ordered(SHAPES[kind], document)}
    return (json.dumps(ordered, ensure_ascii=False, indent=1) + "\n").encode()


def _ordered(shape: Shape, part: dict[str, Any]) -> dict[str, Any]:
    found = {name: part[name] for name in shape.flags if part.get(name)}
    for name in filter(None, (shape.value.rstrip("!"), shape.unwrapped)):
        if part.get(name):
            found[name] = part[name]
    for child in shape.children:
        value = part.get(child.key)
        if value is None or value == []:
            continue
        inner = SHAPES.get(child.kind)
        if inner is None:
            found[child.key] = value
        else:
            found[child.key] = (
                [_ordered(inner, v) for v in value] if child.is_many else _ordered(inner, value)
            )
    return found


def as_xml(kind: str, document: dict[str, Any]) -> bytes:
    """The document as XML, its elements in OSCAL's order."""
    root = etree.Element(_tag(kind), nsmap={None: NAMESPACE})
    _fill(root, SHAPES[kind], document, 1)
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return written + b"\n"


def _fill(element: Any, shape: Shape, part: dict[str, Any], depth: int) -> None:
    """Write a part into `element`; its elements stand on lines of their own, what is markup stays as it is."""
    for name in shape.flags:
        if part.get(name):
            element.set(name, part[name])
    if shape.value:
        element.text = part[shape.value.rstrip("!")]
    unwrapped = part.get(shape.unwrapped) if shape.unwrapped else None
    for child in shape.children:
        # Paragraphs stand behind properties and before parts within them.
        if unwrapped and child.xml == "part":
            put_blocks(element, unwrapped)
            unwrapped = None
        value = part.get(child.key)
        for one in (value if child.is_many else [value]) or []:
            if one is not None:
                _put(etree.SubElement(element, _tag(child.xml)), child, one, depth)
    if unwrapped:
        put_blocks(element, unwrapped)
    if len(element):
        element.text = "\n" + "  " * depth
        for inner in element:
            inner.tail = "\n" + "  " * depth
        element[-1].tail = "\n" + "  " * (depth - 1)


def _put(element: Any, child: Child, value: Any, depth: int) -> None:
    if child.kind == LINE:
        put_line(element, value)
    elif child.kind == PROSE:
        put_blocks(element, value)
    elif child.kind == TEXT:
        element.text = value
    elif child.kind == YES:
        element.text = "true" if value else "false"
    else:
        _fill(element, SHAPES[child.kind], value, depth + 1)


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"
