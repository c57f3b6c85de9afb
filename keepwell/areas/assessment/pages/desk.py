"""The answering page as its reader sees it: the tree with what is to do, one requirement, and what lies beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.translation import gettext

from keepwell.areas.assessment import rules
from keepwell.areas.assessment.models import Answer, Assessment, Source
from keepwell.areas.assessment.rules.answering import require_open
from keepwell.areas.assessment.rules.scoring import Scoring
from keepwell.areas.assessment.rules.working import CHANGED, TODO, state_of
from keepwell.areas.frameworks.models.outlines import in_reader_language
from keepwell.kernel.refusing import Refused
from keepwell.platform.people.models import Person

ALL = "all"
SHOWS = (TODO, CHANGED, ALL)
OFFERED = (Source.SELF, Source.VALIDATED, Source.CONSULTANT, Source.AUDIT)
"""The sources whose scores are given on the page, the one that comes first before the others."""


@dataclass(frozen=True)
class Seat:
    """From where somebody looks at an assessment: whose scores they give, and why none can be given now ("": they can).

    `source` is that of the scores shown as the page's own; a mere reader sees the site's.
    """

    source: Source
    others: tuple[Source, ...]
    closed: str
    is_reader: bool = False

    @property
    def may_write(self) -> bool:
        return not self.is_reader and not self.closed


def seat(assessment: Assessment, writable: Any, asked: str, *, is_past: bool) -> Seat:
    """The seat that `asked` names, else the first one in which scores can be given now, else the first one."""
    held = [source for source in OFFERED if source in writable]
    if not held:
        return Seat(Source.SELF, (), "", is_reader=True)
    closed = {source: _closed(assessment, source) for source in held}
    open_now = [source for source in held if not closed[source]]
    taken = next((source for source in held if source.value == asked), (open_now or held)[0])
    others = tuple(source for source in open_now if source is not taken)
    why = gettext("A past year cannot be changed here.") if is_past else closed[taken]
    return Seat(taken, others, why)


def _closed(assessment: Assessment, source: Source) -> str:
    try:
        require_open(assessment, source)
    except Refused as refusal:
        return str(refusal)
    return ""


@dataclass(frozen=True)
class Leaf:
    """One requirement in the tree: how it stands by the scores of the seat, and what is said beside its code."""

    entry: rules.Entry
    state: str
    said: str
    icon: str
    is_here: bool

    @property
    def code(self) -> str:
        return self.entry.line.code

    @property
    def is_todo(self) -> bool:
        return self.state == TODO

    @property
    def is_changed(self) -> bool:
        """Whether the site says something else than in the cycle before."""
        return self.entry.state == CHANGED


@dataclass(frozen=True)
class Branch:
    """A function or category in the tree: done of all below it; unfolded where the reader stands."""

    code: str
    title: str
    done: int
    total: int
    first: str
    is_open: bool
    branches: tuple[Branch, ...]
    leaves: tuple[Leaf, ...]

    @property
    def icon(self) -> str:
        if self.done == self.total:
            return "check"
        return "chevron-down" if self.is_open else "chevron-right" if self.done else "circle"


class Desk:
    """The tree of an assessment for somebody who stands at one requirement in a seat, narrowed to `show`."""

    def __init__(self, sheet: rules.Sheet, seat: Seat, at: str, show: str) -> None:
        self.sheet, self.seat = sheet, seat
        self.assessment, self.cycle = sheet.assessment, sheet.assessment.cycle
        self.show = show if show in SHOWS else TODO
        self._scoring = Scoring(self.cycle)
        entries = {one.line.code: one for one in sheet.entries}
        todo = [code for code, one in entries.items() if self._state(one) == TODO]
        self.here = at if at in entries else (todo or list(entries) or [""])[0]
        self.leaves = [self._leaf(one) for one in sheet.entries]
        self.entry = entries.get(self.here)

    @property
    def standing_at(self) -> rules.Entry:
        """The requirement at which the reader stands; only a desk that has one is shown."""
        if self.entry is None:
            raise RuntimeError("A desk without a requirement has nothing to work on.")
        return self.entry

    @cached_property
    def leaf(self) -> Leaf:
        """The requirement at which the reader stands."""
        return next(leaf for leaf in self.leaves if leaf.is_here)

    @property
    def counts(self) -> dict[str, int]:
        """How many requirements each narrowing shows."""
        return {
            TODO: sum(leaf.is_todo for leaf in self.leaves),
            CHANGED: sum(leaf.is_changed for leaf in self.leaves),
            ALL: len(self.leaves),
        }

    @property
    def answered(self) -> int:
        return len(self.leaves) - self.counts[TODO]

    @cached_property
    def next_code(self) -> str:
        """The next requirement of the narrowing after this one, round to the first; "" if there is no other."""
        place = self._place
        turned = [*self.leaves[place + 1 :], *self.leaves[:place]]
        return next((leaf.code for leaf in turned if self._shows(leaf)), "")

    @cached_property
    def back_code(self) -> str:
        """The requirement before this one; "" at the first."""
        before = self.leaves[: self._place]
        if self.show == CHANGED:
            before = [leaf for leaf in before if leaf.is_changed]
        return before[-1].code if before else ""

    @cached_property
    def path(self) -> list[str]:
        """What the requirement belongs to, from the top."""
        return [code for code in reversed(list(self.sheet.outline.above(self.here))) if code][:-1]

    @cached_property
    def titles(self) -> list[str]:
        """The names of what the requirement belongs to, from the top."""
        return [title_of(self.sheet.outline.by_code[code]) for code in self.path]

    @cached_property
    def branches(self) -> tuple[Branch, ...]:
        """The functions with what lies below them; unfolded along the path of the reader."""
        groups: dict[str, list[Leaf]] = {}
        for leaf in self.leaves:
            for code in self.sheet.outline.above(leaf.code):
                groups.setdefault(code, []).append(leaf)
        below: dict[str, list[Any]] = {}
        for line in self.sheet.outline.lines:
            if not line.is_leaf and line.code in groups:
                below.setdefault(line.parent, []).append(line)
        return self._branches("", below, groups)

    def _branches(
        self, parent: str, below: dict[str, list[Any]], groups: dict[str, list[Leaf]]
    ) -> tuple[Branch, ...]:
        found = []
        for line in below.get(parent, ()):
            leaves, is_open = groups[line.code], line.code in self.path
            own = [leaf for leaf in leaves if leaf.entry.line.parent == line.code]
            first = next((leaf for leaf in leaves if self._shows(leaf)), leaves[0])
            found.append(Branch(
                line.code, title_of(line), sum(not leaf.is_todo for leaf in leaves), len(leaves), first.code, is_open,
                self._branches(line.code, below, groups) if is_open else (),
                tuple(leaf for leaf in own if self.show != CHANGED or leaf.is_changed or leaf.is_here) if is_open else (),
            ))  # fmt: skip
        return tuple(found)

    @property
    def _place(self) -> int:
        return next((place for place, leaf in enumerate(self.leaves) if leaf.is_here), 0)

    def _shows(self, leaf: Leaf) -> bool:
        return self.show == ALL or (leaf.is_todo if self.show == TODO else leaf.is_changed)

    def _state(self, entry: rules.Entry) -> str:
        """How a requirement stands by the scores of the seat: those of the site, or of who stands beside it."""
        if self.seat.source is Source.SELF:
            return entry.state
        return state_of(entry.answers.get(self.seat.source))

    def _leaf(self, entry: rules.Entry) -> Leaf:
        state = self._state(entry)
        answer = entry.answers.get(self.seat.source)
        said, icon = said_of(state, answer, self._scoring, entry.shared)
        return Leaf(entry, state, said, icon, entry.line.code == self.here)


def said_of(
    state: str, answer: Answer | None, scoring: Scoring, shared: Sequence[Person] = ()
) -> tuple[str, str]:
    """What stands beside a requirement in the tree, and its icon."""
    if state == TODO:
        return (str(shared[0]), "users") if shared else (gettext("to do"), "circle")
    if answer is None or answer.practice is None:
        return gettext("n/a"), "minus"
    return f"{rules.shown(scoring.score(answer.policy, answer.practice))}", "check"


def title_of(line: Any) -> str:
    """What a function or category is called: its title in the reader's language, else its code."""
    return in_reader_language(line.title, line.title_zh) or line.code
