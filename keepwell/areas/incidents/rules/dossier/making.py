"""The dossier as a document and as a file: asked for, followed, taken."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from keepwell.areas.incidents.models import Incident, unread_marks
from keepwell.areas.incidents.rules.dossier import facts, proofs, review, telling, timeline, traces, work
from keepwell.areas.incidents.rules.dossier.reading import Dossier, joined
from keepwell.kernel import moments
from keepwell.kernel.digests import digest as digest_of
from keepwell.platform.exchange.files import fetch, keep
from keepwell.platform.jobs.job import enqueue
from keepwell.platform.jobs.models import Job
from keepwell.platform.people.models import Person
from keepwell.platform.publishing.blocks import Document
from keepwell.platform.publishing.writers import WRITERS
from keepwell.platform.tree.models import Unit

FORMS = ("pdf", "docx")
JOB = "incidents.dossier"
PARTS = (
    facts.cover, facts.touched, facts.classification, timeline.timeline, timeline.decisions, work.tasks, work.meetings,
    work.exposure, telling.clocks, telling.notices, traces.indicators, proofs.evidence, proofs.custody, proofs.reported,
    review.running_costs, review.review,
)  # fmt: skip


def document(dossier: Dossier, language: str) -> Document:
    """The dossier in `language`."""
    incident = dossier.incident
    with override(language):
        group = Unit.objects.get(kind=Unit.Kind.GROUP)
        blocks = [block for part in PARTS for block in part(dossier)]
        label = str(incident.get_tlp_display())
        named = _("for named people alone") if incident.is_restricted else ""
        return Document(
            title=f"{label} {incident.number} {incident.title}", group=group.name_here, language=language,
            subtitle=joined((named, _("Dossier of the incident"))), paper="a4-landscape",
            as_of=moments.today(incident.unit.time_zone), state="current", blocks=tuple(blocks),
            digest=digest_of([incident.number, *map(repr, blocks)]),
        )  # fmt: skip


def write(incident: Incident, person: Person, language: str, form: str) -> bytes:
    """The dossier as a file of `form`; for workers and the command line. That `person` may see the incident is for the
    caller to ask."""
    with override(language):
        return WRITERS[form].write(document(Dossier(incident, person), language))


def ask(incident: Incident, form: str, *, by: Person) -> Job:
    """Let a worker make the dossier in the reader's language. That `by` may see the incident is for the caller to ask."""
    told = {"incident": str(incident.pk), "language": get_language() or "en", "form": form}
    return enqueue(JOB, person_id=by.pk, **told)


def made(incident: Incident, person: Person, language: str, form: str) -> dict[str, Any]:
    """What the worker keeps of a dossier: the file, and the marks that its reader might not read then."""
    kept = keep(write(incident, person, language, form))
    return {
        "sha256": kept.sha256,
        "size_bytes": kept.size_bytes,
        "unread": list(unread_marks(incident, person)),
    }


def followed(person: Person, pk: UUID) -> tuple[Job, Incident] | None:
    """The job that `person` asked for, and its incident; None once they may see it, or what of it was written down, no
    longer."""
    job = Job.objects.filter(pk=pk, name=JOB, person_id=person.pk).first()
    rows = Incident.objects.visible_to(person).filter(pk=job.arguments["incident"]) if job else None
    found = rows.first() if rows is not None else None
    if job is None or found is None:
        return None
    if job.state == Job.State.DONE and not {*unread_marks(found, person)} <= {*job.result.get("unread", ())}:
        return None
    return job, found


def file_of(job: Job, incident: Incident) -> tuple[bytes, str, str]:
    """What the job made: the file, its kind, and what it is called where it is saved."""
    form, language = job.arguments["form"], job.arguments["language"]
    return fetch(job.result["sha256"]), WRITERS[form].content_type, file_name(incident, form, language)


def file_name(incident: Incident, form: str, language: str) -> str:
    """What the file is called where it is saved."""
    return f"dossier-{incident.number}-{language}.{WRITERS[form].extension}"
