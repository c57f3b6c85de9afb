"""Tracked rows and their changes."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, ClassVar, NoReturn, Self
from uuid import UUID, uuid4

from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

import keepwell.platform.history.ledger  # noqa: F401  # Django finds its models by this file
from keepwell.kernel import moments
from keepwell.platform.history import dialects
from keepwell.platform.history.acting import Authorship, Conflict, current_act
from keepwell.platform.history.following import follow_one
from keepwell.platform.history.keys import new_id
from keepwell.platform.history.rows import is_made_at_once, record_of

CHANGE_COLUMNS = ["at", "by", "by_name", "verb", "record_type", "record_id", "version", "unit_id", "batch_id",
                  "answers", "before", "after"]  # fmt: skip
BOOKKEEPING = frozenset({"id", "version"})
UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")
REASON_LENGTH = 300
SEALED, WAITING = Q(leaf__isnull=False), Q(leaf__isnull=True)


def plain(values: dict[str, Any]) -> dict[str, Any]:
    """`values` as JSON keeps them: days and moments in ISO form, decimals and ids as text.

    What no database keeps in JSON (NUL, half a surrogate pair) becomes the replacement character.
    """
    if not values:
        return {}
    text = json.dumps(values, cls=DjangoJSONEncoder, default=str)
    kept: dict[str, Any] = json.loads(text, parse_float=_whole)
    return _keepable(kept) if "\\u0000" in text or "\\ud" in text else kept


def _whole(text: str) -> float:
    """A number without a fraction is one without a point: databases tell 1.0 in different ways."""
    number = float(text)
    return int(number) if number.is_integer() else number


def _keepable(value: Any) -> Any:
    if isinstance(value, str):
        return UNKEEPABLE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_keepable(item) for item in value]
    if isinstance(value, dict):
        return {_keepable(name): _keepable(item) for name, item in value.items()}
    return value


class ChangeQuerySet(models.QuerySet["Change"]):
    """Rows of the trail; they are written once, never edited."""

    def changes(self) -> Self:
        """What changed a record: no refusal, no reading."""
        return self.filter(kind=Change.Kind.CHANGE)

    def of(self, record: Tracked) -> Self:
        """The rows about one record."""
        return self.filter(record_type=record.type_name(), record_id=record.pk)

    def sealed(self) -> Self:
        """Rows that have their number in the trail."""
        return self.filter(leaf__isnull=False)

    def waiting(self) -> Self:
        """Rows that have no number yet."""
        return self.filter(leaf__isnull=True)


ChangeRows = models.Manager.from_queryset(ChangeQuerySet)


class Change(models.Model):
    """One row of the trail: a change of one record, a refusal, a reading or an event; written once."""

    class Kind(models.TextChoices):
        CHANGE = "change", gettext_lazy("Change")
        REFUSAL = "refusal", gettext_lazy("Refusal")
        READ = "read", gettext_lazy("Reading")
        EVENT = "event", gettext_lazy("Event")

    kind = models.CharField(max_length=10, choices=Kind, default=Kind.CHANGE, db_default="change")
    at = models.DateTimeField()
    by = models.UUIDField(null=True, help_text="The person; empty for a machine or a stranger.")
    by_name = models.CharField(max_length=160)
    verb = models.CharField(max_length=80)
    record_type = models.CharField(
        max_length=60, blank=True, help_text="app.model, as people.person; empty where it is about no record."
    )
    record_id = models.UUIDField(null=True)
    version = models.PositiveIntegerField(
        null=True, help_text="The record's version after the change; empty for what changed nothing."
    )
    unit_id = models.UUIDField(null=True, help_text="Where the record lay after the change.")
    batch_id = models.UUIDField(null=True, help_text="The delivery that brought it.")
    answers = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    leaf = models.BigIntegerField(
        null=True, editable=False, help_text="Its number in the trail; empty until sealed."
    )
    who_salt = models.BinaryField(null=True, editable=False)
    what_salt = models.BinaryField(null=True, editable=False)
    who = models.BinaryField(null=True, editable=False, help_text="The commitment to the name.")
    what = models.BinaryField(null=True, editable=False, help_text="The commitment to answers and values.")

    objects: ClassVar[ChangeRows] = ChangeRows()

    class Meta:
        indexes = [
            models.Index(fields=["record_type", "record_id", "id"], name="change_of_record"),
            models.Index(fields=["record_type", "id"], name="change_of_kind"),
            models.Index(fields=["id"], condition=WAITING, name="change_waiting"),
            # Over sealed rows only, so that the writer of a change does not wait for them.
            models.Index(fields=["at", "leaf"], condition=SEALED, name="trail_of_period"),
            models.Index(fields=["record_id", "leaf"], condition=SEALED, name="trail_of_record"),
            models.Index(fields=["by", "leaf"], condition=SEALED, name="trail_of_person"),
            models.Index(fields=["unit_id", "leaf"], condition=SEALED, name="trail_of_unit"),
            models.Index(fields=["verb", "leaf"], condition=SEALED, name="trail_of_verb"),
            models.Index(fields=["kind", "leaf"], condition=SEALED & ~Q(kind="change"), name="trail_of_kind"),
        ]
        constraints = [models.UniqueConstraint(fields=["leaf"], condition=SEALED, name="one_row_a_leaf")]

    def __str__(self) -> str:
        return f"{self.verb} {self.record_id or ''}".strip()

    @property
    def who_name(self) -> str:
        """The name of who acted, as long as it was not erased; of a machine in the reader's language."""
        if self.by is None and self.by_name:
            return _(self.by_name)
        return self.by_name or _("a person who was erased")

    @property
    def is_what_erased(self) -> bool:
        """Whether what was told and changed was erased."""
        return self.what is not None and self.what_salt is None


class TrackedQuerySet(models.QuerySet["Any"]):
    """Rows that change only by `save()` or in bulk through `history.bulk`, each with its Change."""

    def current(self) -> Self:
        """Rows that are not retired."""
        return self.filter(retired_at__isnull=True)

    def update(self, **fields: Any) -> NoReturn:
        raise TypeError("`update()` would escape the history; save each record or use `history.bulk`.")

    def delete(self) -> NoReturn:
        raise TypeError("Nothing that someone decided is deleted; retire it.")

    def bulk_create(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("`bulk_create()` would escape the history; use `history.bulk`.")

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("`bulk_update()` would escape the history; use `history.bulk`.")


TrackedRows = models.Manager.from_queryset(TrackedQuerySet)


class Tracked(models.Model):
    """A row with an identity, a version and a history; it is retired, never deleted."""

    key_fields: ClassVar[tuple[str, ...]] = ()

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)
    retired_reason = models.CharField(max_length=REASON_LENGTH, blank=True, editable=False)

    objects: ClassVar[TrackedRows] = TrackedRows()

    class Meta:
        abstract = True

    @classmethod
    def from_db(
        cls, db: str | None, field_names: Collection[str], values: Collection[Any], **modes: Any
    ) -> Self:
        names, found = list(field_names), list(values)
        if is_made_at_once(cls) and not modes:
            record: Self = record_of(cls, db, names, found)
        else:
            record = super().from_db(db, names, found, **modes)
        if can_change_in_place(cls):
            found = list(map(own, found))
        record.__dict__["_read"] = names, found
        return record

    @cached_property
    def _loaded(self) -> dict[str, Any]:
        """The columns as they were read; put together when something is to be saved, not for each row of a list."""
        names, values = self.__dict__.pop("_read", ((), ()))
        read = zip(names, values, strict=True)
        return {n: v for n, v in read if v is not models.DEFERRED and n not in BOOKKEEPING}

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        super().refresh_from_db(*args, **kwargs)
        self._loaded = self.values()

    @classmethod
    def type_name(cls) -> str:
        """How history and links call this kind of record: app.model."""
        return cls._meta.label_lower

    @property
    def placed_unit_id(self) -> UUID | None:
        """The unit this row lies in; None for rows outside the tree."""
        return None

    def natural_key(self) -> str:
        """What the trade knows this row by, as a unit's code or a certificate's body|number."""
        return "|".join(str(follow(self, name)) for name in self.key_fields)

    def values(self) -> dict[str, Any]:
        """Column values by attribute name, bookkeeping left out."""
        held = self.__dict__
        return {name: own(held[name]) for name in kept_names(type(self)) if name in held}

    def retire(self, reason: str) -> None:
        """Let it leave every list and figure from now on, its history stays; `save` writes it. Of the reason the row
        keeps 300 characters, and the act all of it."""
        self.retired_at, self.retired_reason = moments.now(), reason.strip()[:REASON_LENGTH]

    def save(self, *, links: dict[str, list[Tracked]] | None = None, **kwargs: Any) -> None:
        """Check and write the row with its Change in one transaction; nothing if nothing changed.

        `links` sets many-to-many fields in the same change. Raises Conflict when somebody else saved
        the row since it was loaded, RuntimeError outside `acting(by, verb)`.
        """
        act = current_act()
        if self._state.adding:
            self._insert(act, links or {})
        else:
            self._alter(act, links or {})

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("Nothing that someone decided is deleted; retire it.")

    def fresh_id(self) -> UUID:
        """By which a new row is known for ever."""
        return new_id(self.type_name(), self.natural_key)

    def settle_one(self, names: Collection[str]) -> None:
        """Derive what follows from the columns `names` just written; nothing unless the record says so."""

    @classmethod
    def settle(cls, created: list[Any], altered: list[Any]) -> None:
        """The same for rows written in bulk."""

    def _insert(self, act: Authorship, links: dict[str, list[Tracked]]) -> None:
        self.id = self.fresh_id()
        self._check(kept_names(type(self)))
        with self._told_in_words(), transaction.atomic():
            super().save(force_insert=True)
            linked = {name: self._set_links(name, rows)[1] for name, rows in links.items()}
            write_change(self, act, before={}, after={**filled(self.values()), **linked})
            self.settle_one(kept_names(type(self)))
        self._loaded = self.values()

    def _alter(self, act: Authorship, links: dict[str, list[Tracked]]) -> None:
        loaded, now = getattr(self, "_loaded", {}), self.values()
        changed = [name for name in now if loaded.get(name) != now[name]]
        if changed:
            self._check(changed)
            now = self.values()  # as what was checked is kept
        with self._told_in_words(), transaction.atomic():
            moved = {name: self._set_links(name, rows) for name, rows in links.items()}
            moved = {name: pair for name, pair in moved.items() if pair[0] != pair[1]}
            if not changed and not moved:
                return
            fields = {name: now[name] for name in changed}
            if not dialects.update(type(self), changed, [[*fields.values(), self.pk, self.version]]):
                raise conflict(self)
            self.version += 1
            before = {n: loaded.get(n) for n in changed} | {n: pair[0] for n, pair in moved.items()}
            after = fields | {n: pair[1] for n, pair in moved.items()}
            write_change(self, act, before=before, after=after)
            self.settle_one(after)
        self._loaded = now

    def _check(self, names: Collection[str]) -> None:
        """Whether the columns `names` may be written; a row pointed to is not asked for where it is at hand."""
        fields = self._meta.concrete_fields
        self.clean_fields(exclude={f.name for f in fields if f.attname not in names or self._has_at_hand(f)})
        self.clean()

    def _has_at_hand(self, field: Any) -> bool:
        """Whether `field` points to a row that was read, so that it need not be looked for again."""
        if not field.is_relation or not field.is_cached(self) or field.get_limit_choices_to():
            return False
        row = field.get_cached_value(self)
        return row is not None and not row._state.adding and row.pk == getattr(self, field.attname)

    @contextmanager
    def _told_in_words(self) -> Iterator[None]:
        """What the database refuses is a ValidationError that says why; asked only when it does refuse."""
        try:
            yield
        except IntegrityError:
            self.full_clean()
            raise

    def _set_links(self, name: str, rows: list[Tracked]) -> tuple[list[str], list[str]]:
        field = getattr(self, name)
        before = sorted(str(row.pk) for row in field.all())
        after = sorted(str(row.pk) for row in rows)
        if before != after:
            field.set(rows)
        return before, after


@cache
def can_change_in_place(model: type[Tracked]) -> bool:
    """Whether a column of `model` holds lists or mappings, which change without being set."""
    return any(isinstance(f, models.JSONField) for f in model._meta.concrete_fields)


@cache
def kept_names(model: type[Tracked]) -> tuple[str, ...]:
    """The columns of a model that a history keeps, by attribute name."""
    return tuple(f.attname for f in model._meta.concrete_fields if f.attname not in BOOKKEEPING)


def own(value: Any) -> Any:
    """`value`, copied where it could be changed in place."""
    return copy.copy(value) if isinstance(value, (list, dict)) else value


def follow(record: Any, path: str) -> Any:
    """The value reached from `record` by a path of attributes, as `unit__code`."""
    for step in path.split("__"):
        record = getattr(record, step)
    return record


def filled(values: dict[str, Any]) -> dict[str, Any]:
    """`values` without those that say nothing: None, empty text, empty list."""
    return {name: value for name, value in values.items() if value not in (None, "", [])}


def name_of(by: object) -> str:
    """The name by which the trail keeps who did something: the same whatever language they read."""
    with override("en"):
        return str(by)[:160]


Row = Callable[["Tracked", dict[str, Any], dict[str, Any]], list[Any]]


def telling(act: Authorship) -> Row:
    """What makes the Change of a record's way from `before` to `after`, within `act` and now, as the values of
    CHANGE_COLUMNS; what is the same for all records is found once."""
    at, by, name, answers = moments.now(), act.by.pk, name_of(act.by), plain(act.answers)

    def row(record: Tracked, before: dict[str, Any], after: dict[str, Any]) -> list[Any]:
        return [at, by, name, act.verb, record.type_name(), record.pk, record.version, record.placed_unit_id,
                act.batch_id, answers, plain(before), plain(after)]  # fmt: skip

    return row


def write_change(record: Tracked, act: Authorship, *, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Write the Change of one record, and what follows from it."""
    dialects.insert(Change, CHANGE_COLUMNS, [telling(act)(record, before, after)])
    follow_one(record, after)


def conflict(record: Tracked) -> Conflict:
    """What to tell a person whose copy of `record` is older than the record."""
    newer = Change.objects.of(record).filter(version__gt=record.version)
    changes = list(newer.order_by("id"))
    who = changes[-1].who_name if changes else _("Somebody else")
    return Conflict(
        _("%(who)s changed this record while you were writing. Look at both, then save again.")
        % {"who": who},
        changes,
    )
