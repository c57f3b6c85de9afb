"""What was done about the incident: tasks, response meetings, and what other sites were asked."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from keepwell.areas.incidents.models import ExposureAnswer, ResponseMeeting, TimelineEntry
from keepwell.areas.incidents.rules.dossier.reading import Dossier, joined
from keepwell.platform.people.models import Person
from keepwell.platform.publishing import format as printed
from keepwell.platform.publishing.blocks import Block, Column, Group, Table, Text
from keepwell.platform.records.models import visible_to


def tasks(dossier: Dossier) -> Iterator[Block]:
    """What was to be done, by whom and until when, and what became of it."""
    columns = (
        Column(_("No."), "number"), Column(_("Task"), weight=4), Column(_("Phase"), "state"), Column(_("Owed by"), weight=2),
        Column(pgettext("column", "Due"), "date"), Column(_("State"), "state"), Column(_("Outcome"), weight=3),
    )  # fmt: skip
    found = dossier.incident.tasks.current().visible_to(dossier.person).select_related("person", "done_by")
    rows = [
        (one.number, one.title_here, str(one.get_phase_display()), one.who, dossier.at(one.due_at), one.standing.word,
         joined((one.outcome, dossier.at(one.done_at), str(one.done_by or ""))))
        for one in found.order_by("number")
    ]  # fmt: skip
    yield Text(heading=_("Tasks"))
    yield Table(
        _("What was to be done, by whom and until when"), columns, tuple(rows), empty=_("None was given.")
    )


def meetings(dossier: Dossier) -> Iterator[Block]:
    """Who was called together when and where, what was decided meanwhile, and what was called off."""
    found = list(
        dossier.incident.meetings.readable_by(dossier.person)
        .select_related("called_by")
        .order_by("starts_at", "pk")
    )
    names = _names(found, dossier.person)
    columns = (
        Column(_("Begins"), "date"), Column(_("Minutes"), "number"), Column(_("State"), "state"), Column(_("Bridge"), weight=2),
        Column(_("About"), weight=3), Column(_("Called by"), weight=2), Column(_("Invited"), weight=3),
        Column(_("Decided meanwhile"), weight=4),
    )  # fmt: skip
    rows = [
        (dossier.at(one.starts_at), one.minutes, one.standing.word, one.bridge, joined((one.about, one.retired_reason)),
         joined((one.called_by, dossier.at(one.called_at))), ", ".join(names.get(mail, mail) for mail in one.invited),
         joined(_decided(dossier, one)))
        for one in found
    ]  # fmt: skip
    yield Text(heading=_("Response meetings"))
    yield Table(
        _("Who was called together, and what was decided meanwhile"),
        columns,
        tuple(rows),
        empty=_("None was called."),
    )


def _names(meetings: list[ResponseMeeting], person: Person) -> dict[str, str]:
    """What those who were invited are called, by their mail addresses, as far as the reader may see them."""
    invited = {mail for one in meetings for mail in one.invited}
    rows = visible_to(Person.objects.filter(mail__in=invited), person).values_list("mail", "name")
    return {str(mail): name for mail, name in rows}


def _decided(dossier: Dossier, meeting: ResponseMeeting) -> Iterator[str]:
    """The decisions that were entered as of the time of `meeting`; none of one that was called off."""
    if meeting.retired_at is not None:
        return
    for entry in dossier.entries:
        if entry.kind == TimelineEntry.Kind.DECISION and meeting.starts_at <= entry.at <= meeting.ends_at:
            yield entry.told


def exposure(dossier: Dossier) -> Iterator[Block]:
    """What other sites were asked, and every answer of theirs."""
    columns = (
        Column(_("Site"), weight=2), Column(_("Answer"), "state"), Column(_("In words"), weight=4),
        Column(_("Answered by"), weight=2),
    )  # fmt: skip
    asked = dossier.incident.exposure_answers.current().readable_by(dossier.person)
    asked = asked.select_related("unit", "asked_by", "person")
    rows: list[tuple[str, ...] | Group] = []
    found = asked.order_by("asked_at", "asks", "due_at", "unit__code", "pk")
    for _question, answers in groupby(found, key=lambda one: (one.asked_at, one.asks, one.due_at)):
        those = list(answers)
        rows.append(Group(printed.plain(_asked(those[0], dossier))))
        rows += [
            (f"{one.unit.code} {one.unit.name_here}", one.standing.word, one.words,
             joined((one.person or "", dossier.at(one.answered_at))))
            for one in those
        ]  # fmt: skip
    yield Text(heading=_("Other sites: are you exposed?"))
    yield Table(
        _("What other sites were asked and answered"), columns, tuple(rows), empty=_("None was asked.")
    )


def _asked(one: ExposureAnswer, dossier: Dossier) -> str:
    """A question with who asked it when, and by when it is to be answered."""
    words = {"who": one.asked_by, "at": dossier.at(one.asked_at), "until": dossier.at(one.due_at)}
    return joined((one.asks, _("asked by %(who)s, %(at)s; due %(until)s") % words))
