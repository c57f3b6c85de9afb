"""What a scheme would change: the incidents of twelve months reckoned anew by it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import OuterRef, Subquery

from keepwell.areas.incidents.models import Classification, Incident
from keepwell.kernel import moments
from keepwell.kernel.severity.differing import level_by
from keepwell.kernel.severity.scheme import LEVELS, Scheme
from keepwell.platform.people.models import Person

LOOKED_BACK = timedelta(days=365)
MOST_RECKONED = 10_000


@dataclass(frozen=True)
class Shift:
    """An incident to which the same facts would give another level: what they gave, what they would give, and what
    stands, where somebody decided otherwise (None: nobody did)."""

    pk: UUID
    number: str
    title: str
    unit: str
    before: int
    after: int
    decided: int | None


@dataclass(frozen=True)
class Shifts:
    """All of them, the newest first, out of how many; `is_cut` where there are more than were reckoned."""

    rows: tuple[Shift, ...]
    reckoned: int
    is_cut: bool

    @property
    def steps(self) -> list[tuple[int, int, int]]:
        """From which level to which, and how many, upwards first."""
        found = Counter((one.before, one.after) for one in self.rows)
        return [
            (*step, count) for step, count in sorted(found.items(), key=lambda one: (-one[0][1], one[0][0]))
        ]

    @property
    def raised(self) -> int:
        """How many would have a higher level."""
        return sum(one.after > one.before for one in self.rows)


def shifts(rules: Scheme, person: Person) -> Shifts:
    """What `rules` would change of the incidents reported within twelve months that `person` may see; one query.

    Of incidents that were taken over from the past no facts are known; they are left out.
    """
    last = Classification.objects.filter(incident=OuterRef("pk")).order_by("-revision").values("reckoned")[:1]
    rows = Incident.objects.visible_to(person).current().filter(
        reported_at__gte=moments.now() - LOOKED_BACK, level__isnull=False, is_history=False
    )  # fmt: skip
    found = rows.annotate(reckoned=Subquery(last)).order_by("-reported_at", "pk").values_list(
        "pk", "number", "title", "unit__code", "factors", "reckoned", "level"
    )[: MOST_RECKONED + 1]  # fmt: skip
    told = list(found)
    every = [_shift(*row, rules=rules) for row in told[:MOST_RECKONED] if row[5] in LEVELS]
    return Shifts(
        tuple(one for one in every if one.before != one.after), len(every), len(told) > MOST_RECKONED
    )


def _shift(
    pk: UUID, number: str, title: str, unit: str, factors: dict[str, bool | int | float], reckoned: int, level: int,
    *, rules: Scheme,
) -> Shift:  # fmt: skip
    after = level_by(rules, factors)
    return Shift(pk, number, title, unit, reckoned, after, level if level != reckoned else None)
