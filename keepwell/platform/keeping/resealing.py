"""After the ring of sealing keys got a new one: what older keys sealed is sealed anew, and then they can go."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.conf import settings

from keepwell.kernel.refusing import Refused
from keepwell.platform.history.noting import note
from keepwell.platform.history.restoring import OPERATOR
from keepwell.platform.jobs.models import Job
from keepwell.platform.keys import ring
from keepwell.platform.keys.fields import SealedColumn, sealed_columns
from keepwell.platform.keys.sealing import MARK, Unopenable, is_stale, seal, unseal

RING = "sealing"
AT_ONCE = 500
Told = Callable[[int, int | None, str], object]


@dataclass
class Resealed:
    """How many values were sealed anew, and the places of those that no key opens."""

    values: int = 0
    unopenable: list[str] = field(default_factory=list)


def reseal(progress: Told = lambda done, total, what: None) -> Resealed:
    """Seal anew with the key in use whatever an older one sealed, while work goes on; done again it does the rest.

    Each value is exchanged by itself and only if nobody changed it meanwhile, so that a kill costs nothing.
    """
    done = Resealed()
    for column in sealed_columns():
        for row, place, sealed in _stale(column):
            try:
                fresh = seal(unseal(sealed, place=place), place=place)
            except Unopenable:
                done.unopenable.append(place)
                continue
            mine = column.model._base_manager.filter(pk=row, **{column.attname: sealed})
            done.values += mine.update(**{column.attname: fresh})
            progress(done.values, None, column.model._meta.db_table)
    if done.values:
        note(OPERATOR, "keys.reseal", kind="event", ring=RING, values=done.values)
    return done


def _stale(column: SealedColumn) -> Iterator[tuple[object, str, str]]:
    """Key, place and value of each row whose value an older key sealed, read a few hundred at a time."""
    rows = column.model._base_manager.filter(**{f"{column.attname}__startswith": f"{MARK}."})
    found, after = rows.order_by("pk").values_list("pk", column.row, column.attname), None
    while batch := list((found.filter(pk__gt=after) if after is not None else found)[:AT_ONCE]):
        yield from ((pk, column.place(row), sealed) for pk, row, sealed in batch if is_stale(sealed))
        after = batch[-1][0]


def sealed_by(key: str) -> dict[str, int]:
    """How many values the key of that name still seals, by table; jobs that hold one too."""
    mark = f"{MARK}.{key}."
    counts = {
        column.model._meta.db_table: column.model._base_manager.filter(
            **{f"{column.attname}__startswith": mark}
        ).count()
        for column in sealed_columns()
    }
    jobs = Job.objects.exclude(state=Job.State.DONE).filter(arguments__sealed__startswith=mark).count()
    return {table: count for table, count in {**counts, Job._meta.db_table: jobs}.items() if count}


def retire(key: str) -> None:
    """Take an older key from the ring; refused while it seals anything here. Its line is kept apart, for backups that
    it sealed."""
    there = [one.id for one in ring.ring(RING)]
    if key not in there:
        raise Refused(f"There is no sealing key {key} in {settings.KEEPWELL_KEYS}.")
    if key == there[0]:
        raise Refused(f"The key {key} is the one in use; put a new one before it by `keepwell keys renew`.")
    if counts := sealed_by(key):
        told = ", ".join(f"{count:,} in {table}" for table, count in sorted(counts.items()))
        raise Refused(
            f"The key {key} still seals {sum(counts.values()):,} values ({told}); run `keepwell keys reseal`."
        )
    if not ring.has_rested(RING):
        raise Refused("The key in use was made less than a minute ago, and what is under way may still seal with an older "
                      "one; wait a minute.")  # fmt: skip
    ring.retire(RING, key)
    note(OPERATOR, "keys.retire", kind="event", ring=RING, key=key)
