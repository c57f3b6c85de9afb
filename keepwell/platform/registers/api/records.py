"""The operations that every register has: list, read, create, change, its acts, and files in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status

from keepwell.platform.acts.act import Act, never
from keepwell.platform.history.models import conflict
from keepwell.platform.people.noted import keep_opening
from keepwell.platform.people.operations import Access
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.people.roles import Level
from keepwell.platform.registers.api.bodies import answers, body_of, version_of, version_required
from keepwell.platform.registers.api.door import KEPT, caller, level_of, require_proof, right
from keepwell.platform.registers.api.schemas import (
    act_schema,
    body_schema,
    first_sentence,
    key_type,
    list_parameters,
    page_schema,
    record_schema,
    told,
    told_whole,
)
from keepwell.platform.registers.handing import hand_out, is_kept
from keepwell.platform.registers.listing import Wish, find
from keepwell.platform.registers.register import Register
from keepwell.platform.registers.writing import Mistakes, change, create

Answer = Any  # what ninja turns into a response: a dict, a Status or a response


def routes(slug: str, register: type[Register]) -> Router:
    """Every operation of one register."""
    router = Router(tags=[slug])
    schema = record_schema(register)
    _add_list(router, slug, register, page_schema(register, schema))
    _add_read(router, slug, register, schema)
    if register.form_fields:
        _add_create(router, slug, register, schema)
        _add_change(router, slug, register, schema)
    for rule in register.acts:
        _add_act(router, slug, register, rule, schema)
    return router


def named(slug: str) -> str:
    """A slug as operation ids carry it."""
    return slug.replace("-", "_")


def seen(request: PersonRequest, register: type[Register], pk: UUID | int) -> Any:
    """The record, if this person may see it; absent and invisible are answered alike."""
    record = register.rows(caller(request)).filter(pk=pk).first()
    if record is None:
        raise Http404
    return record


def one(register: type[Register], record: Any) -> dict[str, Any]:
    """The record as it stands now."""
    return told_whole(register, register.fetched(register.record._default_manager.filter(pk=record.pk)).get())


def tagged(response: HttpResponse, record: dict[str, Any]) -> None:
    """Let a caller send the version back as If-Match."""
    if "version" in record:
        response["ETag"] = f'"{record["version"]}"'


def _key(register: type[Register]) -> str:
    return "{uuid:pk}" if key_type(register) is UUID else "{int:pk}"


def _typed(view: Callable[..., Any], register: type[Register]) -> Callable[..., Any]:
    view.__annotations__["pk"] = key_type(register)
    return view


def _add_list(router: Router, slug: str, register: type[Register], page: type[Schema]) -> None:
    rule = "login" if hasattr(register.record, "own") else level_of(Level.VIEW, register.area())
    extra = right(rule, parameters=list_parameters(register))
    if is_kept(register):
        extra[KEPT] = True

    def answer(request: PersonRequest) -> Answer:
        found = find(register, caller(request), Wish.parse(register, request.GET))
        hand_out(request, register, found.rows)
        return {
            "items": told(register, found.rows),
            "earlier": found.earlier_cursor or None,
            "later": found.later_cursor or None,
            "total": found.total,
            "is_more": found.is_more,
        }

    router.get(
        f"/{slug}",
        response=page,
        operation_id=f"list_{named(slug)}",
        openapi_extra=extra,
        url_name=f"list-{slug}",
        summary=f"List {slug}",
        description=f"A page of {slug}: {first_sentence(register.record)}",
    )(answer)


def _add_read(router: Router, slug: str, register: type[Register], schema: type[Schema]) -> None:
    extra = right(level_of(Level.VIEW, register.area()), access=Access.OBJECT)

    def answer(request: PersonRequest, response: HttpResponse, pk: Any) -> Answer:
        found = seen(request, register, pk)
        keep_opening(request, found)
        record = told_whole(register, found)
        tagged(response, record)
        return record

    router.get(
        f"/{slug}/{_key(register)}",
        response=schema,
        operation_id=f"read_{named(slug)}",
        openapi_extra=extra,
        summary=f"Read one of {slug}",
        description=first_sentence(register.record),
        url_name=f"one-of-{slug}",
    )(_typed(answer, register))


def _add_create(router: Router, slug: str, register: type[Register], schema: type[Schema]) -> None:
    rule, proof = level_of(register.level_to_write(), register.area()), register.needs_proof()
    extra = right(rule, step_up=proof, **body_schema(register, change=False))

    def answer(request: PersonRequest, response: HttpResponse) -> Answer:
        # What a record says of itself where a program made it, as by which door it came.
        known = getattr(register.record, "of_programs", {})
        record = one(register, create(register, body_of(request), by=caller(request), known=known))
        tagged(response, record)
        response["Location"] = f"{request.path}/{record['id']}"
        return Status(201, record)

    router.post(
        f"/{slug}",
        response={201: schema},
        operation_id=f"create_{named(slug)}",
        openapi_extra=extra,
        url_name=f"create-{slug}",
        summary=f"Add one to {slug}",
        description="All mistakes are told at once; then nothing was written.",
    )(answer)


def _add_change(router: Router, slug: str, register: type[Register], schema: type[Schema]) -> None:
    rule = level_of(register.level_to_write(), register.area())
    proof = register.needs_proof()
    extra = right(rule, access=Access.OBJECT, step_up=proof, **body_schema(register, change=True))

    def answer(request: PersonRequest, response: HttpResponse, pk: Any) -> Answer:
        record, body = seen(request, register, pk), body_of(request)
        version = version_required(request, body)
        changed = one(register, change(register, record, body, version=version, by=caller(request)))
        tagged(response, changed)
        return changed

    router.patch(
        f"/{slug}/{_key(register)}",
        response=schema,
        operation_id=f"change_{named(slug)}",
        openapi_extra=extra,
        summary=f"Change one of {slug}",
        url_name=f"change-{slug}",
        description="What is not sent stays. Needs the version you saw, in the body or as If-Match; "
        "409 names who changed it since.",
    )(_typed(answer, register))


def _add_act(
    router: Router, slug: str, register: type[Register], rule: Act[..., Any], schema: type[Schema]
) -> None:
    name = rule.name.replace("_", "-")
    extra = right(
        level_of(rule.level, rule.area or register.area()),
        access=Access.OBJECT,
        step_up=rule.step_up or register.needs_proof(),
        **({} if rule.proof_where is never else {"x-step-up-where": True}),
        **act_schema(rule),
    )

    def answer(request: PersonRequest, response: HttpResponse, pk: Any) -> Answer:
        record, body = seen(request, register, pk), body_of(request)
        rule.require_right(caller(request), record)
        if rule.proof_where(record):
            require_proof(request)
        version = version_of(request, body)
        given = answers(rule, body, caller(request))
        if version is not None and version != record.version:
            if version > record.version:
                raise Mistakes({"version": [_("This record has no such version.")]})
            record.version = version
            raise conflict(record)
        rule(record, by=caller(request), **given)
        done = one(register, record)
        tagged(response, done)
        return done

    router.post(
        f"/{slug}/{_key(register)}/{name}",
        response=schema,
        operation_id=f"{rule.name}_{named(slug)}",
        openapi_extra=extra,
        summary=str(rule.label),
        description=str(rule.explains),
        url_name=f"{name}-{slug}",
    )(_typed(answer, register))
