"""The addresses of SCIM 2.0 under /scim/v2."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, re_path
from scim2_models import Context

from keepwell.areas.administration.api.scim import resources, shapes
from keepwell.areas.administration.api.scim.bulk import Bulk
from keepwell.areas.administration.api.scim.door import Failed, body_of, client_of, reply, scim
from keepwell.areas.administration.api.scim.resources import KINDS, Kind, Wish
from keepwell.areas.administration.rules.provisioning import within_reach
from keepwell.platform.people.handing import hand_out
from keepwell.platform.people.noted import LONGEST_QUERY

PREFIX = "/scim/v2"
MOST_CODES = 500


def base_of(request: HttpRequest) -> str:
    """Where SCIM lies, as this client reaches it."""
    return request.build_absolute_uri(PREFIX)


def wish_of(asked: dict[str, Any]) -> Wish:
    """What a list is asked for, by address or by body; raises Failed."""
    try:
        start, count = int(asked.get("startIndex", 1)), int(asked.get("count", shapes.MOST_RESULTS))
    except (TypeError, ValueError) as error:
        raise Failed(400, "startIndex and count are whole numbers.", "invalidValue") from error
    order = str(asked.get("sortOrder", "ascending")).casefold()
    if order not in ("ascending", "descending"):
        raise Failed(400, "sortOrder is ascending or descending.", "invalidValue")
    return Wish(
        filter=str(asked.get("filter", "")), sort_by=str(asked.get("sortBy", "")), descending=order == "descending",
        start=start, count=count, only=_names(asked.get("attributes")), without=_names(asked.get("excludedAttributes")),
    )  # fmt: skip


def _names(asked: Any) -> tuple[str, ...]:
    names = asked if isinstance(asked, list) else str(asked or "").split(",")
    return tuple(str(name).strip() for name in names if str(name).strip())


def find(request: HttpRequest, kind: Kind) -> HttpResponse:
    return _listed(request, [kind], wish_of(request.GET.dict()))


def search(request: HttpRequest, kind: Kind) -> HttpResponse:
    return _listed(request, [kind], wish_of(body_of(request)))


def search_all(request: HttpRequest) -> HttpResponse:
    return _listed(request, list(KINDS.values()), wish_of(body_of(request)))


def _listed(request: HttpRequest, kinds: list[Kind], wish: Wish) -> HttpResponse:
    """A part of a list, of which the trail is told. Whoever is looked up alone, as all are who are provisioned, is no
    walk through the list."""
    found = resources.listed(kinds, wish, client_of(request), base_of(request))
    asked = urlencode({"filter": wish.filter} if wish.filter else {})[:LONGEST_QUERY]
    hand_out(request, "scim", len(found["Resources"]), walks=found["totalResults"] > 1, asked=asked)
    return reply(found)


def make(request: HttpRequest, kind: Kind) -> HttpResponse:
    one = resources.make(kind, body_of(request), client_of(request), base_of(request))
    return _shown(request, one, 201, context=Context.RESOURCE_CREATION_RESPONSE)


def read(request: HttpRequest, kind: Kind, pk: str) -> HttpResponse:
    one = resources.shown(kind, _id(pk), client_of(request), base_of(request))
    if one.meta.version in request.headers.get("If-None-Match", "").split(", "):
        return reply(None, 304, ETag=one.meta.version)
    return _shown(request, one)


def replace(request: HttpRequest, kind: Kind, pk: str) -> HttpResponse:
    one = resources.replace(
        kind, _id(pk), body_of(request), client_of(request), base_of(request), version=_if_match(request)
    )
    return _shown(request, one)


def patch(request: HttpRequest, kind: Kind, pk: str) -> HttpResponse:
    one = resources.patch(
        kind, _id(pk), body_of(request), client_of(request), base_of(request), version=_if_match(request)
    )
    return _shown(request, one)


def end(request: HttpRequest, kind: Kind, pk: str) -> HttpResponse:
    resources.remove(kind, _id(pk), client_of(request), base_of(request), version=_if_match(request))
    return reply(None, 204)


def _shown(request: HttpRequest, one: Any, status: int = 200,
           context: Context = Context.RESOURCE_QUERY_RESPONSE) -> HttpResponse:  # fmt: skip
    wish = wish_of(
        {key: request.GET[key] for key in ("attributes", "excludedAttributes") if key in request.GET}
    )
    body = resources.dumped(one, only=wish.only, without=wish.without, context=context)
    return reply(body, status, ETag=one.meta.version, Location=str(one.meta.location))


def _if_match(request: HttpRequest) -> str:
    return str(request.headers.get("If-Match", ""))


def _id(pk: str) -> UUID:
    try:
        return UUID(pk)
    except ValueError as error:
        raise Http404 from error


def bulk(request: HttpRequest) -> HttpResponse:
    return reply(Bulk(client_of(request), base_of(request)).run(body_of(request)))


def show_config(request: HttpRequest) -> HttpResponse:
    found = shapes.config(base_of(request)).model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE)
    found["meta"] = {
        "resourceType": "ServiceProviderConfig",
        "location": f"{base_of(request)}/ServiceProviderConfig",
    }
    return reply(found)


def described(request: HttpRequest, name: str, found: list[dict[str, Any]], pk: str) -> HttpResponse:
    """All descriptions of one kind, or the one with this id; they are not filtered (RFC 7644, section 4)."""
    if "filter" in request.GET:
        raise Failed(403, f"{name} are not filtered.")
    for one in found:
        one["meta"] = {
            "resourceType": name.removesuffix("s"),
            "location": f"{base_of(request)}/{name}/{one['id']}",
        }
    if not pk:
        listed = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "startIndex": 1}
        return reply(listed | {"totalResults": len(found), "itemsPerPage": len(found), "Resources": found})
    named = [one for one in found if one["id"].casefold() == pk.casefold()]
    if not named:
        raise Http404
    return reply(named[0])


def show_types(request: HttpRequest, pk: str = "") -> HttpResponse:
    found = [one.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE) for one in shapes.resource_types()]
    return described(request, "ResourceTypes", found, pk)


def show_schemas(request: HttpRequest, pk: str = "") -> HttpResponse:
    """The schemas; departments are the codes of the client's own units."""
    models: list[Any] = [shapes.User, shapes.Enterprise, shapes.Group]
    found = [model.to_schema().model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE) for model in models]
    codes = within_reach(client_of(request)).order_by("code").values_list("code", flat=True)
    for attribute in found[1]["attributes"]:
        if attribute["name"] == "department":
            attribute["canonicalValues"] = list(codes[:MOST_CODES])
    return described(request, "Schemas", found, pk)


def tell_no_me(request: HttpRequest) -> HttpResponse:
    raise Failed(501, "A service account is no user; there is no /Me.")


def tell_nothing(request: HttpRequest, **_: str) -> HttpResponse:
    raise Http404


ANY = ("GET", "POST", "PUT", "PATCH", "DELETE")
urlpatterns = [
    path("ServiceProviderConfig", scim(GET=show_config), name="scim-config"),
    path("ResourceTypes", scim(GET=show_types), name="scim-types"),
    path("ResourceTypes/<str:pk>", scim(GET=show_types), name="scim-type"),
    path("Schemas", scim(GET=show_schemas), name="scim-schemas"),
    path("Schemas/<str:pk>", scim(GET=show_schemas), name="scim-schema"),
    path("Me", scim(**dict.fromkeys(ANY, tell_no_me)), name="scim-me"),
    path(".search", scim(POST=search_all), name="scim-search"),
    path("Bulk", scim(POST=bulk), name="scim-bulk"),
    *(
        pattern
        for slug, kind in KINDS.items()
        for pattern in (
            path(slug, scim(GET=find, POST=make), {"kind": kind}, name=f"scim-{slug.lower()}"),
            path(f"{slug}/.search", scim(POST=search), {"kind": kind}, name=f"scim-{slug.lower()}-search"),
            path(f"{slug}/<str:pk>", scim(GET=read, PUT=replace, PATCH=patch, DELETE=end), {"kind": kind},
                 name=f"scim-{kind.name.lower()}"),
        )
    ),
    re_path(r"", scim(**dict.fromkeys(ANY, tell_nothing)), name="scim-absent"),
]  # fmt: skip
