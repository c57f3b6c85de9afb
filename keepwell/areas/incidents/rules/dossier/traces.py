"""By what the attack can be known again: the indicators of the incident, with those that were taken for one."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from keepwell.areas.incidents.models import Indicator
from keepwell.areas.incidents.rules.dossier.proofs import digits
from keepwell.areas.incidents.rules.dossier.reading import Dossier, joined
from keepwell.kernel.indicators.kinds import DIGITS_OF
from keepwell.platform.publishing.blocks import Block, Column, Table, Text


def indicators(dossier: Dossier) -> Iterator[Block]:
    """Every indicator that the reader may see, without its fangs; how many are kept from them is said."""
    every = dossier.incident.indicators.all()
    found = list(
        every.readable_by(dossier.person).select_related("person").order_by("recorded_at", "kind", "value")
    )
    kept_back = every.kept_from(dossier.person).count()
    if not found and not kept_back:
        return
    columns = (
        Column(_("Indicator"), weight=5), Column(_("Kind"), weight=2), Column(_("Seen as"), weight=2),
        Column(_("State"), "state"), Column(_("First seen"), "date"), Column(pgettext("of an indicator", "Last seen"), "date"),
        Column(_("TLP"), "state"), Column(_("Source and remark"), weight=3), Column(_("Added by"), weight=2),
    )  # fmt: skip
    rows = [
        (_value(one), str(one.get_kind_display()), str(one.get_role_display()), one.standing.word, dossier.at(one.first_seen_at),
         dossier.at(one.last_seen_at), str(one.get_tlp_display()), joined((one.source, one.remark, one.retired_reason)),
         joined((str(one.person), dossier.at(one.recorded_at))))
        for one in found
    ]  # fmt: skip
    yield Text(heading=_("Indicators"))
    yield Table(
        _("By what the attack can be known again"), columns, tuple(rows), empty=_("None that you may see.")
    )
    if kept_back:
        yield Text((_("Marked narrower than you may read, and not here: %(count)d.") % {"count": kept_back},))


def _value(one: Indicator) -> str:
    """The indicator without its fangs; a digest in fours, with the name of its file."""
    return joined((one.file_name, digits(one.value))) if one.kind in DIGITS_OF else one.shown
