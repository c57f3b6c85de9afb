"""The Merkle tree of RFC 9162 (2.1): what a log's size and root promise, and how each promise is proved.

A tree is read through `node(level, index)`: the hash of the whole subtree over the 2**level leaves that
begin at leaf index * 2**level.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

HASH_BYTES = 32
EMPTY = sha256(b"").digest()
Node = Callable[[int, int], bytes]


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one leaf."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two neighbours."""
    return sha256(b"\x01" + left + right).digest()


def whole(size: int) -> list[tuple[int, int]]:
    """The whole subtrees (level, index) that make up a tree of `size` leaves, left to right."""
    levels = [level for level in reversed(range(size.bit_length())) if size >> level & 1]
    return [(level, (size >> level) - 1) for level in levels]


def folded(hashes: Sequence[bytes]) -> bytes:
    """The root over the whole subtrees of a tree, left to right."""
    if not hashes:
        return EMPTY
    found = hashes[-1]
    for left in reversed(hashes[:-1]):
        found = node_hash(left, found)
    return found


class Frontier:
    """The right edge of a tree: all it takes to append leaves and to know the root."""

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()) -> None:
        self.size, self.hashes = size, list(hashes)
        if len(self.hashes) != size.bit_count() or any(len(one) != HASH_BYTES for one in self.hashes):
            raise ValueError(f"A tree of {size} leaves has {size.bit_count()} whole subtrees.")

    def append(self, leaf: bytes) -> None:
        """Put the hash of one leaf at the end."""
        rest, hashes = self.size, self.hashes
        while rest & 1:
            leaf = node_hash(hashes.pop(), leaf)
            rest >>= 1
        hashes.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """The root of the tree as it is."""
        return folded(self.hashes)


def root(leaves: Iterable[bytes]) -> bytes:
    """The root over hashes of leaves."""
    edge = Frontier()
    for leaf in leaves:
        edge.append(leaf)
    return edge.root()


def root_of(size: int, node: Node) -> bytes:
    """The root of the first `size` leaves."""
    return folded([node(level, index) for level, index in whole(size)])


def inclusion(index: int, size: int, node: Node) -> list[bytes]:
    """The path that proves leaf `index` (from 0) in the tree of `size` leaves (RFC 9162, 2.1.3.1)."""
    if not 0 <= index < size:
        raise ValueError(f"A tree of {size} leaves has no leaf {index}.")
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_range(middle, end, node))
            end = middle
        else:
            path.append(_range(start, middle, node))
            start = middle
    return path[::-1]


def root_by_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that `path` leads to from a leaf's hash (RFC 9162, 2.1.3.2); None if it cannot be a path."""
    if not 0 <= index < size:
        return None
    place, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            return None
        if place & 1 or place == last:
            found = node_hash(step, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, step)
        place, last = place >> 1, last >> 1
    return found if last == 0 else None


def consistency(old: int, new: int, node: Node) -> list[bytes]:
    """The path that proves that the tree of `new` leaves begins with that of `old` (RFC 9162, 2.1.4.1)."""
    if not 0 < old <= new:
        raise ValueError(f"A tree of {new} leaves does not follow one of {old}.")
    start, end, is_known, path = 0, new, True, []
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(_range(middle, end, node))
            end = middle
        else:
            path.append(_range(start, middle, node))
            start, is_known = middle, False
    if not is_known:
        path.append(_range(start, end, node))
    return path[::-1]


def is_consistent(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether `path` proves that `new_root` extends `old_root` (RFC 9162, 2.1.4.2)."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not path and old_root == new_root
    steps = list(path) if old & (old - 1) else [old_root, *path]
    if not steps:
        return False
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    before = after = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            before, after = node_hash(step, before), node_hash(step, after)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            after = node_hash(after, step)
        place, last = place >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root


def _split(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def _range(start: int, end: int, node: Node) -> bytes:
    """The root over leaves from `start` up to `end`, a range as the halving of a tree gives."""
    hashes = [node(level, (start >> level) + index) for level, index in whole(end - start)]
    return folded(hashes)
