"""The hashes of a Merkle tree kept 256 to a tile (C2SP tlog-tiles): appended without reading the leaves again,
and read for a proof a few tiles at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from keepwell.kernel.merkle import HASH_BYTES, node_hash, root_of

HEIGHT = 8
WIDTH = 1 << HEIGHT
Read = Callable[[int, int], bytes]


class Tiles:
    """The tiles of a tree of `size` leaves; `read(level, number)` gives one as it is kept.

    The tile of level n holds roots over 256**n leaves each; `changed` are those that appending touched.
    """

    def __init__(self, size: int, read: Read) -> None:
        self.size = size
        self._read = read
        self._known: dict[tuple[int, int], bytes] = {}
        self.changed: dict[tuple[int, int], bytes] = {}

    def append(self, leaves: Iterable[bytes]) -> None:
        """Put hashes of leaves at the end."""
        rising, level, before = list(leaves), 0, self.size
        self.size += len(rising)
        while rising:
            rising, before, level = self._lay(rising, before, level), before // WIDTH, level + 1

    def _lay(self, hashes: list[bytes], before: int, level: int) -> list[bytes]:
        """Lay `hashes` after the `before` that the level holds; the roots of the tiles that became full."""
        full, number = [], before // WIDTH
        held = self.tile(level, number) if before % WIDTH else b""
        rest = held + b"".join(hashes)
        while rest:
            one, rest = rest[: WIDTH * HASH_BYTES], rest[WIDTH * HASH_BYTES :]
            self.changed[level, number] = one
            if len(one) == WIDTH * HASH_BYTES:
                full.append(_over(one))
            number += 1
        return full

    def tile(self, level: int, number: int) -> bytes:
        """The hashes of one tile, one after the other."""
        key = level, number
        if key in self.changed:
            return self.changed[key]
        if key not in self._known:
            self._known[key] = bytes(self._read(level, number))
        return self._known[key]

    def node(self, level: int, index: int) -> bytes:
        """The hash of the whole subtree over 2**level leaves from leaf index * 2**level."""
        over, within = divmod(level, HEIGHT)
        first = index << within
        start = first % WIDTH * HASH_BYTES
        found = self.tile(over, first // WIDTH)[start : start + (HASH_BYTES << within)]
        if len(found) != HASH_BYTES << within:
            raise LookupError(f"Tile {first // WIDTH} of level {over} is not whole.")
        return _over(found)

    def root(self, size: int | None = None) -> bytes:
        """The root over the first `size` leaves; of all of them if not said."""
        return root_of(self.size if size is None else size, self.node)


def _over(hashes: bytes) -> bytes:
    """The root over 2**n hashes that stand one after the other."""
    row = [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]
    while len(row) > 1:
        row = [node_hash(left, right) for left, right in zip(row[::2], row[1::2], strict=True)]
    return row[0]
