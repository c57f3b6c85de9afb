"""A pasted text, looked through for indicators, and what is known of each already."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models import Incident, Indicator
from keepwell.kernel.indicators.recognizing import LONGEST_TEXT, Doubt, Found, Looked, recognized
from keepwell.kernel.indicators.spelling import host_of
from keepwell.platform.acts.act import Refused
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level
from keepwell.platform.records.models import may_on

AREA = "incidents"
MOST_OTHERS, MOST_SHARED = 200, 1_000
DOUBTS = {
    Doubt.VERSION: _("reads like a version or the number of a section"),
    Doubt.PRIVATE: _("an address within a house"),
    Doubt.WORD: _("may be a word or the name of a file"),
    Doubt.EMPTY: _("the digest of a file without a byte"),
    Doubt.OURS: _("one of our own names"),
}
"""Why something is not chosen until somebody does."""


def require_short(text: str) -> None:
    """Refuse a text that is longer than what is looked through."""
    if len(text) > LONGEST_TEXT:
        raise Refused(
            gettext("The text has %(count)s characters; bring %(most)s at most at once.")
            % {"count": f"{len(text):,}", "most": f"{LONGEST_TEXT:,}"}
        )


def look_through(text: str) -> Looked:
    """The indicators in `text`; what leads to ourselves is doubted."""
    looked = recognized(text)
    return replace(looked, found=tuple(map(_doubted, looked.found)))


def _doubted(one: Found) -> Found:
    host = host_of(one.kind, one.value)
    is_ours = any(host == name or host.endswith(f".{name}") for name in _our_names()) if host else False
    return replace(one, doubt=Doubt.OURS) if is_ours else one


def _our_names() -> set[str]:
    """Where this house itself is reached."""
    mails = (settings.DEFAULT_FROM_EMAIL, settings.KEEPWELL_REPORTS_MAIL or "")
    names = {one.rpartition("@")[2].strip("> ").lower() for one in mails if "@" in one}
    return (names | {urlsplit(settings.KEEPWELL_URL).hostname or ""}) - {"", "localhost"}


@dataclass(frozen=True)
class Offered:
    """What was found in a text, as a person chooses from it: how it is shown, why it is doubted, what is known of it."""

    found: Found
    row: Indicator
    doubt: str
    known: Indicator | None
    others: list[Incident]

    @property
    def code(self) -> str:
        """How it is named where it is chosen."""
        return f"{self.found.kind} {self.found.value}"

    @property
    def is_chosen(self) -> bool:
        """Whether it is chosen as long as nobody says otherwise."""
        return not self.doubt and not (self.known and self.known.retired_at)


def offered(looked: Looked, incident: Incident, person: Person) -> list[Offered]:
    """What was found, with what `person` may know of it."""
    values = [one.value for one in looked.found]
    rows = Indicator.objects.in_rooms_of(person).filter(incident=incident, value__in=values)
    there = {(row.kind, row.value): row for row in sorted(rows, key=lambda row: row.retired_at is None)}
    others = elsewhere(incident, values, person)
    return [
        Offered(
            one, Indicator(kind=str(one.kind), value=one.value), str(DOUBTS.get(one.doubt, "")),
            there.get((one.kind, one.value)), others.get((one.kind, one.value), []),
        )
        for one in looked.found
    ]  # fmt: skip


def elsewhere(
    incident: Incident, values: Collection[str], person: Person
) -> dict[tuple[str, str], list[Incident]]:
    """Other incidents that have one of `values`, by kind and value, the latest first, as far as `person` may see both them
    and their indicator."""
    found: dict[tuple[str, str], list[Incident]] = defaultdict(list)
    if values:
        rows = (
            Indicator.objects.current()
            .in_rooms_of(person)
            .filter(value__in=values)
            .exclude(incident=incident)
        )
        rows = rows.filter(incident__retired_at=None).select_related("incident__unit")
        for row in rows.order_by("-incident__reported_at", "pk")[:MOST_OTHERS]:
            if row.incident not in found[row.kind, row.value]:
                found[row.kind, row.value].append(row.incident)
    return found


def sharing(incident: Incident, person: Person) -> dict[Incident, int]:
    """Open incidents that share indicators with this one and that `person` may see, with how many; what was touched says
    nothing of who attacked, and is left out."""
    mine = (
        Indicator.objects.current()
        .in_rooms_of(person)
        .filter(incident=incident)
        .exclude(role=Indicator.Role.VICTIM)
    )
    same = mine.filter(kind=OuterRef("kind"), value=OuterRef("value"))
    rows = (
        Indicator.objects.current()
        .in_rooms_of(person)
        .exclude(incident=incident)
        .exclude(role=Indicator.Role.VICTIM)
    )
    rows = rows.filter(Exists(same), value__in=mine.values("value"), incident__retired_at=None)
    rows = rows.exclude(incident__state=Incident.State.CLOSED).select_related("incident__unit")
    found: dict[Incident, set[tuple[str, str]]] = defaultdict(set)
    for row in rows.order_by("-incident__reported_at", "pk")[:MOST_SHARED]:
        found[row.incident].add((row.kind, row.value))
    return {one: len(shared) for one, shared in found.items()}


@dataclass(frozen=True)
class Line:
    """An indicator as a room shows it: with the other incidents in which it stands."""

    indicator: Indicator
    others: list[Incident]


@dataclass(frozen=True)
class Shown:
    """The latest indicators of an incident, how many there are, how many were retracted, and whether the reader may open
    their pages: who is let in because a unit of theirs is touched reads them in the room alone."""

    lines: list[Line]
    count: int
    retracted: int
    has_pages: bool

    @property
    def more(self) -> int:
        """How many stand in the register alone."""
        return self.count - len(self.lines)


def shown(incident: Incident, person: Person, most: int) -> Shown:
    """What the room shows: one question where there is none."""
    rows = Indicator.objects.in_rooms_of(person).filter(incident=incident)
    many = rows.aggregate(all=Count("pk"), gone=Count("pk", filter=Q(retired_at__isnull=False)))
    count = many["all"] - many["gone"]
    latest = list(rows.current().order_by("-recorded_at", "kind", "value")[:most]) if count else []
    others = elsewhere(incident, [one.value for one in latest], person)
    for one in latest:
        one.incident = incident
    has_pages = bool(latest) and may_on(person, AREA, Level.VIEW, latest[0])
    lines = [Line(one, others.get((one.kind, one.value), [])) for one in latest]
    return Shown(lines, count, many["gone"], has_pages)
