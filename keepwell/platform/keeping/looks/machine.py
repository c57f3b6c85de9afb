"""Keys, folders, disk and Python of this machine."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from keepwell.kernel.refusing import Refused
from keepwell.platform.keeping import backup_keys
from keepwell.platform.keeping.finding import Finding, bad, good, looks_at, warning
from keepwell.platform.keys.ring import ring

RINGS = ("sealing", "signing")
OTHERS = 0o077
LOW_SHARE, LOW_BYTES = 0.10, 2 * 2**30
FULL_SHARE, FULL_BYTES = 0.02, 200 * 2**20
SYSTEMS_OWN = "/usr"
OPTIMIZED = "--enable-optimizations"


@looks_at("keys", gettext_noop("Key rings"))
def keys() -> Iterator[Finding]:
    """The rings are there, strong, and readable by their owner only; they lie apart from what they seal."""
    why = _("They seal secrets and sign the trail; whoever has them can read and forge both.")
    for name in RINGS:
        try:
            found = ring(name)
        except (ImproperlyConfigured, OSError) as wrong:
            yield bad("keys", str(wrong), why, _("Bring back the keys folder, or run `keepwell keys make`."))
        else:
            told = {"ring": name, "n": len(found)}
            yield good("keys", ngettext("The ring %(ring)s has %(n)d key.", "The ring %(ring)s has %(n)d keys.",
                                        len(found)) % told)  # fmt: skip
    folder = Path(settings.KEEPWELL_KEYS)
    if folder.exists() and folder.stat().st_mode & OTHERS:
        yield bad("keys", _("Others may enter the keys folder %(folder)s.") % {"folder": folder}, why,
                  _("Run `chmod 700 %(folder)s`.") % {"folder": folder})  # fmt: skip
    if settings.PRODUCTION and folder.is_relative_to(settings.KEEPWELL_DATA):
        yield warning("keys", _("The keys folder lies inside the data folder."),
                      _("Who copies the data folder has the keys as well."),
                      _("Move it elsewhere and name it by KEEPWELL_KEYS."))  # fmt: skip


@looks_at("backup_key", gettext_noop("Key of backups"))
def backup_key() -> Iterator[Finding]:
    """Backups are sealed with a key of their own."""
    why = _("A backup that nobody can open is none; one that anybody can open is a leak.")
    try:
        configured = backup_keys.configured()
    except Refused as wrong:
        yield bad("backup_key", str(wrong), why, _("Set KEEPWELL_BACKUP_KEY to the key you keep in a vault."))
        return
    if configured:
        yield good("backup_key", _("Backups are sealed with the key %(key)s.") % {"key": configured.id})
    elif settings.PRODUCTION:
        yield warning("backup_key", _("Backups are sealed with a key of the keys folder."),
                      _("If this machine is lost, its backups are lost unless that folder was copied elsewhere."),
                      _("Set KEEPWELL_BACKUP_KEY, and keep it in a vault."))  # fmt: skip
    else:
        yield good("backup_key", _("Backups are sealed with a key of the keys folder."))


@looks_at("disk", gettext_noop("Disk"))
def disk() -> Iterator[Finding]:
    """There is room to write."""
    space = shutil.disk_usage(settings.KEEPWELL_DATA)
    share = space.free / space.total
    found = _("%(free).1f GB of %(all).1f GB are free under %(folder)s.") % {
        "free": space.free / 1e9, "all": space.total / 1e9, "folder": settings.KEEPWELL_DATA}  # fmt: skip
    why = _("When the disk is full, reading goes on and everything else is refused.")
    mend = _("Make room, or give the disk more; old scheduled backups may lie on another disk.")
    if is_full(space.total, space.free):
        yield bad("disk", found, why, mend)
    elif share < LOW_SHARE and space.free < 5 * LOW_BYTES or space.free < LOW_BYTES:
        yield warning("disk", found, why, mend)
    else:
        yield good("disk", found)


def is_full(total: int, free: int) -> bool:
    """Whether so little is free that writing may fail at any moment."""
    return free < min(FULL_BYTES, total * FULL_SHARE)


@looks_at("folder", gettext_noop("Data folder"))
def folder() -> Iterator[Finding]:
    """The data folder can be written by us and is closed to others."""
    path = Path(settings.KEEPWELL_DATA)
    told = {"folder": path}
    if not os.access(path, os.W_OK | os.X_OK):
        yield bad("folder", _("The data folder %(folder)s cannot be written.") % told,
                  _("Nothing that is delivered can be kept."),
                  _("Let it belong to the user that runs Keepwell."))  # fmt: skip
    elif path.stat().st_mode & 0o007 and settings.PRODUCTION:
        yield warning("folder", _("Everybody on this machine may look into %(folder)s.") % told,
                      _("Delivered files name people and weaknesses."),
                      _("Run `chmod 750 %(folder)s`.") % told)  # fmt: skip
    else:
        yield good("folder", _("The data folder %(folder)s can be written.") % told)


@looks_at("python", gettext_noop("Python"))
def python() -> Iterator[Finding]:
    """Python was built with optimizations, by its own word or by whoever packages it for a system."""
    told = {"version": platform.python_version()}
    if is_optimized(sysconfig.get_config_var("CONFIG_ARGS"), sys.base_prefix):
        yield good("python", _("This is Python %(version)s.") % told)
    else:
        yield warning("python", _("This Python %(version)s was built without optimizations.") % told,
                      _("Every page and every job takes about a third more processor time."),
                      _("Take the Python of the system, or build it with --enable-optimizations."))  # fmt: skip


def is_optimized(flags: str | None, prefix: str) -> bool:
    """Whether a Python of these build flags is optimized: a system's own is though its flags do not say so, and who
    builds for Windows leaves no flags."""
    return flags is None or OPTIMIZED in flags or prefix == SYSTEMS_OWN
