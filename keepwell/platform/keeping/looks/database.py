"""The database: whether it answers, how it is set, its clock, its tables."""

from __future__ import annotations

import time
from collections.abc import Iterator

from django.db import DatabaseError, connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from keepwell.platform.keeping import steps
from keepwell.platform.keeping.finding import Finding, bad, good, looks_at, warning

OLDEST_POSTGRESQL = 14
SKEW_SECONDS = 2.0
NEEDED = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": ("on", "remote_write", "remote_apply"),
}


@looks_at("database", gettext_noop("Database"))
def database() -> Iterator[Finding]:
    """The database answers, is new enough, and forgets nothing on power loss."""
    try:
        yield from _embedded() if connection.vendor == "sqlite" else _server()
    except DatabaseError as wrong:
        reason = str(wrong).strip().splitlines()[0]
        yield bad("database", _("The database does not answer: %(reason)s") % {"reason": reason},
                  _("Without it nothing can be read or written."),
                  _("Start it, or mend DATABASE_URL."))  # fmt: skip


def _embedded() -> Iterator[Finding]:
    journal, synchronous = _one("PRAGMA journal_mode"), _one("PRAGMA synchronous")
    if journal == "memory":
        yield good("database", _("SQLite in memory, as tests have it."))
    elif (journal, synchronous) != ("wal", 2):
        yield bad("database", _("SQLite runs with the journal %(journal)s.") % {"journal": journal},
                  _("A power failure may cost what was saved last."),
                  _("Keep the data folder on a local disk; a network folder does not allow a write-ahead log."))  # fmt: skip
    else:
        yield good("database", _("SQLite %(version)s, which survives a power failure.") % {
            "version": _one("SELECT sqlite_version()")})  # fmt: skip


def _server() -> Iterator[Finding]:
    version = int(str(_one("SHOW server_version_num"))) // 10_000
    if version < OLDEST_POSTGRESQL:
        yield bad("database", _("PostgreSQL %(version)d answers.") % {"version": version},
                  _("Its makers mend it no more."), _("Upgrade it to %(n)d or newer.") % {"n": OLDEST_POSTGRESQL})  # fmt: skip
    else:
        yield good("database", _("PostgreSQL %(version)d answers.") % {"version": version})
    for name, wanted in NEEDED.items():
        value = str(_one(f"SHOW {name}"))
        if value not in wanted if isinstance(wanted, tuple) else value != wanted:
            yield bad("database", _("PostgreSQL runs with %(name)s = %(value)s.") % {"name": name, "value": value},
                      _("A power failure may cost what was saved last."),
                      _("Set it to on in postgresql.conf."))  # fmt: skip
    if str(_one("SHOW autovacuum")) != "on":
        yield warning("database", _("PostgreSQL does not look after its tables by itself (autovacuum is off)."),
                   _("Lists get slower from day to day, up to seconds."),
                   _("Set autovacuum = on in postgresql.conf."))  # fmt: skip


@looks_at("clock", gettext_noop("Clock"))
def clock() -> Iterator[Finding]:
    """This machine and the database tell the same time."""
    if connection.vendor == "sqlite":
        yield good("clock", _("The database has the clock of this machine."))
        return
    began = time.time()
    there = float(str(_one("SELECT extract(epoch FROM clock_timestamp())")))
    skew = there - (began + time.time()) / 2
    found = _("The database's clock is %(seconds)+.1f s from this machine's.") % {"seconds": skew}
    if abs(skew) > SKEW_SECONDS:
        yield bad("clock", found, _("Leases, sessions and one-time codes go by the clock."),
                  _("Let both machines follow the same time servers (chrony, systemd-timesyncd)."))  # fmt: skip
    else:
        yield good("clock", found)


@looks_at("migrations", gettext_noop("Tables"))
def migrations() -> Iterator[Finding]:
    """The tables are those of this version."""
    lacking = steps.missing()
    if lacking:
        yield bad("migrations",
                  ngettext("%(n)d migration is missing.", "%(n)d migrations are missing.", lacking) % {"n": lacking},
                  _("This version cannot work with the tables of an older one."),
                  _("Back up, then run `keepwell migrate`."))  # fmt: skip
    else:
        yield good("migrations", _("The tables are those of this version."))


def _one(statement: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        row = cursor.fetchone()
    return row[0] if row else None
