"""The six people of the demo who sign in: who they are and what they may do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from keepwell.demo.structure import GROUP

GRANT_HEADINGS = ("person", "role", "unit", "since", "until")
FIRST_DAY = date(2019, 1, 2)


@dataclass(frozen=True)
class Member:
    """Somebody with an account `sign_in_name`; `grants` are (role, unit, since, until)."""

    sign_in_name: str
    number: str
    name: str
    name_local: str
    unit: str
    kind: str
    language: str
    employed_from: date
    grants: tuple[tuple[str, str, date, date | None], ...]
    mail: str


CAST = (
    Member("ada", "A0000001", "Ada Lin", "林雅達", GROUP, "employee", "en", date(2012, 3, 5),
           (("group_ciso", GROUP, FIRST_DAY, None), ("administrator", GROUP, FIRST_DAY, None)),
           "ada.lin@meridian.example"),
    Member("ben", "A0000002", "Ben Tan", "陳斌", "KHH1-IT", "employee", "en", date(2014, 8, 18),
           (("site_officer", "KHH1", FIRST_DAY, None),), "ben.tan@meridian.example"),
    Member("cleo", "A0000003", "Cleo Wang", "王可立", GROUP, "employee", "en", date(2010, 6, 1),
           (("board_reader", GROUP, FIRST_DAY, None),), "cleo.wang@meridian.example"),
    Member("dan", "X0000004", "Dan Fischer", "", GROUP, "external", "en", date(2025, 1, 6),
           (("consultant", "KHH2", date(2025, 1, 6), date(2025, 12, 31)),
            ("consultant", "PEN1", date(2025, 1, 6), date(2025, 12, 31))), "dan.fischer@advisers.example"),
    Member("eva", "A0000005", "Eva Chen", "陳怡華", "KHH1-PRD", "employee", "zh-hant",
           date(2017, 9, 4),
           (("employee", "KHH1", FIRST_DAY, None),), "eva.chen@meridian.example"),
    Member("sam", "X0000006", "Sam Stone", "", GROUP, "external", "en", date(2025, 2, 3), (),
           "sam.stone@visitors.example"),
)  # fmt: skip


def first_grant_rows() -> Iterator[tuple[str, ...]]:
    """What the members may do from the beginning, as rows of a file."""
    return (row for row in _grant_rows() if row[3] == FIRST_DAY.isoformat())


def later_grant_rows() -> Iterator[tuple[str, ...]]:
    """What members who came later may do, as rows of a file."""
    return (row for row in _grant_rows() if row[3] != FIRST_DAY.isoformat())


def _grant_rows() -> Iterator[tuple[str, ...]]:
    for member in CAST:
        for role, unit, since, until in member.grants:
            yield (member.number, role, unit, since.isoformat(), until.isoformat() if until else "")
