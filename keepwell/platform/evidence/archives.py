"""Archives that people send in: none with a link among its members, for whoever unpacks it writes through the link.

Nothing is unpacked here. Of a ZIP archive the directory is read; of other archives no more than their first bytes,
and since their members cannot be looked at without unpacking, they are not taken.
"""

from __future__ import annotations

import bz2
import lzma
import stat
import zipfile
import zlib
from contextlib import suppress
from typing import IO

from django.utils.translation import gettext as _

from keepwell.platform.evidence import kinds

ZIPPED = (kinds.ZIP, kinds.DOCX, kinds.XLSX, kinds.PPTX)
BLOCK_BYTES, TAR_SIGN, TAR_SIGN_AT = 512, b"ustar", 257
OTHERS = (b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"\x28\xb5\x2f\xfd")
"""How 7-Zip, RAR and Zstandard begin."""
SMALL_MEMORY, LARGEST_DIRECTORY = 96 << 20, 4 << 20
"""Bytes that may be taken to look at a first block, and that the list of members may have: some 45,000 members."""
NO_LINKS = (0, stat.S_IFREG, stat.S_IFDIR)
UNREADABLE = (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, OSError, KeyError, EOFError)


def complaint(name: str, file: IO[bytes], media: str) -> str:
    """Why the archive `file` is not taken, in one sentence; "" if it is taken, or is no archive."""
    file.seek(0)
    head = file.read(kinds.HEAD_BYTES)
    if head.startswith(b"PK\x03\x04") or media in ZIPPED:
        return _of_zip(name, file)
    if head.startswith(OTHERS) or is_tar(head) or is_tar(_unpacked(head)):
        said = _("%(name)s is an archive of a kind that cannot be looked through; pack it as ZIP.")
        return said % {"name": name}
    return ""


def _of_zip(name: str, file: IO[bytes]) -> str:
    try:
        if kinds.has_sane_directory(file, LARGEST_DIRECTORY):
            said = _("%(name)s holds a link to another file; pack the file itself.")
            return said % {"name": name} if has_link(file) else ""
    except UNREADABLE:
        pass
    said = _("%(name)s is damaged, or holds more files than are looked through; pack it anew.")
    return said % {"name": name}


def has_link(file: IO[bytes]) -> bool:
    """Whether a member of the ZIP archive is a symbolic link or anything else but a file or a folder; raises what
    `zipfile` raises for damaged ones."""
    with zipfile.ZipFile(file) as archive:
        return any(not is_plain(member) for member in archive.infolist())


def is_plain(member: zipfile.ZipInfo) -> bool:
    """Whether `member` is a file or a folder. What claims to come from another system may name a kind too, and
    there are programs that believe it."""
    return stat.S_IFMT(member.external_attr >> 16) in NO_LINKS


def is_tar(block: bytes) -> bool:
    """Whether `block` begins a tape archive."""
    return block[TAR_SIGN_AT : TAR_SIGN_AT + len(TAR_SIGN)] == TAR_SIGN


def _unpacked(head: bytes) -> bytes:
    """The first block of what gzip, bzip2 or xz packed; nothing more of it is unpacked, and b"" if it is neither."""
    with suppress(zlib.error, OSError, lzma.LZMAError, EOFError, MemoryError):
        if head.startswith(b"\x1f\x8b"):
            return zlib.decompressobj(wbits=31).decompress(head, BLOCK_BYTES)
        if head.startswith(b"BZh"):
            return bz2.BZ2Decompressor().decompress(head, BLOCK_BYTES)
        if head.startswith(b"\xfd7zXZ\x00"):
            return lzma.LZMADecompressor(memlimit=SMALL_MEMORY).decompress(head, BLOCK_BYTES)
    return b""
