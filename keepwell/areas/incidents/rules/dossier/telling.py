"""Whom must be told by when, and what was told with which proof."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from keepwell.areas.incidents.models import IncidentNotice
from keepwell.areas.incidents.models.sentences import stage_of
from keepwell.areas.incidents.rules.dossier.reading import Dossier, joined
from keepwell.platform.publishing import format as printed
from keepwell.platform.publishing.blocks import Block, Column, Table, Text

State = IncidentNotice.State


def clocks(dossier: Dossier) -> Iterator[Block]:
    """Whom must be told by when, and the sentence that says why."""
    columns = (
        Column(_("Who must be told"), weight=2), Column(_("Who tells"), weight=2), Column(_("Stage")),
        Column(_("Ends at"), "date"), Column(_("State"), "state"), Column(_("Why"), weight=5),
    )  # fmt: skip
    rows = []
    for one in dossier.clocks:
        late = _("Late because: %(reason)s") % {"reason": one.reason} if one.reason else ""
        ends = printed.moment(one.ends_at, one.zone) if one.ends_at else ""
        why = " ".join(filter(None, (one.why, late)))
        rows.append((one.whom, one.unit.name_here, stage_of(one), ends, one.standing.word, why))
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
        Column(_("Notice"), weight=3), Column(pgettext("incidents", "Recipient"), weight=2), Column(_("State"), "state"),
        Column(_("Drafted"), weight=2), Column(_("Approved"), weight=2), Column(_("Sent"), weight=2),
        Column(_("Proof of sending"), weight=3),
    )  # fmt: skip
    rows = [
        (one.subject, one.recipient, one.standing.word, joined((str(one.drafted_by), dossier.at(one.drafted_at))),
         joined((str(one.approved_by or ""), dossier.at(one.approved_at), one.gaps_reason, one.in_place, one.out_of_turn)),
         joined((str(one.sent_by or ""), dossier.at(one.sent_at), one.get_channel_display() if one.channel else "", one.blocked)),
         joined((one.proof, dossier.at(one.supplemented_at), one.supplement_proof)))
        for one in dossier.notices
    ]  # fmt: skip
    yield Text(heading=_("Notices"))
    yield Table(_("What was told to whom, and the proof"), columns, tuple(rows), empty=_("None was drafted."))
    for one in dossier.notices:
        if one.state != State.DRAFTED:
            said = tuple(f"{content.title}: {content.text or _('(not said)')}" for content in one.said)
            yield Text(said, heading=f"{one.subject} ({one.recipient})", level=2)
