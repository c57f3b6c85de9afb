"""What happened, entry by entry, and what of it was decided."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC

from django.utils.translation import gettext as _

from keepwell.areas.incidents.models import TimelineEntry
from keepwell.areas.incidents.rules.dossier.reading import Dossier, joined
from keepwell.platform.publishing import format as printed
from keepwell.platform.publishing.blocks import Block, Column, Table, Text

Kind = TimelineEntry.Kind


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
        joined((told, because, decided)), joined((entry.source, sureness, entry.get_tlp_display())),
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
