"""A program of its own that reads one mail and tells what it says: its headers, its text, its links, its files.

Mails are written by anybody, and their readers have failed in every way there is. So this one runs in a process that
may take no more memory and time than told, and that nobody misses when it is stopped. It knows nothing of Keepwell:
it is started by path, with the mail and "whole" or "beginning" as its arguments. It writes the length of what it
tells (8 bytes, big-endian), that as JSON, then the bytes of the files one after the other, in the order they are
told. A mail that cannot be read is {"problem": …}.
"""

from __future__ import annotations

import codecs
import contextlib
import json
import re
import resource
import struct
import sys
import unicodedata
from email import message_from_binary_file
from email.header import decode_header
from email.message import Message
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

MEMORY_BYTES, PROCESSOR_SECONDS, TOLD_BYTES = 1 << 30, 15, 192 << 20
MOST_HEADERS, LONGEST_VALUE, LONGEST_HEADER_NAME = 200, 4_000, 80
MOST_PARTS, MOST_FILES = 1_000, 100
LONGEST_TEXT, LONGEST_HTML = 100_000, 500_000
MOST_LINKS, LONGEST_LINK = 200, 2_000
LINK = re.compile(r"\b(?:https?|ftp)://[^\s<>\"'()\[\]{}]{1,2000}", re.IGNORECASE)
WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "cp950", "shift_jis": "cp932", "euc_kr": "cp949",
         "ascii": "utf-8", "iso8859-1": "cp1252"}  # fmt: skip
"""What mail programs call by a narrower name than what they write."""
NO_TEXT = {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "utf-7"}
TURNING = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0xFEFF))
BREAKING = {
    "p",
    "br",
    "div",
    "tr",
    "li",
    "table",
    "h1",
    "h2",
    "h3",
    "h4",
    "blockquote",
    "hr",
    "ul",
    "ol",
    "pre",
}
UNSEEN = {"script", "style", "head", "title", "template", "noscript"}


class Problem(Exception):
    """Why the mail is not read, as a word that the caller says in a sentence."""


def main(path: str, extent: str) -> None:
    """Bind this process, then tell the mail or the problem."""
    bind()
    files: list[bytes] = []
    try:
        with open(path, "rb") as file:
            said = told(message_from_binary_file(file), files, is_whole=extent == "whole")
    except Problem as problem:
        said, files = {"problem": str(problem)}, []
    except RecursionError:
        said, files = {"problem": "nested"}, []
    except MemoryError:
        said, files = {"problem": "large"}, []
    except Exception:  # noqa: BLE001  # whatever the reader of mails trips over: the mail is kept, and this is said
        said, files = {"problem": "damaged"}, []
    head = json.dumps(said).encode()
    sys.stdout.buffer.write(struct.pack("!Q", len(head)) + head)
    for content in files:
        sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def bind() -> None:
    """Let this process take no more memory and time than it may, and write no more than that."""
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, PROCESSOR_SECONDS),
        (resource.RLIMIT_FSIZE, TOLD_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        # Some systems know a limit and do not let it be set.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))


def told(mail: Any, files: list[bytes], *, is_whole: bool) -> dict[str, Any]:
    """What the mail says; the bytes of its files are put into `files`, unless only its beginning is here."""
    if not mail.items() and not (mail.get_payload() or ""):
        raise Problem("empty")
    plain: list[str] = []
    html: list[str] = []
    parts: list[dict[str, Any]] = []
    for part in leaves(mail):
        if is_text(part):
            (html if part.get_content_subtype() == "html" else plain).append(text_of(part))
        else:
            parts.append(file_of(part, files, is_whole=is_whole))
    reader = Stripped()
    for page in html:
        reader.feed(page[:LONGEST_HTML])
        reader.close()
    whole = "\n\n".join(filter(str.strip, plain)) or reader.text()
    text = cleaned(whole[: 2 * LONGEST_TEXT])[:LONGEST_TEXT]
    links = list(dict.fromkeys([*LINK.findall(text), *reader.links]))
    return {
        "headers": [[name[:LONGEST_HEADER_NAME], value_of(value)] for name, value in mail.items()[:MOST_HEADERS]],
        "text": text, "characters": max(len(text), len(whole.strip())), "is_html": not any(map(str.strip, plain)) and bool(html),
        "links": [one[:LONGEST_LINK] for one in links[:MOST_LINKS]],
        "files": parts[:MOST_FILES], "more_files": max(0, len(parts) - MOST_FILES),
    }  # fmt: skip


def leaves(mail: Any) -> list[Any]:
    """The parts that hold something, in order; a mail within the mail is one of them and is not opened."""
    found, waiting = [], [mail]
    while waiting:
        part = waiting.pop()
        if part.get_content_maintype() == "multipart" and isinstance(part.get_payload(), list):
            waiting.extend(reversed(part.get_payload()))
        else:
            found.append(part)
        if len(found) + len(waiting) > MOST_PARTS:
            raise Problem("parts")
    return found


def is_text(part: Any) -> bool:
    """Whether the part is what the mail says, and no file with it."""
    if part.get_content_type() not in ("text/plain", "text/html"):
        return False
    return part.get_content_disposition() != "attachment" and not name_of(part)


def text_of(part: Any) -> str:
    """The text of a part, whatever its charset claims to be."""
    return decoded(part.get_payload(decode=True) or b"", part.get_param("charset") or "")


def decoded(content: bytes, said: Any) -> str:
    """`content` in the charset it says, else in the one it is in, else with a mark for every byte that is no sign."""
    name = codec(said[2] if isinstance(said, tuple) else said)
    for one in (*((WIDER.get(name, name),) if name else ()), "utf-8"):
        try:
            return content.decode(one)
        except (UnicodeError, LookupError):
            continue
    return content.decode(WIDER.get(name, name) or "utf-8", "replace")


def codec(said: Any) -> str:
    """Python's name of a charset; "" for what is none, or none for text."""
    try:
        found = codecs.lookup(str(said).strip().strip("'\"")[:40])
    except (LookupError, ValueError, UnicodeError):
        return ""
    return found.name if found._is_text_encoding and found.name.replace("_", "-") not in NO_TEXT else ""


def cleaned(text: str) -> str:
    """`text` without signs that hide, turn or ring, its lines ended alike."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").translate(TURNING)
    kept = "".join(
        sign for sign in plain if sign in "\n\t" or unicodedata.category(sign) not in ("Cc", "Cs", "Cn")
    )
    return re.sub(r"\n{4,}", "\n\n\n", kept).strip()


def value_of(value: Any) -> str:
    """The value of a header as people read it, in one line."""
    text = str(value)[:LONGEST_VALUE]
    try:
        pieces = decode_header(text)
    except Exception:  # noqa: BLE001  # a header that cannot be decoded is told as it stands
        pieces = [(text, None)]
    said = "".join(
        piece if isinstance(piece, str) else decoded(piece, charset or "") for piece, charset in pieces
    )
    said = said.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return " ".join(cleaned(said).split())


def name_of(part: Any) -> str:
    """The name of a file as its sender wrote it; "" for none."""
    try:
        return value_of(part.get_filename() or "")[:300]
    except (LookupError, ValueError, TypeError):
        return ""


def file_of(part: Any, files: list[bytes], *, is_whole: bool) -> dict[str, Any]:
    """What a file is called and is, its bytes put beside."""
    if part.get_content_maintype() == "message" and isinstance(part.get_payload(), list):
        inner = part.get_payload()
        content = inner[0].as_bytes() if inner and isinstance(inner[0], Message) else b""
        name = name_of(part) or "mail.eml"
    else:
        content = part.get_payload(decode=True) or b""
        name = name_of(part)
    is_kept = is_whole and len(files) < MOST_FILES
    if is_kept:
        files.append(content)
    return {"name": name, "says_type": part.get_content_type()[:120], "size_bytes": len(content), "is_here": is_kept,
            "sha256": sha256(content).hexdigest() if is_kept else ""}  # fmt: skip


class Stripped(HTMLParser):
    """The words of a page, and where its links lead; nothing of what it would draw or run."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.links: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag in UNSEEN
        if tag in BREAKING:
            self.words.append("\n")
        for name, value in attrs:
            if name in ("href", "src", "action", "background") and value and LINK.match(value.strip()):
                self.links.append(value.strip())

    def handle_endtag(self, tag: str) -> None:
        self.hidden = max(0, self.hidden - (tag in UNSEEN))
        if tag in BREAKING:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.words.append(re.sub(r"\s+", " ", data))

    def text(self) -> str:
        """What a reader would read."""
        return re.sub(r"[ \t]*\n[ \t]*", "\n", "".join(self.words))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
