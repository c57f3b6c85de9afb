"""Frameworks to look at: all of them, the tree of one version, crosswalks, what changes, and files in and out."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path

from keepwell.areas.frameworks.models import Profile, Version
from keepwell.areas.frameworks.pages import bringing, looking
from keepwell.areas.frameworks.rules import acts
from keepwell.areas.frameworks.rules.comparing import compare
from keepwell.areas.frameworks.rules.drafting import draft_next
from keepwell.areas.frameworks.rules.oscal import catalogs, profiles, writing
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.permissions import may_anywhere
from keepwell.platform.people.roles import Level
from keepwell.platform.records.models import visible_to


@operation(Access.PERMISSION, "frameworks")
def show_overview(request: PlacedRequest) -> HttpResponse:
    """Every framework with its versions, and what can be compared."""
    may_edit = not request.place.is_past and may_anywhere(request.person, "frameworks", Level.EDIT)
    context = {"families": looking.families(request.person), "may_edit": may_edit}
    return render(request, "frameworks/overview.html", context)


@operation(Access.OBJECT, "frameworks")
def show_tree(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """Every requirement of a version in its order, with guidance by level, and what was withdrawn."""
    version = _version(request, pk)
    tree = looking.tree(version, request.person, scale=request.GET.get("scale", ""))
    now = not request.place.is_past
    offered = [(a.label, a.name.replace("_", "-")) for a in (acts.take_into_use, draft_next, acts.put_aside, acts.take_up_again)
               if now and a.is_open_to(request.person, version)]  # fmt: skip
    return render(request, "frameworks/tree.html", {"version": version, "tree": tree, "acts": offered})


@operation(Access.OBJECT, "frameworks")
def show_crosswalk(request: PlacedRequest, pk: UUID, other: UUID) -> HttpResponse:
    """What became of each requirement of one version in another; the other way round, what went into it."""
    one, two = _version(request, pk), _version(request, other)
    crosswalk = looking.crosswalk(one, two, request.person)
    return render(request, "frameworks/crosswalk.html", {"one": one, "two": two, "crosswalk": crosswalk})


@operation(Access.OBJECT, "frameworks")
def show_comparison(request: PlacedRequest, pk: UUID, other: UUID) -> HttpResponse:
    """What changes from the `other` version to this one, and what becomes of answers."""
    new, old = _version(request, pk), _version(request, other)
    may_take = not request.place.is_past and acts.take_into_use.is_open_to(request.person, new)
    context = {"old": old, "new": new, "comparison": compare(old, new), "may_take": may_take}
    return render(request, "frameworks/comparison.html", context)


@operation(Access.OBJECT, "frameworks")
def take_catalog(request: PlacedRequest, pk: UUID, form: str) -> HttpResponse:
    """A version as an OSCAL catalog."""
    version = _version(request, pk)
    return _file("catalog", catalogs.document_of(version), form, version.code)


@operation(Access.OBJECT, "frameworks")
def take_profile(request: PlacedRequest, pk: UUID, form: str) -> HttpResponse:
    """A profile as an OSCAL profile."""
    rows = visible_to(Profile.objects.select_related("framework_version__framework"), request.person)
    profile = rows.filter(pk=pk).first()
    if profile is None or not profile.lines.exists():
        raise Http404
    return _file("profile", profiles.document_of(profile), form, profile.code)


@operation(Access.PERMISSION, "frameworks", Level.EDIT)
def bring_version(request: PlacedRequest) -> HttpResponse:
    """A draft of a version from a file."""
    return _bring(request, bringing.VersionFile)


@operation(Access.PERMISSION, "frameworks", Level.EDIT)
def bring_profile(request: PlacedRequest) -> HttpResponse:
    """A profile from a file."""
    return _bring(request, bringing.ProfileFile)


def _bring(request: PlacedRequest, kind: type[bringing.Bringing]) -> HttpResponse:
    form = kind(request.person, request.POST or None, request.FILES or None)
    made = form.bring(request) if form.is_valid() else None
    if made is not None:
        return redirect(*made)
    context: dict[str, Any] = {"form": form, "errors": form.rows}
    return render(request, "frameworks/bring.html", context, status=422 if form.errors or form.rows else 200)


def _version(request: PlacedRequest, pk: UUID) -> Version:
    version = visible_to(Version.objects.all(), request.person).filter(pk=pk).first()
    if version is None:
        raise Http404
    return version


def _file(kind: str, document: dict[str, Any], form: str, code: str) -> HttpResponse:
    if form not in writing.FORMS:
        raise Http404
    name = f'attachment; filename="{code}_{kind}.{form}"'
    return HttpResponse(writing.write(kind, document, form), content_type=writing.FORMS[form],
                        headers={"Content-Disposition": name, "X-Content-Type-Options": "nosniff"})  # fmt: skip


urlpatterns = [
    path("frameworks/overview/", show_overview, name="frameworks-overview"),
    path("frameworks/bring-version/", bring_version, name="frameworks-bring-version"),
    path("frameworks/bring-profile/", bring_profile, name="frameworks-bring-profile"),
    path("frameworks/versions/<uuid:pk>/", show_tree, name="frameworks-tree"),
    path("frameworks/versions/<uuid:pk>/catalog.<slug:form>", take_catalog, name="frameworks-catalog"),
    path(
        "frameworks/versions/<uuid:pk>/crosswalk/<uuid:other>/", show_crosswalk, name="frameworks-crosswalk"
    ),
    path("frameworks/versions/<uuid:pk>/changes/<uuid:other>/", show_comparison, name="frameworks-changes"),
    path("frameworks/profiles/<uuid:pk>/profile.<slug:form>", take_profile, name="frameworks-profile"),
]
