"""The scores of one requirement as they are typed: values, level keys, what the next level asks, when a reason is due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.assessment.models import Answer, Cycle, Source
from keepwell.areas.assessment.rules import Entry
from keepwell.areas.assessment.rules.outlines import Outline
from keepwell.areas.frameworks.models import Guidance, Scale

POLICY, PRACTICE = "policy", "practice"
LABELS = {POLICY: _("Policy"), PRACTICE: _("Practice")}
ONE = _("Score")


@dataclass(frozen=True)
class LevelKey:
    """A level of the scale as a key: its value and name, and whether it is the highest fully reached."""

    value: int
    name: str
    is_reached: bool


@dataclass(frozen=True)
class Guide:
    """What is said under the keys where `at` is the highest level reached (None: nothing is scored)."""

    at: int | None
    text: str
    is_shown: bool


@dataclass(frozen=True)
class Dial:
    """One score: what is typed, its keys and its guides; `before` is what it is held against, as text."""

    name: str
    label: str
    text: str
    before: str
    keys: list[LevelKey]
    guides: list[Guide]


def dials(
    cycle: Cycle, texts: Mapping[str, str], guidance: Mapping[int, str], against: Answer | None
) -> list[Dial]:
    """The scores that the cycle asks for, with what is typed in them by now."""
    names = (POLICY, PRACTICE) if cycle.has_two_dimensions else (PRACTICE,)
    return [_dial(cycle, name, texts.get(name, ""), guidance, against) for name in names]


def _dial(cycle: Cycle, name: str, text: str, guidance: Mapping[int, str], against: Answer | None) -> Dial:
    levels = levels_of(cycle.scale)
    reached = level_reached(levels, number(text))
    keys = [LevelKey(value, word, value == reached) for value, word in levels.items()]
    guides = [Guide(at, _guide(at, list(levels), guidance), at == reached) for at in (None, *levels)]
    label = str(LABELS[name] if cycle.has_two_dimensions else ONE)
    return Dial(name, label, text, plain(getattr(against, name, None)), keys, guides)


def levels_of(scale: Scale) -> dict[int, str]:
    """The levels of a scale by value, each with its name in the reader's language; whole numbers where it names none."""
    return scale.level_names() or {value: "" for value in range(int(scale.lowest), int(scale.highest) + 1)}


def level_reached(levels: Mapping[int, str], value: Decimal | None) -> int | None:
    """The highest level that a score fully reaches; None without a score on the scale."""
    if value is None:
        return None
    return max((level for level in levels if level <= value), default=None)


def _guide(at: int | None, levels: list[int], guidance: Mapping[int, str]) -> str:
    """The sentence under the keys: what is reached, and what the next level asks."""
    above = [level for level in levels if at is None or level > at]
    first = next((level for level in above if level > min(levels)), None)
    if first is None:
        return gettext("The highest level is reached.") if at is not None else ""
    asks = guidance.get(first, "")
    told = {"level": at, "next": first, "asks": asks}
    if at is None or at == min(levels):
        return gettext("Level %(next)d asks: %(asks)s") % told if asks else ""
    if not asks:
        return gettext("Level %(level)d is reached.") % told
    return gettext("Level %(level)d is reached. Level %(next)d asks: %(asks)s") % told


def guidance_of(outline: Outline, code: str, scale: Scale) -> dict[int, str]:
    """What each level asks of a requirement: its own words, else those of the nearest it belongs to; one query."""
    path = [outline.by_code[one].pk for one in outline.above(code) if one]
    rows = Guidance.objects.current().filter(scale=scale, node__in=path).order_by("level")
    nearest = sorted(rows, key=lambda row: path.index(row.node_id), reverse=True)
    return dict(sorted((row.level, row.text_here) for row in nearest))


def against(entry: Entry, source: Source) -> Answer | None:
    """The answer from which a move needs a reason: the site's of the cycle before, or its own of now when validated."""
    own = entry.own
    if source is Source.VALIDATED:
        return own
    if source is Source.SELF and own is not None and not own.is_estimated:
        return own.previous
    return None


def why_reason(cycle: Cycle, held: Answer | None, texts: Mapping[str, str], not_applicable: bool) -> str:
    """Why a reason is due for what is typed; "" if none is."""
    if not_applicable:
        return gettext("needed, because it does not apply")
    if held is None or held.not_applicable:
        return ""
    for name in (POLICY, PRACTICE):
        now, then = number(texts.get(name, "")), getattr(held, name)
        if now is not None and then is not None and abs(now - then) > cycle.reason_step:
            return moved(cycle, name)
    return ""


def moved(cycle: Cycle, name: str) -> str:
    """The sentence that a reason is due because one score moved."""
    step = {"step": plain(cycle.reason_step)}
    if not cycle.has_two_dimensions:
        return gettext("needed, because the score moved by more than %(step)s") % step
    if name == POLICY:
        return gettext("needed, because policy moved by more than %(step)s") % step
    return gettext("needed, because practice moved by more than %(step)s") % step


def number(text: str) -> Decimal | None:
    """What was typed as a score, with a point or a comma; None if it is no number."""
    plain_text = text.strip().replace(",", ".")
    whole, _point, part = plain_text.partition(".")
    is_number = whole.isascii() and whole.isdecimal() and len(whole) < 4
    if not is_number or (part and not (part.isascii() and part.isdecimal() and len(part) < 7)):
        return None
    return Decimal(plain_text.rstrip("."))


def plain(value: Any) -> str:
    """A score as it is typed: one decimal where it has no more; "" for none."""
    if value is None:
        return ""
    short = value.quantize(Decimal("0.1"))
    return f"{short if short == value else value.normalize():f}"
