#!/usr/bin/env python3
"""Checks what Keepwell's sealed trail handed out, on any machine with Python 3.9 or newer and nothing else.

    python verify_trail.py EXPORT_OR_PROOF --key VKEY [--seen CHECKPOINT ...]

An export is a trail as JSON lines (.jsonl, .jsonl.gz), a proof is of one row (.json). VKEY is the public key you
were given by another way: `name+hash+base64`, or a file that holds it. CHECKPOINT is a file with a checkpoint that
left the house earlier (by mail, syslog, printed): the trail must contain it. Exit status: 0 complete and unchanged;
1 not so, and the first row that is not is named; 2 bad usage; 3 unchanged, but rows under a CHECKPOINT were lost by
the restore of a backup, which a row and all checkpoints since tell.

Sources: RFC 9162 (Merkle tree), RFC 8032 (Ed25519), C2SP signed-note and tlog-checkpoint, `docs/operations/trail.md`,
which this file reads as another author would: nothing of Keepwell is imported.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import json
import re
import sys
import zlib
from collections.abc import Iterator
from hashlib import sha256, sha512
from pathlib import Path
from typing import Any, NamedTuple

FORMAT, PROOF_FORMAT, LONGEST_LINE = "keepwell-trail/1", "keepwell-proof/1", 16_000_000
LEAF, NODE, ED25519 = b"\x00", b"\x01", b"\x01"
RESTORE, RESTORED = ("event", "backup.restore", None), re.compile(r"restored ([0-9]+) (\S+)")
HEAD = re.compile(r'\{"leaf":(\d+),"hash":"([0-9a-f]{64})","entry":')
PERSONAL = re.compile(r',"(?:who|what)":\{(?:"erased":true|"salt":"([0-9a-f]{64})","value":)')
scan = json.JSONDecoder().scan_once  # type: ignore[attr-defined]  # what raw_decode calls
encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


class Wrong(Exception):
    """The trail is not what was sealed; the sentence says from which row on."""


class Signed(NamedTuple):
    """What a checkpoint says: rows, root, and each restore before: the number and the hash of the row that tells it."""

    size: int
    root: bytes
    restores: list[tuple[int, bytes]]

    def parted(self, now: Signed) -> tuple[int, int]:
        """How many rows it shares with `now`, and the row there that tells why no more; without one it shares all."""
        same = sum(self.restores[: n + 1] == now.restores[: n + 1] for n in range(len(self.restores)))
        told = now.restores[same : same + 1]
        return (min(size for size, _ in self.restores[same:] + told), told[0][0]) if told else (self.size, 0)


# Ed25519 (RFC 8032, 5.1), checking alone: nothing here is secret, so nothing must take constant time.
P, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D, ROOT_OF_MINUS_1 = -121665 * pow(121666, P - 2, P) % P, pow(2, (P - 1) // 4, P)
Point = tuple  # (X, Y, Z, T): x = X/Z, y = Y/Z, xy = T/Z


def add(one: Point, other: Point) -> Point:
    """The sum of two points of the curve."""
    a, b = (one[1] - one[0]) * (other[1] - other[0]) % P, (one[1] + one[0]) * (other[1] + other[0]) % P
    c, d = 2 * one[3] * other[3] * D % P, 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def point_of(told: bytes) -> Point | None:
    """The point that 32 bytes name; None if they name none."""
    y = int.from_bytes(told, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_1 % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return (x, y, 1, x * y % P)


BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little")) or (0, 1, 1, 0)


def is_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` (64 bytes) over `message` was made with the private half of `public` (32 bytes)."""
    key, half, s = point_of(public), point_of(signature[:32]), int.from_bytes(signature[32:], "little")
    if len(public) != 32 or len(signature) != 64 or key is None or half is None or s >= ORDER:
        return False
    k = int.from_bytes(sha512(signature[:32] + public + message).digest(), "little") % ORDER
    minus, total = (P - key[0], key[1], 1, P - key[3]), (0, 1, 1, 0)
    picks = (BASE, minus, add(BASE, minus))
    for bit in reversed(range(253)):  # s times the base, less k times the key, in one go
        total = add(total, total)
        if pick := (s >> bit & 1) + 2 * (k >> bit & 1):
            total = add(total, picks[pick - 1])
    return all((total[axis] - half[axis] * total[2]) % P == 0 for axis in (0, 1))


def digest(*parts: bytes) -> bytes:
    """SHA-256 over `parts`, as leaves (0x00 first) and nodes (0x01 first) of RFC 9162, 2.1 are made."""
    return sha256(b"".join(parts)).digest()


class Tree:
    """A tree that only grows: the roots of its whole subtrees, the largest first, and how many rows they hold."""

    def __init__(self, size: int = 0, roots: list[bytes] | None = None) -> None:
        self.size, self.roots = size, list(roots or [])
        if len(self.roots) != bin(size).count("1"):
            raise Wrong(f"The export says that {size} rows come before it, but not by which hashes.")

    def append(self, leaf: bytes) -> None:
        """Add the hash of the next row."""
        pairs, self.size = self.size, self.size + 1
        while pairs & 1:
            leaf, pairs = digest(NODE, self.roots.pop(), leaf), pairs >> 1
        self.roots.append(leaf)

    def root(self) -> bytes:
        """The root over all rows so far."""
        whole = self.roots[-1] if self.roots else sha256(b"").digest()
        for left in reversed(self.roots[:-1]):
            whole = digest(NODE, left, whole)
        return whole


def root_by_path(leaf: bytes, number: int, size: int, path: list[bytes]) -> bytes | None:
    """The root that an inclusion proof leads to (RFC 9162, 2.1.3.2); None if the path has the wrong length."""
    if size < 2 or not path:
        return leaf if (number, size, path) == (0, 1, []) else None
    left = 1 << ((size - 1).bit_length() - 1)  # rows in the left part: the largest power of two below `size`
    if number < left:
        found = root_by_path(leaf, number, left, path[:-1])
        return digest(NODE, found, path[-1]) if found else None
    found = root_by_path(leaf, number - left, size - left, path[:-1])
    return digest(NODE, path[-1], found) if found else None


class Keys:
    """The public keys one holds; more are taken only when a checkpoint signed by one of these names them."""

    def __init__(self, told: list[str]) -> None:
        self.known: dict[tuple[str, bytes], bytes] = {}
        for vkey in told:
            self.take(vkey)

    def take(self, vkey: str) -> None:
        """Hold one more key, given as name+hash+base64."""
        name, _, rest = vkey.strip().partition("+")
        mark, _, told = rest.partition("+")
        blob = unbase64(told)
        right = sha256(name.encode() + b"\n" + blob).digest()[:4]
        if not name or len(blob) != 33 or blob[:1] != ED25519 or right.hex() != mark:
            raise ValueError(f"“{vkey.strip()[:100]}” is no verifier key of the form name+hash+base64.")
        self.known[name, right] = blob[1:]

    def note(self, told: str) -> list[str]:
        """The lines of a note signed by a key of ours; raises Wrong."""
        text, _, signatures = told.rpartition("\n\n")
        lines, body = text.split("\n"), (text + "\n").encode()
        if not any(self._signs(lines[0], line, body) for line in signatures.split("\n") if line):
            raise Wrong(f"What {lines[0][:80] or 'nobody'} signed is not signed by a key you hold.")
        return lines

    def checkpoint(self, told: str) -> Signed:
        """What a signed checkpoint tells; raises Wrong. Keys it names are ours from now on."""
        lines = self.note(told)
        if len(lines) < 3 or not lines[1].isascii() or not lines[1].isdecimal():
            raise Wrong("What is signed is no checkpoint.")
        for vkey in (line[4:] for line in lines[3:] if line.startswith("key ")):
            self.take(vkey)
        restores = [(int(one[1]), unbase64(one[2])) for one in map(RESTORED.fullmatch, lines[3:]) if one]
        return Signed(int(lines[1]), unbase64(lines[2]), restores)

    def _signs(self, origin: str, line: str, body: bytes) -> bool:
        dash, name, told = [*line.split(" ", 2), "", ""][:3]
        public, signature = self.known.get((name, unbase64(told)[:4])), unbase64(told)[4:]
        return (
            dash == "\u2014" and name == origin and public is not None and is_signed(public, body, signature)
        )


def unbase64(told: str) -> bytes:
    """The bytes that `told` spells; none if it spells nothing."""
    try:
        return base64.b64decode(told, validate=True)
    except ValueError:
        return b""


class Reader:
    """Reads an export row by row and grows the tree with it."""

    def __init__(self, header: dict[str, Any], keys: Keys, seen: list[Signed]) -> None:
        if header.get("format") != FORMAT:
            raise Wrong(f"The first line does not say that this is a {FORMAT} file.")
        before = header.get("before") or {"size": 0, "hashes": []}
        self.keys, self.seen = keys, seen
        self.tree = Tree(before["size"], [bytes.fromhex(told) for told in before["hashes"]])
        self.first, self.sealed, self.since, self.erased = before["size"], before["size"], "", 0
        self.newest, self.met = Signed(0, b"", []), {one.size: (b"", 0) for one in seen}
        self.tells: dict[int, bytes] = {}
        if (least := min(self.met, default=self.first)) < self.first:
            raise ValueError(f"The checkpoint of {least} rows lies before this export; ask for a longer one.")
        self._meet()

    def take(self, line: str) -> None:
        """Check one line but the last."""
        if line.startswith('{"leaf":'):
            self._row(line)
        elif line.startswith('{"checkpoint":'):
            self._checkpoint(json.loads(line)["checkpoint"])
        else:
            raise Wrong(f"Behind row {self.tree.size - 1} stands a line that is no row: {line[:60]}")

    def _row(self, line: str) -> None:
        number = self.tree.size
        if (head := HEAD.match(line)) is None:
            raise Wrong(f"Row {number} is not what was sealed: it does not begin as a row does.")
        if int(head[1]) != number:
            raise Wrong(f"Row {number} is missing or out of order: row {head[1]} stands in its place.")
        try:
            entry, end = scan(line, head.end())
            leaf = digest(LEAF, line[head.end() : end].encode())
            between = line.index(',"what":{', end)
            self._personal(line[end:between], "who", entry["who"])
            self._personal(line[between:-1], "what", entry["what"])
            self.since = self.since or entry["at"]
        except (StopIteration, ValueError, KeyError, TypeError) as wrong:
            raise Wrong(f"Row {number} is not what was sealed: {wrong}.") from wrong
        if leaf.hex() != head[2] or line[-1] != "}":
            raise Wrong(f"Row {number} is not what was sealed.")
        if (entry["kind"], entry["verb"], entry["by"]) == RESTORE:
            self.tells[number] = leaf
        self.tree.append(leaf)
        self._meet()

    def _personal(self, told: str, name: str, commitment: str) -> None:
        """Check a personal part against the commitment in its row, unless it was erased: as it is written, like the row
        itself, so that nothing depends on how JSON is read."""
        if (shape := PERSONAL.match(told)) is None:
            raise ValueError(f"“{name}” is not written as it was sealed")
        if shape[1] is None:
            self.erased += 1
        elif sha256(bytes.fromhex(shape[1]) + told[shape.end() : -1].encode()).hexdigest() != commitment:
            raise ValueError(f"“{name}” was changed")

    def _checkpoint(self, note: str) -> None:
        try:
            told, size = self.keys.checkpoint(note), self.tree.size
        except Wrong as wrong:
            raise Wrong(f"Behind row {self.tree.size - 1}: {wrong}") from wrong
        if told.size != size:
            first, where = min(size, told.size), f"the checkpoint of {told.size} rows stands elsewhere."
            raise Wrong(f"Row {first} is missing or out of order: {where}")
        if told.root != self.tree.root():
            raise self._other(self.sealed, size, "the checkpoint")
        known = self.newest.restores if self.newest.size else [n for n in told.restores if n[0] < self.first]
        rows = [(n, self.tells.get(n)) for n, _ in told.restores[len(known) :] if n >= self.sealed]
        if told.restores != known + rows:
            raise Wrong(f"The checkpoint of {size} rows tells of other restores than the rows before it.")
        self.sealed, self.newest = size, told

    def _other(self, sealed: int, size: int, which: str) -> Wrong:
        """An edit that kept the file's own hashes consistent shows only where a checkpoint has another root."""
        rows = f"Row {sealed}" if size == sealed + 1 else f"One of the rows {sealed} to {size - 1}"
        return Wrong(f"{rows} is not what was sealed: {which} of {size} rows has another root.")

    def _meet(self) -> None:
        if self.tree.size in self.met:
            self.met[self.tree.size] = self.tree.root(), self.sealed

    def _lost(self) -> list[str]:
        """What restores lost of what left the house; raises Wrong where none explains why it is not here."""
        found, vouched, size = [], 0, self.tree.size
        for one in self.seen:
            (root, sealed), (shared, row) = self.met[one.size], one.parted(self.newest)
            if root == one.root:
                vouched = max(vouched, one.size)
            elif shared < one.size:
                lost = f"{one.size - shared} rows under a checkpoint, behind the first {shared}, were lost"
                found.append(f"Row {row} tells of a restore: {lost}.")
            elif root:
                raise self._other(sealed, one.size, "the checkpoint that left the house")
            else:
                raise Wrong(f"Row {size} is missing: a checkpoint of {one.size} rows left the house.")
        whole = f"What left the house vouches for the first {vouched} rows of this trail and for no more."
        return [*found, whole] if found else []

    def close(self, line: str, whole: bytes) -> list[str]:
        """The verdict once the last line vouches for `whole`, the digest of all before it, then what restores lost."""
        size, last = self.tree.size, json.loads(line)
        if last.get("size") != size:
            raise Wrong(f"Row {size} is missing: the export breaks off there.")
        if self.sealed != size or not self.newest.size:
            raise Wrong(f"Row {self.sealed} and those behind it are under no checkpoint.")
        lost = self._lost()
        if self.keys.note(last["note"])[1:] != ["export", str(size), base64.b64encode(whole).decode()]:
            raise Wrong("The rows are whole, but the file around them is not as it was handed out.")
        erased = f" {self.erased} personal parts were erased." if self.erased else ""
        erased += "".join(f" Row {number} tells of a restore." for number, _ in self.newest.restores)
        rows = f"{size - self.first} rows" + (f" from row {self.first} on" if self.first else "")
        return [f"Complete and unchanged since {self.since or 'the beginning'}: {rows}, up to the checkpoint of"
                f" {size} rows with root {base64.b64encode(self.tree.root()).decode()}.{erased}", *lost]  # fmt: skip


def lines_of(path: Path) -> Iterator[bytes]:
    """The lines of an export, unpacked if its name ends in .gz; raises Wrong where it cannot be read on."""
    number = 0
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as stream:
            while line := stream.readline(LONGEST_LINE):
                yield line
                number += 1
    except (OSError, EOFError, zlib.error) as wrong:
        raise Wrong(f"The file cannot be read behind line {number}: {wrong}.") from wrong


def check_export(path: Path, keys: Keys, seen: list[Signed]) -> list[str]:
    """The verdict on an export, and what restores lost."""
    lines, whole = lines_of(path), sha256()
    first = line = next(lines, b"")
    reader = Reader(read_json(first.decode(errors="replace")), keys, seen)
    whole.update(first)
    for line in lines:
        if line.startswith(b'{"size":'):
            break
        reader.take(line.decode(errors="replace").rstrip("\n"))
        whole.update(line)
    if next(lines, b""):
        raise Wrong("Something stands behind the line that closes the export.")
    return reader.close(line.decode(errors="replace"), whole.digest())


def check_proof(told: dict[str, Any], keys: Keys) -> str:
    """The verdict on the proof of one row."""
    if told.get("format") != PROOF_FORMAT:
        raise Wrong(f"The file does not say that it is a {PROOF_FORMAT} file.")
    number, entry = told["leaf"], told["entry"]
    size, root, _ = keys.checkpoint(told["checkpoint"])
    for name in ("who", "what"):
        part, salted = told[name], bytes.fromhex(told[name].get("salt", ""))
        if part != {"erased": True} and digest(salted, encode(part["value"]).encode()).hex() != entry[name]:
            raise Wrong(f"Row {number} is not what was sealed: “{name}” was changed.")
    path = [bytes.fromhex(step) for step in told["path"]]
    if told["size"] != size or root_by_path(digest(LEAF, encode(entry).encode()), number, size, path) != root:
        raise Wrong(f"Row {number} is not what was sealed: it does not lead to the root of the checkpoint.")
    return f"Row {number} of {entry['at']} stands unchanged in the trail of {size} rows."


def read_json(text: str) -> dict[str, Any]:
    """The object that `text` holds; raises Wrong if there is none."""
    try:
        return dict(json.loads(text))
    except (ValueError, TypeError) as wrong:
        raise Wrong("The file is neither an export of a trail nor a proof.") from wrong


def seen_earlier(paths: list[str], keys: Keys) -> list[Signed]:
    """The checkpoints in `paths`; raises Wrong when two differ and no restore parts them."""
    found = sorted(keys.checkpoint(Path(path).read_text()) for path in paths)
    roots = {(one.size, *one.restores): one.root for one in found}
    for one in found:
        if roots[(one.size, *one.restores)] != one.root:
            raise Wrong(f"Two checkpoints of {one.size} rows that left differ: the trail was forked.")
    return found


def main(arguments: list[str]) -> int:
    """Say the verdict; 0 unchanged, 1 not, 2 bad usage, 3 unchanged but for what a restore lost."""
    parser = argparse.ArgumentParser(description="Checks a trail or a proof that Keepwell handed out.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--key", action="append", required=True, help="a public key, or a file that holds it")
    parser.add_argument("--seen", action="append", default=[], help="a checkpoint that left earlier")
    answers = parser.parse_args(arguments)
    try:
        told = [Path(word).read_text() if Path(word).is_file() else word for word in answers.key]
        keys = Keys([line for word in told for line in word.split("\n") if line.strip()])
        if answers.file.suffix == ".json":
            said = [check_proof(read_json(answers.file.read_text(errors="replace")), keys)]
        else:
            said = check_export(answers.file, keys, seen_earlier(answers.seen, keys))
        print("\n".join(said))
    except (Wrong, KeyError, TypeError, AttributeError) as wrong:
        print(wrong if isinstance(wrong, Wrong) else f"The file is neither an export nor a proof: {wrong}.")
        return 1
    except (OSError, ValueError) as wrong:
        sys.stderr.write(f"{wrong}\n")
        return 2
    return 3 if len(said) > 1 else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
