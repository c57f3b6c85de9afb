"""The requirements of a framework version as a cycle scores them: a tree with its leaves, in their order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from django.utils.translation import gettext

from keepwell.areas.frameworks.models import Node
from keepwell.areas.frameworks.models import Version as FrameworkVersion
from keepwell.kernel.refusing import Refused
from keepwell.kernel.rollup.tree import Node as Branch

WHOLE = ""


@dataclass(frozen=True)
class Line:
    """One requirement: its code, its place, and whether it is answered itself."""

    pk: UUID
    code: str
    parent: str
    depth: int
    is_leaf: bool
    title: str
    title_zh: str


@dataclass(frozen=True)
class Outline:
    """A framework version's tree: `lines` in the order of its publisher, the root (code "") not among them."""

    version_id: UUID
    lines: tuple[Line, ...]

    @cached_property
    def by_code(self) -> dict[str, Line]:
        return {line.code: line for line in self.lines}

    @cached_property
    def by_pk(self) -> dict[UUID, Line]:
        return {line.pk: line for line in self.lines}

    @cached_property
    def leaves(self) -> tuple[Line, ...]:
        """What is answered, in order."""
        return tuple(line for line in self.lines if line.is_leaf)

    @cached_property
    def tree(self) -> Branch:
        """The tree as the kernel rolls it up; its root has the code ""."""
        return self._branch(WHOLE)

    def at_depth(self, depth: int) -> list[Line]:
        """The branches at a depth: 0 functions, 1 categories; none where the tree is shallower."""
        return [line for line in self.lines if line.depth == depth and not line.is_leaf]

    def depth_of(self, code: str) -> int:
        """The depth of the branches among which a code stands; for what is answered itself, of that to which it
        belongs; 0 for the whole and for what is not there."""
        line = self.by_code.get(code)
        return 0 if line is None else max(0, line.depth - line.is_leaf)

    def above(self, code: str) -> Iterator[str]:
        """The code itself and those of all it belongs to, up to the whole."""
        while code:
            yield code
            code = self.by_code[code].parent
        yield WHOLE

    def below(self, code: str) -> list[Line]:
        """The leaves below a code, or the leaf itself; all for the whole."""
        return [line for line in self.leaves if code in self.above(line.code)]

    def leaf(self, code: str) -> Line:
        """What is answered under this code; refused if nothing is."""
        found = self.by_code.get(code)
        if found is None or not found.is_leaf:
            raise Refused(
                gettext("“%(code)s” is nothing that is answered in this cycle.") % {"code": code[:60]}
            )
        return found

    def line(self, code: str) -> Line:
        """The requirement called so; refused if there is none."""
        found = self.by_code.get(code)
        if found is None:
            raise Refused(gettext("This cycle has no requirement “%(code)s”.") % {"code": code[:60]})
        return found

    @cached_property
    def _children(self) -> dict[str, list[Line]]:
        found: dict[str, list[Line]] = defaultdict(list)
        for line in self.lines:
            found[line.parent].append(line)
        return found

    def _branch(self, code: str) -> Branch:
        return Branch(code, tuple(self._branch(line.code) for line in self._children.get(code, ())))


def outline(version: FrameworkVersion) -> Outline:
    """The outline of a framework version: what is scored, and what that belongs to; nothing withdrawn."""
    rows = list(
        Node.objects.filter(framework_version=version).active().in_order()
        .values_list("pk", "code", "parent__code", "depth", "is_scored", "title", "title_zh")
    )  # fmt: skip
    parents = {row[1]: row[2] or WHOLE for row in rows}
    leaves = {row[1] for row in rows if row[4]} - {parents[row[1]] for row in rows if row[4]}
    kept = set(leaves)
    for code in leaves:
        while (code := parents.get(code, WHOLE)) and code not in kept:
            kept.add(code)
    lines = (
        Line(pk, code, parents[code], depth, code in leaves, title, title_zh)
        for pk, code, _parent, depth, _scored, title, title_zh in rows if code in kept
    )  # fmt: skip
    return Outline(version.pk, tuple(lines))
