"""What an auditor takes along: the whole trail in the form that can be checked elsewhere, and the program that checks."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from django.utils.translation import gettext as _

import keepwell
from keepwell.platform.acts.act import Refused
from keepwell.platform.history import export
from keepwell.platform.history.models import Change
from keepwell.platform.people.auditing import AREA
from keepwell.platform.people.models import Person
from keepwell.platform.people.need_to_know import withheld
from keepwell.platform.people.permissions import may_everywhere
from keepwell.platform.people.roles import Level

VERIFIER = Path(keepwell.__file__).parent / "library" / "verify_trail.py"
GZIP = 16 + zlib.MAX_WBITS


def verifier_sha256() -> str:
    """The SHA-256 of the verifier as it is handed out, in hex."""
    return sha256(VERIFIER.read_bytes()).hexdigest()


def require_whole(person: Person) -> None:
    """Refuse the whole trail to whoever may not read each of its rows."""
    if not may_everywhere(person, AREA, Level.VIEW):
        raise Refused(_("The whole trail is handed to who may view the administration of the whole group."))
    if Change.objects.sealed().filter(withheld(person)).exists():
        raise Refused(
            _(
                "The trail has rows about records that you may not know; an operator exports it by `keepwell trail export`."
            )
        )


def whole_trail(wanted: export.Span) -> Iterator[bytes]:
    """The export of `wanted`, as `keepwell trail export` writes it, packed with gzip."""
    packer = zlib.compressobj(6, zlib.DEFLATED, GZIP)
    for line in export.lines(wanted):
        if part := packer.compress(line):
            yield part
    yield packer.flush()
