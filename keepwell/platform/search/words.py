"""Words: how text is cut into what is searched, alike for what is kept and for what is asked.

English and its kin by the word, folded in case and accents; Chinese, Japanese and Korean by one and by two
characters, since they part no words. What comes out has letters, digits and such characters only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST_WORD = 64
LONGEST_TEXT = 20_000
LONGEST_QUESTION, MOST_TERMS = 100, 24
SHORTEST_BEGINNING = 2
ACCENTS = re.compile("[\u0300-\u036f]")
MIXED = re.compile(r"\d+|[^\W\d_]+")
# Han with its marks and extensions, kana, bopomofo, hangul; half-width forms are folded before.
UNPARTED = re.compile(
    "[\u3005-\u3007\u3040-\u318f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f"
    "\uac00-\ud7ff\uf900-\ufaff\u1100-\u11ff\U00020000-\U000323af]"
)


@dataclass(frozen=True)
class Term:
    """One thing asked for: a whole word, or with `begins` the beginning of one."""

    text: str
    begins: bool = False


def fold(text: str) -> str:
    """`text` without differences of width, case and accent: "Ｔüv" is "tuv", "が" stays "が"."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFC", ACCENTS.sub("", unicodedata.normalize("NFD", plain)))


def runs(folded: str) -> Iterator[tuple[str, bool]]:
    """The words of folded text, and its stretches of unparted script (True)."""
    held, unparted = "", False
    for one in folded:
        kind = bool(UNPARTED.match(one))
        is_word = kind or one.isalnum() or (held != "" and unicodedata.category(one) in ("Mn", "Mc"))
        if held and (not is_word or kind is not unparted):
            yield held, unparted
            held = ""
        if is_word:
            held, unparted = held + one, kind
    if held:
        yield held, unparted


def whole(text: str) -> str:
    """`text` as one word, whatever stands between its parts: "NM-27-44102" is "nm2744102"."""
    return "".join(run for run, _unparted in runs(fold(text)))[:LONGEST_WORD]


def tokens(text: str) -> set[str]:
    """Everything by which `text` is found."""
    found: set[str] = set()
    for chunk in fold(text[:LONGEST_TEXT]).split():
        name, at, _domain = chunk.partition("@")
        parts = list(runs(name if at else chunk))
        for run, unparted in parts:
            found.update(_pieces(run) if unparted else _words(run))
        if at or (len(parts) > 1 and not any(unparted for _run, unparted in parts)):
            found.add(whole(chunk))
    return found - {""}


def terms(question: str) -> list[Term]:
    """What `question` asks for: all its words, the last one by its beginning."""
    found: list[Term] = []
    chunks = fold(question[:LONGEST_QUESTION]).split()
    for number, chunk in enumerate(chunks, start=1):
        parts = [(whole(chunk), False)] if "@" in chunk else list(runs(chunk))
        for part, (run, unparted) in enumerate(parts, start=1):
            if unparted:
                found += [Term(piece) for piece in _asked(run)]
            elif run:
                last = number == len(chunks) and part == len(parts)
                found.append(Term(run[:LONGEST_WORD], last and len(run) >= SHORTEST_BEGINNING))
    return list(dict.fromkeys(found))[:MOST_TERMS]


def _words(run: str) -> Iterator[str]:
    """A word, and where it mixes letters and digits its parts: ISO27001 is found by 27001."""
    yield run[:LONGEST_WORD]
    parts = MIXED.findall(run)
    if len(parts) > 1:
        yield from (part[:LONGEST_WORD] for part in parts if len(part) > 1)


def _pieces(run: str) -> Iterator[str]:
    """Every character and every two that stand together."""
    yield from run
    yield from (run[i : i + 2] for i in range(len(run) - 1))


def _asked(run: str) -> list[str]:
    """Of a longer stretch every two that stand together; of one character itself."""
    return [run[i : i + 2] for i in range(len(run) - 1)] or [run]
