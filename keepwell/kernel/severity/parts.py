"""A part of a scheme's file as it is read: its names and values, where it stands, and what of it does not fit."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any
from unicodedata import category

from keepwell.kernel.severity import faults
from keepwell.kernel.severity.faults import Fact, Fault, Place
from keepwell.kernel.severity.scheme import Text

LONGEST_NAME, LONGEST_SENTENCE = 120, 400


@dataclass
class Part:
    """Names with values at a place; whatever does not fit is added to `found` and read as nothing."""

    given: Mapping[str, Any]
    at: Place
    found: list[Fault]

    def wrong(self, says: str, **facts: Fact) -> None:
        """Something here does not fit."""
        self.found.append(Fault(says, self.at, facts))

    def has_only(self, names: Collection[str]) -> None:
        """Nothing but `names` may stand here."""
        for name in self.given:
            if name not in names:
                self.wrong(faults.STRANGE, name=shown(name), known=", ".join(names))

    def holds(self, name: str) -> bool:
        """Whether it is there; a fault if not."""
        if name not in self.given:
            self.wrong(faults.MISSING, name=name)
        return name in self.given

    def text(self, name: str, most: int) -> str:
        """Words of 1 to `most` characters."""
        if not self.holds(name):
            return ""
        value = self.given[name]
        if not isinstance(value, str) or not 1 <= len(value.strip()) <= most:
            self.wrong(faults.BAD_TEXT, name=name, most=most)
            return ""
        if any(is_unseen(char) for char in value):
            self.wrong(faults.UNSHOWN, name=name)
            return ""
        return value.strip()

    def texts(self, name: str, most: int = LONGEST_NAME) -> Text:
        """Words in both languages."""
        return Text(self.text(name, most), self.text(f"{name}_zh", most))

    def whole(self, name: str, least: int, most: int) -> int:
        """A whole number from `least` to `most`; `least` where there is none."""
        if not self.holds(name):
            return least
        value = self.given[name]
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.wrong(faults.BAD_NUMBER, name=name, least=least, most=most)
            return least
        return value

    def listed(self, name: str, least: int, most: int) -> list[Any]:
        """A list of `least` to `most`."""
        if not self.holds(name):
            return []
        value = self.given[name]
        if not isinstance(value, list) or not least <= len(value) <= most:
            self.wrong(faults.NO_LIST, name=name, least=least, most=most)
            return []
        return value

    def parts(self, name: str, least: int, most: int, at: Place) -> list[Part]:
        """The parts of a list, each at `at` with its number."""
        found: list[Part] = []
        for number, one in enumerate(self.listed(name, least, most), start=1):
            if not isinstance(one, Mapping):
                self.wrong(faults.NO_PART, name=name)
                continue
            place = replace(at, line=getattr(one, "line", None))
            place = replace(place, part=number) if at.number else replace(place, number=number)
            found.append(Part(one, place, self.found))
        return found

    def named(self, name: str) -> Part:
        """The same, known by what stands under `name`."""
        return replace(self, at=replace(self.at, name=shown(self.given.get(name, "?"))))


def shown(value: Any) -> str:
    """A value of the file as a sentence names it."""
    return "".join("\N{REPLACEMENT CHARACTER}" if is_unseen(char) else char for char in str(value)[:60])


def is_unseen(char: str) -> bool:
    """Whether it is a control, a mark of direction or half a character, which no sentence shows."""
    return category(char).startswith("C") and char not in "\n\t"
