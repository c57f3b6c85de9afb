"""The dossier of an incident: all that is known of it on paper, for who may see it, in the reader's language."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from uuid import UUID

from django.utils.translation import get_language, override, pgettext
from django.utils.translation import gettext as _

from keepwell.areas.incidents.models import (
    Classification,
    Clock,
    Incident,
    IncidentNotice,
    TimelineEntry,
    kinds,
)
from keepwell.areas.incidents.models.library import here, level_name
from keepwell.areas.incidents.models.reasons import Reasons, Why, reasons
from keepwell.areas.incidents.rules import costs
from keepwell.areas.incidents.rules.lessons import lessons
from keepwell.kernel import moments
from keepwell.kernel.digests import digest as digest_of
from keepwell.platform.exchange.files import fetch
from keepwell.platform.jobs.job import enqueue
from keepwell.platform.jobs.models import Job
from keepwell.platform.people.models import Person
from keepwell.platform.publishing import format as printed
from keepwell.platform.publishing.blocks import Block, Column, Document, Table, Text
from keepwell.platform.publishing.writers import WRITERS
from keepwell.platform.tree.models import Unit

FORMS = ("pdf", "docx")
JOB = "incidents.dossier"
Kind = TimelineEntry.Kind
State = IncidentNotice.State


@dataclass(frozen=True)
class Dossier:
    """One incident as `person` may see it."""

    incident: Incident
    person: Person

    @cached_property
    def entries(self) -> list[TimelineEntry]:
        """The entries that the person may read, in the order in which they happened."""
        rows = self.incident.timeline.standing().readable_by(self.person)
        found = list(rows.select_related("person").order_by("at", "number"))
        for entry in found:
            entry.incident = self.incident
        return found

    @cached_property
    def kept_back(self) -> int:
        """How many entries are marked narrower than the person may read."""
        return self.incident.timeline.standing().kept_from(self.person).count()

    @cached_property
    def earlier(self) -> dict[UUID, list[TimelineEntry]]:
        """Earlier words of corrected entries, by their first, the oldest first."""
        rows = self.incident.timeline.current().filter(is_latest=False).readable_by(self.person)
        found: dict[UUID, list[TimelineEntry]] = defaultdict(list)
        for entry in rows.select_related("person").order_by("revision"):
            entry.incident = self.incident
            found[entry.root_id or entry.pk].append(entry)
        return found

    @cached_property
    def clocks(self) -> list[Clock]:
        rows = Clock.objects.visible_to(self.person).current().filter(incident=self.incident)
        found = list(rows.select_related("unit", "clause", "owner").order_by("ends_at", "rule", "pk"))
        for clock in found:
            clock.incident = self.incident
        return found

    @cached_property
    def notices(self) -> list[IncidentNotice]:
        rows = IncidentNotice.objects.visible_to(self.person).current().filter(clock__incident=self.incident)
        parts = ("clock__unit", "clock__clause", "drafted_by", "approved_by", "sent_by")
        return list(rows.select_related(*parts).order_by("drafted_at", "pk"))

    def at(self, moment: datetime | None) -> str:
        """A moment at the incident's site, "" where there is none."""
        return printed.moment(moment, self.incident.unit.time_zone) if moment else ""


def document(dossier: Dossier, language: str) -> Document:
    """The dossier in `language`."""
    incident = dossier.incident
    with override(language):
        group = Unit.objects.get(kind=Unit.Kind.GROUP)
        blocks = [block for part in PARTS for block in part(dossier)]
        label = str(incident.get_tlp_display())
        named = _("for named people alone") if incident.is_restricted else ""
        told = [f"{one.pk}|{one.revision}" for one in dossier.entries]
        told += [f"{one.pk}|{one.state_now}" for one in dossier.clocks]
        told += [f"{one.pk}|{one.state}|{one.proof}" for one in dossier.notices]
        return Document(
            title=f"{label} {incident.number} {incident.title}", group=group.name_here, language=language,
            subtitle=_joined((named, _("Dossier of the incident"))), paper="a4-landscape",
            as_of=moments.today(incident.unit.time_zone), state="current", digest=digest_of([incident.number, *told]),
            blocks=tuple(blocks),
        )  # fmt: skip


def write(incident: Incident, person: Person, language: str, form: str) -> bytes:
    """The dossier as a file of `form`; for workers and the command line. That `person` may see the incident is for the
    caller to ask."""
    with override(language):
        return WRITERS[form].write(document(Dossier(incident, person), language))


def ask(incident: Incident, form: str, *, by: Person) -> Job:
    """Let a worker make the dossier in the reader's language. That `by` may see the incident is for the caller to ask."""
    told = {"incident": str(incident.pk), "language": get_language() or "en", "form": form}
    return enqueue(JOB, person_id=by.pk, **told)


def followed(person: Person, pk: UUID) -> tuple[Job, Incident] | None:
    """The job that `person` asked for, and its incident; None once they may see it no longer."""
    job = Job.objects.filter(pk=pk, name=JOB, person_id=person.pk).first()
    rows = Incident.objects.visible_to(person).filter(pk=job.arguments["incident"]) if job else None
    found = rows.first() if rows is not None else None
    return (job, found) if job is not None and found is not None else None


def file_of(job: Job, incident: Incident) -> tuple[bytes, str, str]:
    """What the job made: the file, its kind, and what it is called where it is saved."""
    form, language = job.arguments["form"], job.arguments["language"]
    return fetch(job.result["sha256"]), WRITERS[form].content_type, file_name(incident, form, language)


def file_name(incident: Incident, form: str, language: str) -> str:
    """What the file is called where it is saved."""
    return f"dossier-{incident.number}-{language}.{WRITERS[form].extension}"


def cover(dossier: Dossier) -> Iterator[Block]:
    """What it is, to whom it may go on, where it was, and its moments."""
    one = dossier.incident
    systems = one.systems.visible_to(dossier.person).order_by("code")
    cost = _joined(f"{currency} {amount:,.2f}" for currency, amount in costs.sums(one))
    facts = [
        (_("Number of the incident"), one.number), (_("TLP"), str(one.get_tlp_display())), (_("Unit"), one.unit.name_here),
        (_("Type"), here(kinds()[one.kind].title)), (_("Level"), one.severity.word),
        (_("Taiwan’s level"), str(one.national_level or "")), (_("State"), one.standing.word),
        (_("Lead"), str(one.lead or "")), (_("Happened"), dossier.at(one.happened_at)),
        (_("Detected"), dossier.at(one.detected_at)), (_("Site aware"), dossier.at(one.awareness)),
        (_("Reported"), dossier.at(one.reported_at)), (_("Acknowledged"), dossier.at(one.acknowledged_at)),
        (_("Contained"), dossier.at(one.contained_at)), (_("Recovered"), dossier.at(one.recovered_at)),
        (_("Closed"), dossier.at(one.closed_at)), (_("Material"), _materiality(dossier)),
        (_("Units touched"), _joined(unit.name_here for unit in one.affected_units.order_by("code"))),
        (_("Systems touched"), _joined(map(str, systems))), (_("Lines touched"), one.lines),
        (_("Customers touched"), one.customers), (_("Cost so far"), cost),
    ]  # fmt: skip
    columns = (Column(pgettext("column", "What is told")), Column(pgettext("column", "Fact"), weight=3))
    yield Table(_("Facts"), columns, tuple((name, told) for name, told in facts if told))
    if one.summary:
        yield Text(_paragraphs(one.summary), heading=_("What is known"), level=2)


def _materiality(dossier: Dossier) -> str:
    one = dossier.incident
    if one.is_material is None:
        return ""
    words = {"answer": _("material") if one.is_material else _("not material"), "who": one.material_by,
             "at": dossier.at(one.material_at), "basis": one.material_basis}  # fmt: skip
    return _("%(answer)s, decided by %(who)s, %(at)s, on: %(basis)s") % words


def classification(dossier: Dossier) -> Iterator[Block]:
    """Every classification with what each heading gave, the latest last."""
    rows = (
        Classification.objects.filter(incident=dossier.incident).select_related("person").order_by("revision")
    )
    yield Text(heading=_("How it was classified"))
    found = list(rows)
    if not found:
        yield Text((_("Not classified yet."),))
    for one in found:
        yield from _classified(one, dossier)


def _classified(one: Classification, dossier: Dossier) -> Iterator[Block]:
    words = {"n": one.revision, "level": level_name(one.level), "at": dossier.at(one.at), "who": one.person}
    title = _("%(n)s. %(level)s, %(at)s, %(who)s") % words
    said = []
    if one.is_override:
        told = {"level": level_name(one.reckoned), "reason": one.reason}
        said.append(_("The facts give %(level)s; decided otherwise: %(reason)s") % told)
    why: Reasons = reasons(one.factors)
    if why.open:
        said.append(_("Nothing is known yet of: %(open)s.") % {"open": why.open})
    yield Text(tuple(said), heading=title, level=2)
    columns = (Column(_("Heading")), Column(_("Why"), weight=3), Column(_("Gives")), Column(_("Decides")))
    national = [(_("Taiwan: %(title)s") % {"title": why_.title}, why_) for why_ in why.national]
    rows = [_reason(title, heading) for title, heading in ([(w.title, w) for w in why.group] + national)]
    yield Table(_("Reasons of revision %(n)s") % {"n": one.revision}, columns, tuple(rows), empty=_("None."))


def _reason(title: str, why: Why) -> tuple[str, str, str, str]:
    return title, why.sentence, str(why.level), _("yes") if why.decides else ""


def timeline(dossier: Dossier) -> Iterator[Block]:
    """Every entry by when it happened, in UTC and as it was told, with earlier words below it."""
    yield Text(heading=_("Timeline"))
    if dossier.kept_back:
        words = _("%(n)s entries are marked narrower than you may read, and are left out.")
        yield Text((words % {"n": printed.number(dossier.kept_back)},))
    columns = (
        Column(_("UTC"), weight=2), Column(_("As told"), weight=2), Column(_("Kind")), Column(_("Entry"), weight=7),
        Column(_("Source"), weight=2), Column(_("Entered by"), weight=2),
    )  # fmt: skip
    rows = []
    for entry in dossier.entries:
        rows.append(_line(entry, entry.told))
        for old in dossier.earlier.get(entry.root_id or entry.pk, ()):
            rows.append(
                _line(old, _("Earlier words (%(n)s): %(said)s") % {"n": old.revision, "said": old.told})
            )
    yield Table(_("Entries by when it happened"), columns, tuple(rows), empty=_("Nothing was entered yet."))


def _line(entry: TimelineEntry, told: str) -> tuple[str, ...]:
    because = _("Reason: %(reason)s") % {"reason": entry.because} if entry.because else ""
    decided = _("Decided by %(who)s.") % {"who": entry.decided_by} if entry.decided_by else ""
    local = entry.local_at
    as_told = f"{local:%Y-%m-%d %H:%M} {entry.zone}"
    sureness = str(entry.get_confidence_display())
    return (
        f"{entry.at.astimezone(UTC):%Y-%m-%d %H:%M}", as_told, str(entry.get_kind_display()),
        _joined((told, because, decided)), _joined((entry.source, sureness, entry.get_tlp_display())),
        str(entry.person or "Keepwell"),
    )  # fmt: skip


def decisions(dossier: Dossier) -> Iterator[Block]:
    """What was decided, why and by whom."""
    columns = (
        Column(_("At")),
        Column(_("Decision"), weight=3),
        Column(_("Reason"), weight=3),
        Column(_("Decided by")),
    )
    made = [entry for entry in dossier.entries if entry.kind == Kind.DECISION]
    rows = [(dossier.at(one.at), one.told, one.reason, one.decided_by) for one in made]
    yield Text(heading=_("Decisions"))
    yield Table(_("What was decided, why and by whom"), columns, tuple(rows), empty=_("None was entered."))


def tasks(dossier: Dossier) -> Iterator[Block]:
    """What was to be done, by whom and until when, and what became of it."""
    columns = (
        Column(_("No."), "number"), Column(_("Task"), weight=4), Column(_("Phase")), Column(_("Owed by"), weight=2),
        Column(_("Due")), Column(_("State")), Column(_("Outcome"), weight=3),
    )  # fmt: skip
    found = dossier.incident.tasks.current().visible_to(dossier.person).select_related("person", "done_by")
    rows = [
        (one.number, one.title_here, str(one.get_phase_display()), one.who, dossier.at(one.due_at), one.standing.word,
         _joined((one.outcome, dossier.at(one.done_at), str(one.done_by or ""))))
        for one in found.order_by("number")
    ]  # fmt: skip
    yield Text(heading=_("Tasks"))
    yield Table(
        _("What was to be done, by whom and until when"), columns, tuple(rows), empty=_("None was given.")
    )


def clocks(dossier: Dossier) -> Iterator[Block]:
    """Whom must be told by when, and the sentence that says why."""
    columns = (
        Column(_("Who must be told"), weight=2), Column(_("Who tells")), Column(_("Stage")), Column(_("Ends at"), weight=2),
        Column(_("State")), Column(_("Why"), weight=5),
    )  # fmt: skip
    rows = []
    for one in dossier.clocks:
        late = _("Late because: %(reason)s") % {"reason": one.reason} if one.reason else ""
        ends = printed.moment(one.ends_at, one.zone) if one.ends_at else ""
        why = " ".join(filter(None, (one.why, late)))
        rows.append((one.whom, one.unit.name_here, one.stage_here, ends, one.standing.word, why))
    yield Text(heading=_("Clocks"))
    yield Table(
        _("Whom must be told by when, and why"),
        columns,
        tuple(rows),
        empty=_("No duty to tell anybody was found."),
    )


def notices(dossier: Dossier) -> Iterator[Block]:
    """What was told to whom, who drafted and approved it, and the proof that it was sent."""
    columns = (
        Column(_("Notice"), weight=3), Column(_("Recipient"), weight=2), Column(_("State")), Column(_("Drafted"), weight=2),
        Column(_("Approved"), weight=2), Column(_("Sent"), weight=2), Column(_("Proof of sending"), weight=3),
    )  # fmt: skip
    rows = [
        (one.subject, one.recipient, one.standing.word, _joined((str(one.drafted_by), dossier.at(one.drafted_at))),
         _joined((str(one.approved_by or ""), dossier.at(one.approved_at), one.gaps_reason)),
         _joined((str(one.sent_by or ""), dossier.at(one.sent_at), one.get_channel_display() if one.channel else "")), one.proof)
        for one in dossier.notices
    ]  # fmt: skip
    yield Text(heading=_("Notices"))
    yield Table(_("What was told to whom, and the proof"), columns, tuple(rows), empty=_("None was drafted."))
    for one in dossier.notices:
        if one.state != State.DRAFTED:
            said = tuple(f"{content.title}: {content.text or _('(not said)')}" for content in one.said)
            yield Text(said, heading=f"{one.subject} ({one.recipient})", level=2)


def review(dossier: Dossier) -> Iterator[Block]:
    """What happened, why, what worked and what did not, and what is done about it."""
    one = dossier.incident
    yield Text(heading=_("Review and lessons"))
    parts = [(_("What happened"), one.review), (_("Causes"), one.causes), (_("What worked"), one.worked),
             (_("What did not work"), one.failed)]  # fmt: skip
    written = [(title, text) for title, text in parts if text]
    if not written:
        yield Text((_("It was not reviewed yet."),))
    for title, text in written:
        yield Text(_paragraphs(text), heading=title, level=2)
    columns = (
        Column(_("Action"), weight=4),
        Column(_("Owner")),
        Column(_("Due"), "date"),
        Column(_("State")),
    )
    rows = [(f"{action.code} {action.title}", str(action.owner), action.due_on, action.standing.word)
            for action in lessons(one, dossier.person)]  # fmt: skip
    yield Table(
        _("Lessons that became actions"), columns, tuple(rows), empty=_("No lesson became an action.")
    )


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (line.strip() for line in text.splitlines())))


def _joined(parts: Iterable[str]) -> str:
    return " · ".join(filter(None, map(str, parts)))


PARTS = (cover, classification, timeline, decisions, tasks, clocks, notices, review)
