"""What happened, entry by entry, and what of it was decided."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keepwell.areas.incidents.models import TimelineEntry
from keepwell.areas.incidents.rules.dossier.reading import Dossier, joined
from keepwell.platform.publishing import format as printed
from keepwell.platform.publishing.blocks import Block, Column, Table, Text

Kind = TimelineEntry.Kind


def timeline(dossier: Dossier) -> Iterator[Block]:
    """Every entry by when it happened, in UTC and as it was told, with earlier words below it."""
    yield Text(heading=_("Timeline"))
    if dossier.kept_back:
        yield Text((_kept_back(dossier.kept_back),))
    zone = dossier.incident.unit.time_zone
    columns = (
        Column(_("UTC"), "date"), Column(_("As told, %(zone)s") % {"zone": zone}, "date"), Column(_("Kind"), "state"),
        Column(_("Entry"), weight=7), Column(_("How sure"), "state"), Column("TLP", "state"), Column(_("Entered by"), weight=2),
    )  # fmt: skip
    rows = []
    for entry in dossier.entries:
        rows.append(_line(entry, entry.told, zone))
        for old in dossier.earlier.get(entry.root_id or entry.pk, ()):
            told = _("Earlier words (%(n)s): %(said)s") % {"n": old.revision, "said": old.told}
            rows.append(_line(old, told, zone))
    yield Table(_("Entries by when it happened"), columns, tuple(rows), empty=_("Nothing was entered yet."))


def _kept_back(count: int) -> str:
    words = ngettext(
        "%(n)s entry is marked narrower than you may read, and is left out.",
        "%(n)s entries are marked narrower than you may read, and are left out.",
        count,
    )
    return words % {"n": printed.number(count)}


def _line(entry: TimelineEntry, told: str, zone: str) -> tuple[str, ...]:
    because = _("Reason: %(reason)s") % {"reason": entry.because} if entry.because else ""
    decided = _("Decided by %(who)s.") % {"who": entry.decided_by} if entry.decided_by else ""
    source = _("Source: %(source)s") % {"source": entry.source} if entry.source else ""
    as_told = f"{entry.local_at:%Y-%m-%d %H:%M} {'' if entry.zone == zone else entry.zone}".rstrip()
    return (
        f"{entry.at.astimezone(UTC):%Y-%m-%d %H:%M}", as_told, str(entry.get_kind_display()),
        joined((told, because, decided, source)), str(entry.get_confidence_display()),
        str(entry.get_tlp_display()).removeprefix("TLP:"), str(entry.person or "Keepwell"),
    )  # fmt: skip


def decisions(dossier: Dossier) -> Iterator[Block]:
    """What was decided, why and by whom."""
    columns = (
        Column(_("At"), "date"),
        Column(_("Decision"), weight=3),
        Column(_("Reason"), weight=3),
        Column(_("Decided by")),
    )
    made = [entry for entry in dossier.entries if entry.kind == Kind.DECISION]
    rows = [(dossier.at(one.at), one.told, one.reason, one.decided_by) for one in made]
    yield Text(heading=_("Decisions"))
    yield Table(_("What was decided, why and by whom"), columns, tuple(rows), empty=_("None was entered."))
