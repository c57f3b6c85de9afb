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

from keepwell.areas.frameworks.models import Guidance, Mapping, Node, Scale, Version
from keepwell.areas.frameworks.rules.outline import Entry, Heading, Outline, Successor
from keepwell.areas.frameworks.rules.taking_in import checked, take_in
from keepwell.platform.history import bulk
from keepwell.platform.tree.models import Unit

FOLDER = Path(__file__).parents[3] / "library" / "frameworks"
VERSIONS = (
    "nist-csf-1.1", "nist-csf-2.0", "iso-iec-27001-2022", "iec-62443-2-1-2024", "iec-62443-3-3-2013",
)  # fmt: skip
CROSSWALKS = ("nist-csf-1.1-to-2.0",)
GUIDANCE = ("nist-csf-2.0.guidance",)


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
        for name in GUIDANCE:
            came += [name] if _load_guidance(name) else []
    return came


def outline(code: str) -> Outline:
    """The version `code` as it is shipped, with the Chinese texts that lie beside it."""
    told = _read(code)
    chinese = _read(f"{code}.zh-hant") if (FOLDER / f"{code}.zh-hant.yaml").exists() else {}
    entries = _entries(told["nodes"], "", told["scored_depth"], chinese)
    return Outline(_heading(told), tuple(entries))


def _read(name: str) -> Any:
    with (FOLDER / f"{name}.yaml").open(encoding="utf-8") as file:
        return yaml.CSafeLoader(file).get_single_data()  # safe_load, in C


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
            code=told["code"], parent=parent, title=told.get("title", ""), title_zh=told.get("title_zh", ""),
            statement=told.get("statement", ""),
            is_scored=scored_depth == 0 and not told.get("withdrawn"), withdrawn=told.get("withdrawn", False),
            party=told.get("party", ""), examples=tuple(told.get("examples", ())),
            successors=tuple(Successor(one["code"], one["relation"]) for one in told.get("successors", ())),
        )  # fmt: skip
        yield _with_chinese(entry, chinese.get(entry.code, {}))
        yield from _entries(told.get("below", []), told["code"], scored_depth - 1, chinese)


def _with_chinese(entry: Entry, told: str | dict[str, str]) -> Entry:
    """`entry` with its Chinese texts; one without a title of its own has its statement alone."""
    texts = {"statement": told} if isinstance(told, str) else told
    title, statement = texts.get("title", entry.title_zh), texts.get("statement", entry.statement_zh)
    return replace(entry, title_zh=title, statement_zh=statement)


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
    source, target = _version(told["source"]), _version(told["target"])
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


def _load_guidance(name: str) -> bool:
    """Write what the levels of a scale ask in a version that is here and has none yet; returns whether it did."""
    told = _read(name)
    version, scale = _version(told["version"]), Scale.objects.current().filter(code=told["scale"]).first()
    if version is None or scale is None:
        return False
    if Guidance.objects.filter(node__framework_version=version, scale=scale).exists():
        return False
    nodes = _nodes(version)
    rows = [
        Guidance(node=nodes[code], scale=scale, level=level, **texts)
        for code, levels in told["nodes"].items()
        for level, texts in enumerate(levels, 1)
    ]
    for row in rows:
        checked(row)
    bulk.create_all(rows)
    return True


def _version(code: str) -> Version | None:
    return Version.objects.current().filter(code=code).first()


def _nodes(version: Version) -> dict[str, Node]:
    rows = Node.objects.filter(framework_version=version).select_related("framework_version__framework")
    return {node.code: node for node in rows}
