"""The proof that one row is in the trail: a file an outsider can check with a public key alone."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from keepwell.kernel.merkle import inclusion
from keepwell.kernel.refusing import Refused
from keepwell.platform.history.entries import rows, told
from keepwell.platform.history.ledger import THE_ONE, Checkpoint, Trail
from keepwell.platform.history.models import Change
from keepwell.platform.history.sequencer import tiles

FORMAT = "keepwell-proof/1"


def proof(leaf: int) -> dict[str, Any]:
    """The proof file of row `leaf`: the row, the path to the root, and the newest checkpoint over it.

    Raises Refused as long as no checkpoint covers the row, KeyError if there is no such row.
    """
    row = next(rows(Change.objects.filter(leaf=leaf)), None)
    if row is None:
        raise KeyError(leaf)
    trail = Trail.objects.get(pk=THE_ONE)
    if leaf >= trail.signed:
        raise Refused(_("No checkpoint covers this row yet; try again in a minute."))
    parts = told(row)
    return {
        "format": FORMAT, "origin": trail.origin, "keys": trail.keys, "leaf": leaf,
        "entry": json.loads(parts.entry), "who": json.loads(parts.who), "what": json.loads(parts.what),
        "size": trail.signed,
        "path": [one.hex() for one in inclusion(leaf, trail.signed, tiles(trail.signed).node)],
        "checkpoint": Checkpoint.objects.get(size=trail.signed).note,
    }  # fmt: skip


def newest_of(record_id: UUID) -> int:
    """The number of the newest sealed change of a record; Refused if there is none."""
    changes = Change.objects.sealed().changes().filter(record_id=record_id)
    found = changes.order_by("-leaf").values_list("leaf", flat=True).first()
    if found is None:
        raise Refused(_("The trail has no sealed change of that record."))
    return found
