"""Marks of entries of the timeline, set anew one by one or all together; and who may let others read them."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.utils.translation import gettext, gettext_noop, ngettext
from django.utils.translation import gettext_lazy as _

from keepwell.areas.incidents.models import (
    ExposureAnswer,
    Incident,
    IncidentCost,
    IncidentNotice,
    IncidentReview,
    IncidentTask,
    Report,
    ResponseMeeting,
    TimelineEntry,
)
from keepwell.areas.incidents.models.incidents import TLP_ORDER
from keepwell.areas.incidents.models.marks import OwnMark, kept_marks
from keepwell.areas.incidents.models.timeline import TimelineQuerySet, beat
from keepwell.areas.incidents.rules.beginning import began_with
from keepwell.areas.incidents.rules.exposure import require_heard
from keepwell.areas.incidents.rules.timeline import Kind, is_there, note, require_readable
from keepwell.platform.acts.act import Refused, act
from keepwell.platform.history.bulk import update_all
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import lacks
from keepwell.platform.people.roles import Level
from keepwell.platform.records.guards import guards
from keepwell.platform.records.models import may_on

AREA = "incidents"
OWN_MARK = _(
    "TLP 2.0: RED is for who is named for the incident, AMBER+STRICT for nobody from outside; what the timeline tells of "
    "it is marked no wider. A wider mark needs who decides, and from RED you prove once more who you are."
)


WIDENED = gettext_noop("%(count)s entries were marked %(label)s, as the incident is.")


def is_red(record: OwnMark | Report) -> bool:
    """Whether named people alone read it: whoever opens it to more proves once more who they are."""
    return record.its_mark == Incident.Tlp.RED


def narrower(tlp: str) -> list[str]:
    """The marks under which fewer may read than under `tlp`."""
    return list(TLP_ORDER[TLP_ORDER.index(tlp) + 1 :])


@act(
    Level.EDIT,
    label=_("Mark the entry"),
    offered=lambda entry: entry.is_latest and entry.retired_at is None,
    explains=_(
        "TLP 2.0: RED is for who is named for the incident, AMBER+STRICT for nobody from outside. Its earlier words are "
        "marked with it; a wider mark needs who decides, and from RED you prove once more who you are."
    ),
    proof_where=lambda entry: entry.tlp == Incident.Tlp.RED,
)
def mark_entry(entry: TimelineEntry, *, by: Person, tlp: Incident.Tlp, reason: str) -> None:
    """Set the mark of an entry and of its earlier words. Raises PermissionDenied where it would be wider without the
    right to decide, Refused where `by` could not read it afterwards."""
    if tlp == entry.tlp:
        raise Refused(gettext("It is marked so already."))
    require_readable(entry.incident, tlp, by=by)
    if entry.tlp in narrower(tlp) and not may_on(by, AREA, Level.DECIDE, entry):
        raise PermissionDenied(lacks(AREA, Level.DECIDE, entry.incident.unit))
    root = entry.root_id or entry.pk
    words = TimelineEntry.objects.filter(Q(pk=root) | Q(root=root)).exclude(pk=entry.pk)
    _mark([entry, *words.select_related("incident")], tlp)
    beat(entry.incident)


@act(
    Level.DECIDE,
    label=_("Mark its entries as the incident"),
    offered=is_there,
    shown=lambda incident: _narrower_than(incident).exists(),
    explains=_(
        "Every entry that you may read and that is marked narrower than the incident gets the incident’s mark: whoever "
        "may know the incident reads it from now on."
    ),
    step_up=True,
)
def widen_entries(incident: Incident, *, by: Person, reason: str) -> None:
    """Let all entries that `by` may read be read as widely as the incident is marked, as after a RED one was opened."""
    count = _mark(_narrower_than(incident).readable_by(by).select_related("incident"), incident.tlp)
    if not count:
        raise Refused(gettext("No entry that you may read is marked narrower than the incident."))
    note(incident, WIDENED, verb="mark", by=by, kind=Kind.DECISION, reason=reason, count=count,
         label=str(incident.get_tlp_display()))  # fmt: skip


def _narrower_than(incident: Incident) -> TimelineQuerySet:
    """Entries that fewer may read than the incident, and their earlier words."""
    return TimelineEntry.objects.current().filter(incident=incident, tlp__in=narrower(incident.tlp))


def _mark(rows: Iterable[TimelineEntry], tlp: str) -> int:
    """Mark `rows`; returns how many were marked otherwise."""
    found = list(rows)
    for row in found:
        row.tlp = tlp
    return update_all(found)


def require_all_read(incident: Incident, by: Person) -> None:
    """Refuse whoever may not read all that is written about the incident: they let nobody read it, themselves neither."""
    kept = incident.timeline.standing().kept_from(by).count()
    if kept:
        raise Refused(
            ngettext(
                "%(n)d entry is kept from you: only who is named decides who is named, and you are not.",
                "%(n)d entries are kept from you: only who is named decides who is named, and you are not.",
                kept,
            )
            % {"n": kept}
        )


@act(Level.EDIT, label=_("Give it a TLP mark"), offered=is_there, explains=OWN_MARK, proof_where=is_red)
def mark_task(task: IncidentTask, *, by: Person, tlp: Incident.Tlp, reason: str) -> None:
    """Give a task a mark of its own; whoever owes it must be able to read it."""
    if task.person is not None:
        require_readable(task.incident, tlp, by=task.person)
    _mark_own(task, tlp, by)
    narrow_told(task.incident, Q(facts__task=task.title), tlp)


@act(Level.EDIT, label=_("Give it a TLP mark"), offered=is_there, explains=OWN_MARK, proof_where=is_red)
def mark_cost(cost: IncidentCost, *, by: Person, tlp: Incident.Tlp, reason: str) -> None:
    """Give a cost a mark of its own."""
    _mark_own(cost, tlp, by)


@act(Level.EDIT, label=_("Give it a TLP mark"), offered=is_there, explains=OWN_MARK, proof_where=is_red)
def mark_meeting(meeting: ResponseMeeting, *, by: Person, tlp: Incident.Tlp, reason: str) -> None:
    """Give a response meeting a mark of its own; who was invited was told already."""
    _mark_own(meeting, tlp, by)
    told = Q(facts__meeting=str(meeting.pk))
    if meeting.about:  # entries of before they said of which meeting they are
        told |= Q(verb="meeting", source=meeting.about[:200])
    narrow_told(meeting.incident, told, tlp)


@act(Level.EDIT, label=_("Give it a TLP mark"), offered=is_there, explains=OWN_MARK, proof_where=is_red)
def mark_notice(notice: IncidentNotice, *, by: Person, tlp: Incident.Tlp, reason: str) -> None:
    """Give a notice a mark of its own; to whom it is sent it goes all the same."""
    _mark_own(notice, tlp, by)


@act(Level.EDIT, label=_("Give it a TLP mark"), offered=is_there, explains=OWN_MARK, proof_where=is_red)
def mark_review(review: IncidentReview, *, by: Person, tlp: Incident.Tlp, reason: str) -> None:
    """Give a review a mark of its own; actions that came of it are in the one list of actions, whatever it is marked."""
    _mark_own(review, tlp, by)


@act(Level.EDIT, label=_("Give it a TLP mark"), offered=is_there, explains=OWN_MARK, proof_where=is_red)
def mark_question(question: ExposureAnswer, *, by: Person, tlp: Incident.Tlp, reason: str) -> None:
    """Give a question to a site, and its answer, a mark of its own; somebody who may answer must be able to read it."""
    _mark_own(question, tlp, by)
    if question.state == ExposureAnswer.State.OPEN:
        require_heard(question)
    told = Q(verb="asked", source=question.asks[:200]) | Q(
        verb="answered", facts__site=str(question.unit.code)
    )
    narrow_told(question.incident, told, tlp)


@act(
    Level.EDIT,
    label=_("Give it a TLP mark"),
    offered=is_there,
    explains=_(
        "TLP 2.0: AMBER+STRICT is for nobody from outside; RED is for who is named for its incident, and needs one. What "
        "the timeline tells of the report is marked no wider; an incident that began with its words is marked itself. A "
        "wider mark needs who decides, and from RED you prove once more who you are."
    ),
    proof_where=is_red,
)
def mark_report(report: Report, *, by: Person, tlp: Incident.Tlp, reason: str) -> None:
    """Give a report a mark of its own. Refused for one narrower than that of an incident which repeats what it says."""
    incident = report.incident
    if incident is not None and tlp in narrower(incident.tlp) and began_with(incident, report):
        raise Refused(
            gettext(
                "%(incident)s began with what this report says, and its history repeats it: mark the incident."
            )
            % {"incident": incident}
        )
    _mark_own(report, tlp, by)
    if incident is not None:
        narrow_told(incident, Q(facts__report=str(report)), tlp)


@guards(Report, changes_of=("tlp",))
def keep_its_mark(report: Report, by: Person) -> None:
    """Refuse that a report which is there is marked anew in passing: by its act alone, which asks why and who."""
    raise Refused(
        gettext("A report has its mark when it comes; later “Give it a TLP mark” sets it, with a reason.")
    )


def _mark_own(record: OwnMark | Report, tlp: str, by: Person) -> None:
    """Refused where it is marked so, or `by` could not read it then; PermissionDenied where it would be wider without
    the right to decide."""
    incident = record.its_incident
    if tlp == record.its_mark:
        raise Refused(gettext("It is marked so already."))
    if incident is not None:
        require_readable(incident, tlp, by=by)
    elif tlp != Incident.Tlp.RED and tlp in kept_marks(by):
        raise Refused(gettext("You could not read it then."))
    if record.its_mark in narrower(tlp) and not may_on(by, AREA, Level.DECIDE, record):
        raise PermissionDenied(lacks(AREA, Level.DECIDE, record.place))
    record.tlp = tlp
    record.save()


def narrow_told(incident: Incident, of: Q, tlp: str) -> None:
    """Let what acts told of it be read no more widely than `tlp`."""
    wider = [mark for mark in TLP_ORDER if tlp in narrower(mark)]
    rows = TimelineEntry.objects.current().filter(of, incident=incident, tlp__in=wider).exclude(verb="")
    _mark(rows.select_related("incident"), tlp)
    beat(incident)
