"""The examination of an installation, for `keepwell doctor`, the page and the API."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import DatabaseError
from django.utils.translation import gettext as _

from keepwell.platform.keeping.finding import LOOKS, Finding, Look, bad
from keepwell.platform.keeping.looks import database, links, machine, mail, replicas, site, vouching, work

__all__ = [
    "Examined", "database", "examine", "is_well", "links", "machine", "mail", "replicas", "site", "vouching", "work",
]  # fmt: skip


@dataclass(frozen=True)
class Examined:
    """One thing that was looked at, and what was found about it."""

    name: str
    title: str
    findings: list[Finding]

    @property
    def worst(self) -> Finding:
        """The finding that counts."""
        return min(self.findings, key=lambda one: (not one.is_bad, one.is_good))


def examine() -> Iterator[Examined]:
    """Look at everything; what cannot be looked at is a finding too."""
    for name, (title, look) in LOOKS.items():
        yield Examined(name, _(title), _looked(name, look))


def _looked(name: str, look: Look) -> list[Finding]:
    try:
        return list(look())
    except (DatabaseError, OSError) as wrong:
        reason = str(wrong).strip().splitlines()[0] if str(wrong).strip() else type(wrong).__name__
        return [bad(name, _("It could not be looked at: %(reason)s") % {"reason": reason},
                    _("What is not known may be wrong."), _("Mend what else is told here first."))]  # fmt: skip


def is_well(examined: list[Examined]) -> bool:
    """Whether nothing must be mended."""
    return not any(one.worst.is_bad for one in examined)
