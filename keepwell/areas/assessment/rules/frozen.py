"""A frozen year read again: whether it is still what was kept, and what restatements changed of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from keepwell.areas.assessment.models import Cycle, Scope, Snapshot
from keepwell.areas.assessment.models.results import heard
from keepwell.areas.assessment.rules.freezing import is_as_frozen, read_snapshot, snapshots
from keepwell.areas.assessment.rules.outlines import WHOLE
from keepwell.areas.assessment.rules.reading.shades import told
from keepwell.platform.exchange.files import fetch
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import require
from keepwell.platform.people.roles import Level


class Stand(models.TextChoices):
    """How a kept file stands to its digest."""

    WHOLE = "whole", _("As it was kept")
    CHANGED = "changed", _("No longer what was kept")
    MISSING = "missing", _("The file is missing")


@dataclass(frozen=True)
class Kept:
    """A year as it was frozen, or a restatement of it, with how its file stands to its digest today."""

    snapshot: Snapshot
    stand: Stand

    @property
    def is_whole(self) -> bool:
        return self.stand is Stand.WHOLE


@dataclass(frozen=True)
class Restated:
    """A figure that came to something else since the year was frozen, as printed; "" where it had no score."""

    unit: str
    scope: str
    code: str
    first: str
    last: str

    @property
    def scope_here(self) -> str:
        return str(Scope(self.scope).label)


@dataclass(frozen=True)
class FrozenYear:
    """A frozen year: each time it was kept, whether the records still say what was kept last, and the figures that
    restatements changed. `is_as_kept` is None where the last file cannot be read."""

    cycle: Cycle
    kept: tuple[Kept, ...]
    is_as_kept: bool | None
    restated: tuple[Restated, ...]

    @property
    def is_sound(self) -> bool:
        """Whether every file and the records are as they were kept."""
        return bool(self.is_as_kept) and all(one.is_whole for one in self.kept)

    def told(self) -> dict[str, Any]:
        """The year for programs."""
        return {
            "cycle": self.cycle.name, "is_sound": self.is_sound, "records_are_as_kept": self.is_as_kept,
            "kept": [
                {"number": one.snapshot.number, "digest": one.snapshot.digest, "size_bytes": one.snapshot.size_bytes,
                 "reason": one.snapshot.reason, "taken_by": one.snapshot.taken_by.number,
                 "taken_at": one.snapshot.taken_at.isoformat(), "file": one.stand.value} for one in self.kept
            ],
            "restated": [
                {"unit": one.unit, "scope": one.scope, "code": one.code, "first": one.first, "last": one.last}
                for one in self.restated
            ],
        }  # fmt: skip


def frozen_year(cycle: Cycle, *, person: Person) -> FrozenYear | None:
    """A frozen year looked over, by who may view everything in it; None of a cycle that was never frozen."""
    require(person, "assessment", Level.VIEW, cycle.unit)
    kept = tuple(Kept(one, _stand(one)) for one in snapshots(cycle))
    if not kept:
        return None
    is_as_kept = is_as_frozen(cycle) if kept[-1].is_whole else None
    has_both = len(kept) > 1 and kept[0].is_whole and kept[-1].is_whole
    restated = _restated(cycle, kept[0].snapshot, kept[-1].snapshot) if has_both else ()
    return FrozenYear(cycle, kept, is_as_kept, tuple(restated))


def kept_file(cycle: Cycle, number: int, *, person: Person) -> bytes | None:
    """The very bytes that were kept: 0 as frozen, then each restatement; None where there is no such.

    Raises OSError if the file is gone, ValueError if it is no longer what it was.
    """
    require(person, "assessment", Level.VIEW, cycle.unit)
    found = cycle.snapshots.current().filter(number=number).first()
    return None if found is None else fetch(found.digest)


def _stand(snapshot: Snapshot) -> Stand:
    try:
        fetch(snapshot.digest)
    except OSError:
        return Stand.MISSING
    except ValueError:
        return Stand.CHANGED
    return Stand.WHOLE


def _restated(cycle: Cycle, first: Snapshot, last: Snapshot) -> Iterator[Restated]:
    """The exact figures in which two kept years differ; each unit's whole before what it is made of."""
    before, after = (dict(_figures(read_snapshot(one))) for one in (first, last))
    for key in sorted(
        before.keys() | after.keys(), key=lambda one: (one[0], one[1], one[2] != WHOLE, one[2])
    ):
        if before.get(key) != after.get(key):
            yield Restated(
                *key, *(told(heard(values.get(key, "")), cycle.method) for values in (before, after))
            )


def _figures(content: dict[str, Any]) -> Iterator[tuple[tuple[str, str, str], str]]:
    for unit, scopes in content["figures"].items():
        for scope, codes in scopes.items():
            for code, value in codes.items():
                yield (unit, scope, code), value
