"""The replicas that lists are read from: whether each may be asked, and if not, why."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.conf import settings
from django.db import connections
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from keepwell.platform.keeping.finding import Finding, bad, good, looks_at, warning
from keepwell.platform.replicas import watching


@looks_at("replicas", gettext_noop("Replicas"))
def replicas() -> Iterator[Finding]:
    """Every replica follows the database, has its tables and is not far behind."""
    if not settings.KEEPWELL_REPLICAS:
        yield good("replicas", _("None is named; everything is read from the database itself."))
    for name, seen in watching.WATCH.seen():
        found = WRONG.get(seen.wrong, _well)
        yield found(name, {"replica": place(name), "seconds": seen.lag_seconds or 0.0, "reason": seen.reason,
                           "bytes": seen.behind_bytes, "bound": settings.KEEPWELL_REPLICA_LAG_SECONDS})  # fmt: skip


def place(name: str) -> str:
    """Where a replica is, as replica1 (db2:5432); its password is told nobody."""
    told = connections[name].settings_dict
    return f"{name} ({told['HOST'] or 'localhost'}:{told['PORT'] or 5432})"


def _well(name: str, told: dict[str, object]) -> Finding:
    return good(name, _("%(replica)s follows, %(seconds).1f s behind at most.") % told)


def _away(name: str, told: dict[str, object]) -> Finding:
    return warning(name, _("%(replica)s does not answer: %(reason)s") % told,
                   _("All lists are read from the database itself meanwhile."),
                   _("Start it, or take it out of KEEPWELL_REPLICAS."))  # fmt: skip


def _no_standby(name: str, told: dict[str, object]) -> Finding:
    return bad(name, _("%(replica)s follows no other server; it was promoted, or never was a standby.") % told,
               _("What is written to the database does not reach it, and what reaches it is lost to the database."),
               _("Make it a standby anew with pg_basebackup, or name it by DATABASE_URL if it is the database now."))  # fmt: skip


def _strange(name: str, told: dict[str, object]) -> Finding:
    return bad(name, _("%(replica)s follows another server than DATABASE_URL names.") % told,
               _("It is not asked, for it would tell what belongs to another installation."),
               _("Mend KEEPWELL_REPLICAS or DATABASE_URL."))  # fmt: skip


def _tables(name: str, told: dict[str, object]) -> Finding:
    return warning(name, _("%(replica)s does not have the tables of this version.") % told,
                   _("It is not asked until it has taken over the last upgrade."),
                   _("Wait a minute; if that does not help, look at its log."))  # fmt: skip


def _behind(name: str, told: dict[str, object]) -> Finding:
    return warning(name, _("%(replica)s is %(seconds).0f s and %(bytes)d bytes behind, more than %(bound)d s.") % told,
                   _("All lists are read from the database itself meanwhile."),
                   _("Look whether its replay is paused, its disk slow, or a long query on it holds it up."))  # fmt: skip


WRONG: dict[str, Callable[[str, dict[str, object]], Finding]] = {
    watching.AWAY: _away,
    watching.NO_STANDBY: _no_standby,
    watching.STRANGE: _strange,
    watching.TABLES: _tables,
    watching.BEHIND: _behind,
}
