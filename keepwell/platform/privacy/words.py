"""The words by which a person can be known, and where they stand in text, in values and in files.

A word that may stand in running text by chance (a short number, a name of one word) is looked for as a whole value
alone; a name that somebody else bears too, or that is part of another's, is not looked for at all: it does not tell.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote, quote_plus

from django.db.models import Q

from keepwell.platform.history.models import Change
from keepwell.platform.people.models import Account, Person, Provision

NAMES = ("name", "name_local")
SHORTEST_NUMBER, SHORTEST_WORD = 6, 5
UNPARTED = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7ff]")


@dataclass(frozen=True)
class Words:
    """What names one person: words that tell anywhere, and words that tell only as a whole value."""

    telling: tuple[str, ...]
    whole: tuple[str, ...]

    @classmethod
    def of(cls, person: Person) -> Words:
        """The words of `person` as their row, their account and other houses have them, and as they were before."""
        found = dict.fromkeys(_known(person))
        said = [word for word in found if word]
        telling = tuple(word for word in said if tells(word))
        return cls(telling, tuple(word for word in said if word not in telling))

    @cached_property
    def variants(self) -> tuple[str, ...]:
        """The telling words as they stand in text: plain, and as addresses and JSON write them."""
        return tuple(dict.fromkeys(form for word in self.telling for form in _written(word)))

    @cached_property
    def _within(self) -> re.Pattern[str]:
        forms = sorted((_bounded(form) for form in self.variants), key=len, reverse=True)
        return re.compile("|".join(forms) or r"(?!)", re.IGNORECASE)

    def stand_in(self, text: str) -> bool:
        """Whether `text` names the person."""
        return self.are(text) or self._within.search(text) is not None

    def are(self, text: str) -> bool:
        """Whether `text` is nothing but a word of the person."""
        folded = text.strip().casefold()
        return any(folded == word.casefold() for word in (*self.telling, *self.whole))

    def told(self, value: Any) -> bool:
        """Whether any text within a value of JSON names the person."""
        if isinstance(value, str):
            return self.stand_in(value)
        if isinstance(value, dict):
            return any(self.told(each) for pair in value.items() for each in pair)
        return isinstance(value, list) and any(self.told(each) for each in value)

    def replaced(self, value: Any, pseudonym: str, *, also_whole: bool) -> Any:
        """`value` with the pseudonym where the person was named; text that is a short word only if `also_whole`."""
        if isinstance(value, str):
            return pseudonym if also_whole and self.are(value) else self._within.sub(pseudonym, value)
        if isinstance(value, dict):
            return {
                self.replaced(name, pseudonym, also_whole=False): self.replaced(each, pseudonym, also_whole=also_whole)
                for name, each in value.items()
            }  # fmt: skip
        if isinstance(value, list):
            return [self.replaced(each, pseudonym, also_whole=also_whole) for each in value]
        return value

    def as_json(self) -> str:
        """The words as one text, to be sealed."""
        return json.dumps([self.telling, self.whole])

    @classmethod
    def from_json(cls, told: str) -> Words:
        """The words that `as_json` told."""
        telling, whole = json.loads(told)
        return cls(tuple(telling), tuple(whole))


def tells(word: str) -> bool:
    """Whether `word` names somebody wherever it stands: a whole name, a mail address, a number of some length."""
    if word.isdigit():
        return len(word) >= SHORTEST_NUMBER
    if UNPARTED.search(word):
        return len(word) > 1
    return len(word) >= SHORTEST_WORD and not word.isalpha()


def _known(person: Person) -> Iterator[str]:
    """Everything the person is or was called, as far as it calls nobody else."""
    for names in _ways_to_call(person):
        for name, value in names.items():
            word = value.strip() if isinstance(value, str) else ""
            if word and not (name in NAMES and is_shared(word, person)):
                yield word


def _ways_to_call(person: Person) -> Iterator[Mapping[str, object]]:
    columns = (*NAMES, "number", "mail")
    yield {name: getattr(person, name) for name in columns}
    for before, after in Change.objects.of(person).values_list("before", "after"):
        yield from ({name: told.get(name) for name in columns} for told in (before, after))
    yield from Account.objects.filter(person=person).values("sign_in_name")
    yield from Provision.objects.filter(person=person).values("user_name")
    yield from person.identities.values("subject")


def numbers_of(person: Person) -> list[str]:
    """The numbers the person has and had."""
    return list(dict.fromkeys(str(names["number"]) for names in _ways_to_call(person) if names.get("number")))


def is_shared(name: str, person: Person) -> bool:
    """Whether somebody else who was not erased bears `name`, or one that it is a part of."""
    bearing = Q(name__icontains=name) | Q(name_local__icontains=name)
    return Person.objects.filter(bearing, erased_at=None).exclude(pk=person.pk).exists()


def _written(word: str) -> tuple[str, ...]:
    return word, json.dumps(word)[1:-1], quote(word), quote(word, safe=""), quote_plus(word)


def _bounded(form: str) -> str:
    """A pattern for `form`, not within a longer word where its script parts words and its ends are of one."""
    if UNPARTED.search(form) or "%" in form or "\\u" in form:
        return re.escape(form)
    return rf"(?<![^\W_]){re.escape(form)}(?![^\W_])"
