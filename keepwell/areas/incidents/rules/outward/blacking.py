"""Blacking out: names of people, mail addresses, phone numbers, hosts and addresses of networks in words that go out.

No list of patterns knows every name, so the label of an entry decides first whether it goes at all; this is the
second wall, for what somebody wrote into words that were meant to go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from django.db.models import Q

from keepwell.areas.incidents.models import Incident
from keepwell.platform.people.models import Person

NAME, ADDRESS, PHONE, HOST, SITE = "[name]", "[address]", "[phone]", "[host]", "[site]"
# A chat handle or a bare "@" is no mail address; quantifiers are bounded, for whatever stands there is hostile.
MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}")
WEB = re.compile(r"\b[a-z][a-z0-9+.-]{1,15}(?:\[?:\]?)//[^\s<>\"“”、，。]{1,2000}", re.I)
IPV4 = re.compile(r"(?<![\d.])\d{1,3}(?:(?:\.|\[\.\])\d{1,3}){3}(?::\d{1,5})?(?:/\d{1,2})?(?![\d.]*\d)")
IPV6 = re.compile(r"(?<![\w:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])", re.I)
DOMAIN = re.compile(
    r"(?<![\w.-])(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.|\[\.\])){1,8}[a-z]{2,24}(?![\w-])",
    re.I,
)
UNC = re.compile(r"\\\\[^\s\\]{1,255}(?:\\[^\s\\]{1,255}){0,20}")
# A host by its bare name: letters, digits and hyphens with both of the first two, as PEN2-HMI-04 or srv-db01.
BARE = re.compile(
    r"(?<![\w-])(?=[a-z0-9-]{0,40}\d)(?=[a-z0-9-]{0,40}[a-z])[a-z0-9]{1,15}(?:-[a-z0-9]{1,15}){1,4}(?![\w-])", re.I
)  # fmt: skip
TELEPHONE = re.compile(
    r"(?<![\w:-])\+?\(?\d[\d() /.-]{6,24}\d(?![\w:])|(?<!\w)(?:ext\.?|分機)\s?\d{2,6}", re.I
)
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
NUMBER = re.compile(r"\b[A-Z]{1,3}\d{5,10}\b")
WORD = re.compile(r"[^\W\d_](?:[\w'’.-]{0,38}\w)?")
HAN = re.compile(r"[\u3400-\u9fff]{2,}")
MOST_WORDS, HAN_NAMES = 4, (2, 3, 4)
A_QUESTION = 10_000
SHORTEST_PART = 3
KEPT = re.compile(r"^(?:S[0-4]|TLP|CVE-\d{4}-\d{4,7}|T\d{4}|ISO-\d+|COVID-19|SHA-\d+|MD\d|TLS-1\.\d)$", re.I)
"""What looks like the name of a host and is none."""


@dataclass(frozen=True)
class Blacking:
    """Blacks out in a text what is known by name, each with what stands instead, and by patterns what leads to machines
    and people; `domains` are those at which those who are known get mail."""

    known: tuple[tuple[re.Pattern[str], str], ...]
    domains: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls, texts: Iterable[str], people: Iterable[str], machines: Iterable[str], sites: Iterable[str]
    ) -> Blacking:
        """For `texts`: the `people` who are known and everybody in the register who is named there, `machines` and
        `sites` by their names."""
        circle = {*people}
        parts = {word for name in circle for word in WORD.findall(name) if len(word) >= SHORTEST_PART}
        named = ((circle | registered(texts), NAME), ({*machines}, HOST), ({*sites}, SITE))
        found = [(_any_of(names), instead) for names, instead in named if names - {""}]
        domains = frozenset(name.rpartition("@")[2].lower() for name in circle if "@" in name)
        return cls((*found, *([(_any_of(parts, is_cased=True), NAME)] if parts else [])), domains)

    def is_own(self, host: str) -> bool:
        """Whether `host` lies in a domain at which those who are known get mail."""
        return any(host == domain or host.endswith(f".{domain}") for domain in self.domains)

    def names(self, text: str) -> bool:
        """Whether `text` holds a name that is known; patterns are not asked."""
        return any(known.search(text) for known, _instead in self.known)

    def __call__(self, text: str) -> str:
        """`text` as it may go."""
        for pattern, instead in ((WEB, HOST), (MAIL, ADDRESS), (UNC, HOST)):
            text = pattern.sub(instead, text)
        for known, instead in self.known:
            text = known.sub(instead, text)
        text = IPV6.sub(HOST, IPV4.sub(HOST, NUMBER.sub(NAME, text)))
        text = TELEPHONE.sub(lambda found: found[0] if DAY.match(found[0]) else PHONE, text)
        for pattern in (DOMAIN, BARE):
            text = pattern.sub(lambda found: found[0] if KEPT.match(found[0]) else HOST, text)
        return text


def circle(incident: Incident) -> set[str]:
    """What those who had to do with the incident are called."""
    people = Person.objects.filter(
        Q(pk=incident.lead_id) | Q(pk=incident.material_by_id)
        | Q(pk__in=incident.named.values("person"))
        | Q(pk__in=incident.timeline.exclude(person=None).values("person"))
        | Q(pk__in=incident.tasks.exclude(person=None).values("person"))
    )  # fmt: skip
    decided = incident.timeline.exclude(decided_by="").values_list("decided_by", flat=True).distinct()
    return {name for row in people.values_list("name", "name_local", "number", "mail") for name in row} | set(
        decided
    )


def registered(texts: Iterable[str]) -> set[str]:
    """The names of people in the register that stand in `texts`, asked for a few hundred at a time."""
    found: set[str] = set()
    wanted = iter(sorted({name for text in texts for name in candidates(text)}))
    while part := list(islice(wanted, A_QUESTION)):
        rows = Person.objects.filter(Q(name__in=part) | Q(name_local__in=part)).values_list(
            "name", "name_local"
        )
        found |= {name for row in rows for name in row if name in part}
    return found


def candidates(text: str) -> Iterator[str]:
    """What in `text` might be a name: two to four words in a row, two to four Han characters."""
    words = WORD.findall(text)
    for first in range(len(words)):
        for length in range(2, MOST_WORDS + 1):
            part = words[first : first + length]
            if len(part) == length and not part[0][0].islower() and not part[-1][0].islower():
                yield " ".join(part)
    for run in HAN.findall(text):
        for length in HAN_NAMES:
            yield from (run[at : at + length] for at in range(len(run) - length + 1))


def _any_of(names: set[str], *, is_cased: bool = False) -> re.Pattern[str]:
    """Any of `names`, the longest first."""
    ordered = sorted(names - {""}, key=lambda name: (-len(name), name))
    return re.compile("|".join(map(_as_word, ordered)), 0 if is_cased else re.I)


def _as_word(name: str) -> str:
    """A name as a pattern; one in letters stands by itself, so that Lin is not blacked out of Linux."""
    edge = r"(?<!\w)", r"(?!\w)"
    return re.escape(name) if HAN.search(name) else f"{edge[0]}{re.escape(name)}{edge[1]}"
