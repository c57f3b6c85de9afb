"""What may be done with users and groups: found, read, made, replaced, patched and ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.http import Http404
from scim2_models import Context, InvalidFilterException, PatchOp, Resource, ResponseParameters

from keepwell.areas.administration.api.scim import groups, users
from keepwell.areas.administration.api.scim.door import Failed
from keepwell.areas.administration.api.scim.filters import Table, condition
from keepwell.areas.administration.api.scim.shapes import MOST_RESULTS, TOLERANT, FullUser, Group
from keepwell.areas.administration.rules import provisioning
from keepwell.platform.history.acting import acting
from keepwell.platform.people import models as rows
from keepwell.platform.people.models import Person, Provision


@dataclass(frozen=True)
class Kind:
    """One kind of resource: its shape, its rows, and how they are shown and written."""

    name: str
    model: Any  # a Tracked of its own
    shape: Any  # a Resource of its own
    schema: str
    table: Callable[[Person], Table]
    sorted: dict[str, str]
    asked: Callable[[Person], QuerySet[Any]]
    shown: Callable[..., list[Any]]
    write: Callable[[Any, Any, Person], Any]
    delete: Callable[[Any, Person], None]


@dataclass(frozen=True)
class Wish:
    """What a list is asked for; positions count from 1."""

    filter: str = ""
    sort_by: str = ""
    descending: bool = False
    start: int = 1
    count: int = MOST_RESULTS
    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


def _write_user(person: Person | None, told: Any, client: Person) -> Person:
    found = users.told_by(told, client)
    if person is None:
        return provisioning.employ(found, client=client)[0]
    provisioning.alter(person, _provision(person, client), found, client=client)
    return person


def _delete_user(person: Person, client: Person) -> None:
    provisioning.delete(person, _provision(person, client), client=client)


def _provision(person: Person, client: Person) -> Provision | None:
    return (
        Provision.objects.current()
        .select_related("person__unit")
        .filter(client=client, person=person)
        .first()
    )


KINDS = {
    "Users": Kind("User", Person, FullUser, users.SCHEMA, users.table, users.SORTED, users.asked, users.shown,
                  _write_user, _delete_user),
    "Groups": Kind("Group", rows.Group, Group, groups.SCHEMA, groups.table, groups.SORTED, groups.asked, groups.shown,
                   groups.write, groups.delete),
}  # fmt: skip


def listed(kinds: list[Kind], wish: Wish, client: Person, base: str) -> dict[str, Any]:
    """One part of a list, with how many there are in all; of several kinds one after the other."""
    start, total = max(1, wish.start), 0
    found: list[dict[str, Any]] = []
    for kind in kinds:
        every = _asked(kind, wish, client, alone=len(kinds) == 1)
        first, left = max(0, start - 1 - total), min(max(0, wish.count), MOST_RESULTS) - len(found)
        part = _in_order(kind, every, wish)[first : first + left] if left else []
        found += [dumped(one, only=wish.only, without=wish.without) for one in kind.shown(part, client, base)]
        total += every.count()
    return {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": total,
        "startIndex": start, "itemsPerPage": len(found), "Resources": found,
    }  # fmt: skip


def _asked(kind: Kind, wish: Wish, client: Person, *, alone: bool) -> QuerySet[Any]:
    """The rows that a filter finds; where several kinds are asked, one without the attribute has none."""
    every = kind.asked(client)
    try:
        return every.filter(condition(wish.filter, kind.table(client), kind.schema))
    except InvalidFilterException:
        if alone:
            raise
        return every.none()


def _in_order(kind: Kind, every: QuerySet[Any], wish: Wish) -> QuerySet[Any]:
    if not wish.sort_by:
        return every.order_by("pk")
    name = wish.sort_by.casefold().removeprefix(f"{kind.schema.casefold()}:")
    column = kind.sorted.get(name) or kind.sorted.get(f"{name}.value")
    if column is None:
        raise InvalidFilterException(detail=f"There is no sorting by “{wish.sort_by}”.")
    order = F(column).desc(nulls_first=True) if wish.descending else F(column).asc(nulls_last=True)
    return every.order_by(order, "pk")


def dumped(one: Resource[Any], *, only: tuple[str, ...] = (), without: tuple[str, ...] = (),
           context: Context = Context.RESOURCE_QUERY_RESPONSE) -> dict[str, Any]:  # fmt: skip
    """A resource as JSON, with the attributes asked for."""
    if not (only or without):
        return one.model_dump(scim_ctx=context)
    shape: Any = ResponseParameters[type(one)]  # type: ignore[misc]  # a shape is a class
    asked = {"attributes": list(only)} if only else {"excludedAttributes": list(without)}
    chosen = shape.model_validate(asked, scim_policy=TOLERANT)
    return one.model_dump(scim_ctx=context, response_parameters=chosen)


def found(kind: Kind, pk: UUID, client: Person) -> Any:
    """The row with this id that the client may see."""
    row = kind.asked(client).filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


def shown(kind: Kind, pk: UUID, client: Person, base: str) -> Any:
    """The resource with this id that the client may see."""
    return kind.shown([found(kind, pk, client)], client, base)[0]


def see_version(one: Any, wanted: str) -> None:
    """Refuse what was written over another version than the present one."""
    versions = [text.strip() for text in wanted.split(",")]
    plain = {text.removeprefix("W/") for text in versions}
    if wanted and "*" not in versions and one.meta.version.removeprefix("W/") not in plain:
        raise Failed(412, f"It is at version {one.meta.version} now; read it again.")


def make(kind: Kind, body: dict[str, Any], client: Person, base: str) -> Any:
    """Make a resource."""
    told = kind.shape.model_validate(body, scim_ctx=Context.RESOURCE_CREATION_REQUEST, scim_policy=TOLERANT)
    with transaction.atomic(), acting(client, f"scim.create {kind.name}"):
        row = kind.write(None, told, client)
    return shown(kind, row.pk, client, base)


def replace(kind: Kind, pk: UUID, body: dict[str, Any], client: Person, base: str, *, version: str) -> Any:
    """Let a resource be just what was sent; what only we write stays."""
    told = kind.shape.model_validate(
        body, scim_ctx=Context.RESOURCE_REPLACEMENT_REQUEST, scim_policy=TOLERANT
    )
    with transaction.atomic(), acting(client, f"scim.replace {kind.name}"):
        row = _held(kind, pk, client)
        present = kind.shown([row], client, base)[0]
        see_version(present, version)
        told.replace(present)
        kind.write(row, told, client)
    return shown(kind, pk, client, base)


def patch(kind: Kind, pk: UUID, body: dict[str, Any], client: Person, base: str, *, version: str) -> Any:
    """Change a resource step by step; all of the steps or none."""
    steps = PatchOp[kind.shape].model_validate(  # type: ignore[name-defined]  # a shape is a class
        _spoken(body), scim_ctx=Context.RESOURCE_PATCH_REQUEST, scim_policy=TOLERANT
    )
    with transaction.atomic(), acting(client, f"scim.patch {kind.name}"):
        row = _held(kind, pk, client)
        present = kind.shown([row], client, base)[0]
        see_version(present, version)
        if steps.patch(present, scim_policy=TOLERANT):
            kind.write(row, present, client)
    return shown(kind, pk, client, base)


def _spoken(body: dict[str, Any]) -> dict[str, Any]:
    """A patch with yes and no as JSON has them; Entra ID sends "True" and "False"."""
    words = {"true": True, "false": False}
    steps = body.get("Operations")
    for step in steps if isinstance(steps, list) else []:
        if isinstance(step, dict):
            value, path = step.get("value"), str(step.get("path", ""))
            if isinstance(value, str) and path.casefold().endswith("active"):
                step["value"] = words.get(value.lower(), value)
            elif isinstance(value, dict) and isinstance(value.get("active"), str):
                value["active"] = words.get(value["active"].lower(), value["active"])
    return body


def remove(kind: Kind, pk: UUID, client: Person, base: str, *, version: str) -> None:
    """End a resource; the client does not see it again."""
    with transaction.atomic(), acting(client, f"scim.delete {kind.name}"):
        row = _held(kind, pk, client)
        see_version(kind.shown([row], client, base)[0], version)
        kind.delete(row, client)


def _held(kind: Kind, pk: UUID, client: Person) -> Any:
    """The row with this id, nobody else's until the end of the transaction."""
    kind.model._base_manager.select_for_update(of=("self",)).filter(pk=pk).values_list("pk").first()
    return found(kind, pk, client)
