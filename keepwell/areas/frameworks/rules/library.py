"""What the house ships: frameworks, crosswalks, scales and guidance, from files to records."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from keepwell.areas.frameworks.models import Mapping, Node, Scale, Version
from keepwell.areas.frameworks.rules.outline import Entry, Heading, Outline, Successor
from keepwell.areas.frameworks.rules.taking_in import checked, take_in
from keepwell.platform.history import bulk
from keepwell.platform.tree.models import Unit

FOLDER = Path(__file__).parents[3] / "library" / "frameworks"
VERSIONS = ("nist-csf-1.1", "nist-csf-2.0")
CROSSWALKS = ("nist-csf-1.1-to-2.0",)


def load(only: Collection[str] = ()) -> list[str]:
    """Write what is shipped and not here yet (of the versions `only` those named); returns the codes of what
    came. Inside `acting`; what was changed or retired here stays as it is."""
    group = Unit.objects.get(kind=Unit.Kind.GROUP)
    with transaction.atomic():
        came = _load_scales(group)
        for code in VERSIONS:
            if (not only or code in only) and not Version.objects.filter(code=code).exists():
                take_in(outline(code), group, state=Version.State.IN_USE)
                came.append(code)
        for name in CROSSWALKS:
            came += [name] if _load_crosswalk(name) else []
    return came


def outline(code: str) -> Outline:
    """The version `code` as it is shipped, with the Chinese texts that lie beside it."""
    told = _read(code)
    chinese = _read(f"{code}.zh-hant") if (FOLDER / f"{code}.zh-hant.yaml").exists() else {}
    entries = _entries(told["nodes"], "", told["scored_depth"], chinese)
    return Outline(_heading(told), tuple(entries))


def _read(name: str) -> Any:
    with (FOLDER / f"{name}.yaml").open(encoding="utf-8") as file:
        return yaml.load(file, yaml.CSafeLoader)  # the safe loader, in C


def _heading(told: dict[str, Any]) -> Heading:
    framework, version = told["framework"], told["version"]
    released = version.get("released_on")
    return Heading(
        framework=framework["code"], name=framework["name"], name_zh=framework.get("name_zh", ""),
        publisher=framework["publisher"], licence=framework["licence"], source=framework["source"],
        code=version["code"], label=version["label"], level_names=tuple(version["level_names"]),
        released_on=date.fromisoformat(released) if released else None, version_licence=version["licence"],
        version_source=version["source"], note=version.get("note", ""),
    )  # fmt: skip


def _entries(
    nodes: list[dict[str, Any]], parent: str, scored_depth: int, chinese: dict[str, Any]
) -> Iterator[Entry]:
    """Every requirement after the one it hangs below; those at `scored_depth` below `nodes` are answered."""
    for told in nodes:
        entry = Entry(
            code=told["code"], parent=parent, title=told.get("title", ""), statement=told.get("statement", ""),
            is_scored=scored_depth == 0 and not told.get("withdrawn"), withdrawn=told.get("withdrawn", False),
            party=told.get("party", ""), examples=tuple(told.get("examples", ())),
            successors=tuple(Successor(one["code"], one["relation"]) for one in told.get("successors", ())),
        )  # fmt: skip
        yield replace(entry, **chinese.get(entry.code, {}))
        yield from _entries(told.get("below", []), told["code"], scored_depth - 1, chinese)


def _load_scales(group: Unit) -> list[str]:
    """Write the scales that are not here yet."""
    here = set(Scale.objects.values_list("code", flat=True))
    fresh = [_scale(told, group) for told in _read("scales") if told["code"] not in here]
    bulk.create_all(fresh)
    return [scale.code for scale in fresh]


def _scale(told: dict[str, Any], group: Unit) -> Scale:
    numbers = {name: Decimal(told[name]) for name in ("lowest", "highest", "step")}
    scale = Scale(**{**told, **numbers}, unit=group)
    checked(scale)
    return scale


def _load_crosswalk(name: str) -> bool:
    """Write a crosswalk between two versions that are here and have none yet; returns whether it did."""
    told = _read(name)
    ends = {
        end: Version.objects.filter(code=told[end], retired_at=None).first() for end in ("source", "target")
    }
    source, target = ends["source"], ends["target"]
    if source is None or target is None or Mapping.objects.between(source, target).exists():
        return False
    sources, targets = _nodes(source), _nodes(target)
    rows = [
        Mapping(source=sources[line["from"]], target=targets[line["to"]], relation=line["relation"],
                note=line.get("note", ""))
        for line in told["lines"]
    ]  # fmt: skip
    for row in rows:
        checked(row)
    bulk.create_all(rows)
    return True


def _nodes(version: Version) -> dict[str, Node]:
    rows = Node.objects.filter(framework_version=version).select_related("framework_version__framework")
    return {node.code: node for node in rows}
