"""Indicators found in a text that somebody pastes: a mail, a report, a table, a log.

Whatever stands in the text is hostile: it is looked through a few times from beginning to end, every quantifier is
bounded, and no pattern can begin in the middle of what it has just looked at.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from keepwell.kernel.indicators import patterns
from keepwell.kernel.indicators.endings import BOTH, FILES, NAMES
from keepwell.kernel.indicators.fangs import AT, DOT, marked
from keepwell.kernel.indicators.kinds import DIGITS_OF, EMPTY_FILES, LONGEST_BYTES, UNSEEN, Kind
from keepwell.kernel.indicators.spelling import NotOne, is_private, normalized

LONGEST_TEXT = 200_000
"""Signs that are looked through; whoever brings more is told so before."""
BEFORE, BESIDE = 16, 500
SPACES = re.compile(r"[^\S\n]|\x00")
TRAILING = ".,;:!?*_~|^"
CLOSING = {")": "(", "]": "[", "}": "{"}
PAIRS = 8
"""Groups of two hex digits in the name of a network card, which looks like an address."""


class Doubt(StrEnum):
    """Why what looks like an indicator may be none."""

    NONE = ""
    VERSION = "version"
    PRIVATE = "private"
    WORD = "word"
    EMPTY = "empty"
    OURS = "ours"


@dataclass(frozen=True)
class Found:
    """An indicator in a text: its kind and value as they are kept, the name of the file beside a digest, why it may be
    none, and where it stands."""

    kind: Kind
    value: str
    doubt: Doubt = Doubt.NONE
    file_name: str = ""
    place: int = 0


@dataclass(frozen=True)
class Looked:
    """What was found in a text, each once, in the order in which it stands there; `too_long` counts web addresses that are
    longer than what is kept; `rest` is the text without what is an indicator beyond doubt."""

    found: tuple[Found, ...]
    too_long: int = 0
    rest: str = ""


def recognized(text: str) -> Looked:
    """The indicators in `text`, with or without fangs; LONGEST_TEXT signs of it at most are looked through."""
    looking = Looking(marked(SPACES.sub(" ", UNSEEN.sub("", text[:LONGEST_TEXT]))))
    for pattern, take in PASSES:
        looking.take_each(pattern, take)
    found: dict[tuple[Kind, str], Found] = {}
    for one in sorted(looking.found, key=lambda one: one.place):
        known = found.setdefault((one.kind, one.value), one)
        # The same one may be told beyond doubt, or with its name, elsewhere in the text.
        found[one.kind, one.value] = replace(
            known, doubt=known.doubt and one.doubt, file_name=known.file_name or one.file_name
        )
    return Looked(tuple(found.values()), looking.too_long, looking.rest())


class Looking:
    """A text that is looked through: what one pattern took is blank for the next."""

    def __init__(self, text: str) -> None:
        self.whole = self.text = text
        self.too_long = 0
        self.found: list[Found] = []
        self.sure: list[tuple[int, int]] = []
        """Where indicators beyond doubt begin and end."""
        self.named: set[str] = set()
        """Names of files that stand beside their digests."""

    def take_each(self, pattern: re.Pattern[str], take: Take) -> None:
        """Let `take` judge each match, and blank what it took."""

        def judged(match: re.Match[str]) -> str:
            found = list(take(self, match))
            self.found += [replace(one, place=match.start()) for one in found]
            if any(one.doubt is Doubt.NONE for one in found):
                self.sure.append(match.span())
            return " " * len(match[0]) if found or take is _passed_over else match[0]

        self.text = pattern.sub(judged, self.text)

    def rest(self) -> str:
        """The text without the indicators beyond doubt."""
        kept, at = [], 0
        for begin, end in sorted(self.sure):
            kept.append(self.whole[at:begin])
            at = end
        return " ".join([*kept, self.whole[at:]]).replace(DOT, ".").replace(AT, "@")

    def before(self, match: re.Match[str]) -> str:
        """What stands just before a match."""
        return self.text[max(0, match.start() - BEFORE) : match.start()]

    def line(self, match: re.Match[str]) -> str:
        """The line in which a match stands, as far as it is near."""
        first = self.text[max(0, match.start() - BESIDE) : match.start()].rpartition("\n")[2]
        return first + match[0] + self.text[match.end() : match.end() + BESIDE].partition("\n")[0]


Take = Callable[[Looking, re.Match[str]], Iterator[Found]]


def _spelled(kind: Kind, text: str) -> str:
    """`text` as an indicator of `kind` is kept; "" if it is none."""
    try:
        return normalized(kind, text.replace(DOT, ".").replace(AT, "@"))
    except NotOne:
        return ""


def _passed_over(looking: Looking, match: re.Match[str]) -> Iterator[Found]:
    yield from ()


def _line_of(kind: Kind) -> Take:
    """What follows the name of a header."""

    def take(looking: Looking, match: re.Match[str]) -> Iterator[Found]:
        if value := _spelled(kind, match[1]):
            yield Found(kind, value)

    return take


def _place_in(kind: Kind) -> Take:
    """A registry key or a path, without what ends a sentence."""

    def take(looking: Looking, match: re.Match[str]) -> Iterator[Found]:
        if value := _spelled(kind, match[0].rstrip(TRAILING + ")]}")):
            yield Found(kind, value)

    return take


def _url(looking: Looking, match: re.Match[str]) -> Iterator[Found]:
    text = _trimmed(match[0])
    if value := _spelled(Kind.URL, text):
        yield Found(Kind.URL, value, Doubt.PRIVATE if is_private(Kind.URL, value) else Doubt.NONE)
    elif len(text) > LONGEST_BYTES:
        looking.too_long += 1


def _bare_url(looking: Looking, match: re.Match[str]) -> Iterator[Found]:
    """An address of the web without its scheme, kept with http."""
    place, _slash, rest = _trimmed(match[0]).partition("/")
    doubt = _doubted(place.partition(":")[0])
    if rest and doubt is not None and (value := _spelled(Kind.URL, f"http://{place}/{rest}")):
        yield Found(Kind.URL, value, doubt)


def _mail(looking: Looking, match: re.Match[str]) -> Iterator[Found]:
    if value := _spelled(Kind.MAIL, match[0].strip(".")):
        yield Found(Kind.MAIL, value)


def _digest(looking: Looking, match: re.Match[str]) -> Iterator[Found]:
    kind = next(kind for kind, digits in DIGITS_OF.items() if digits == len(match[0]))
    value = match[0].lower()
    if len(set(value)) > 1:  # zeros alone stand for none
        beside = patterns.FILE.search(looking.line(match))
        name = _named(beside[0]) if beside else ""
        looking.named.add(name)
        yield Found(kind, value, Doubt.EMPTY if value in EMPTY_FILES else Doubt.NONE, name)


def _ipv6(looking: Looking, match: re.Match[str]) -> Iterator[Found]:
    value = _spelled(Kind.IPV6, match[0])
    groups = match[0].split(":")
    if not value or not any(map(str.isdigit, value)):
        return
    is_card = len(groups) == PAIRS and all(len(group) == 2 for group in groups)
    is_own = is_private(Kind.IPV6, value)
    yield Found(Kind.IPV6, value, Doubt.WORD if is_card else Doubt.PRIVATE if is_own else Doubt.NONE)


def _ipv4(looking: Looking, match: re.Match[str]) -> Iterator[Found]:
    value = _spelled(Kind.IPV4, match[0]) or _spelled(Kind.IPV4, match[0].partition("/")[0])
    if not value:
        return
    doubt = Doubt.PRIVATE if is_private(Kind.IPV4, value) else Doubt.NONE
    is_version = DOT not in match[0] and patterns.VERSION.search(looking.before(match))
    yield Found(Kind.IPV4, value, Doubt.VERSION if is_version else doubt)


def _account(looking: Looking, match: re.Match[str]) -> Iterator[Found]:
    """DOMAIN\\name; a path without its beginning looks the same."""
    text = match[0].rstrip(".")
    if text.rpartition(".")[2].lower() not in FILES and (value := _spelled(Kind.ACCOUNT, text)):
        yield Found(Kind.ACCOUNT, value, Doubt.NONE if value.partition("\\")[0].isupper() else Doubt.WORD)


def _file(looking: Looking, match: re.Match[str]) -> Iterator[Found]:
    """The name of a file; one that stands beside its digest is told with that."""
    name = _named(match[0])
    if DOT in match[0] and name.rpartition(".")[2].lower() in BOTH:
        return
    if name not in looking.named and (value := _spelled(Kind.FILE, name)):
        # Chinese has no blanks: what stands before the name may belong to the sentence.
        yield Found(Kind.FILE, value, Doubt.WORD if patterns.HAN.search(value) else Doubt.NONE)


def _domain(looking: Looking, match: re.Match[str]) -> Iterator[Found]:
    doubt = _doubted(match[0])
    if doubt is not None and (value := _spelled(Kind.DOMAIN, match[0])):
        yield Found(Kind.DOMAIN, value, doubt)


def _doubted(name: str) -> Doubt | None:
    """How sure it is that `name` stands in the name system; None for the name of a file, and for the end of one sentence
    with the beginning of the next."""
    if DOT in name:
        return Doubt.NONE
    last = name.rpartition(".")[2]
    if last.lower() in FILES or (last[:1].isupper() and last[1:].islower()):
        return None
    is_country = len(last) == 2 and last.isascii() and last.isalpha()
    is_known = is_country or last.lower() in NAMES or last.lower().startswith("xn--")
    return Doubt.NONE if is_known else Doubt.WORD


def _named(text: str) -> str:
    """The name of a file without the brackets round it."""
    return text.replace(DOT, ".").lstrip("([").removesuffix(")")


def _trimmed(text: str) -> str:
    """A web address without what ends the sentence, or the brackets round it."""
    many, end = Counter(text), len(text)
    while end:
        last = text[end - 1]
        is_closing = last in CLOSING and many[last] > many[CLOSING[last]]
        if last not in TRAILING and not is_closing:
            break
        many[last] -= 1
        end -= 1
    return text[:end]


PASSES: tuple[tuple[re.Pattern[str], Take], ...] = (
    (patterns.CHATTER, _passed_over), (patterns.SUBJECT, _line_of(Kind.SUBJECT)), (patterns.AGENT, _line_of(Kind.AGENT)),
    (patterns.URL, _url), (patterns.MAIL, _mail), (patterns.REGISTRY, _place_in(Kind.REGISTRY)),
    (patterns.WINDOWS, _place_in(Kind.FILE)), (patterns.UNIX, _place_in(Kind.FILE)), (patterns.BARE_URL, _bare_url),
    (patterns.DIGEST, _digest), (patterns.IPV6, _ipv6), (patterns.IPV4, _ipv4), (patterns.ACCOUNT, _account),
    (patterns.FILE, _file), (patterns.DOMAIN, _domain),
)  # fmt: skip
"""What is looked for, in this order: what one pass took, a later one does not see."""
