"""The tree, its proofs and its tiles, against RFC 9162 and an independent library."""

from __future__ import annotations

import random
from functools import cache
from unittest import TestCase

from pymerkle import InmemoryTree, verify_consistency, verify_inclusion

from keepwell.kernel import merkle
from keepwell.kernel.tiles import Tiles
from tests import machine

# The vectors of Certificate Transparency: entries, and the root over the first n of them.
ENTRIES = [bytes.fromhex(text) for text in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
FOUR = "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"
PATHS = {
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        FOUR,
    ],
}
FOLLOWING = {
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        FOUR,
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}


def leaves(count: int) -> list[bytes]:
    return [merkle.leaf_hash(f"row {number}".encode()) for number in range(count)]


def tiled(hashes: list[bytes], steps: list[int] | None = None) -> Tiles:
    """The tree over `hashes`, appended in parts of these lengths; each part begins from what was kept."""
    kept: dict[tuple[int, int], bytes] = {}
    at = 0

    def read(level: int, number: int) -> bytes:
        return kept[level, number]

    for step in steps or [len(hashes)]:
        tree = Tiles(at, read)
        tree.append(hashes[at : at + step])
        kept |= tree.changed
        at += step
    return Tiles(at, read)


class Trees(TestCase):
    def test_have_the_roots_of_the_rfc(self) -> None:
        hashes = [merkle.leaf_hash(entry) for entry in ENTRIES]
        self.assertEqual([merkle.root(hashes[:n]).hex() for n in range(1, 9)], ROOTS)
        self.assertEqual(merkle.root([]), merkle.EMPTY)

    def test_have_the_paths_of_the_rfc(self) -> None:
        tree = tiled([merkle.leaf_hash(entry) for entry in ENTRIES])
        told = {key: [h.hex() for h in merkle.inclusion(*key, tree.node)] for key in PATHS}
        self.assertEqual(told, PATHS)
        told = {key: [h.hex() for h in merkle.consistency(*key, tree.node)] for key in FOLLOWING}
        self.assertEqual(told, FOLLOWING)

    def test_agree_with_an_independent_library(self) -> None:
        other, edge = InmemoryTree(algorithm="sha256"), merkle.Frontier()
        for number in range(700):
            entry = f"row {number}".encode()
            other.append_entry(entry)
            edge.append(merkle.leaf_hash(entry))
            self.assertEqual(edge.root(), other.get_root())
        tree = tiled(leaves(700))
        for index, size in ((1, 1), (7, 8), (300, 699), (700, 700)):
            proof = other.prove_inclusion(index, size)
            verify_inclusion(leaves(700)[index - 1], other.get_root(size), proof)
            path = merkle.inclusion(index - 1, size, tree.node)
            self.assertEqual(
                merkle.root_by_inclusion(leaves(700)[index - 1], index - 1, size, path),
                other.get_root(size),
            )
        for old, new in ((1, 2), (255, 256), (256, 257), (300, 699)):
            verify_consistency(other.get_root(old), other.get_root(new), other.prove_consistency(old, new))
            path = merkle.consistency(old, new, tree.node)
            self.assertTrue(merkle.is_consistent(old, new, other.get_root(old), other.get_root(new), path))


class Proofs(TestCase):
    def test_hold_for_every_older_tree_up_to_300(self) -> None:
        tree = tiled(leaves(300))
        node = cache(tree.node)
        roots = [tree.root(size) for size in range(301)]
        wrong = [
            (old, new)
            for new in range(2, 301)
            for old in range(1, new)
            if not merkle.is_consistent(old, new, roots[old], roots[new], merkle.consistency(old, new, node))
        ]
        self.assertEqual(wrong, [])

    def test_hold_for_every_leaf_of_every_tree_up_to_100(self) -> None:
        hashes = leaves(100)
        tree = tiled(hashes)
        for size in range(1, 101):
            root = tree.root(size)
            for index in range(size):
                path = merkle.inclusion(index, size, tree.node)
                self.assertEqual(merkle.root_by_inclusion(hashes[index], index, size, path), root)

    def test_fail_with_any_one_bit_turned(self) -> None:
        hashes, dice = leaves(203), random.Random(9162)
        tree = tiled(hashes)
        path, root = merkle.inclusion(77, 203, tree.node), tree.root()
        following = merkle.consistency(100, 203, tree.node)
        for _round in range(machine.rounds(300, 5_000)):
            which = dice.randrange(len(path))
            spoilt = [*path[:which], turned(path[which], dice), *path[which + 1 :]]
            self.assertNotEqual(merkle.root_by_inclusion(hashes[77], 77, 203, spoilt), root)
            which = dice.randrange(len(following))
            spoilt = [*following[:which], turned(following[which], dice), *following[which + 1 :]]
            self.assertFalse(merkle.is_consistent(100, 203, tree.root(100), root, spoilt))
        self.assertNotEqual(merkle.root_by_inclusion(turned(hashes[77], dice), 77, 203, path), root)

    def test_fail_for_another_place_size_or_length(self) -> None:
        hashes = leaves(203)
        tree = tiled(hashes)
        path, root = merkle.inclusion(77, 203, tree.node), tree.root()
        for index, size, told in (
            (76, 203, path), (78, 203, path), (77, 77, path), (77, 203, path[:-1]),
            (77, 203, [*path, path[0]]), (-1, 203, path), (203, 203, path),
        ):  # fmt: skip
            self.assertNotEqual(merkle.root_by_inclusion(hashes[77], index, size, told), root)
        following = merkle.consistency(100, 203, tree.node)
        for old, new, told in (
            (0, 203, following), (99, 203, following), (203, 100, following), (100, 203, following[:-1]),
            (100, 203, [*following, root]), (100, 203, []), (100, 100, following),
        ):  # fmt: skip
            self.assertFalse(merkle.is_consistent(old, new, tree.root(100), root, told))

    def test_are_not_made_for_what_is_not_there(self) -> None:
        tree = tiled(leaves(8))
        for ask in (lambda: merkle.inclusion(8, 8, tree.node), lambda: merkle.consistency(0, 8, tree.node),
                    lambda: merkle.consistency(9, 8, tree.node), lambda: merkle.Frontier(3, [b"1" * 32])):  # fmt: skip
            self.assertRaises(ValueError, ask)


class Tilings(TestCase):
    def test_give_the_same_root_however_they_grew(self) -> None:
        dice, hashes = random.Random(256), leaves(70_000)
        whole = merkle.root(hashes)
        self.assertEqual(tiled(hashes).root(), whole)
        steps: list[int] = []
        while sum(steps) < len(hashes):
            steps.append(min(dice.choice((1, 255, 256, 257, 1000, 9_999)), len(hashes) - sum(steps)))
        self.assertEqual(tiled(hashes, steps).root(), whole)

    def test_read_a_few_tiles_for_a_proof(self) -> None:
        hashes, read = leaves(70_000), []
        kept = {}
        tree = Tiles(0, lambda level, number: kept[level, number])
        tree.append(hashes)
        kept = dict(tree.changed)

        def reading(level: int, number: int) -> bytes:
            read.append((level, number))
            return kept[level, number]

        found = Tiles(70_000, reading)
        path = merkle.inclusion(12_345, 70_000, found.node)
        self.assertEqual(merkle.root_by_inclusion(hashes[12_345], 12_345, 70_000, path), tree.root())
        self.assertLessEqual(len(read), 6)


def turned(value: bytes, dice: random.Random) -> bytes:
    """`value` with one bit turned."""
    place = dice.randrange(len(value) * 8)
    return (int.from_bytes(value) ^ 1 << place).to_bytes(len(value))
