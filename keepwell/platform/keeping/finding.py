"""What the examination of an installation finds: how it is, why that matters, and how to mend it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Grade(StrEnum):
    """How bad a finding is."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"

    @property
    def label(self) -> str:
        return str(LABELS[self])

    @property
    def icon(self) -> str:
        return ICONS[self]

    @property
    def tint(self) -> str:
        return TINTS[self]


ICONS = {Grade.GOOD: "check", Grade.WARNING: "clock", Grade.BAD: "alert-triangle"}
TINTS = {Grade.GOOD: "good", Grade.WARNING: "warn", Grade.BAD: "bad"}
LABELS = {
    Grade.GOOD: pgettext_lazy("health", "Good"),
    Grade.WARNING: pgettext_lazy("examination", "Look at it"),
    Grade.BAD: _("Mend it"),
}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; sentences are in the reader's language and hold no secret."""

    name: str
    grade: Grade
    found: str
    matters: str = ""
    mend: str = ""

    @property
    def is_good(self) -> bool:
        return self.grade is Grade.GOOD

    @property
    def is_bad(self) -> bool:
        return self.grade is Grade.BAD

    def told(self) -> dict[str, str]:
        """The finding for programs."""
        return {"name": self.name, "grade": str(self.grade), "found": self.found, "matters": self.matters,
                "mend": self.mend}  # fmt: skip


Look = Callable[[], Iterable[Finding]]
LOOKS: dict[str, tuple[str, Look]] = {}


def looks_at(name: str, title: str) -> Callable[[Look], Look]:
    """Let `look()` be part of every examination under `name`; `title` is marked by gettext_noop."""

    def keep(look: Look) -> Look:
        LOOKS[name] = (title, look)
        return look

    return keep


def good(name: str, found: str) -> Finding:
    """Something that is as it should be."""
    return Finding(name, Grade.GOOD, found)


def warning(name: str, found: str, matters: str, mend: str) -> Finding:
    """Something to look at in the next days."""
    return Finding(name, Grade.WARNING, found, matters, mend)


def bad(name: str, found: str, matters: str, mend: str) -> Finding:
    """Something to mend now."""
    return Finding(name, Grade.BAD, found, matters, mend)
