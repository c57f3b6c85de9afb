"""JSON: a document whole, so that a worker or another program can take it up again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from keepwell.platform.publishing.blocks import (
    Badge,
    Chart,
    Column,
    Document,
    Drawing,
    Figure,
    Group,
    Link,
    Restatement,
    Table,
    Text,
)

FORM = "keepwell.document/1"
KINDS = {kind.__name__.lower(): kind for kind in
         (Text, Figure, Table, Chart, Drawing, Column, Group, Badge, Link, Restatement)}  # fmt: skip


def write_json(document: Document) -> bytes:
    """What programs were promised (`document.data`), else the document whole."""
    found = document.data if document.data is not None else to_dict(document)
    return (json.dumps(found, ensure_ascii=False, indent=2, default=_plain) + "\n").encode(errors="replace")


def to_dict(document: Document) -> dict[str, Any]:
    """The document as plain values: blocks and special cells with their `kind`, days as {"day": ISO}."""
    content = {
        field.name: _told(getattr(document, field.name)) for field in fields(document) if field.name != "data"
    }
    kept = {} if document.data is None else {"data": document.data}
    return {"form": FORM, **content, **kept}


def from_dict(told: Mapping[str, Any]) -> Document:
    """The document `to_dict` told, also after a way through JSON text."""
    if told.get("form") != FORM:
        raise ValueError(f"This is no document of form {FORM}.")
    content = {name: _heard(found) for name, found in told.items() if name not in ("form", "data")}
    return Document(**content, data=told.get("data"))


def read_json(content: bytes) -> Document:
    """The document in bytes that `write_json` wrote without `data`."""
    return from_dict(json.loads(content))


def _told(found: Any) -> Any:
    kind = type(found).__name__.lower()
    if kind in KINDS:
        content = {field.name: _told(getattr(found, field.name)) for field in fields(found)}
        return {
            "kind": kind,
            **({"kind": kind, "of": content.pop("kind")} if "kind" in content else {}),
            **content,
        }
    if isinstance(found, tuple | list):
        return [_told(item) for item in found]
    if isinstance(found, datetime | date):
        return {"moment" if isinstance(found, datetime) else "day": found.isoformat()}
    if isinstance(found, Decimal):
        return _plain(found)
    return found


def _heard(told: Any) -> Any:
    if isinstance(told, list):
        return tuple(_heard(item) for item in told)
    if not isinstance(told, Mapping):
        return told
    if "kind" in told:
        content = {
            name: found if name == "spec" else _heard(found) for name, found in told.items() if name != "kind"
        }
        if "of" in content:
            content["kind"] = content.pop("of")
        return KINDS[told["kind"]](**content)
    if "day" in told:
        return date.fromisoformat(told["day"])
    if "moment" in told:
        return datetime.fromisoformat(told["moment"])
    return told


def _plain(found: Any) -> Any:
    if isinstance(found, Decimal):
        return int(found) if found == found.to_integral_value() else float(found)
    if isinstance(found, date):
        return found.isoformat()
    return str(found)
