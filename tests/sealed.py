"""A trail as its format says, made without a line of Keepwell: what the verifier is tried on."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from random import Random
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pymerkle import InmemoryTree

ORIGIN = "keepwell.example/trail"
Line = dict[str, Any]


def canonical(value: Any) -> str:
    """JSON with sorted keys, no blanks, nothing escaped that need not be."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def plain(value: Any) -> str:
    """JSON without blanks, keys in the order given."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


class Signatory:
    """A key with a name, and what it signs."""

    def __init__(self, seed: int, origin: str = ORIGIN) -> None:
        self.private, self.origin = Ed25519PrivateKey.from_private_bytes(Random(seed).randbytes(32)), origin
        public = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.blob = b"\x01" + public
        self.mark = sha256(f"{origin}\n".encode() + self.blob).digest()[:4]

    @property
    def vkey(self) -> str:
        """The public key as it is handed to an auditor."""
        return f"{self.origin}+{self.mark.hex()}+{base64.b64encode(self.blob).decode()}"

    def note(self, *lines: str) -> str:
        """A signed note."""
        body = "".join(f"{line}\n" for line in (self.origin, *lines))
        signed = base64.b64encode(self.mark + self.private.sign(body.encode())).decode()
        return f"{body}\n\u2014 {self.origin} {signed}\n"


@dataclass
class Trail:
    """Rows that were sealed, `every` so many under one checkpoint."""

    rows: list[tuple[str, Line, Line]]
    key: Signatory = field(default_factory=lambda: Signatory(1))
    every: int = 10
    turns: dict[int, Signatory] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.tree = InmemoryTree(algorithm="sha256")
        for entry, _who, _what in self.rows:
            self.tree.append_entry(entry.encode())

    def checkpoint(self, size: int, key: Signatory | None = None) -> str:
        """The signed checkpoint of the first `size` rows; names the next key where one takes over."""
        root = base64.b64encode(self.tree.get_root(size)).decode()
        turn = self.turns.get(size)
        return (key or self.key_at(size)).note(str(size), root, *([f"key {turn.vkey}"] if turn else []))

    def key_at(self, size: int) -> Signatory:
        """Who signs at `size` rows."""
        return next((key for at, key in sorted(self.turns.items(), reverse=True) if at < size), self.key)

    def lines(self, first: int = 0) -> Iterator[str]:
        """An export from row `first` on, its closing line left out."""
        yield plain({"format": "keepwell-trail/1", "origin": ORIGIN, **self.before(first)})
        for number in range(first, len(self.rows)):
            entry, who, what = self.rows[number]
            hashed = sha256(b"\0" + entry.encode()).hexdigest()
            parts = f'"who":{plain(who)},"what":{plain(what)}'
            yield f'{{"leaf":{number},"hash":"{hashed}","entry":{entry},{parts}}}'
            if (number + 1) % self.every == 0 or number + 1 == len(self.rows):
                yield plain({"checkpoint": self.checkpoint(number + 1)})

    def before(self, first: int) -> Line:
        """What a reader needs who begins at row `first`: the roots of the whole subtrees before it."""
        hashes, start = [], 0
        for bit in range(first.bit_length() - 1, -1, -1):
            if first >> bit & 1:
                part = InmemoryTree(algorithm="sha256")
                for entry, _who, _what in self.rows[start : start + (1 << bit)]:
                    part.append_entry(entry.encode())
                hashes.append(part.get_root().hex())
                start += 1 << bit
        return {"before": {"size": first, "hashes": hashes}} if first else {}

    def export(self, first: int = 0) -> bytes:
        """The whole file."""
        return closed(list(self.lines(first)), len(self.rows), self.key_at(len(self.rows) + 1))

    def proof(self, number: int) -> Line:
        """The proof of one row."""
        size = len(self.rows)
        path = self.tree.prove_inclusion(number + 1, size).serialize()["path"][1:]
        entry, who, what = self.rows[number]
        return {"format": "keepwell-proof/1", "leaf": number, "entry": json.loads(entry), "who": who, "what": what,
                "size": size, "path": path, "checkpoint": self.checkpoint(size)}  # fmt: skip


def closed(lines: list[str], size: int, key: Signatory) -> bytes:
    """`lines` and the last one, signed over all before it."""
    body = "".join(f"{line}\n" for line in lines).encode()
    whole = base64.b64encode(sha256(body).digest()).decode()
    return body + plain({"size": size, "note": key.note("export", str(size), whole)}).encode() + b"\n"


def sealed(value: Line, dice: Random) -> tuple[Line, str]:
    """A personal part as an export carries it, and the commitment to it."""
    salt = dice.randbytes(32)
    return {"salt": salt.hex(), "value": json.loads(canonical(value))}, committed(salt, value)


def committed(salt: bytes, value: Line) -> str:
    """SHA-256 over the salt and the part."""
    return sha256(salt + canonical(value).encode()).hexdigest()


def rows(count: int, *, seed: int = 7, erased: frozenset[int] = frozenset()) -> list[tuple[str, Line, Line]]:
    """`count` rows with texts that break careless readers; the personal parts of `erased` are gone."""
    dice = Random(seed)
    found = []
    for number in range(count):
        who, who_mark = sealed({"name": dice.choice(["林雅達", 'Ben "B" Tan', "a\u2028b", "é\\n"])}, dice)
        what, what_mark = sealed(
            {"after": {"n": number, "t": "x" * dice.randrange(9)}, "answers": {}, "before": {}}, dice
        )
        entry = {"at": f"2025-11-13T21:12:{number % 60:02}.000000Z", "by": None, "kind": "change", "verb": "unit.edit",
                 "version": number, "who": who_mark, "what": what_mark}  # fmt: skip
        gone = {"erased": True}
        found.append((canonical(entry), *((gone, gone) if number in erased else (who, what))))
    return found
