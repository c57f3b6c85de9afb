"""What does not fit in a group's own scheme: where it stands, and in one sentence what to do.

The sentences are English with their facts apart, so that whoever shows them can put them into a reader's language.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from keepwell.kernel import plain
from keepwell.kernel.severity.scheme import Unfit

Fact = str | int

NO_SCHEME = "Write levels, factors and group, each with a list below it."
MISSING = "“%(name)s” is missing."
STRANGE = "“%(name)s” is not known here; there are %(known)s."
NATIONAL = "The national scale follows the regulation and is not the group’s to change; leave “national” out."
NO_LIST = "Write “%(name)s” as a list of %(least)s to %(most)s."
NO_PART = "Each of “%(name)s” is written with names and values, as - {name: value}."
BAD_TEXT = (
    "“%(name)s” is text of 1 to %(most)s characters; a number, true and false stand in quotation marks."
)
UNSHOWN = "“%(name)s” holds a character that cannot be shown; take it out."
BAD_NUMBER = "“%(name)s” is a whole number from %(least)s to %(most)s."
LEVELS_WRONG = "A scheme has the levels 0 to 4, each once and in order."
BAD_NAME = "“%(name)s” is no name: write small letters, digits and _, a letter first, 40 characters at most."
TWICE = "“%(name)s” is there twice; choose another one."
RESERVED = "“%(name)s” is taken: the form or the clocks call something else so; choose another one."
BAD_KIND = "“%(name)s” is no kind of factor; there are %(known)s."
NEEDED = "The clocks or the national scale need the factor “%(name)s”; put it back."
NEEDED_SO = "The clocks or the national scale need “%(name)s” with its kind and its choices as shipped; its words may differ."
BAD_CHOICES = "A choice has 2 to %(most)s values, each another whole number, the lowest first."
NO_CHOICES = "Only a factor of the kind choice has choices; leave them out."
NO_FACTOR = "“%(name)s” is no factor of the scheme; correct the name, or add it under factors."
BAD_COMPARISON = "“%(name)s” is no comparison; there are %(known)s."
OF_BOOL = "“%(name)s” is yes or no: compare it by = with true or false."
OF_NUMBER = "“%(name)s” is a number: compare it with a number from 0 on, or by “than” with another factor that is one."
OF_CHOICE = "“%(name)s” is a choice: compare it with one of %(known)s."
BOTH = "Give a value or “than”, not both."
LOWER_FIRST = "This rule has a higher level than one before it; write the highest first."
NEVER = "An earlier rule has the same conditions, so that this one can never count; take one of them out."
UNASKED = "The sentence names “%(name)s”, which no condition of the rule asks of; name another factor, or ask of it."
BAD_PERCENT = "A percent sign stands before a factor in brackets and an s, as the shipped rules show; written twice it is one."
NO_BLANKS = "Nothing is put into this sentence; take “%(name)s” out."
BAD_ONGOING = "“%(name)s” says nothing of whether it goes on; write yes, no or unsure."
SENTENCES = (
    *plain.SENTENCES, NO_SCHEME, MISSING, STRANGE, NATIONAL, NO_LIST,
    NO_PART, BAD_TEXT, UNSHOWN, BAD_NUMBER, LEVELS_WRONG, BAD_NAME, TWICE, RESERVED, BAD_KIND, NEEDED, NEEDED_SO,
    BAD_CHOICES, NO_CHOICES, NO_FACTOR, BAD_COMPARISON, OF_BOOL, OF_NUMBER, OF_CHOICE, BOTH, LOWER_FIRST, NEVER, UNASKED,
    BAD_PERCENT, NO_BLANKS, BAD_ONGOING,
)  # fmt: skip
"""Every sentence that says what does not fit."""
PLACES = {
    "whole": "", "line": "line %(line)s", "level": "level %(name)s", "factor": "factor %(name)s",
    "choice": "factor %(name)s, choice %(number)s", "heading": "heading %(name)s",
    "rule": "heading %(name)s, rule %(number)s",
    "condition": "heading %(name)s, rule %(number)s, condition %(part)s", "report": "reports, %(name)s",
}  # fmt: skip
"""Where something stands, by the kind of place."""


@dataclass(frozen=True)
class Place:
    """Where something stands: a kind of PLACES with its name and its numbers from 1, and the line, if it is known."""

    kind: str = "whole"
    name: str = ""
    number: int = 0
    part: int = 0
    line: int | None = None

    @property
    def facts(self) -> dict[str, Fact]:
        """What the words of its kind name."""
        return {"name": self.name, "number": self.number, "part": self.part, "line": self.line or 0}


@dataclass(frozen=True)
class Fault:
    """One thing that does not fit: a sentence of SENTENCES with its facts, and where."""

    says: str
    at: Place = Place()
    facts: dict[str, Fact] = field(default_factory=dict)

    def __str__(self) -> str:
        where = [PLACES["line"] % self.at.facts] if self.at.line else []
        where += [PLACES[self.at.kind] % self.at.facts] if PLACES[self.at.kind] else []
        told = self.says % self.facts
        return f"{', '.join(where)}: {told}" if where else told


class Faulty(Unfit):
    """A file is no scheme; `faults` are all that do not fit, in the order of the file."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(" ".join(str(one) for one in faults))
        self.faults = tuple(faults)
