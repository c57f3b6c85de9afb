"""A delivery of observations: matched, inserted in one set, the rest kept as unmatched rows of the batch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.kernel import moments
from keepwell.platform.acts.act import Refused
from keepwell.platform.exchange.feeds import Feed, Line, Matched
from keepwell.platform.exchange.models import Batch, UnmatchedRow
from keepwell.platform.exchange.readers import SourceTable
from keepwell.platform.history import dialects
from keepwell.platform.people.models import Barred, Person
from keepwell.platform.registers.importing.large import chunks
from keepwell.platform.registers.importing.outcome import MOST_ERRORS, Outcome, Progress
from keepwell.platform.registers.importing.small import barred_cell

PART = 10_000


def columns_of(feed: Feed, table: SourceTable, batch: Batch) -> list[str]:
    """For each heading the feed's column, empty if it is not read; refuses a file that lacks one."""
    mapping = batch.source.mapping if batch.source else {}
    found = feed.recognized(table.headings, mapping)
    missing = feed.missing(found)
    if missing:
        raise Refused(
            _("No column of the file is known as “%(name)s”; say for the source which one it is.")
            % {"name": missing[0]}
        )
    return [found.get(heading, "") for heading in table.headings]


def match(feed: Feed, table: SourceTable, batch: Batch, by: Person, outcome: Outcome, progress: Progress,
          total: int | None) -> Matched:  # fmt: skip
    """Match every row; progress is told every 10,000 rows."""
    names, matcher = columns_of(feed, table, batch), feed.open_for(batch.source, batch, by)
    whole, barred = Matched(), Barred()
    for part in chunks(table, PART):
        named = [wrong for line, texts in part if (wrong := barred_cell(line, table.headings, texts, barred))]
        outcome.errors += named[: MOST_ERRORS - len(outcome.errors)]
        found = matcher(_lines(names, part))
        whole.ready += found.ready
        whole.unmatched += found.unmatched
        outcome.errors += found.errors[: MOST_ERRORS - len(outcome.errors)]
        outcome.rows += len(part)
        progress(outcome.rows, total, _("Matching rows"))
    matched = len(whole.ready)
    whole.ready = feed.fresh(whole.ready) if whole.ready and not outcome.errors else whole.ready
    outcome.created, outcome.unmatched = len(whole.ready), len(whole.unmatched)
    outcome.unchanged = matched - outcome.created
    return whole


def _lines(names: list[str], rows: Iterable[tuple[int, list[str | None]]]) -> Iterator[Line]:
    keep = [(number, name) for number, name in enumerate(names) if name]
    for line, texts in rows:
        yield line, {name: texts[number] for number, name in keep}


def insert(feed: Feed, whole: Matched, batch: Batch) -> None:
    """Write the observations and the unmatched rows; runs inside the caller's transaction."""
    with transaction.atomic():
        dialects.insert(feed.model, list(feed.insert_columns), whole.ready)
        UnmatchedRow.objects.bulk_create(
            [UnmatchedRow(batch=batch, line=line, values=values, reason=reason[:200])
             for line, values, reason in whole.unmatched], batch_size=1000)  # fmt: skip


def match_again(feed: Feed, batch: Batch, by: Person) -> int:
    """Try the unmatched rows of a batch once more; returns how many met something now."""
    rows = {row.line: row for row in UnmatchedRow.objects.filter(batch=batch, matched_at__isnull=True)}
    found = feed.open_for(batch.source, batch, by)((line, row.values) for line, row in rows.items())
    still = {line for line, _values, _reason in found.unmatched} | {error.line for error in found.errors}
    matched = [row for line, row in rows.items() if line not in still]
    ready = feed.fresh(found.ready) if found.ready else []
    with transaction.atomic():
        dialects.insert(feed.model, list(feed.insert_columns), ready)
        UnmatchedRow.objects.filter(pk__in=[row.pk for row in matched]).update(matched_at=moments.now())
        changed = Batch.objects.select_for_update().get(pk=batch.pk)
        changed.created += len(ready)
        changed.unmatched -= len(matched)
        changed.serial = (Batch.objects.order_by("-serial").values_list("serial", flat=True).first() or 0) + 1
        changed.save()
    return len(matched)
