"""Files brought in by programs: small ones at once, long ones as a job."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from ninja import Router
from ninja.responses import Response

from keepwell.platform.exchange.feeds import FEEDS
from keepwell.platform.jobs.job import enqueue, require_room
from keepwell.platform.jobs.models import summary
from keepwell.platform.people.requests import PersonRequest
from keepwell.platform.registers import files
from keepwell.platform.registers.api.door import LATER, caller, level_of, right
from keepwell.platform.registers.api.problems import problem
from keepwell.platform.registers.api.uploads import sends_file, sent_file
from keepwell.platform.registers.filtering import YES_NO, BadWish
from keepwell.platform.registers.register import Register

AT_ONCE_BYTES = 60_000
LARGEST_BYTES = 100 << 20
FORM = sends_file(
    "A CSV or XLSX file.", source="Name of the source whose mapping of columns holds.",
    dry_run={"type": "string", "enum": ["yes", "no"], "description": "Only check; write nothing."},
)  # fmt: skip


def routes(slug: str, register: type[Register]) -> Router:
    """POST /{slug}/bring-in, where files are taken."""
    router = Router(tags=[slug])
    if not register.form_fields and slug not in FEEDS:
        return router

    def answer(request: PersonRequest) -> HttpResponse | dict[str, Any]:
        return bring_in(request, register)

    router.post(
        f"/{slug}/bring-in",
        operation_id=f"bring_in_{slug.replace('-', '_')}",
        url_name=f"bring-in-{slug}",
        summary=f"Bring a file into {slug}",
        openapi_extra=right(
            level_of(register.level_to_write(), register.area()),
            step_up=register.needs_proof(),
            responses=LATER,
            **FORM,
        ),
        description="All or nothing: 200 with what became of the rows, 202 with a job for a long file, "
        "422 with every row that does not fit.",
    )(answer)
    return router


def bring_in(request: PersonRequest, register: type[Register]) -> HttpResponse | dict[str, Any]:
    """Take a file: answer at once, or with the job that carries it out."""
    file = sent_file(request, most_bytes=LARGEST_BYTES)
    dry_run, source = _yes(request.POST.get("dry_run", "no")), request.POST.get("source", "")
    by, is_long = caller(request), (file.size or 0) > AT_ONCE_BYTES
    if is_long:
        require_room(by.pk)
    batch = files.receive(register, file.read(), file.name or "", by, source=source)
    if is_long:
        job = enqueue("registers.bring_in", person_id=by.pk, batch=str(batch.pk), dry_run=dry_run)
        return _later(summary(job))
    outcome = files.carry_out(batch, by, dry_run=dry_run)
    told = outcome.told()
    if outcome.is_refused:
        return problem(422, _("Nothing was written: some rows do not fit."), **told)
    return told


def _later(job: dict[str, Any]) -> HttpResponse:
    response = Response(job, status=202)
    response["Location"] = reverse("api:read_job", kwargs={"pk": job["id"]})
    return response


def _yes(text: str) -> bool:
    if text not in YES_NO:
        raise BadWish(_("“%(name)s” takes yes or no, not “%(text)s”.") % {"name": "dry_run", "text": text})
    return YES_NO[text]
