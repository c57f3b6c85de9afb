"""What the incident cost, and what was learned from it."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from keepwell.areas.incidents.rules import costs
from keepwell.areas.incidents.rules.dossier.reading import Dossier, paragraphs
from keepwell.areas.incidents.rules.lessons import lessons
from keepwell.platform.publishing import format as printed
from keepwell.platform.publishing.blocks import Block, Cell, Column, Table, Text


def running_costs(dossier: Dossier) -> Iterator[Block]:
    """What it cost so far, one thing after the other, and the sum in each currency."""
    columns = (
        Column(_("Recorded"), "date"), Column(_("What it was for"), weight=5), Column(_("Kind"), "state"),
        Column(_("Currency"), "state"), Column(pgettext("cost", "Amount"), "number", places=2), Column(_("Estimated"), "state"),
        Column(_("Recorded by"), weight=2),
    )  # fmt: skip
    found = (
        dossier.incident.costs.current()
        .readable_by(dossier.person)
        .select_related("person")
        .order_by("recorded_at", "pk")
    )
    rows: list[tuple[Cell, ...]] = [
        (dossier.at(one.recorded_at), one.what, str(one.get_kind_display()), one.currency, one.amount,
         printed.boolean(one.is_estimate), str(one.person))
        for one in found
    ]  # fmt: skip
    rows += [
        ("", _("Sum"), "", currency, amount, "", "")
        for currency, amount in costs.sums(dossier.incident, dossier.person)
    ]
    yield Text(heading=_("Cost so far"))
    yield Table(_("What it cost so far"), columns, tuple(rows), empty=_("None was recorded."))


def review(dossier: Dossier) -> Iterator[Block]:
    """What happened, why, what worked and what did not, and what is done about it."""
    one = dossier.incident
    yield Text(heading=_("Review and lessons"))
    found = one.reviews.current().readable_by(dossier.person).first()
    parts = [(_("What happened"), "happened"), (_("Causes"), "causes"), (_("What worked"), "worked"),
             (_("What did not work"), "failed")]  # fmt: skip
    kept = one.reviews.current().kept_from(dossier.person).count()
    written = [(title, getattr(found, part)) for title, part in parts if getattr(found, part, "")]
    if kept:
        yield Text((_("Marked narrower than you may read, and not here: %(count)d.") % {"count": kept},))
    elif not written:
        yield Text((_("It was not reviewed yet."),))
    if found is not None:
        yield Text((found.mark_in_effect.word,))
    for title, text in written:
        yield Text(paragraphs(text), heading=title, level=2)
    columns = (
        Column(_("Action"), weight=4),
        Column(_("Owner")),
        Column(pgettext("incidents", "Due"), "date"),
        Column(_("State"), "state"),
    )
    rows = [(f"{action.code} {action.title}", str(action.owner), action.due_on, action.standing.word)
            for action in lessons(one, dossier.person)]  # fmt: skip
    yield Table(
        _("Lessons that became actions"), columns, tuple(rows), empty=_("No lesson became an action.")
    )
