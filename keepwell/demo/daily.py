"""Daily work: what people keep for themselves and share, and what one asks another to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from keepwell.demo.evidence import PLAN
from keepwell.demo.structure import GROUP
from keepwell.platform.evidence.models import Piece
from keepwell.platform.people.models import Person
from keepwell.platform.registers.keeping import begin_with, choose_columns, keep_view
from keepwell.platform.registers.register import REGISTERS
from keepwell.platform.todos.models import Debt
from keepwell.platform.todos.rules import delegate
from keepwell.platform.tree.models import Unit

VIEWS = (
    ("certificates", "Ends by the end of March", "valid_until_from=2025-11-14&valid_until_to=2026-03-31&sort=valid_until",
     GROUP),
    ("certificates", "ISO/IEC 27001 by site", "standard=iso-27001&status=active&sort=valid_until", GROUP),
    ("people", "From outside, who is here", "kind=external&sort=employed_until", ""),
    ("evidence", "Ends this year", "effective_until_to=2025-12-31&sort=effective_until", GROUP),
)  # fmt: skip
"""Register, name, what the list is asked for, and with the people of which unit it is shared ("": with nobody)."""


@dataclass(frozen=True)
class Here:
    """A page at the group, today."""

    unit: Unit | None
    day: date | None = None


def keep_views(ada: Person, ben: Person) -> None:
    """Views that Ada shares with the group, one that she keeps to herself, and how Ben looks at certificates."""
    group = Unit.objects.get(code=GROUP)
    for register, name, query, shared in VIEWS:
        keep_view(REGISTERS[register], ada, name, query, unit=group if shared else None, place=Here(group))
    certificates = REGISTERS["certificates"]
    own = keep_view(certificates, ben, "Kaohsiung, by last day", "status=active&sort=valid_until",
                    place=Here(ben.unit))  # fmt: skip
    begin_with(certificates, ben, own)
    choose_columns(certificates, ben, ["standard", "number", "scope_here", "valid_until", "standing"])


def pass_on(ada: Person, ben: Person) -> None:
    """Ada asks Ben to renew what ends at his site."""
    for debt in Debt.objects.open().filter(debtor=ada, record_id=Piece.objects.get(reference=PLAN).pk):
        delegate(debt, by=ada, to=ben, note="You know the line; I am in Penang that week.")
