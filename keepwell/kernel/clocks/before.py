"""Before whose notice nothing may be told to whom: a part of a rule, read and checked once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from keepwell.kernel.clocks import faults
from keepwell.kernel.clocks.calendars import Unfit

# Who learns by a notice, as a sentence names them.
AUDIENCES = {
    "authority": "an authority",
    "exchange": "an exchange",
    "public": "the public",
    "persons": "the persons concerned",
    "partners": "customers, insurers and other partners",
    "peers": "peers",
    "own": "our own people",
}
STRICT, WEIGHED = "strict", "weighed"
ORDERS = (STRICT, WEIGHED)
CHANNELS = ("portal", "mail", "phone", "fax", "hand", "post")


@dataclass(frozen=True)
class Before:
    """Until the notice of its rule is submitted, nothing may be told to `told` (one of AUDIENCES), or under `rule`.

    Where the order is weighed, it may for a reason that is kept.
    """

    told: str = ""
    rule: str = ""
    order: str = STRICT


@dataclass(frozen=True)
class Way:
    """How a notice is submitted: its channel ("" if the rule names none), others that may be used where that one is
    blocked, and whether it is then supplemented through the first one."""

    channel: str = ""
    others: tuple[str, ...] = ()
    is_supplemented: bool = False


def read_before(name: str, rows: Iterable[Any]) -> tuple[Before, ...]:
    """The bans of the rule `name`; Unfit says what does not fit."""
    return tuple(_ban(name, row) for row in rows)


def _ban(name: str, row: Any) -> Before:
    where = f"{name}, before"
    if not isinstance(row, Mapping) or bool(row.get("told")) == bool(row.get("rule")):
        raise Unfit(faults.NO_BAN, where=where)
    made = Before(str(row.get("told") or ""), str(row.get("rule") or ""), str(row.get("order", STRICT)))
    if made.told:
        audience(made.told, where)
    if made.order not in ORDERS:
        raise Unfit(faults.NO_ORDER, where=where, value=made.order)
    return made


def audience(value: Any, where: str) -> str:
    """`value` as one of the audiences; Unfit if it is none."""
    if not isinstance(value, str) or value not in AUDIENCES:
        raise Unfit(faults.NO_AUDIENCE, where=where, value=str(value), known=faults.listed(AUDIENCES))
    return str(value)


def read_way(name: str, row: Mapping[str, Any]) -> Way:
    """The channels of the rule `name`; Unfit says what does not fit."""
    first, others = row.get("channel") or "", row.get("other_channels") or []
    if not isinstance(others, list):
        raise Unfit(faults.NO_LIST, where=name, part="other_channels")
    for one in [*([first] if first else []), *others]:
        if one not in CHANNELS:
            raise Unfit(faults.NO_CHANNEL, where=name, value=str(one), known=faults.listed(CHANNELS))
    if (others or row.get("supplement")) and not first:
        raise Unfit(faults.NO_FIRST_CHANNEL, where=name)
    if not isinstance(supplement := row.get("supplement", False), bool):
        raise Unfit(faults.NO_FLAG, where=name, part="supplement", value=repr(supplement))
    return Way(str(first), tuple(map(str, others)), supplement)


def circle(edges: Mapping[str, Iterable[str]]) -> list[str]:
    """The first circle of `edges`, as [a, b, a]; empty if there is none."""
    safe: set[str] = set()
    for start in edges:
        way: list[str] = []
        found = _walk(start, edges, way, safe)
        if found:
            return found
    return []


def _walk(node: str, edges: Mapping[str, Iterable[str]], way: list[str], safe: set[str]) -> list[str]:
    if node in way:
        return [*way[way.index(node) :], node]
    if node in safe:
        return []
    way.append(node)
    for one in edges.get(node, ()):
        if found := _walk(one, edges, way, safe):
            return found
    safe.add(way.pop())
    return []
