"""What house tests walk over: every address, every operation of the API, every register with its sample."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from hashlib import sha256
from html.parser import HTMLParser
from importlib import import_module
from importlib.util import find_spec
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.urls import URLPattern, URLResolver, get_resolver

from keepwell.platform.history.acting import acting
from keepwell.platform.people.models import Person
from keepwell.platform.registers import api
from keepwell.platform.registers.columns import column
from keepwell.platform.registers.register import REGISTERS, Register
from keepwell.platform.tree.models import Unit
from tests.cast import TELLER

METHODS = ("get", "post", "patch", "put", "delete")
NOBODY = UUID("00000000-0000-4000-8000-000000000000")
ARGUMENT = re.compile(r"<(?:(\w+):)?(\w+)>")
NO_SUCH = {"uuid": str(NOBODY), "str": str(NOBODY), "uuidstr": str(NOBODY), "int": "999999999"}


@dataclass(frozen=True)
class Address:
    """One URL pattern: where it lies, what it is called, what answers there."""

    route: str
    name: str
    view: Callable[..., Any]

    @property
    def path(self) -> str:
        """An address of this form; arguments name what does not exist."""
        return "/" + ARGUMENT.sub(lambda found: NO_SUCH.get(found[1], "nothing"), self.route)

    @property
    def is_api(self) -> bool:
        return self.route.startswith(("api/", "scim/"))

    @property
    def takes_arguments(self) -> bool:
        return bool(ARGUMENT.search(self.route))


def addresses() -> list[Address]:
    """Every address of the site."""
    return list(_addresses(get_resolver().url_patterns, ""))


def _addresses(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[Address]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _addresses(pattern.url_patterns, route)
        else:
            yield Address(route, pattern.name or "", pattern.callback)


@dataclass(frozen=True)
class Endpoint:
    """One operation of the API, as its OpenAPI description tells it."""

    method: str
    path: str
    told: dict[str, Any]

    @property
    def right(self) -> str:
        """ "public", "login", or a level and an area; "" if it says nothing."""
        return str(self.told.get("x-right", ""))


def endpoints() -> list[Endpoint]:
    """Every operation of the API."""
    return [Endpoint(method, path, told)
            for path, methods in api.schema()["paths"].items()
            for method, told in methods.items() if method in METHODS]  # fmt: skip


Sample = Callable[[Unit, Person], Any]


@cache
def samples() -> dict[str, Sample]:
    """The sample record of each register that has one, by slug."""
    rooms = [f"{area}.tests.samples" for area in settings.AREAS if find_spec(f"{area}.tests.samples")]
    found = {slug: getattr(import_module(room), slug.replace("-", "_"), None)
             for room in rooms for slug in REGISTERS if hasattr(import_module(room), slug.replace("-", "_"))}  # fmt: skip
    return dict(sorted(found.items()))


def typed() -> list[str]:
    """The registers whose records people type, by slug."""
    return [slug for slug in samples() if REGISTERS[slug].form_fields]


def tracked() -> list[str]:
    """The registers whose records have versions and a history, by slug."""
    return [slug for slug in samples() if REGISTERS[slug].is_tracked()]


def made(slug: str, unit: Unit, person: Person, number: int = 0) -> Any:
    """The sample of a register, saved at `unit`; each `number` gives another record of the same kind."""
    with acting(TELLER, "house.enter"):
        return saved(slug, drawn(slug, unit, person, number), unit)


def saved(slug: str, record: Any, unit: Unit) -> Any:
    """`record` of a register, kept with links to `unit` where it would not be whole without."""
    units = {field.name: [unit] for field in links_needed(record)}
    record.save(**({"links": units} if REGISTERS[slug].is_tracked() and units else {}))
    return record


def drawn(slug: str, unit: Unit, person: Person, number: int) -> Any:
    """The same, not saved yet; what it stands on is."""
    record = samples()[slug](unit, person)
    vary(record, number)
    return record


def links_needed(record: Any) -> list[Any]:
    """The relations to several units without which `record` would not be whole."""
    return [field for field in record._meta.many_to_many if not field.blank and field.related_model is Unit]


def vary(record: Any, number: int) -> None:
    """Let `record` differ from its siblings in whatever must be unique."""
    if not number:
        return
    unique = {field.name for field in record._meta.concrete_fields if field.unique and not field.primary_key}
    for constraint in record._meta.constraints:
        unique |= set(getattr(constraint, "fields", ()))
    fields = [record._meta.get_field(name) for name in sorted(unique)]
    texts = [
        field for field in fields
        if isinstance(field, models.CharField) and not field.choices and takes(field, varied(record, field, number))
    ]  # fmt: skip
    days = [field for field in fields if isinstance(field, models.DateField)]
    for field in texts:
        setattr(record, field.name, varied(record, field, number))
    for field in [] if texts else days:
        step = (
            timedelta(minutes=number) if isinstance(field, models.DateTimeField) else timedelta(days=number)
        )
        setattr(record, field.name, getattr(record, field.name) + step)


def varied(record: Any, field: Any, number: int) -> str:
    """The text of a column, made to differ by `number`."""
    text = f"{getattr(record, field.name)}-{number}"
    return text[-(field.max_length or len(text)) :]


def takes(field: Any, text: str) -> bool:
    """Whether a column takes `text`; one that names something which must be there does not take any."""
    try:
        field.run_validators(text)
    except ValidationError:
        return False
    return True


def values_of(register: type[Register], record: Any) -> dict[str, Any]:
    """What a person would type or a program send to make or change `record`."""
    found = {name: column(register.record, name).code(record) for name in register.form_fields}
    return {name: plain(value) for name, value in found.items()}


def fresh_values(slug: str, unit: Unit, person: Person) -> dict[str, Any]:
    """What one would send to add the sample, which is not there yet; what it needs is there."""
    made(slug, unit, person, 8)
    with transaction.atomic():
        values = values_of(REGISTERS[slug], made(slug, unit, person, 7))
        transaction.set_rollback(True)
    return values


def plain(value: Any) -> Any:
    """A value as JSON carries it."""
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date | datetime) else value


def changed(register: type[Register], record: Any) -> dict[str, Any]:
    """Another value for one column of `record` that may have any: what an editor would send."""
    fields = [record._meta.get_field(name) for name in register.form_fields]
    free = [f for f in fields if not (f.unique or f.choices or f.is_relation or f.name in record.key_fields)]
    for field in free:
        value = getattr(record, field.name)
        if isinstance(field, models.CharField) and len(field.validators) < 2:
            return {field.name: f"{value} anew".strip()}
        if isinstance(field, models.DateField) and value:
            return {field.name: plain(value + timedelta(days=1))}
    raise AssertionError(f"No column of {register.__name__} can be changed at will.")


def as_form(values: dict[str, Any]) -> dict[str, Any]:
    """`values` as a browser sends them: nothing for no, lists repeated or one item a line."""
    told: dict[str, Any] = {}
    for name, value in values.items():
        if value is True:
            told[name] = "on"
        elif isinstance(value, dict):
            told[name] = "\n".join(f"{left}: {right}" for left, right in value.items())
        elif value is not None and value is not False:
            told[name] = value
    return told


class FormReader(HTMLParser):
    """Reads what a browser would send of the first form with a version: what was shown, unchanged."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, list[str]]] = []
        self.select = self.text = ""
        self.form: dict[str, list[str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        name, value = told.get("name", ""), told.get("value", "")
        if tag == "form":
            self.form = {}
            self.forms.append(self.form)
        elif tag == "input" and name and (told.get("type") not in ("checkbox", "radio") or "checked" in told):
            self.form.setdefault(name, []).append(value or "on" * (told.get("type") == "checkbox"))
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select and "selected" in told:
            self.form.setdefault(self.select, []).append(value)
        elif tag == "textarea":
            self.text = name
            self.form[name] = [""]

    def handle_endtag(self, tag: str) -> None:
        self.select = "" if tag == "select" else self.select
        self.text = "" if tag == "textarea" else self.text

    def handle_data(self, text: str) -> None:
        if self.text:
            self.form[self.text][0] += text


def shown_form(page: str) -> dict[str, list[str]]:
    """What a browser would send of the record's form on `page` if nobody touched it."""
    reader = FormReader()
    reader.feed(page)
    return next(form for form in reader.forms if "version" in form)


def row_of(record: Any) -> dict[str, Any]:
    """The row as the database has it now, relations to several included."""
    manager = type(record)._base_manager
    row = manager.filter(pk=record.pk).values().get()
    fresh = manager.get(pk=record.pk)
    return row | {field.name: sorted(str(one.pk) for one in getattr(fresh, field.name).all())
                  for field in record._meta.many_to_many}  # fmt: skip


def digest_of(record: Any) -> str:
    """A digest of the row as the database has it now."""
    return sha256(repr(sorted(row_of(record).items(), key=lambda pair: pair[0])).encode()).hexdigest()
