"""A notice on a page: its contents are written there, and it is taken out as a document."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext

from keepwell.areas.incidents.models import IncidentNotice
from keepwell.areas.incidents.rules import letters, notices
from keepwell.platform.acts.act import Refused
from keepwell.platform.exchange.files import fetch
from keepwell.platform.jobs.job import enqueue
from keepwell.platform.jobs.models import Job
from keepwell.platform.pages.requests import PlacedRequest
from keepwell.platform.people.models import Person
from keepwell.platform.people.operations import Access, operation
from keepwell.platform.people.roles import Level
from keepwell.platform.publishing.writers import WRITERS
from keepwell.platform.records.models import require_on

AREA = "incidents"


def seen(person: Person, pk: UUID) -> IncidentNotice:
    """The notice, if the person may see it; absent else."""
    rows = IncidentNotice.objects.visible_to(person).select_related(
        "clock__incident__unit", "clock__unit", "clock__clause"
    )
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@operation(Access.OBJECT)
def show_write(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """Every content with what it says; what is sent is what the notice says from now on."""
    notice = seen(request.person, pk)
    require_on(request.person, AREA, Level.EDIT, notice)
    if request.method != "POST":
        typed = {"recipient": notice.recipient, "mail": notice.mail, "subject": notice.subject}
        return _page(request, notice, typed | {f"content-{n}": one.text for n, one in enumerate(notice.said)})
    sent = {name: str(value) for name, value in request.POST.items()}
    try:
        if sent.get("version") != str(notice.version):
            raise Refused(
                gettext(
                    "Somebody else changed the notice meanwhile; look at what stands there now, then send again."
                )
            )
        notices.write(
            notice, by=request.person, recipient=sent.get("recipient", ""), subject=sent.get("subject", ""),
            mail=sent.get("mail", ""),
            contents={one.name: sent.get(f"content-{n}", "") for n, one in enumerate(notice.said)},
        )  # fmt: skip
    except Refused as refusal:
        return _page(request, notice, sent, wrong=str(refusal), status=422)
    return redirect(reverse("incident-notices-record", args=[notice.pk]))


def _page(
    request: PlacedRequest,
    notice: IncidentNotice,
    typed: Mapping[str, str],
    *,
    wrong: str = "",
    status: int = 200,
) -> HttpResponse:
    asked = [(f"content-{n}", one.title, typed.get(f"content-{n}", "")) for n, one in enumerate(notice.said)]
    context = {"notice": notice, "asked": asked, "typed": typed, "wrong": wrong}
    return render(request, "incidents/notice_write.html", context, status=status)


@operation(Access.OBJECT, AREA, sensitive=True)
def take_notice(request: PlacedRequest, pk: UUID, form: str) -> HttpResponse:
    """The notice as a file: text at once, other forms by a worker, followed on a page of its own."""
    notice = seen(request.person, pk)
    if form not in letters.FORMS:
        raise Http404
    if form in letters.AT_ONCE:
        return _file(letters.write(notice, form), form, letters.file_name(notice, form))
    job = enqueue(letters.JOB, person_id=request.person.pk, notice=str(notice.pk), form=form)
    return redirect("incident-notice-document", pk=job.pk)


@operation(Access.OBJECT, AREA)
def follow_notice(request: PlacedRequest, pk: UUID) -> HttpResponse:
    """How far the file is; the file once it is made."""
    job = Job.objects.filter(pk=pk, name=letters.JOB, person_id=request.person.pk).first()
    if job is None:
        raise Http404
    notice = seen(request.person, UUID(job.arguments["notice"]))
    form = job.arguments["form"]
    if job.state == Job.State.DONE and request.GET.get("take"):
        return _file(fetch(job.result["sha256"]), form, letters.file_name(notice, form))
    name = "pages/_document.html" if request.htmx else "incidents/notice_document.html"
    return render(request, name, {"job": job, "notice": notice})


def _file(content: bytes, form: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=WRITERS[form].content_type, headers=headers)


urlpatterns = [
    path("incident-notices/<uuid:pk>/write/", show_write, name="incident-notice-write"),
    path("incident-notices/<uuid:pk>/notice.<slug:form>", take_notice, name="incident-notice-take-out"),
    path("incident-notices/documents/<uuid:pk>/", follow_notice, name="incident-notice-document"),
]
