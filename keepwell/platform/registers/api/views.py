"""Kept views of lists for programs: one's own and those shared with one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Router, Schema, Status

from keepwell.platform.pages.place import Place, place_without_asking
from keepwell.platform.people.permissions import units_seen
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.registers import keeping
from keepwell.platform.registers.api.bodies import body_of
from keepwell.platform.registers.api.door import caller, right
from keepwell.platform.registers.models import KeptView
from keepwell.platform.registers.register import REGISTERS, Register
from keepwell.platform.registers.writing import Mistakes
from keepwell.platform.tree.models import Unit

router = Router(tags=["keepwell"])
NEW, CHANGE = ("register", "name", "query", "unit"), ("name", "unit")


class View(Schema):
    """A view of a list."""

    id: UUID
    register_: str = Field(alias="register", description="The register, as people.")
    name: str
    query: str = Field(description="Filters, search, order and columns, as the list's address has them.")
    unit: str | None = Field(description="Code of the unit whose people have it too; null: its owner alone.")
    is_own: bool = Field(description="Whether it is yours to change.")


def body(names: tuple[str, ...], required: list[str]) -> dict[str, Any]:
    """The body of a view, for the description."""
    known = {
        "register": "The register, as people.", "name": "1 to 60 characters.",
        "query": "Filters, search, order and columns, as the list's address has them.",
        "unit": "Code of a unit whose people have it too, which needs the right to edit there; null: nobody else.",
    }  # fmt: skip
    fields = {
        name: {"type": ["string", "null"] if name == "unit" else "string", "description": known[name]}
        for name in names
    }
    schema = {"type": "object", "additionalProperties": False, "required": required, "properties": fields}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


@router.get("/views", response=list[View], operation_id="list_views", summary="List your views of lists",
            openapi_extra=right("login"), url_name="list-views", by_alias=True)  # fmt: skip
def list_views(request: PersonRequest) -> list[dict[str, Any]]:
    """Your own views and those shared with you."""
    person = caller(request)
    found = KeptView.objects.for_person(person).select_related("unit").order_by("register", "name", "pk")
    return [told(view, request) for view in found]


@router.post("/views", response={201: View}, operation_id="create_view", summary="Keep a view of a list",
             openapi_extra=right("login", **body(NEW, ["register", "name"])), url_name="create-view", by_alias=True)  # fmt: skip
def create_view(request: PersonRequest) -> Status[dict[str, Any]]:
    """A view shows each reader what their own rights reach."""
    sent = texts(body_of(request), NEW)
    register = REGISTERS.get(sent.get("register") or "")
    if register is None:
        raise Mistakes(
            {"register": [_("No register is called “%(name)s”.") % {"name": sent.get("register") or ""}]}
        )
    view = keeping.keep_view(register, caller(request), sent.get("name") or "", sent.get("query") or "",
                             unit=unit_of(request, sent.get("unit")), place=place(request))  # fmt: skip
    return Status(201, told(view, request))


@router.patch("/views/{uuid:pk}", response=View, operation_id="change_view", summary="Rename or share a view of yours",
              openapi_extra=right("login", **body(CHANGE, [])), url_name="change-view", by_alias=True)  # fmt: skip
def change_view(request: PersonRequest, pk: UUID) -> dict[str, Any]:
    """What is not sent stays."""
    view, register = one(request, pk)
    sent = texts(body_of(request), CHANGE)
    unit = unit_of(request, sent["unit"]) if "unit" in sent else view.unit
    changed = keeping.change_view(
        register, view, caller(request), name=sent.get("name") or view.name, unit=unit
    )
    return told(changed, request)


@router.delete("/views/{uuid:pk}", response={204: None}, operation_id="remove_view", summary="Remove a view of yours",
               openapi_extra=right("login"), url_name="remove-view")  # fmt: skip
def remove_view(request: PersonRequest, pk: UUID) -> Status[None]:
    """Lists that began with it begin as the register has them."""
    keeping.remove_view(one(request, pk)[0], caller(request))
    return Status(204, None)


def told(view: KeptView, request: PersonRequest) -> dict[str, Any]:
    """A view as programs read it."""
    return {"id": view.pk, "register": view.register, "name": view.name, "query": view.query,
            "unit": view.unit.code if view.unit else None, "is_own": view.owner_id == caller(request).pk}  # fmt: skip


def one(request: PersonRequest, pk: UUID) -> tuple[KeptView, type[Register]]:
    """The view, if the caller has it, and its register."""
    view = KeptView.objects.for_person(caller(request)).select_related("unit").filter(pk=pk).first()
    register = REGISTERS.get(view.register) if view else None
    if view is None or register is None:
        raise Http404
    return view, register


def unit_of(request: PersonRequest, code: str | None) -> Unit | None:
    """The unit called `code`, among those the caller may see."""
    if not code:
        return None
    found = units_seen(caller(request)).filter(code=code.replace("\x00", "")).first()
    if found is None:
        raise Mistakes({"unit": [_("No unit is called “%(text)s”.") % {"text": code}]})
    return found


def place(request: HttpRequest) -> Place:
    """Where a list stands while its query is read."""
    return place_without_asking(request, getattr(request, "person", None))


def texts(sent: dict[str, Any], names: tuple[str, ...]) -> dict[str, str | None]:
    """The values sent, each a text; raises Mistakes."""
    wrong = {
        name: [_("“%(name)s” is not asked here.") % {"name": name}] for name in sent if name not in names
    }
    wrong |= {name: [_("Write a text.")] for name, value in sent.items()
              if name in names and not isinstance(value, str) and not (name == "unit" and value is None)}  # fmt: skip
    if wrong:
        raise Mistakes(wrong)
    return sent
