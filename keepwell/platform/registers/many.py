"""Doing one thing to many records: which can be done so, to which records, and each on its own.

Every record is a transaction of its own with its own history and its own refusal; what was chosen is kept
when it is asked for, so that a series that was cut off goes on where it was, and nothing is done twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.db.models import Count, QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keepwell.kernel import moments
from keepwell.platform.acts.act import Act
from keepwell.platform.history.acting import Refused
from keepwell.platform.jobs.job import enqueue, enqueue_spare
from keepwell.platform.jobs.models import Job
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import units_granted
from keepwell.platform.people.roles import Level
from keepwell.platform.registers.columns import Column, Kind, column
from keepwell.platform.registers.forms import act_form, answers_of
from keepwell.platform.registers.models import Series, SeriesItem
from keepwell.platform.registers.register import REGISTERS, Register
from keepwell.platform.registers.writing import Mistakes, change

CHANGE = "change"
JOB = "registers.series"
AT_ONCE = 100
SPARE = timedelta(minutes=1)
"""After which a worker takes up what should have been done at once: far longer than 100 records take."""
LOOKED_AT, TOLD = 500, 20
LONGEST_KEY = 64
NOT_FOR_MANY = (Kind.MANY, Kind.LIST, Kind.MAPPING)
Progress = Callable[[int, int | None, str], None]


@dataclass(frozen=True)
class Deed:
    """What can be done to many: an act, or setting one column (`rule` is None)."""

    name: str
    label: Any
    explains: Any
    level: Level
    area: str
    rule: Act[..., Any] | None
    step_up: bool


def deeds(register: type[Register]) -> list[Deed]:
    """What can be done to many records of `register` at once; nothing where rows have no history."""
    if not register.is_tracked():
        return []
    found = [Deed(rule.name, rule.label, rule.explains, rule.level, rule.area or register.area(), rule,
                  rule.step_up or register.needs_proof()) for rule in register.acts if rule.for_many]  # fmt: skip
    if editable(register):
        explains = gettext_lazy(
            "One column gets one value in every record; each keeps the reason in its history."
        )
        found.append(Deed(CHANGE, gettext_lazy("Set one column"), explains, register.level_to_write(),
                          register.area(), None, register.needs_proof()))  # fmt: skip
    return found


def deed_named(register: type[Register], name: str) -> Deed:
    """The deed called `name`; refused if many cannot be done so."""
    found = next((deed for deed in deeds(register) if deed.name == name), None)
    if found is None:
        raise Refused(_("“%(name)s” cannot be done to many at once here.") % {"name": name})
    return found


def editable(register: type[Register]) -> list[Column]:
    """The columns that may be set to one value in many records: none by which a record is known."""
    keys = {path.partition("__")[0] for path in getattr(register.record, "key_fields", ())}
    columns = [column(register.record, name) for name in register.form_fields if name not in keys]
    return [c for c in columns if c.kind not in NOT_FOR_MANY and not c.field.unique]


@dataclass(frozen=True)
class Outlook:
    """How many of the chosen records the deed can be done to, and why not to others, before it is done.

    Of more than 500 the first 500 are looked at.
    """

    total: int
    looked_at: int
    can: int
    cannot: list[tuple[Any, str]]

    @property
    def is_partial(self) -> bool:
        return self.looked_at < self.total

    @property
    def others(self) -> int:
        """How many more cannot than are named."""
        return self.looked_at - self.can - len(self.cannot)


def outlook(register: type[Register], deed: Deed, rows: QuerySet[Any], by: Person) -> Outlook:
    """What would become of `rows`, by the person's rights and each record's state; answers are not known yet."""
    total = rows.count()
    granted = set(units_granted(by, deed.area, deed.level).values_list("descendant", flat=True))
    looked_at = list(register.fetched(rows).order_by("pk")[:LOOKED_AT])
    told = [(record, why) for record in looked_at if (why := _against(deed, record, granted))]
    return Outlook(total, len(looked_at), len(looked_at) - len(told), told[:TOLD])


def _against(deed: Deed, record: Any, granted: set[UUID]) -> str:
    """Why the deed cannot be done to `record`; empty if nothing is known against it."""
    if record.place.pk not in granted:
        return _("You lack the right here.")
    if record.retired_at is not None:
        return _("It is retired.")
    if deed.rule is not None and not deed.rule.offered(record):
        return _("Its present state does not allow it.")
    return ""


def begin(register: type[Register], deed: Deed, rows: QuerySet[Any], by: Person, *, answers: Mapping[str, str],
          key: str) -> Series:  # fmt: skip
    """Keep which of `rows` are meant, and do it: at once if they are few, else by a worker.

    The same `key` again gives the series that was begun, with what a killed server left of it done. Raises Mistakes
    for answers that do not fit.
    """
    if not 1 <= len(key) <= LONGEST_KEY:
        raise Refused(_("A key has 1 to %(most)d characters.") % {"most": LONGEST_KEY})
    earlier = Series.objects.filter(by=by, key=key).first()
    if earlier is not None:
        return _at_once(earlier, by)
    checked(register, deed, answers, by)
    try:
        with transaction.atomic():
            series = Series.objects.create(by=by, key=key, register=register.slug(), act=deed.name,
                                           answers=dict(answers), at=moments.now())  # fmt: skip
            series.total = _choose(series, rows)
            if series.total == 0:
                raise Refused(_("Nothing was chosen."))
            if series.total <= AT_ONCE:
                job = enqueue_spare(JOB, person_id=by.pk, after=SPARE, series=str(series.pk))
            else:
                job = enqueue(JOB, person_id=by.pk, series=str(series.pk))
            series.job_id = job.pk
            series.save(update_fields=["total", "job_id"])
    except IntegrityError:
        return Series.objects.get(by=by, key=key)
    return _at_once(series, by)


def _at_once(series: Series, by: Person) -> Series:
    """The series, done now if it is short; until then its job waits, for the case that this process dies."""
    if series.total > AT_ONCE:
        return series
    carry_out(series, by)
    if series.job_id and Job.objects.filter(pk=series.job_id, state=Job.State.QUEUED).delete()[0]:
        series.job_id = None
        series.save(update_fields=["job_id"])
    return series


def _choose(series: Series, rows: QuerySet[Any]) -> int:
    """Keep the records that are meant, in one statement; returns how many."""
    statement, values = rows.order_by().values_list("pk").query.sql_with_params()
    pk = Series._meta.pk.get_db_prep_value(series.pk, connection)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO registers_seriesitem (series_id, record_id) SELECT %s, found.* FROM ({statement}) found",  # noqa: S608  # Django's own
            [pk, *values],
        )
        return cursor.rowcount


def checked(register: type[Register], deed: Deed, answers: Mapping[str, str], by: Person) -> dict[str, Any]:
    """The answers as the deed takes them; raises Mistakes with all that do not fit."""
    if deed.rule is None:
        return _checked_change(register, answers)
    strange = [name for name in answers if name not in deed.rule.questions]
    if strange:
        raise Mistakes({strange[0]: [_("“%(name)s” is not asked here.") % {"name": strange[0]}]})
    form = act_form(deed.rule, None, by, dict(answers))
    if not form.is_valid():
        raise Mistakes({name: [str(one) for one in wrong] for name, wrong in form.errors.items()})
    return answers_of(form, deed.rule)


def _checked_change(register: type[Register], answers: Mapping[str, str]) -> dict[str, Any]:
    known = [c.name for c in editable(register)]
    wrong: dict[str, list[str]] = {}
    if answers.get("field") not in known:
        wrong["field"] = [_("Name one of %(names)s.") % {"names": ", ".join(known)}]
    if not str(answers.get("reason", "")).strip():
        wrong["reason"] = [_("This must be filled in.")]
    wrong |= {n: [_("“%(name)s” is not asked here.") % {"name": n}] for n in answers
              if n not in ("field", "value", "reason")}  # fmt: skip
    if wrong:
        raise Mistakes(wrong)
    return {"field": answers["field"], "value": answers.get("value", ""), "reason": answers["reason"]}


def carry_out(
    series: Series, by: Person, progress: Progress = lambda _done, _total, _message: None
) -> dict[str, int]:
    """Do what waits of a series, each record by itself; returns how many are done and refused in all."""
    register = REGISTERS[series.register]
    deed = deed_named(register, series.act)
    answers = checked(register, deed, series.answers, by)
    while waiting := list(series.items.filter(state=SeriesItem.State.WAITING).order_by("pk")[:AT_ONCE]):
        for item in waiting:
            _one(register, deed, item, answers, by)
        left = series.items.filter(state=SeriesItem.State.WAITING).count()
        progress(series.total - left, series.total, str(deed.label))
    return told(series)


def _one(register: type[Register], deed: Deed, item: SeriesItem, answers: dict[str, Any], by: Person) -> None:
    """Do it to one record: the deed and its mark are one transaction, so that it is done once or not at all."""
    waiting = SeriesItem.objects.filter(pk=item.pk, state=SeriesItem.State.WAITING)
    try:
        with transaction.atomic():
            if not waiting.update(state=SeriesItem.State.DONE):
                return
            record = register.rows(by).filter(pk=item.record_id).first()
            if record is None:
                raise Refused(_("It is not there any more, or not yours to see."))
            if deed.rule is not None:
                deed.rule(record, by=by, **answers)
            else:
                change(register, record, {answers["field"]: _raw(register, answers)}, version=record.version, by=by,
                       reason=answers["reason"])  # fmt: skip
    except (Refused, PermissionDenied, Mistakes) as refusal:
        waiting.update(state=SeriesItem.State.REFUSED, said=str(refusal)[:300])


def _raw(register: type[Register], answers: Mapping[str, Any]) -> Any:
    """The value as the column is written: yes and no as such, the rest as text."""
    c = column(register.record, answers["field"])
    return answers["value"] in ("yes", "on", "true") if c.kind is Kind.YES_NO else answers["value"]


def told(series: Series) -> dict[str, int]:
    """How many records wait, are done, and were refused."""
    counts = dict(series.items.order_by().values_list("state").annotate(Count("pk")))
    return {str(state): counts.get(state, 0) for state in SeriesItem.State.values}


def refusals(series: Series, register: type[Register], by: Person, most: int = 200) -> list[tuple[Any, str]]:
    """Records that were refused with the reasons, as far as `by` may see them still."""
    items = list(series.items.filter(state=SeriesItem.State.REFUSED).order_by("pk")[:most])
    seen = register.rows(by).in_bulk([item.record_id for item in items])
    return [(seen.get(item.record_id), item.said) for item in items]


def chosen_by(register: type[Register], by: Person, ids: Sequence[UUID]) -> QuerySet[Any]:
    """The records called `ids` that `by` may see."""
    return register.record._default_manager.filter(pk__in=register.rows(by).filter(pk__in=ids).values("pk"))


def title(deed: Deed) -> str:
    """The deed as a heading."""
    return capfirst(str(deed.label))
