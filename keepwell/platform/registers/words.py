"""The history of a record in words: who changed what from what to what, when, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from keepwell.platform.acts.act import ACTS
from keepwell.platform.exchange.models import Batch
from keepwell.platform.history.models import Change, Tracked
from keepwell.platform.history.ready import Ready, by_key
from keepwell.platform.pages.zones import readers_zone
from keepwell.platform.people.models import Person
from keepwell.platform.people.need_to_know import told_elsewhere
from keepwell.platform.publishing import format as told
from keepwell.platform.registers.cells import item, mapping
from keepwell.platform.registers.columns import Column, Kind, column

SHOWN = 50
UNTOLD = frozenset({"id", "version", "retired_at", "retired_reason"})


@dataclass(frozen=True)
class Told:
    """One change, told: when, by whom, the sentences, an icon's name, the batch that brought it, and its number in
    the sealed trail (None until it has one)."""

    number: int
    at: datetime
    by: str
    icon: str
    sentences: list[str]
    batch: Batch | None
    leaf: int | None = None


LATEST = Ready(
    lambda kind, record: (
        Change.objects.changes().filter(record_type=kind, record_id=record).order_by("-id")[:SHOWN]
    ),
    str,
    UUID,
)


def history(record: Tracked, person: Person, *, most: int = SHOWN) -> list[Told]:
    """What became of `record`, which `person` sees, newest first; up to 50 changes."""
    changes: list[Change] = LATEST.records(record.type_name(), record.pk)[:most]
    if getattr(record, "tells_of_others", False):
        told_of = Change.objects.filter(told_elsewhere(person), pk__in=[one.pk for one in changes])
        kept = set(told_of.values_list("pk", flat=True))
        changes = [one for one in changes if one.pk not in kept]
    names = Names(type(record), changes)
    batches = by_key(Batch, {c.batch_id for c in changes if c.batch_id})
    return [tell(type(record), change, names, batches.get(change.batch_id)) for change in changes]


def tell(model: type[Tracked], change: Change, names: Names, batch: Batch | None = None) -> Told:
    """One change in sentences."""
    created = change.version == 1
    sentences = [_made(model, change)] if created else [s for s in _changes(model, change, names) if s]
    reason = str(change.answers.get("reason", "")).strip()
    if reason:
        sentences.append(_("Reason: %(reason)s") % {"reason": reason})
    if change.is_what_erased:
        sentences.append(_("What was told and changed here was erased."))
    icon = "plus" if created else ("file-import" if change.batch_id else "pencil")
    return Told(change.pk, change.at, change.who_name, icon, sentences, batch, change.leaf)


def _made(model: type[Tracked], change: Change) -> str:
    form = _("%(who)s brought in this %(kind)s.") if change.batch_id else _("%(who)s added this %(kind)s.")
    return form % {"who": change.who_name, "kind": model._meta.verbose_name}


def _changes(model: type[Tracked], change: Change, names: Names) -> Iterable[str]:
    rule = ACTS.get(change.verb)
    if rule:
        yield _("%(who)s did: %(act)s.") % {"who": change.who_name, "act": str(rule.label).lower()}
    if change.after.get("retired_at"):
        yield _("%(who)s retired this %(kind)s, because %(reason)s.") % {
            "who": change.who_name, "kind": model._meta.verbose_name,
            "reason": str(change.after.get("retired_reason", "")).rstrip(".")}  # fmt: skip
    for name in change.after:
        c = _column(model, name)
        if c is not None and change.after[name] != change.answers.get("reason", ...):
            yield _sentence(change, c, names)


def _sentence(change: Change, c: Column, names: Names) -> str:
    key = next(k for k in change.after if k in (c.name, getattr(c.field, "attname", c.name)))
    before, after = (names.say(c, side.get(key)).removesuffix(".") for side in (change.before, change.after))
    words = {"who": change.who_name, "field": str(c.label), "before": before, "after": after}
    if not before:
        return _("%(who)s set %(field)s to %(after)s.") % words
    if not after:
        return _("%(who)s cleared %(field)s, which was %(before)s.") % words
    return _("%(who)s changed %(field)s from %(before)s to %(after)s.") % words


def _column(model: type[Tracked], name: str) -> Column | None:
    """The column of a stored name; None for bookkeeping and for fields that are no more."""
    if name in UNTOLD:
        return None
    for field in (*model._meta.concrete_fields, *model._meta.many_to_many):
        if name in (field.name, field.attname):
            return column(model, field.name)
    return None


class Names:
    """Names of the records that changes point to, fetched once for each kind of record."""

    def __init__(self, model: type[Tracked], changes: Iterable[Change]) -> None:
        wanted: dict[type[models.Model], set[str]] = defaultdict(set)
        for change in changes:
            for side in (change.before, change.after):
                for name, value in side.items():
                    c = _column(model, name)
                    if c is not None and c.related and value:
                        wanted[c.related].update(value if isinstance(value, list) else [value])
        self.known = {str(pk): str(row) for related, ids in wanted.items()
                      for pk, row in by_key(related, set(map(related._meta.pk.to_python, ids))).items()}  # fmt: skip

    def say(self, c: Column, value: Any) -> str:
        """A kept value for a reader; empty text if it says nothing."""
        if value in (None, "", [], {}):
            return ""
        if c.kind is Kind.MANY:
            return ", ".join(sorted(self.known.get(str(v), str(v)) for v in value))
        if c.kind is Kind.ONE:
            return self.known.get(str(value), str(value))
        if c.kind is Kind.CHOICE:
            return str(c.choices.get(value, value))
        if c.kind is Kind.YES_NO:
            return _("yes") if value else _("no")
        if c.kind is Kind.LIST:
            return _(", ").join(map(item, value))
        if c.kind is Kind.MAPPING:
            return mapping(value) if isinstance(value, dict) else item(value)
        if c.kind is Kind.DAY:
            return told.day(date.fromisoformat(value))
        if c.kind is Kind.MOMENT:
            return told.moment(datetime.fromisoformat(value), readers_zone())
        return capfirst(str(value)) if isinstance(value, date) else str(value)
