"""Indicators of an incident: entered one by one or out of a text, each once, retracted where they were none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext, gettext_noop, override
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models import Incident, Indicator, TimelineEntry, unread_marks
from keepwell.areas.incidents.rules.marking import narrower
from keepwell.areas.incidents.rules.recognizing import look_through, require_short
from keepwell.areas.incidents.rules.timeline import is_there, note, require_readable
from keepwell.kernel import indicators as kernel
from keepwell.kernel.indicators.kinds import DIGITS_OF
from keepwell.kernel.indicators.recognizing import Doubt, Found, Looked
from keepwell.kernel.indicators.spelling import NotOne, normalized
from keepwell.platform.acts.act import Refused, act, never
from keepwell.platform.acts.moments import moment_typed
from keepwell.platform.history.acting import acting
from keepwell.platform.history.bulk import create_all, update_all
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import lacks
from keepwell.platform.people.roles import Level
from keepwell.platform.records.models import may_on

Facts = dict[str, Any]  # Any: whatever fills a sentence of the timeline
AREA = "incidents"
MOST_AT_ONCE = 500
MOST_IN_INCIDENT = 5_000
# What acts tell of themselves names kinds and counts, never values: an indicator may be marked narrower than its
# incident is by the time somebody reads the entry.
ADDED_ONE = gettext_noop("One indicator was added: %(kinds)s.")
ADDED = gettext_noop("%(count)s indicators were added: %(kinds)s.")
SEEN_ONE = gettext_noop("One known indicator was seen again: %(kinds)s.")
SEEN_AGAIN = gettext_noop("%(count)s known indicators were seen again: %(kinds)s.")
ADDED_AND_SEEN = gettext_noop("Indicators were added: %(kinds)s. Known ones were seen again: %(again)s.")
CHANGED = gettext_noop("What is known of an indicator was changed: %(kinds)s.")
RETRACTED = gettext_noop("An indicator was retracted: %(kinds)s.")
REINSTATED = gettext_noop("What was retracted is an indicator after all: %(kinds)s.")
VERB, VERB_OF_TEXT = "indicator", "incident.add_indicators"
WRONG = {
    Indicator.Kind.IPV4: _("“%(text)s” is no IPv4 address; write it as 192.0.2.7 or 192.0.2[.]7, a network as 192.0.2.0/24."),
    Indicator.Kind.IPV6: _("“%(text)s” is no IPv6 address; write it as 2001:db8::7, a network as 2001:db8::/32."),
    Indicator.Kind.DOMAIN: _("“%(text)s” is no domain; write it as evil.example or evil[.]example."),
    Indicator.Kind.URL: _("“%(text)s” is no URL; write it with its scheme, as hxxps://evil[.]example/path."),
    Indicator.Kind.MAIL: _("“%(text)s” is no mail address; write it as name@evil.example."),
    Indicator.Kind.MD5: _("“%(text)s” is no MD5; it has 32 digits from 0 to 9 and a to f."),
    Indicator.Kind.SHA1: _("“%(text)s” is no SHA-1; it has 40 digits from 0 to 9 and a to f."),
    Indicator.Kind.SHA256: _("“%(text)s” is no SHA-256; it has 64 digits from 0 to 9 and a to f."),
    Indicator.Kind.REGISTRY: _("“%(text)s” is no registry key; write it as HKLM\\Software\\Maker\\Key."),
    Indicator.Kind.HOST: _("“%(text)s” is no host name; write letters, digits and hyphens, as eng-3."),
    Indicator.Kind.ACCOUNT: _("“%(text)s” is no account; write it as NAME or DOMAIN\\NAME."),
}  # fmt: skip
"""What is said of a value that is none of its kind."""


@dataclass(frozen=True)
class Known:
    """What is said of all indicators of one act alike."""

    role: str
    confidence: str
    tlp: str
    first_seen_at: datetime | None
    last_seen_at: datetime | None
    source: str
    remark: str


@dataclass
class Added:
    """What an act did: indicators that are new, known ones that were seen earlier or later than was known, known ones of
    which nothing new was said, and retracted ones, which stay so."""

    new: list[Indicator] = field(default_factory=list)
    again: list[Indicator] = field(default_factory=list)
    same: list[Indicator] = field(default_factory=list)
    retracted: list[Indicator] = field(default_factory=list)


@act(
    Level.EDIT,
    label=_("Add an indicator"),
    offered=is_there,
    shown=never,
    explains=_("Everybody in the room sees it. One that stands there already is not doubled: what was seen is extended."),
)  # fmt: skip
def add_indicator(
    incident: Incident, *, by: Person, kind: Indicator.Kind, value: str, role: Indicator.Role = Indicator.Role.UNKNOWN,
    file_name: str = "", confidence: TimelineEntry.Confidence = TimelineEntry.Confidence.CONFIRMED,
    tlp: Incident.Tlp | None = None, first_seen: str = "", last_seen: str = "", source: str = "", remark: str = "",
) -> Added:  # fmt: skip
    """Add one indicator: `value` with or without its fangs, moments as in `enter`; empty: nobody said."""
    known = _known(incident, by, role, confidence, tlp, (first_seen, last_seen), source, remark)
    name = file_name.strip()[:255]
    if name and kind not in DIGITS_OF:
        raise Refused(gettext("The name of a file stands beside a digest alone."))
    found = Found(kernel.Kind(kind), spelled(Indicator.Kind(kind), value), file_name=name)
    return _enter(incident, [found], known, by)


@act(
    Level.EDIT,
    label=_("Add indicators out of a text"),
    offered=is_there,
    shown=never,
    explains=_("What the text holds beyond doubt is added in one act; a mail, a report, a table, with or without fangs."),
)  # fmt: skip
def add_indicators(
    incident: Incident, *, by: Person, text: str, values: str = "", role: Indicator.Role = Indicator.Role.UNKNOWN,
    confidence: TimelineEntry.Confidence = TimelineEntry.Confidence.CONFIRMED, tlp: Incident.Tlp | None = None,
    first_seen: str = "", last_seen: str = "", source: str = "", remark: str = "",
) -> Added:  # fmt: skip
    """Add what `text` holds beyond doubt; with `values` (one a line: kind, blank, value) just those of what it holds."""
    known = _known(incident, by, role, confidence, tlp, (first_seen, last_seen), source, remark)
    require_short(text)
    found = chosen(look_through(text), values)
    if not found:
        raise Refused(gettext("No indicator was recognized in the text."))
    if len(found) > MOST_AT_ONCE:
        raise Refused(
            gettext("The text holds %(count)d indicators; add %(most)d at most at once.")
            % {"count": len(found), "most": MOST_AT_ONCE}
        )
    # Each indicator has its row in the trail; the text itself stands in none of them, its digest in each.
    with acting(
        by, VERB_OF_TEXT, sha256=sha256(text.encode("utf-8", "replace")).hexdigest(), source=known.source
    ):
        return _enter(incident, found, known, by)


@act(
    Level.EDIT,
    label=_("Change what is known"),
    offered=is_there,
    explains=_(
        "What is left empty stays as it is. A wider mark needs who decides; what is TLP:RED is changed by who proved anew who "
        "they are."
    ),
    proof_where=lambda indicator: indicator.tlp == Incident.Tlp.RED,
)
def change_known(
    indicator: Indicator, *, by: Person, role: Indicator.Role | None = None,
    confidence: TimelineEntry.Confidence | None = None, tlp: Incident.Tlp | None = None, first_seen: str = "",
    last_seen: str = "", remark: str = "",
) -> None:  # fmt: skip
    """Say anew how an indicator was seen, how sure it is, to whom it may go on, and when it was seen."""
    incident = indicator.incident
    if tlp is not None:
        require_readable(incident, tlp, by=by)
        if indicator.tlp in narrower(tlp) and not may_on(by, AREA, Level.DECIDE, incident):
            raise PermissionDenied(lacks(AREA, Level.DECIDE, incident.unit))
        _require_alone(indicator, tlp)
    first, last = _seen(incident, first_seen, last_seen)
    indicator.role, indicator.confidence = role or indicator.role, confidence or indicator.confidence
    indicator.tlp, indicator.remark = tlp or indicator.tlp, remark.strip()[:500] or indicator.remark
    indicator.first_seen_at = first if first_seen.strip() else indicator.first_seen_at or first
    indicator.last_seen_at = last if last_seen.strip() else indicator.last_seen_at or last
    indicator.save()
    note(incident, CHANGED, verb=VERB, by=by, **_counted([indicator]))


def _require_alone(indicator: Indicator, tlp: str) -> None:
    """Refuse a mark under which it stands in the incident already, which whoever may give that mark may know."""
    same = Indicator.objects.filter(
        incident=indicator.incident_id, kind=indicator.kind, value=indicator.value, tlp=tlp
    )
    if same.exclude(pk=indicator.pk).exists():
        raise Refused(
            gettext("%(value)s stands in %(incident)s marked %(label)s already: retract this one instead.")
            % {"value": indicator.shown, "incident": indicator.incident, "label": Incident.Tlp(tlp).label}
        )


@act(
    Level.EDIT,
    label=_("Retract"),
    offered=is_there,
    explains=_(
        "It was none after all: it leaves the lists and goes out no more; that it was taken for one stays."
    ),
)
def retract(indicator: Indicator, *, by: Person, reason: str) -> None:
    """A false positive."""
    indicator.retire(reason)
    indicator.save()
    note(indicator.incident, RETRACTED, verb="retracted", by=by, reason=reason, **_counted([indicator]))


@act(
    Level.EDIT,
    label=_("Reinstate"),
    offered=lambda indicator: indicator.retired_at is not None,
    explains=_("It is one after all, and stands in the lists again."),
)
def reinstate(indicator: Indicator, *, by: Person, reason: str) -> None:
    """What was retracted is one after all."""
    indicator.retired_at, indicator.retired_reason = None, ""
    indicator.save()
    note(indicator.incident, REINSTATED, verb=VERB, by=by, reason=reason, **_counted([indicator]))


def spelled(kind: Indicator.Kind, text: str) -> str:
    """`text` as an indicator of `kind` is kept; Refused says what it should be."""
    try:
        return normalized(kernel.Kind(kind), text)
    except NotOne as wrong:
        told = WRONG.get(kind, _("Write one line of up to 2,000 characters, not “%(text)s”."))
        raise Refused(str(told) % {"text": " ".join(text.split())[:80]}) from wrong


def chosen(looked: Looked, values: str) -> list[Found]:
    """Those that `values` names (one a line: kind, blank, value), all beyond doubt if it names none; Refused for a line
    that was not found."""
    lines = [line for line in map(str.strip, values.splitlines()) if line]
    if not lines:
        return [one for one in looked.found if one.doubt is Doubt.NONE]
    there = {f"{one.kind} {one.value}": one for one in looked.found}
    missing = next((line for line in lines if line not in there), None)
    if missing is not None:
        raise Refused(gettext("“%(line)s” was not recognized in the text.") % {"line": missing[:80]})
    return [there[line] for line in dict.fromkeys(lines)]


def carry_over(incident: Incident, other: Incident, *, by: Person) -> list[Indicator]:
    """Enter what is known of `incident`, which is merged, in `other`, where work goes on; returns those that are new
    there. What few may know is not carried to where many may, nor what `by` may not see."""
    if incident.is_restricted and not other.is_restricted:
        return []
    rows = Indicator.objects.current().in_rooms_of(by).filter(incident=incident).order_by("recorded_at", "pk")
    room = MOST_IN_INCIDENT - other.indicators.count()
    there = set(other.indicators.readable_by(by).values_list("kind", "value"))
    unread = unread_marks(other, by)
    made = [
        Indicator(
            incident=other, kind=one.kind, value=one.value, file_name=one.file_name, role=one.role, confidence=one.confidence,
            tlp=one.tlp, first_seen_at=one.first_seen_at, last_seen_at=one.last_seen_at, source=one.source, remark=one.remark,
            person=by,
        )
        for one in rows
        if (one.kind, one.value) not in there and one.tlp not in unread
    ]  # fmt: skip
    new = made[: max(0, room)]
    create_all(new)
    return new


def _known(
    incident: Incident, by: Person, role: str, confidence: str, tlp: str | None, seen: tuple[str, str], source: str, remark: str
) -> Known:  # fmt: skip
    mark = tlp or incident.tlp
    require_readable(incident, mark, by=by)
    first, last = _seen(incident, *seen)
    return Known(role, confidence, mark, first, last, source.strip()[:200], remark.strip()[:500])


def _seen(incident: Incident, first: str, last: str) -> tuple[datetime | None, datetime | None]:
    """The moments as they were typed; where one alone was said, it is both."""
    zone = incident.unit.time_zone
    told = [moment_typed(text, zone) if text.strip() else None for text in (first, last)]
    begin, end = told[0] or told[1], told[1] or told[0]
    if begin and end and begin > end:
        raise Refused(gettext("It cannot be seen last before it was seen first."))
    return begin, end


def _enter(incident: Incident, found: Collection[Found], known: Known, by: Person) -> Added:
    """Write what is new, extend what was seen, tell of it in one entry; Refused where nothing of it is new."""
    added = _sorted_out(incident, found, known, by)
    if not added.new and not added.again:
        raise Refused(_nothing_new(added))
    if incident.indicators.count() + len(added.new) > MOST_IN_INCIDENT:
        raise Refused(
            gettext("An incident holds %(most)s indicators at most.") % {"most": f"{MOST_IN_INCIDENT:,}"}
        )
    for one in [*added.new, *added.again]:
        one.clean_fields(exclude={"incident", "person"})
        one.clean()
    create_all(added.new)
    update_all(added.again)
    _tell(incident, added, known, by)
    return added


def _sorted_out(incident: Incident, found: Collection[Found], known: Known, by: Person) -> Added:
    """What becomes of each; one that `by` must not know of is as one that is not there."""
    rows = Indicator.objects.filter(incident=incident, value__in=[one.value for one in found]).readable_by(by)
    there: dict[tuple[str, str], Indicator] = {}
    for row in sorted(
        rows, key=lambda row: (row.tlp != known.tlp, row.retired_at is not None, row.recorded_at)
    ):
        row.incident = incident
        there.setdefault((row.kind, row.value), row)
    added = Added()
    for one in found:
        row = there.get((one.kind, one.value))
        if row is None:
            added.new.append(
                Indicator(incident=incident, kind=str(one.kind), value=one.value, file_name=one.file_name[:255],
                          person=by, **vars(known))
            )  # fmt: skip
        elif row.retired_at is not None:
            added.retracted.append(row)
        elif _extended(row, known, one.file_name):
            added.again.append(row)
        else:
            added.same.append(row)
    return added


def _extended(row: Indicator, known: Known, file_name: str) -> bool:
    """Let `row` take in when it was seen, and a name it had not; whether anything of it is new."""
    before = (row.first_seen_at, row.last_seen_at, row.file_name)
    moments_known = [
        one for one in (row.first_seen_at, row.last_seen_at, known.first_seen_at, known.last_seen_at) if one
    ]
    if moments_known:
        row.first_seen_at, row.last_seen_at = min(moments_known), max(moments_known)
    row.file_name = row.file_name or file_name
    return before != (row.first_seen_at, row.last_seen_at, row.file_name)


def _nothing_new(added: Added) -> str:
    if added.retracted and not added.same:
        told = {"value": added.retracted[0].shown, "reason": added.retracted[0].retired_reason.rstrip(".")}
        return gettext("%(value)s was retracted: %(reason)s. Reinstate it if it is one after all.") % told
    if len(added.same) == 1 and not added.retracted:
        return gettext("%(value)s stands there already; say when it was seen to extend that.") % {
            "value": added.same[0].shown
        }
    return gettext("All of these stand there already, or were retracted; nothing was changed.")


def _tell(incident: Incident, added: Added, known: Known, by: Person) -> None:
    """One entry for the whole act."""
    one, several = (ADDED_ONE, ADDED) if added.new else (SEEN_ONE, SEEN_AGAIN)
    told = added.new or added.again
    says, facts = one if len(told) == 1 else several, {"count": len(told), **_counted(told)}
    if added.new and added.again:
        says, facts = ADDED_AND_SEEN, facts | _counted(added.again, "again")
    note(incident, says, verb=VERB, by=by, source=known.source, **facts)


def _counted(found: Collection[Indicator], name: str = "kinds") -> Facts:
    """How many there are of which kind, in both languages, as facts of the timeline hold them; of one, its kind alone."""
    kinds, told = Counter(one.kind for one in found), {}
    for language, key in (("en", name), ("zh-hant", f"{name}_zh")):
        with override(language):
            parts = [f"{Indicator.Kind(kind).label} {many}" for kind, many in kinds.most_common()]
            told[key] = (
                gettext(", ").join(parts) if len(found) > 1 else str(Indicator.Kind(next(iter(kinds))).label)
            )
    return told
