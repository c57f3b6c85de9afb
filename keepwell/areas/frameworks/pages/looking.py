"""What the pages of frameworks show, each read in a fixed number of queries."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Count, Q
from django.utils.translation import ngettext

from keepwell.areas.frameworks.models import Framework, Guidance, Mapping, Node, Scale, Version
from keepwell.platform.history.labels import Standing
from keepwell.platform.people.models import Person
from keepwell.platform.records.models import visible_to

UNFIT = re.compile(r"[^A-Za-z0-9._-]+")
STATES = {
    Version.State.DRAFT: ("pencil", "act"),
    Version.State.IN_USE: ("check", "good"),
    Version.State.RETIRED: ("lock", "mute"),
}


@dataclass(frozen=True)
class Member:
    """A version of a framework, how much it asks, and the one before it."""

    version: Version
    before: Version | None

    @property
    def standing(self) -> Standing:
        """Its state as a badge."""
        icon, tint = STATES[Version.State(self.version.state)]
        return Standing(self.version.get_state_display(), icon, tint)


@dataclass(frozen=True)
class Family:
    """A framework with its versions, the newest first."""

    framework: Framework
    members: list[Member]


def families(person: Person) -> list[Family]:
    """Every framework that `person` may see, with its versions."""
    scored = Count("nodes", filter=Q(nodes__withdrawn=False, nodes__is_scored=True, nodes__retired_at=None))
    rows = visible_to(Version.objects.current(), person).annotate(scored=scored)
    found: dict[UUID, list[Version]] = defaultdict(list)
    for version in rows.order_by("released_on", "label", "pk"):
        found[version.framework_id].append(version)
    frameworks = visible_to(Framework.objects.current(), person).order_by("name", "pk")
    return [Family(one, _members(found.get(one.pk, []))) for one in frameworks]


def _members(versions: list[Version]) -> list[Member]:
    """Each version with the one before it, the newest first."""
    return [Member(version, versions[n - 1] if n else None) for n, version in enumerate(versions)][::-1]


@dataclass(frozen=True)
class Successor:
    """Where a withdrawn requirement leads in its version."""

    code: str
    relation: str

    @property
    def anchor(self) -> str:
        return anchor(self.code)


def anchor(code: str) -> str:
    """A code as the name of a place on a page."""
    return UNFIT.sub("-", code)


@dataclass
class Branch:
    """A requirement with what hangs below it, what the levels ask of it, and its successors if withdrawn."""

    node: Node
    below: list[Branch] = field(default_factory=list)
    levels: list[tuple[int, str, str]] = field(default_factory=list)
    successors: list[Successor] = field(default_factory=list)

    @property
    def anchor(self) -> str:
        return anchor(self.node.code)

    @property
    def is_leaf(self) -> bool:
        return not self.below


@dataclass(frozen=True)
class Tree:
    """A version as a page shows it: what is active by branches, what was withdrawn, and counts by level."""

    tops: list[Branch]
    withdrawn: list[Branch]
    counts: list[str]
    scales: list[Scale]
    scale: Scale | None
    others: list[Version]


def tree(version: Version, person: Person, *, scale: str = "") -> Tree:
    """The tree of `version` with the guidance of one scale: the one asked for, else the first that has some."""
    nodes = list(version.nodes.current().in_order())
    scales = list(Scale.objects.filter(pk__in=Guidance.objects.current().filter(
        node__framework_version=version).values("scale")).order_by("code"))  # fmt: skip
    chosen = next((one for one in scales if one.code == scale), scales[0] if scales else None)
    branches = {node.pk: Branch(node) for node in nodes}
    _hang_levels(branches, version, chosen)
    for line in (
        Mapping.objects.successions(version).select_related("target").order_by("target__position", "pk")
    ):
        found = Successor(line.target.code, line.get_relation_display())
        branches[line.source_id].successors.append(found)
    tops: list[Branch] = []
    for node in nodes:
        above = branches.get(node.parent_id) if node.parent_id else None
        if not node.withdrawn:
            (above.below if above else tops).append(branches[node.pk])
        elif above is not None and above.node.withdrawn:
            above.below.append(branches[node.pk])
    others = (
        visible_to(Version.objects.current(), person)
        .filter(framework=version.framework_id)
        .exclude(pk=version.pk)
    )
    gone = [branches[node.pk] for node in nodes if node.withdrawn]
    return Tree(
        tops, gone, _counts(version, nodes), scales, chosen, list(others.order_by("released_on", "label"))
    )


def _hang_levels(branches: dict[UUID, Branch], version: Version, scale: Scale | None) -> None:
    """Put what each level asks beside the requirements it was written for."""
    if scale is None:
        return
    names = scale.level_names()
    rows = Guidance.objects.current().filter(node__framework_version=version, scale=scale)
    for row in rows.order_by("level"):
        if row.node_id in branches:
            branches[row.node_id].levels.append((row.level, names.get(row.level, ""), row.text_here))


def _counts(version: Version, nodes: list[Node]) -> list[str]:
    """How many requirements are active at each depth, as `22 categories`."""
    counts: dict[int, int] = defaultdict(int)
    for node in nodes:
        counts[node.depth] += not node.withdrawn
    names = version.level_names
    return [
        _counted(names[depth] if depth < len(names) else "", count) for depth, count in sorted(counts.items())
    ]


def _counted(level: str, count: int) -> str:
    """A number of requirements by the name of their level, in the reader's language where it is known."""
    known = {
        "function": ngettext("%(count)d function", "%(count)d functions", count),
        "category": ngettext("%(count)d category", "%(count)d categories", count),
        "subcategory": ngettext("%(count)d subcategory", "%(count)d subcategories", count),
        "theme": ngettext("%(count)d theme", "%(count)d themes", count),
        "control": ngettext("%(count)d control", "%(count)d controls", count),
        "group": ngettext("%(count)d group", "%(count)d groups", count),
    }
    plain = ngettext("%(count)d requirement", "%(count)d requirements", count)
    return known.get(level, plain) % {"count": count}


@dataclass(frozen=True)
class Way:
    """A requirement of one version and all that it went over into, or came from."""

    node: Node
    lines: list[tuple[Node, str]]


@dataclass(frozen=True)
class Crosswalk:
    """Each requirement of the first version with where it leads in the second, whichever way the lines were drawn."""

    ways: list[Way]
    is_forward: bool
    is_empty: bool


def crosswalk(one: Version, two: Version, person: Person) -> Crosswalk:
    """The crosswalk between two versions, seen from `one`."""
    is_forward = Mapping.objects.between(one, two).exists()
    rows: Any = Mapping.objects.between(one, two) if is_forward else Mapping.objects.between(two, one)
    near, far = ("source", "target") if is_forward else ("target", "source")
    found: dict[UUID, list[tuple[Node, str]]] = defaultdict(list)
    for line in rows.select_related(far).order_by(f"{far}__position", "pk"):
        found[getattr(line, f"{near}_id")].append((getattr(line, far), line.get_relation_display()))
    ways = [Way(node, found.get(node.pk, [])) for node in one.nodes.active().in_order()]
    return Crosswalk(ways, is_forward, not found)
