"""Writing one record from plain values: the same for forms and the API."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from keepwell.platform.history.acting import Refused, acting
from keepwell.platform.history.models import conflict
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import may_anywhere, reading_once, require
from keepwell.platform.people.roles import Level
from keepwell.platform.records.guards import ask_guard
from keepwell.platform.records.models import require_on, unit_path, visible_to
from keepwell.platform.registers.columns import Column, Kind, column
from keepwell.platform.registers.reading import Unread, read
from keepwell.platform.registers.register import Register
from keepwell.platform.tree.models import Unit

__all__ = ["Mistakes", "change", "create", "lacks_everywhere"]

WHOLE = "__all__"


class Mistakes(ValueError):
    """Everything that is wrong with the values given: sentences by column, `__all__` for the record."""

    def __init__(self, by_field: dict[str, list[str]]) -> None:
        super().__init__(" ".join(sentence for sentences in by_field.values() for sentence in sentences))
        self.by_field = by_field


def create(
    register: type[Register], values: Mapping[str, Any], by: Person, *, known: Mapping[str, Any] | None = None
) -> Any:
    """A new record of `values` by column; what is not given begins as the record's rules say. `known` are facts that
    nobody types, as by which door it came.

    Raises Mistakes, PermissionDenied (no right to edit at its unit) or Refused.
    """
    record = register.record(**(known or {}))
    with transaction.atomic():
        _write(register, record, values, by, verb="create")
    return record


def change(
    register: type[Register],
    record: Any,
    values: Mapping[str, Any],
    version: int | None,
    by: Person,
    reason: str = "",
) -> Any:
    """`record`, which `by` has seen at `version`, with `values` by column; what is not given stays.

    A `reason` is kept with the change.

    Raises Conflict when somebody changed it since, Mistakes, PermissionDenied (no right to edit at its
    unit, or where it would move) or Refused.
    """
    with transaction.atomic():
        require_on(by, register.area(), register.level_to_write(), record)
        _see_version(record, version)
        if record.retired_at is not None:
            raise Refused(_("%(record)s is retired; it cannot be changed any more.") % {"record": record})
        _write(register, record, values, by, verb="edit", reason=reason)
    return record


def _see_version(record: Any, version: int | None) -> None:
    """Refuse what was written over another version than the present one."""
    if version is None:
        raise Refused(_("Say which version of the record you changed."))
    if version > record.version or version < 1:
        raise Mistakes({"version": [_("This record has no such version.")]})
    if version < record.version:
        seen = copy.copy(record)
        seen.version = version
        raise conflict(seen)


def _write(
    register: type[Register],
    record: Any,
    values: Mapping[str, Any],
    by: Person,
    *,
    verb: str,
    reason: str = "",
) -> None:
    if not register.is_tracked():
        raise Refused(_("%(register)s are not typed; they are brought in.") % {"register": register.title()})
    if not may_anywhere(by, register.area(), register.level_to_write()):
        raise PermissionDenied(lacks_everywhere(register.area(), register.level_to_write()))
    with reading_once():
        links = _filled_soundly(register, record, values, by)
    try:
        answers: dict[str, Any] = {"reason": reason} if reason else {}
        with acting(by, f"{record._meta.model_name}.{verb}", **answers):
            record.save(links=links)
    except IntegrityError as clash:
        raise Refused(
            _("Somebody else wrote the same at this moment. Look at the list, then save again.")
        ) from clash


def _filled_soundly(
    register: type[Register], record: Any, values: Mapping[str, Any], by: Person
) -> dict[str, list[Any]]:
    """Put `values` into `record`, which `by` may then save; returns the links to be set.

    Raises Mistakes, PermissionDenied or Refused.
    """
    former = None if record._state.adding else _home(record)
    wrong, links = _fill(register, record, values, by)
    if _home_column(record) in wrong:
        # Whether it may lie there cannot be asked; what is plain from the values themselves is told.
        _hear(wrong, record.clean_fields, exclude=set(wrong))
        raise Mistakes(wrong)
    _require_both_ends(register, by, former, _home(record))
    wrong = _judged(record, wrong, _unlinked(register, links) if record._state.adding else {})
    if wrong:
        raise Mistakes(wrong)
    if record._state.adding and _home(record) is None:
        raise PermissionDenied(_("This record would lie in no unit where you have rights."))
    if record._state.adding or record._loaded != record.values():
        ask_guard(record, by)
    return links


def _fill(
    register: type[Register], record: Any, values: Mapping[str, Any], by: Person
) -> tuple[dict[str, list[str]], dict[str, list[Any]]]:
    """Put `values` into `record`; returns what could not be read, and the links to be set."""
    wrong: dict[str, list[str]] = {}
    links: dict[str, list[Any]] = {}
    for name, raw in values.items():
        if name not in register.form_fields:
            wrong[name] = [_("“%(name)s” cannot be written here.") % {"name": name}]
            continue
        c = column(register.record, name)
        try:
            found = read(c, raw, by)
        except Unread as reason:
            wrong[name] = [str(reason)]
            continue
        if c.kind is Kind.MANY:
            links[name] = [*found, *_unseen(c, record, by)]
            wrong |= _missing([c], links)
        else:
            setattr(record, name, found)
    return wrong, links


def _unseen(c: Column, record: Any, by: Person) -> list[Any]:
    """What `record` is linked to and `by` may not see: nobody takes away what was not shown to them."""
    if record._state.adding:
        return []
    linked = getattr(record, c.name).all()
    seen = visible_to(linked.model._default_manager.filter(pk__in=linked.values("pk")), by)
    return list(linked.exclude(pk__in=seen.values("pk")))


def _unlinked(register: type[Register], links: Mapping[str, list[Any]]) -> dict[str, list[str]]:
    """What a new record must be linked to and is not."""
    columns = [column(register.record, name) for name in register.form_fields]
    return _missing([c for c in columns if c.kind is Kind.MANY], links)


def _missing(columns: Iterable[Column], links: Mapping[str, list[Any]]) -> dict[str, list[str]]:
    return {c.name: [_must_be_there()] for c in columns if not c.field.blank and not links.get(c.name)}


def _judged(record: Any, wrong: dict[str, list[str]], unlinked: dict[str, list[str]]) -> dict[str, list[str]]:
    """All that the record's own rules say, beside what could not be read. What the database keeps (that a row pointed to
    is there, that nothing is twice, what it holds of several columns) is asked only where a column of it changed."""
    found, changed = unlinked | wrong, _changed(record)
    same = {f.name for f in record._meta.concrete_fields if f.is_relation and f.name not in changed}
    _hear(found, record.clean_fields, exclude=set(wrong) | same)
    _hear(found, record.validate_unique, exclude=set(found) | _settled(type(record), changed))
    if not found:
        # Rules over several columns may trust that each column is sound.
        _hear(found, record.clean)
    if not found:
        # Which may have set columns besides.
        _hear(found, record.validate_constraints, exclude=_settled(type(record), _changed(record)))
    return found


def _changed(record: Any) -> frozenset[str]:
    """The names of the columns of `record` that differ from what the database holds; all of a new one."""
    fields = record._meta.concrete_fields
    if record._state.adding:
        return frozenset(f.name for f in fields)
    now = record.values()
    return frozenset(
        f.name for f in fields if f.attname in now and record._loaded.get(f.attname) != now[f.attname]
    )


def _settled(model: Any, changed: frozenset[str]) -> set[str]:
    """The columns whose rules need not be asked: those that stand in no rule together with one that `changed`."""
    touched = {name for names in _rules(model) if names & changed for name in names}
    return {f.name for f in model._meta.concrete_fields} - changed - touched


@cache
def _rules(model: Any) -> tuple[frozenset[str], ...]:
    """The columns of each rule that the database keeps for `model` over more than one of them."""
    found = [frozenset(names) for names in model._meta.unique_together]
    for constraint in model._meta.constraints:
        said = [*getattr(constraint, "expressions", ()), *filter(None, [constraint.condition])]
        refs = {ref[0] for one in said for ref in model._get_expr_references(one)}
        found.append(frozenset({*getattr(constraint, "fields", ()), *refs}))
    return tuple(found)


def _hear(found: dict[str, list[str]], rule: Any, **arguments: Any) -> None:
    """Add to `found` what `rule` raises."""
    try:
        rule(**arguments)
    except ValidationError as error:
        by_field = error.error_dict if hasattr(error, "error_dict") else {WHOLE: error.error_list}
        for name, errors in by_field.items():
            found.setdefault(name, []).extend(_sentence(one) for one in errors)


def _sentence(error: ValidationError) -> str:
    return _must_be_there() if error.code in ("blank", "null") else " ".join(error.messages)


def _must_be_there() -> str:
    return _("This must be filled in.")


def lacks_everywhere(area: str, level: Level) -> str:
    """The sentence that says which right is held nowhere."""
    return _("You need the right to %(level)s %(area)s in some unit.") % {
        "level": level.label, "area": settings.AREA_TITLES.get(area, area)}  # fmt: skip


def _require_both_ends(register: type[Register], by: Person, former: Unit | None, home: Unit | None) -> None:
    """Writing needs the right where a record comes to lie; a move also where it lay."""
    if former != home:
        for unit in (former, home):
            if unit is not None:
                require(by, register.area(), register.level_to_write(), unit)


def _home_column(record: Any) -> str:
    """The column that says where `record` lies."""
    return "parent" if isinstance(record, Unit) else unit_path(type(record)).partition("__")[0]


def _home(record: Any) -> Unit | None:
    """The unit `record` lies in; for a unit the one above it. None if it lies nowhere (yet)."""
    if isinstance(record, Unit):
        return record.parent
    try:
        found: Unit | None = record.place
    except (ObjectDoesNotExist, AttributeError):  # no unit was given, or nothing that has one
        return None
    return found
