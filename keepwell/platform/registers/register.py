"""A register: one declaration for a list of records; pages, API and files all follow it."""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar
from uuid import UUID

from django.db import models
from django.db.models import QuerySet
from django.utils.text import slugify
from django.utils.translation import override

from keepwell.platform.acts.act import Act
from keepwell.platform.history.models import Tracked
from keepwell.platform.history.ready import Ready
from keepwell.platform.people.models import Person
from keepwell.platform.people.roles import Level
from keepwell.platform.records.guards import level_to_write, needs_proof
from keepwell.platform.records.models import area_of, is_visible_to, unit_path, visible_to
from keepwell.platform.registers.columns import Column, column
from keepwell.platform.search.subjects import declare

REGISTERS: dict[str, type[Register]] = {}
READY: dict[type[Register], Ready] = {}


class Register:
    """Names of things the record has; no logic, no hooks. What does not fit is a plain page.

    record         the model
    columns        what the list shows (fields, properties, paths as "course__name")
    form_fields    what a person types; empty: nobody types it, it comes from feeds and acts
    file_columns   what files carry beside the id; form_fields if empty
    told_columns   what programs read, files tell and lists can show besides; no file brings it in
    search_fields  text the search box reads
    filters        columns one may filter by
    sort           the column the list begins with, "-" before it for last first
    acts           what may be done with one record
    panels         related lists on the record's page: name of a related manager -> its columns
    parts          templates that add a section to the record's page
    views          further pages of the same subject: url name -> label
    open_to_read   why the trail is not told who reads its list, though its rows name somebody; "": it is told
    """

    record: ClassVar[type[models.Model]]
    columns: ClassVar[list[str]]
    form_fields: ClassVar[list[str]] = []
    file_columns: ClassVar[list[str]] = []
    told_columns: ClassVar[list[str]] = []
    search_fields: ClassVar[list[str]] = []
    filters: ClassVar[list[str]] = []
    sort: ClassVar[str] = ""
    acts: ClassVar[list[Act[..., Any]]] = []
    panels: ClassVar[dict[str, list[str]]] = {}
    parts: ClassVar[list[str]] = []
    views: ClassVar[dict[str, Any]] = {}
    open_to_read: ClassVar[str] = ""

    def __init_subclass__(cls) -> None:
        REGISTERS[cls.slug()] = cls
        if cls.search_fields and cls.has_uuid():
            declare(cls.record, cls.search_fields, cls.fetched)

    @classmethod
    def slug(cls) -> str:
        """Its name in addresses and on the command line: the plural of the record, in English."""
        return slug_of(cls.record)

    @classmethod
    def title(cls) -> str:
        """Its name for people, as "Certificates"."""
        name = str(cls.record._meta.verbose_name_plural)
        return name[:1].upper() + name[1:]

    @classmethod
    def area(cls) -> str:
        """The area whose rights govern it."""
        return area_of(cls.record)

    @classmethod
    def record_name(cls) -> str:
        """One of its records for people, as "certificate"."""
        return str(cls.record._meta.verbose_name)

    @classmethod
    def takes_an(cls) -> bool:
        """Whether English says “an” before one of its records; a unit begins with the sound of y."""
        return cls.record_name()[:1] in "aeio"

    @classmethod
    def has_uuid(cls) -> bool:
        """Whether its rows are named by a UUID; observations have numbers."""
        pk = cls.record._meta.pk
        return pk is not None and pk.get_internal_type() == "UUIDField"

    @classmethod
    def level_to_write(cls) -> Level:
        """The level that adding and changing its records needs, in forms, API and files alike."""
        return level_to_write(cls.record)

    @classmethod
    def needs_proof(cls) -> bool:
        """Whether who writes its records must have proved within ten minutes who they are."""
        return needs_proof(cls.record)

    @classmethod
    def is_tracked(cls) -> bool:
        """Whether its rows are Tracked: versions, history, acts; observations are not."""
        return issubclass(cls.record, Tracked)

    @classmethod
    def shown(cls) -> list[Column]:
        """The columns of the list."""
        return [column(cls.record, name) for name in cls.columns]

    @classmethod
    def offered_names(cls) -> list[str]:
        """Names of all columns that a list can show: its own, then those of files, forms, programs and filters."""
        names = [*cls.columns, *cls.filed_names(), *cls.form_fields, *cls.told_columns, *cls.filters]
        return list(dict.fromkeys(names))

    @classmethod
    def offered(cls) -> list[Column]:
        """The columns that a list can show; what is shown in the reader's language is not offered in each besides."""
        names = [name for name in cls.offered_names() if f"{name}_here" not in cls.columns]
        return [column(cls.record, name) for name in names]

    @classmethod
    def filed(cls) -> list[Column]:
        """The columns of files beside the id."""
        return [column(cls.record, name) for name in cls.filed_names()]

    @classmethod
    def taken_out(cls) -> list[Column]:
        """The columns of files that are taken out beside the id: those that can be brought in, and those told besides."""
        return [column(cls.record, name) for name in dict.fromkeys([*cls.filed_names(), *cls.told_columns])]

    @classmethod
    def filed_names(cls) -> list[str]:
        """Names of the columns of files beside the id."""
        return cls.file_columns or cls.form_fields or cls.columns

    @classmethod
    def rows(cls, person: Person, level: Level = Level.VIEW) -> QuerySet[Any]:
        """The records on which `person` holds `level`, with what the columns need fetched; retired ones too."""
        return cls.fetched(visible_to(cls.record._default_manager.all(), person, level))

    @classmethod
    def meant_by_key(cls, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Of `rows`, those that a line of a file may mean by the natural key alone; any other is named by its id."""
        return rows

    @classmethod
    def seen_by(cls, person: Person, pk: Any) -> Any | None:
        """The record called `pk` with what the columns need, if `person` may see it; retired ones too."""
        if cls not in READY:
            rows = cls.record._default_manager
            READY[cls] = Ready(lambda key: cls.fetched(rows.filter(pk=key)), UUID if cls.has_uuid() else int)
        record = READY[cls].record(pk)
        return record if record is not None and is_visible_to(record, person) else None

    @classmethod
    def fetched(cls, rows: QuerySet[Any]) -> QuerySet[Any]:
        """`rows` with every relation that a column, the unit or the sort reads, fetched before the loop."""
        columns = cls.offered()
        single = {path for c in columns for path in c.single_relations + c.key_relations}
        place = unit_path(cls.record)
        if place != "pk":
            single.add(place)
        many = {path for c in columns for path in c.many_relations}
        return rows.select_related(*sorted(single)).prefetch_related(*sorted(many)) if single else rows


@cache
def slug_of(model: type[models.Model]) -> str:
    """The plural of `model` in English, as an address names it."""
    with override("en"):
        return slugify(str(model._meta.verbose_name_plural))


def register_of(model: type[models.Model]) -> type[Register] | None:
    """The register that holds records of `model`; None if they have none of their own."""
    return next((r for r in REGISTERS.values() if r.record is model), None)
