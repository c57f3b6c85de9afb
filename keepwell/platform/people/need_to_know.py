"""Records that only named people know, whatever rights others hold at their unit (security.md R9).

A model that keeps such records answers `withheld_from(person)`, which of them the person must not know, as a condition
on its rows, and its records `may_be_withheld`: whether anybody may be kept from this one. A record may answer
`may_be_withheld_from(person)` besides, where it is kept from some whatever it says of itself. A model may answer
`knowing(person)` too: all that `withheld_from` depends on, the same for people who are kept from the same records; and
`withheld_changes(person)`, where rows of the trail about other records tell of what is kept. Such others say
`tells_of_others`, where the history on their pages would tell it too.
What belongs to such a record is withheld with it: rows whose way to their unit leads through it, and rows that name
it by `kept_with`. Rows that name it so may be withheld for a reason of their own besides. A need to know takes away
and gives nothing: who is named needs the right as well.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any, NoReturn, TypeVar
from uuid import UUID

from django.apps import apps
from django.db import connection, models
from django.db.models import Exists, Q

from keepwell.platform.history.ready import Ready
from keepwell.platform.jobs.asking import reach
from keepwell.platform.people.models import Person
from keepwell.platform.people.permissions import asked_once, held

Rows = TypeVar("Rows", bound="models.QuerySet[Any]")
_declared: ContextVar[tuple[frozenset[type[Any]], frozenset[type[Any]]] | None] = ContextVar(
    "declared", default=None
)
Keeper = tuple[str, Any]
"""How a row reaches a record that is known to named people alone ("pk": it is one), and that record's model."""
MOST_NAMED = 200


def keepers(model: Any) -> tuple[Keeper, ...]:
    """All that may keep a row of `model` from somebody; none if nothing of the kind stands behind it."""
    return _keepers_behind(model)


@cache
def _keepers_behind(model: Any) -> tuple[Keeper, ...]:
    own: tuple[Keeper, ...] = (("pk", model),) if hasattr(model, "withheld_from") else ()
    if own and not hasattr(model, "kept_with"):
        return own
    ways = (getattr(model, "kept_with", ""), getattr(model, "unit_field", ""))
    return own + next((found for way in ways if (found := _along(model, way.split("__")[0]))), ())


def _along(model: type[models.Model], step: str) -> tuple[Keeper, ...]:
    """What stands behind the record to which `step` leads."""
    related: Any = model._meta.get_field(step).related_model if step not in ("", "pk") else None
    found = keepers(related) if related else ()
    return tuple((step if path == "pk" else f"{step}__{path}", of) for path, of in found)


def known_to(rows: Rows, person: Person) -> Rows:
    """Those of `rows` that `person` may know."""
    _require(rows.model, by_rights=True)
    for path, of in keepers(rows.model):
        kept = of.withheld_from(person)
        rows = rows.exclude(kept if path == "pk" else Q(**{f"{path}__in": _ids(of, kept)}))
    return rows


def _ids(of: Any, kept: Q) -> models.QuerySet[Any]:
    found: models.QuerySet[Any] = of._default_manager.filter(kept).values("pk")
    return found


def sight(person: Person, models: Iterable[type[Any]]) -> Hashable:
    """All on which it depends what `person` may see of `models` and do there: who has the same sees the same rows.

    Closed by default: where a person has rows of their own, or nothing says what else decides, it is theirs alone.
    """
    found = reach()
    models = tuple(models)
    own = person.pk if any(hasattr(model, "own") for model in models) else None
    rights = tuple(sorted(map(repr, held(person))))
    return rights, repr(sorted(found.items())) if found else "", own, knowledge(person, models)


def knowledge(person: Person, models: Iterable[type[Any]]) -> Hashable:
    """All on which it depends what of `models` is withheld from `person` who has the right to see it."""
    return tuple(_knows(person, of) for model in models for _path, of in keepers(model))


def _knows(person: Person, of: Any) -> Hashable:
    """On what it depends which records of `of` a person may know; where nothing says it, on who they are."""
    if not hasattr(of, "knowing"):
        return person.pk
    found: Hashable = asked_once((person.pk, of), lambda: of.knowing(person))
    return found


@contextmanager
def seeing_only(of: Iterable[type[Any]], *, knowing: Iterable[type[Any]] = ()) -> Iterator[None]:
    """Inside, nobody asks what a person may see of anything but `of`, or what is withheld from them of anything but
    those and `knowing`: what is drawn here is kept under their sight of the ones and their knowledge of the others."""
    seen = frozenset(of)
    token = _declared.set((seen, seen | frozenset(knowing)))
    try:
        yield
    finally:
        _declared.reset(token)


def require_known(model: type[Any]) -> None:
    """Refuse to tell what of `model` is withheld from somebody where that decides on what is drawn for others too."""
    _require(model, by_rights=False)


def _require(model: type[Any], *, by_rights: bool) -> None:
    declared = _declared.get()
    if declared is not None and model not in declared[0 if by_rights else 1]:
        raise RuntimeError(f"{model.__name__} decides on what is drawn, and its part does not say so.")


def may_know(person: Person, row: Any) -> bool:
    """Whether `person` may know `row`; asked of the database only where what stands behind it is kept from anybody."""
    behind = (_behind(row, path) for path, _of in keepers(type(row)))
    if not any(kept is not None and _may_keep(kept, person) for kept in behind):
        return True
    rows = type(row)._default_manager.filter(pk=row.pk)
    return asked_once((person.pk, type(row), row.pk), lambda: known_to(rows, person).exists())


def _may_keep(kept: Any, person: Person) -> bool:
    """Whether `kept` may be withheld: from anybody, or from just this person."""
    return kept.may_be_withheld or hasattr(kept, "may_be_withheld_from") and kept.may_be_withheld_from(person)


def is_opened_in_view_of_the_trail(row: Any) -> bool:
    """Whether it is kept that somebody opens `row`: it says so by `opening_is_kept`, or what it belongs to does."""
    behind = (_behind(row, path) for path, _of in keepers(type(row)))
    return any(getattr(one, "opening_is_kept", False) for one in (row, *behind))


def _behind(row: Any, path: str) -> Any:
    for step in path.split("__") if path != "pk" else ():
        row = getattr(row, step, None)
    return row


def withheld(person: Person, *, kind: str = "record_type", besides: tuple[Any, ...] = ()) -> Q:
    """Which rows name, by `kind` and `record_id`, a record that `person` must not know, but for what `besides` keep.

    Most keepers are asked in one statement whether they keep anything; those that do, and the others, are asked once
    for what they keep. The few that are withheld are named one by one, for a statement can be only so deep; where they
    are many they are asked for in the statement itself.
    """
    return asked_once((person.pk, kind, besides, "named"), lambda: _naming(person, kind, besides))


def _naming(person: Person, kind: str, besides: tuple[Any, ...]) -> Q:
    found = Q(pk__in=[])
    for of in _keeping(person, tuple(one for one in _keepers() if one not in besides)):
        named = hidden_from(person, of)
        for model, path in _kept_by(of):
            ids = model._default_manager.filter(**{f"{path}__in": named}).values("pk")
            found |= Q(**{kind: model._meta.label_lower}, record_id__in=ids)
    return found


def told_elsewhere(person: Person) -> Q:
    """Which rows of the trail tell, of records that `person` may know, what is kept from them with others."""
    found = Q(pk__in=[])
    for of in _keepers():
        if hasattr(of, "withheld_changes"):
            found |= of.withheld_changes(person)
    return found


def _keeping(person: Person, among: tuple[Any, ...]) -> list[Any]:
    """Those of the models that may keep something from `person`: of most it is asked in one statement whether they do;
    the others are asked at once for what they keep."""
    kind = Person.Kind(person.kind)
    ready = tuple(of for of in among if _readily_hidden(kind, of))
    found = asked_once((person.pk, ready, "keeping"), lambda: _whether(kind, ready).rows(person.pk))
    keep = {of for of, keeps in zip(ready, found[0], strict=True) if keeps} if found else set(ready)
    return [of for of in among if of in keep or of not in ready]


@cache
def _whether(kind: Person.Kind, among: tuple[Any, ...]) -> Ready:
    """Asks of each of the models whether it keeps something from somebody of a `kind`."""

    def build(pk: UUID) -> models.QuerySet[Any, Any]:
        person = _anybody(kind, pk)
        asked = {f"keeps_{n}": Exists(_ids(of, of.withheld_from(person))) for n, of in enumerate(among)}
        return Person.objects.filter(pk=pk).annotate(**asked).values_list(*asked)

    return Ready(build, UUID)


@cache
def _readily_hidden(kind: Person.Kind, of: Any) -> Ready | None:
    """Asks what `of` keeps from somebody of a `kind`; compiled once. None where it asks the database before it can say
    what it keeps, or more of a person than key and kind: that would be kept for others."""

    def build(pk: UUID) -> models.QuerySet[Any, Any]:
        with connection.execute_wrapper(_refuse_to_ask):
            return _first_hidden(_anybody(kind, pk), of)

    try:
        build(UUID(int=0))
    except _Asks:
        return None
    return Ready(build, UUID)


def _anybody(kind: Person.Kind, pk: UUID) -> Person:
    return Person.from_db(None, ["id", "kind"], [pk, kind])


class _Asks(Exception):
    """Something was asked of the database where nothing may be."""


def _refuse_to_ask(*_asked: object) -> NoReturn:
    raise _Asks


def hidden_from(person: Person, of: Any) -> Any:  # Any: a list of keys, or the keys as a subquery
    """Keys of what `of` keeps from `person`: the few by name, the many asked for in the statement itself."""
    found = _hidden(person, of)
    return found if len(found) <= MOST_NAMED else _ids(of, of.withheld_from(person))


def _hidden(person: Person, of: Any) -> list[Any]:
    """Keys of what `of` keeps from `person`, one more than are named one by one at most."""
    ready = _readily_hidden(Person.Kind(person.kind), of)

    def ask() -> list[Any]:
        rows = ready.rows(person.pk) if ready else _first_hidden(person, of)
        return [pk for (pk,) in rows]

    return asked_once((person.pk, of, "withheld"), ask)


def _first_hidden(person: Person, of: Any) -> models.QuerySet[Any, Any]:
    return _ids(of, of.withheld_from(person)).values_list("pk")[: MOST_NAMED + 1]


@cache
def _kept_by(of: Any) -> list[tuple[Any, str]]:
    """The models whose rows are withheld with a record of `of`, each with its way there."""
    found = ((model, path, kept) for model in apps.get_models() for path, kept in keepers(model))
    return [(model, path) for model, path, kept in found if kept is of]


@cache
def _keepers() -> list[Any]:
    """The models that keep such records."""
    return [model for model in apps.get_models() if hasattr(model, "withheld_from")]
