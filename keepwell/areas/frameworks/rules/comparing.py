"""Two versions of a framework side by side: what changed, and what becomes of the answers."""

from __future__ import annotations

import re
from collections import Counter, defaultdict, deque
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keepwell.areas.frameworks.models import Mapping, Node, Version

WORDS = re.compile(r"\w+")


class Change(models.TextChoices):
    """What became of a requirement."""

    KEPT = "kept", _("Kept")
    REWORDED = "reworded", _("Kept, worded anew")
    MOVED = "moved", _("Moved")
    INCORPORATED = "incorporated", _("Incorporated")
    NEW = "new", pgettext_lazy("frameworks", "New")
    GONE = "gone", _("Gone")


class Fate(models.TextChoices):
    """What becomes of the answers given to what was before."""

    CARRIED = "carried", _("Carried over")
    RESTATED = "restated", _("Mean of what went into it, estimated")
    ANEW = "anew", _("To be answered anew")
    LEFT = "left", _("Stay with the former version")


@dataclass(frozen=True)
class Ancestor:
    """A requirement of the former version, and how it went over."""

    node: Node
    relation: str


@dataclass(frozen=True)
class Line:
    """One requirement of the new version with what went into it; or a former one that has no successor."""

    node: Node
    ancestors: tuple[Ancestor, ...]
    change: Change
    fate: Fate

    def told(self) -> dict[str, Any]:
        """The line for programs."""
        return {
            "code": self.node.code, "text": self.node.statement or self.node.title, "change": self.change.value,
            "answers": self.fate.value,
            "from": [
                {"code": a.node.code, "text": a.node.statement or a.node.title, "relation": a.relation}
                for a in self.ancestors
            ],
        }  # fmt: skip


@dataclass(frozen=True)
class Comparison:
    """Every scored requirement of `new` in its order, then those of `old` that lead to none of them."""

    old: Version
    new: Version
    lines: tuple[Line, ...]
    gone: tuple[Line, ...]
    has_crosswalk: bool

    @property
    def changes(self) -> dict[Change, int]:
        """How many lines of each change there are."""
        counts = Counter(line.change for line in (*self.lines, *self.gone))
        return {change: counts[change] for change in Change if counts[change]}

    @property
    def fates(self) -> dict[Fate, int]:
        """How many lines have their answers from where."""
        counts = Counter(line.fate for line in (*self.lines, *self.gone))
        return {fate: counts[fate] for fate in Fate if counts[fate]}

    def told(self) -> dict[str, Any]:
        """The comparison for programs."""
        return {
            "old": self.old.code, "new": self.new.code, "has_crosswalk": self.has_crosswalk,
            "changes": {change.value: count for change, count in self.changes.items()},
            "answers": {fate.value: count for fate, count in self.fates.items()},
            "lines": [line.told() for line in (*self.lines, *self.gone)],
        }  # fmt: skip


def compare(old: Version, new: Version) -> Comparison:
    """What changes from `old` to `new`, by the crosswalk between them; without one, by equal codes."""
    before, after = (list(version.nodes.scored().in_order()) for version in (old, new))
    lines = _lines(old, new)
    known = _followed(lines, new) if lines else _by_codes(old, new)
    by_id = {node.pk: node for node in before}
    led: set[UUID] = set()
    found = []
    for node in after:
        ancestors = tuple(
            Ancestor(by_id[pk], relation) for pk, relation in known.get(node.pk, ()) if pk in by_id
        )
        led.update(ancestor.node.pk for ancestor in ancestors)
        found.append(
            Line(node, ancestors, _change(node, ancestors), fate_of([a.relation for a in ancestors]))
        )
    gone = [Line(node, (), Change.GONE, Fate.LEFT) for node in before if node.pk not in led]
    return Comparison(old, new, tuple(found), tuple(gone), bool(lines))


Ancestry = dict[UUID, list[tuple[UUID, str]]]
Way = tuple[UUID, UUID, str]  # from, to, relation
WEAKER = (Mapping.Relation.SAME, Mapping.Relation.MOVED, Mapping.Relation.INCORPORATED)


def ancestry(old: Version, new: Version) -> Ancestry:
    """For each requirement of `new` (by id) those of `old` that went into it, with the relation: by the crosswalk,
    without one by equal codes. What `new` withdrew leads on to what took its place there."""
    lines = _lines(old, new)
    return _followed(lines, new) if lines else _by_codes(old, new)


def way(old: Version, new: Version) -> list[Version]:
    """The versions over which answers go from `old` to `new`, both ends among them: straight where a crosswalk leads
    so, else over as few versions between as crosswalks lead through; straight, by equal codes, where none does."""
    onward = _crosswalks(old)
    reached: dict[UUID, list[UUID]] = {old.pk: [old.pk]}
    ahead = deque([old.pk])
    while ahead and new.pk not in reached:
        at = ahead.popleft()
        for to in onward.get(at, ()):
            if to not in reached:
                reached[to] = [*reached[at], to]
                ahead.append(to)
    between = reached.get(new.pk, [old.pk, new.pk])[1:-1]
    known = {one.pk: one for one in Version.objects.filter(pk__in=between)} if between else {}
    return [old, *(known[pk] for pk in between), new]


def _crosswalks(version: Version) -> dict[UUID, list[UUID]]:
    """Which versions of a framework lead where by a crosswalk, the older ones first."""
    family = {f"{end}__framework_version__framework": version.framework_id for end in ("source", "target")}
    rows = Mapping.objects.current().filter(**family, relation__in=WEAKER)
    rows = rows.exclude(source__framework_version=models.F("target__framework_version"))
    pairs = rows.order_by("source__framework_version__code", "target__framework_version__code").values_list(
        "source__framework_version", "target__framework_version"
    )
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for source, target in pairs.distinct():
        found[source].append(target)
    return found


def _lines(old: Version, new: Version) -> list[Way]:
    rows = Mapping.objects.between(old, new).order_by("source__position", "pk")
    return list(rows.values_list("source_id", "target_id", "relation"))


def _by_codes(old: Version, new: Version) -> Ancestry:
    there = dict(new.nodes.current().values_list("code", "pk"))
    rows = old.nodes.active().in_order().values_list("pk", "code")
    return _followed(
        [(pk, there[code], str(Mapping.Relation.SAME)) for pk, code in rows if code in there], new
    )


def _followed(lines: list[Way], new: Version) -> Ancestry:
    """The lines by where they lead, past what `new` withdrew; what is only related leads nowhere."""
    onward: dict[UUID, list[tuple[UUID, str]]] = defaultdict(list)
    rows = Mapping.objects.successions(new).order_by("target__position", "pk")
    for source, target, relation in rows.values_list("source_id", "target_id", "relation"):
        onward[source].append((target, relation))
    found: dict[UUID, dict[UUID, str]] = defaultdict(dict)
    for source, target, relation in lines:
        ways = [
            (target, relation),
            *((further, _weaker(relation, to)) for further, to in onward.get(target, ())),
        ]
        for at, how in ways:
            if how in WEAKER:
                found[at].setdefault(source, how)
    return {target: list(sources.items()) for target, sources in found.items()}


def _weaker(one: str, two: str) -> str:
    """How something went over that took two steps."""
    related = str(Mapping.Relation.RELATED)
    return related if related in (one, two) else max(one, two, key=WEAKER.index)


def fate_of(relations: list[str]) -> Fate:
    """What becomes of answers where requirements went over by `relations` into one."""
    if not relations:
        return Fate.ANEW
    whole = (Mapping.Relation.SAME, Mapping.Relation.MOVED)
    return Fate.CARRIED if len(relations) == 1 and relations[0] in whole else Fate.RESTATED


def _change(node: Node, ancestors: tuple[Ancestor, ...]) -> Change:
    """The nearest way by which something came here."""
    if not ancestors:
        return Change.NEW
    same = next((a for a in ancestors if a.relation == Mapping.Relation.SAME), None)
    if same is not None:
        return Change.KEPT if _words(same.node) == _words(node) else Change.REWORDED
    is_moved = any(a.relation == Mapping.Relation.MOVED for a in ancestors)
    return Change.MOVED if is_moved else Change.INCORPORATED


def _words(node: Node) -> list[str]:
    """What a requirement says, whatever its punctuation and capitals."""
    return WORDS.findall((node.statement or node.title).casefold())
