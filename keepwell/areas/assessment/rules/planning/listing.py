"""The consultant's list: recommendations for sites of a cycle as a file, brought in whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext

from keepwell.areas.assessment.models import Assessment, Cycle, Recommendation, Scope
from keepwell.areas.assessment.models.recommendations import LEAST_EFFORT, MOST_EFFORT
from keepwell.areas.assessment.rules.planning.gaps import Standing, standings
from keepwell.areas.assessment.rules.planning.recommending import is_opened, proposed
from keepwell.areas.assessment.rules.results import Reckoning
from keepwell.areas.frameworks.models import Node
from keepwell.platform.acts.act import Refused
from keepwell.platform.exchange import cells
from keepwell.platform.exchange.cells import CellError, RowError
from keepwell.platform.exchange.files import on_disk
from keepwell.platform.exchange.rows import Row, Unfit, Unreadable, read_rows
from keepwell.platform.history.acting import acting
from keepwell.platform.history.bulk import create_all, update_all
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import may_anywhere
from keepwell.platform.people.roles import Level

BRING_IN = "cycle.bring_in_recommendations"
LIST_HEADINGS = (
    "unit",
    "scope",
    "requirement",
    "recommendation",
    "recommendation_zh",
    "weight",
    "effort",
    "uplift",
)
NEEDED = LIST_HEADINGS[:4]
MOST_ROWS, LONGEST = 20_000, 2_000
Place = tuple[str, str, str]  # unit, scope, requirement


@dataclass(frozen=True)
class Listed:
    """One row of a list; None where the file leaves it to us."""

    line: int
    unit: str
    scope: str
    requirement: str
    text: str
    text_zh: str
    weight: Decimal | None
    effort: int | None
    uplift: Decimal | None

    @property
    def place(self) -> Place:
        return self.unit, self.scope, self.requirement


def read_list(path: Path, name: str = "") -> list[Listed]:
    """The rows of a CSV or XLSX file with the columns of `LIST_HEADINGS`; the first four must be there.

    Raises FileRefused (no such file can be read), Refused (a column is missing, too many rows) or Unfit (cells that
    cannot be read, all at once).
    """
    return read_rows(path, name, LIST_HEADINGS, NEEDED, _read, most=MOST_ROWS)


def read_list_upload(file: Any) -> list[Listed]:  # Any: a file that somebody sent, with its name
    """The rows of an uploaded file."""
    with on_disk(file.chunks()) as path:
        return read_list(path, file.name or "")


def bring_in_list(cycle: Cycle, rows: Sequence[Listed], *, by: Person) -> int:
    """Take over a consultant's list; returns how many recommendations were made or changed. All or nothing.

    It needs the right to edit maturity at every site it names; others are answered like sites that are not there.
    What is proposed already for a gap takes the list's words; what was decided is a row that does not fit.
    """
    if not may_anywhere(by, "assessment", Level.EDIT):
        raise PermissionDenied(gettext("You need the right to edit maturity at the sites of the list."))
    with transaction.atomic(), acting(by, BRING_IN):
        held = Cycle.objects.select_for_update(of=("self",)).select_related(
            "framework_version", "scale", "unit"
        )
        return _Bringing(held.get(pk=cycle.pk), by).bring(rows)


def _read(row: Row) -> Listed:
    """A row as a recommendation. Raises Unreadable with everything in it that does not fit."""
    said = {name: cell.strip() for name, cell in row.said.items()}
    if wrong := list(_mistakes(row.line, said)):
        raise Unreadable(*wrong)
    return _listed(row.line, said)


def _mistakes(line: int, said: Mapping[str, str]) -> Iterator[RowError]:
    readers: dict[str, Any] = {
        "unit": cells.text, "scope": lambda cell: cells.choice(cell.casefold(), Scope.values), "requirement": cells.text,
        "recommendation": cells.text, "recommendation_zh": cells.text, "weight": cells.decimal, "effort": cells.decimal,
        "uplift": cells.decimal,
    }  # fmt: skip
    for name, reader in readers.items():
        cell = said.get(name, "")
        if not cell and name in NEEDED:
            yield RowError(line, name, "", gettext("something; it must not be empty"))
        if not cell:
            continue
        try:
            value = reader(cell)
        except CellError as wrong:
            yield RowError(line, name, cell[:100], wrong.expected)
            continue
        if name in BOUNDS and not BOUNDS[name][0] <= value <= BOUNDS[name][1]:
            low, high = BOUNDS[name]
            yield RowError(
                line,
                name,
                cell[:100],
                gettext("a number from %(low)s to %(high)s") % {"low": low, "high": high},
            )
        elif name == "effort" and value != int(value):
            yield RowError(line, name, cell[:100], gettext("a whole number"))
        elif name.startswith("recommendation") and len(cell) > LONGEST:
            yield RowError(line, name, cell[:100], gettext("%(most)d signs at most") % {"most": LONGEST})


BOUNDS: dict[str, tuple[Decimal | int, Decimal | int]] = {
    "weight": (0, 100), "effort": (LEAST_EFFORT, MOST_EFFORT), "uplift": (0, 100),
}  # fmt: skip


def _listed(line: int, said: Mapping[str, str]) -> Listed:
    def number(name: str) -> Decimal | None:
        return cells.decimal(said[name]) if said.get(name) else None

    effort = number("effort")
    return Listed(
        line, said["unit"], said["scope"].casefold(), said["requirement"], cells.text(said["recommendation"]),
        said.get("recommendation_zh", ""), number("weight"), None if effort is None else int(effort), number("uplift"),
    )  # fmt: skip


class _Bringing:
    """Takes one list over, looking everything up once."""

    def __init__(self, cycle: Cycle, by: Person) -> None:
        if not is_opened(cycle):
            raise Refused(gettext("“%(cycle)s” takes no recommendations at present.") % {"cycle": cycle})
        self.reckoning = Reckoning(cycle)
        mine = (
            Assessment.objects.counted().filter(cycle=cycle).visible_to(by, Level.EDIT).select_related("unit")
        )
        self.standings: dict[Place, Standing] = {
            (one.assessment.unit.code, one.assessment.scope, one.line.code): one
            for one in standings(self.reckoning, mine.order_by("pk"))
        }
        self.places = {place[:2] for place in self.standings}
        self.known: dict[tuple[UUID, UUID], Recommendation] = {
            (one.assessment_id, one.node_id): one
            for one in Recommendation.objects.current().filter(assessment__in=mine.values("pk"))
        }

    def bring(self, rows: Sequence[Listed]) -> int:
        errors = list(self._errors(rows))
        if errors:
            raise Unfit(errors)
        nodes = {
            n.pk: n for n in Node.objects.filter(framework_version=self.reckoning.cycle.framework_version)
        }
        made: list[Recommendation] = []
        changed: list[Recommendation] = []
        for row in rows:
            standing = self.standings[row.place]
            present = self.known.get((standing.assessment.pk, standing.line.pk))
            found = present or proposed(self.reckoning, standing, nodes[standing.line.pk])
            _fill(found, row)
            (changed if present else made).append(found)
        create_all(made)
        return len(made) + update_all(changed)

    def _errors(self, rows: Sequence[Listed]) -> Iterator[RowError]:
        seen: dict[Place, int] = {}
        for row in rows:
            column, expected = self._against(row, seen.get(row.place))
            if expected:
                found = f"{row.unit} {row.scope}" if column == "unit" else row.requirement
                yield RowError(row.line, column, found[:100], expected)
            seen.setdefault(row.place, row.line)

    def _against(self, row: Listed, earlier: int | None) -> tuple[str, str]:
        """The column of a row that does not fit and what is expected there; ("", "") where it fits."""
        if row.place[:2] not in self.places:
            return "unit", gettext("a site and scope of this cycle at which you may edit")
        standing = self.standings.get(row.place)
        if standing is None:
            return "requirement", gettext("a requirement that is answered in this cycle and applies there")
        if earlier is not None:
            return "requirement", gettext("each once in a file; it stands in line %(line)d too") % {
                "line": earlier
            }
        known = self.known.get((standing.assessment.pk, standing.line.pk))
        if known is not None and not known.is_proposed:
            return "requirement", gettext("one about which nothing was decided yet")
        return "", ""


def _fill(found: Recommendation, row: Listed) -> None:
    """Let a recommendation say what the list says; what the list leaves open stays."""
    found.text, found.text_zh, found.origin = row.text, row.text_zh, Recommendation.Origin.CONSULTANT
    found.weight = found.weight if row.weight is None else row.weight
    found.effort = found.effort if row.effort is None else row.effort
    found.uplift = found.uplift if row.uplift is None else row.uplift
    found.rank()
