"""The kinds of indicators, and which of them lead somewhere when they are opened."""

from __future__ import annotations

import re
from enum import StrEnum

LONGEST_BYTES = 2_000
"""How long an indicator may be in UTF-8; what is longer no index of a database takes."""
UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\ue000-\uf8ff]"
)
"""Signs that hide in a text, turn it round, or mean nothing outside one program."""


class Kind(StrEnum):
    """What an indicator is."""

    IPV4 = "ipv4"
    IPV6 = "ipv6"
    DOMAIN = "domain"
    URL = "url"
    MAIL = "mail"
    SUBJECT = "subject"
    MD5 = "md5"
    SHA1 = "sha1"
    SHA256 = "sha256"
    FILE = "file"
    REGISTRY = "registry"
    COMMAND = "command"
    MUTEX = "mutex"
    AGENT = "agent"
    ACCOUNT = "account"
    HOST = "host"


OF_NETWORKS = frozenset({Kind.IPV4, Kind.IPV6, Kind.DOMAIN, Kind.URL, Kind.MAIL})
"""Kinds that are written defanged, so that nobody opens them by mistake."""
DIGITS_OF = {Kind.MD5: 32, Kind.SHA1: 40, Kind.SHA256: 64}
"""Digests of files, each with its count of hex digits."""
EMPTY_FILES = frozenset({
    "d41d8cd98f00b204e9800998ecf8427e", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
})  # fmt: skip
"""Digests of a file without a byte, which say nothing."""
