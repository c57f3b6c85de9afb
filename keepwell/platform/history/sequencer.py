"""The one that numbers the rows of the trail, lays their hashes and signs checkpoints.

Rows are written un-numbered, and become visible when their transactions end, in whatever order; each pass takes
whatever has no number yet. Whoever holds the row of the trail numbers; all others wait, so it never forks.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from keepwell.kernel import notes
from keepwell.kernel.merkle import leaf_hash
from keepwell.kernel.refusing import Refused
from keepwell.kernel.tiles import Tiles
from keepwell.platform.history import dialects
from keepwell.platform.history.entries import Row, committed, public
from keepwell.platform.history.ledger import THE_ONE, Checkpoint, Tile, Trail
from keepwell.platform.history.models import Change
from keepwell.platform.keys.signing import signers

AT_ONCE, AT_ONCE_ON_ONE_LOCK = 1_000, 250
SIGN_AFTER_ROWS = 1_000
SIGN_AFTER = timedelta(seconds=40)
Told = Callable[[int], None]
log = logging.getLogger("keepwell.trail")


def advance(told: Told = lambda numbered: None) -> int:
    """Number every row that waits; sign after 1,000 rows or 40 seconds. Returns how many were numbered."""
    return _pass(_is_due, told)


def seal(told: Told = lambda numbered: None) -> int:
    """Number every row that waits, and sign. Returns how many were numbered."""
    return _pass(lambda trail: True, told)


def begin_line(row: Change) -> int:
    """Number `row`, which tells that the trail was brought back from a copy, before all that wait, and sign that every
    checkpoint made elsewhere after that copy is void. Returns the number of the row."""
    Trail.objects.get_or_create(pk=THE_ONE)
    with dialects.in_turn(), transaction.atomic():
        trail = Trail.objects.select_for_update().get(pk=THE_ONE)
        tree, number = tiles(trail.size), trail.size
        _number(trail, tree, Change.objects.filter(pk=row.pk), 1)
        _sign(trail, tree, notes.Restored(number, tree.node(0, number)))
        trail.save()
    return number


def tiles(size: int) -> Tiles:
    """The tree of the first `size` rows, read from what was laid."""
    return Tiles(size, _read)


def _pass(is_due: Callable[[Trail], bool], told: Told) -> int:
    started, numbered, is_over = timezone.now(), 0, False
    most = AT_ONCE_ON_ONE_LOCK if dialects.shares_one_lock() else AT_ONCE
    Trail.objects.get_or_create(pk=THE_ONE)
    while not is_over:
        with dialects.in_turn(), transaction.atomic():
            trail = Trail.objects.select_for_update().get(pk=THE_ONE)
            tree = tiles(trail.size)
            taken = _number(trail, tree, Change.objects.waiting().order_by("id"), most)
            is_over = taken < most
            unsigned = trail.size - trail.signed
            if unsigned >= SIGN_AFTER_ROWS or (unsigned and is_over and is_due(trail)):
                _sign(trail, tree)
            if is_over and trail.signed == trail.size:
                trail.covered_at = started
            trail.save()
        numbered += taken
        told(numbered)
    if numbered:
        log.info("trail sealed", extra={"rows": numbered, "size": trail.size, "signed": trail.signed})
    return numbered


def _is_due(trail: Trail) -> bool:
    # Whoever signed last may have had a clock that was ahead.
    return trail.signed_at is None or abs(timezone.now() - trail.signed_at) >= SIGN_AFTER


def _number(trail: Trail, tree: Tiles, found: QuerySet[Change], most: int) -> int:
    """Give the next numbers to up to `most` rows of `found`, which have none, whenever they became visible."""
    waiting = found.select_for_update(skip_locked=True)
    numbered: list[dialects.Numbered] = []
    hashes: list[bytes] = []
    for row in map(Row._make, waiting.values_list(*Row._fields)[:most]):
        who, what = committed(row)
        hashes.append(leaf_hash(public(row, who.commitment, what.commitment).encode()))
        leaf = trail.size + len(numbered)
        numbered.append((row.id, leaf, who.salt, what.salt, who.commitment, what.commitment))
    if numbered:
        dialects.number(numbered)
        tree.append(hashes)
        _keep(tree)
        trail.size = tree.size
    return len(numbered)


def _keep(tree: Tiles) -> None:
    laid = [Tile(level=level, number=n, hashes=hashes) for (level, n), hashes in tree.changed.items()]
    Tile.objects.bulk_create(
        laid, update_conflicts=True, unique_fields=["level", "number"], update_fields=["hashes"]
    )


def _read(level: int, number: int) -> bytes:
    return bytes(Tile.objects.values_list("hashes", flat=True).get(level=level, number=number))


def _sign(trail: Trail, tree: Tiles, *restored: notes.Restored) -> None:
    """Put a checkpoint over all numbered rows; the first of a new key is signed by the key before it too."""
    trail.origin = trail.origin or settings.KEEPWELL_TRAIL_ORIGIN
    ring = [(notes.Verifier(trail.origin, one.public), one.sign) for one in signers()]
    present, last = ring[0], trail.keys[-1] if trail.keys else str(ring[0][0])
    before = [(key, sign) for key, sign in ring if str(key) == last]
    if not before:
        raise Refused(_("The key that signed the trail so far is gone; bring back the key file “signing”."))
    is_new = before[0] != present
    restores = (*_restores([key for key, _ in ring]), *restored)
    told = notes.Checkpoint(trail.origin, trail.size, tree.root(), (present[0],) if is_new else (), restores)
    note = notes.signed(told.text(), [*before, present] if is_new else before)
    trail.keys = [*(key for key in trail.keys if key != str(present[0])), str(present[0])]
    trail.signed, trail.signed_at = trail.size, timezone.now()
    Checkpoint.objects.create(size=trail.size, note=note, at=trail.signed_at)
    log.debug("checkpoint", extra={"size": trail.size, "root": told.root.hex()})


def _restores(keys: list[notes.Verifier]) -> tuple[notes.Restored, ...]:
    """The restores that the newest checkpoint tells. One that we did not sign tells nothing: else whoever can write to
    the database, but has no key, could have a restore signed that nobody did."""
    for note in Checkpoint.objects.order_by("-size").values_list("note", flat=True).iterator():
        with suppress(ValueError):
            return notes.checkpoint(notes.opened(note, keys)[0]).restores
    return ()
