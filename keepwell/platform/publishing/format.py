"""How numbers, days and durations are printed, in the language that is active; the one place that knows."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils import dateformat
from django.utils.translation import get_language, gettext, ngettext, pgettext

from keepwell.kernel.rounding import half_up
from keepwell.platform.publishing.blocks import (
    CHINESE,
    DRAFT,
    ENGLISH,
    FROZEN,
    SIGNED_OFF,
    Amount,
    Badge,
    Figure,
)

UNITS = ("count", "people", "person_times", "hours", "duration", "sites", "yes_no", "share", "score")
TO_A_TENTH = ("score", "duration")
MINUS = "\N{MINUS SIGN}"
RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
# What XML 1.0 forbids, and the marks by which text could turn the reading order of its neighbours.
UNPRINTABLE = re.compile(
    "[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u202a-\u202e\u2066-\u2069\u007f-\u0084\u0086-\u009f]"
)


def language() -> str:
    """The active language as documents name it: en or zh-hant."""
    return CHINESE if (get_language() or ENGLISH).startswith("zh") else ENGLISH


def plain(text: object) -> str:
    """`text` with what no file may hold, and what turns the reading order, shown as �."""
    return UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", str(text).replace("\r\n", "\n").replace("\r", "\n"))


def number(amount: int | Decimal, places: int = 0) -> str:
    """A number with thousands separated and `places` decimals: 110,123."""
    return f"{half_up(amount, places):,}".replace("-", MINUS)


def signed(amount: int | Decimal, places: int = 0) -> str:
    """A difference with its sign, 0 without: +11,713."""
    return ("+" if amount > 0 else "") + number(amount, places)


def share(amount: Decimal) -> str:
    """A share (0..1) in percent with one decimal: 97.6 %."""
    return f"{number(amount * 100, 1)}\N{NO-BREAK SPACE}%"


def boolean(answer: bool) -> str:
    """Yes or no."""
    return gettext("yes") if answer else gettext("no")


def no_data() -> str:
    """What stands where nothing was counted: words, never 0 or a dash."""
    return gettext("no data")


def day(on: date) -> str:
    """A day in short: 14 Nov 2025, 2025 年 11 月 14 日."""
    return _short(on, language())


@lru_cache(4_096)
def _short(on: date, _language: str) -> str:
    """A list prints the same days again and again."""
    return dateformat.format(on, pgettext("a day in short, as Django's date format", "j M Y"))


def long_day(on: date) -> str:
    """A day in running text: 14 November 2025, 2025 年 11 月 14 日."""
    return dateformat.format(on, pgettext("a day in full, as Django's date format", "j F Y"))


def moment(at: datetime, zone: str = "UTC") -> str:
    """A moment in `zone`: 14 Nov 2025, 05:12."""
    local = at.astimezone(ZoneInfo(zone))
    return gettext("{day}, {time}").format(day=day(local.date()), time=f"{local:%H:%M}")


def duration(length: timedelta) -> str:
    """A length of time in hours and minutes: 1 h 19 min."""
    hours, minutes = divmod(int(length.total_seconds()) // 60, 60)
    if hours and minutes:
        return gettext("{hours} h {minutes} min").format(hours=number(hours), minutes=minutes)
    if hours:
        return gettext("{hours} h").format(hours=number(hours))
    return gettext("{minutes} min").format(minutes=minutes)


def shown(amount: Amount, unit: str) -> Amount:
    """The amount as it is printed, still a number: hours and counts whole, scores and lengths of time to a tenth, halves up."""
    if amount is None or isinstance(amount, bool) or unit == "share":
        return amount
    return half_up(amount, 1) if unit in TO_A_TENTH else int(half_up(amount))


def value(amount: Amount, unit: str = "count") -> str:
    """An amount in its unit, without the unit's name: 110,123; yes; no data."""
    found = shown(amount, unit)
    if found is None:
        return no_data()
    if isinstance(found, bool) or unit == "yes_no":
        return boolean(bool(found))
    if unit in TO_A_TENTH:
        return number(found, 1)
    return share(Decimal(found)) if unit == "share" else number(found)


def change(now: Amount, last: Amount, unit: str = "count") -> str:
    """What changed since the last period: +11,713; nothing where either is missing or no number."""
    found = difference(now, last, unit)
    if found is None:
        return ""
    if unit == "share":
        return gettext("{points} points").format(points=signed(found * 100, 1))
    return signed(found, 1 if unit in TO_A_TENTH else 0)


def difference(now: Amount, last: Amount, unit: str = "count") -> int | Decimal | None:
    """The difference of the two as printed; None where either is missing or no number."""
    after, before = shown(now, unit), shown(last, unit)
    if after is None or before is None or isinstance(after, bool) or isinstance(before, bool):
        return None
    return after - before


def unit(name: str) -> str:
    """The word of a unit, as a column heads it."""
    words = {
        "count": pgettext("unit", "number"),
        "people": pgettext("unit", "people"),
        "person_times": pgettext("unit", "person-times"),
        "hours": pgettext("unit", "hours"),
        "duration": pgettext("unit", "hours"),
        "sites": pgettext("unit", "sites"),
        "yes_no": pgettext("unit", "yes or no"),
        "share": pgettext("unit", "percent"),
        "score": pgettext("unit", "score"),
    }
    return words[name]


def measured(amount: Amount, unit: str) -> str:
    """An amount with its unit, for a sentence: 110,123 person-times."""
    found = shown(amount, unit)
    if found is None or isinstance(found, bool) or unit in ("count", "yes_no", "share", "score"):
        return value(amount, unit)
    if unit == "duration":
        return gettext("{hours} h").format(hours=number(found, 1))
    whole = int(found)
    words = {
        "people": ngettext("{number} person", "{number} people", whole),
        "person_times": ngettext("{number} person-time", "{number} person-times", whole),
        "hours": ngettext("{number} hour", "{number} hours", whole),
        "sites": ngettext("{number} site", "{number} sites", whole),
    }
    return words[unit].format(number=number(whole))


def records(rows: int, unit: str = "count") -> str:
    """How many rows a figure opens: 110,123 records; for sites, sites."""
    if unit == "sites":
        return measured(rows, unit)
    return ngettext("{number} record", "{number} records", rows).format(number=number(rows))


def hidden(rows: int) -> str:
    """What is said of rows this reader may not see."""
    sentence = ngettext("{number} of them is hidden from you.", "{number} of them are hidden from you.", rows)
    return sentence.format(number=number(rows))


def code(digest: str) -> str:
    """The first twelve digits of a digest in threes of four: e280 3616 63da."""
    return " ".join(digest[start : start + 4] for start in range(0, min(len(digest), 12), 4))


def whole_code(digest: str) -> list[str]:
    """All digits of a digest in fours, eight to a line, so that an eye can compare them."""
    fours = [digest[start : start + 4] for start in range(0, len(digest), 4)]
    return [" ".join(fours[start : start + 8]) for start in range(0, len(fours), 8)]


def raised(mark: int) -> str:
    """A mark as raised digits: ¹²."""
    return str(mark).translate(RAISED)


def state(name: str) -> Badge:
    """The badge of a figure's or document's state."""
    badges = {
        DRAFT: Badge(gettext("Draft"), "warn", "pencil"),
        SIGNED_OFF: Badge(gettext("Signed off"), "good", "signature"),
        FROZEN: Badge(gettext("Frozen"), "mute", "lock"),
    }
    return badges[name]


def signature(figure: Figure) -> str:
    """Who signed and when: Ada Lin, 12 Feb 2024; nothing while nobody has."""
    if not figure.signed_by or figure.signed_on is None:
        return figure.signed_by
    return gettext("{name}, {day}").format(name=figure.signed_by, day=day(figure.signed_on))


def restatement(figure: Figure) -> str:
    """Both values of a restated figure and the reason, in one sentence; nothing when it was not restated."""
    if figure.restated is None:
        return ""
    words = {"before": value(figure.value, figure.unit), "after": value(figure.restated.value, figure.unit)}
    sentence = gettext("Published as {before}; restated as {after} on {day}: {reason}")
    return sentence.format(**words, day=day(figure.restated.at), reason=figure.restated.reason)
