"""Marking the words that were asked for in text that is shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.utils.html import escape, format_html_join
from django.utils.safestring import SafeString

from keepwell.platform.search.words import Term, fold, runs


def marked(text: str, asked: Iterable[Term]) -> SafeString:
    """`text`, escaped, with what was asked for in <mark>."""
    stretches = list(_stretches(text, list(asked)))
    pieces, at = [], 0
    for begin, end in stretches:
        pieces += [("", text[at:begin], ""), ("<mark>", text[begin:end], "</mark>")]
        at = end
    pieces.append(("", text[at:], ""))
    return format_html_join("", "{}{}{}", ((_tag(a), escape(b), _tag(c)) for a, b, c in pieces))


def holds(text: str, asked: Iterable[Term]) -> bool:
    """Whether something asked for stands in `text`."""
    return next(_stretches(text, list(asked)), None) is not None


def _tag(text: str) -> SafeString:
    return SafeString(text)


def _stretches(text: str, asked: list[Term]) -> Iterator[tuple[int, int]]:
    """Where the parts to be marked begin and end, in order and apart."""
    hit = [False] * len(text)
    folded, origin = _folded(text)
    at = 0
    for run, unparted in runs(folded):
        at = folded.index(run, at)
        for term in asked:
            for begin, end in _within(run, term, unparted=unparted):
                for place in range(at + begin, at + end):
                    hit[origin[place]] = True
        at += len(run)
    begin = -1
    for place, is_hit in enumerate([*hit, False]):
        if is_hit and begin < 0:
            begin = place
        elif not is_hit and begin >= 0:
            yield begin, place
            begin = -1


def _within(run: str, term: Term, *, unparted: bool) -> Iterable[tuple[int, int]]:
    """Where `term` stands in one word or stretch."""
    if unparted:
        begin = run.find(term.text)
        while begin >= 0:
            yield begin, begin + len(term.text)
            begin = run.find(term.text, begin + 1)
    elif run == term.text or (term.begins and run.startswith(term.text)):
        yield 0, len(term.text)
    elif term.text in run and term.text.isdigit():
        begin = run.index(term.text)
        yield begin, begin + len(term.text)


def _folded(text: str) -> tuple[str, list[int]]:
    """The folded text, and for each of its characters the place it came from."""
    folded, origin = [], []
    for place, one in enumerate(text):
        for each in fold(one):
            folded.append(each)
            origin.append(place)
    return "".join(folded), origin
