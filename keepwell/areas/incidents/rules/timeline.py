"""The timeline of an incident: entries that people write, corrections of them, and what acts tell by themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models import Classification, Incident, TimelineEntry, unread_marks
from keepwell.areas.incidents.models.incidents import TLP_ORDER
from keepwell.areas.incidents.models.timeline import LEVEL, LONGEST_ENTRY, beat, beat_of_entry, is_zone
from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused, act, never
from keepwell.platform.acts.moments import moment_typed
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level

Kind, Confidence = TimelineEntry.Kind, TimelineEntry.Confidence
FIRST_LEVEL = gettext_noop("Classified as S%(after)s.")
RAISED = gettext_noop("Level raised from S%(before)s to S%(after)s.")
LOWERED = gettext_noop("Level lowered from S%(before)s to S%(after)s.")
SAME_LEVEL = gettext_noop("Classified anew: S%(after)s as before.")


def is_there(record: Any) -> bool:
    """Whether it is no mistake that was taken out."""
    return record.retired_at is None


def note(
    incident: Incident, says: str, *, verb: str, by: Person | None, kind: str = Kind.ACTION, at: datetime | None = None,
    reason: str = "", source: str = "", tlp: str = "", **facts: Any,
) -> TimelineEntry:  # fmt: skip
    """Let an act tell of itself: `says` is a sentence marked for translation that `facts` fill, read by those alone who
    read what is marked `tlp` and what the incident is. Inside the act."""
    entry = TimelineEntry(
        incident=incident, number=beat(incident, entries=1), at=at or moments.now(),
        zone=incident.unit.time_zone, kind=kind, says=says, facts=facts,
        verb=verb, reason=reason.strip()[:500], source=source[:200], tlp=narrowest(incident.tlp, tlp), person=by,
        decided_by=str(by) if by and kind == Kind.DECISION else "", recorded_at=moments.now(),
    )  # fmt: skip
    entry.save()
    return entry


def narrowest(*marks: str) -> str:
    """The one of `marks` under which fewest may read; what has none ("") counts for nothing."""
    return max(filter(None, marks), key=TLP_ORDER.index, default="")


def named(person: Person) -> dict[str, Any]:
    """A person as a sentence of `note` names them to readers of either language."""
    return {"name": person.name, "name_zh": person.name_local}


def note_level(made: Classification, *, by: Person, before: int | None) -> TimelineEntry:
    """Tell of a classification; what decided it is said to each reader from the facts it was made of."""
    moved = made.level - before if before is not None else 0
    says = FIRST_LEVEL if before is None else RAISED if moved > 0 else LOWERED if moved < 0 else SAME_LEVEL
    kind = Kind.DECISION if made.reason else Kind.RECKONED
    facts = {"before": before, "after": made.level, "known": made.factors}
    if made.scheme_id:
        facts["scheme"] = str(made.scheme_id)
    elif made.shipped_text:
        facts["shipped"] = made.shipped_text
    return note(made.incident, says, verb=LEVEL, by=by, kind=kind, reason=made.reason, **facts)


@act(
    Level.EDIT,
    label=_("Enter in the timeline"),
    offered=is_there,
    shown=never,
    beside=True,
    explains=_("Everybody in the room sees it within two seconds. It is never changed; a correction stands beside it."),
)  # fmt: skip
def enter(
    incident: Incident, *, by: Person, says: str, kind: str = Kind.OBSERVED, at: str = "", zone: str = "",
    source: str = "", confidence: str = Confidence.CONFIRMED, tlp: str = "", reason: str = "", decided_by: str = "",
) -> TimelineEntry:  # fmt: skip
    """Write down what happened: `at` as 03:22, 2025-11-14 03:22 or 2025-11-14T03:22+08:00 in `zone` (empty: the site's,
    and now). A decision has a reason, and by whom it was taken (empty: by who enters it)."""
    text = _told(says)
    known_zone = zone.strip() or incident.unit.time_zone
    if not is_zone(known_zone):
        raise Refused(
            gettext("No time zone is called “%(zone)s”; write it as Asia/Taipei.") % {"zone": known_zone[:40]}
        )
    _among(Kind, kind, gettext("kind of entry"))
    _among(Confidence, confidence, gettext("confidence"))
    require_readable(incident, tlp or incident.tlp, by=by)
    if kind == Kind.DECISION and not reason.strip():
        raise Refused(gettext("A decision has a reason: write it in “Reason”."))
    entry = TimelineEntry(
        incident=incident, number=beat_of_entry(incident), at=moment_typed(at, known_zone), zone=known_zone,
        kind=kind, says=text,
        source=source.strip()[:200], confidence=confidence, tlp=tlp or incident.tlp, person=by,
        reason=reason.strip()[:500], recorded_at=moments.now(),
        decided_by=(decided_by.strip() or str(by))[:200] if kind == Kind.DECISION else "",
    )  # fmt: skip
    entry.save()
    return entry


@act(
    Level.EDIT,
    label=_("Correct it"),
    offered=lambda entry: entry.is_latest and not entry.verb and entry.retired_at is None,
    explains=_("The corrected words stand in the timeline; the earlier ones are kept as a revision."),
)
def correct(entry: TimelineEntry, *, by: Person, says: str, at: str = "", reason: str = "") -> TimelineEntry:
    """Say an entry anew, and, if `at` is given, when it happened (as in `enter`); the rest stays as it was. `reason`
    is that of a decision; empty: as before."""
    root = entry.root or entry
    further = TimelineEntry(
        incident=entry.incident, number=beat(entry.incident), zone=entry.zone,
        at=moment_typed(at, entry.zone) if at.strip() else entry.at,
        kind=entry.kind, says=_told(says), reason=reason.strip()[:500] or entry.reason, decided_by=entry.decided_by,
        source=entry.source, confidence=entry.confidence, tlp=entry.tlp, person=by, recorded_at=moments.now(),
        root=root, revision=entry.revision + 1,
    )  # fmt: skip
    entry.is_latest = False
    entry.save()
    further.save()
    return further


def require_readable(incident: Incident, tlp: str, *, by: Person) -> None:
    """Refuse a mark that there is not, and one by which `by` could not read what they mark."""
    _among(Incident.Tlp, tlp, "TLP")
    if tlp in unread_marks(incident, by):
        raise Refused(
            gettext("What is marked %(label)s here is for who is named for %(incident)s, and you are not.")
            % {"label": Incident.Tlp(tlp).label, "incident": incident}
        )


def require_mark(incident: Incident, tlp: str | None, *, by: Person) -> None:
    """Refuse a mark of its own (none: as the incident) that there is not, and one by which `by` could not read it."""
    if tlp:
        require_readable(incident, tlp, by=by)


def _told(says: str) -> str:
    text = says.strip()
    if not text or len(text) > LONGEST_ENTRY:
        raise Refused(gettext("Write an entry of 1 to %(most)d characters.") % {"most": LONGEST_ENTRY})
    return text


def _among(choices: Any, value: str, called: str) -> None:
    if value not in choices.values:
        raise Refused(
            gettext("There is no %(called)s “%(value)s”; there are %(known)s.")
            % {"called": called, "value": value[:40], "known": ", ".join(choices.values)}
        )
