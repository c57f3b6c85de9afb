"""Reports that may tell of the same thing: near in time, from the same sender, naming the same indicators, files or words.

Suggested, never joined: an officer decides. What is told without a name is no report and is compared with nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Prefetch, Q
from django.utils.translation import gettext, ngettext

from keepwell.areas.incidents.models import Incident, ReceivedMail, Report, ReportFile
from keepwell.areas.incidents.models.intake import State
from keepwell.areas.incidents.rules import intake
from keepwell.areas.incidents.rules.recognizing import look_through
from keepwell.kernel.indicators import Kind
from keepwell.kernel.indicators.fangs import defanged
from keepwell.kernel.indicators.recognizing import Doubt, Looked
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level
from keepwell.platform.search.words import UNPARTED, fold, runs, tokens

NEAR, A_DAY = timedelta(days=7), timedelta(days=1)
MOST_LOOKED_AT, MOST_SHOWN, MOST_TOLD = 100, 5, 5
LOOKED_AT = 2_000
"""Signs of a report that are compared: three lines, or the beginning of a long mail."""
SHORTEST_WORD, FEWEST_WORDS = 3, 3
ENOUGH = 3
COMMON_OF, COMMON_SHARE = 6, 3
"""Among so many reports, a word that stands in more than a third of them tells nothing."""
COMMON = frozenset(word for line in (
    "the and for that this with from have has had was were are not but you your our out all any can what when where which",
    "who there here they them then than been does did its into one two more some please see",
    "yang dan ini itu untuk pada dari telah tidak saya kami ada dengan akan",
    "que los las una por con para del esta este como pero hay",
) for word in line.split())  # fmt: skip
"""Words that join others in English, Malay and Spanish."""
SURE = (Doubt.NONE, Doubt.PRIVATE)
"""An address within a house tells two reports alike as well as one outside."""


@dataclass(frozen=True)
class Alike:
    """Another report, in what it is like the one at hand, and how much; the incident it belongs to, if it can be
    joined."""

    report: Report
    says: tuple[str, ...]
    weight: int
    joins: Incident | None = None

    @property
    def is_free(self) -> bool:
        """Whether it belongs to no incident and nobody settled it."""
        return self.report.incident_id is None and self.report.state != State.SETTLED


def alike(report: Report, person: Person) -> list[Alike]:
    """The reports most like `report` that `person` may see, the likest first. Costs the same for one and a thousand."""
    mine, *others = [_Traits.of(one) for one in [_fetched(report), *_near(report, person)]]
    counts = Counter(word for one in (mine, *others) for word in one.words)
    most = (len(others) + 1) // COMMON_SHARE if len(others) + 1 >= COMMON_OF else len(others) + 1
    told = {word for word, count in counts.items() if count <= max(2, most)}
    found = [one for other in others if (one := _compared(mine, other, told)) is not None]
    found.sort(
        key=lambda one: (-one.weight, abs(one.report.received_at - report.received_at), one.report.reference)
    )
    return _with_incidents(found[:MOST_SHOWN], person)


def _with_incidents(found: list[Alike], person: Person) -> list[Alike]:
    keys = [one.report.incident_id for one in found if one.report.incident_id]
    open_ = {
        one.pk: one for one in Incident.objects.open().visible_to(person, Level.EDIT).filter(pk__in=keys)
    }
    return [Alike(one.report, one.says, one.weight, open_.get(one.report.incident_id)) for one in found]


PARTS = (
    Prefetch("files", ReportFile.objects.current().only("report", "kind", "sha256", "told"), to_attr="parts"),
    Prefetch("mails", ReceivedMail.objects.filter(because="").only("report", "sender"), to_attr="brought"),
)


def _fetched(report: Report) -> Report:
    return Report.objects.select_related("unit").prefetch_related(*PARTS).get(pk=report.pk)


def _near(report: Report, person: Person) -> list[Report]:
    """Reports of a week before and after: of the same site, and of any other where somebody wrote the same mail or sent
    the same file."""
    span = (report.received_at - NEAR, report.received_at + NEAR)
    seen = Report.objects.current().visible_to(person).exclude(pk=report.pk).filter(received_at__range=span)
    rows = seen.select_related("unit", "incident").prefetch_related(*PARTS).order_by("-received_at", "pk")
    same = Q(
        mails__in=ReceivedMail.objects.filter(sender__in=report.mails.exclude(sender="").values("sender"))
    )
    same |= Q(files__in=ReportFile.objects.filter(sha256__in=report.files.values("sha256")))
    if report.reporter_id:
        same |= Q(reporter=report.reporter_id)
    at_site = list(rows.filter(unit=report.unit_id)[:MOST_LOOKED_AT])
    elsewhere = seen.filter(same).exclude(unit=report.unit_id).values("pk")
    return [*at_site, *rows.filter(pk__in=elsewhere)[:MOST_LOOKED_AT]]


@dataclass(frozen=True)
class _Traits:
    """By what a report is compared."""

    report: Report
    senders: frozenset[str]
    indicators: frozenset[str]
    files: frozenset[str]
    places: frozenset[str]
    text: str
    words: frozenset[str]

    @classmethod
    def of(cls, report: Any) -> _Traits:  # a report with what PARTS fetched
        senders = {one.sender for one in report.brought if one.sender}
        senders |= {str(report.reporter_id)} if report.reporter_id else set()
        text = report.says[:LOOKED_AT]
        suspects = [one for one in report.parts if one.kind == ReportFile.Kind.SUSPECT]
        told = "\n".join(line for one in suspects for line in _told(one.told))
        looked = look_through(text)
        ours = {defanged(Kind.MAIL, one) for one in (*senders, report.reach.strip().lower())}
        indicators = (_named(looked) | _named(look_through(told[: 2 * LOOKED_AT]))) - ours
        files = {one.sha256 for one in report.parts if one.kind != ReportFile.Kind.MAIL}
        words = frozenset(word for word in tokens(looked.rest) if _tells(word))
        places = frozenset(tokens(report.spot))
        return cls(
            report, frozenset(senders), frozenset(indicators), frozenset(files), places, looked.rest, words
        )


def _named(looked: Looked) -> set[str]:
    """Indicators as they are shown: without their fangs, so that nobody opens one by mistake. People write capitals as they
    like."""
    return {defanged(one.kind, one.value).rstrip("/").lower() for one in looked.found if one.doubt in SURE}


def _told(told: dict[str, Any]) -> Iterable[str]:
    """What a suspicious mail says of who sent it, about what, and where it leads."""
    yield from told.get("links", [])
    for name, value in told.get("headers", []):
        if name.lower() in ("from", "reply-to", "subject"):
            yield f"{name}: {value}"


def _tells(word: str) -> bool:
    """Whether a word may tell two reports apart: two signs of a script that parts no words, or three of another."""
    if UNPARTED.match(word):
        return len(word) > 1
    return len(word) >= SHORTEST_WORD and word not in COMMON and not word.isdigit()


def _compared(mine: _Traits, other: _Traits, told: set[str]) -> Alike | None:
    """In what two reports are alike; None where that is too little."""
    says: list[str] = []
    weight = 0
    if mine.senders & other.senders:
        says, weight = [*says, gettext("same sender")], weight + 3
    if shared := sorted(mine.indicators & other.indicators):
        named = ", ".join(one[:80] for one in shared[:MOST_TOLD])
        says, weight = [*says, gettext("both name %(what)s") % {"what": named}], weight + 4
    if mine.files & other.files:
        says, weight = [*says, gettext("same file")], weight + 4
    if mine.places and (mine.places <= other.places or other.places and other.places <= mine.places):
        says, weight = [*says, gettext("same place")], weight + 2
    words = _shared(mine.text, mine.words & other.words & told)
    count = sum(len(word) // 2 if UNPARTED.match(word) else 1 for word in words)
    if count >= FEWEST_WORDS:
        named = ", ".join(words[:MOST_TOLD])
        says, weight = (
            [*says, gettext("same words: %(words)s") % {"words": named}],
            weight + min(count, 5) - 1,
        )
    apart = abs(mine.report.received_at - other.report.received_at)
    if not says or weight + (apart <= A_DAY) < ENOUGH:
        return None
    return Alike(other.report, (*says, _apart(apart)), weight + (apart <= A_DAY))


def _shared(text: str, words: frozenset[str]) -> list[str]:
    """What of `text` is in `words`, the longest first; of a script that parts no words, pairs that overlap in one piece."""
    found = {word for word in words if not UNPARTED.match(word)}
    for run, unparted in runs(fold(text)):
        begin = 0 if unparted else len(run)
        while begin < len(run) - 1:
            end = begin
            while run[end : end + 2] in words:
                end += 1
            if end > begin:
                found.add(run[begin : end + 1])
            begin = end + 1
    longest = sorted(found, key=lambda word: (-len(word), word))
    return [word for place, word in enumerate(longest) if not any(word in other for other in longest[:place])]


def _apart(span: timedelta) -> str:
    """How far apart two reports came."""
    minutes = round(span.total_seconds() / 60)
    if minutes < 120:
        return ngettext("%(n)d minute apart", "%(n)d minutes apart", minutes) % {"n": minutes}
    if minutes < 48 * 60:
        return ngettext("%(n)d hour apart", "%(n)d hours apart", minutes // 60) % {"n": minutes // 60}
    return ngettext("%(n)d day apart", "%(n)d days apart", minutes // 1440) % {"n": minutes // 1440}


def join_all(report: Report, others: Iterable[str], *, by: Person, number: str) -> None:
    """Add the report, if it is still free, and the reports called `others` to the open incident `number`, all or none."""
    with transaction.atomic():
        if report.incident_id is None:
            intake.join(report, by=by, number=number)
        for one in intake.named(others, by=by):
            if one.pk != report.pk:
                intake.join(one, by=by, number=number)
