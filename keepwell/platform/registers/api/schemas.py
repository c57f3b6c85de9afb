"""What the API gives and takes, described from a register's columns for programs and for their authors."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import prefetch_related_objects
from django.utils.text import capfirst
from ninja import Schema
from pydantic import Field, create_model

from keepwell.platform.acts.act import Act
from keepwell.platform.registers.api.bodies import questions
from keepwell.platform.registers.columns import Column, Kind, column
from keepwell.platform.registers.filtering import Parameter
from keepwell.platform.registers.listing import LARGEST, SIZE, parameters, sortable
from keepwell.platform.registers.register import Register

TYPES: dict[Kind, Any] = {
    Kind.TEXT: str, Kind.NUMBER: int, Kind.DECIMAL: Decimal, Kind.DAY: date, Kind.MOMENT: datetime,
    Kind.YES_NO: bool, Kind.CHOICE: str, Kind.ONE: str, Kind.MANY: list[str], Kind.LIST: list[Any],
    Kind.MAPPING: dict[str, Any],
}  # fmt: skip


def told_columns(register: type[Register]) -> list[Column]:
    """All columns that the API tells, each once: what is typed, what is filed, what is shown, what is told besides."""
    filed = [*register.form_fields, *register.filed_names()]
    names = dict.fromkeys([*filed, *register.columns, *register.told_columns])
    return [column(register.record, name) for name in names]


def told(register: type[Register], rows: list[Any]) -> list[dict[str, Any]]:
    """Records as the API gives them: codes, and relations by natural key."""
    columns = told_columns(register)
    prefetch_related_objects(
        rows, *sorted({path for c in columns for path in (*c.single_relations, *c.many_relations)})
    )
    return [_one(register, columns, row) for row in rows]


def told_whole(register: type[Register], row: Any) -> dict[str, Any]:
    """One record as the API gives it by itself, with what follows from it."""
    found = told(register, [row])[0]
    return found | {"follows": row.follows} if hasattr(row, "follows") else found


def _one(register: type[Register], columns: list[Column], row: Any) -> dict[str, Any]:
    marks = {"id": row.pk}
    if register.is_tracked():
        marks |= {"version": row.version, "retired_at": row.retired_at}
    return marks | {c.name: _plain(c, c.code(row)) for c in columns}


def _plain(c: Column, value: Any) -> Any:
    return str(value) if c.kind is Kind.TEXT and value is not None else value


def key_type(register: type[Register]) -> type[UUID] | type[int]:
    """How records of a register are numbered."""
    pk = register.record._meta.pk
    return UUID if pk is not None and pk.get_internal_type() == "UUIDField" else int


def record_schema(register: type[Register]) -> type[Schema]:
    """One record of a register."""
    fields: dict[str, Any] = {"id": (key_type(register), Field(description="Its identity."))}
    if register.is_tracked():
        fields["version"] = (int, Field(description="Counts its changes; send it back when you change it."))
        fields["retired_at"] = (datetime | None, Field(description="Since when it is out of use."))
    if hasattr(register.record, "follows"):
        says = "What follows from it, in one sentence; empty: nothing to look at. A list leaves it out."
        fields["follows"] = (str | None, Field(default=None, description=says))
    for c in told_columns(register):
        fields[c.name] = (TYPES[c.kind] | None, Field(description=describe(c), json_schema_extra=_codes(c)))
    return create_model(
        register.record.__name__, __base__=Schema, __doc__=first_sentence(register.record), **fields
    )


def page_schema(register: type[Register], record: type[Schema]) -> type[Schema]:
    """A page of a list."""
    return create_model(
        f"{register.record.__name__}Page", __base__=Schema, __doc__=f"A page of {_plural(register)}.",
        items=(list[record], Field(description="The records, in the order asked for.")),  # type: ignore[valid-type]  # made at run time
        earlier=(str | None, Field(description="Cursor of the page before: send it as `before`.")),
        later=(str | None, Field(description="Cursor of the page after: send it as `after`.")),
        total=(int, Field(description="How many records there are, counted up to 10,000.")),
        is_more=(bool, Field(description="Whether there are more than `total`.")),
    )  # fmt: skip


def body_schema(register: type[Register], *, change: bool) -> dict[str, Any]:
    """The body of a new record, or of a change to one."""
    fields: dict[str, Any] = {}
    for c in (column(register.record, name) for name in register.form_fields):
        needed = not change and not c.field.blank and not c.field.has_default() and c.kind is not Kind.YES_NO
        fields[c.name] = _body_field(c, describe(c), needed=needed)
    if change:
        fields["version"] = (int | None, Field(None, description="The version you saw; or send If-Match."))
    name = register.record.__name__
    return _described(f"{name}Change" if change else f"New{name}", fields)


def act_schema(rule: Act[..., Any]) -> dict[str, Any]:
    """The body of an act: its questions."""
    fields: dict[str, Any] = {
        name: _body_field(q.column, describe(q.column), needed=q.required and not q.may_be_empty)
        for name, q in questions(rule).items()
    }
    fields["version"] = (
        int | None,
        Field(None, description="The version you saw, if it must not have changed since."),
    )
    return _described("".join(map(capfirst, [rule.record.__name__, *rule.name.split("_")])), fields)


def _body_field(c: Column, description: str, *, needed: bool) -> Any:
    longest = getattr(c.field, "max_length", None) if c.kind is Kind.TEXT else None
    kind: Any = list[str] if c.kind is Kind.LIST else TYPES[c.kind]
    options: dict[str, Any] = {"description": description, "json_schema_extra": _codes(c)}
    if longest:
        options["max_length"] = longest
    return (kind, Field(**options)) if needed else (kind | None, Field(None, **options))


def _described(name: str, fields: dict[str, Any]) -> dict[str, Any]:
    model = create_model(name, __config__={"extra": "forbid"}, **fields)
    required = any(field.is_required() for field in model.model_fields.values())
    content = {"application/json": {"schema": model.model_json_schema()}}
    return {"requestBody": {"required": required, "content": content}}


def describe(c: Column) -> str:
    """What a column means, in a line."""
    parts = [capfirst(str(c.label)), str(getattr(c.field, "help_text", ""))]
    if c.related is not None:
        kind = str(c.related._meta.verbose_name)
        parts.append(
            f"{'Each' if c.kind is Kind.MANY else 'The'} {kind} by its {' | '.join(_key(c.related))} or id"
        )
    return ". ".join(part.rstrip(".") for part in parts if part) + "."


def _key(model: Any) -> list[str]:
    return [name.replace("__", " ") for name in getattr(model, "key_fields", ())] or ["key"]


def _codes(c: Column) -> dict[str, Any] | None:
    """The codes of a choice, with their labels; they are told, not enforced here."""
    return {"x-codes": {str(code): str(label) for code, label in c.choices.items()}} if c.choices else None


def list_parameters(register: type[Register]) -> list[dict[str, Any]]:
    """The parameters of a list, as OpenAPI has them."""
    sorts = [way for name in sortable(register) for way in (name, f"-{name}")]
    beginning = register.sort or "by id"
    ours: list[tuple[str, dict[str, Any], str]] = [
        ("q", {"type": "string"}, f"Words that must all stand in: {', '.join(register.search_fields)}."),
        ("sort", {"type": "string", "enum": sorts}, f"The order, - for last first; else {beginning}."),
        ("after", {"type": "string"}, "Cursor `later` of a page: the rows after it."),
        ("before", {"type": "string"}, "Cursor `earlier` of a page: the rows before it; or `end`."),
        ("size", {"type": "integer", "minimum": 1, "maximum": LARGEST, "default": SIZE}, "Rows on a page."),
        ("unit", {"type": "string"}, "Code or id of a unit: it and all below it."),
        ("day", {"type": "string", "format": "date"}, "The day whose structure of units holds; else today."),
        ("retired", {"type": "string", "enum": ["yes", "no"]}, "Whether retired records are shown too."),
    ]  # fmt: skip
    known = parameters(register)
    found = [(p.name, *_filter(p)) for p in known.values()] + [one for one in ours if one[0] not in known]
    return [{"in": "query", "name": name, "required": False, "schema": schema, "description": text}
            for name, schema, text in found if name != "q" or register.search_fields]  # fmt: skip


def _filter(p: Parameter) -> tuple[dict[str, Any], str]:
    plain = {Kind.NUMBER: "integer", Kind.DECIMAL: "number"}
    schema: dict[str, Any] = {"type": plain.get(p.column.kind, "string")}
    if p.column.kind in (Kind.DAY, Kind.MOMENT):
        schema["format"] = "date"
    if p.column.kind is Kind.YES_NO:
        schema["enum"] = ["yes", "no"]
    if p.column.choices:
        schema["enum"] = [str(code) for code in p.column.choices]
    if p.takes_several:
        schema = {"type": "array", "items": schema}
    bound = {"gte": " From this on.", "lte": " Up to and with this."}.get(p.bound, "")
    return schema, describe(p.column) + bound


def first_sentence(thing: Any) -> str:
    """What a record or an act is, by the first sentence of its docstring."""
    text = " ".join((thing.__doc__ or "").split())
    return text.split(". ")[0].rstrip(".") + "." if text else ""


def _plural(register: type[Register]) -> str:
    return str(register.record._meta.verbose_name_plural)
