"""What a workbook would change, what clashes with what was answered meanwhile, and bringing it in."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from keepwell.areas.assessment.models import Answer, Assessment, Source
from keepwell.areas.assessment.rules.answering import Given, Mistaken, require_open, save_answers
from keepwell.areas.assessment.rules.outlines import Outline, outline
from keepwell.areas.assessment.rules.sources import require_writer
from keepwell.areas.assessment.rules.workbooks.keys import Said
from keepwell.areas.assessment.rules.workbooks.reading import Row, Wrong
from keepwell.areas.assessment.rules.workbooks.writing import said_by
from keepwell.platform.people.models import Person


@dataclass(frozen=True)
class Clash:
    """A requirement that was changed in the workbook and here since it was taken out."""

    code: str
    mine: Said
    here: Answer

    @property
    def theirs(self) -> Said:
        return said_by(self.here)


@dataclass
class Report:
    """What a workbook would do: changes by code, what stays, what clashes, what does not fit."""

    source: Source
    changes: dict[str, Given] = field(default_factory=dict)
    clashes: list[Clash] = field(default_factory=list)
    unchanged: int = 0
    wrong: list[Wrong] = field(default_factory=list)

    def given(self, chosen: Collection[str] = ()) -> list[Given]:
        """What is written: all that clashes with nothing, and of what clashes the codes chosen."""
        mine = [_given(one.code, one.mine, one.here.version) for one in self.clashes if one.code in chosen]
        return [*self.changes.values(), *mine]


def compare(assessment: Assessment, rows: list[Row], wrong: Iterable[Wrong], *, by: Person) -> Report:
    """Hold a workbook against the answers as they are now. Raises PermissionDenied or Refused as answering does."""
    lines = outline(assessment.cycle.framework_version)
    source = rows[0].key.source if rows else Source.SELF
    require_writer(by, assessment, source, [row.key.code for row in rows], lines)
    require_open(assessment, source)
    report = Report(source, wrong=list(wrong))
    here = _here(assessment, source, lines)
    for row in rows:
        _judge(report, row, here.get(row.key.code))
    return report


def _here(assessment: Assessment, source: Source, lines: Outline) -> dict[str, Answer]:
    rows = Answer.objects.current().filter(assessment=assessment, source=source).select_related("answered_by")
    return {lines.by_pk[row.node_id].code: row for row in rows}


def _judge(report: Report, row: Row, here: Answer | None) -> None:
    """Put one row where it belongs."""
    now, version = said_by(here), here.version if here else 0
    asks = row.is_edited or (row.holds and here is not None and not here.is_given)
    is_same = row.said.digest == now.digest and (here is None or here.is_given)
    if not asks or is_same:
        report.unchanged += 1
    elif here is not None and version != row.key.version and (here.is_given or now.digest != row.key.digest):
        report.clashes.append(Clash(row.key.code, row.said, here))
    else:
        report.changes[row.key.code] = _given(row.key.code, row.said, version)


def bring_in(assessment: Assessment, report: Report, *, by: Person, chosen: Collection[str] = ()) -> int:
    """Write what the report says, of what clashes only the codes chosen; returns how many answers were given.

    All or nothing: raises Mistaken with every code that does not fit, or Conflict.
    """
    return len(save_answers(assessment, report.given(chosen), by=by, source=report.source))


def mistakes(rows: list[Row], mistaken: Mistaken) -> list[Wrong]:
    """What the rule says against some answers, by the rows they stand in."""
    lines = {row.key.code: row.line for row in rows}
    return [Wrong(lines.get(code, 0), code, " ".join(told)) for code, told in mistaken.by_code.items()]


def _given(code: str, said: Said, version: int) -> Given:
    if said.not_applicable:
        return Given(
            code, said.policy, said.practice, not_applicable=True, reason=said.reason, version=version
        )
    return Given(code, said.policy, said.practice, reason=said.reason, version=version)
