"""Pages of evidence that are no register: adding files, linking, handing out, and how the store is."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keepwell.platform.acts.act import Refused
from keepwell.platform.evidence import (
    care,
    custody,
    intake,
    rules,
    scanning,
    serving,
    shown,
    stores,
)
from keepwell.platform.evidence.custody import record
from keepwell.platform.evidence.forms import LinkForm, ObjectForm, PieceForm, ReasonForm, VersionForm
from keepwell.platform.evidence.marks import Mark
from keepwell.platform.evidence.models import File, Link, Piece
from keepwell.platform.history.noting import note
from keepwell.platform.jobs.models import Job
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.permissions import lacks, may_everywhere
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.people.roles import Level
from keepwell.platform.records.guards import level_to_write
from keepwell.platform.records.links import address, named, resolve
from keepwell.platform.records.models import area_of


def target(request: PersonRequest) -> Any:
    """The record that `to` names, which this person may change; None if none is named."""
    text = request.GET.get("to", "")
    if not text:
        return None
    record = named(text, request.person)
    if record is None:
        raise Http404
    level = level_to_write(type(record))
    if resolve(record.type_name(), record.pk, request.person, level) is None:
        raise PermissionDenied(lacks(area_of(type(record)), level, record.place))
    return record


@operation(Access.PERMISSION, rules.AREA, Level.EDIT)
def add(request: PlacedRequest) -> HttpResponse:
    """The form of a new piece, about the record that `to` names if one."""
    to = target(request)
    form = PieceForm(request.person, request.POST or None, request.FILES or None, to=to)
    if form.is_valid():
        try:
            with intake.taken(intake.uploaded(request)) as files:
                piece = rules.attach(form.facts(), by=request.person, files=files, links=form.cleaned_data["links"],
                                     to=to, reason=form.cleaned_data.get("reason", ""), tlp=form.mark())  # fmt: skip
        except (Refused, PermissionDenied) as refusal:
            form.add_error(None, str(refusal))
        else:
            _say_added(request, piece)
            return redirect(
                address(to.type_name(), to.pk) if to is not None else address(piece.type_name(), piece.pk)
            )
    context = {"form": form, "to": to, "to_url": address(to.type_name(), to.pk) if to is not None else ""}
    return render(request, "evidence/add.html", context, status=422 if form.errors else 200)


@operation(Access.PERMISSION, rules.AREA, Level.EDIT)
def add_object(request: PlacedRequest) -> HttpResponse:
    """The form of an object outside, about the record that `to` names if one."""
    to = target(request)
    form = ObjectForm(request.person, request.POST or None, to=to)
    if form.is_valid():
        try:
            piece = custody.entered_by(form, by=request.person, to=to)
        except (Refused, PermissionDenied) as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("%(piece)s was added.") % {"piece": piece})
            return redirect(address(piece.type_name(), piece.pk))
    context = {"form": form, "to": to, "to_url": address(to.type_name(), to.pk) if to is not None else ""}
    return render(request, "evidence/add_object.html", context, status=422 if form.errors else 200)


@operation(Access.OBJECT, rules.AREA, sensitive=True, step_up=True)
def take_record(request: PlacedRequest, pk: UUID, form: str) -> HttpResponse:
    """Let a worker make the custody record of a piece, and follow it."""
    piece = seen(request, pk)
    if form not in record.FORMS:
        raise Http404
    return redirect("evidence-custody-document", pk=record.ask(piece, form, by=request.person).pk)


@operation(Access.OBJECT, rules.AREA)
def follow_record(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """How far the custody record is; the file once it is made."""
    found = record.followed(request.person, pk)
    if found is None:
        raise Http404
    job, piece = found
    if job.state == Job.State.DONE and request.GET.get("take"):
        content, kind, name = record.file_of(job, piece)
        headers = {
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Content-Type-Options": "nosniff",
        }
        return HttpResponse(content, content_type=kind, headers=headers)
    name = "pages/_document.html" if request.htmx else "evidence/custody_document.html"
    return render(
        request, name, {"job": job, "piece": piece, "piece_url": address(piece.type_name(), piece.pk)}
    )


def _say_added(request: PlacedRequest, piece: Piece) -> None:
    messages.success(request, _("%(piece)s was added.") % {"piece": piece})
    for name, other in shown.elsewhere(piece, request.person):
        messages.info(request, _("%(name)s is here already, as %(piece)s (%(reference)s).") % {
            "name": name, "piece": other, "reference": other.reference})  # fmt: skip


def seen(request: PersonRequest, pk: UUID) -> Piece:
    """The piece, if this person may see it."""
    found: Piece = get_object_or_404(Piece.objects.visible_to(request.person).select_related("unit"), pk=pk)
    return found


@operation(Access.OBJECT, rules.AREA, Level.EDIT)
def add_version(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """The form of a further version."""
    piece = seen(request, pk)
    rules.add_version.require_right(request.person, piece)
    form = VersionForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        try:
            with intake.taken(intake.uploaded(request)) as files:
                rules.add_version(piece, by=request.person, files=files, links=form.cleaned_data["links"],
                                  says=form.cleaned_data["says"])  # fmt: skip
        except (Refused, PermissionDenied) as refusal:
            form.add_error(None, str(refusal))
        else:
            _say_added(request, piece)
            return redirect(address(piece.type_name(), piece.pk))
    return _asked(request, form, piece, rules.add_version, "evidence/version.html")


@operation(Access.PERMISSION, rules.AREA)
def link(request: PlacedRequest) -> HttpResponse:
    """Let a piece that is here already prove something about the record that `to` names."""
    to = target(request)
    if to is None:
        raise Http404
    form = LinkForm(request.POST or None, to=to)
    if form.is_valid():
        text = form.cleaned_data["piece"].strip()
        piece = Piece.objects.visible_to(request.person).select_related("unit").filter(reference=text).first()
        piece = piece or named(text, request.person)
        if not isinstance(piece, Piece):
            form.add_error(
                "piece", _("No piece that you may see is called “%(text)s”.") % {"text": text[:80]}
            )
        elif _done(form, lambda: rules.link(piece, by=request.person, reason=form.cleaned_data["reason"],
                                            tlp=Mark(form.mark()) if form.mark() else None,
                                            record=address(to.type_name(), to.pk))):  # fmt: skip
            messages.success(request, _("%(piece)s was linked.") % {"piece": piece})
            return redirect(address(to.type_name(), to.pk))
    context = {"form": form, "to": to, "rule": rules.link, "to_url": address(to.type_name(), to.pk)}
    return render(request, "evidence/link.html", context, status=422 if form.errors else 200)


def _done(form: Form, deed: Any) -> bool:
    """Do it, or put the refusal on the form; whether it was done."""
    try:
        deed()
    except (Refused, PermissionDenied) as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


@operation(Access.OBJECT, rules.AREA)
def unlink(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """End a link, both ends of which this person sees."""
    found = get_object_or_404(
        Link.objects.current().visible_to(request.person).select_related("piece__unit"), pk=pk
    )
    record = resolve(found.kind, found.record_id, request.person)
    if record is None:
        raise Http404
    form = ReasonForm(request.POST or None)
    if form.is_valid() and _done(
        form, lambda: rules.unlink(found, by=request.person, reason=form.cleaned_data["reason"])
    ):
        messages.success(
            request,
            _("%(piece)s is no longer linked to %(record)s.") % {"piece": found.piece, "record": record},
        )
        return redirect(address(Piece.type_name(), found.piece_id))
    return _asked(request, form, found.piece, rules.unlink, "evidence/unlink.html", record=record)


def _asked(
    request: PlacedRequest, form: Form, piece: Piece, rule: Any, template: str, **more: Any
) -> HttpResponse:
    context = {
        "form": form,
        "piece": piece,
        "rule": rule,
        "leave_url": address(piece.type_name(), piece.pk),
        **more,
    }
    return render(request, template, context, status=422 if form.errors else 200)


def file_seen(request: PersonRequest, pk: UUID) -> File:
    """The file, if this person may see it; absent and invisible are answered alike."""
    rows = File.objects.visible_to(request.person).select_related("content", "of_version__piece__unit")
    found: File = get_object_or_404(rows, pk=pk)
    return found


@operation(Access.OBJECT, rules.AREA, sensitive=True)
def take(request: PersonRequest, pk: UUID) -> HttpResponseBase:
    """A file, as an attachment."""
    return serving.hand_out(file_seen(request, pk), request.person)


@operation(Access.OBJECT, rules.AREA, sensitive=True)
def preview(request: PersonRequest, pk: UUID, page: int) -> HttpResponseBase:
    """A picture that we made of a file."""
    file = file_seen(request, pk)
    pictures = (file.content.pictures or 0) if file.content else 0
    if not serving.is_open(file.content) or not 1 <= page <= pictures:
        raise Http404
    try:
        with stores.previews().open(f"{file.sha256}-{page}") as kept:
            drawn = kept.read()
    except stores.Gone as error:
        raise Http404 from error
    note(request.person, "evidence.preview", kind="read", record=file, page=page, name=file.name)
    return serving.sealed(HttpResponse(drawn, content_type="image/png"))


@operation(Access.PERMISSION, "administration")
def show_store(request: PlacedRequest) -> HttpResponse:
    """How the store is: what waits, what was found, when it was read through last."""
    return render(request, "evidence/store.html", {"store": care.standing(request.person)})


@operation(Access.PERMISSION, rules.AREA, Level.ADMINISTER)
@require_POST
def scan_again(request: PersonRequest, digest: str) -> HttpResponse:
    """Let a file that could not be scanned wait for the scanner once more."""
    if not may_everywhere(request.person, rules.AREA, Level.ADMINISTER):
        raise PermissionDenied(_("You need the right to administer evidence of the whole group."))
    if scanning.scan_again(digest, request.person):
        messages.success(request, _("The file waits for the scanner again."))
    return redirect("evidence-store")


urlpatterns = [
    path("administration/evidence/", show_store, name="evidence-store"),
    path("administration/evidence/<slug:digest>/scan/", scan_again, name="evidence-scan-again"),
    path("evidence/add/", add, name="evidence-add"),
    path("evidence/object/", add_object, name="evidence-object"),
    path("evidence/<uuid:pk>/custody/take-out.<slug:form>", take_record, name="evidence-custody-take-out"),
    path("evidence/custody/documents/<uuid:pk>/", follow_record, name="evidence-custody-document"),
    path("evidence/link/", link, name="evidence-link"),
    path("evidence/links/<uuid:pk>/unlink/", unlink, name="evidence-unlink"),
    path("evidence/<uuid:pk>/version/", add_version, name="evidence-version"),
    path("evidence/files/<uuid:pk>/", take, name="evidence-file"),
    path("evidence/files/<uuid:pk>/preview-<int:page>.png", preview, name="evidence-preview"),
]
