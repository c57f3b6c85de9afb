"""Whether the trail in the database is complete and unchanged, and if not, from which row on."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from django.utils.translation import gettext as _

from keepwell.kernel import notes
from keepwell.kernel.merkle import HASH_BYTES, Frontier, leaf_hash
from keepwell.kernel.tiles import WIDTH
from keepwell.platform.history.entries import Row, commit, public, rows, what_value, who_value
from keepwell.platform.history.ledger import THE_ONE, Checkpoint, Tile, Trail
from keepwell.platform.history.models import Change
from keepwell.platform.history.restoring import RESTORE
from keepwell.platform.history.sequencer import tiles
from keepwell.platform.keys.signing import signers

Progress = Callable[[int, int], None]
TOLD_EVERY = 10_000
EMPTY = ('{"name":""}', '{"after":{},"answers":{},"before":{}}')


class Broken(Exception):
    """The trail is not what was sealed; the sentence says where."""


@dataclass(frozen=True)
class Loss:
    """What left the machine and is not here, because a backup older than that was restored."""

    told_by: int
    shared: int
    size: int

    @property
    def rows(self) -> int:
        """How many rows were lost, of those under the checkpoint that left."""
        return self.size - self.shared


@dataclass(frozen=True)
class Verdict:
    """What a trail that is complete and unchanged says of itself.

    `restores` are the rows that tell of one; `losses` what these explain of what left the machine, and `vouched` how
    many rows here stand under something that did.
    """

    rows: int
    since: datetime | None
    root: bytes
    waiting: int
    erased: int
    restores: tuple[int, ...] = ()
    losses: tuple[Loss, ...] = ()
    vouched: int = 0


def check(outside: Iterable[str] = (), keys: Iterable[notes.Verifier] | None = None,
          progress: Progress = lambda done, total: None) -> Verdict:  # fmt: skip
    """Reckon the whole tree anew from the rows; raises Broken with the first row that is not what was sealed.

    `outside` are checkpoints that left the machine, which the tree must contain as far as no restore says that it
    goes another way since; `keys` those that may have signed, the installation's own if not said.
    """
    trail = Trail.objects.filter(pk=THE_ONE).first() or Trail()
    known = list(keys) if keys is not None else _own(trail)
    found = rows(Change.objects.filter(leaf__lt=trail.size).order_by("leaf"))
    with closing(Checker(trail, _outside(outside, known), known)) as checker, closing(found):
        for row in found:
            checker.take(row)
            if checker.edge.size % TOLD_EVERY == 0:
                progress(checker.edge.size, trail.size)
        return checker.verdict()


def _own(trail: Trail) -> list[notes.Verifier]:
    return [notes.Verifier(trail.origin, one.public) for one in signers()]


def _outside(told: Iterable[str], keys: list[notes.Verifier]) -> list[notes.Checkpoint]:
    """The checkpoints that left the machine, one for each size on each line, the smallest first."""
    found: dict[tuple[int, object], notes.Checkpoint] = {}
    for note in told:
        try:
            one = notes.checkpoint(notes.opened(note, keys)[0])
        except ValueError as wrong:
            raise Broken(
                _("The checkpoint that left the machine is not signed with a key of ours.")
            ) from wrong
        if found.setdefault((one.size, one.restores), one).root != one.root:
            raise Broken(_("Two checkpoints of %(n)d rows differ: the trail was forked.") % {"n": one.size})
    return sorted(found.values(), key=lambda one: one.size)


class Met(NamedTuple):
    """What the tree was at the size of a checkpoint that left: its root, and the rows under a checkpoint of ours."""

    root: bytes
    sealed: int


class Checker:
    """Grows the tree row by row and holds it against what was laid, signed, and what left the machine."""

    def __init__(self, trail: Trail, outside: list[notes.Checkpoint], keys: list[notes.Verifier]) -> None:
        self.trail, self.outside, self.keys = trail, outside, keys
        self.met = {one.size: Met(b"", 0) for one in outside}
        self.told: dict[int, bytes] = {}
        self.restores: tuple[notes.Restored, ...] = ()
        self.edge, self.erased, self.sealed = Frontier(), 0, 0
        self.since: datetime | None = None
        self.hashes = _laid()
        self.laid = islice(self.hashes, trail.size)
        self.checkpoints = _signed(trail)
        self.next = next(self.checkpoints, None)

    def take(self, row: Row) -> None:
        """Check one row, the next by number."""
        number = self.edge.size
        if row.leaf != number:
            raise Broken(_("Row %(n)d is missing.") % {"n": number})
        who, what = self._personal(row, row.who, row.who_salt, who_value(row)), self._personal(
            row, row.what, row.what_salt, what_value(row))  # fmt: skip
        leaf = leaf_hash(public(row, who, what).encode())
        if leaf != next(self.laid, None):
            raise Broken(_("Row %(n)d is not what was sealed.") % {"n": number})
        self.since = self.since or row.at
        if (row.kind, row.verb, row.by) == ("event", RESTORE, None):
            self.told[number] = leaf
        self.edge.append(leaf)
        self._compare()

    def _personal(self, row: Row, commitment: bytes | None, salt: bytes | None, value: str) -> bytes:
        """The commitment, held against what it commits to unless that was erased."""
        if salt is None:
            self.erased += 1
        if not (
            value in EMPTY if salt is None else commitment and commit(value, bytes(salt)) == bytes(commitment)
        ):
            raise Broken(_("Row %(n)d is not what was sealed.") % {"n": row.leaf})
        return bytes(commitment or b"")

    def _compare(self) -> None:
        """Hold the tree against the checkpoints of its present size."""
        size = self.edge.size
        if size in self.met:
            self.met[size] = Met(self.edge.root(), self.sealed)
        if self.next is None or self.next[0] != size:
            return
        try:
            told = notes.checkpoint(notes.opened(self.next[1], self.keys)[0])
        except ValueError as wrong:
            if any(one.size == size and one.root != self.edge.root() for one in self.outside):
                raise _other(self.sealed, size) from wrong
            raise Broken(
                _("The checkpoint of %(n)d rows is not signed with our key.") % {"n": size}
            ) from wrong
        self.keys += told.keys
        if told.size != size:
            raise Broken(_("The checkpoint of %(n)d rows was exchanged.") % {"n": size})
        if told.root != self.edge.root():
            raise _other(self.sealed, size)
        self._follow(told)
        self.sealed, self.next = size, next(self.checkpoints, None)

    def _follow(self, told: notes.Checkpoint) -> None:
        """Check that a checkpoint tells the restores told before it, and of the rows since just those that tell one."""
        more = told.restores[len(self.restores) :]
        rows = tuple((n, self.told.get(n)) for n, _leaf in more if n >= self.sealed)
        if told.restores != (*self.restores, *rows):
            raise Broken(
                _("The checkpoint of %(n)d rows tells of other restores than the rows before it.")
                % {"n": told.size}
            )
        self.restores = told.restores

    def close(self) -> None:
        """Read on nowhere: whoever puts the database away after a refusal must find nothing open."""
        self.hashes.close()
        self.checkpoints.close()

    def verdict(self) -> Verdict:
        """The verdict once every row was taken."""
        size, trail = self.edge.size, self.trail
        if size < trail.size:
            raise Broken(_("Row %(n)d is missing.") % {"n": size})
        losses, vouched = self._held_against_outside()
        if self.next is not None or self.sealed < trail.signed:
            raise Broken(_("The checkpoint of %(n)d rows is missing.") % {"n": trail.signed})
        if size and tiles(size).root() != self.edge.root():
            raise Broken(_("The hashes kept for proofs are not those of the rows."))
        self._nothing_beyond()
        waiting = Change.objects.waiting().count() + size - self.sealed
        told = tuple(one.size for one in self.restores)
        return Verdict(size, self.since, self.edge.root(), waiting, self.erased, told, losses, vouched)

    def _held_against_outside(self) -> tuple[tuple[Loss, ...], int]:
        """What restores explain of what left the machine and is not here; raises Broken where none does. And how many
        rows here are under something that left."""
        now = notes.Checkpoint("", self.edge.size, b"", (), self.restores)
        losses, vouched = [], 0
        for one in self.outside:
            met, (shared, told_by) = self.met[one.size], one.parted(now)
            if met.root == one.root:
                vouched = one.size
            elif shared < one.size:
                losses.append(Loss(told_by, shared, one.size))
            elif met.root:
                raise _other(met.sealed, one.size)
            else:
                raise Broken(_("Row %(n)d is missing.") % {"n": self.edge.size})
        return tuple(losses), vouched

    def _nothing_beyond(self) -> None:
        """Nothing stands behind the end that the trail itself knows of by now."""
        now = Trail.objects.filter(pk=THE_ONE).first() or Trail()
        rows, signed = (
            Change.objects.filter(leaf__gte=now.size),
            Checkpoint.objects.filter(size__gt=now.signed),
        )
        if rows.exists() or signed.exists():
            raise Broken(_("Row %(n)d was put in by somebody else.") % {"n": now.size})


def _other(first: int, size: int) -> Broken:
    """That the root over `size` rows is another than was signed, all being well up to row `first`."""
    return Broken(
        _("One of the rows %(first)d to %(last)d is not what was sealed.")
        % {"first": first, "last": size - 1}
    )


def _signed(trail: Trail) -> Generator[tuple[int, str]]:
    """Size and note of each checkpoint, the smallest first."""
    signed = Checkpoint.objects.filter(size__lte=trail.signed).order_by("size")
    yield from signed.values_list("size", "note").iterator()


def _laid() -> Generator[bytes]:
    """The hashes of the leaves as they were laid when they were sealed."""
    tiles = Tile.objects.filter(level=0).order_by("number").values_list("number", "hashes").iterator()
    for place, (number, hashes) in enumerate(tiles):
        held = bytes(hashes)
        if number != place:
            raise Broken(_("Row %(n)d is missing.") % {"n": place * WIDTH})
        yield from (held[at : at + HASH_BYTES] for at in range(0, len(held), HASH_BYTES))
