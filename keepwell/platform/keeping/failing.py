"""Why a backup could not be made, kept so that each reader has it in their own language."""

from __future__ import annotations

import errno
from pathlib import Path

from django.utils.translation import gettext, gettext_noop

from keepwell.kernel.refusing import Refused
from keepwell.platform.jobs.blameless import is_disk_full

FULL = gettext_noop("There is no room for %(file)s: its disk is full. Nothing of it was left there.")
UNWRITTEN = gettext_noop("%(file)s cannot be written: %(why)s.")
KNOWN = {
    errno.ENOENT: gettext_noop("%(file)s cannot be written: its folder is not there."),
    errno.EACCES: gettext_noop("%(file)s cannot be written: who runs Keepwell may not write in its folder."),
    errno.EPERM: gettext_noop("%(file)s cannot be written: who runs Keepwell may not write in its folder."),
    errno.EROFS: gettext_noop("%(file)s cannot be written: its disk can only be read."),
    errno.EIO: gettext_noop("%(file)s cannot be written: its disk does not work."),
}
"""What operators meet with; of anything else they are told the system's own words."""
Facts = dict[str, str | int]


class Failed(Refused):
    """Refused by a sentence whose words and `facts` are kept apart; as text, in the present language."""

    def __init__(self, what: str, facts: Facts | None = None) -> None:
        super().__init__(what)
        self.what, self.facts = what, facts or {}

    def __str__(self) -> str:
        return said(self.what, self.facts)


def said(what: str, facts: Facts) -> str:
    """The sentence in the present language; without facts `what` may be one that was kept as it was told."""
    return gettext(what) % facts if facts else gettext(what)


def failed(path: Path, error: Refused | OSError) -> Failed:
    """Why no backup stands at `path`."""
    if is_disk_full(error):
        return Failed(FULL, {"file": str(path)})
    if isinstance(error, OSError):
        told = KNOWN.get(error.errno or 0, UNWRITTEN)
        return Failed(told, {"file": str(path), "why": error.strerror or str(error)})
    return error if isinstance(error, Failed) else Failed(str(error))
