"""What a backup holds, part after part, each with its digest; at the end a manifest and its signature."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from keepwell.kernel.refusing import Refused
from keepwell.platform.keeping.sealed_file import DAMAGED, SealedReader, SealedWriter
from keepwell.platform.keys.signing import Signer

BEGIN, CONTENT, END, MANIFEST, SIGNATURE = b"B", b"C", b"E", b"M", b"S"
LARGEST_FRAME = 2**24
CONTEXT = b"keepwell backup manifest 1\n"
FASTEST = 1


class Part:
    """A part being written: content goes in, its digest and size come out."""

    def __init__(self, writer: PartWriter, *, packed: bool) -> None:
        self.writer, self.digest, self.size_bytes, self.rows = writer, sha256(), 0, 0
        self.packer = zlib.compressobj(FASTEST) if packed else None

    def write(self, content: bytes) -> None:
        """Add `content`."""
        self.digest.update(content)
        self.size_bytes += len(content)
        self.writer.frame(CONTENT, self.packer.compress(content) if self.packer else content)

    def end(self) -> dict[str, Any]:
        """Close the part; what the manifest tells of it."""
        if self.packer:
            self.writer.frame(CONTENT, self.packer.flush())
        told = {"sha256": self.digest.hexdigest(), "size": self.size_bytes, "rows": self.rows}
        self.writer.frame(END, as_json(told))
        return told


class PartWriter:
    """Writes parts to a sealed file."""

    def __init__(self, file: SealedWriter) -> None:
        self.file = file

    def frame(self, kind: bytes, content: bytes) -> None:
        """Write one frame; an empty one of content says nothing and is left out."""
        if content or kind != CONTENT:
            self.file.write(kind + len(content).to_bytes(4, "big") + content)

    @contextmanager
    def part(self, name: str, *, packed: bool) -> Iterator[Part]:
        """A part called `name`; its writer ends it."""
        self.frame(BEGIN, as_json({"name": name, "packed": packed}))
        yield Part(self, packed=packed)

    def sign(self, manifest: dict[str, Any], signer: Signer) -> None:
        """Write the manifest and its signature, and finish the file."""
        told = as_json(manifest)
        self.frame(MANIFEST, told)
        self.frame(SIGNATURE, as_json({
            "key": signer.id, "public": base64.b64encode(signer.public).decode(),
            "signature": base64.b64encode(signer.sign(CONTEXT + told)).decode(),
        }))  # fmt: skip
        self.file.finish()


@dataclass(frozen=True)
class Seal:
    """A manifest as it was signed, who signed it, and the signature."""

    manifest: bytes
    key: str
    public: bytes
    signature: bytes


class FoundPart:
    """A part being read: its content, checked against the digest at its end."""

    def __init__(self, reader: PartReader, name: str, *, packed: bool) -> None:
        self.reader, self.name = reader, name
        self.unpacker = zlib.decompressobj() if packed else None
        self.told: dict[str, Any] = {}

    def content(self) -> Iterator[bytes]:
        """The content in pieces; when they are through, `told` is what the manifest should say."""
        digest, size = sha256(), 0
        while (frame := self.reader.frame())[0] == CONTENT:
            for piece in self._unpacked(frame[1]):
                digest.update(piece)
                size += len(piece)
                yield piece
        if frame[0] != END:
            raise Refused(DAMAGED)
        self.told = json.loads(frame[1])
        if (self.told["sha256"], self.told["size"]) != (digest.hexdigest(), size):
            raise Refused(f"The part {self.name} of the backup is not what was written; take another copy.")

    def _unpacked(self, content: bytes) -> Iterator[bytes]:
        """Small pieces however well the content was packed."""
        if self.unpacker is None:
            yield content
            return
        while content:
            yield self.unpacker.decompress(content, LARGEST_FRAME)
            content = self.unpacker.unconsumed_tail


class PartReader:
    """Reads the parts of a sealed file, then its manifest."""

    def __init__(self, file: SealedReader) -> None:
        self.file = file
        self.seal: Seal | None = None

    def frame(self) -> tuple[bytes, bytes]:
        """The next frame: its kind and content."""
        head = self.file.read(5)
        size = int.from_bytes(head[1:], "big")
        if size > LARGEST_FRAME:
            raise Refused(DAMAGED)
        return head[:1], self.file.read(size)

    def parts(self) -> Iterator[FoundPart]:
        """Every part in turn, each to be read to its end; afterwards `seal` is there."""
        while (frame := self.frame())[0] == BEGIN:
            told = json.loads(frame[1])
            yield FoundPart(self, told["name"], packed=told["packed"])
        signature = self.frame()
        if (frame[0], signature[0]) != (MANIFEST, SIGNATURE):
            raise Refused(DAMAGED)
        self.file.finish()
        told = json.loads(signature[1])
        public, signed = base64.b64decode(told["public"]), base64.b64decode(told["signature"])
        self.seal = Seal(frame[1], told["key"], public, signed)


def as_json(told: dict[str, Any]) -> bytes:
    """`told` as a signature covers it: names in order, no blanks."""
    return json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
