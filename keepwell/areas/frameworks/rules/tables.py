"""Own frameworks and profiles as tables (XLSX, CSV): every row is looked at, and all that does not fit is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from keepwell.areas.frameworks.models import Node, ProfileLine, Version
from keepwell.areas.frameworks.rules.outline import Entry
from keepwell.kernel.refusing import Refused
from keepwell.platform.exchange import cells
from keepwell.platform.exchange.cells import CellError, RowError
from keepwell.platform.exchange.files import on_disk
from keepwell.platform.exchange.readers import Limits, open_table

MOST_ROWS, MOST_BYTES = 20_000, 20 * 1_048_576
MOST_ERRORS = 500
Reader = Callable[[str], Any]
Row = tuple[int, dict[str, Any]]

REQUIREMENTS: dict[str, Reader] = {
    "code": cells.text, "parent": cells.text, "title": cells.text, "title_zh": cells.text, "statement": cells.text,
    "statement_zh": cells.text, "scored": cells.boolean,
    "party": partial(cells.choice, codes=[code for code, _label in Node.Party.choices]),
    "examples": cells.items, "references": cells.items,
}  # fmt: skip
LINES: dict[str, Reader] = {
    "code": cells.text, "priority": cells.text, "rationale": cells.text, "guidance": cells.text,
    "target": cells.decimal,
}  # fmt: skip


class Misread(Refused):
    """A file whose rows do not all fit; `errors` says which, where and what is expected."""

    def __init__(self, errors: Sequence[RowError]) -> None:
        super().__init__(_("Nothing was written: some rows do not fit."))
        self.errors = list(errors)[:MOST_ERRORS]


def entries_of(content: bytes, name: str) -> tuple[Entry, ...]:
    """The requirements that a table tells, each after the one it hangs below; raises Misread or Refused."""
    rows, errors = _rows(content, name, REQUIREMENTS)
    errors += _doubled(rows)
    codes = {values["code"]: line for line, values in rows}
    for line, values in rows:
        if values.get("parent") and values["parent"] not in codes:
            errors.append(RowError(line, "parent", values["parent"], _("the code of another row")))
    errors = errors or _circles(rows)
    ordered = [] if errors else list(_ordered(rows))
    above = {values.get("parent") for _line, values in rows}
    entries = [_entry(line, values, is_leaf=values["code"] not in above) for line, values in ordered]
    errors += [error for entry in entries for error in _misfits(entry)]
    if errors:
        raise Misread(errors)
    return tuple(entries)


def _entry(line: int, values: dict[str, Any], *, is_leaf: bool) -> Entry:
    return Entry(
        code=values["code"], parent=values.get("parent", ""), title=values.get("title", ""),
        title_zh=values.get("title_zh", ""), statement=values.get("statement", ""),
        statement_zh=values.get("statement_zh", ""), is_scored=values.get("scored", is_leaf),
        party=values.get("party", ""), examples=tuple(values.get("examples", ())),
        references=tuple(values.get("references", ())), line=line,
    )  # fmt: skip


def _misfits(entry: Entry) -> Iterator[RowError]:
    """What the columns themselves say against a row."""
    node = Node(code=entry.code, title=entry.title, title_zh=entry.title_zh, statement=entry.statement,
                statement_zh=entry.statement_zh)  # fmt: skip
    yield from _said_of(node, entry.line, {"code", "title", "title_zh", "statement", "statement_zh"})
    if not (entry.title or entry.statement):
        yield RowError(entry.line, "title", "", _("a title or a statement"))


def _said_of(record: Any, line: int, names: set[str]) -> Iterator[RowError]:
    try:
        record.clean_fields(exclude={f.name for f in record._meta.concrete_fields} - names)
    except ValidationError as error:
        for name, sentences in error.message_dict.items():
            for sentence in sentences:
                yield RowError(line, name, str(getattr(record, name) or ""), sentence)


def _doubled(rows: list[Row]) -> list[RowError]:
    met: dict[str, int] = {}
    errors = []
    for line, values in rows:
        code = values["code"]
        if code in met:
            expected = _("once in a file; it stands in line %(line)d too") % {"line": met[code]}
            errors.append(RowError(line, "code", code, expected))
        met.setdefault(code, line)
    return errors


def _circles(rows: list[Row]) -> list[RowError]:
    """Rows that lie below themselves."""
    parents = {values["code"]: values.get("parent") for _line, values in rows}
    errors = []
    for line, values in rows:
        seen, step = {values["code"]}, values.get("parent")
        while step and step not in seen:
            seen.add(step)
            step = parents.get(step)
        if step == values["code"]:
            errors.append(
                RowError(line, "parent", values["parent"], _("one that does not lie below this row"))
            )
    return errors


def _ordered(rows: list[Row]) -> Iterator[Row]:
    """Each row after the one it hangs below, those beside each other as in the file."""
    below: dict[str, list[Row]] = {}
    for row in rows:
        below.setdefault(row[1].get("parent") or "", []).append(row)
    ahead = list(reversed(below.get("", [])))
    while ahead:
        row = ahead.pop()
        yield row
        ahead += reversed(below.get(row[1]["code"], []))


def lines_of(content: bytes, name: str, version: Version) -> list[ProfileLine]:
    """The lines of a profile of `version` that a table tells, without their profile; raises Misread or Refused."""
    rows, errors = _rows(content, name, LINES, also={"subcategory": "code", "subcategory id": "code"})
    errors += _doubled(rows)
    nodes = {node.code: node for node in version.nodes.active()}
    lines = []
    for line, values in rows:
        node = nodes.get(values["code"])
        if node is None:
            expected = _("the code of a requirement of %(version)s that is not withdrawn") % {
                "version": version.code
            }
            errors.append(RowError(line, "code", values["code"], expected))
            continue
        made = ProfileLine(
            node=node, priority=values.get("priority") or "", rationale=values.get("rationale") or "",
            guidance=values.get("guidance") or "", target=_rounded(values.get("target")),
        )  # fmt: skip
        errors += _said_of(made, line, {"priority", "rationale", "guidance", "target"})
        lines.append(made)
    if errors:
        raise Misread(sorted(errors, key=lambda error: error.line))
    return lines


def _rounded(value: Decimal | None) -> Decimal | None:
    """A number without the noughts that a spreadsheet puts behind it."""
    return None if value is None else Decimal(f"{value.normalize():f}")


def _rows(content: bytes, name: str, known: dict[str, Reader],
          also: dict[str, str] | None = None) -> tuple[list[Row], list[RowError]]:  # fmt: skip
    """The typed values of each row by column, and what cannot be read; each row has a code."""
    if len(content) > MOST_BYTES:
        raise Refused(_("A table has %(most)d MB at most.") % {"most": MOST_BYTES >> 20})
    rows: list[Row] = []
    errors: list[RowError] = []
    with on_disk([content], Path(name).suffix[:10]) as path:
        table = open_table(path, name=name, limits=Limits(rows=MOST_ROWS))
        names = [(also or {}).get(heading.lower(), heading.lower()) for heading in table.headings]
        _need_known(names, known)
        for line, texts in table:
            values, wrong = _read(line, names, texts, known)
            errors += wrong
            if not wrong:
                rows.append((line, values))
    if not rows and not errors:
        raise Refused(_("The table has no rows."))
    return rows, errors


def _need_known(names: list[str], known: dict[str, Reader]) -> None:
    unknown = next((name for name in names if name not in known), None)
    if unknown is not None:
        raise Refused(
            _("No column is called “%(name)s”; known are %(known)s.")
            % {"name": unknown[:60], "known": ", ".join(known)}
        )
    if "code" not in names:
        raise Refused(
            _("The column “%(name)s” is missing; it tells which requirement a row is.") % {"name": "code"}
        )


def _read(line: int, names: list[str], texts: Sequence[str | None],
          known: dict[str, Reader]) -> tuple[dict[str, Any], list[RowError]]:  # fmt: skip
    values: dict[str, Any] = {}
    errors = []
    for name, text in zip(names, texts, strict=True):
        if text is None or not text.strip():
            continue
        try:
            values[name] = known[name](text)
        except CellError as error:
            errors.append(RowError(line, name, text, error.expected))
    if "code" not in values and not errors:
        errors.append(RowError(line, "code", "", _("the code of a requirement")))
    return values, errors
